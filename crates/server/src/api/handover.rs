//! `/login-requests` and `/consent-requests`: the platform's own app reads what it is asked, and answers once. What may be
//! answered is the core's to say; the answer travels through the browser that the question was given to.

use super::answer::Answer;
use super::call::Call;
use super::commit;
use super::problem::Problem;
use super::route::{Conditions, Gives, Route, handler};
use crate::interaction::handover::sealed::{self, Kind};
use grantd_core::admin::{Edit, Refused, user};
use grantd_core::authorize::response::with_query;
use grantd_core::handover::consent::{self, ConsentGiven, ConsentQuestion};
use grantd_core::handover::login::{Accepted, LoginAnswer, LoginQuestion};
use grantd_core::handover::{Handed, Rejection, Subject, Verdict, reject};
use grantd_core::record::UserRecord;
use grantd_store::Store;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

const READ: &str = "grantd:interaction:read";
const WRITE: &str = "grantd:interaction:write";

/// A row; they differ in little.
const fn row(
    method: &'static str,
    path: &'static str,
    says: &'static str,
    takes: Option<&'static str>,
    gives: &'static str,
    handle: super::route::Handler,
) -> Route {
    Route {
        method,
        path,
        permission: if takes.is_some() { WRITE } else { READ },
        tenants: false,
        says,
        takes,
        gives: Gives::Object(gives),
        conditions: if takes.is_some() {
            Conditions::Presence
        } else {
            Conditions::Unread
        },
        query: &[],
        handle,
    }
}

pub(super) const ROUTES: &[Route] = &[
    row(
        "GET",
        "/login-requests/{challenge}",
        "Show what a login is wanted for.",
        None,
        "LoginRequest",
        handler!(show_login),
    ),
    row(
        "PUT",
        "/login-requests/{challenge}/accept",
        "Say who the user is. The browser takes the answer to redirect_to.",
        Some("LoginAcceptance"),
        "Onward",
        handler!(accept_login),
    ),
    row(
        "PUT",
        "/login-requests/{challenge}/reject",
        "Say that nobody logs in. The browser takes the answer to redirect_to.",
        Some("Rejection"),
        "Onward",
        handler!(reject_login),
    ),
    row(
        "GET",
        "/consent-requests/{challenge}",
        "Show what a user is asked to allow.",
        None,
        "ConsentRequest",
        handler!(show_consent),
    ),
    row(
        "PUT",
        "/consent-requests/{challenge}/accept",
        "Say what the user allowed. The browser takes the answer to redirect_to.",
        Some("ConsentAcceptance"),
        "Onward",
        handler!(accept_consent),
    ),
    row(
        "PUT",
        "/consent-requests/{challenge}/reject",
        "Say that the user allows nothing. The browser takes the answer to redirect_to.",
        Some("Rejection"),
        "Onward",
        handler!(reject_consent),
    ),
];

async fn show_login(call: &Call<'_>) -> Result<Answer, Problem> {
    let question: LoginQuestion = opened(call, Kind::LoginQuestion)?;
    waits(call, &question.handed).await?;
    Ok(Answer::object(question.view()))
}

async fn accept_login(call: &Call<'_>) -> Result<Answer, Problem> {
    let question: LoginQuestion = opened(call, Kind::LoginQuestion)?;
    let body = call.body()?;
    let realm = &call.request.realm.config.realm;
    // Said before anything is looked up; read again for each attempt.
    let read = || Accepted::read(&body, &question, realm, call.request.now);
    let user = read()?.user().to_owned();
    let name = body.get("user").and_then(|user| user.get("username"));
    let key = name.and_then(|name| name.as_str()).map(UserRecord::key_of);
    let (question, user, key) = (&question, &user, key.as_deref());
    let load = async |call| {
        waits(call, &question.handed).await?;
        let found = call.store().user(call.realm(), user).await?;
        let Some(key) = key.filter(|_| found.is_none()) else {
            return Ok(found);
        };
        if call.store().client(call.realm(), user).await?.is_some() {
            return Err(Refused::wrong("/subject", "is the id of a client").into());
        }
        // The holder of the name may be the very user, made by another answer just now.
        match call.store().user_by_key(call.realm(), key).await? {
            Some(holder) if *holder.id != **user => Err(user::taken().into()),
            holder => Ok(holder),
        }
    };
    let verdict = commit::decided(call, load, |found, deed| read()?.decide(question, found.as_ref(), deed)).await?;
    Ok(onward(call, Kind::LoginVerdict, &verdict))
}

async fn reject_login(call: &Call<'_>) -> Result<Answer, Problem> {
    let question: LoginQuestion = opened(call, Kind::LoginQuestion)?;
    let client_id = question.client.as_ref().map(|client| client.client_id());
    refuse::<LoginAnswer>(call, Kind::LoginVerdict, &question.handed, client_id).await
}

async fn show_consent(call: &Call<'_>) -> Result<Answer, Problem> {
    let question: ConsentQuestion = opened(call, Kind::ConsentQuestion)?;
    waits(call, &question.handed).await?;
    Ok(Answer::object(question.view()))
}

async fn accept_consent(call: &Call<'_>) -> Result<Answer, Problem> {
    let question: ConsentQuestion = opened(call, Kind::ConsentQuestion)?;
    let body = call.body()?;
    let handed = &question.handed;
    let load = async |call| waits(call, handed).await;
    let verdict = commit::decided(call, load, |(), deed| consent::accept(&question, &body, deed)).await?;
    Ok(onward(call, Kind::ConsentVerdict, &verdict))
}

async fn reject_consent(call: &Call<'_>) -> Result<Answer, Problem> {
    let question: ConsentQuestion = opened(call, Kind::ConsentQuestion)?;
    let client_id = Some(question.client.client_id());
    refuse::<ConsentGiven>(call, Kind::ConsentVerdict, &question.handed, client_id).await
}

async fn refuse<A: Serialize>(
    call: &Call<'_>,
    kind: Kind,
    handed: &Handed,
    client_id: Option<&str>,
) -> Result<Answer, Problem> {
    let subject = if kind == Kind::LoginVerdict {
        Subject::Login
    } else {
        Subject::Consent
    };
    let rejection = Rejection::read(&call.body_if_any()?)?;
    let load = async |call| waits(call, handed).await;
    let decide = |(): &(), deed: &grantd_core::admin::Deed<'_>| -> Result<Edit<Verdict<A>>, Refused> {
        Ok(reject(subject, handed, client_id, rejection.clone(), deed))
    };
    let verdict = commit::decided(call, load, decide).await?;
    Ok(onward(call, kind, &verdict))
}

/// The question in the address, if it was asked by this realm.
fn opened<Q: DeserializeOwned>(call: &Call<'_>, kind: Kind) -> Result<Q, Problem> {
    let opened = sealed::open(call.request.app, call.realm(), kind, call.segment("challenge"));
    opened.ok_or(Problem::Unknown)
}

/// Whether a question still waits for its answer.
async fn waits(call: &Call<'_>, handed: &Handed) -> Result<(), Problem> {
    if !handed.is_open(call.request.now) {
        return Err(Refused::State("it is over; the user must begin again at the application".to_owned()).into());
    }
    let answered = handed.answered(call.realm());
    match call.request.app.replayed(&[answered]).await? {
        Some(_) => Err(Refused::State("it was answered already".to_owned()).into()),
        None => Ok(()),
    }
}

/// Where the browser goes with the answer.
fn onward<A: Serialize>(call: &Call<'_>, kind: Kind, verdict: &Verdict<A>) -> Answer {
    let (realm, issuer) = (call.request.realm, &verdict.handed.issuer);
    let page = format!("{}{}", realm.page_origin(issuer), realm.page_path(issuer, "handover"));
    let sealed = sealed::seal(call.request.app, call.realm(), kind, verdict);
    Answer::object(json!({ "redirect_to": with_query(&page, &[(kind.parameter(), sealed)]) }))
}
