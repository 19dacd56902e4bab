//! The login form, and where the browser goes from it. Whether a password is right is told by `credentials`; `begin` makes
//! the session.

use super::begin::{self, Kept, Proved};
use super::credentials::{count, verified_user};
use super::form::{Size, Stop, answered, expired, for_browser, received, ticket_of_browser};
use super::outcome::{self, Arrival, shell};
use super::second_step::{self, First};
use super::ticket::{Purpose, Ticket};
use super::{handover, login_note, passkey, reset};
use crate::error::{Failure, Fault};
use crate::reply::Reply;
use crate::request::Request;
use crate::signed_in::waits_at;
use crate::wire;
use grantd_core::authorize::AuthorizationRequest;
use grantd_core::handover::Back;
use grantd_pages::{LocalUrl, LoginError, LoginView, ProviderButton};
use grantd_protocol::{RawParams, Secret, Timestamp};
use http::StatusCode;

/// Shows the form for a request.
///
/// # Errors
/// Never for a configuration that was accepted.
pub fn show(
    request: &Request<'_>,
    query: &str,
    asked: &AuthorizationRequest,
    reauthenticate: bool,
    arrival: Arrival,
) -> Result<Reply, Failure> {
    if let Some(reply) = handover::login_of_request(request, query, asked, arrival)? {
        return Ok(reply);
    }
    let form = Form {
        then: Then::Authorize,
        query,
        username: asked.login_hint.clone().unwrap_or_default(),
        ui_locales: asked.ui_locales.as_deref(),
        client_name: Some(asked.client.name.clone()),
        reauthenticate,
        goes_on: false,
    };
    render(request, &form, None)
}

/// Shows the form for somebody who typed the code of a device. Which device that is, and whether there is one, nobody
/// learns before they have logged in.
///
/// # Errors
/// Never for a configuration that was accepted.
pub fn show_for_device(request: &Request<'_>, query: &str, reauthenticate: bool) -> Result<Reply, Failure> {
    if let Some(reply) = handover::login(request, Back::Device(query.to_owned()), reauthenticate)? {
        return Ok(reply);
    }
    let form = Form {
        then: Then::Device,
        query,
        username: String::new(),
        ui_locales: None,
        client_name: None,
        reauthenticate,
        goes_on: false,
    };
    render(request, &form, None)
}

/// Shows the form for somebody who wants to see a page that only users see, of their account or of the console, whose path
/// below the pages' root this is.
///
/// # Errors
/// Never for a configuration that was accepted.
pub fn show_for_account(request: &Request<'_>, page: &str, known: Option<&str>) -> Result<Reply, Failure> {
    for_page(request, page, known, false)
}

/// The same for somebody whose session ended before they sent a form of that page: what they had filled in waits for them.
///
/// # Errors
/// Never for a configuration that was accepted.
pub fn show_in_the_middle(request: &Request<'_>, page: &str) -> Result<Reply, Failure> {
    for_page(request, page, None, true)
}

fn for_page(request: &Request<'_>, page: &str, known: Option<&str>, goes_on: bool) -> Result<Reply, Failure> {
    // Operators keep this server's own form: the app is a client of theirs, and may be what is broken.
    if !page.starts_with("console")
        && let Some(reply) = handover::login(request, Back::Page(page.to_owned()), known.is_some())?
    {
        return Ok(reply);
    }
    let form = Form {
        then: Then::Account,
        query: page,
        username: known.unwrap_or_default().to_owned(),
        ui_locales: None,
        client_name: None,
        reauthenticate: known.is_some(),
        goes_on,
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
    /// On with a page of the user's account.
    Account,
}

impl Then {
    const ALL: [Self; 3] = [Self::Authorize, Self::Device, Self::Account];

    const fn purpose(self) -> Purpose {
        match self {
            Self::Authorize => Purpose::Login,
            Self::Device => Purpose::DeviceLogin,
            Self::Account => Purpose::AccountLogin,
        }
    }

    fn back(self, ticket: &Ticket) -> Back {
        let text = ticket.request.clone();
        match self {
            Self::Authorize => Back::Request(text),
            Self::Device => Back::Device(text),
            Self::Account => Back::Page(text),
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
    goes_on: bool,
}

fn render(request: &Request<'_>, form: &Form<'_>, error: Option<LoginError>) -> Result<Reply, Failure> {
    let bound = for_browser(request, form.then.purpose(), form.query);
    let view = LoginView {
        action: local(request, "login")?,
        passkey: passkey::asked(request, &bound.sealed),
        request: bound.sealed.clone(),
        username: form.username.clone(),
        error,
        client_name: form.client_name.clone(),
        reauthenticate: form.reauthenticate,
        goes_on: form.goes_on,
        reset_url: reset::url(request)?,
        providers: providers(request, form)?,
    };
    let html = request.app.pages.login(&view, &shell(request, form.ui_locales)?);
    Ok(bound.on(outcome::page(status(error), html)))
}

/// The status of a page that asks to log in.
pub(super) const fn status(error: Option<LoginError>) -> StatusCode {
    match error {
        None => StatusCode::OK,
        Some(LoginError::TooManyAttempts { .. }) => StatusCode::TOO_MANY_REQUESTS,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    }
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
    answered(request, log_in(request).await)
}

async fn log_in(request: &Request<'_>) -> Result<Reply, Stop> {
    let params = received(request, Size::Short)?;
    if let Some(step) = second_step::open(request, &params) {
        return Ok(second_step::answer(request, &params, step).await?);
    }
    let Some((ticket, then)) = ticket_in(request, &params) else {
        return Ok(expired(request));
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
        goes_on: matches!(then, Then::Account) && waits_at(request, &ticket.request),
    };
    let back = back(request, &ticket, then);
    if passkey::is_in(&params) {
        return match passkey::log_in(request, &params, ticket.made_at, &back).await? {
            Ok(reply) => Ok(reply),
            Err(error) => Ok(render(request, &form, Some(error))?),
        };
    }
    if let Err(wait) = count(request, username).await? {
        let retry_after_seconds = u64::from(wait.get());
        let error = LoginError::TooManyAttempts { retry_after_seconds };
        return Ok(render(request, &form, Some(error))?);
    }
    let password = Secret::new(params.get("password").unwrap_or_default().to_owned());
    let Some(user) = verified_user(request, username, password).await? else {
        return Ok(render(request, &form, Some(LoginError::BadCredentials))?);
    };
    if !handover::leaves_here(request, &user).await? {
        return Ok(render(request, &form, Some(LoginError::BadCredentials))?);
    }
    if second_step::is_needed(&user) {
        return Ok(second_step::show(request, &user, &back, First::password())?);
    }
    let proved = Proved {
        user: &user,
        methods: &["pwd"],
        spends: Vec::new(),
        used: &[],
        kept: Kept::USUAL,
    };
    begin::session(request, proved, &back)
        .await?
        .ok_or_else(|| Fault::Contention(1).into())
}

/// The ticket of a login form that this browser was shown.
fn ticket_in(request: &Request<'_>, params: &RawParams) -> Option<(Ticket, Then)> {
    let open = |then: Then| Some((ticket_of_browser(request, params, then.purpose())?, then));
    Then::ALL.into_iter().find_map(open)
}

/// The same, and where the browser goes on.
pub(super) fn opened(request: &Request<'_>, params: &RawParams) -> Option<(Ticket, Back)> {
    let (ticket, then) = ticket_in(request, params)?;
    let back = then.back(&ticket);
    Some((ticket, back))
}

/// The buttons for other providers. Operators prove who they are here.
fn providers(request: &Request<'_>, form: &Form<'_>) -> Result<Vec<ProviderButton>, Failure> {
    if matches!(form.then, Then::Account) && form.query.starts_with("console") {
        return Ok(Vec::new());
    }
    let upstreams = request.realm.config.realm.upstreams.iter();
    upstreams
        .map(|upstream| {
            Ok(ProviderButton {
                title: upstream.title.clone(),
                action: local(request, &format!("login/with/{}", upstream.name))?,
            })
        })
        .collect()
}

/// Where the browser goes on after a login, with a note of when it was asked for.
fn back(request: &Request<'_>, ticket: &Ticket, then: Then) -> String {
    way_back(request, &then.back(ticket), &ticket.bound_to, ticket.made_at)
}

/// The request again, with a note that its login was asked for at that instant.
pub(super) fn way_back(request: &Request<'_>, back: &Back, bound_to: &str, asked_at: Timestamp) -> String {
    let query = match back {
        Back::Page(_) => return place(request, back),
        Back::Request(query) | Back::Device(query) => query,
    };
    login_note::append(request, &place(request, back), query, bound_to, asked_at)
}

/// The address of what somebody logs in for.
pub(super) fn place(request: &Request<'_>, back: &Back) -> String {
    let (path, query) = match back {
        Back::Page(page) => return request.realm.page_path(request.issuer, page),
        Back::Request(query) => (request.realm.authorize_path(request.issuer), query),
        Back::Device(query) => (request.realm.page_path(request.issuer, "device"), query),
    };
    format!("{path}?{query}")
}
