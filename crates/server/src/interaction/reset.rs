//! `/reset`: another password for whoever proves their mail address. Whether there is an account of a name shows neither in
//! the answer nor in its time: the letter is written after the answer. The link is sealed and names the password that it
//! replaces, so that it is good once, without a row for it.

use super::attempts::{count, count_one, counter};
use super::form::{self, Size, Stop};
use super::login::local;
use super::outcome::{self, shell};
use super::ticket::{self, Purpose, Ticket};
use crate::app::App;
use crate::error::{Failure, Fault};
use crate::mail::Letter;
use crate::rate::{self, address_key};
use crate::reply::Reply;
use crate::request::Request;
use crate::wire;
use grantd_core::account::{PasswordProblem, check_password, mail_address, reset_password};
use grantd_core::admin::Actor;
use grantd_core::admin::user::MIN_PASSWORD;
use grantd_core::attempts::Limit;
use grantd_core::authorize::Shown;
use grantd_core::record::UserRecord;
use grantd_pages::{LocalUrl, ResetError, ResetState, ResetView};
use grantd_protocol::{RawParams, Seconds, Secret, Timestamp};
use grantd_store::{CommitError, Store};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How long a link is good.
const LIFETIME: Seconds = Seconds(1800);
/// Letters to one user: nobody's mailbox is filled through here. Three at once, since the first may be slow to arrive;
/// then one every twenty minutes.
const PER_USER: Limit = Limit {
    burst: 3,
    period: Seconds(3600),
};
/// Letters of one realm. Counted where there is a letter: names that nobody has must not use up everybody's.
const ALL: Limit = Limit {
    burst: 300,
    period: Seconds(60),
};

/// Whose password a link resets, and which one: with any other it is worth nothing.
#[derive(Serialize, Deserialize)]
struct Link {
    user: Arc<str>,
    changed_at: Timestamp,
}

/// Where the page is; `None` where no letters are sent.
///
/// # Errors
/// Never for a configuration that was accepted.
pub fn url(request: &Request<'_>) -> Result<Option<LocalUrl>, Failure> {
    let is_there = request.app.mailer.is_there();
    is_there.then(|| local(request, "reset")).transpose()
}

/// Answers a request to the page, or to one of its forms.
pub async fn handle(request: &Request<'_>) -> Reply {
    if !request.app.mailer.is_there() {
        return outcome::error_with(request, StatusCode::NOT_FOUND, "not_found", None);
    }
    let answered = if *request.method() == Method::POST {
        posted(request).await
    } else {
        opened(request).await.map_err(Stop::from)
    };
    form::answered(request, answered)
}

async fn opened(request: &Request<'_>) -> Result<Reply, Failure> {
    let query = wire::query(request.query())?;
    match query.get("token") {
        None => ask(request, "", None),
        Some(token) => match whose(request, token).await? {
            Some(user) => choose(request, token, &user, None),
            None => page(request, StatusCode::BAD_REQUEST, String::new(), ResetState::Over),
        },
    }
}

async fn posted(request: &Request<'_>) -> Result<Reply, Stop> {
    let params = form::received(request, Size::Short)?;
    let sealed = params.get("request").unwrap_or_default();
    if form::ticket_of_browser(request, &params, Purpose::Forgotten).is_some() {
        return Ok(send(request, params.get("username").unwrap_or_default()).await?);
    }
    let answered = match whose(request, sealed).await? {
        Some(user) => reset(request, sealed, &user, &params).await,
        None if params.get("new_password").is_some() => {
            page(request, StatusCode::BAD_REQUEST, String::new(), ResetState::Over)
        }
        None => ask(request, "", Some(ResetError::Expired)),
    };
    Ok(answered?)
}

/// Asks who it is.
fn ask(request: &Request<'_>, username: &str, error: Option<ResetError>) -> Result<Reply, Failure> {
    let bound = form::for_browser(request, Purpose::Forgotten, "");
    let state = ResetState::Ask {
        username: username.chars().take(200).collect(),
        error,
    };
    let reply = page(request, status(error), bound.sealed.clone(), state)?;
    Ok(bound.on(reply))
}

const fn status(error: Option<ResetError>) -> StatusCode {
    match error {
        None => StatusCode::OK,
        Some(ResetError::TooManyAttempts) => StatusCode::TOO_MANY_REQUESTS,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

fn page(request: &Request<'_>, status: StatusCode, sealed: String, state: ResetState) -> Result<Reply, Failure> {
    let view = ResetView {
        action: local(request, "reset")?,
        request: sealed,
        state,
    };
    let html = request.app.pages.reset(&view, &shell(request, None)?);
    Ok(outcome::page(status, html))
}

/// Sends a letter, if there is somebody to send it to. Everything up to the letter is done for every name.
async fn send(request: &Request<'_>, username: &str) -> Result<Reply, Failure> {
    let (realm, key) = (request.realm.name(), UserRecord::key_of(username));
    let per_address = request.app.limits().login.per_address.map(rate::limit);
    let address = address_key(request.address);
    if let Some(limit) = per_address
        && count_one(request, limit, counter(&format!("reset-address|{realm}|{address}")))
            .await?
            .is_err()
    {
        return ask(request, username, Some(ResetError::TooManyAttempts));
    }
    let few = count_one(request, PER_USER, counter(&format!("reset-user|{realm}|{key}"))).await?;
    let user = if key.is_empty() || key.len() > 320 {
        None
    } else {
        request.app.store.user_by_key(realm, &key).await?
    };
    if let (Ok(()), Some(user)) = (few, user.filter(|user| has_here(request, user))) {
        post(request, &user)?;
    }
    page(request, StatusCode::OK, String::new(), ResetState::Sent)
}

/// Writes the letter, and has it sent when this request is long answered.
fn post(request: &Request<'_>, user: &UserRecord) -> Result<(), Failure> {
    let Some(to) = mail_address(user) else { return Ok(()) };
    let link = Link {
        user: Arc::clone(&user.id),
        changed_at: user.password_changed_at,
    };
    let ticket = Ticket {
        request: serde_json::to_string(&link).map_err(|_| Fault::Broken("a link is no JSON"))?,
        bound_to: String::new(),
        shown: Shown::default(),
        made_at: request.now,
    };
    let token = ticket::seal(request, Purpose::Reset, &ticket);
    // Configuration says where it leads, not what the request called this host.
    let origin = request.realm.page_origin(request.issuer);
    let url = format!("{origin}{}?token={token}", local(request, "reset")?.as_str());
    let written = request
        .app
        .pages
        .reset_letter(&shell(request, None)?, &user.username, &url);
    let letter = Letter {
        realm: Arc::clone(request.realm.name()),
        written_at: request.now,
        to: to.to_owned(),
        subject: written.subject,
        text: written.text,
    };
    tokio::spawn(dispatch(
        Arc::clone(request.app),
        Arc::clone(request.realm.name()),
        request.now,
        letter,
    ));
    Ok(())
}

/// Sends a letter, if this realm did not send too many.
async fn dispatch(app: Arc<App>, realm: Arc<str>, now: Timestamp, letter: Letter) {
    match count(&app, ALL, counter(&format!("reset|{realm}")), now).await {
        Ok(Ok(())) => {}
        Ok(Err(_)) => return tracing::warn!(%realm, "a letter was not sent: this realm sends too many"),
        Err(_) => return tracing::warn!(%realm, "a letter was not sent: it could not be counted"),
    }
    if let Err(fault) = app.mailer.send(letter).await {
        tracing::warn!(%realm, %fault, "a letter was not sent");
    }
}

/// The user whose password a link resets, if it is not used, not too old, and there is no newer password.
async fn whose(request: &Request<'_>, token: &str) -> Result<Option<UserRecord>, Failure> {
    let ticket = ticket::open(request, Purpose::Reset, token);
    let ticket = ticket.filter(|ticket| request.now < ticket.made_at.plus(LIFETIME));
    let Some(link) = ticket.and_then(|ticket| serde_json::from_str::<Link>(&ticket.request).ok()) else {
        return Ok(None);
    };
    let found = request.app.store.user(request.realm.name(), &link.user).await?;
    Ok(found.filter(|user| has_here(request, user) && user.password_changed_at == link.changed_at))
}

/// Whether a user may have a password here. Where the platform's app logs users in, only those who had one before: for
/// anybody else it would be a way past the app.
fn has_here(request: &Request<'_>, user: &UserRecord) -> bool {
    let is_the_apps = request.realm.config.handover.login_url.is_some();
    user.enabled && (!is_the_apps || user.password_hash.is_some())
}

fn choose(request: &Request<'_>, token: &str, user: &UserRecord, error: Option<ResetError>) -> Result<Reply, Failure> {
    let state = ResetState::Choose {
        username: user.username.clone(),
        least: MIN_PASSWORD,
        error,
    };
    page(request, status(error), token.to_owned(), state)
}

async fn reset(request: &Request<'_>, token: &str, user: &UserRecord, params: &RawParams) -> Result<Reply, Failure> {
    let field = |name| params.get(name).unwrap_or_default();
    let new = field("new_password");
    if let Err(problem) = check_password(user, None, new, field("again")) {
        return choose(request, token, user, Some(said(problem)));
    }
    let app = request.app;
    let hash = app.passwords.hash(Secret::new(new.to_owned()), &*app.entropy).await;
    let hash = hash.map_err(Fault::Password)?;
    let (actor, address) = (Actor::oneself(&user.id), request.address.to_string());
    let change = reset_password(user, hash, &request.deed(&actor, &address));
    match app.commit(change).await {
        Ok(_) => {
            let account = local(request, "account")?;
            page(request, StatusCode::OK, String::new(), ResetState::Done { account })
        }
        // The same link in another tab, most likely.
        Err(CommitError::Conflict) => page(request, StatusCode::BAD_REQUEST, String::new(), ResetState::Over),
        Err(CommitError::Fault(fault)) => Err(fault.into()),
    }
}

const fn said(problem: PasswordProblem) -> ResetError {
    match problem {
        PasswordProblem::Short => ResetError::PasswordShort,
        PasswordProblem::Long => ResetError::PasswordLong,
        PasswordProblem::Known => ResetError::PasswordKnown,
        PasswordProblem::Differ => ResetError::PasswordsDiffer,
    }
}
