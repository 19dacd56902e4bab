//! Compact JWS from outside (RFC 7515): three canonical parts, a strict header, and a payload that is only called
//! verified after its signature was. Must not know what the payload means.

use std::fmt;

use crate::base64url;
use crate::header::{HeaderPolicy, ProtectedHeader};
use crate::jwk::JwkError;
use crate::jwt::{ClaimError, Claims};
use crate::strict_json::StrictJsonError;
use crate::verifying::VerifyingKey;

/// Why a JWS was refused. Carries none of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// Longer than the policy allows.
    #[error("JWS too large")]
    TooLarge,
    /// Not exactly three parts: a JWE, a detached or JSON serialisation, or something else.
    #[error("not a compact JWS of three parts")]
    NotThreeParts,
    /// A part that is not canonical base64url.
    #[error("JWS {0} is not canonical base64url")]
    BadBase64(&'static str),
    /// The header is not strict JSON.
    #[error("JWS header: {0}")]
    HeaderJson(StrictJsonError),
    /// A header member of the wrong JSON type.
    #[error("JWS header member `{0}` has the wrong type")]
    WrongType(&'static str),
    /// A header member that is too long or not printable.
    #[error("JWS header member `{0}` is too long or not printable")]
    BadText(&'static str),
    /// A header member that is refused when present.
    #[error("JWS header member `{0}` is not accepted")]
    ForbiddenMember(&'static str),
    /// No `alg`.
    #[error("JWS header without `alg`")]
    AlgorithmMissing,
    /// `alg` is `none` in some spelling.
    #[error("unsecured JWS")]
    Unsecured,
    /// `alg` is an HMAC.
    #[error("symmetric JWS algorithm")]
    Symmetric,
    /// `alg` is not supported.
    #[error("unknown JWS algorithm")]
    UnknownAlgorithm,
    /// A `jwk` is needed in the header.
    #[error("JWS header without `jwk`")]
    EmbeddedKeyMissing,
    /// The `jwk` in the header is not acceptable.
    #[error("JWS header `jwk`: {0}")]
    EmbeddedKey(JwkError),
    /// The header's algorithm is not one of the key's.
    #[error("JWS algorithm differs from the key's")]
    AlgorithmMismatch,
    /// The signature does not verify.
    #[error("JWS signature does not verify")]
    BadSignature,
}

/// Where reading begins.
#[derive(Clone, Copy, Debug)]
pub struct Jws;

impl Jws {
    /// Splits, decodes and checks everything that needs no key.
    pub fn parse<'c, C: AsRef<[u8]> + ?Sized>(
        compact: &'c C,
        policy: &HeaderPolicy,
    ) -> Result<UnverifiedJws<'c>, JwsError> {
        let compact = compact.as_ref();
        if compact.len() > policy.max_bytes {
            return Err(JwsError::TooLarge);
        }
        let (signing_input, header, payload, signature) = split(compact).ok_or(JwsError::NotThreeParts)?;
        let header = base64url::decode(header).map_err(|_| JwsError::BadBase64("header"))?;
        Ok(UnverifiedJws {
            header: ProtectedHeader::parse(&header, policy)?,
            payload: base64url::decode(payload).map_err(|_| JwsError::BadBase64("payload"))?,
            signature: base64url::decode(signature).map_err(|_| JwsError::BadBase64("signature"))?,
            signing_input,
        })
    }
}

/// A well-formed JWS of unknown origin.
#[derive(Clone)]
pub struct UnverifiedJws<'c> {
    signing_input: &'c [u8],
    header: ProtectedHeader,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl UnverifiedJws<'_> {
    /// The header; use it to find the key.
    pub const fn header(&self) -> &ProtectedHeader {
        &self.header
    }

    /// Claims that nobody has vouched for, for finding the key by `iss` or `sub` and for nothing else.
    pub fn unverified_claims(&self) -> Result<Claims, ClaimError> {
        Claims::parse(&self.payload)
    }

    /// Checks the signature. The header's algorithm must be one that the key accepts.
    ///
    /// A token's text is not its identity: from an ECDSA signature anyone can compute a second one that verifies as
    /// well. Replays are found by `jti`.
    pub fn verify(&self, key: &VerifyingKey) -> Result<Verified<'_>, JwsError> {
        let alg = self.header.alg();
        if !key.accepts(alg) {
            return Err(JwsError::AlgorithmMismatch);
        }
        if !key.verify(alg, self.signing_input, &self.signature) {
            return Err(JwsError::BadSignature);
        }
        Ok(Verified {
            header: &self.header,
            payload: &self.payload,
        })
    }
}

/// Proof that a signature was verified; nothing else makes one.
#[derive(Clone, Copy)]
pub struct Verified<'j> {
    header: &'j ProtectedHeader,
    payload: &'j [u8],
}

impl<'j> Verified<'j> {
    /// The signed header.
    pub const fn header(&self) -> &'j ProtectedHeader {
        self.header
    }

    /// The signed bytes.
    pub const fn payload(&self) -> &'j [u8] {
        self.payload
    }

    /// The payload as a JWT's claims.
    pub fn claims(&self) -> Result<Claims, ClaimError> {
        Claims::parse(self.payload)
    }
}

/// Without payload and signature: an assertion or an access token is a credential, and this may reach a log.
impl fmt::Debug for UnverifiedJws<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedJws")
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Verified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("header", self.header)
            .finish_non_exhaustive()
    }
}

type Parts<'c> = (&'c [u8], &'c [u8], &'c [u8], &'c [u8]);

/// The signing input, then the three parts.
fn split(compact: &[u8]) -> Option<Parts<'_>> {
    let mut dots = compact
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'.')
        .map(|(at, _)| at);
    let (first, second) = (dots.next()?, dots.next()?);
    if dots.next().is_some() {
        return None;
    }
    let signing_input = compact.get(..second)?;
    Some((
        signing_input,
        compact.get(..first)?,
        compact.get(first + 1..second)?,
        compact.get(second + 1..)?,
    ))
}
