//! A passkey's public key: read from COSE (RFC 9053, RFC 8230) once, kept as a JWK. Its kind says the algorithm, so that
//! nobody can choose another one for a key.

use super::cbor::Item;
use grantd_jose::{Algorithm, Curve, Jwk, KeyMaterial, KeyType, VerifyingKey, ecdsa_from_der};

/// The algorithms that are asked for, the best first, as COSE numbers them: ES256, EdDSA, and RS256 for the security chips of
/// older computers.
pub const ALGORITHMS: [i64; 3] = [-7, -8, -257];

/// See the module.
pub(super) struct PublicKey(Jwk);

impl PublicKey {
    /// The key of a COSE map; `None` for one that was not asked for, or that is none.
    pub(super) fn from_cose(key: &Item<'_>) -> Option<Self> {
        let int = |label| key.numbered(label).and_then(Item::int);
        let bytes = |label| key.numbered(label).and_then(Item::bytes).map(<[u8]>::to_vec);
        // kty, alg, and crv or the modulus under -1.
        let material = match (int(1)?, int(3)?) {
            (2, -7) if int(-1) == Some(1) => KeyMaterial::ec(Curve::P256, bytes(-2)?, bytes(-3)?),
            (1, -8) if int(-1) == Some(6) => KeyMaterial::ed25519(&bytes(-2)?),
            (3, -257) => KeyMaterial::rsa(bytes(-1)?, bytes(-2)?),
            _ => return None,
        };
        Some(Self(Jwk::new(material.ok()?)))
    }

    /// The key as it was kept.
    pub(super) fn from_json(json: &str) -> Option<Self> {
        Jwk::parse(json.as_bytes()).ok().map(Self)
    }

    /// The key as it is kept.
    pub(super) fn to_json(&self) -> String {
        self.0.to_json()
    }

    /// Whether the key signed the message.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let (algorithm, signature) = match self.0.key_type() {
            KeyType::P256 => match ecdsa_from_der(signature, 32) {
                Some(fixed) => (Algorithm::ES256, fixed),
                None => return false,
            },
            KeyType::Ed25519 => (Algorithm::EdDSA, signature.to_vec()),
            KeyType::Rsa => (Algorithm::RS256, signature.to_vec()),
            KeyType::P384 => return false,
        };
        VerifyingKey::from_jwk(&self.0, &[algorithm]).is_ok_and(|key| key.verify(algorithm, message, &signature))
    }
}
