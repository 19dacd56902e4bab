//! What a page of any area needs before anything else: who is signed in, or the login form that leads back; forms that
//! only our own page can have sent; and what a form did, told by the page after it.

use super::Halt;
use super::kept::{self, Kept};
use crate::error::Failure;
use crate::interaction::form::{self, Size};
use crate::interaction::ticket::{self, Purpose, Ticket};
use crate::interaction::{cookie, facts, login};
use crate::reply::{self, Reply};
use crate::request::Request;
use grantd_core::authorize::decide::is_live;
use grantd_core::record::{SessionFacts, SessionRecord};
use grantd_jose::constant_time_eq;
use grantd_protocol::{RawParams, ScopeSet};
use http::Method;
use http::header::SET_COOKIE;

/// A form of permissions is posted to one page beside its own: behind it, the page that shows what is ticked and does nothing.
const PREVIEW: &str = "/permissions/preview";

/// Whose session the browser has; otherwise the login form, from which it comes back to this page. What a form of ours sent
/// is not done afterwards: whoever logs in sees the page as it is then, with what they had filled in.
///
/// # Errors
/// [`Halt::Instead`] with the login form; a failure when the store does not answer.
pub(crate) async fn entered(request: &Request<'_>) -> Result<SessionFacts, Halt> {
    let found = facts::session(request).await?;
    match found.filter(|facts| is_live(facts, request.now)) {
        Some(facts) => Ok(facts),
        None => Err(Halt::Instead(Box::new(log_in_first(request)?))),
    }
}

/// The login form; where a form of ours was sent in a session that is over, with what it sent in the browser's keeping.
fn log_in_first(request: &Request<'_>) -> Result<Reply, Failure> {
    let here = here(request);
    // What was only looked at is not given back: its page has no form to put it into.
    let is_form = *request.method() == Method::POST && page_of_forms(request) == request.parts.uri.path();
    let sent = is_form.then(|| form::received(request, Size::Long).ok()).flatten();
    let late = sent.and_then(|params| Some((late_ticket(request, &params)?, params)));
    let carried = late.and_then(|((user, ticket), params)| kept::carry(request, &user, &params, &ticket.shown.scope));
    let Some(cookie) = carried else {
        return login::show_for_account(request, &here, None);
    };
    let mut reply = login::show_in_the_middle(request, &here)?;
    reply.headers_mut().append(SET_COOKIE, cookie);
    Ok(reply)
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
    form::for_session(
        request,
        Purpose::SignedIn,
        session,
        &subject(action, &session.user),
        shown,
    )
}

/// What a ticket is about: the form at this path, as this user was shown it. A path has no line break.
fn subject(path: &str, user: &str) -> String {
    format!("{path}\n{user}")
}

/// The path of the page whose forms are posted here.
fn page_of_forms<'r>(request: &'r Request<'_>) -> &'r str {
    let path = request.parts.uri.path();
    let page = path.strip_suffix("/preview").filter(|_| path.ends_with(PREVIEW));
    page.unwrap_or(path)
}

/// Whom a form of this very page was shown to, and its ticket, which may be too old or of a session that is over.
fn late_ticket(request: &Request<'_>, params: &RawParams) -> Option<(String, Ticket)> {
    let ticket = ticket::open_late(request, Purpose::SignedIn, params.get("request")?)?;
    let (path, user) = ticket.request.split_once('\n')?;
    (path == page_of_forms(request)).then(|| (user.to_owned(), ticket.clone()))
}

/// What a request to a page brings.
pub(crate) enum Sent {
    /// Nothing but its address.
    Nothing,
    /// What a form of this very page, shown in this session, sent; and what the page had shown.
    Form(RawParams, ScopeSet),
    /// What this user once filled in here; nothing is done with it but to show it.
    Kept(Kept),
    /// A form that this user was not shown here, or longer ago than anybody remembers.
    Foreign,
}

/// Tells a form of this very page from what only looks like one.
///
/// # Errors
/// [`Halt::Instead`] for a form that came from elsewhere, a failure for a body that is no form.
pub(crate) fn sent(request: &Request<'_>, session: &SessionRecord) -> Result<Sent, Halt> {
    if *request.method() != Method::POST {
        return Ok(Kept::brought(request, &session.user).map_or(Sent::Nothing, Sent::Kept));
    }
    let params = form::received(request, Size::Long)?;
    let about = subject(page_of_forms(request), &session.user);
    let is_ours = |ticket: &Ticket| {
        let session = session.id.to_string();
        constant_time_eq(ticket.bound_to.as_bytes(), session.as_bytes()) && ticket.request == about
    };
    if let Some(ticket) = form::ticket(request, &params, Purpose::SignedIn).filter(is_ours) {
        return Ok(Sent::Form(params, ticket.shown.scope));
    }
    let late = late_ticket(request, &params).filter(|(user, _)| **user == *session.user);
    Ok(late.map_or(Sent::Foreign, |(_, ticket)| {
        Sent::Kept(Kept::late(&params, ticket.shown.scope))
    }))
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

/// Takes away from the browser what a page has said, and what it has given back.
pub(crate) fn forget_done(request: &Request<'_>, reply: &mut Reply) {
    let said = cookie::notice(request).and_then(|_| cookie::set_notice(request, None));
    let given_back = kept::is_for_this_page(request).then(|| cookie::set_kept(request, None));
    let gone = said.into_iter().chain(given_back.flatten());
    reply.headers_mut().extend(gone.map(|cookie| (SET_COOKIE, cookie)));
}
