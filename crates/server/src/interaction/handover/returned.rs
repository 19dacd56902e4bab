//! The browser is back from the app with its answer. A login becomes a session of this browser, and a consent a code, in
//! the very commit that spends the answer. Another browser than the one that was sent out gets nothing.

use super::sealed::{self, Kind};
use crate::error::{Failure, Fault};
use crate::interaction::begin::{self, Kept, Proved};
use crate::interaction::consent::{self, Conclusion};
use crate::interaction::form::{expired, session_expired};
use crate::interaction::login::way_back;
use crate::interaction::login_note::{self, Login};
use crate::interaction::outcome::{self, Arrival, Whose};
use crate::interaction::{authorize, browser, device, facts};
use crate::reply::Reply;
use crate::request::Request;
use crate::wire;
use grantd_core::SingleUse;
use grantd_core::authorize::AuthorizationRequest;
use grantd_core::handover::consent::ConsentGiven;
use grantd_core::handover::login::LoginAnswer;
use grantd_core::handover::{Back, Handed, Rejection, Verdict};
use grantd_protocol::{ErrorCode, OAuthError, Timestamp};
use grantd_store::Store;
use http::StatusCode;

/// How often a lost race is decided again.
const ATTEMPTS: usize = 16;

/// Answers a request.
pub async fn handle(request: &Request<'_>) -> Reply {
    let answered = answer(request).await;
    answered.unwrap_or_else(|failure| outcome::refusal_page(request, "consent", &failure))
}

async fn answer(request: &Request<'_>) -> Result<Reply, Failure> {
    let params = wire::query(request.query())?;
    if let Some(text) = params.get(Kind::LoginVerdict.parameter()) {
        return match open::<LoginAnswer>(request, Kind::LoginVerdict, text) {
            Some(verdict) => logged_in(request, verdict).await,
            None => Ok(expired(request)),
        };
    }
    let text = params.get(Kind::ConsentVerdict.parameter()).unwrap_or_default();
    match open::<ConsentGiven>(request, Kind::ConsentVerdict, text) {
        Some(verdict) => consented(request, verdict).await,
        None => Ok(expired(request)),
    }
}

/// An answer that was sealed here for this issuer and is not too old.
fn open<A: serde::de::DeserializeOwned>(request: &Request<'_>, kind: Kind, text: &str) -> Option<Verdict<A>> {
    let verdict: Verdict<A> = sealed::open(request.app, request.realm.name(), kind, text)?;
    (verdict.handed.issuer == *request.issuer && verdict.is_fresh(request.now)).then_some(verdict)
}

/// The app's word about who is in front of the browser. Only the browser that was sent out is believed to be theirs: a
/// link with somebody else's answer would log its victim in as the attacker.
async fn logged_in(request: &Request<'_>, verdict: Verdict<LoginAnswer>) -> Result<Reply, Failure> {
    let handed = &verdict.handed;
    if !browser::holds(request, &handed.bound_to) {
        return Ok(outcome::error_with(request, StatusCode::FORBIDDEN, "cross_site", None));
    }
    let used = verdict.used(request.realm.name());
    let login = match &verdict.answer {
        Ok(login) => login,
        Err(rejection) => return refused(request, handed, rejection, used).await,
    };
    let methods: Vec<&str> = login.methods.iter().map(String::as_str).collect();
    let to = way_back(request, &handed.back, &handed.bound_to, handed.made_at);
    for _ in 0..ATTEMPTS {
        if request.app.replayed(std::slice::from_ref(&used)).await?.is_some() {
            return Ok(expired(request));
        }
        let user = request.app.store.user(request.realm.name(), &login.user).await?;
        let Some(user) = user.filter(|user| user.enabled) else {
            let error = OAuthError::access_denied("the user may not log in");
            return Err(error.into());
        };
        let proved = Proved {
            user: &user,
            methods: &methods,
            spends: Vec::new(),
            used: std::slice::from_ref(&used),
            kept: Kept {
                at: Some(login.at),
                lifetime: login.lifetime,
                persists: login.persists,
            },
        };
        if let Some(reply) = begin::session(request, proved, &to).await? {
            return Ok(reply);
        }
    }
    Err(Fault::Contention(ATTEMPTS).into())
}

/// The app says no: the client hears it, or the device, or the user where nobody else asked.
async fn refused(
    request: &Request<'_>,
    handed: &Handed,
    rejection: &Rejection,
    used: SingleUse,
) -> Result<Reply, Failure> {
    match &handed.back {
        Back::Request(query) => {
            let (asked, _) = match read(request, query, handed.made_at, used).await? {
                Ok(read) => read,
                Err(reply) => return Ok(reply),
            };
            let error = rejection.error();
            let whose = match error.code() {
                ErrorCode::AccessDenied => Whose::User,
                _ => Whose::Server,
            };
            authorize::tell(request, &asked, &error, Arrival::ThroughApp, whose).await
        }
        Back::Device(_) | Back::Page(_) => {
            request.app.write(Vec::new(), &[used]).await?;
            Err(rejection.error().into())
        }
    }
}

/// The request again, whose answer spends the app's, and what it said about the login before it when the app was asked.
async fn read(
    request: &Request<'_>,
    noted: &str,
    asked_at: Timestamp,
    used: SingleUse,
) -> Result<Result<(AuthorizationRequest, Login), Reply>, Failure> {
    let (query, login) = login_note::take(request, noted, asked_at);
    let mut asked = match authorize::read(request, query, Arrival::ThroughApp).await? {
        Ok(asked) => asked,
        Err(reply) => return Ok(Err(reply)),
    };
    let login = login.unless_spent(request).await?;
    login.spent_by(&mut asked);
    asked.used.push(used);
    Ok(Ok((asked, login)))
}

/// The app's word about what the user allowed: taken from the browser that has the session which was asked about.
async fn consented(request: &Request<'_>, verdict: Verdict<ConsentGiven>) -> Result<Reply, Failure> {
    let session = facts::session(request).await?;
    let is_the_session = session.is_some_and(|facts| facts.session.id.to_string() == verdict.handed.bound_to);
    if !is_the_session {
        return Ok(session_expired(request));
    }
    let used = verdict.used(request.realm.name());
    let given = match &verdict.answer {
        Ok(given) => given,
        Err(rejection) => match &verdict.handed.back {
            Back::Device(code) => return device::denied_elsewhere(request, code, &used).await,
            _ => return refused(request, &verdict.handed, rejection, used).await,
        },
    };
    match &verdict.handed.back {
        Back::Request(query) => {
            let (mut asked, login) = match read(request, query, verdict.handed.made_at, used).await? {
                Ok(read) => read,
                Err(reply) => return Ok(reply),
            };
            asked.details = match given.details(asked.details.as_ref()) {
                Ok(details) => details,
                Err(error) => {
                    return authorize::tell(request, &asked, &error, Arrival::ThroughApp, Whose::Server).await;
                }
            };
            match consent::conclude(request, &mut asked, login, &given.answer(), Arrival::ThroughApp).await? {
                Conclusion::Answered(reply) => Ok(reply),
                Conclusion::LoggedOut => {
                    authorize::tell(
                        request,
                        &asked,
                        &super::NOT_THE_LOGIN,
                        Arrival::ThroughApp,
                        Whose::Server,
                    )
                    .await
                }
                Conclusion::TenantNotChosen(_) => {
                    let error = OAuthError::access_denied("the user cannot act for this tenant");
                    authorize::tell(request, &asked, &error, Arrival::ThroughApp, Whose::Server).await
                }
            }
        }
        Back::Device(code) => device::allowed_elsewhere(request, code, given, &used).await,
        Back::Page(_) => Ok(expired(request)),
    }
}
