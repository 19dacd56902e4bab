//! `/device` (RFC 8628 section 3.3): a user types the code that a device shows, logs in, sees which application asks for
//! what, and allows or denies it. The code is typed or confirmed by hand even where the address brings it along, and no
//! code is looked up for somebody who is not logged in: guessing costs an account, and is counted.

use super::attempts::{count_one, counter};
use super::consent::{self, Sheet};
use super::form::{Size, Stop};
use super::login::{self, local};
use super::outcome::{self, shell};
use super::ticket::{Purpose, Ticket};
use super::{authorize, barred, facts, form as forms, handover, login_note};
use crate::error::{Failure, Fault};
use crate::rate::{self, address_key};
use crate::reply::Reply;
use crate::request::Request;
use crate::wire;
use grantd_core::SingleUse;
use grantd_core::attempts::Limit;
use grantd_core::authorize::consent::ConsentProblem;
use grantd_core::authorize::decide::{ConsentPrompt, Facts, Next};
use grantd_core::authorize::device::{allow, deny, question};
use grantd_core::authorize::{AuthorizationRequest, ConsentAnswer, decide};
use grantd_core::details::is_readable;
use grantd_core::handover::consent::ConsentGiven;
use grantd_core::record::{DeviceRecord, SessionFacts, UserCodeKey};
use grantd_pages::{ConsentError, DeviceError, DeviceState, DeviceView};
use grantd_protocol::user_code::UserCode;
use grantd_protocol::{OAuthError, RawParams, Seconds};
use grantd_store::{CommitError, Store};
use http::{Method, StatusCode};

/// How often a lost race is decided again: a device polls while its user answers.
const ATTEMPTS: usize = 32;
/// Codes that are looked up in one realm, whoever types them: with a thousand devices waiting, somebody with as many
/// accounts and addresses as he likes still guesses one in eighty years.
const ALL_CODES: Limit = Limit {
    burst: 600,
    period: Seconds(60),
};
/// What is kept of what somebody typed, in characters.
const MAX_TYPED: usize = 40;

/// Answers a request to the page: shows the form, or takes the code.
pub async fn handle(request: &Request<'_>) -> Reply {
    let outcome = if *request.method() == Method::POST {
        entered(request).await
    } else {
        opened(request).await.map_err(Stop::from)
    };
    forms::counted(request, "device", outcome)
}

/// Somebody came by the device's address, or comes back from the login with a code that they entered before it.
async fn opened(request: &Request<'_>) -> Result<Reply, Failure> {
    let (query, login) = login_note::take(request, request.query(), request.now);
    let params = wire::query(query)?;
    let typed = params.get("user_code").unwrap_or_default();
    // Whoever has the note typed the code before the login. It leads to the page, which anybody gets who types it; what is
    // allowed there is allowed once.
    if let (Some(_), Some(code)) = (login.asked_at(), UserCode::parse(typed)) {
        return go_on(request, &code).await;
    }
    form(request, typed, None)
}

/// Somebody sent the form.
async fn entered(request: &Request<'_>) -> Result<Reply, Stop> {
    let params = forms::received(request, Size::Short)?;
    if forms::ticket_of_browser(request, &params, Purpose::Device).is_none() {
        return Ok(forms::expired(request));
    }
    let typed = params.get("user_code").unwrap_or_default();
    let answered = match UserCode::parse(typed) {
        Some(code) => go_on(request, &code).await,
        None => form(request, typed, Some(DeviceError::WrongCode)),
    };
    Ok(answered?)
}

/// The page for a code.
fn form(request: &Request<'_>, typed: &str, error: Option<DeviceError>) -> Result<Reply, Failure> {
    let bound = forms::for_browser(request, Purpose::Device, "");
    let status = match error {
        None => StatusCode::OK,
        Some(DeviceError::WrongCode) => StatusCode::UNPROCESSABLE_ENTITY,
        Some(DeviceError::TooManyAttempts) => StatusCode::TOO_MANY_REQUESTS,
    };
    let reply = page(
        request,
        status,
        bound.sealed.clone(),
        typed,
        DeviceState::Enter { error },
    )?;
    Ok(bound.on(reply))
}

fn page(
    request: &Request<'_>,
    status: StatusCode,
    sealed: String,
    typed: &str,
    state: DeviceState,
) -> Result<Reply, Failure> {
    // A link can bring anything along. What nobody sees, or what turns the writing around, is not written into the page.
    let typed = Some(typed).filter(|typed| is_readable(typed)).unwrap_or_default();
    let view = DeviceView {
        action: local(request, "device")?,
        request: sealed,
        user_code: typed.chars().take(MAX_TYPED).collect(),
        state,
    };
    let html = request.app.pages.device(&view, &shell(request, None)?);
    Ok(outcome::page(status, html))
}

/// With a code that its user entered: the login, or what the device asks.
async fn go_on(request: &Request<'_>, code: &UserCode) -> Result<Reply, Failure> {
    let session = facts::session(request).await?;
    let Some(session) = session.filter(|facts| facts.session.is_live(request.now)) else {
        return login::show_for_device(request, &as_query(code), false);
    };
    if !may_look_up(request, &session).await? {
        return form(request, "", Some(DeviceError::TooManyAttempts));
    }
    let Some((_, asked)) = waiting(request, code).await? else {
        return form(request, &code.to_string(), Some(DeviceError::WrongCode));
    };
    let facts = facts::load(request, &asked, None).await?;
    match decide(&asked, &facts, &request.context(), &*request.app.entropy) {
        Next::Consent(prompt) => {
            if let Some(reply) = handover::consent_of_device(request, code.as_str(), &asked, &facts, &prompt)? {
                return Ok(reply);
            }
            show(request, code, &asked, &facts, &prompt, None)
        }
        Next::Login { .. } => login::show_for_device(request, &as_query(code), true),
        Next::Barred(barrier) => barred::show(request, &asked, &barrier),
        Next::Refuse(error) | Next::Closed(error) => Ok(outcome::refusal_page(request, "device", &error.into())),
        Next::Approve(_) => Err(Fault::Broken("a device was allowed without a page").into()),
    }
}

fn as_query(code: &UserCode) -> String {
    format!("user_code={code}")
}

/// Counts a look at a code: against the user, the address, and the realm (section 5.1).
async fn may_look_up(request: &Request<'_>, session: &SessionFacts) -> Result<bool, Failure> {
    let realm = request.realm.name();
    let rules = request.app.limits().device;
    let counters = [
        (
            rules.per_user.map(rate::limit),
            format!("device-user|{realm}|{}", session.session.user),
        ),
        (
            rules.per_address.map(rate::limit),
            format!("device-address|{realm}|{}", address_key(request.address)),
        ),
        (Some(ALL_CODES), format!("device|{realm}")),
    ];
    for (limit, name) in counters {
        if let Some(limit) = limit
            && count_one(request, limit, counter(&name)).await?.is_err()
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The device that shows a code, and what it asks; `None` for a code that leads nowhere any more.
async fn waiting(
    request: &Request<'_>,
    code: &UserCode,
) -> Result<Option<(DeviceRecord, AuthorizationRequest)>, Failure> {
    let realm = request.realm.name();
    let Some(device) = request.app.store.device_by_code(UserCodeKey::of(realm, code)).await? else {
        return Ok(None);
    };
    let client = request.app.client(realm, &device.client_id).await?;
    Ok(question(&device, client, &request.context()).map(|asked| (device, asked)))
}

/// The consent page of a device.
fn show(
    request: &Request<'_>,
    code: &UserCode,
    asked: &AuthorizationRequest,
    facts: &Facts,
    prompt: &ConsentPrompt,
    error: Option<(ConsentError, &RawParams)>,
) -> Result<Reply, Failure> {
    let sheet = Sheet {
        page: "device/consent",
        purpose: Purpose::DeviceConsent,
        returns: code.as_str(),
        device: Some(code.to_string()),
        asked,
        facts,
        prompt,
        error,
    };
    consent::render(request, sheet)
}

/// Answers the consent form of a device.
pub async fn answer(request: &Request<'_>) -> Reply {
    forms::counted(request, "device", decided(request).await)
}

async fn decided(request: &Request<'_>) -> Result<Reply, Stop> {
    let params = forms::received(request, Size::Long)?;
    let opened = forms::ticket(request, &params, Purpose::DeviceConsent);
    let Some((ticket, code)) = opened.and_then(|ticket| UserCode::parse(&ticket.request).map(|code| (ticket, code)))
    else {
        return Ok(forms::expired(request));
    };
    let session = facts::session(request).await?;
    let Some(session) = session.filter(|facts| facts.session.id.to_string() == ticket.bound_to) else {
        return Ok(forms::session_expired(request));
    };
    if !session.session.is_live(request.now) {
        return Ok(login::show_for_device(request, &as_query(&code), false)?);
    }
    let answered = match params.get("decision") {
        Some("allow") => allowed(request, &ticket, &code, &params).await,
        Some("deny") => denied(request, &code, &[]).await,
        Some("switch") => login::show_for_device(request, &as_query(&code), true),
        _ => Err(OAuthError::invalid_request("the form has no decision").into()),
    };
    Ok(answered?)
}

async fn allowed(
    request: &Request<'_>,
    ticket: &Ticket,
    code: &UserCode,
    params: &RawParams,
) -> Result<Reply, Failure> {
    let answer = consent::read_answer(params, &ticket.shown);
    match conclude(request, code, &answer, None).await? {
        Conclusion::Answered(reply) => Ok(reply),
        Conclusion::TenantNotChosen { asked, facts } => {
            let problem = consent::tenant_problem(&answer);
            match decide(&asked, &facts, &request.context(), &*request.app.entropy) {
                Next::Consent(prompt) => show(request, code, &asked, &facts, &prompt, Some((problem, params))),
                _ => Ok(forms::expired(request)),
            }
        }
    }
}

/// The platform's app says what the user allowed a device; `used` is its answer.
///
/// # Errors
/// For the page: nothing is left that could be allowed, or it was answered already. When the store does not answer.
pub(super) async fn allowed_elsewhere(
    request: &Request<'_>,
    code: &str,
    given: &ConsentGiven,
    used: &SingleUse,
) -> Result<Reply, Failure> {
    let Some(code) = UserCode::parse(code) else {
        return Ok(forms::expired(request));
    };
    match conclude(request, &code, &given.answer(), Some((given, used))).await? {
        Conclusion::Answered(reply) => Ok(reply),
        Conclusion::TenantNotChosen { .. } => {
            Err(OAuthError::access_denied("the user cannot act for this tenant").into())
        }
    }
}

/// What became of an "allow".
enum Conclusion {
    /// The user has a page that says so.
    Answered(Reply),
    /// The tenant is none, or not one of the user's.
    TenantNotChosen {
        asked: Box<AuthorizationRequest>,
        facts: Box<Facts>,
    },
}

/// Decides an "allow" on facts of now, and commits it. `elsewhere`: what the platform's app said, which this spends.
async fn conclude(
    request: &Request<'_>,
    code: &UserCode,
    answer: &ConsentAnswer,
    elsewhere: Option<(&ConsentGiven, &SingleUse)>,
) -> Result<Conclusion, Failure> {
    for _ in 0..ATTEMPTS {
        let Some((device, mut asked)) = waiting(request, code).await? else {
            let page = form(request, &code.to_string(), Some(DeviceError::WrongCode))?;
            return Ok(Conclusion::Answered(page));
        };
        if let Some((given, used)) = elsewhere {
            asked.details = given.details(asked.details.as_ref())?;
            asked.used.push(used.clone());
        }
        let facts = facts::load(request, &asked, None).await?;
        let session = facts
            .session
            .as_ref()
            .ok_or(Fault::Broken("consent without a session"))?;
        let (context, entropy) = (request.context(), &*request.app.entropy);
        match allow(&device, &asked, session, &facts, answer.clone(), &context, entropy) {
            Err(ConsentProblem::Refused(error)) => return Err(error.into()),
            Err(ConsentProblem::Moved) => return Ok(Conclusion::Answered(consent::moved(request))),
            // The device goes on waiting: its user can choose another tenant, or log in as somebody else.
            Err(ConsentProblem::Barred(barrier)) => {
                if let Some(page) = barred::answered(request, &asked, session, &barrier).await? {
                    return Ok(Conclusion::Answered(page));
                }
            }
            Err(ConsentProblem::TenantNotChosen) => {
                let (asked, facts) = (Box::new(asked), Box::new(facts));
                return Ok(Conclusion::TenantNotChosen { asked, facts });
            }
            Ok(change) => match request.app.commit(change).await {
                Ok(_) => return done(request, DeviceState::Approved).map(Conclusion::Answered),
                Err(CommitError::Conflict) => authorize::lost(request, &asked).await?,
                Err(CommitError::Fault(fault)) => return Err(fault.into()),
            },
        }
    }
    Err(Fault::Contention(ATTEMPTS).into())
}

/// The platform's app says that the user allows a device nothing; `used` is its answer.
///
/// # Errors
/// For the page: it was answered already. When the store does not answer.
pub(super) async fn denied_elsewhere(request: &Request<'_>, code: &str, used: &SingleUse) -> Result<Reply, Failure> {
    match UserCode::parse(code) {
        Some(code) => denied(request, &code, std::slice::from_ref(used)).await,
        None => Ok(forms::expired(request)),
    }
}

async fn denied(request: &Request<'_>, code: &UserCode, used: &[SingleUse]) -> Result<Reply, Failure> {
    for _ in 0..ATTEMPTS {
        let Some((device, _)) = waiting(request, code).await? else {
            return form(request, &code.to_string(), Some(DeviceError::WrongCode));
        };
        let mut change = deny(&device, request.app.change_id(request.now));
        change.spend(used);
        match request.app.commit(change).await {
            Ok(_) => return done(request, DeviceState::Denied),
            Err(CommitError::Conflict) => {
                if let Some(error) = request.app.replayed(used).await? {
                    return Err(error.into());
                }
            }
            Err(CommitError::Fault(fault)) => return Err(fault.into()),
        }
    }
    Err(Fault::Contention(ATTEMPTS).into())
}

fn done(request: &Request<'_>, state: DeviceState) -> Result<Reply, Failure> {
    page(request, StatusCode::OK, String::new(), "", state)
}
