//! Public keys ready to verify: parsed once by aws-lc, with the algorithms that they accept decided here and never by a
//! token's header (RFC 8725 section 3.1). Must not know tokens.

use std::fmt;

use aws_lc_rs::signature::ParsedPublicKey;

use crate::alg::Algorithm;
use crate::jwk::Jwk;
use crate::thumbprint::Thumbprint;

/// A public key and the algorithms it verifies.
#[derive(Clone)]
pub struct VerifyingKey {
    /// aws-lc's parsed key is bound to one algorithm. More than one entry only for an RSA key without `alg`.
    accepted: Vec<(Algorithm, ParsedPublicKey)>,
    kid: Option<String>,
    thumbprint: Thumbprint,
}

/// Why a public key cannot verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyingKeyError {
    /// `use`, `key_ops` or a foreign `alg` say that the key is for something else.
    #[error("key is not for signatures")]
    NotForSignatures,
    /// No allowed algorithm fits the key and its `alg`.
    #[error("no allowed algorithm fits the key")]
    AlgorithmNotAllowed,
    /// aws-lc refuses the key.
    #[error("public key refused")]
    Rejected,
}

impl VerifyingKey {
    /// Prepares `jwk` for those of the `allowed` algorithms that it accepts. EC and Ed25519 keys accept exactly one; an
    /// RSA key accepts its `alg`, or without one every allowed RSA algorithm.
    pub fn from_jwk(jwk: &Jwk, allowed: &[Algorithm]) -> Result<VerifyingKey, VerifyingKeyError> {
        if !jwk.is_for_signatures() {
            return Err(VerifyingKeyError::NotForSignatures);
        }
        let mut accepted: Vec<(Algorithm, ParsedPublicKey)> = Vec::new();
        for alg in Algorithm::ALL
            .into_iter()
            .filter(|alg| allowed.contains(alg) && jwk.accepts(*alg))
        {
            accepted.push((alg, jwk.material().parsed_for(alg).ok_or(VerifyingKeyError::Rejected)?));
        }
        if accepted.is_empty() {
            return Err(VerifyingKeyError::AlgorithmNotAllowed);
        }
        Ok(VerifyingKey {
            accepted,
            kid: jwk.kid().map(str::to_owned),
            thumbprint: jwk.thumbprint(),
        })
    }

    /// The algorithms this key verifies; one, but for an RSA key without `alg`.
    pub fn algorithms(&self) -> impl Iterator<Item = Algorithm> {
        self.accepted.iter().map(|(alg, _)| *alg)
    }

    /// The algorithm, when there is exactly one.
    pub fn algorithm(&self) -> Option<Algorithm> {
        match self.accepted.as_slice() {
            [(alg, _)] => Some(*alg),
            _ => None,
        }
    }

    /// Whether this key verifies `alg`.
    pub fn accepts(&self, alg: Algorithm) -> bool {
        self.algorithms().any(|own| own == alg)
    }

    /// The JWK's `kid`.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The key's identity.
    pub const fn thumbprint(&self) -> &Thumbprint {
        &self.thumbprint
    }

    /// Whether `signature` is one of `alg` over `message`. False for an algorithm that the key does not accept.
    pub fn verify(&self, alg: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let parsed = self.accepted.iter().find(|(own, _)| *own == alg);
        parsed.is_some_and(|(_, key)| key.verify_sig(message, signature).is_ok())
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", self.thumbprint)
    }
}
