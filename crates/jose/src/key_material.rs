//! The numbers of a public key, checked: a value of [`KeyMaterial`] is a key that a signature can be verified with.
//! Must not know JSON, key ids or tokens.

use std::fmt;
use std::hash::{Hash, Hasher};

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, EcdsaVerificationAlgorithm, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
};

use crate::alg::{Algorithm, KeyType};
use crate::ed25519_points;

/// Smallest accepted RSA modulus in bits (RFC 7518 section 3.3).
pub const MIN_RSA_BITS: usize = 2048;
/// Largest accepted RSA modulus in bits: verification time grows with it, and the key is the sender's choice.
pub const MAX_RSA_BITS: usize = 8192;

/// Why the numbers are not a usable public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyMaterialError {
    /// An RSA modulus under 2048 bits.
    #[error("RSA modulus under 2048 bits")]
    RsaTooSmall,
    /// An RSA modulus over 8192 bits.
    #[error("RSA modulus over 8192 bits")]
    RsaTooLarge,
    /// A leading zero octet in `n` or `e`: a second spelling, and so a second thumbprint, of the same key
    /// (RFC 7518 section 2, Base64urlUInt).
    #[error("RSA number with a leading zero octet")]
    RsaLeadingZero,
    /// An even modulus has 2 as a factor.
    #[error("even RSA modulus")]
    RsaEvenModulus,
    /// An exponent that is even, 1, or longer than 32 bits.
    #[error("unusable RSA exponent")]
    RsaExponent,
    /// aws-lc refuses the key for another reason.
    #[error("RSA key refused")]
    RsaRefused,
    /// A coordinate that is not exactly as long as the curve's field (RFC 7518 section 6.2.1.2).
    #[error("coordinate of the wrong length")]
    CoordinateLength,
    /// A point off its curve, or at infinity.
    #[error("point not on the curve")]
    NotOnCurve,
    /// An Ed25519 point of small order: signatures under it verify for any message.
    #[error("Ed25519 point of small order")]
    SmallOrder,
    /// An Ed25519 coordinate that is not reduced: a second spelling of the same key.
    #[error("Ed25519 coordinate not canonical")]
    NotCanonical,
}

/// The supported NIST curves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Curve {
    /// secp256r1.
    P256,
    /// secp384r1.
    P384,
}

impl Curve {
    /// The registered `crv` (RFC 7518 section 6.2.1.1).
    pub const fn as_str(self) -> &'static str {
        match self {
            Curve::P256 => "P-256",
            Curve::P384 => "P-384",
        }
    }

    /// Length of one coordinate in bytes.
    pub const fn coordinate_len(self) -> usize {
        match self {
            Curve::P256 => 32,
            Curve::P384 => 48,
        }
    }

    const fn verification(self) -> &'static EcdsaVerificationAlgorithm {
        match self {
            Curve::P256 => &ECDSA_P256_SHA256_FIXED,
            Curve::P384 => &ECDSA_P384_SHA384_FIXED,
        }
    }
}

/// The numbers of one public key. The fields are private: a value has passed the checks of its constructor.
#[derive(Clone)]
pub struct KeyMaterial {
    pub(crate) numbers: Numbers,
    /// What aws-lc made of the numbers when they were checked: whoever brings a key with a request has it verified next.
    parsed: ParsedPublicKey,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Numbers {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    Ec { curve: Curve, x: Vec<u8>, y: Vec<u8> },
    Ed25519 { x: [u8; 32] },
}

impl KeyMaterial {
    /// Modulus and exponent, big-endian without leading zeros.
    pub fn rsa(n: Vec<u8>, e: Vec<u8>) -> Result<KeyMaterial, KeyMaterialError> {
        check_modulus(&n)?;
        check_exponent(&e)?;
        let parsed = parsed_rsa(&RSA_PKCS1_2048_8192_SHA256, &n, &e).ok_or(KeyMaterialError::RsaRefused)?;
        let numbers = Numbers::Rsa { n, e };
        Ok(KeyMaterial { numbers, parsed })
    }

    /// A point by its coordinates, big-endian, each exactly as long as the field. aws-lc checks the curve's equation;
    /// infinity has no affine coordinates and so no spelling here.
    pub fn ec(curve: Curve, x: Vec<u8>, y: Vec<u8>) -> Result<KeyMaterial, KeyMaterialError> {
        if x.len() != curve.coordinate_len() || y.len() != curve.coordinate_len() {
            return Err(KeyMaterialError::CoordinateLength);
        }
        let parsed = parsed_point(curve, &x, &y).ok_or(KeyMaterialError::NotOnCurve)?;
        let numbers = Numbers::Ec { curve, x, y };
        Ok(KeyMaterial { numbers, parsed })
    }

    /// The 32 bytes of an Ed25519 public key (RFC 8032 section 5.1.5).
    pub fn ed25519(x: &[u8]) -> Result<KeyMaterial, KeyMaterialError> {
        let x: [u8; 32] = x.try_into().map_err(|_| KeyMaterialError::CoordinateLength)?;
        if !ed25519_points::is_canonical(&x) {
            return Err(KeyMaterialError::NotCanonical);
        }
        if ed25519_points::has_small_order(&x) {
            return Err(KeyMaterialError::SmallOrder);
        }
        let parsed = ParsedPublicKey::new(&ED25519, x).map_err(|_| KeyMaterialError::NotCanonical)?;
        let numbers = Numbers::Ed25519 { x };
        Ok(KeyMaterial { numbers, parsed })
    }

    /// Which kind of key this is.
    pub fn key_type(&self) -> KeyType {
        match &self.numbers {
            Numbers::Rsa { .. } => KeyType::Rsa,
            Numbers::Ec { curve: Curve::P256, .. } => KeyType::P256,
            Numbers::Ec { curve: Curve::P384, .. } => KeyType::P384,
            Numbers::Ed25519 { .. } => KeyType::Ed25519,
        }
    }

    /// aws-lc's parsed form for verifying `alg`, or `None` when `alg` is for another kind of key.
    pub(crate) fn parsed_for(&self, alg: Algorithm) -> Option<ParsedPublicKey> {
        if alg.key_type() != self.key_type() {
            return None;
        }
        match &self.numbers {
            Numbers::Rsa { n, e } if alg != Algorithm::RS256 => parsed_rsa(rsa_parameters(alg)?, n, e),
            Numbers::Rsa { .. } | Numbers::Ec { .. } | Numbers::Ed25519 { .. } => Some(self.parsed.clone()),
        }
    }
}

/// Two keys are the same when their numbers are.
impl PartialEq for KeyMaterial {
    fn eq(&self, other: &KeyMaterial) -> bool {
        self.numbers == other.numbers
    }
}

impl Eq for KeyMaterial {}

impl Hash for KeyMaterial {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.numbers.hash(state);
    }
}

impl fmt::Debug for KeyMaterial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeyMaterial").field(&self.numbers).finish()
    }
}

fn parsed_rsa(parameters: &'static RsaParameters, n: &[u8], e: &[u8]) -> Option<ParsedPublicKey> {
    RsaPublicKeyComponents { n, e }.to_parsed_public_key(parameters).ok()
}

fn parsed_point(curve: Curve, x: &[u8], y: &[u8]) -> Option<ParsedPublicKey> {
    let mut point = Vec::with_capacity(1 + 2 * curve.coordinate_len());
    point.push(UNCOMPRESSED);
    point.extend_from_slice(x);
    point.extend_from_slice(y);
    ParsedPublicKey::new(curve.verification(), point).ok()
}

/// SEC 1 section 2.3.3: the tag of a point written as both coordinates.
const UNCOMPRESSED: u8 = 4;

fn rsa_parameters(alg: Algorithm) -> Option<&'static RsaParameters> {
    match alg {
        Algorithm::RS256 => Some(&RSA_PKCS1_2048_8192_SHA256),
        Algorithm::RS384 => Some(&RSA_PKCS1_2048_8192_SHA384),
        Algorithm::RS512 => Some(&RSA_PKCS1_2048_8192_SHA512),
        Algorithm::PS256 => Some(&RSA_PSS_2048_8192_SHA256),
        Algorithm::PS384 => Some(&RSA_PSS_2048_8192_SHA384),
        Algorithm::PS512 => Some(&RSA_PSS_2048_8192_SHA512),
        Algorithm::ES256 | Algorithm::ES384 | Algorithm::EdDSA => None,
    }
}

fn check_modulus(n: &[u8]) -> Result<(), KeyMaterialError> {
    let (Some(first), Some(last)) = (n.first(), n.last()) else {
        return Err(KeyMaterialError::RsaTooSmall);
    };
    if *first == 0 {
        return Err(KeyMaterialError::RsaLeadingZero);
    }
    let bits = n.len().saturating_mul(8).saturating_sub(first.leading_zeros() as usize);
    match bits {
        0..MIN_RSA_BITS => Err(KeyMaterialError::RsaTooSmall),
        MIN_RSA_BITS..=MAX_RSA_BITS if last & 1 == 0 => Err(KeyMaterialError::RsaEvenModulus),
        MIN_RSA_BITS..=MAX_RSA_BITS => Ok(()),
        _ => Err(KeyMaterialError::RsaTooLarge),
    }
}

/// Odd, at least 3 and at most 32 bits: a long exponent only makes every verification slow.
fn check_exponent(e: &[u8]) -> Result<(), KeyMaterialError> {
    match (e.first(), e.last()) {
        (Some(0), _) => Err(KeyMaterialError::RsaLeadingZero),
        (_, Some(last)) if last & 1 == 1 && e.len() <= 4 && e != [1] => Ok(()),
        _ => Err(KeyMaterialError::RsaExponent),
    }
}
