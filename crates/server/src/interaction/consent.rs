//! The consent form. What was asked travels in a sealed ticket bound to the session, so that an answer can only be
//! given to the very request that was shown; everything is checked and decided again when it comes back.

use super::form::{Size, Stop};
use super::login::local;
use super::login_note::{self, Login};
use super::outcome::{self, Arrival, Whose, shell};
use super::ticket::{Purpose, Ticket};
use super::{authorize, barred, facts, form, login, view};
use crate::documents;
use crate::error::{Failure, Fault};
use crate::refused;
use crate::reply::Reply;
use crate::request::Request;
use grantd_core::authorize::consent::{ConsentProblem, allow};
use grantd_core::authorize::decide::{ConsentPrompt, Facts, Next, usable_session};
use grantd_core::authorize::{AuthorizationRequest, Callback, ConsentAnswer, Duration, Shown, decide};
use grantd_pages::ConsentError;
use grantd_protocol::{OAuthError, RawParams};
use grantd_store::CommitError;
use http::StatusCode;

/// How often a lost race is decided again: each loss is a win of somebody else, so that this many may ask at once.
const ATTEMPTS: usize = 32;

/// What its developer reads where the client registered another address than the one that the page showed.
const MOVED: OAuthError = OAuthError::invalid_request(
    "the application changed the address that the answer goes to while the page was open: nothing was allowed",
);

/// Shows the page.
///
/// # Errors
/// Never for a configuration that was accepted.
pub fn show(
    request: &Request<'_>,
    query: &str,
    asked: &AuthorizationRequest,
    facts: &Facts,
    prompt: &ConsentPrompt,
    error: Option<(ConsentError, &RawParams)>,
) -> Result<Reply, Failure> {
    let sheet = Sheet {
        page: "consent",
        purpose: Purpose::Consent,
        returns: query,
        device: None,
        asked,
        facts,
        prompt,
        error,
    };
    render(request, sheet)
}

/// A consent page, for whichever form it is.
pub(super) struct Sheet<'a> {
    /// Where its form posts to.
    pub(super) page: &'static str,
    /// What its ticket is for.
    pub(super) purpose: Purpose,
    /// What its ticket brings back: the request again.
    pub(super) returns: &'a str,
    /// The code that the device shows, where one asks.
    pub(super) device: Option<String>,
    pub(super) asked: &'a AuthorizationRequest,
    pub(super) facts: &'a Facts,
    pub(super) prompt: &'a ConsentPrompt,
    /// What was wrong with an answer, and the answer.
    pub(super) error: Option<(ConsentError, &'a RawParams)>,
}

/// Renders a page.
///
/// # Errors
/// Never for a configuration that was accepted.
pub(super) fn render(request: &Request<'_>, sheet: Sheet<'_>) -> Result<Reply, Failure> {
    let session = sheet.facts.session.as_ref();
    let session = session.ok_or(Fault::Broken("consent without a session"))?;
    let shown = Shown::of(sheet.asked, sheet.prompt);
    let user = session.user.as_ref();
    let view = view::consent(view::Question {
        action: local(request, sheet.page)?,
        request: form::for_session(request, sheet.purpose, &session.session, sheet.returns, shown),
        manage_url: local(request, "account/apps").ok(),
        asked: sheet.asked,
        prompt: sheet.prompt,
        realm: &request.realm.config.realm,
        username: user.map(|user| user.username.clone()).unwrap_or_default(),
        device: sheet.device,
        before: sheet.error.map(|(_, answer)| answer),
        error: sheet.error.map(|(error, _)| error),
    });
    let status = match sheet.error {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let shell = shell(request, sheet.asked.ui_locales.as_deref())?;
    Ok(outcome::page(status, request.app.pages.consent(&view, &shell)))
}

/// Answers the form.
pub async fn handle(request: &Request<'_>) -> Reply {
    form::counted(request, "consent", answer(request).await)
}

async fn answer(request: &Request<'_>) -> Result<Reply, Stop> {
    let params = form::received(request, Size::Long)?;
    let Some(ticket) = form::ticket(request, &params, Purpose::Consent) else {
        return Ok(form::expired(request));
    };
    // As it was when the page was shown: whoever reads it for long has not logged in longer ago for that.
    let (query, login) = login_note::take(request, &ticket.request, ticket.made_at);
    let mut asked = match authorize::read(request, query, Arrival::ThroughForm).await? {
        Ok(asked) => asked,
        Err(reply) => return Ok(reply),
    };
    let login = login.unless_spent(request).await?;
    login.spent_by(&mut asked);
    // Whether its user logged in for it is asked where it is allowed.
    let facts = facts::load(request, &asked, None).await?;
    let is_the_session = facts
        .session
        .as_ref()
        .is_some_and(|facts| facts.session.id.to_string() == ticket.bound_to);
    if !is_the_session {
        return Ok(form::session_expired(request));
    }
    if !ticket.shown.leads_to(&asked) {
        return Ok(moved(request));
    }
    let answered = match params.get("decision") {
        Some("allow") => allowed(request, &ticket, &mut asked, login, &params).await,
        Some("deny") => denied(request, &asked).await,
        Some("switch") => {
            let mut other = asked;
            other.prompt.select_account = true;
            login::show(request, query, &other, true, Arrival::ThroughForm)
        }
        _ => Err(OAuthError::invalid_request("the form has no decision").into()),
    };
    Ok(answered?)
}

/// The page of whoever answered about an address that is not the client's any more: nothing was done, and nothing goes to the
/// new one, which nobody has seen.
pub(super) fn moved(request: &Request<'_>) -> Reply {
    refused::note_error(request, "consent", &MOVED);
    outcome::error_with(request, StatusCode::BAD_REQUEST, "client_moved", None)
}

async fn denied(request: &Request<'_>, asked: &AuthorizationRequest) -> Result<Reply, Failure> {
    let error = OAuthError::access_denied("the user denied the request");
    authorize::tell(request, asked, &error, Arrival::ThroughForm, Whose::User).await
}

async fn allowed(
    request: &Request<'_>,
    ticket: &Ticket,
    asked: &mut AuthorizationRequest,
    login: Login,
    params: &RawParams,
) -> Result<Reply, Failure> {
    let answer = read_answer(params, &ticket.shown);
    match conclude(request, asked, login, &answer, Arrival::ThroughForm).await? {
        Conclusion::Answered(reply) => Ok(reply),
        Conclusion::LoggedOut => {
            let (query, _) = login_note::take(request, &ticket.request, ticket.made_at);
            login::show(request, query, asked, false, Arrival::ThroughForm)
        }
        Conclusion::TenantNotChosen(facts) => {
            let problem = tenant_problem(&answer);
            again(request, ticket, asked, &facts, problem, params)
        }
    }
}

/// What became of an "allow".
pub(super) enum Conclusion {
    /// The client has its answer, or the user a page that says why there is none.
    Answered(Reply),
    /// The session does not do any more.
    LoggedOut,
    /// The tenant is none, or not one of the user's.
    TenantNotChosen(Box<Facts>),
}

/// Decides an "allow" on facts of now, whichever page it was given on, and commits it. `login` is what the request of the page
/// said about the login before it.
///
/// # Errors
/// When the store does not answer; for the page: the request was answered already.
pub(super) async fn conclude(
    request: &Request<'_>,
    asked: &mut AuthorizationRequest,
    mut login: Login,
    answer: &ConsentAnswer,
    arrival: Arrival,
) -> Result<Conclusion, Failure> {
    let callback = Callback::of(asked);
    let context = request.context();
    documents::keep(request, &asked.client).await?;
    for _ in 0..ATTEMPTS {
        let mut facts = facts::load(request, asked, None).await?;
        // The page was shown to a session that the request could rely on. Where that was by a note, it must still be good.
        if !matches!(login, Login::Void) {
            facts.login_asked_at = facts.session.as_ref().map(|facts| facts.session.authentication.at);
        }
        let Some(session) = usable_session(asked, &facts, &context) else {
            return Ok(Conclusion::LoggedOut);
        };
        match allow(asked, session, &facts, answer, &context, &*request.app.entropy) {
            Err(ConsentProblem::Refused(error)) => {
                let reply = authorize::tell(request, asked, &error, arrival, Whose::Server).await?;
                return Ok(Conclusion::Answered(reply));
            }
            Err(ConsentProblem::Moved) => return Ok(Conclusion::Answered(moved(request))),
            Err(ConsentProblem::TenantNotChosen) => return Ok(Conclusion::TenantNotChosen(Box::new(facts))),
            Err(ConsentProblem::Barred(barrier)) => {
                if let Some(page) = barred::answered(request, asked, session, &barrier).await? {
                    return Ok(Conclusion::Answered(page));
                }
            }
            Ok(approval) => match request.app.commit(approval.change).await {
                Ok(_) => {
                    authorize::count_broken(request, asked);
                    let reply = outcome::success(request, &callback, &asked.client, &approval.code, arrival);
                    return Ok(Conclusion::Answered(reply));
                }
                Err(CommitError::Conflict) => {
                    login = login.after_conflict(request, asked).await?;
                    authorize::lost(request, asked).await?;
                }
                Err(CommitError::Fault(fault)) => return Err(fault.into()),
            },
        }
    }
    Err(Fault::Contention(ATTEMPTS).into())
}

/// The page again, with what was wrong and what was ticked.
fn again(
    request: &Request<'_>,
    ticket: &Ticket,
    asked: &AuthorizationRequest,
    facts: &Facts,
    problem: ConsentError,
    params: &RawParams,
) -> Result<Reply, Failure> {
    let mut asking = asked.clone();
    asking.prompt.consent = true;
    match decide(&asking, facts, &request.context(), &*request.app.entropy) {
        Next::Consent(prompt) => show(request, &ticket.request, asked, facts, &prompt, Some((problem, params))),
        _ => Ok(form::expired(request)),
    }
}

/// What was wrong with the tenant of an answer.
pub(super) const fn tenant_problem(answer: &ConsentAnswer) -> ConsentError {
    if answer.tenant.is_some() {
        ConsentError::TenantUnknown
    } else {
        ConsentError::TenantMissing
    }
}

/// The answer of a form that was about `shown`.
pub(super) fn read_answer(params: &RawParams, shown: &Shown) -> ConsentAnswer {
    ConsentAnswer {
        shown: Some(shown.clone()),
        tenant: params.get("tenant").map(str::to_owned),
        ticked: params.all("scope").collect(),
        duration: match params.get("duration") {
            Some("30_days") => Duration::ThirtyDays,
            Some("session") => Duration::Session,
            _ => Duration::UntilRemoved,
        },
    }
}
