//! From a connection's request to a reply: host and path to a route, the body read within its limit, method to
//! handler. One function for every request, so that what holds for all of them is said once.

use crate::app::App;
use crate::interaction::{authorize, consent, home, login, outcome};
use crate::net::Peer;
use crate::net::body::{self, BodyLimits};
use crate::oauth::{discovery, introspect, jwks, revoke, token, userinfo};
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::router::{Lost, Place};
use crate::telemetry::Route;
use bytes::Bytes;
use http::request::Parts;
use http::{Method, StatusCode};
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
    let route = match serving.router.find(peer.host(&parts.headers), parts.uri.path()) {
        Ok(route) => route,
        Err(Lost::Host) => return reply::empty(StatusCode::MISDIRECTED_REQUEST),
        Err(Lost::Path) => return reply::empty(StatusCode::NOT_FOUND),
    };
    let Some(realm) = serving.realms.get(route.realm) else {
        return reply::empty(StatusCode::NOT_FOUND);
    };
    let mut reply = match refuse_method(route.place, &parts.method) {
        Some(reply) => reply,
        None => match body::read(&parts.headers, body, limits).await {
            Err(refusal) => reply::empty(refusal.status()),
            Ok(body) => {
                let request = Request {
                    app,
                    realm,
                    issuer: &route.issuer,
                    parts,
                    body,
                    address: peer.address,
                    id: peer.request_id,
                    now: app.now(),
                };
                handle(&request, route.place).await
            }
        },
    };
    if shared(route.place) && parts.headers.contains_key(http::header::ORIGIN) {
        reply::share_with_any_origin(&mut reply);
    }
    reply.extensions_mut().insert(Route(route.place.name()));
    reply
}

/// Every place and who answers there.
async fn handle(request: &Request<'_>, place: Place) -> Reply {
    match place {
        Place::Token => token::handle(request).await,
        Place::Introspect => introspect::handle(request).await,
        Place::Revoke => revoke::handle(request).await,
        Place::Userinfo => userinfo::handle(request).await,
        Place::Jwks => jwks::handle(request),
        Place::AuthorizationServer => discovery::handle(request, discovery::Kind::AuthorizationServer),
        Place::OpenidConfiguration => discovery::handle(request, discovery::Kind::OpenidConfiguration),
        Place::Authorize => authorize::handle(request).await,
        Place::Login if *request.method() == Method::POST => login::handle(request).await,
        Place::Consent if *request.method() == Method::POST => consent::handle(request).await,
        // Somebody came back to a form's address, by its history or by hand.
        Place::Login | Place::Consent => outcome::error_with(request, StatusCode::BAD_REQUEST, "form_expired", None),
        Place::Home => home::handle(request),
        Place::Asset => home::asset(request),
    }
}

const fn methods(place: Place) -> &'static str {
    match place {
        Place::Token | Place::Revoke | Place::Introspect => "POST, OPTIONS",
        Place::Userinfo => "GET, HEAD, POST, OPTIONS",
        Place::Jwks | Place::AuthorizationServer | Place::OpenidConfiguration => "GET, HEAD, OPTIONS",
        Place::Authorize | Place::Login | Place::Consent => "GET, HEAD, POST",
        Place::Home | Place::Asset => "GET, HEAD",
    }
}

/// Endpoints that pages of any origin may call: public, or proved by what the request carries. Never `/authorize`.
const fn shared(place: Place) -> bool {
    matches!(
        place,
        Place::Token
            | Place::Revoke
            | Place::Userinfo
            | Place::Jwks
            | Place::AuthorizationServer
            | Place::OpenidConfiguration
    )
}

fn refuse_method(place: Place, method: &Method) -> Option<Reply> {
    let allowed = methods(place);
    if *method == Method::OPTIONS && shared(place) {
        return Some(reply::preflight(allowed));
    }
    let listed = allowed
        .split(", ")
        .any(|one| one == method.as_str() && one != "OPTIONS");
    (!listed).then(|| reply::method_not_allowed(allowed))
}
