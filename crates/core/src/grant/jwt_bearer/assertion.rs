//! An assertion of another server about a user, read: who signed it, for whom, when, and what it says. Must not know what
//! becomes of it.

use crate::client_auth::AuthenticatedClient;
use crate::client_auth::nobody::signed_by;
use crate::grant::context::Context;
use crate::realm::TrustedIssuer;
use crate::record::{Binding, UserRecord};
use crate::single_use::SingleUse;
use grantd_jose::{Claims, HeaderPolicy, JwkSet, Jws, ProtectedHeader, UnverifiedJws};
use grantd_protocol::{ScopeSet, Seconds, Timestamp};
use serde_json::Value;
use std::sync::Arc;

/// The header's `typ` of an identity assertion grant.
const ID_JAG: &str = "oauth-id-jag+jwt";
/// Longest `jti` and subject, in bytes.
const MAX_TEXT: usize = 256;
/// How far the issuer's clock may be ahead.
const AHEAD: Seconds = Seconds(10);
const HEADER: HeaderPolicy = HeaderPolicy {
    max_bytes: 8 * 1024,
    ..HeaderPolicy::STRICT
};

/// What the assertion says, if everything about it is right.
pub(super) fn read<'r>(
    text: &str,
    trusted: &'r TrustedIssuer,
    fetched_keys: Option<&JwkSet>,
    client: &AuthenticatedClient,
    context: &Context<'_>,
) -> Option<Asserted<'r>> {
    let jws = well_formed(text)?;
    if !is_made_for_this(jws.header(), trusted) || !context.realm.profile.admits(jws.header().alg()) {
        return None;
    }
    let claims = signed_by(trusted.jwks.as_ref().or(fetched_keys), &jws)?;
    asserted(&claims, trusted, client, context)
}

pub(super) fn well_formed(text: &str) -> Option<UnverifiedJws<'_>> {
    Jws::parse(text, &HEADER).ok()
}

/// Whether the header's `typ` is that of such an assertion, and of nothing else that the issuer signs.
fn is_made_for_this(header: &ProtectedHeader, trusted: &TrustedIssuer) -> bool {
    if trusted.id_jag {
        header.typ_is(ID_JAG)
    } else {
        header.typ().is_none() || header.typ_is("JWT")
    }
}

/// What a good assertion says.
#[derive(Debug)]
pub struct Asserted<'r> {
    pub(super) issuer: &'r TrustedIssuer,
    user: String,
    pub(super) scope: Option<ScopeSet>,
    pub(super) resources: Vec<String>,
    /// What whoever brings it must prove to hold, where it names that (`cnf`).
    pub(super) bound_to: Option<Binding>,
    used: SingleUse,
}

impl Asserted<'_> {
    /// The name under which the user is known here: the key of a username ([`UserRecord::key_of`]), or a user's id.
    #[must_use]
    pub fn user(&self) -> User<'_> {
        if self.issuer.names_ids {
            User::Id(&self.user)
        } else {
            User::Name(UserRecord::key_of(&self.user))
        }
    }

    /// What it spends.
    #[must_use]
    pub const fn used(&self) -> &SingleUse {
        &self.used
    }

    /// The tenant that it is about, where the issuer is that of one.
    #[must_use]
    pub const fn tenant(&self) -> Option<&Arc<str>> {
        self.issuer.tenant.as_ref()
    }
}

/// How an assertion names a user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum User<'a> {
    /// By the key of a username.
    Name(String),
    /// By the id.
    Id(&'a str),
}

/// Everything that the claims must say (RFC 7523 section 3, and the draft of the identity assertion grant).
fn asserted<'r>(
    claims: &Claims,
    trusted: &'r TrustedIssuer,
    client: &AuthenticatedClient,
    context: &Context<'_>,
) -> Option<Asserted<'r>> {
    let ends = times(claims, trusted, context.now)?;
    let audience = claims.aud().ok()?;
    let [only] = audience.as_slice() else { return None };
    let addressed = trusted.audience.as_deref().unwrap_or(context.issuer) == *only;
    let named_client = claims.str("client_id").ok()?;
    let for_client = match named_client {
        Some(named) => *named == *client.client_id,
        None => !trusted.id_jag,
    };
    let allowed = trusted.clients.iter().any(|id| &**id == "*" || *id == client.client_id);
    let jti = claims.required_str("jti").ok()?;
    // RFC 7523 section 3: there is a subject, whichever claim says who that is here.
    let is_short = |text: &&str| !text.is_empty() && text.len() <= MAX_TEXT;
    claims.required_str("sub").ok().filter(is_short)?;
    let user = claims.get(&trusted.user_claim)?.as_str().filter(is_short)?;
    let unverified = &*trusted.user_claim == "email" && claims.bool("email_verified").ok()? == Some(false);
    if !addressed || !for_client || !allowed || !is_short(&jti) || unverified {
        return None;
    }
    Some(Asserted {
        issuer: trusted,
        user: user.to_owned(),
        scope: claims.str("scope").ok()?.map(ScopeSet::parse).transpose().ok()?,
        resources: resources(claims.get("resource"))?,
        bound_to: match claims.get("cnf") {
            Some(claim) => Some(Binding::of_confirmation(claim)?),
            None => None,
        },
        used: SingleUse::granted(&context.realm.name, &trusted.issuer, jti, ends),
    })
}

/// When the assertion ends, where it is good now: at most the issuer's lifetime ahead, and made in the past.
fn times(claims: &Claims, trusted: &TrustedIssuer, now: Timestamp) -> Option<Timestamp> {
    let ends = Timestamp::from_secs(claims.required_numeric_date("exp").ok()?);
    let made = claims.numeric_date("iat").ok()?;
    let begun = |at: Option<i64>| at.is_none_or(|at| Timestamp::from_secs(at) <= now.plus(AHEAD));
    let good = now < ends
        && ends <= now.plus(trusted.max_lifetime).plus(AHEAD)
        && begun(made)
        && begun(claims.numeric_date("nbf").ok()?)
        && (made.is_some() || !trusted.id_jag);
    good.then_some(ends)
}

/// The claim `resource`: text, or a list of texts.
pub(super) fn resources(claim: Option<&Value>) -> Option<Vec<String>> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match claim {
        None => Some(Vec::new()),
        Some(Value::Array(values)) => values.iter().map(text).collect(),
        Some(value) => Some(vec![text(value)?]),
    }
}
