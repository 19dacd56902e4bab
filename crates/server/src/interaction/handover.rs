//! Login and consent in the platform's own web app: the browser is sent there with a sealed question, the app answers by
//! the admin API, and the browser comes back with the answer, which is good for it alone. What may be answered is the
//! core's to say (`grantd_core::handover`). Nothing is stored for a question
//! that nobody answered.

mod returned;
pub(crate) mod sealed;

pub use returned::handle;

use super::browser;
use super::outcome::{self, Arrival};
use crate::error::{Failure, Fault};
use crate::reply::Reply;
use crate::request::Request;
use grantd_core::admin::actor;
use grantd_core::authorize::AuthorizationRequest;
use grantd_core::authorize::decide::{ConsentPrompt, Facts};
use grantd_core::authorize::response::with_query;
use grantd_core::handover::consent::ConsentQuestion;
use grantd_core::handover::login::LoginQuestion;
use grantd_core::handover::{Back, Handed};
use grantd_core::record::{MembershipRecord, UserRecord};
use grantd_protocol::{ErrorCode, OAuthError};
use grantd_store::Store;
use http::Method;
use http::header::SET_COOKIE;
use sealed::Kind;
use serde::Serialize;

/// What the client hears where the app answered with a login that its request cannot rely on.
pub(super) const NOT_THE_LOGIN: OAuthError = OAuthError::new(
    ErrorCode::LoginRequired,
    "another user logged in than the request is for, or in another way",
);
/// The longest question, in characters: with the app's address it fits into the 8 KB that servers take as one.
const MAX_QUESTION: usize = 6500;

/// The way to the app for a request that needs a login; `None` where the realm has none.
///
/// # Errors
/// `invalid_request` where the request is too long for the way.
pub(super) fn login_of_request(
    request: &Request<'_>,
    query: &str,
    asked: &AuthorizationRequest,
    arrival: Arrival,
) -> Result<Option<Reply>, Failure> {
    let Some(url) = &request.realm.config.handover.login_url else {
        return Ok(None);
    };
    let handed = handed(request, browser::value(request), Back::Request(query.to_owned()));
    let question = LoginQuestion::of_request(handed, asked);
    leave(request, Kind::LoginQuestion, url, &question, arrival).map(Some)
}

/// The way to the app for somebody who wants to log in without an authorization request; `None` where the realm has none.
///
/// # Errors
/// As [`login_of_request`].
pub(super) fn login(request: &Request<'_>, back: Back, fresh: bool) -> Result<Option<Reply>, Failure> {
    let Some(url) = &request.realm.config.handover.login_url else {
        return Ok(None);
    };
    let arrival = if *request.method() == Method::POST {
        Arrival::ThroughForm
    } else {
        Arrival::Direct
    };
    let handed = handed(request, browser::value(request), back);
    let question = LoginQuestion::without_request(handed, fresh);
    leave(request, Kind::LoginQuestion, url, &question, arrival).map(Some)
}

/// Whether a user may log in by this server's own form. Where the app logs users in, the form is there for the console
/// alone: for operators, and for whoever administers a tenant. Anybody else would get past the app by it.
///
/// # Errors
/// When the store does not answer.
pub(super) async fn leaves_here(request: &Request<'_>, user: &UserRecord) -> Result<bool, Failure> {
    let realm = &request.realm.config.realm;
    if request.realm.config.handover.login_url.is_none() || realm.operator(&user.username).is_some() {
        return Ok(true);
    }
    let places = request.app.store.memberships(&user.realm, &user.id).await?;
    let administers = |place: &MembershipRecord| place.tenant.enabled && actor::administers(&place.role, realm);
    Ok(realm.tenants.enabled && places.iter().any(administers))
}

/// The way to the app for a request that needs a consent; `None` where the realm has none.
///
/// # Errors
/// As [`login_of_request`].
pub(super) fn consent_of_request(
    request: &Request<'_>,
    query: &str,
    asked: &AuthorizationRequest,
    facts: &Facts,
    prompt: &ConsentPrompt,
    arrival: Arrival,
) -> Result<Option<Reply>, Failure> {
    consent(request, Back::Request(query.to_owned()), asked, facts, prompt, arrival)
}

/// The same for a device, whose code its user typed.
///
/// # Errors
/// As [`login_of_request`].
pub(super) fn consent_of_device(
    request: &Request<'_>,
    code: &str,
    asked: &AuthorizationRequest,
    facts: &Facts,
    prompt: &ConsentPrompt,
) -> Result<Option<Reply>, Failure> {
    let back = Back::Device(code.to_owned());
    consent(request, back, asked, facts, prompt, Arrival::ThroughForm)
}

fn consent(
    request: &Request<'_>,
    back: Back,
    asked: &AuthorizationRequest,
    facts: &Facts,
    prompt: &ConsentPrompt,
    arrival: Arrival,
) -> Result<Option<Reply>, Failure> {
    let Some(url) = &request.realm.config.handover.consent_url else {
        return Ok(None);
    };
    let session = facts.session.as_ref();
    let session = session.ok_or(Fault::Broken("consent without a session"))?;
    let handed = handed(request, session.session.id.to_string(), back);
    let question = ConsentQuestion::new(handed, asked, session, prompt);
    leave(request, Kind::ConsentQuestion, url, &question, arrival).map(Some)
}

fn handed(request: &Request<'_>, bound_to: String, back: Back) -> Handed {
    Handed::new(request.issuer, bound_to, back, request.now, &*request.app.entropy)
}

fn leave<Q: Serialize>(
    request: &Request<'_>,
    kind: Kind,
    url: &str,
    question: &Q,
    arrival: Arrival,
) -> Result<Reply, Failure> {
    let sealed = sealed::seal(request.app, request.realm.name(), kind, question);
    if sealed.len() > MAX_QUESTION {
        let error = "the request is too long to be handed to the app that logs users in";
        return Err(OAuthError::invalid_request(error).into());
    }
    let url = with_query(url, &[(kind.parameter(), sealed)]);
    let mut reply = outcome::onward(request, &url, arrival);
    let cookie = browser::set_drawn(request).map(|cookie| (SET_COOKIE, cookie));
    reply.headers_mut().extend(cookie);
    Ok(reply)
}
