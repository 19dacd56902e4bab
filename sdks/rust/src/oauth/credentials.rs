//! How a program proves to the authorization server that it is the client it says (RFC 6749 section 2.3, RFC 7523). Must not
//! know what it asks for.

use crate::clock::random_text;
use crate::error::Error;
use crate::exchange::Form;
use crate::oauth::private_key::PrivateKey;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use grantd_protocol::Secret;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use serde_json::json;
use std::fmt;
use std::sync::Arc;

/// Seconds for which a signed assertion is good.
const ASSERTION_LIFETIME: i64 = 60;

/// A client's name and what proves it. Its `Debug` shows the name alone.
#[derive(Clone)]
pub struct Credentials {
    client_id: String,
    proof: Proof,
}

#[derive(Clone)]
enum Proof {
    None,
    Basic(Secret),
    Post(Secret),
    Key(Arc<PrivateKey>),
}

impl Credentials {
    /// A client that can keep no secret: a program on somebody's device.
    #[must_use]
    pub fn public(client_id: impl Into<String>) -> Self {
        Self::new(client_id, Proof::None)
    }

    /// A secret, sent as HTTP Basic.
    #[must_use]
    pub fn secret(client_id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self::new(client_id, Proof::Basic(Secret::new(secret.into())))
    }

    /// A secret, sent in the request's body.
    #[must_use]
    pub fn secret_post(client_id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self::new(client_id, Proof::Post(Secret::new(secret.into())))
    }

    /// A private key, which signs instead of being sent (`private_key_jwt`).
    #[must_use]
    pub fn private_key(client_id: impl Into<String>, key: PrivateKey) -> Self {
        Self::new(client_id, Proof::Key(Arc::new(key)))
    }

    fn new(client_id: impl Into<String>, proof: Proof) -> Self {
        Self {
            client_id: client_id.into(),
            proof,
        }
    }

    /// The client's name.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Whether it can prove nothing.
    #[cfg(feature = "client")]
    pub(crate) const fn is_public(&self) -> bool {
        matches!(self.proof, Proof::None)
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.client_id.is_empty() {
            return Err(Error::configuration("the client's id is missing"));
        }
        match &self.proof {
            Proof::Basic(secret) | Proof::Post(secret) if secret.expose().is_empty() => {
                Err(Error::configuration("the client's secret is empty"))
            }
            _ => Ok(()),
        }
    }

    /// Adds the proof to a request for `issuer` at `now`, in seconds since 1970.
    pub(crate) fn prove(&self, form: Form, headers: &mut HeaderMap, issuer: &str, now: i64) -> Result<Form, Error> {
        let form = match &self.proof {
            Proof::Basic(secret) => {
                headers.insert(AUTHORIZATION, basic(&self.client_id, secret)?);
                return Ok(form);
            }
            Proof::None => form,
            Proof::Post(secret) => form.with("client_secret", secret.expose()),
            Proof::Key(key) => form
                .with(
                    "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                )
                .with("client_assertion", self.assertion(key, issuer, now)?),
        };
        if form.has("client_id") {
            return Ok(form);
        }
        Ok(form.with("client_id", self.client_id.as_str()))
    }

    fn assertion(&self, key: &PrivateKey, issuer: &str, now: i64) -> Result<String, Error> {
        let claims = json!({
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": issuer,
            "iat": now,
            "exp": now + ASSERTION_LIFETIME,
            "jti": random_text::<16>(),
        });
        key.sign("JWT", &claims)
    }
}

/// RFC 6749 section 2.3.1: both are form-encoded before they are put together.
fn basic(client_id: &str, secret: &Secret) -> Result<HeaderValue, Error> {
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encoded(client_id), encoded(secret.expose()));
    let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(pair)))
        .map_err(|_| Error::configuration("the client's credentials cannot be sent"))?;
    value.set_sensitive(true);
    Ok(value)
}

impl fmt::Debug for Credentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Credentials")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}
