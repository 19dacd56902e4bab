//! The gate's answers as proxies understand them: 200 with every identity header, 401 with a challenge, 403. Nothing else is
//! ever a decision: proxies take 204, 302 or 429 for different things.

use super::{Answer, Proxy};
use crate::config::metadata_url;
use crate::error::named;
use crate::oauth::{challenge, dpop};
use crate::refused;
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::wire::Voice;
use grantd_core::gate::identity::{HEADERS, Identity};
use grantd_core::gate::{Decision, Refused};
use grantd_protocol::{ErrorCode, OAuthError};
use http::header::{CACHE_CONTROL, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};

/// The answer to a proxy.
pub(super) fn reply(request: &Request<'_>, answer: Answer, proxy: Proxy) -> Reply {
    let resource = answer.resource.as_deref();
    let mut reply = match answer.decision {
        Decision::Pass { identity, .. } => pass(identity),
        Decision::Refuse(refused) => refuse(request, &refused, resource),
    };
    reply
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    dpop::offer_nonce(request, &mut reply);
    if proxy == Proxy::Nginx {
        join_challenges(&mut reply);
    }
    reply
}

/// nginx hands on the first line alone, and one line may have all of them (RFC 9110 section 11.6.1).
fn join_challenges(reply: &mut Reply) {
    let lines: Vec<&[u8]> = reply
        .headers()
        .get_all(WWW_AUTHENTICATE)
        .iter()
        .map(HeaderValue::as_bytes)
        .collect();
    if let Ok(joined) = HeaderValue::from_bytes(&lines.join(&b", "[..]))
        && lines.len() > 1
    {
        reply.headers_mut().insert(WWW_AUTHENTICATE, joined);
    }
}

/// All of the headers or no pass: a proxy replaces only what the answer has, and leaves what the caller sent otherwise.
fn pass(identity: Identity) -> Reply {
    let mut reply = reply::empty(StatusCode::OK);
    for (name, value) in HEADERS.into_iter().zip(identity.0) {
        match HeaderValue::try_from(value) {
            Ok(value) => {
                reply.headers_mut().insert(HeaderName::from_static(name), value);
            }
            Err(_) => return reply::empty(StatusCode::FORBIDDEN),
        }
    }
    reply
}

fn refuse(request: &Request<'_>, refused: &Refused, resource: Option<&str>) -> Reply {
    let status = if refused.asks_for_another() {
        StatusCode::UNAUTHORIZED
    } else {
        StatusCode::FORBIDDEN
    };
    let error = refused.error.as_ref();
    match error {
        Some(error) => refused::count(request, "gate", error),
        // The first request of everybody, who is told with this answer what to bring.
        None => refused::measure(request, "gate", "no_credential"),
    }
    let mut reply = match error {
        Some(error) => reply::json_bytes(status, Voice::STANDARD.error(&named(error, request.id))),
        None => reply::empty(status),
    };
    // Who must not pass whatever they bring is not asked for a credential.
    if error.map(OAuthError::code) != Some(ErrorCode::AccessDenied) {
        challenge::add(&mut reply, request, error, &needs(request, refused, resource));
    }
    reply
}

/// What a client that starts with nothing has to know: the permissions, all of them, and where the rest is written (RFC
/// 9728 section 5.1).
fn needs(request: &Request<'_>, refused: &Refused, resource: Option<&str>) -> String {
    let realm = &request.realm.config.realm;
    let resource = resource.or(realm.default_resource.split(' ').next());
    let mut needs = String::new();
    if !refused.scopes.is_empty() {
        // Scopes have neither quotes nor backslashes (RFC 6749 section 3.3).
        needs.push_str(&format!(", scope=\"{}\"", refused.scopes));
    }
    if let Some(url) = resource.and_then(metadata_url) {
        needs.push_str(&format!(", resource_metadata=\"{url}\""));
    }
    needs
}
