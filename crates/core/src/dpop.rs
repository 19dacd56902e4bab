//! Proofs of possession (RFC 9449): a request shows that whoever sends it holds a private key. What a proof says is looked
//! at before its signature, which is what costs. Must not know who asks, nor where a used proof is remembered.

pub mod nonce;

use crate::realm::Realm;
use crate::record::{Binding, CertificateThumbprint};
use crate::single_use::SingleUse;
use grantd_jose::{
    Algorithm, Claims, HeaderPolicy, Jwk, Jws, KeyType, Thumbprint, VerifyingKey, base64url_encode, constant_time_eq,
    sha256,
};
use grantd_protocol::dpop::TargetUri;
use grantd_protocol::{ErrorCode, OAuthError, Seconds, Timestamp};
use nonce::NonceKey;

/// What clients may sign with (`dpop_signing_alg_values_supported`).
pub const ALGORITHMS: &[Algorithm] = &Algorithm::ALL;
/// The header's `typ` (section 4.2).
const TYP: &str = "dpop+jwt";
/// How old a proof may be.
const BEHIND: Seconds = Seconds(60);
/// How far the sender's clock may be ahead.
const AHEAD: Seconds = Seconds(10);
/// The longest `jti`, in bytes.
const MAX_JTI: usize = 256;
/// The longest RSA key, as JSON in bytes: 4096 bits fit. A longer one makes only us work. Keys of other kinds have one
/// length each, and what else is in them the header's limit bounds.
const MAX_RSA_KEY: usize = 800;
const HEADER: HeaderPolicy = HeaderPolicy {
    max_bytes: 4096,
    ..HeaderPolicy::EMBEDDED_KEY
};

/// What a proof must be for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The realm.
    pub realm: &'a Realm,
    /// The request's method.
    pub method: &'a str,
    /// The endpoint's URL, as clients know it.
    pub url: &'a str,
    /// The access token that comes along, if one does (section 4.3, item 12).
    pub access_token: Option<&'a str>,
    /// Makes the nonces.
    pub nonces: &'a NonceKey,
    /// The instant of the decision.
    pub now: Timestamp,
}

/// A proof that holds; only [`verify`] makes one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proof {
    key: Thumbprint,
    used: SingleUse,
}

impl Proof {
    /// The key.
    #[must_use]
    pub const fn key(&self) -> Thumbprint {
        self.key
    }

    /// What it spends.
    #[must_use]
    pub const fn used(&self) -> &SingleUse {
        &self.used
    }

    pub(crate) fn into_used(self) -> SingleUse {
        self.used
    }
}

/// Checks a proof.
///
/// # Errors
/// `invalid_dpop_proof`, and `use_dpop_nonce` for one that is otherwise right.
pub fn verify(text: &str, asked: &Asked<'_>) -> Result<Proof, OAuthError> {
    let jws = Jws::parse(text, &HEADER).map_err(|_| refused("the DPoP proof is not a JWT with its public key"))?;
    let header = jws.header();
    if !header.typ_is(TYP) {
        return Err(refused("the DPoP proof must have the typ dpop+jwt"));
    }
    let is_short = |key: &Jwk| key.key_type() != KeyType::Rsa || key.to_json().len() <= MAX_RSA_KEY;
    let key = header.jwk().filter(|key| is_short(key));
    let key = key.ok_or(refused("the key of the DPoP proof is too long"))?;
    let unverified = jws.unverified_claims().map_err(|_| malformed())?;
    is_for(&unverified, asked)?;
    if !asked.realm.profile.admits(header.alg()) {
        return Err(refused(
            "the DPoP proof is signed with an algorithm that is not accepted here",
        ));
    }
    let verifying = verifying_key(key, header.alg()).ok_or(refused("the DPoP proof's key does not fit its alg"))?;
    let signed = jws
        .verify(&verifying)
        .map_err(|_| refused("the DPoP proof's signature does not verify"))?;
    let claims = signed.claims().map_err(|_| malformed())?;
    let jti = claims.required_str("jti").map_err(|_| malformed())?;
    if jti.is_empty() || jti.len() > MAX_JTI {
        return Err(malformed());
    }
    let key = *verifying.thumbprint();
    let until = issued_at(&claims)?.plus(BEHIND);
    Ok(Proof {
        key,
        used: SingleUse::proof(&asked.realm.name, &key.to_string(), jti, until),
    })
}

/// Everything but the signature: method, address, time, the token it comes with, and the nonce, which is looked at last,
/// so that whoever is told to use one is told nothing else afterwards.
fn is_for(claims: &Claims, asked: &Asked<'_>) -> Result<(), OAuthError> {
    let text = |name| claims.required_str(name).map_err(|_| malformed());
    if text("htm")? != asked.method {
        return Err(refused("htm is not the request's method"));
    }
    if TargetUri::parse(text("htu")?).is_none_or(|uri| Some(uri) != TargetUri::parse(asked.url)) {
        return Err(refused("htu is not the request's address"));
    }
    let issued_at = issued_at(claims)?;
    if asked.now >= issued_at.plus(BEHIND) || issued_at > asked.now.plus(AHEAD) {
        return Err(refused("iat is too far from the server's time"));
    }
    is_within(claims, asked.now)?;
    if let Some(token) = asked.access_token {
        let expected = base64url_encode(sha256(token.as_bytes()));
        let ath = claims.str("ath").map_err(|_| malformed())?;
        if ath.is_none_or(|ath| !constant_time_eq(ath.as_bytes(), expected.as_bytes())) {
            return Err(refused("ath is not the hash of the access token"));
        }
    }
    let nonce = claims.str("nonce").map_err(|_| malformed())?;
    if asked.realm.dpop.nonces && nonce.is_none_or(|nonce| !asked.nonces.made(&asked.realm.name, nonce, asked.now)) {
        return Err(OAuthError::new(
            ErrorCode::UseDpopNonce,
            "the DPoP proof must carry the nonce of the DPoP-Nonce header",
        ));
    }
    Ok(())
}

/// A proof needs neither `exp` nor `nbf`; where it has one, it means what it says (RFC 7519 sections 4.1.4 and 4.1.5).
fn is_within(claims: &Claims, now: Timestamp) -> Result<(), OAuthError> {
    let at = |name| {
        let seconds = claims.numeric_date(name).map_err(|_| malformed())?;
        Ok::<_, OAuthError>(seconds.map(Timestamp::from_secs))
    };
    let is_over = at("exp")?.is_some_and(|end| now >= end.plus(AHEAD));
    let is_early = at("nbf")?.is_some_and(|begin| begin > now.plus(AHEAD));
    if is_over || is_early {
        return Err(refused("the DPoP proof is over, or not good yet"));
    }
    Ok(())
}

fn issued_at(claims: &Claims) -> Result<Timestamp, OAuthError> {
    let seconds = claims.required_numeric_date("iat").map_err(|_| malformed())?;
    Ok(Timestamp::from_secs(seconds))
}

fn verifying_key(key: &Jwk, alg: Algorithm) -> Option<VerifyingKey> {
    VerifyingKey::from_jwk(key, &[alg]).ok()
}

const fn refused(sentence: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidDpopProof, sentence)
}

const fn malformed() -> OAuthError {
    refused("a claim of the DPoP proof is missing or malformed")
}

/// What a request shows beside a token.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shown<'a> {
    /// The proof of a key.
    pub proof: Option<&'a Proof>,
    /// The certificate of the connection.
    pub certificate: Option<CertificateThumbprint>,
}

/// Whether a token may be used on the way it came: one that is bound to a key with a proof of it and never as a bearer
/// token (section 7.1), one that is bound to a certificate over a connection with that one (RFC 8705 section 3), one that
/// is not bound as a bearer token alone (section 7.2).
///
/// # Errors
/// `invalid_token`.
pub fn fits(bound_to: Option<Binding>, shown: Shown<'_>) -> Result<(), OAuthError> {
    let fits = match (bound_to, shown.proof) {
        (None, None) => true,
        (Some(Binding::Key(key)), Some(proof)) => proof.key() == key,
        (Some(Binding::Certificate(certificate)), None) => shown.certificate == Some(certificate),
        _ => false,
    };
    if fits {
        Ok(())
    } else {
        Err(OAuthError::invalid_token(
            "the access token is bound to another key or certificate, or to none",
        ))
    }
}

#[cfg(test)]
mod tests;
