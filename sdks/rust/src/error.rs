//! What goes wrong on the client's side and with the authorization server. Each error has its cause where there is one; no
//! message has a token, a key or a secret in it.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// Another error, shared: several callers can be told of one failure.
pub type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// What goes wrong.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The options contradict each other, or something is missing. Nothing was sent.
    #[error("configuration: {0}")]
    Configuration(Cow<'static, str>),
    /// There was no reply: no connection, or one that broke.
    #[error("no reply from {origin}")]
    Network {
        /// Who was asked.
        origin: String,
        /// What the HTTP library said.
        #[source]
        cause: Cause,
    },
    /// There was no complete reply in time.
    #[error("no reply from {origin} in time")]
    Timeout {
        /// Who was asked.
        origin: String,
    },
    /// A reply that is not what the standard says: not JSON, too long, a member of the wrong type, a redirect, a 5xx.
    #[error("{what}")]
    Reply {
        /// What is wrong with it.
        what: Cow<'static, str>,
        /// Its HTTP status.
        status: u16,
        /// Seconds that the server asked to wait, where it did.
        retry_after: Option<u32>,
    },
    /// The server's metadata cannot be trusted: above all, an `issuer` that is not the one asked.
    #[error("{0}")]
    Discovery(Cow<'static, str>),
    /// The authorization server refused (RFC 6749 section 5.2).
    #[error("{0}")]
    OAuth(OAuthRefusal),
    /// The login has ended: the refresh token is used, revoked, expired or absent. Only the user can go on.
    #[error("log in again: {0}")]
    LoginRequired(OAuthRefusal),
    /// The user said no.
    #[error("{0}")]
    AccessDenied(OAuthRefusal),
    /// Nobody confirmed the device's code in time.
    #[error("nobody confirmed the code in time")]
    DeviceCodeExpired,
    /// What came back to the redirect URI belongs to no login of this user, or to another server (RFC 9207).
    #[error("{0}")]
    Callback(Cow<'static, str>),
    /// The API says that the token lacks a permission (RFC 6750 section 3.1).
    #[error("this needs {}", .scopes.join(" "))]
    InsufficientScope {
        /// What the call needs, as far as the API said it.
        scopes: Vec<String>,
    },
    /// The token store or its lock failed.
    #[error("the token store failed")]
    Store(#[source] Cause),
    /// The runtime was shut down while something was under way.
    #[error("the runtime was shut down meanwhile")]
    Interrupted,
}

/// A refusal of the authorization server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuthRefusal {
    /// Its `error`: `invalid_client`, `invalid_grant`.
    pub code: String,
    /// Its `error_description`, where there is one.
    pub description: Option<String>,
    /// The HTTP status; none where the refusal came with a redirect or was never sent.
    pub status: Option<u16>,
}

impl fmt::Display for OAuthRefusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.code)?;
        match &self.description {
            Some(description) => write!(out, ": {description}"),
            None => Ok(()),
        }
    }
}

impl OAuthRefusal {
    /// Texts from outside are cut, and lose their control characters: they end in logs.
    pub(crate) fn new(code: &str, description: Option<&str>, status: Option<u16>) -> Self {
        Self {
            code: printable(code, 100),
            description: description.map(|text| printable(text, 500)),
            status,
        }
    }
}

fn printable(text: &str, most: usize) -> String {
    text.chars()
        .filter(|character| !character.is_control())
        .take(most)
        .collect()
}

impl Error {
    pub(crate) fn configuration(what: impl Into<Cow<'static, str>>) -> Self {
        Self::Configuration(what.into())
    }

    pub(crate) fn reply(what: impl Into<Cow<'static, str>>, status: u16) -> Self {
        Self::Reply {
            what: what.into(),
            status,
            retry_after: None,
        }
    }

    /// Whether trying again later can help: no reply, or one that says so.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Network { .. } | Self::Timeout { .. } => true,
            Self::Reply { status, .. } => *status >= 500 || *status == 429,
            _ => false,
        }
    }
}

impl From<crate::flight::Interrupted> for Error {
    fn from(_: crate::flight::Interrupted) -> Self {
        Self::Interrupted
    }
}
