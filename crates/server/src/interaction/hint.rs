//! `id_token_hint`: an ID token of ours that a client sends back. Whether it still counts for anything is decided in the
//! core; here is whether it was made here at all. An expired one was (OpenID Connect Core section 3.1.2.1, RP-Initiated
//! Logout section 2).

use crate::request::Request;
use grantd_core::logout::Hint;
use grantd_jose::{HeaderPolicy, Jws};

/// What the token says, if this realm made it. The header's `typ` keeps out what else is signed with the same keys, and
/// `azp` the access tokens of a realm that gives them the same `typ`.
#[must_use]
pub fn read(request: &Request<'_>, text: &str) -> Option<Hint> {
    let jws = Jws::parse(text, &HeaderPolicy::STRICT).ok()?;
    if !jws.header().typ_is("JWT") {
        return None;
    }
    let key = request.realm.ring.verifying_key(jws.header().kid()?)?;
    let claims = jws.verify(&key).ok()?.claims().ok()?;
    let client_id = claims.required_str("azp").ok()?;
    let issuer = claims.required_str("iss").ok()?;
    let made_here = request.realm.config.realm.answers_to(issuer);
    let for_client = claims.aud().is_ok_and(|audience| audience.contains(&client_id));
    if !made_here || !for_client || claims.str("client_id").ok()?.is_some() {
        return None;
    }
    Some(Hint {
        client_id: client_id.to_owned(),
        subject: claims.required_str("sub").ok()?.to_owned(),
        session: claims.str("sid").ok()?.map(str::to_owned),
    })
}
