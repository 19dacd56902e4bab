//! What the forms of all pages have in common: a form is taken from our own pages alone, and brings back a sealed ticket,
//! which is bound to the browser before anybody has logged in, and to the session afterwards.

use super::browser;
use super::outcome;
use super::ticket::{self, Purpose, Ticket};
use crate::error::Failure;
use crate::reply::Reply;
use crate::request::Request;
use crate::wire;
use grantd_core::authorize::Shown;
use grantd_core::grant::refuse_params;
use grantd_core::record::SessionRecord;
use grantd_protocol::RawParams;
use http::header::SET_COOKIE;
use http::{HeaderValue, StatusCode};

/// Why a handler ends before its end.
pub(crate) enum Stop {
    /// This is answered.
    Reply(Box<Reply>),
    /// It failed.
    Failure(Failure),
}

impl<E: Into<Failure>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failure(error.into())
    }
}

/// What is answered in the end.
pub(crate) fn answered(request: &Request<'_>, outcome: Result<Reply, Stop>) -> Reply {
    match outcome {
        Ok(reply) => reply,
        Err(Stop::Reply(reply)) => *reply,
        Err(Stop::Failure(failure)) => outcome::error_page(request, &failure),
    }
}

/// The same for a form that answers a request for authorization: its refusals are counted.
pub(crate) fn counted(request: &Request<'_>, endpoint: &'static str, outcome: Result<Reply, Stop>) -> Reply {
    match outcome {
        Err(Stop::Failure(failure)) => outcome::refusal_page(request, endpoint, &failure),
        other => answered(request, other),
    }
}

/// How much a form may bring.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// A few fields.
    Short,
    /// A box for each permission.
    Long,
}

/// What a form of ours may send more than once: boxes, of which any can be ticked.
const BOXES: &[&str] = &["scope", "scopes", "permissions", "events", "client_id"];

/// What a form of one of our pages sent.
///
/// # Errors
/// A page for one that another site sent; `invalid_request` for a body that is no form, and for one in which a field comes
/// twice: our pages send none, and two readers could each take another of the two.
pub(crate) fn received(request: &Request<'_>, size: Size) -> Result<RawParams, Stop> {
    let params = match size {
        Size::Short => wire::form(request.headers(), &request.body)?,
        Size::Long => wire::long_form(request.headers(), &request.body)?,
    };
    if browser::is_cross_site(request) {
        let page = outcome::error_with(request, StatusCode::FORBIDDEN, "cross_site", None);
        return Err(Stop::Reply(Box::new(page)));
    }
    params.refuse_duplicates(BOXES).map_err(refuse_params)?;
    Ok(params)
}

/// The ticket that a form brought back, if it is one for this. Whom it is bound to is looked at by the caller.
pub(crate) fn ticket(request: &Request<'_>, params: &RawParams, purpose: Purpose) -> Option<Ticket> {
    ticket::open(request, purpose, params.get("request")?)
}

/// The ticket of a form that was shown to this very browser.
pub(crate) fn ticket_of_browser(request: &Request<'_>, params: &RawParams, purpose: Purpose) -> Option<Ticket> {
    ticket(request, params, purpose).filter(|ticket| browser::holds(request, &ticket.bound_to))
}

/// The page for a form that was open for too long, or that this browser was never shown.
pub(crate) fn expired(request: &Request<'_>) -> Reply {
    outcome::error_with(request, StatusCode::BAD_REQUEST, "form_expired", None)
}

/// The page for an answer that was given from another session than the one that was asked.
pub(crate) fn session_expired(request: &Request<'_>) -> Reply {
    outcome::error_with(request, StatusCode::FORBIDDEN, "session_expired", None)
}

/// A ticket that is bound to a session.
pub(crate) fn for_session(
    request: &Request<'_>,
    purpose: Purpose,
    session: &SessionRecord,
    returns: &str,
    shown: impl Into<Shown>,
) -> String {
    let ticket = Ticket {
        request: returns.to_owned(),
        bound_to: session.id.to_string(),
        shown: shown.into(),
        made_at: request.now,
    };
    ticket::seal(request, purpose, &ticket)
}

/// A ticket that is bound to a browser, and what binds it.
pub(crate) struct Bound {
    /// The form's field `request`.
    pub(crate) sealed: String,
    cookie: Option<HeaderValue>,
}

/// A ticket for somebody who has not logged in.
pub(crate) fn for_browser(request: &Request<'_>, purpose: Purpose, returns: &str) -> Bound {
    let (bound_to, cookie) = browser::bind(request);
    let ticket = Ticket {
        request: returns.to_owned(),
        bound_to,
        shown: Shown::default(),
        made_at: request.now,
    };
    Bound {
        sealed: ticket::seal(request, purpose, &ticket),
        cookie,
    }
}

impl Bound {
    /// The page with the form, which gives the browser what the ticket is bound to.
    pub(crate) fn on(self, mut reply: Reply) -> Reply {
        reply
            .headers_mut()
            .extend(self.cookie.map(|cookie| (SET_COOKIE, cookie)));
        reply
    }
}
