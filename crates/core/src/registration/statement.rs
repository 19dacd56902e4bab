//! Software statements (RFC 7591 section 2.3): metadata that somebody the realm knows has signed. What is signed wins
//! over what is merely said. The keys are configuration; nothing is fetched.

use super::RegistrationMode;
use super::members::Members;
use crate::realm::Realm;
use grantd_jose::{Claims, HeaderPolicy, Jws, VerifyingKey};
use grantd_protocol::{ErrorCode, OAuthError, Timestamp};
use serde_json::{Map, Value};

const INVALID: OAuthError = OAuthError::new(
    ErrorCode::InvalidSoftwareStatement,
    "the software statement is not one that can be believed",
);
const UNAPPROVED: OAuthError = OAuthError::new(
    ErrorCode::UnapprovedSoftwareStatement,
    "the issuer of the software statement is not known here",
);
const MISSING: OAuthError = OAuthError::new(
    ErrorCode::InvalidSoftwareStatement,
    "a software statement is needed to register here",
);

/// Claims of the statement itself, not of the client.
const OWN_CLAIMS: &[&str] = &["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/// The metadata with what a statement says put over it. Without a statement it is what was sent, unless the realm asks
/// for one.
///
/// # Errors
/// `invalid_software_statement`, `unapproved_software_statement`. A statement that cannot be checked is never ignored.
pub fn apply(sent: &Map<String, Value>, realm: &Realm, now: Timestamp) -> Result<Map<String, Value>, OAuthError> {
    let statement = Members(sent).text("software_statement", HeaderPolicy::STRICT.max_bytes)?;
    let Some(statement) = statement else {
        return match realm.registration.mode {
            RegistrationMode::SoftwareStatement => Err(MISSING),
            _ => Ok(sent.clone()),
        };
    };
    let claims = verified(statement, realm, now)?;
    let mut members = sent.clone();
    let signed = claims
        .members()
        .iter()
        .filter(|(name, _)| !OWN_CLAIMS.contains(&name.as_str()) && name.as_str() != "software_statement");
    members.extend(signed.map(|(name, value)| (name.clone(), value.clone())));
    Ok(members)
}

fn verified(statement: &str, realm: &Realm, now: Timestamp) -> Result<Claims, OAuthError> {
    let jws = Jws::parse(statement, &HeaderPolicy::STRICT).map_err(|_| INVALID)?;
    let claimed = jws.unverified_claims().map_err(|_| INVALID)?;
    let issuer = claimed.required_str("iss").map_err(|_| INVALID)?;
    let issuer = realm
        .registration
        .statement_issuers
        .iter()
        .find(|known| known.issuer == issuer)
        .ok_or(UNAPPROVED)?;
    let alg = jws.header().alg();
    let claims = issuer
        .keys
        .candidates(jws.header().kid(), alg)
        .filter_map(|key| VerifyingKey::from_jwk(key, &[alg]).ok())
        .find_map(|key| jws.verify(&key).ok().map(|verified| verified.claims()))
        .ok_or(INVALID)?
        .map_err(|_| INVALID)?;
    let expires_at = claims.numeric_date("exp").map_err(|_| INVALID)?;
    let not_before = claims.numeric_date("nbf").map_err(|_| INVALID)?;
    let audience = claims.aud().map_err(|_| INVALID)?;
    let in_time = expires_at.is_none_or(|end| now.secs() < end) && not_before.is_none_or(|start| start <= now.secs());
    let for_us = audience.is_empty() || audience.iter().any(|audience| realm.answers_to(audience));
    if in_time && for_us { Ok(claims) } else { Err(INVALID) }
}
