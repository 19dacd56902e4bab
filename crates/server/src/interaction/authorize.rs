//! `GET` and `POST /authorize`: who asks, is it well-formed, and what the browser sees next.

use super::by_reference::Resolved;
use super::login_note::{self, Login};
use super::{barred, browser, by_reference, consent, facts, handover, login, outcome, pushed};
use crate::client_keys;
use crate::documents;
use crate::error::{Failure, Fault};
use crate::interaction::outcome::{Arrival, Whose};
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::wire::{self, AuthorizationQuery};
use grantd_core::authorize::checks::{check_on, refuse};
use grantd_core::authorize::jar::{unpack, unpack_in_vain};
use grantd_core::authorize::{AuthorizationRequest, Callback, Next, Way, decide, identify};
use grantd_core::record::ClientRecord;
use grantd_core::tightening::broken_by_request;
use grantd_protocol::{ErrorCode, OAuthError, RawParams};
use grantd_store::CommitError;
use http::Method;
use http::header::SET_COOKIE;

/// A POST that is longer than this is answered where it stands; shorter ones continue as a GET.
const MAX_AS_QUERY: usize = 6 * 1024;
/// After a login the browser comes back with the whole request in its address, which may have 8 KB with the note of
/// the login.
const MAX_THROUGH_LOGIN: usize = 7 * 1024;
/// How often a lost race is decided again: each loss is a win of somebody else, so that this many may ask at once.
const ATTEMPTS: usize = 32;

/// Answers a request.
pub async fn handle(request: &Request<'_>) -> Reply {
    let query = if *request.method() == Method::POST {
        match posted(request) {
            Ok(Posted::Here(query)) => query,
            Ok(Posted::AsGet(reply)) => return reply,
            Err(failure) => return outcome::refusal_page(request, "authorize", &failure),
        }
    } else {
        request.query().to_owned()
    };
    let mut reply = match answer(request, &query).await {
        Ok(reply) => reply,
        Err(failure) => outcome::refusal_page(request, "authorize", &failure),
    };
    // The login form sets the cookie by itself; a page that a pushed request leads to at once does not.
    if !reply.headers().contains_key(SET_COOKIE) {
        let cookie = browser::set_drawn(request).map(|cookie| (SET_COOKIE, cookie));
        reply.headers_mut().extend(cookie);
    }
    reply
}

/// What becomes of a POST.
pub(super) enum Posted {
    /// It is answered where it stands; its parameters as a query.
    Here(String),
    /// The browser is sent on.
    AsGet(Reply),
}

/// A POST from another site arrives without our `SameSite=Lax` cookies, so the user would seem logged out. Sent on as
/// a GET it has them.
pub(super) fn posted(request: &Request<'_>) -> Result<Posted, Failure> {
    let params = wire::form(request.headers(), &request.body)?;
    let query = params.to_form();
    if query.len() > MAX_AS_QUERY {
        return Ok(Posted::Here(query));
    }
    let path = request.parts.uri.path();
    Ok(Posted::AsGet(reply::see_other(&format!("{path}?{query}"))))
}

/// The request behind a query: identified and checked. `Err(Ok(..))` is an answer already.
///
/// # Errors
/// A reply for the client, or a failure for a page.
pub async fn read(
    request: &Request<'_>,
    query: &str,
    arrival: Arrival,
) -> Result<Result<AuthorizationRequest, Reply>, Failure> {
    let spelled = wire::authorization_query(request.realm, query)?;
    read_spelled(request, spelled, arrival).await
}

async fn read_spelled(
    request: &Request<'_>,
    spelled: AuthorizationQuery,
    arrival: Arrival,
) -> Result<Result<AuthorizationRequest, Reply>, Failure> {
    let realm = &request.realm.config.realm;
    let opened = pushed::open(request, spelled.params()).await?;
    let client_id = identify::client_id(spelled.params())?;
    let client = documents::client(request, client_id).await?;
    if let Some(client) = &client {
        request.concerns(client);
    }
    // A mixed spelling is one beside a pushed request, too.
    let (spoken, flaw) = spelled.of_client(request.realm, client.as_deref())?;
    let (params, way, used) = match opened {
        Some(opened) => (opened.params, opened.way, opened.used),
        None => {
            let (params, way) = unpacked(request, spoken, client.as_deref()).await?;
            (params, way, Vec::new())
        }
    };
    let identified = identify(&params, client)?;
    let checked = match flaw {
        None => check_on(way, identified, &params, &request.context()),
        Some(flaw) => Err(refuse(identified, &params, &request.context(), flaw)),
    };
    match checked {
        Ok(asked) => {
            let broken = broken_by_request(&asked, &params, realm);
            Ok(Ok(AuthorizationRequest { used, broken, ..asked }))
        }
        Err(refused) => Ok(Err(outcome::failure(
            request,
            &refused.callback,
            &refused.client,
            &refused.error,
            arrival,
            Whose::Server,
        ))),
    }
}

/// The parameters out of a request object, where there is one; a pushed one was unpacked when it was pushed. Beside a
/// `request_uri` it is left where it is: the checks refuse the two together.
async fn unpacked(
    request: &Request<'_>,
    params: RawParams,
    client: Option<&ClientRecord>,
) -> Result<(RawParams, Way), Failure> {
    let way = Way::default();
    let Some(client) = client.filter(|client| client.enabled && params.get("request_uri").is_none()) else {
        unpack_in_vain(&params);
        return Ok((params, way));
    };
    let keys = client_keys::of(request, client, params.get("request")).await?;
    match unpack(&params, client, keys.as_ref(), &request.context())? {
        Some(signed) => Ok((signed, Way { signed: true, ..way })),
        None => Ok((params, way)),
    }
}

/// An error on its way to the client. It is the request's answer, and spends it.
///
/// # Errors
/// For the page: the request was answered already. When the store does not answer.
pub async fn tell(
    request: &Request<'_>,
    asked: &AuthorizationRequest,
    error: &OAuthError,
    arrival: Arrival,
    whose: Whose,
) -> Result<Reply, Failure> {
    request.app.write(Vec::new(), &asked.used).await?;
    Ok(outcome::failure(
        request,
        &Callback::of(asked),
        &asked.client,
        error,
        arrival,
        whose,
    ))
}

/// After a lost race: for a page, where what was lost is the request itself.
///
/// # Errors
/// For the page: the request was answered already. When the store does not answer.
pub async fn lost(request: &Request<'_>, asked: &AuthorizationRequest) -> Result<(), Failure> {
    match request.app.replayed(&asked.used).await? {
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}

/// Counts the rules that are tried out and that a request broke which a user allowed. Before that anybody could have made
/// it up in the client's name.
pub fn count_broken(request: &Request<'_>, asked: &AuthorizationRequest) {
    let (realm, client_id) = (request.realm.name(), &asked.client.client_id);
    let usage = &request.app.usage;
    usage.found(realm, client_id, &asked.broken, request.now);
    // Who asks for what it gets anyway asks for less as soon as it may have less.
    if asked.scope != asked.client.default_scopes {
        usage.asked(&request.realm.config.realm, client_id, &asked.scope);
    }
}

async fn answer(request: &Request<'_>, noted: &str) -> Result<Reply, Failure> {
    let (query, login) = login_note::take(request, noted, request.now);
    let login = login.unless_spent(request).await?;
    let arrival = match login {
        Login::Unsaid | Login::Void => Arrival::Direct,
        // No form of ours led here.
        Login::Asked(_) if request.realm.config.handover.login_url.is_some() => Arrival::ThroughApp,
        Login::Asked(_) => Arrival::ThroughForm,
    };
    let Resolved { query, spelled } = by_reference::resolved(request, query).await?;
    let mut asked = match read_spelled(request, spelled, arrival).await? {
        Ok(asked) => asked,
        Err(reply) => return Ok(reply),
    };
    login.spent_by(&mut asked);
    let callback = Callback::of(&asked);
    let came = Came {
        query: &query,
        noted,
        login,
        arrival,
    };
    let failure = match lead_on(request, came, &mut asked, &callback).await {
        Ok(reply) => return Ok(reply),
        // From here on the client is certain, so it hears what kept us (RFC 6749 section 4.1.2.1), also where nobody is
        // shown a page.
        Err(Failure::Refused { error, challenged }) if error.code() == ErrorCode::InvalidRequestUri => {
            return Err(Failure::Refused { error, challenged });
        }
        // What the client hears is its request's answer, and spends it.
        Err(failure @ Failure::Refused { .. }) => {
            request.app.write(Vec::new(), &asked.used).await?;
            failure
        }
        Err(failure @ Failure::Fault(_)) => failure,
        Err(limited @ Failure::Limited(_)) => return Err(limited),
    };
    failure.log(request.id);
    // Whoever carries the answer names the request in it.
    let error = match failure {
        Failure::Refused { error, .. } => error,
        other => other.public(request.id).0,
    };
    Ok(outcome::failure(
        request,
        &callback,
        &asked.client,
        &error,
        arrival,
        Whose::Server,
    ))
}

/// How a request came here.
struct Came<'q> {
    query: &'q str,
    /// The same with the note of its login.
    noted: &'q str,
    login: Login,
    arrival: Arrival,
}

/// What the browser sees next.
async fn lead_on(
    request: &Request<'_>,
    came: Came<'_>,
    asked: &mut AuthorizationRequest,
    callback: &Callback,
) -> Result<Reply, Failure> {
    let Came {
        query,
        noted,
        mut login,
        mut arrival,
    } = came;
    for _ in 0..ATTEMPTS {
        let facts = facts::load(request, asked, login.asked_at()).await?;
        match decide(asked, &facts, &request.context(), &*request.app.entropy) {
            Next::Login { .. } if query.len() > MAX_THROUGH_LOGIN => {
                let error = OAuthError::invalid_request("the request is too long to be kept while the user logs in");
                return Err(error.into());
            }
            // The app was asked already, and somebody is logged in: asking it again would lead in a circle.
            Next::Login { reauthenticate: true } if arrival == Arrival::ThroughApp => {
                return Err(handover::NOT_THE_LOGIN.into());
            }
            Next::Login { reauthenticate } => return login::show(request, query, asked, reauthenticate, arrival),
            Next::Consent(prompt) => {
                // The answer of the page is what the login stands in for.
                let returns = if matches!(login, Login::Asked(_)) { noted } else { query };
                if let Some(reply) = handover::consent_of_request(request, returns, asked, &facts, &prompt, arrival)? {
                    return Ok(reply);
                }
                return consent::show(request, returns, asked, &facts, &prompt, None);
            }
            Next::Refuse(error) => return Err(error.into()),
            Next::Closed(error) => return Ok(outcome::refusal_page(request, "authorize", &error.into())),
            Next::Barred(barrier) => return barred::show(request, asked, &barrier),
            Next::Approve(approval) => match request.app.commit(approval.change).await {
                Ok(_) => {
                    count_broken(request, asked);
                    return Ok(outcome::success(
                        request,
                        callback,
                        &asked.client,
                        &approval.code,
                        arrival,
                    ));
                }
                Err(CommitError::Conflict) => {
                    (login, arrival) = after_conflict(request, asked, login, arrival).await?;
                }
                Err(CommitError::Fault(fault)) => return Err(fault.into()),
            },
        }
    }
    Err(Fault::Contention(ATTEMPTS).into())
}

/// How the request goes on after a lost race. One whose note was spent by the winner is one that nobody has logged in for.
async fn after_conflict(
    request: &Request<'_>,
    asked: &mut AuthorizationRequest,
    login: Login,
    arrival: Arrival,
) -> Result<(Login, Arrival), Failure> {
    let login = login.after_conflict(request, asked).await?;
    lost(request, asked).await?;
    Ok(match login {
        Login::Void => (Login::Void, Arrival::Direct),
        other => (other, arrival),
    })
}
