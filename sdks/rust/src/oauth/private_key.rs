//! A program's own private key: it signs assertions and proofs, and is not shown to anybody.

use crate::error::Error;
use crate::oauth::private_key_der;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use grantd_jose::{Algorithm, Header, SigningKey, sign_compact};
use grantd_protocol::Secret;
use serde_json::Value;
use std::fmt;

const PEM_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_END: &str = "-----END PRIVATE KEY-----";
/// How long a line of PEM is.
const PEM_LINE: usize = 64;

/// A private key. Its `Debug` shows its public thumbprint alone.
pub struct PrivateKey {
    pub(crate) key: SigningKey,
    /// The name under which it is registered; its thumbprint, where nobody gave it one.
    pub(crate) kid: String,
}

impl PrivateKey {
    /// A new key: for RS256, PS256, ES256 or EdDSA.
    ///
    /// # Errors
    /// [`Error::Configuration`] for another algorithm.
    pub fn generate(algorithm: Algorithm) -> Result<Self, Error> {
        SigningKey::generate(algorithm)
            .map(Self::of)
            .map_err(|_| Error::configuration("no key can be made for this algorithm"))
    }

    /// An unencrypted PKCS#8 key (DER).
    ///
    /// # Errors
    /// [`Error::Configuration`] when it is none, or not one for this algorithm.
    pub fn from_pkcs8(algorithm: Algorithm, der: &[u8]) -> Result<Self, Error> {
        SigningKey::from_pkcs8(algorithm, der)
            .map(Self::of)
            .map_err(|_| Error::configuration("the private key cannot be read"))
    }

    /// An unencrypted PKCS#8 key as PEM (RFC 7468 section 10), as [`PrivateKey::to_pem`] writes it.
    ///
    /// # Errors
    /// [`Error::Configuration`] when it is none, or not one for this algorithm.
    pub fn from_pem(algorithm: Algorithm, pem: &str) -> Result<Self, Error> {
        let unreadable = || Error::configuration("the private key cannot be read");
        let inner = pem
            .trim()
            .strip_prefix(PEM_BEGIN)
            .and_then(|rest| rest.strip_suffix(PEM_END));
        let text = inner.ok_or_else(unreadable)?;
        let text = Secret::new(text.split_ascii_whitespace().collect());
        let der = STANDARD.decode(text.expose()).map_err(|_| unreadable())?;
        Self::from_pkcs8(algorithm, &der)
    }

    /// The private key as PEM: unencrypted PKCS#8 (RFC 7468 section 10).
    ///
    /// # Errors
    /// [`Error::Configuration`] when the system cannot write it.
    pub fn to_pem(&self) -> Result<Secret, Error> {
        let der = self.key.to_pkcs8();
        let der = der.map_err(|_| Error::configuration("the private key cannot be written"))?;
        let text = Secret::new(STANDARD.encode(&*der));
        let mut pem = String::from(PEM_BEGIN);
        for (at, character) in text.expose().char_indices() {
            if at % PEM_LINE == 0 {
                pem.push('\n');
            }
            pem.push(character);
        }
        pem.push('\n');
        pem.push_str(PEM_END);
        pem.push('\n');
        Ok(Secret::new(pem))
    }

    /// A private JWK (RFC 7517) with its `alg`, unless its type has one algorithm only.
    ///
    /// # Errors
    /// [`Error::Configuration`] when it is none that can sign.
    pub fn from_jwk(json: &str) -> Result<Self, Error> {
        let unreadable = || Error::configuration("the private JWK cannot be read");
        let jwk: Value = serde_json::from_str(json).map_err(|_| unreadable())?;
        let (algorithm, der) = private_key_der::pkcs8_of(&jwk).ok_or_else(unreadable)?;
        let mut key = Self::from_pkcs8(algorithm, &der)?;
        if let Some(kid) = jwk.get("kid").and_then(Value::as_str) {
            kid.clone_into(&mut key.kid);
        }
        Ok(key)
    }

    fn of(key: SigningKey) -> Self {
        let kid = key.kid().to_owned();
        Self { key, kid }
    }

    /// The public half as a JWK, `kid` included: what is registered.
    #[must_use]
    pub fn public_jwk(&self) -> Value {
        let mut jwk: Value = serde_json::from_str(&self.key.public_jwk().to_json()).unwrap_or_default();
        if let Some(members) = jwk.as_object_mut() {
            members.insert("kid".to_owned(), self.kid.as_str().into());
        }
        jwk
    }

    /// The thumbprint of the public half (RFC 7638).
    #[must_use]
    pub fn thumbprint(&self) -> String {
        self.key.public_jwk().thumbprint().to_string()
    }

    /// Signs claims under this `typ`, with the key's name in the header.
    pub(crate) fn sign(&self, typ: &str, claims: &Value) -> Result<String, Error> {
        self.sign_under(&Header::with_kid(&self.key, typ, &self.kid), claims)
    }

    /// Signs claims under a header that was made for this key.
    pub(crate) fn sign_under(&self, header: &Header, claims: &Value) -> Result<String, Error> {
        sign_compact(&self.key, header, claims.to_string().as_bytes())
            .map_err(|_| Error::configuration("the private key cannot sign"))
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "PrivateKey({})", self.thumbprint())
    }
}
