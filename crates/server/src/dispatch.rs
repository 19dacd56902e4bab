//! From a connection's request to a reply: host and path to a route, the body read within its limit, method to
//! handler. One function for every request, so that what holds for all of them is said once.

use crate::api;
use crate::app::App;
use crate::config::RateRules;
use crate::console;
use crate::error::{Failure, named};
use crate::gate;
use crate::interaction::{
    account, authorize, consent, device, handover, home, login, logout, outcome, reset, upstream,
};
use crate::net::Peer;
use crate::net::body::{self, BodyLimits, BodyRefusal};
use crate::oauth::{
    device_code, discovery, introspect, jwks, par, register, revoke, status_list, token, usage, userinfo,
};
use crate::portal;
use crate::rate;
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::router::{Lost, Place, Route, Router};
use crate::telemetry;
use crate::wire;
use bytes::Bytes;
use grantd_protocol::{ErrorCode, OAuthError, Seconds};
use http::header::HOST;
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};
use hyper::body::Body;
use std::sync::Arc;

/// Serves one request.
pub async fn serve<B: Body<Data = Bytes>>(
    app: &Arc<App>,
    parts: &Parts,
    body: B,
    limits: BodyLimits,
    peer: &Peer,
) -> Reply {
    let serving = app.serving();
    let route = match landed(&serving.router, parts, peer) {
        Ok(route) => route,
        Err(Lost::Host) => return reply::empty(StatusCode::MISDIRECTED_REQUEST),
        Err(Lost::Path) => return reply::empty(StatusCode::NOT_FOUND),
    };
    let Some(realm) = serving.realms.get(route.realm) else {
        return reply::empty(StatusCode::NOT_FOUND);
    };
    let mut reply = match refuse_method(route.place, &parts.method) {
        Some(reply) => reply,
        None => {
            let (body, refused) = match read(route.place, &parts.headers, body, limits).await {
                Ok(body) => (body, None),
                Err(refusal) => (Bytes::new(), Some(refusal)),
            };
            let request = Request {
                app,
                realm,
                issuer: &route.issuer,
                parts,
                body,
                address: peer.address,
                from_trusted_proxy: peer.from_trusted_proxy,
                shown_certificate: peer.client_certificate.clone(),
                host: peer.host(&parts.headers),
                id: peer.request_id,
                now: app.now(),
                drawn_browser: std::sync::OnceLock::new(),
                concerned: std::sync::OnceLock::new(),
            };
            match (refused, within_rate(&request, route.place)) {
                (Some(refusal), _) => unread(&request, route.place, refusal),
                (None, Ok(())) => handle(&request, route.place).await,
                (None, Err(wait)) => slow_down(&request, route.place, wait),
            }
        }
    };
    if shared(route.place) {
        reply::share_with_any_origin(&mut reply);
    }
    reply.extensions_mut().insert(telemetry::Route(route.place.name()));
    reply
}

/// Where a request landed. A trusted proxy that asks the gate says about the guarded request what it otherwise says about
/// the request itself, so its question is recognised first.
fn landed<'r>(router: &'r Router, parts: &Parts, peer: &Peer) -> Result<&'r Route, Lost> {
    let path = parts.uri.path();
    if peer.from_trusted_proxy {
        let addressed = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
        if let Some(route) = addressed.and_then(|host| router.find_gate(host, path)) {
            return Ok(route);
        }
    }
    router.find(peer.host(&parts.headers), path)
}

/// The body; a proxy's question has none that matters, whatever the guarded request's header says of its own.
async fn read<B: Body<Data = Bytes>>(
    place: Place,
    headers: &HeaderMap,
    body: B,
    limits: BodyLimits,
) -> Result<Bytes, BodyRefusal> {
    match place {
        Place::Gate(_) => Ok(Bytes::new()),
        _ => body::read(headers, body, limits).await,
    }
}

/// A body that was not read, in the form that the caller reads: a page for people, JSON for programs.
fn unread(request: &Request<'_>, place: Place, refusal: BodyRefusal) -> Reply {
    let (status, says) = (refusal.status(), refusal.to_string());
    match place {
        Place::Api => api::unread(status, request.id),
        Place::GateEmqx => gate::emqx::unread(),
        place if speaks_oauth(place) => {
            let error = OAuthError::with_detail(ErrorCode::InvalidRequest, &says);
            let body = wire::unread(request.realm).error(&named(&error, request.id));
            reply::json_bytes(status, body)
        }
        place if place.is_page() || matches!(place, Place::Authorize | Place::Logout) => {
            let code = ErrorCode::InvalidRequest.as_str();
            outcome::error_with(request, status, code, Some(says))
        }
        _ => reply::empty(status),
    }
}

/// Endpoints whose errors are the JSON of RFC 6749 section 5.2.
const fn speaks_oauth(place: Place) -> bool {
    matches!(
        place,
        Place::Token
            | Place::Par
            | Place::Revoke
            | Place::Introspect
            | Place::Usage
            | Place::Userinfo
            | Place::Register
            | Place::Registration
            | Place::DeviceCode
            | Place::GateTicket
    )
}

/// Counts the request against the address it comes from, where the configuration limits that.
fn within_rate(request: &Request<'_>, place: Place) -> Result<(), Seconds> {
    let Some(rate) = rules(request, place).and_then(|rules| rules.per_address) else {
        return Ok(());
    };
    let key = (place.name(), rate::address_key(request.address));
    request.app.limiter.count(rate::limit(rate), key, request.now)
}

// Logins are counted where they are looked at, durably and for all nodes.
fn rules(request: &Request<'_>, place: Place) -> Option<RateRules> {
    let limits = request.app.limits();
    match place {
        Place::Token | Place::GateTicket => Some(limits.token),
        Place::Par => Some(limits.par),
        Place::Introspect | Place::Usage => Some(limits.introspect),
        Place::Revoke => Some(limits.revoke),
        Place::Userinfo => Some(limits.userinfo),
        Place::Api | Place::Console | Place::Portal => Some(limits.api),
        Place::Register | Place::Registration => Some(limits.register),
        Place::DeviceCode => Some(limits.device),
        Place::Authorize
        | Place::Consent
        | Place::Handover
        | Place::UpstreamLeave
        | Place::UpstreamBack
        | Place::DeviceConsent
        | Place::Logout
        | Place::LogoutForm
        | Place::Reset
        | Place::Account(_) => Some(limits.authorize),
        _ => None,
    }
}

/// 429 in the form that the caller reads: a page for people, JSON for programs.
fn slow_down(request: &Request<'_>, place: Place, wait: Seconds) -> Reply {
    let failure = Failure::Limited(wait);
    match place {
        Place::Api => api::slow_down(request, wait),
        Place::Authorize => outcome::refusal_page(request, "authorize", &failure),
        Place::Consent => outcome::refusal_page(request, "consent", &failure),
        Place::DeviceConsent => outcome::refusal_page(request, "device", &failure),
        place if place.is_page() || place == Place::Logout => outcome::error_page(request, &failure),
        _ => failure.into_json(request, place.name(), &wire::unread(request.realm)),
    }
}

/// Every place and who answers there.
async fn handle(request: &Request<'_>, place: Place) -> Reply {
    match place {
        Place::Token => token::handle(request).await,
        Place::Par => par::handle(request).await,
        Place::Introspect => introspect::handle(request).await,
        Place::Usage => usage::handle(request).await,
        Place::Revoke => revoke::handle(request).await,
        Place::Userinfo => userinfo::handle(request).await,
        Place::Jwks => jwks::handle(request),
        Place::Register => register::handle(request).await,
        Place::Registration => register::manage::handle(request).await,
        Place::AuthorizationServer => discovery::handle(request, discovery::Kind::AuthorizationServer),
        Place::OpenidConfiguration => discovery::handle(request, discovery::Kind::OpenidConfiguration),
        Place::ProtectedResource(index) => discovery::handle(request, discovery::Kind::ProtectedResource(index)),
        Place::Authorize => authorize::handle(request).await,
        Place::Login if *request.method() == Method::POST => login::handle(request).await,
        Place::Consent if *request.method() == Method::POST => consent::handle(request).await,
        Place::Handover => handover::handle(request).await,
        Place::UpstreamLeave => upstream::leave(request).await,
        Place::UpstreamBack => upstream::come_back(request).await,
        Place::DeviceCode => device_code::handle(request).await,
        Place::Device => device::handle(request).await,
        Place::DeviceConsent if *request.method() == Method::POST => device::answer(request).await,
        Place::Logout => logout::handle(request).await,
        Place::LogoutForm if *request.method() == Method::POST => logout::confirmed(request).await,
        // Somebody came back to a form's address, by its history or by hand.
        Place::Login | Place::Consent | Place::DeviceConsent | Place::LogoutForm => {
            outcome::error_with(request, StatusCode::BAD_REQUEST, "form_expired", None)
        }
        Place::Console => console::handle(request).await,
        Place::Portal => portal::handle(request).await,
        Place::Shortcut(index) => home::shortcut(request, index),
        Place::StatusList => status_list::handle(request).await,
        Place::Account(page) => account::handle(request, page).await,
        Place::Reset => reset::handle(request).await,
        Place::Api => api::handle(request).await,
        Place::Gate(proxy) => gate::handle(request, proxy).await,
        Place::GateTicket => gate::ticket::handle(request).await,
        Place::GateEmqx => gate::emqx::handle(request).await,
        Place::Home => home::handle(request),
        Place::Asset => home::asset(request),
    }
}

const fn methods(place: Place) -> &'static str {
    match place {
        Place::Token | Place::Par | Place::Revoke | Place::Register | Place::DeviceCode | Place::GateTicket => {
            "POST, OPTIONS"
        }
        Place::Registration => "GET, HEAD, PUT, DELETE, OPTIONS",
        Place::Introspect | Place::Usage => "POST",
        Place::Userinfo => "GET, HEAD, POST, OPTIONS",
        Place::Jwks
        | Place::StatusList
        | Place::AuthorizationServer
        | Place::OpenidConfiguration
        | Place::ProtectedResource(_) => "GET, HEAD, OPTIONS",
        // A pushed request is opened, a code given away, and a session ended, once: a HEAD would do it for nobody.
        Place::Authorize | Place::Logout => "GET, POST",
        Place::Login
        | Place::Consent
        | Place::Device
        | Place::DeviceConsent
        | Place::LogoutForm
        | Place::Reset
        | Place::Account(_)
        | Place::Console
        | Place::Portal => "GET, HEAD, POST",
        // What it does is done once: a HEAD would do it for nobody.
        Place::Handover | Place::UpstreamBack => "GET",
        Place::UpstreamLeave => "POST",
        Place::Home | Place::Asset | Place::Shortcut(_) => "GET, HEAD",
        // Which of them depends on the path; the API says so itself.
        Place::Api => "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
        // Some proxies ask with the method of the guarded request.
        Place::Gate(_) | Place::GateEmqx => "",
    }
}

/// Endpoints that pages of any origin may call: public, or proved by what the request carries. Never `/authorize`.
const fn shared(place: Place) -> bool {
    matches!(
        place,
        Place::Token
            | Place::Par
            | Place::Revoke
            | Place::GateTicket
            | Place::Userinfo
            | Place::Register
            | Place::Registration
            | Place::DeviceCode
            | Place::Jwks
            | Place::StatusList
            | Place::AuthorizationServer
            | Place::OpenidConfiguration
            | Place::ProtectedResource(_)
    )
}

fn refuse_method(place: Place, method: &Method) -> Option<Reply> {
    let allowed = methods(place);
    if matches!(place, Place::Api | Place::Gate(_) | Place::GateEmqx) {
        return None;
    }
    if *method == Method::OPTIONS && shared(place) {
        return Some(reply::preflight(allowed));
    }
    let listed = allowed
        .split(", ")
        .any(|one| one == method.as_str() && one != "OPTIONS");
    (!listed).then(|| reply::method_not_allowed(allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_does_not_do_for_nobody_what_a_get_does_once() {
        for place in [Place::Authorize, Place::Logout, Place::Handover, Place::UpstreamBack] {
            assert!(refuse_method(place, &Method::GET).is_none(), "{place:?}");
            let refused = refuse_method(place, &Method::HEAD).map(|reply| reply.status());
            assert_eq!(refused, Some(StatusCode::METHOD_NOT_ALLOWED), "{place:?}");
        }
    }
}
