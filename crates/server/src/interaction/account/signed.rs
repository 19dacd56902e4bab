//! Who looks at their account, and whether a form was sent by one of its pages.

use crate::error::Failure;
use crate::interaction::ticket::{self, Purpose, Ticket};
use crate::interaction::{browser, facts, outcome};
use crate::reply::Reply;
use crate::request::Request;
use crate::wire;
use grantd_core::admin::{Actor, Deed};
use grantd_core::authorize::decide::is_live;
use grantd_core::record::{SessionRecord, UserRecord};
use grantd_protocol::{RawParams, ScopeSet, Seconds};
use http::StatusCode;

/// How long ago a login may be that changes how one logs in.
const FRESH: Seconds = Seconds(600);

/// The session of this browser, and its user.
pub(super) struct Signed {
    pub(super) session: SessionRecord,
    pub(super) user: UserRecord,
    actor: Actor,
    address: String,
}

impl Signed {
    /// What the user does to their own account, as it is decided and recorded.
    pub(super) fn deed<'a>(&'a self, request: &'a Request<'_>) -> Deed<'a> {
        request.deed(&self.actor, &self.address)
    }

    /// Whether this session's login is fresh and took every step that the user has: whoever changes how one logs in must
    /// have shown who they are. A session that began before there was a second step never passed it.
    pub(super) fn has_proved(&self, request: &Request<'_>) -> bool {
        let login = &self.session.authentication;
        let has_passed = !self.user.has_second_step() || login.amr.iter().any(|method| method == "mfa");
        has_passed && request.now <= login.at.plus(FRESH)
    }
}

/// Who is signed in, if somebody is who may act.
///
/// # Errors
/// When the store does not answer.
pub(super) async fn load(request: &Request<'_>) -> Result<Option<Signed>, Failure> {
    let facts = facts::session(request).await?;
    let Some(facts) = facts.filter(|facts| is_live(facts, request.now)) else {
        return Ok(None);
    };
    let session = facts.session;
    Ok(facts.user.map(|user| Signed {
        actor: Actor::oneself(&user.id),
        address: request.address.to_string(),
        session,
        user,
    }))
}

/// A form that came.
pub(super) enum Form {
    /// From another site: what to answer.
    Elsewhere(Reply),
    /// Too late, or from a page that somebody else was signed in on.
    Expired,
    /// From this page.
    Of(Answer),
}

/// What a form of ours says.
pub(super) struct Answer {
    pub(super) params: RawParams,
    /// The permissions that the page showed.
    pub(super) shown: ScopeSet,
}

/// Seals what a form of this page brings back.
pub(super) fn seal(request: &Request<'_>, signed: &Signed, here: &str, shown: ScopeSet) -> String {
    let ticket = Ticket {
        request: here.to_owned(),
        bound_to: signed.session.id.to_string(),
        shown,
        made_at: request.now,
    };
    ticket::seal(request, Purpose::Account, &ticket)
}

/// Reads a form that must have been sent from `here`.
///
/// # Errors
/// `invalid_request` for a body that is no form.
pub(super) fn form(request: &Request<'_>, signed: &Signed, here: &str) -> Result<Form, Failure> {
    let params = wire::long_form(request.headers(), &request.body)?;
    if browser::is_cross_site(request) {
        let reply = outcome::error_with(request, StatusCode::FORBIDDEN, "cross_site", None);
        return Ok(Form::Elsewhere(reply));
    }
    let opened = params
        .get("request")
        .and_then(|text| ticket::open(request, Purpose::Account, text))
        .filter(|ticket| ticket.request == here && ticket.bound_to == signed.session.id.to_string());
    Ok(match opened {
        None => Form::Expired,
        Some(ticket) => Form::Of(Answer {
            params,
            shown: ticket.shown,
        }),
    })
}
