//! `private_key_jwt` (RFC 7521, RFC 7523 section 2.2, OpenID Connect Core section 9): a client proves itself by a JWT that
//! it signed with a registered key. The algorithm comes from that key, never from the header. What the assertion says
//! about itself is checked before its signature, which is what costs. Must not know where keys are fetched from.

use super::Setting;
use super::nobody::signed_by;
use crate::realm::Profile;
use crate::record::ClientRecord;
use crate::refusal::NOT_AUTHENTICATED;
use crate::single_use::SingleUse;
use grantd_jose::{
    Algorithm, Claims, HeaderPolicy, JwkSet, Jws, ProtectedHeader, SetRules, UnverifiedJws, VerifyingKey,
};
use grantd_protocol::{OAuthError, RawParams, Seconds, Secret, Timestamp};
use serde_json::Value;

/// `client_assertion_type` of a JWT (RFC 7523 section 2.2).
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Keys of one client, at most: somebody who sends a wrong signature makes us try those that could have made it.
pub const MAX_KEYS: usize = 16;
/// How a client's keys are read where they are registered.
pub const KEY_RULES: SetRules = SetRules::strict(MAX_KEYS);
/// What clients may sign with.
pub const ALGORITHMS: &[Algorithm] = &Algorithm::ALL;
/// The header's `typ`, where there is one. Anything else says that the JWT was made for another purpose: a client may
/// sign proofs and request objects with the same key.
const TYPES: &[&str] = &["JWT", "client-authentication+jwt"];
/// Longest client id and `jti`, in bytes.
const MAX_TEXT: usize = 256;
const HEADER: HeaderPolicy = HeaderPolicy {
    max_bytes: 8 * 1024,
    ..HeaderPolicy::STRICT
};
/// How far a client's clock may be ahead.
const AHEAD: Seconds = Seconds(10);

/// An assertion as it was presented: well-formed, and nothing of it proved.
pub(super) struct Assertion {
    text: Secret,
    client_id: String,
}

impl std::fmt::Debug for Assertion {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Assertion")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

impl Assertion {
    /// Reads `client_assertion` and `client_assertion_type`; `None` where neither is there.
    ///
    /// # Errors
    /// `invalid_client` for everything that cannot be an assertion, and for one of another client than `client_id` names.
    pub(super) fn read(params: &RawParams) -> Result<Option<Self>, OAuthError> {
        let (text, kind) = (params.get("client_assertion"), params.get("client_assertion_type"));
        if text.is_none() && kind.is_none() {
            return Ok(None);
        }
        let text = text.filter(|_| kind == Some(ASSERTION_TYPE)).ok_or(NOT_AUTHENTICATED)?;
        let subject = well_formed(text).and_then(|jws| subject(&jws.unverified_claims().ok()?));
        let client_id = subject.ok_or(NOT_AUTHENTICATED)?;
        if params.get("client_id").is_some_and(|named| *named != *client_id) {
            return Err(NOT_AUTHENTICATED);
        }
        Ok(Some(Self {
            text: Secret::new(text.to_owned()),
            client_id,
        }))
    }

    /// Whom it is about.
    pub(super) fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The work of [`prove`](Self::prove) for a client that does not exist, or does not sign.
    pub(super) fn prove_in_vain(&self, setting: &Setting<'_>) {
        let jws = well_formed(self.text.expose()).filter(|jws| setting.realm.profile.admits(jws.header().alg()));
        if let Some(jws) = jws.filter(|jws| {
            jws.unverified_claims()
                .is_ok_and(|claims| times(&claims, setting).is_some())
        }) {
            let _ = signed_by(None, &jws);
        }
    }

    /// The proof, as the value that it spends; `None` where it proves nothing.
    pub(super) fn prove(&self, client: &ClientRecord, setting: &Setting<'_>) -> Option<SingleUse> {
        let jws = well_formed(self.text.expose()).filter(|jws| setting.realm.profile.admits(jws.header().alg()))?;
        let expires_at = times(&jws.unverified_claims().ok()?, setting)?;
        let only = client.openid.token_endpoint_auth_signing_alg;
        let is_the_one = only.is_none_or(|only| only == jws.header().alg());
        let keys = client.jwks.as_ref().or(setting.fetched_keys).filter(|_| is_the_one);
        let claims = signed_by(keys, &jws)?;
        let jti = claims.required_str("jti").ok()?;
        let addressed = is_addressed(&claims, setting) && subject(&claims)? == *client.client_id;
        (addressed && !jti.is_empty() && jti.len() <= MAX_TEXT)
            .then(|| SingleUse::assertion(&client.realm, &client.client_id, jti, expires_at))
    }
}

fn well_formed(text: &str) -> Option<UnverifiedJws<'_>> {
    let jws = Jws::parse(text, &HEADER).ok()?;
    let header = jws.header();
    let made_for_this = header.typ().is_none() || TYPES.iter().any(|typ| header.typ_is(typ));
    made_for_this.then_some(jws)
}

/// `iss` and `sub`, which must both be the client (RFC 7523 section 3).
fn subject(claims: &Claims) -> Option<String> {
    let subject = claims.required_str("sub").ok()?;
    let is_the_issuer = claims.required_str("iss").ok()? == subject;
    (is_the_issuer && !subject.is_empty() && subject.len() <= MAX_TEXT).then(|| subject.to_owned())
}

/// When the assertion ends, where it is good now: it has an end that has not come and is not too far away, and it was
/// neither made nor begins in the future. A claim of the wrong type is none of these.
fn times(claims: &Claims, setting: &Setting<'_>) -> Option<Timestamp> {
    let policy = &setting.realm.assertions;
    let now = setting.now;
    let expires_at = Timestamp::from_secs(claims.required_numeric_date("exp").ok()?).plus(policy.leeway);
    let begun = |at: Option<i64>| at.is_none_or(|at| Timestamp::from_secs(at) <= now.plus(AHEAD));
    let good = now < expires_at
        && expires_at <= now.plus(policy.max_lifetime).plus(policy.leeway).plus(AHEAD)
        && begun(claims.numeric_date("nbf").ok()?)
        && begun(claims.numeric_date("iat").ok()?);
    good.then_some(expires_at)
}

/// Whether the assertion is for this server alone: its one `aud` is the issuer that was addressed, or, where the realm
/// names that loosening, the URL of the token endpoint. A second audience could use the assertion here. FAPI 2.0 section
/// 5.3.2.1 wants a text, and no list even of one.
fn is_addressed(claims: &Claims, setting: &Setting<'_>) -> bool {
    let is_text = claims.get("aud").is_some_and(Value::is_string);
    if setting.realm.profile == Profile::Fapi2 && !is_text {
        return false;
    }
    let Ok(audience) = claims.aud() else { return false };
    let [only] = audience.as_slice() else { return false };
    let token_endpoint = setting
        .realm
        .assertions
        .token_endpoint_audience
        .then_some(setting.token_endpoint);
    *only == setting.issuer || token_endpoint == Some(*only)
}

/// The client's keys that could have signed it: by `kid` where the header names one, by the key's own algorithm always.
pub(crate) fn candidates<'a>(keys: &'a JwkSet, header: &'a ProtectedHeader) -> impl Iterator<Item = VerifyingKey> + 'a {
    keys.candidates(header.kid(), header.alg())
        .take(MAX_KEYS)
        .filter_map(|key| VerifyingKey::from_jwk(key, ALGORITHMS).ok())
}

#[cfg(test)]
mod tests;
