//! Access tokens that are JWTs (RFC 9068): the form, the key, the signature, then the claims.

use super::claims::Expectations;
use super::key_set::KeySet;
use super::principal::{Kind, Principal};
use super::reason::{Fault, Reason};
use crate::clock::seconds;
use grantd_jose::{Algorithm, HeaderPolicy, Jws, JwsError, UnverifiedJws, Verified};
use std::sync::Arc;

/// What is verified. The algorithm is the key's, never the header's; `none` and HMAC have no place here.
pub(crate) const ALGORITHMS: [Algorithm; 4] = [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA];

impl From<JwsError> for Reason {
    fn from(error: JwsError) -> Self {
        match error {
            JwsError::ForbiddenMember(_) => Self::Header,
            JwsError::Unsecured | JwsError::Symmetric | JwsError::UnknownAlgorithm | JwsError::AlgorithmMismatch => {
                Self::Algorithm
            }
            JwsError::BadSignature => Self::Signature,
            _ => Self::Malformed,
        }
    }
}

/// Verifies a token, its binding and its status aside.
pub(crate) async fn verify(token: &str, keys: &KeySet, expected: &Arc<Expectations>) -> Result<Principal, Fault> {
    let jws = Jws::parse(token, &HeaderPolicy::STRICT).map_err(Reason::from)?;
    let verified = verified(&jws, &expected.types, keys).await?;
    let claims = verified.claims().map_err(Reason::from)?;
    let now = seconds(&*keys.http().clock);
    Ok(expected.judge(token, Kind::Jwt, claims, now)?)
}

/// Checks type, key and signature of any JWT of the issuer.
pub(crate) async fn verified<'j>(
    jws: &'j UnverifiedJws<'_>,
    types: &[String],
    keys: &KeySet,
) -> Result<Verified<'j>, Fault> {
    let header = jws.header();
    if !types.iter().any(|typ| header.typ_is(typ)) {
        return Err(Reason::Type.into());
    }
    if !ALGORITHMS.contains(&header.alg()) {
        return Err(Reason::Algorithm.into());
    }
    let kid = header.kid().filter(|kid| !kid.is_empty()).ok_or(Reason::UnknownKey)?;
    let key = keys.find(kid).await?;
    Ok(jws.verify(&key).map_err(Reason::from)?)
}

/// Whether a token is to be read as a JWT; opaque tokens have no two dots.
pub(crate) fn looks_like_jwt(token: &str) -> bool {
    token.starts_with("eyJ") && token.bytes().filter(|byte| *byte == b'.').count() == 2
}
