//! `GET` and `POST /authorize`: who asks, is it well-formed, and what the browser sees next.

use super::ticket::{self, Purpose};
use super::{barred, browser, by_reference, consent, facts, handover, login, outcome, pushed};
use crate::client_keys;
use crate::documents;
use crate::error::{Failure, Fault};
use crate::interaction::outcome::Arrival;
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::wire;
use grantd_core::authorize::checks::{check_on, refuse};
use grantd_core::authorize::jar::{unpack, unpack_in_vain};
use grantd_core::authorize::{AuthorizationRequest, Callback, Next, Way, decide, identify};
use grantd_core::record::ClientRecord;
use grantd_core::tightening::broken_by_request;
use grantd_jose::{base64url_encode, sha256};
use grantd_protocol::{ErrorCode, OAuthError, RawParams, Timestamp};
use grantd_store::CommitError;
use http::Method;
use http::header::SET_COOKIE;

/// The parameter that brings the note of a login back to this endpoint. It is ours, so no client sends it on purpose,
/// and it is taken off before the request is read.
pub const LOGIN_NOTE: &str = "grantd_login";
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
            Err(failure) => return outcome::error_page(request, &failure),
        }
    } else {
        request.query().to_owned()
    };
    let (query, login_note) = take_note(request, &query);
    let mut reply = match answer(request, &query, login_note).await {
        Ok(reply) => reply,
        Err(failure) => outcome::error_page(request, &failure),
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

/// Splits the note of a login off the request.
pub(super) fn take_note(request: &Request<'_>, query: &str) -> (String, Option<Timestamp>) {
    let Some((rest, note)) = split_note(query) else {
        return (query.to_owned(), None);
    };
    let opened = ticket::open(request, Purpose::LoginNote, note);
    let asked_at = opened
        .filter(|ticket| ticket.request == digest(rest) && browser::holds(request, &ticket.bound_to))
        .map(|ticket| ticket.made_at);
    (rest.to_owned(), asked_at)
}

/// A note is ours where it is the last parameter, as it was appended. Anywhere else it is an unknown parameter of the
/// client's, and what stands behind it is the client's, too.
fn split_note(query: &str) -> Option<(&str, &str)> {
    let split = query.rsplit_once(&format!("&{LOGIN_NOTE}="));
    split.filter(|(_, note)| !note.contains('&'))
}

/// A request's digest, which ties a note to it.
#[must_use]
pub fn digest(query: &str) -> String {
    base64url_encode(sha256(query.as_bytes()))
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
        Err(refused) => {
            request
                .app
                .metrics
                .request_refused(&realm.name, "authorize", refused.error.code().as_str());
            let reply = outcome::failure(request, &refused.callback, &refused.client, &refused.error, arrival);
            Ok(Err(reply))
        }
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
) -> Result<Reply, Failure> {
    request.app.write(Vec::new(), &asked.used).await?;
    Ok(outcome::failure(
        request,
        &Callback::of(asked),
        &asked.client,
        error,
        arrival,
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

async fn answer(request: &Request<'_>, query: &str, login_note: Option<Timestamp>) -> Result<Reply, Failure> {
    let arrival = match login_note {
        None => Arrival::Direct,
        // No form of ours led here.
        Some(_) if request.realm.config.handover.login_url.is_some() => Arrival::ThroughApp,
        Some(_) => Arrival::ThroughForm,
    };
    let query = &*by_reference::resolved(request, query).await?;
    let asked = match read(request, query, arrival).await? {
        Ok(asked) => asked,
        Err(reply) => return Ok(reply),
    };
    let callback = Callback::of(&asked);
    let failure = match lead_on(request, query, &asked, &callback, login_note, arrival).await {
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
    request
        .app
        .metrics
        .request_refused(request.realm.name(), "authorize", error.code().as_str());
    Ok(outcome::failure(request, &callback, &asked.client, &error, arrival))
}

/// What the browser sees next.
async fn lead_on(
    request: &Request<'_>,
    query: &str,
    asked: &AuthorizationRequest,
    callback: &Callback,
    login_note: Option<Timestamp>,
    arrival: Arrival,
) -> Result<Reply, Failure> {
    for _ in 0..ATTEMPTS {
        let facts = facts::load(request, asked, login_note).await?;
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
                if let Some(reply) = handover::consent_of_request(request, query, asked, &facts, &prompt, arrival)? {
                    return Ok(reply);
                }
                return consent::show(request, query, asked, &facts, &prompt, None);
            }
            Next::Refuse(error) => return Err(error.into()),
            Next::Closed(error) => return Ok(outcome::error_page(request, &error.into())),
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
                Err(CommitError::Conflict) => lost(request, asked).await?,
                Err(CommitError::Fault(fault)) => return Err(fault.into()),
            },
        }
    }
    Err(Fault::Contention(ATTEMPTS).into())
}

#[cfg(test)]
mod tests {
    use super::split_note;

    #[test]
    fn a_note_takes_no_other_parameter_along() {
        assert_eq!(split_note("client_id=a&grantd_login=x"), Some(("client_id=a", "x")));
        let two = "client_id=a&grantd_login=x&state=b&grantd_login=y";
        assert_eq!(split_note(two), Some(("client_id=a&grantd_login=x&state=b", "y")));
        for not_ours in ["client_id=a", "grantd_login=x", "client_id=a&grantd_login=x&scope=b"] {
            assert_eq!(split_note(not_ours), None, "{not_ours}");
        }
    }
}
