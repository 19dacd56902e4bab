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
    /// The HTTP client followed a redirect out of the API, and took the credential along.
    #[error("the HTTP client followed a redirect to {origin}, with the credential: it must not follow any")]
    Redirected {
        /// Where to.
        origin: String,
    },
    /// What a verified token says does not fit into the program's type for it.
    #[error("the claims do not fit")]
    Claims(#[source] Cause),
    /// The runtime was shut down while something was under way.
    #[error("the runtime was shut down meanwhile")]
    Interrupted,
    /// What was under way panicked: a transport, a store or a clock of the program's own.
    #[error("what was under way panicked")]
    Panicked,
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
    /// Texts from outside are cut, and lose their control characters and those that change how others are shown: they end
    /// in logs.
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
        .filter(|character| !character.is_control() && !is_format(*character))
        .take(most)
        .collect()
}

/// Characters without a shape of their own that change how a line is read (the general categories Cf, Zl and Zp).
const fn is_format(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{600}'..='\u{605}'
            | '\u{61c}'
            | '\u{6dd}'
            | '\u{70f}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0001}'..='\u{e007f}'
    )
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

impl From<crate::flight::Lost> for Error {
    fn from(lost: crate::flight::Lost) -> Self {
        match lost {
            crate::flight::Lost::Ended => Self::Interrupted,
            crate::flight::Lost::Panicked => Self::Panicked,
            crate::flight::Lost::Grounded => Self::configuration("this needs a runtime of tokio"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_cannot_change_how_a_log_is_read() {
        let text = "no\u{1b}[31m\r\n\u{202e}line\u{2066}\u{200f}\u{2028}s, caf\u{e9} \u{5d0}";
        let refusal = OAuthRefusal::new("invalid_grant", Some(text), None);
        assert_eq!(refusal.to_string(), "invalid_grant: no[31mlines, caf\u{e9} \u{5d0}");
    }
}
