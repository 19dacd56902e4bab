//! Pushed requests on their way through browsers (RFC 9126 section 4): sealed into their reference, bound to the browser
//! that opens them first, spent by their answer.

use super::browser;
use crate::error::Failure;
use crate::request::Request;
use grantd_core::authorize::Way;
use grantd_core::authorize::par::{PREFIX, PushedRequest, UNKNOWN};
use grantd_core::change::Change;
use grantd_core::single_use::SingleUse;
use grantd_jose::{base64url_decode, base64url_encode};
use grantd_protocol::RawParams;
use grantd_protocol::entropy::draw;
use grantd_store::{CommitError, Store};

/// A pushed request that this browser may go on with.
pub struct Opened {
    /// Its parameters.
    pub params: RawParams,
    /// How it came.
    pub way: Way,
    /// What its answer spends.
    pub used: Vec<SingleUse>,
}

/// The reference of a pushed request: the request itself, sealed for this realm and issuer.
#[must_use]
pub fn seal(request: &Request<'_>, pushed: &PushedRequest) -> String {
    let plain = serde_json::to_vec(pushed).unwrap_or_default();
    let sealed = request
        .app
        .tickets
        .seal(draw(&*request.app.entropy), context(request).as_bytes(), &plain);
    format!("{PREFIX}{}", base64url_encode(sealed))
}

/// The pushed request behind `request_uri`; `None` where there is no such parameter, it is none of ours, or it does not stand
/// alone.
///
/// # Errors
/// For the page: the reference was not made here, is over, or belongs to another client or browser; the request was
/// answered already. When the store does not answer.
pub async fn open(request: &Request<'_>, params: &RawParams) -> Result<Option<Opened>, Failure> {
    let Some(reference) = params.get("request_uri").and_then(|uri| uri.strip_prefix(PREFIX)) else {
        return Ok(None);
    };
    // Two requests in one: neither is looked into. The checks refuse them, as they do beside any other address, and the client
    // hears it where what stands in the open names one of its own redirect URIs (OAuth 2.1 section 4.1.2.1).
    if params.is_repeated("request_uri") || params.get("request").is_some() {
        return Ok(None);
    }
    let pushed = unseal(request, reference).ok_or(UNKNOWN)?;
    let own = pushed.params(params)?;
    let realm = &request.realm.config.realm.name;
    let answered = pushed.answered(realm);
    bind(request, &pushed).await?;
    if let Some(error) = request.app.replayed(std::slice::from_ref(&answered)).await? {
        return Err(error.into());
    }
    Ok(Some(Opened {
        params: own,
        way: pushed.way(),
        used: vec![answered],
    }))
}

fn unseal(request: &Request<'_>, reference: &str) -> Option<PushedRequest> {
    let sealed = base64url_decode(reference).ok()?;
    let plain = request.app.tickets.open(context(request).as_bytes(), &sealed)?;
    serde_json::from_slice(&plain).ok()
}

/// Lets the first browser that comes in time go on, and nobody else.
async fn bind(request: &Request<'_>, pushed: &PushedRequest) -> Result<(), Failure> {
    let app = request.app;
    let opened = pushed.opened(&request.realm.config.realm.name, &browser::value(request));
    let [by_any, by_this] = &opened;
    if app.replayed(std::slice::from_ref(by_this)).await?.is_some() {
        return if pushed.may_go_on(request.now) {
            Ok(())
        } else {
            Err(UNKNOWN.into())
        };
    }
    if !pushed.may_be_opened(request.now) {
        return Err(UNKNOWN.into());
    }
    let first = Change {
        id: app.change_id(request.now),
        guards: vec![by_any.guard()],
        writes: vec![by_any.write(), by_this.write()],
    };
    match app.store.commit(first).await {
        Ok(_) => Ok(()),
        Err(CommitError::Fault(fault)) => Err(fault.into()),
        // Another request of this very browser may have been faster.
        Err(CommitError::Conflict) if app.replayed(std::slice::from_ref(by_this)).await?.is_some() => Ok(()),
        Err(CommitError::Conflict) => Err(UNKNOWN.into()),
    }
}

fn context(request: &Request<'_>) -> String {
    format!("pushed-request|{}|{}", request.realm.name(), request.issuer)
}
