//! What a page of the console needs before anything else: who is signed in, or the login form that leads back; forms that
//! only our own page can have sent; and what a form did, told by the page after it.

use crate::error::Failure;
use crate::interaction::ticket::{self, Purpose, Ticket};
use crate::interaction::{browser, cookie, facts, login, outcome};
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::wire;
use grantd_core::authorize::decide::is_live;
use grantd_core::record::{SessionFacts, SessionRecord};
use grantd_jose::constant_time_eq;
use grantd_protocol::{RawParams, ScopeSet};
use http::header::SET_COOKIE;
use http::{Method, StatusCode};

/// Whose session the browser has; otherwise the login form, from which it comes back to this page. What a form sent is
/// not kept for afterwards: whoever logs in sees the page as it is then.
///
/// # Errors
/// When the store does not answer.
pub(super) async fn session(request: &Request<'_>) -> Result<Result<SessionFacts, Reply>, Failure> {
    let found = facts::session(request).await?;
    match found.filter(|facts| is_live(facts, request.now)) {
        Some(facts) => Ok(Ok(facts)),
        None => login::show_for_account(request, &here(request), None).map(Err),
    }
}

/// This page's path below the pages' root, and its query; a form's query is its page's.
fn here(request: &Request<'_>) -> String {
    let here = request.parts.uri.path_and_query().map_or("/", |here| here.as_str());
    let root = request.realm.page_path(request.issuer, "");
    here.strip_prefix(&root).unwrap_or_default().to_owned()
}

/// The ticket of a form that posts to `action`, a path: good for this form, in this session, for an hour.
pub(super) fn ticket(request: &Request<'_>, session: &SessionRecord, action: &str) -> String {
    let ticket = Ticket {
        request: action.to_owned(),
        bound_to: session.id.to_string(),
        shown: ScopeSet::empty(),
        made_at: request.now,
    };
    ticket::seal(request, Purpose::Console, &ticket)
}

/// What a form sent; nothing for a request that is none. A form that came from elsewhere, or was open for too long, is
/// answered with a page that says so.
///
/// # Errors
/// For a body that is no form.
pub(super) fn sent(
    request: &Request<'_>,
    session: &SessionRecord,
) -> Result<Result<Option<RawParams>, Reply>, Failure> {
    if *request.method() != Method::POST {
        return Ok(Ok(None));
    }
    if browser::is_cross_site(request) {
        return Ok(Err(outcome::error_with(
            request,
            StatusCode::FORBIDDEN,
            "cross_site",
            None,
        )));
    }
    let params = wire::long_form(request.headers(), &request.body)?;
    let is_ours = |ticket: &Ticket| {
        let session = session.id.to_string();
        constant_time_eq(ticket.bound_to.as_bytes(), session.as_bytes()) && ticket.request == request.parts.uri.path()
    };
    let opened = params
        .get("request")
        .and_then(|text| ticket::open(request, Purpose::Console, text));
    match opened.filter(is_ours) {
        Some(_) => Ok(Ok(Some(params))),
        None => Ok(Err(outcome::error_with(
            request,
            StatusCode::BAD_REQUEST,
            "form_expired",
            None,
        ))),
    }
}

/// On to a page, which says what was done: one of the texts that it knows.
pub(super) fn done(request: &Request<'_>, location: &str, said: &'static str) -> Reply {
    let mut reply = reply::see_other(location);
    let cookie = cookie::set_notice(request, Some(said)).map(|cookie| (SET_COOKIE, cookie));
    reply.headers_mut().extend(cookie);
    reply
}

/// What the form before this page did, if it is one of `known`.
pub(super) fn was_done(request: &Request<'_>, known: &[&'static str]) -> Option<&'static str> {
    let said = cookie::notice(request)?;
    known.iter().copied().find(|one| *one == said)
}

/// Takes away from the browser what a page has said.
pub(super) fn forget_done(request: &Request<'_>, reply: &mut Reply) {
    if cookie::notice(request).is_some() {
        let cookie = cookie::set_notice(request, None).map(|cookie| (SET_COOKIE, cookie));
        reply.headers_mut().extend(cookie);
    }
}
