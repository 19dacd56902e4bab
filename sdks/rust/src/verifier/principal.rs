//! Who stands behind a verified credential, and what it permits. Does not print the credential.

use super::claims::Expectations;
use crate::oauth::metadata::Json;
use grantd_protocol::scope::ScopeSet;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

/// What kind of credential it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A JWT, verified by the issuer's keys.
    Jwt,
    /// A token that the issuer was asked about.
    Opaque,
    /// An API key.
    ApiKey,
}

/// What a token is bound to (RFC 7800).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confirmation {
    /// The thumbprint of a key (RFC 9449).
    pub jkt: Option<String>,
    /// The thumbprint of a certificate (RFC 8705).
    pub x5t_s256: Option<String>,
}

/// Who asks. Cheap to clone.
#[derive(Clone)]
pub struct Principal(Arc<Facts>);

/// What a verified credential says.
pub(crate) struct Facts {
    /// Not wiped when dropped, as the request that it came in is not: that would cost as much as reading the claims.
    pub(crate) token: Box<str>,
    pub(crate) kind: Kind,
    pub(crate) claims: Json,
    pub(crate) scopes: ScopeSet,
    pub(crate) issued_at: Option<i64>,
    pub(crate) expires_at: Option<i64>,
    pub(crate) confirmation: Option<Confirmation>,
    /// What it was held to: those of one verifier, and of no other.
    pub(crate) expected: Arc<Expectations>,
}

impl Principal {
    pub(crate) fn new(facts: Facts) -> Self {
        Self(Arc::new(facts))
    }

    /// What kind of credential it was.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Who vouches for it.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.text("iss").unwrap_or_default()
    }

    /// The user, the client itself, or `api_key:<id>`.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.text("sub").unwrap_or_default()
    }

    /// The client; none behind an API key.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.text("client_id")
    }

    /// The APIs that the token is for; none for an API key.
    pub fn audience(&self) -> impl Iterator<Item = &str> {
        let (one, many) = match self.0.claims.get("aud") {
            Some(Value::String(one)) => (Some(one.as_str()), None),
            Some(Value::Array(many)) => (None, Some(many)),
            _ => (None, None),
        };
        one.into_iter()
            .chain(many.into_iter().flatten().filter_map(Value::as_str))
    }

    /// What was granted, patterns included. Ask [`Principal::permits`], which understands them.
    #[must_use]
    pub fn scopes(&self) -> &ScopeSet {
        &self.0.scopes
    }

    /// Seconds since 1970.
    #[must_use]
    pub fn issued_at(&self) -> Option<i64> {
        self.0.issued_at
    }

    /// Seconds since 1970; none for a key that does not end.
    #[must_use]
    pub fn expires_at(&self) -> Option<i64> {
        self.0.expires_at
    }

    /// The token's own id.
    #[must_use]
    pub fn token_id(&self) -> Option<&str> {
        self.text("jti")
    }

    /// The tenant that the token acts in, where the verifier was told its claim.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.text(self.0.expected.tenant_claim.as_deref()?)
    }

    /// What the token is bound to.
    #[must_use]
    pub fn confirmation(&self) -> Option<&Confirmation> {
        self.0.confirmation.as_ref()
    }

    /// The credential itself, for code that must pass it on.
    #[must_use]
    pub fn expose_token(&self) -> &str {
        &self.0.token
    }

    /// Everything that the token or the introspection reply says.
    #[must_use]
    pub fn claims(&self) -> &Json {
        &self.0.claims
    }

    /// The same as a type of your own.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn claims_as<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(&self.0.claims)
    }

    /// Whether this permission was granted, by name or by a pattern.
    #[must_use]
    pub fn permits(&self, scope: &str) -> bool {
        self.0.scopes.covers(scope)
    }

    /// Those of these permissions that were not granted.
    #[must_use]
    pub fn missing<'s>(&self, scopes: &[&'s str]) -> Vec<&'s str> {
        scopes.iter().copied().filter(|scope| !self.permits(scope)).collect()
    }

    /// Whether the verifier with these expectations verified it.
    #[cfg(feature = "tower")]
    pub(crate) fn is_of(&self, expected: &Arc<Expectations>) -> bool {
        Arc::ptr_eq(&self.0.expected, expected)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.claims.get(name)?.as_str()
    }
}

impl fmt::Debug for Principal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Principal")
            .field("kind", &self.kind())
            .field("subject", &self.subject())
            .field("client_id", &self.client_id())
            .field("scopes", &self.scopes())
            .finish_non_exhaustive()
    }
}
