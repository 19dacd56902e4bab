//! Where a user is signed in, and signing out there or everywhere.

use super::frame::Frame;
use super::signed::{Answer, Signed};
use super::{Page, device_name, done, moment};
use crate::error::{Failure, Fault};
use crate::interaction::cookie;
use crate::interaction::outcome::{self, shell};
use crate::reply::Reply;
use crate::request::Request;
use crate::signed_in::{local, whereabouts};
use grantd_core::account::end_session;
use grantd_core::admin::user::log_out;
use grantd_core::record::SessionRecord;
use grantd_pages::{AccountNotice, SessionsView, SignedIn, SignedOutView};
use grantd_protocol::ScopeSet;
use grantd_protocol::id::SessionId;
use grantd_store::{CommitError, Store};
use http::StatusCode;
use http::header::SET_COOKIE;

/// Sessions that are shown.
pub(super) const MOST: usize = 100;
/// Rows that are looked at for them: ended ones stand among the others until they are purged.
const LOOKED_AT: u32 = 500;
/// How often a lost race is decided again.
const ATTEMPTS: usize = 8;

/// Shows the page.
///
/// # Errors
/// When the store does not answer.
pub(super) async fn show(request: &Request<'_>, signed: &Signed, frame: Frame<'_>) -> Result<Reply, Failure> {
    let (mut sessions, more) = live(request, signed, MOST).await?;
    // The one that looks comes first, and is there however many there are.
    sessions.retain(|session| session.id != signed.session.id);
    sessions.insert(0, signed.session.clone());
    let shown = |session: &SessionRecord| -> Result<SignedIn, Failure> {
        let (browser, system) = device_name::read(session.user_agent.as_deref().unwrap_or_default());
        Ok(SignedIn {
            id: session.id.to_string(),
            browser,
            system,
            address: session.address.clone(),
            place: session
                .address
                .as_deref()
                .and_then(|address| whereabouts(request, address)),
            since: moment(session.authentication.at)?,
            here: session.id == signed.session.id,
        })
    };
    let sessions = sessions.iter().map(shown).collect::<Result<_, _>>()?;
    let action = local(request, Page::Sessions.path())?;
    frame.page(ScopeSet::empty(), |frame, shell| {
        let view = SessionsView {
            frame,
            action,
            sessions,
            more,
        };
        request.app.pages.sessions(&view, shell)
    })
}

/// The user's sessions that stand, at most so many, the newest first; and whether there may be more.
///
/// # Errors
/// When the store does not answer.
pub(super) async fn live(
    request: &Request<'_>,
    signed: &Signed,
    most: usize,
) -> Result<(Vec<SessionRecord>, bool), Failure> {
    let (realm, user) = (request.realm.name(), &signed.user);
    let found = request.app.store.sessions_of(realm, &user.id, None, LOOKED_AT).await?;
    let stands =
        |session: &SessionRecord| session.is_live(request.now) && user.password_changed_at <= session.created_at;
    let mut sessions: Vec<SessionRecord> = found.rows.into_iter().filter(stands).collect();
    let more = found.more || sessions.len() > most;
    sessions.truncate(most);
    Ok((sessions, more))
}

/// Answers the page's forms.
///
/// # Errors
/// When the store does not answer.
pub(super) async fn answer(request: &Request<'_>, signed: &Signed, form: &Answer) -> Result<Reply, Failure> {
    match form.params.get("session") {
        Some("all") => everywhere(request, signed).await,
        one => {
            if let Some(session) = named(request, signed, one.unwrap_or_default()).await? {
                request
                    .app
                    .settle(end_session(&session, &signed.deed(request)), &[])
                    .await?;
            }
            done(request, Page::Sessions.path(), AccountNotice::SessionEnded)
        }
    }
}

/// The user's session of this id; another one's is none.
async fn named(request: &Request<'_>, signed: &Signed, id: &str) -> Result<Option<SessionRecord>, Failure> {
    let Some(id) = SessionId::parse(id) else {
        return Ok(None);
    };
    let found = request.app.store.session(id).await?.map(|facts| facts.session);
    Ok(found.filter(|session| *session.realm == **request.realm.name() && session.user == signed.user.id))
}

async fn everywhere(request: &Request<'_>, signed: &Signed) -> Result<Reply, Failure> {
    let (realm, id) = (request.realm.name(), &signed.user.id);
    for _ in 0..ATTEMPTS {
        if let Some(user) = request.app.store.user(realm, id).await? {
            match request.app.commit(log_out(&user, &signed.deed(request)).change).await {
                Ok(_) => {}
                Err(CommitError::Conflict) => continue,
                Err(CommitError::Fault(fault)) => return Err(fault.into()),
            }
        }
        let mut reply = signed_out(request)?;
        let cookie = cookie::end_session(request).map(|cookie| (SET_COOKIE, cookie));
        reply.headers_mut().extend(cookie);
        return Ok(reply);
    }
    Err(Fault::Contention(ATTEMPTS).into())
}

fn signed_out(request: &Request<'_>) -> Result<Reply, Failure> {
    let view = SignedOutView {
        go_on: None,
        by_itself: false,
        frames: Vec::new(),
    };
    let html = request.app.pages.signed_out(&view, &shell(request, None)?);
    Ok(outcome::page(StatusCode::OK, html))
}
