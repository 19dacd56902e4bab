//! `GET` and `POST /logout` (OpenID Connect RP-Initiated Logout 1.0), and the form of the page that asks first. Whether it
//! asks, and where the browser goes afterwards, is decided in the core.

use super::authorize::{Posted, posted};
use super::form::{Size, Stop};
use super::login::local;
use super::outcome::{self, shell, target};
use super::ticket::{Purpose, Ticket};
use super::{cookie, facts, form, hint};
use crate::error::{Failure, Fault};
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::wire;
use grantd_core::change::Write;
use grantd_core::logout::{Facts, GoOn, Hint, LogoutRequest, Next, decide, frame};
use grantd_core::record::{ClientRecord, SessionFacts};
use grantd_pages::{CarryUrl, LogoutConfirmView, SignedOutView, framing_policy};
use grantd_protocol::{OAuthError, ScopeSet};
use grantd_store::Store;
use http::header::SET_COOKIE;
use http::{Method, StatusCode};
use std::sync::Arc;

/// The most pages of other applications that are loaded at the end of one session.
const MAX_FRAMES: usize = 20;

/// Answers a request of a client.
pub async fn handle(request: &Request<'_>) -> Reply {
    let query = if *request.method() == Method::POST {
        // As at the authorization endpoint: from another site the cookies come along with a GET alone.
        match posted(request) {
            Ok(Posted::Here(query)) => query,
            Ok(Posted::AsGet(reply)) => return reply,
            Err(failure) => return outcome::error_page(request, &failure),
        }
    } else {
        request.query().to_owned()
    };
    match answer(request, &query, None).await {
        Ok(reply) => reply,
        Err(failure) => outcome::error_page(request, &failure),
    }
}

/// Answers the form.
pub async fn confirmed(request: &Request<'_>) -> Reply {
    form::answered(request, decided(request).await)
}

async fn decided(request: &Request<'_>) -> Result<Reply, Stop> {
    let params = form::received(request, Size::Short)?;
    let Some(ticket) = form::ticket(request, &params, Purpose::Logout) else {
        return Ok(form::expired(request));
    };
    match params.get("decision") {
        Some("logout") => Ok(answer(request, &ticket.request, Some(&ticket)).await?),
        Some("stay") => Ok(reply::see_other(local(request, "")?.as_str())),
        _ => Ok(form::expired(request)),
    }
}

/// `confirmed` is the ticket of the page on which the user said so.
async fn answer(request: &Request<'_>, query: &str, confirmed: Option<&Ticket>) -> Result<Reply, Failure> {
    let asked = LogoutRequest::parse(&wire::query(query)?)?;
    let hint = match asked.id_token_hint.as_deref() {
        Some(text) => Some(hint::read(request, text).ok_or(OAuthError::invalid_request(
            "id_token_hint is not an ID token of this server",
        ))?),
        None => None,
    };
    let client = client(request, &asked, hint.as_ref()).await?;
    let session = facts::session(request).await?;
    let is_the_session = |ticket: &Ticket| {
        let session = session.as_ref().map(|facts| facts.session.id.to_string());
        session.is_some_and(|id| id == ticket.bound_to)
    };
    let facts = Facts {
        hint: hint.as_ref(),
        client: client.as_deref(),
        session: session.as_ref(),
        // Somebody else may have logged in since, in another tab.
        confirmed: confirmed.is_some_and(is_the_session),
    };
    match (decide(&asked, facts, &request.context())?, &session) {
        (Next::Confirm, Some(session)) => confirm(request, query, &asked, session, client.as_deref()),
        (Next::Confirm, None) => Err(Fault::Broken("nobody is there to be asked").into()),
        (Next::End(go_on), session) => {
            let frames = match session {
                Some(session) => end(request, session).await?,
                None => Vec::new(),
            };
            farewell(request, &asked, go_on.as_ref(), frames, confirmed.is_some())
        }
    }
}

async fn client(
    request: &Request<'_>,
    asked: &LogoutRequest,
    hint: Option<&Hint>,
) -> Result<Option<Arc<ClientRecord>>, Failure> {
    match asked.client(hint)? {
        Some(client_id) => Ok(request.app.client(request.realm.name(), client_id).await?),
        None => Ok(None),
    }
}

fn confirm(
    request: &Request<'_>,
    query: &str,
    asked: &LogoutRequest,
    session: &SessionFacts,
    client: Option<&ClientRecord>,
) -> Result<Reply, Failure> {
    let user = session.user.as_ref();
    let view = LogoutConfirmView {
        action: local(request, "logout/confirm")?,
        request: form::for_session(request, Purpose::Logout, &session.session, query, ScopeSet::empty()),
        username: user.map(|user| user.username.clone()).unwrap_or_default(),
        client_name: client.map(|client| client.name.clone()),
    };
    let shell = shell(request, asked.ui_locales.as_deref())?;
    Ok(outcome::page(
        StatusCode::OK,
        request.app.pages.logout_confirm(&view, &shell),
    ))
}

/// Ends the session, and with it what was allowed for it alone. Whoever is to be told by this server is told by a job; the
/// pages of those who are told by the browser come back.
async fn end(request: &Request<'_>, session: &SessionFacts) -> Result<Vec<CarryUrl>, Failure> {
    let session = &session.session;
    // Before the end: afterwards a note may be gone, since its client was told already.
    let noted = request.app.store.session_clients(session.id).await?;
    let mut frames = Vec::new();
    for note in &noted {
        // Counted are the pages and not the clients: most have none.
        if frames.len() == MAX_FRAMES {
            break;
        }
        let client = request.app.client(&note.realm, &note.client_id).await?;
        let realm = &request.realm.config.realm;
        let address = client.and_then(|client| frame(realm, &client, note));
        frames.extend(address.and_then(|address| CarryUrl::parse(&address).ok()));
    }
    let write = Write::EndSession {
        id: session.id,
        at: request.now,
    };
    request.app.write(vec![write], &[]).await?;
    Ok(frames)
}

/// What the browser sees when nobody is logged in any more. The cookie is worth nothing by then; it is taken away so that
/// it is not sent for nothing.
fn farewell(
    request: &Request<'_>,
    asked: &LogoutRequest,
    go_on: Option<&GoOn>,
    frames: Vec<CarryUrl>,
    through_form: bool,
) -> Result<Reply, Failure> {
    let at_once = go_on.filter(|go_on| go_on.by_itself && !through_form && frames.is_empty());
    let mut reply = match at_once {
        Some(go_on) => reply::see_other(&go_on.url),
        None => signed_out(request, asked, go_on, frames)?,
    };
    let cookie = cookie::end_session(request).map(|cookie| (SET_COOKIE, cookie));
    reply.headers_mut().extend(cookie);
    Ok(reply)
}

fn signed_out(
    request: &Request<'_>,
    asked: &LogoutRequest,
    go_on: Option<&GoOn>,
    frames: Vec<CarryUrl>,
) -> Result<Reply, Failure> {
    let policy = framing_policy(&frames);
    let carry = |go_on: &GoOn| Some((CarryUrl::parse(&go_on.url).ok()?, target(&go_on.url)));
    let view = SignedOutView {
        go_on: go_on.and_then(carry),
        by_itself: frames.is_empty() && go_on.is_some_and(|go_on| go_on.by_itself),
        frames,
    };
    let shell = shell(request, asked.ui_locales.as_deref())?;
    let html = request.app.pages.signed_out(&view, &shell);
    Ok(reply::page(StatusCode::OK, html, &policy))
}
