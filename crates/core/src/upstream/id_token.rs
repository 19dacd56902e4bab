//! A provider's ID token (OpenID Connect Core section 3.1.3.7), every check of it. Which one failed is for the log; the user
//! learns that the login did not work.

use crate::client_auth::nobody::signed_by;
use crate::realm::Upstream;
use grantd_jose::{Algorithm, Claims, HeaderPolicy, JwkSet, Jws, constant_time_eq, left_half_hash};
use grantd_protocol::{Seconds, Timestamp};
use serde_json::{Map, Value};

/// How far the provider's clock may be off.
const LEEWAY: Seconds = Seconds(30);
/// The oldest token that counts: it was made for this login just now.
const MAX_AGE: Seconds = Seconds(600);
/// Longest subject (OpenID Connect Core section 2), in bytes.
const MAX_SUBJECT: usize = 255;
/// The most methods that are handed on.
const MAX_METHODS: usize = 20;
/// Claims of a profile that a new user starts with.
const PROFILE: &[&str] = &["name", "given_name", "family_name", "locale", "zoneinfo"];
const HEADER: HeaderPolicy = HeaderPolicy {
    max_bytes: 16 * 1024,
    ..HeaderPolicy::STRICT
};

/// What the token must be about.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The provider that it is from.
    pub upstream: &'a Upstream,
    /// What the request asked it to repeat.
    pub nonce: &'a str,
    /// The access token that came beside it.
    pub access_token: Option<&'a str>,
    /// Now.
    pub now: Timestamp,
}

/// Who logged in, by a provider's word.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity {
    /// `sub`: unique at its issuer alone.
    pub subject: String,
    /// Their mail address, as the provider says.
    pub email: Option<String>,
    /// Whether it says that it verified the address.
    pub email_verified: bool,
    /// What else it says of the user.
    pub profile: Map<String, Value>,
    /// How the user proved who they are there (RFC 8176).
    pub methods: Vec<String>,
    /// When, where it says so.
    pub at: Option<Timestamp>,
}

impl Identity {
    /// The mail address, if the provider says that it verified it.
    #[must_use]
    pub fn verified_email(&self) -> Option<&str> {
        self.email.as_deref().filter(|_| self.email_verified)
    }
}

/// What is wrong with a token.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Flaw {
    /// It is no signed JWT of an algorithm that counts, or of another kind.
    #[error("it is no ID token")]
    Form,
    /// None of the provider's keys made it.
    #[error("its signature is not the provider's")]
    Signature,
    /// Another issuer.
    #[error("iss is another issuer")]
    Issuer,
    /// For somebody else.
    #[error("aud or azp is somebody else")]
    Audience,
    /// Over, not yet good, not made just now, or of a login that is still to come.
    #[error("exp, iat, nbf or auth_time does not fit")]
    Time,
    /// Made for another login.
    #[error("nonce is another login's")]
    Nonce,
    /// Beside another access token than it was made with.
    #[error("at_hash is another access token's")]
    AccessToken,
    /// Nobody, or nobody who can be told apart.
    #[error("sub is missing or no subject")]
    Subject,
}

/// Reads a token that came straight from the token endpoint, with the keys that the provider publishes.
///
/// # Errors
/// The first [`Flaw`].
pub fn read(text: &str, keys: &JwkSet, expected: &Expected<'_>) -> Result<Identity, Flaw> {
    let jws = Jws::parse(text, &HEADER).map_err(|_| Flaw::Form)?;
    let header = jws.header();
    // An access token or a logout token of the same provider is signed with the same keys.
    if header.typ().is_some() && !header.typ_is("JWT") {
        return Err(Flaw::Form);
    }
    let algorithm = header.alg();
    let claims = signed_by(Some(keys), &jws).ok_or(Flaw::Signature)?;
    check(&claims, algorithm, expected)?;
    let subject = claims.required_str("sub").map_err(|_| Flaw::Subject)?;
    let is_subject =
        (1..=MAX_SUBJECT).contains(&subject.len()) && subject.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    if !is_subject {
        return Err(Flaw::Subject);
    }
    Ok(identity(&claims, subject, expected.now))
}

fn check(claims: &Claims, algorithm: Algorithm, expected: &Expected<'_>) -> Result<(), Flaw> {
    let upstream = expected.upstream;
    if claims.required_str("iss").map_err(|_| Flaw::Issuer)? != &*upstream.issuer {
        return Err(Flaw::Issuer);
    }
    let audience = claims.aud().map_err(|_| Flaw::Audience)?;
    let party = claims.str("azp").map_err(|_| Flaw::Audience)?;
    let is_ours = audience.contains(&upstream.client_id.as_str())
        && party.map_or(audience.len() == 1, |party| party == upstream.client_id);
    if !is_ours {
        return Err(Flaw::Audience);
    }
    if !is_timely(claims, expected.now).unwrap_or(false) {
        return Err(Flaw::Time);
    }
    let nonce = claims.required_str("nonce").map_err(|_| Flaw::Nonce)?;
    if !constant_time_eq(nonce.as_bytes(), expected.nonce.as_bytes()) {
        return Err(Flaw::Nonce);
    }
    let hash = claims.str("at_hash").map_err(|_| Flaw::AccessToken)?;
    let fits = match (hash, expected.access_token) {
        (None, _) => true,
        (Some(hash), Some(token)) => left_half_hash(algorithm, token.as_bytes()) == *hash,
        (Some(_), None) => false,
    };
    if fits { Ok(()) } else { Err(Flaw::AccessToken) }
}

fn is_timely(claims: &Claims, now: Timestamp) -> Option<bool> {
    let ends = Timestamp::from_secs(claims.required_numeric_date("exp").ok()?);
    let made = Timestamp::from_secs(claims.required_numeric_date("iat").ok()?);
    let begins = claims.numeric_date("nbf").ok()?.map(Timestamp::from_secs);
    let proved = claims.numeric_date("auth_time").ok()?.map(Timestamp::from_secs);
    Some(
        now < ends.plus(LEEWAY)
            && made <= now.plus(LEEWAY)
            && now <= made.plus(MAX_AGE)
            && [begins, proved].into_iter().flatten().all(|at| at <= now.plus(LEEWAY)),
    )
}

fn identity(claims: &Claims, subject: &str, now: Timestamp) -> Identity {
    let email = claims.str("email").ok().flatten();
    let is_text = |name: &&&'static str| claims.str(name).is_ok_and(|text| text.is_some_and(is_short));
    let own = |name: &&str| Some(((*name).to_owned(), claims.get(name)?.clone()));
    let methods = claims.str_list("amr").ok().flatten().unwrap_or_default();
    let at = claims
        .numeric_date("auth_time")
        .ok()
        .flatten()
        .map(Timestamp::from_secs);
    Identity {
        subject: subject.to_owned(),
        email: email
            // Addresses are compared without case and outer spaces; by more letters than these, two mailboxes could be one.
            .filter(|email| is_short(email) && email.contains('@') && email.bytes().all(|byte| byte.is_ascii_graphic()))
            .map(str::to_owned),
        // A text that says "true" is no promise.
        email_verified: matches!(claims.bool("email_verified"), Ok(Some(true))),
        profile: PROFILE.iter().filter(is_text).filter_map(own).collect(),
        methods: methods
            .into_iter()
            .filter(|method| grantd_protocol::scope::is_token(method) && is_short(method))
            .take(MAX_METHODS)
            .map(str::to_owned)
            .collect(),
        at: at.map(|at| at.min(now)),
    }
}

fn is_short(text: &str) -> bool {
    !text.is_empty() && text.len() <= 200 && !text.chars().any(char::is_control)
}
