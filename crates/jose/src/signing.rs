//! Private keys that sign. Parsed once, shared between threads, never printed. Must not know what is signed.
//!
//! Key generation and the per-signature randomness of ES256 and PS256 are aws-lc's own: its API takes no generator.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::error::{KeyRejected, Unspecified};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaEncoding, RsaKeyPair,
};
use zeroize::Zeroizing;

use crate::alg::Algorithm;
use crate::jwk::Jwk;
use crate::key_material::{Curve, KeyMaterial, MAX_RSA_BITS};
use crate::rsa_der;
use crate::thumbprint::Thumbprint;

/// Why a private key could not be made, read or used. Carries nothing of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The algorithm is one that this crate only verifies.
    #[error("{0} is supported for verification only")]
    VerifyOnly(Algorithm),
    /// Key generation failed inside aws-lc.
    #[error("key generation failed")]
    Generation,
    /// Not a PKCS#8 private key that fits the algorithm (RSA: 2048 to 8192 bits).
    #[error("private key refused")]
    Rejected,
    /// The key could not be written as PKCS#8.
    #[error("private key could not be encoded")]
    Encoding,
    /// The precomputed header belongs to another key.
    #[error("header made for another key")]
    ForeignHeader,
    /// The signature failed inside aws-lc.
    #[error("signing failed")]
    Signing,
}

/// A private key with its algorithm and its public half.
pub struct SigningKey {
    algorithm: Algorithm,
    secret: Secret,
    kid: String,
    public: Jwk,
}

enum Secret {
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    /// A new key: RSA of 2048 bits, P-256 or Ed25519. RSA takes tens to hundreds of milliseconds: not on a hot path.
    pub fn generate(alg: Algorithm) -> Result<SigningKey, KeyError> {
        let secret = match alg {
            Algorithm::RS256 | Algorithm::PS256 => {
                RsaKeyPair::generate(KeySize::Rsa2048).map(|key| rsa_secret(key, alg))
            }
            Algorithm::ES256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map(Secret::P256),
            Algorithm::EdDSA => Ed25519KeyPair::generate().map(Secret::Ed25519),
            other => return Err(KeyError::VerifyOnly(other)),
        };
        SigningKey::assemble(alg, secret.map_err(|Unspecified| KeyError::Generation)?)
    }

    /// Reads an unencrypted PKCS#8 private key, as [`SigningKey::to_pkcs8`] writes it.
    pub fn from_pkcs8(alg: Algorithm, pkcs8: &[u8]) -> Result<SigningKey, KeyError> {
        let secret = match alg {
            Algorithm::RS256 | Algorithm::PS256 => RsaKeyPair::from_pkcs8(pkcs8).map(|key| rsa_secret(key, alg)),
            Algorithm::ES256 => EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map(Secret::P256),
            Algorithm::EdDSA => Ed25519KeyPair::from_pkcs8(pkcs8).map(Secret::Ed25519),
            other => return Err(KeyError::VerifyOnly(other)),
        };
        SigningKey::assemble(alg, secret.map_err(|_: KeyRejected| KeyError::Rejected)?)
    }

    fn assemble(algorithm: Algorithm, secret: Secret) -> Result<SigningKey, KeyError> {
        let material = secret.public_material().ok_or(KeyError::Rejected)?;
        let kid = Thumbprint::of(&material).to_string();
        let public = Jwk::for_signing_key(material, kid.clone(), algorithm);
        Ok(SigningKey {
            algorithm,
            secret,
            kid,
            public,
        })
    }

    /// The private key as unencrypted PKCS#8 (RFC 5208; Ed25519 as RFC 5958). Seal it before it is stored.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let copied = |bytes: &[u8]| Zeroizing::new(bytes.to_vec());
        let der = match &self.secret {
            Secret::Rsa(key, _) => AsDer::<Pkcs8V1Der<'_>>::as_der(key).map(|der| copied(der.as_ref())),
            Secret::P256(key) => key.to_pkcs8v1().map(|der| copied(der.as_ref())),
            Secret::Ed25519(key) => key.to_pkcs8().map(|der| copied(der.as_ref())),
        };
        der.map_err(|Unspecified| KeyError::Encoding)
    }

    /// The key's id: its RFC 7638 SHA-256 thumbprint in base64url.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// What this key signs with; never anything else.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The public half, with `kid`, `alg` and `use: sig`, as a JWKS publishes it.
    pub const fn public_jwk(&self) -> &Jwk {
        &self.public
    }

    /// The JWS signature over `message`: for ES256 `r || s` (RFC 7518 section 3.4), not DER.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.raw_signature(message).map(|signature| signature.as_ref().to_vec())
    }

    /// Signs without allocating for the result.
    pub(crate) fn raw_signature(&self, message: &[u8]) -> Result<RawSignature, KeyError> {
        let mut raw = RawSignature {
            bytes: [0; MAX_RSA_BITS / 8],
            len: self.signature_len(),
        };
        let out = raw.bytes.get_mut(..raw.len).ok_or(KeyError::Signing)?;
        let fixed = match &self.secret {
            Secret::Rsa(key, encoding) => {
                key.sign(*encoding, &SystemRandom::new(), message, out)
                    .map_err(|Unspecified| KeyError::Signing)?;
                return Ok(raw);
            }
            Secret::P256(key) => key.sign(&SystemRandom::new(), message),
            Secret::Ed25519(key) => key.try_sign(message),
        }
        .map_err(|Unspecified| KeyError::Signing)?;
        if fixed.as_ref().len() != out.len() {
            return Err(KeyError::Signing);
        }
        out.copy_from_slice(fixed.as_ref());
        Ok(raw)
    }

    /// Length of a signature in bytes.
    pub(crate) fn signature_len(&self) -> usize {
        match &self.secret {
            Secret::Rsa(key, _) => key.public_modulus_len(),
            Secret::P256(_) | Secret::Ed25519(_) => 64,
        }
    }
}

/// A signature on the stack.
pub(crate) struct RawSignature {
    bytes: [u8; MAX_RSA_BITS / 8],
    len: usize,
}

impl AsRef<[u8]> for RawSignature {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({} {}, redacted)", self.algorithm, self.kid)
    }
}

impl Secret {
    fn public_material(&self) -> Option<KeyMaterial> {
        match self {
            Secret::Rsa(key, _) => {
                let (n, e) = rsa_der::modulus_and_exponent(key.public_key().as_ref())?;
                KeyMaterial::rsa(n, e).ok()
            }
            Secret::P256(key) => {
                let (_, coordinates) = key.public_key().as_ref().split_first()?;
                let (x, y) = coordinates.split_at_checked(Curve::P256.coordinate_len())?;
                KeyMaterial::ec(Curve::P256, x.to_vec(), y.to_vec()).ok()
            }
            Secret::Ed25519(key) => KeyMaterial::ed25519(key.public_key().as_ref()).ok(),
        }
    }
}

fn rsa_secret(key: RsaKeyPair, alg: Algorithm) -> Secret {
    match alg {
        Algorithm::PS256 => Secret::Rsa(key, &RSA_PSS_SHA256),
        _ => Secret::Rsa(key, &RSA_PKCS1_SHA256),
    }
}
