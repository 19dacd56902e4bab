//! Public JSON Web Keys (RFC 7517, 7518, 8037). A [`Jwk`] is always public, checked and usable; its JSON is read and
//! written in `jwk_json`. Must not know tokens or where a key was found.

use crate::alg::{Algorithm, KeyType};
use crate::key_material::{KeyMaterial, KeyMaterialError};
use crate::strict_json::StrictJsonError;
use crate::thumbprint::Thumbprint;

/// Longest `kid` in bytes.
pub const MAX_KID: usize = 255;

/// One public key with what its owner says about its use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwk {
    pub(crate) material: KeyMaterial,
    pub(crate) kid: Option<String>,
    pub(crate) alg: DeclaredAlgorithm,
    pub(crate) key_use: Option<KeyUse>,
    pub(crate) key_ops: Option<Vec<String>>,
}

/// What `alg` in a JWK says. Foreign names are kept, so that writing the key back does not widen its use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DeclaredAlgorithm {
    Absent,
    Known(Algorithm),
    Foreign(String),
}

/// The JWK's `use` (RFC 7517 section 4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyUse {
    /// `sig`.
    Signature,
    /// `enc`.
    Encryption,
    /// Something private; such a key is not used here.
    Other(String),
}

/// Why JSON is not an acceptable public key or key set. Carries none of the sender's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwkError {
    /// The JSON itself.
    #[error(transparent)]
    Json(#[from] StrictJsonError),
    /// A needed member is absent.
    #[error("JWK without `{0}`")]
    Missing(&'static str),
    /// A member of the wrong JSON type.
    #[error("JWK member `{0}` has the wrong type")]
    WrongType(&'static str),
    /// A member that is too long or has characters outside printable ASCII.
    #[error("JWK member `{0}` is too long or not printable")]
    BadText(&'static str),
    /// A number that is not canonical base64url.
    #[error("JWK member `{0}` is not canonical base64url")]
    BadBase64(&'static str),
    /// A private member: whoever sent it has published a private key, and it must not be used.
    #[error("JWK with the private member `{0}`")]
    PrivateMember(&'static str),
    /// `kty: oct`.
    #[error("symmetric JWK")]
    Symmetric,
    /// A `kty` other than RSA, EC, OKP.
    #[error("unknown JWK key type")]
    UnknownKeyType,
    /// A `crv` other than P-256, P-384, Ed25519.
    #[error("unsupported JWK curve")]
    UnsupportedCurve,
    /// `alg` is a signature algorithm for another kind of key, or `none`, or an HMAC.
    #[error("JWK `alg` does not fit the key")]
    AlgorithmDoesNotFit,
    /// The same operation twice in `key_ops` (RFC 7517 section 4.3).
    #[error("duplicate in JWK `key_ops`")]
    DuplicateKeyOperation,
    /// The numbers are not a usable key.
    #[error(transparent)]
    Material(#[from] KeyMaterialError),
    /// A set of more keys than the caller allows.
    #[error("too many keys in the JWK set")]
    TooManyKeys,
}

impl Jwk {
    /// A key with no `kid`, `alg` or `use`.
    pub const fn new(material: KeyMaterial) -> Jwk {
        Jwk {
            material,
            kid: None,
            alg: DeclaredAlgorithm::Absent,
            key_use: None,
            key_ops: None,
        }
    }

    /// The public half of a signing key. `kid` is a thumbprint, so it needs no check.
    pub(crate) const fn for_signing_key(material: KeyMaterial, kid: String, alg: Algorithm) -> Jwk {
        Jwk {
            material,
            kid: Some(kid),
            alg: DeclaredAlgorithm::Known(alg),
            key_use: Some(KeyUse::Signature),
            key_ops: None,
        }
    }

    /// The numbers.
    pub const fn material(&self) -> &KeyMaterial {
        &self.material
    }

    /// Which kind of key it is.
    pub fn key_type(&self) -> KeyType {
        self.material.key_type()
    }

    /// `kid`: at most 255 bytes of printable ASCII. The sender's text: compare it, never interpret it.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// `alg`, when it names a signature algorithm of ours.
    pub const fn alg(&self) -> Option<Algorithm> {
        match self.alg {
            DeclaredAlgorithm::Known(alg) => Some(alg),
            DeclaredAlgorithm::Absent | DeclaredAlgorithm::Foreign(_) => None,
        }
    }

    /// `use`.
    pub const fn key_use(&self) -> Option<&KeyUse> {
        self.key_use.as_ref()
    }

    /// Whether `use`, `key_ops` and `alg` let the key verify signatures.
    pub fn is_for_signatures(&self) -> bool {
        let by_use = matches!(self.key_use, None | Some(KeyUse::Signature));
        let by_ops = self
            .key_ops
            .as_ref()
            .is_none_or(|ops| ops.iter().any(|op| op == "verify"));
        by_use && by_ops && !matches!(self.alg, DeclaredAlgorithm::Foreign(_))
    }

    /// Whether the key could have made a signature with `alg`.
    pub fn accepts(&self, alg: Algorithm) -> bool {
        self.is_for_signatures() && alg.key_type() == self.key_type() && self.alg().is_none_or(|own| own == alg)
    }

    /// The RFC 7638 SHA-256 thumbprint.
    pub fn thumbprint(&self) -> Thumbprint {
        Thumbprint::of(&self.material)
    }
}
