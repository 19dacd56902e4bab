//! One active key, ready to sign: the parsed key and its precomputed headers. Must not know what is signed.

use grantd_jose::{Algorithm, Header, KeyError, SigningKey, sign_compact};
use std::sync::Arc;

/// A key that signs, with a header for each `typ` that is issued often.
#[derive(Debug)]
pub struct Signer {
    key: Arc<SigningKey>,
    headers: Vec<(String, Header)>,
}

impl Signer {
    /// Prepares `key` for these types (`at+jwt`, `JWT`, `logout+jwt`, ...).
    #[must_use]
    pub fn new(key: Arc<SigningKey>, types: &[String]) -> Self {
        let headers = types.iter().map(|typ| (typ.clone(), Header::new(&key, typ))).collect();
        Self { key, headers }
    }

    /// Signs `payload_json` as a compact JWS with this `typ` in its header.
    ///
    /// # Errors
    /// When aws-lc fails.
    pub fn sign(&self, typ: &str, payload_json: &[u8]) -> Result<String, KeyError> {
        match self.header(typ) {
            Some(header) => sign_compact(&self.key, header, payload_json),
            None => sign_compact(&self.key, &Header::new(&self.key, typ), payload_json),
        }
    }

    /// The precomputed header of a type, if it was prepared.
    #[must_use]
    pub fn header(&self, typ: &str) -> Option<&Header> {
        // Two or three entries: a scan is faster than a hash.
        self.headers
            .iter()
            .find_map(|(known, header)| (known == typ).then_some(header))
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// The key's id.
    #[must_use]
    pub fn kid(&self) -> &str {
        self.key.kid()
    }

    /// What it signs with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }
}
