//! What a page of any area needs before anything else: who is signed in, or the login form that leads back; forms that
//! only our own page can have sent; and what a form did, told by the page after it.

use super::Halt;
use crate::interaction::form::{self, Size};
use crate::interaction::ticket::{Purpose, Ticket};
use crate::interaction::{cookie, facts, login};
use crate::reply::{self, Reply};
use crate::request::Request;
use grantd_core::authorize::decide::is_live;
use grantd_core::record::{SessionFacts, SessionRecord};
use grantd_jose::constant_time_eq;
use grantd_protocol::{RawParams, ScopeSet};
use http::Method;
use http::header::SET_COOKIE;

/// Whose session the browser has; otherwise the login form, from which it comes back to this page. What a form sent is
/// not kept for afterwards: whoever logs in sees the page as it is then.
///
/// # Errors
/// [`Halt::Instead`] with the login form; a failure when the store does not answer.
pub(crate) async fn entered(request: &Request<'_>) -> Result<SessionFacts, Halt> {
    let found = facts::session(request).await?;
    match found.filter(|facts| is_live(facts, request.now)) {
        Some(facts) => Ok(facts),
        None => {
            let login = login::show_for_account(request, &here(request), None)?;
            Err(Halt::Instead(Box::new(login)))
        }
    }
}

/// This page's path below the pages' root, and its query; a form's query is its page's.
fn here(request: &Request<'_>) -> String {
    let here = request.parts.uri.path_and_query().map_or("/", |here| here.as_str());
    let root = request.realm.page_path(request.issuer, "");
    here.strip_prefix(&root).unwrap_or_default().to_owned()
}

/// The ticket of a form that posts to `action`, a path: good for this form, in this session, for an hour. `shown` is what
/// the page says that the form's answer can be about.
pub(crate) fn seal(request: &Request<'_>, session: &SessionRecord, action: &str, shown: ScopeSet) -> String {
    form::for_session(request, Purpose::SignedIn, session, action, shown)
}

/// What a form of this very page sent, and what the page had shown; nothing for a request that is no form, and the second
/// `None` for a form that was open for too long, or was shown in another session.
///
/// # Errors
/// [`Halt::Instead`] for a form that came from elsewhere, a failure for a body that is no form.
pub(crate) fn sent(
    request: &Request<'_>,
    session: &SessionRecord,
) -> Result<Option<(RawParams, Option<ScopeSet>)>, Halt> {
    if *request.method() != Method::POST {
        return Ok(None);
    }
    let params = form::received(request, Size::Long)?;
    let is_ours = |ticket: &Ticket| {
        let session = session.id.to_string();
        constant_time_eq(ticket.bound_to.as_bytes(), session.as_bytes()) && ticket.request == request.parts.uri.path()
    };
    let ticket = form::ticket(request, &params, Purpose::SignedIn).filter(is_ours);
    Ok(Some((params, ticket.map(|ticket| ticket.shown.scope))))
}

/// On to a page, which says what was done: one of the texts that its area knows.
pub(crate) fn done(request: &Request<'_>, location: &str, said: &'static str) -> Reply {
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
pub(crate) fn forget_done(request: &Request<'_>, reply: &mut Reply) {
    if cookie::notice(request).is_some() {
        let cookie = cookie::set_notice(request, None).map(|cookie| (SET_COOKIE, cookie));
        reply.headers_mut().extend(cookie);
    }
}
