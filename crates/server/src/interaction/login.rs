//! The login form. An attempt is counted, durably and for all nodes, before its password is looked at; an unknown
//! user costs the same work and gets the same answer as a wrong password; a login makes a new session and ends the
//! old one.

use super::attempts::{count_one, counter};
use super::authorize::{self, LOGIN_NOTE};
use super::outcome::{self, shell};
use super::ticket::{self, Purpose, Ticket};
use super::{browser, cookie, facts};
use crate::accounts::password::Verdict;
use crate::error::{Failure, Fault};
use crate::rate::{self, address_key};
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::wire;
use grantd_core::authorize::AuthorizationRequest;
use grantd_core::change::{Change, CounterKey, Guard, Write};
use grantd_core::record::code::Authentication;
use grantd_core::record::{SessionRecord, UserRecord};
use grantd_pages::{LocalUrl, LoginError, LoginView};
use grantd_protocol::id::SessionId;
use grantd_protocol::{RawParams, ScopeSet, Seconds, Secret, SecretHash};
use grantd_store::{CommitError, Store};
use http::header::{SET_COOKIE, USER_AGENT};
use http::{HeaderValue, StatusCode};
use std::sync::Arc;

/// How often a password is looked at again whose user was changed meanwhile.
const ATTEMPTS: usize = 16;

/// Shows the form for a request.
///
/// # Errors
/// Never for a configuration that was accepted.
pub fn show(
    request: &Request<'_>,
    query: &str,
    asked: &AuthorizationRequest,
    reauthenticate: bool,
) -> Result<Reply, Failure> {
    let form = Form {
        then: Then::Authorize,
        query,
        username: asked.login_hint.clone().unwrap_or_default(),
        ui_locales: asked.ui_locales.as_deref(),
        client_name: Some(asked.client.name.clone()),
        reauthenticate,
    };
    render(request, &form, None)
}

/// Shows the form for somebody who typed the code of a device. Which device that is, and whether there is one, nobody
/// learns before they have logged in.
///
/// # Errors
/// Never for a configuration that was accepted.
pub fn show_for_device(request: &Request<'_>, query: &str, reauthenticate: bool) -> Result<Reply, Failure> {
    let form = Form {
        then: Then::Device,
        query,
        username: String::new(),
        ui_locales: None,
        client_name: None,
        reauthenticate,
    };
    render(request, &form, None)
}

/// Shows the form to somebody who asked for a page that only users of this server see. `page` is the path and query of the
/// page, which this server made: the browser goes there afterwards.
///
/// # Errors
/// Never for a configuration that was accepted.
pub fn show_for_page(request: &Request<'_>, page: &str, reauthenticate: bool) -> Result<Reply, Failure> {
    let form = Form {
        then: Then::Page,
        query: page,
        username: String::new(),
        ui_locales: None,
        client_name: None,
        reauthenticate,
    };
    render(request, &form, None)
}

/// Where the browser goes once somebody is logged in.
#[derive(Clone, Copy)]
enum Then {
    /// On with the authorization request.
    Authorize,
    /// On with the code of a device.
    Device,
    /// To a page of ours.
    Page,
}

impl Then {
    const fn purpose(self) -> Purpose {
        match self {
            Self::Authorize => Purpose::Login,
            Self::Device => Purpose::DeviceLogin,
            Self::Page => Purpose::PageLogin,
        }
    }
}

struct Form<'a> {
    then: Then,
    query: &'a str,
    username: String,
    ui_locales: Option<&'a str>,
    client_name: Option<String>,
    reauthenticate: bool,
}

fn render(request: &Request<'_>, form: &Form<'_>, error: Option<LoginError>) -> Result<Reply, Failure> {
    let (bound_to, set_cookie) = browser::bind(request);
    let ticket = Ticket {
        request: form.query.to_owned(),
        bound_to,
        shown: ScopeSet::empty(),
        made_at: request.now,
    };
    let view = LoginView {
        action: local(request, "login")?,
        request: ticket::seal(request, form.then.purpose(), &ticket),
        username: form.username.clone(),
        error,
        client_name: form.client_name.clone(),
        show_otp: false,
        reauthenticate: form.reauthenticate,
    };
    let status = match error {
        None => StatusCode::OK,
        Some(LoginError::TooManyAttempts { .. }) => StatusCode::TOO_MANY_REQUESTS,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let mut reply = outcome::page(
        status,
        request.app.pages.login(&view, &shell(request, form.ui_locales)?),
    );
    reply
        .headers_mut()
        .extend(set_cookie.map(|cookie| (SET_COOKIE, cookie)));
    Ok(reply)
}

/// A path of this realm's pages.
///
/// # Errors
/// Never for a configuration that was accepted.
pub fn local(request: &Request<'_>, page: &str) -> Result<LocalUrl, Failure> {
    LocalUrl::parse(&request.realm.page_path(request.issuer, page))
        .map_err(|_| Fault::Broken("the page path is no path").into())
}

/// Answers the form.
pub async fn handle(request: &Request<'_>) -> Reply {
    match log_in(request).await {
        Ok(reply) => reply,
        Err(failure) => outcome::error_page(request, &failure),
    }
}

async fn log_in(request: &Request<'_>) -> Result<Reply, Failure> {
    let params = wire::form(request.headers(), &request.body)?;
    if browser::is_cross_site(request) {
        return Ok(outcome::error_with(request, StatusCode::FORBIDDEN, "cross_site", None));
    }
    let open = |then: Then| {
        let ticket = ticket::open(request, then.purpose(), params.get("request")?)?;
        browser::holds(request, &ticket.bound_to).then_some((ticket, then))
    };
    let opened = [Then::Authorize, Then::Device, Then::Page].into_iter().find_map(open);
    let Some((ticket, then)) = opened else {
        return Ok(outcome::error_with(
            request,
            StatusCode::BAD_REQUEST,
            "form_expired",
            None,
        ));
    };
    let username = params.get("username").unwrap_or_default();
    let asked = wire::authorization_query(request.realm, &ticket.request).ok();
    let form = Form {
        then,
        query: &ticket.request,
        username: username.chars().take(200).collect(),
        ui_locales: asked.as_ref().and_then(|asked| asked.params().get("ui_locales")),
        client_name: None,
        reauthenticate: false,
    };
    if let Err(wait) = count(request, username).await? {
        return render(
            request,
            &form,
            Some(LoginError::TooManyAttempts {
                retry_after_seconds: u64::from(wait.get()),
            }),
        );
    }
    match verified_user(request, username, &params).await? {
        None => render(request, &form, Some(LoginError::BadCredentials)),
        Some(user) => begin_session(request, &user, &ticket, then).await,
    }
}

/// Counts the attempt against the name and against the address, each in a change of its own.
async fn count(request: &Request<'_>, username: &str) -> Result<Result<(), Seconds>, Failure> {
    let realm = request.realm.name();
    let rules = request.app.limits().login;
    let counters = [
        (
            rules.per_address,
            counter(&format!("login-address|{realm}|{}", address_key(request.address))),
        ),
        (rules.per_user, per_user(request, username)),
    ];
    for (rate, key) in counters {
        let Some(limit) = rate.map(rate::limit) else { continue };
        if let Err(wait) = count_one(request, limit, key).await? {
            return Ok(Err(wait));
        }
    }
    Ok(Ok(()))
}

fn per_user(request: &Request<'_>, username: &str) -> CounterKey {
    counter(&format!(
        "login-user|{}|{}",
        request.realm.name(),
        UserRecord::key_of(username)
    ))
}

/// The user, where name and password are right and the account may be used.
async fn verified_user(
    request: &Request<'_>,
    username: &str,
    params: &RawParams,
) -> Result<Option<UserRecord>, Failure> {
    let password = Secret::new(params.get("password").unwrap_or_default().to_owned());
    let key = UserRecord::key_of(username);
    for _ in 0..ATTEMPTS {
        let user = if key.is_empty() || key.len() > 320 {
            None
        } else {
            request.app.store.user_by_key(request.realm.name(), &key).await?
        };
        let hash = user
            .as_ref()
            .filter(|user| user.enabled)
            .and_then(|user| user.password_hash.clone());
        let verdict = request
            .app
            .passwords
            .verify(password.clone(), hash.as_deref())
            .await
            .map_err(Fault::Password)?;
        let Verdict::Match { rehash } = verdict else {
            return Ok(None);
        };
        let Some(user) = user.filter(|user| user.enabled) else {
            return Ok(None);
        };
        if !rehash {
            return Ok(Some(user));
        }
        if let Some(user) = hash_again(request, user, password.clone()).await? {
            return Ok(Some(user));
        }
    }
    Err(Fault::Contention(ATTEMPTS).into())
}

/// Keeps a proved password as we hash today; `None` where the user was changed since the proof, which then is of nothing.
/// Nothing that hangs off the password ends: it is the same one.
async fn hash_again(
    request: &Request<'_>,
    mut user: UserRecord,
    password: Secret,
) -> Result<Option<UserRecord>, Failure> {
    let app = request.app;
    let hash = app
        .passwords
        .hash(password, &*app.entropy)
        .await
        .map_err(Fault::Password)?;
    let guard = Guard::UserAt {
        realm: Arc::clone(&user.realm),
        id: Arc::clone(&user.id),
        version: user.version,
    };
    user.version += 1;
    user.password_hash = Some(hash);
    let change = Change {
        id: app.change_id(app.now()),
        guards: vec![guard],
        writes: vec![Write::UpdateUser(Box::new(user.clone()))],
    };
    match app.commit(change).await {
        Ok(_) => Ok(Some(user)),
        Err(CommitError::Conflict) => Ok(None),
        Err(CommitError::Fault(fault)) => Err(fault.into()),
    }
}

/// Begins the session and sends the browser back to its request. The cookie's secret is always a new one, so that
/// nothing from before a login is worth anything after it. The same user's session goes on under the new secret, and
/// with it what hangs off it; another user's session in this browser ends.
async fn begin_session(
    request: &Request<'_>,
    user: &UserRecord,
    ticket: &Ticket,
    then: Then,
) -> Result<Reply, Failure> {
    let app = request.app;
    let now = app.now();
    let lifetime = request.realm.config.realm.session_lifetime;
    let authentication = Authentication {
        at: now,
        acr: None,
        amr: vec!["pwd".to_owned()],
    };
    let live = facts::session(request)
        .await?
        .map(|facts| facts.session)
        .filter(|session| session.is_live(now));
    let mut guards = vec![Guard::UserAt {
        realm: Arc::clone(&user.realm),
        id: Arc::clone(&user.id),
        version: user.version,
    }];
    // Whoever knows the password was not guessing: the name gets its attempts back. The address does not, or one's own
    // account would pay for guessing at others.
    let mut writes = vec![Write::SetAttempts {
        key: per_user(request, &user.username),
        tat: now,
        expires_at: now,
    }];
    let value = match live {
        Some(own) if own.user == user.id && own.created_at >= user.password_changed_at => {
            let (value, hash) = cookie::mint_session(request, *own.id.as_bytes());
            guards.push(Guard::SessionLive(own.id));
            writes.push(Write::RenewSession {
                id: own.id,
                hash,
                authentication,
                expires_at: now.plus(lifetime),
            });
            value
        }
        other => {
            writes.extend(other.map(|other| Write::EndSession { id: other.id, at: now }));
            let id = SessionId::draw(now, &*app.entropy);
            let (value, hash) = cookie::mint_session(request, *id.as_bytes());
            writes.push(Write::InsertSession(Box::new(new_session(
                request,
                user,
                id,
                hash,
                authentication,
            ))));
            value
        }
    };
    let id = app.change_id(now);
    app.commit(Change { id, guards, writes }).await?;
    let mut reply = reply::see_other(&back(request, ticket, then));
    let cookie: Option<HeaderValue> = cookie::set_session(request, value.expose(), lifetime);
    reply.headers_mut().extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
    Ok(reply)
}

fn new_session(
    request: &Request<'_>,
    user: &UserRecord,
    id: SessionId,
    hash: SecretHash,
    authentication: Authentication,
) -> SessionRecord {
    let created_at = authentication.at;
    SessionRecord {
        id,
        hash,
        realm: Arc::clone(request.realm.name()),
        user: Arc::clone(&user.id),
        authentication,
        created_at,
        expires_at: created_at.plus(request.realm.config.realm.session_lifetime),
        ended_at: None,
        user_agent: request
            .header(USER_AGENT)
            .map(|agent| agent.chars().take(200).collect()),
        address: Some(request.address.to_string()),
    }
}

/// The request again, with a note that its login was asked for when the form was shown; or the page that was asked for.
fn back(request: &Request<'_>, ticket: &Ticket, then: Then) -> String {
    let note = Ticket {
        request: authorize::digest(&ticket.request),
        bound_to: ticket.bound_to.clone(),
        shown: ScopeSet::empty(),
        made_at: ticket.made_at,
    };
    let sealed = ticket::seal(request, Purpose::LoginNote, &note);
    let path = match then {
        Then::Authorize => request.realm.authorize_path(request.issuer),
        Then::Device => request.realm.page_path(request.issuer, "device"),
        Then::Page => return ticket.request.clone(),
    };
    format!("{path}?{}&{LOGIN_NOTE}={sealed}", ticket.request)
}
