//! What a token endpoint gave: an access token with its lifetime, and what goes with it. Secrets are not shown.

use super::schedule::UNKNOWN_LIFETIME;
use super::source::Credential;
use crate::error::Error;
use crate::oauth::metadata::Json;
use grantd_protocol::Secret;
use serde_json::{Value, json};
use std::fmt;
use std::sync::Arc;

/// The longest lifetime that is believed, in seconds: a hundred years.
const MAX_LIFETIME: f64 = 100.0 * 365.0 * 86_400.0;

/// Tokens of one purpose. Cheap to clone; its `Debug` shows none of them.
#[derive(Clone)]
pub struct TokenSet {
    pub(crate) credential: Arc<Credential>,
    /// Milliseconds since 1970: the instant before the request was sent.
    pub(crate) obtained_at: i64,
    /// Milliseconds.
    pub(crate) lifetime: i64,
    scope: Option<Arc<str>>,
    pub(crate) refresh_token: Option<Secret>,
    id_token: Option<Secret>,
    /// The thumbprint of the key that they are bound to (RFC 9449), where it is known.
    jkt: Option<Arc<str>>,
}

/// Whether whoever has a key, or none, can use tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// They are bound to that key; to none, and there is none.
    Own,
    /// They are bound, and it was not noted to which key.
    Unknown,
    /// They are bound to none, and there is a key: the refresh token can be used, the access token cannot.
    Unbound,
    /// They are bound to another key.
    Foreign,
}

impl TokenSet {
    /// Reads a reply of the token endpoint (RFC 6749 section 5.1).
    pub(crate) fn of_reply(members: &Json, obtained_at: i64) -> Result<Self, Error> {
        let malformed = |_| Error::reply("the reply with the tokens is malformed", 200);
        Self::read(members, obtained_at).map_err(malformed)
    }

    fn read(members: &Json, obtained_at: i64) -> Result<Self, Malformed> {
        let is_bound = match text(members, "token_type")?.map(str::to_ascii_lowercase).as_deref() {
            Some("bearer") => false,
            Some("dpop") => true,
            _ => return Err(Malformed),
        };
        let access_token = text(members, "access_token")?.ok_or(Malformed)?;
        let lifetime = match members.get("expires_in") {
            None => UNKNOWN_LIFETIME,
            Some(seconds) => milliseconds(seconds)?,
        };
        Ok(Self {
            credential: Arc::new(Credential::token(access_token, is_bound).map_err(|_| Malformed)?),
            obtained_at,
            lifetime,
            scope: text(members, "scope")?.map(Arc::from),
            refresh_token: secret(members, "refresh_token")?,
            id_token: secret(members, "id_token")?,
            jkt: text(members, "jkt")?.map(Arc::from),
        })
    }

    /// A refresh token alone is like an access token that ended long ago.
    pub(crate) fn of_refresh_token(refresh_token: &str) -> Result<Self, Error> {
        Ok(Self {
            credential: Arc::new(Credential::token("-", false)?),
            obtained_at: 0,
            lifetime: 0,
            scope: None,
            refresh_token: Some(Secret::new(refresh_token.to_owned())),
            id_token: None,
            jkt: None,
        })
    }

    /// The same, with this refresh token where the server sent none (RFC 6749 section 6).
    pub(crate) fn keeping(mut self, refresh_token: Secret) -> Self {
        self.refresh_token.get_or_insert(refresh_token);
        self
    }

    /// The same, with the key that they are bound to.
    pub(crate) fn bound_to(mut self, thumbprint: Option<&str>) -> Self {
        self.jkt = thumbprint.map(Arc::from);
        self
    }

    /// The same, with an access token that is over.
    pub(crate) const fn ended(mut self) -> Self {
        self.lifetime = 0;
        self
    }

    /// Whether these are the very same tokens, in every part.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.to_text().expose() == other.to_text().expose()
    }

    /// Whether whoever has the key with this thumbprint, or none, can use them.
    pub(crate) fn fit(&self, thumbprint: Option<&str>) -> Fit {
        match (self.jkt.as_deref(), thumbprint) {
            (Some(bound), Some(own)) if bound == own => Fit::Own,
            (Some(_), _) => Fit::Foreign,
            (None, Some(_)) if self.credential.is_bound() => Fit::Unknown,
            (None, Some(_)) => Fit::Unbound,
            (None, None) if self.credential.is_bound() => Fit::Foreign,
            (None, None) => Fit::Own,
        }
    }

    /// Everything as one text, for a store. It is a secret.
    #[must_use]
    pub fn to_text(&self) -> Secret {
        let text = json!({
            "access_token": self.access_token(),
            "token_type": if self.credential.is_bound() { "DPoP" } else { "Bearer" },
            "obtained_at": self.obtained_at,
            "lifetime": self.lifetime,
            "scope": self.scope,
            "refresh_token": self.refresh_token(),
            "id_token": self.id_token(),
            "jkt": self.jkt,
        });
        Secret::new(text.to_string())
    }

    /// Reads what [`TokenSet::to_text`] wrote; `None` for anything else.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let mut members: Json = serde_json::from_str(text).ok()?;
        members.retain(|_, value| !value.is_null());
        let (obtained_at, lifetime) = (
            members.get("obtained_at")?.as_i64()?,
            members.get("lifetime")?.as_i64()?,
        );
        let mut read = Self::read(&members, obtained_at).ok()?;
        read.lifetime = lifetime;
        Some(read)
    }

    /// The access token.
    #[must_use]
    pub fn access_token(&self) -> &str {
        self.credential.text()
    }

    /// The refresh token, where there is one.
    #[must_use]
    pub fn refresh_token(&self) -> Option<&str> {
        self.refresh_token.as_ref().map(Secret::expose)
    }

    /// The ID token, where there is one. It came straight from the issuer over TLS, and is not verified beyond that.
    #[must_use]
    pub fn id_token(&self) -> Option<&str> {
        self.id_token.as_ref().map(Secret::expose)
    }

    /// What was granted, where the server said it.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// Milliseconds since 1970 at which the access token ends.
    #[must_use]
    pub const fn expires_at(&self) -> i64 {
        self.obtained_at.saturating_add(self.lifetime)
    }
}

impl fmt::Debug for TokenSet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("TokenSet")
            .field("expires_at", &self.expires_at())
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

struct Malformed;

fn text<'m>(members: &'m Json, name: &str) -> Result<Option<&'m str>, Malformed> {
    let value = members.get(name);
    value.map(|value| value.as_str().ok_or(Malformed)).transpose()
}

fn secret(members: &Json, name: &str) -> Result<Option<Secret>, Malformed> {
    Ok(text(members, name)?.map(|text| Secret::new(text.to_owned())))
}

fn milliseconds(seconds: &Value) -> Result<i64, Malformed> {
    let seconds = seconds
        .as_f64()
        .filter(|seconds| (0.0..=MAX_LIFETIME).contains(seconds));
    #[expect(clippy::cast_possible_truncation, reason = "bounded just now")]
    seconds.map(|seconds| (seconds * 1000.0) as i64).ok_or(Malformed)
}
