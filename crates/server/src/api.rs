//! The admin API: JSON over HTTP, protected by this server's own tokens. What there is stands in one table
//! ([`route::all`]); the OpenAPI document and the tests of who may do what are made from the same table. Decisions are
//! the core's (`grantd_core::admin`); a handler here loads facts, lets decide, commits once, and renders.

mod answer;
mod api_keys;
mod apps;
mod audit;
mod authenticate;
mod call;
mod clients;
mod commit;
mod cursor;
mod developers;
pub mod findings;
mod gather;
mod grants;
mod handover;
pub(crate) mod inside;
mod keys;
mod links;
mod members;
mod once;
pub mod openapi;
mod problem;
mod realm;
mod refusals;
mod refused;
mod registrations;
mod reviews;
mod roles;
pub mod route;
mod schema;
mod secrets;
mod service_accounts;
mod sessions;
mod sorting;
mod tenants;
mod tokens;
mod usage;
mod users;
mod webhooks;

use crate::config::Endpoint;
use crate::net::RequestId;
use crate::oauth::dpop;
use crate::rate;
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::telemetry::LoggedClient;
use answer::Answer;
use call::{Call, Query};
use grantd_core::admin::Actor;
use grantd_protocol::Seconds;
use http::header::{ALLOW, ETAG};
use http::{HeaderValue, Method, StatusCode};
use problem::Problem;
use std::sync::Arc;

/// The version that is part of every address.
pub const VERSION: &str = "/v1";

/// How long the OpenAPI document may be kept, in seconds.
const MAX_AGE: u32 = 300;

/// Answers a request below the API's base address.
pub async fn handle(request: &Request<'_>) -> Reply {
    let path = request.parts.uri.path();
    let base = base_path(request);
    let Some(below) = path.strip_prefix(&*base) else {
        return Problem::Unknown.into_reply(request);
    };
    if below == "/openapi.json" {
        return document(request);
    }
    let Some(below) = below.strip_prefix(VERSION) else {
        return Problem::Unknown.into_reply(request);
    };
    let found = route::find(request.method(), below);
    match found {
        route::Found::Nothing => Problem::Unknown.into_reply(request),
        route::Found::Methods(allowed) if *request.method() == Method::OPTIONS => {
            allowing(reply::empty(StatusCode::NO_CONTENT), &allowed)
        }
        route::Found::Methods(allowed) => allowing(Problem::Method.into_reply(request), &allowed),
        route::Found::Route(route, segments) => answered(request, route, segments).await,
    }
}

async fn answered(request: &Request<'_>, route: &'static route::Route, segments: route::Segments) -> Reply {
    let actor = match authenticate::actor(request).await {
        Ok(actor) => actor,
        Err(problem) => {
            let mut reply = problem.into_reply(request);
            dpop::offer_nonce(request, &mut reply);
            return reply;
        }
    };
    let client_id = Arc::clone(actor.client_id());
    let performed = match within_rate(request, &actor) {
        Ok(()) => performed(request, route, segments, &actor).await,
        Err(problem) => Err(problem),
    };
    let mut reply = match performed {
        Ok(answer) => answer.into_reply(request),
        Err(problem) => problem.into_reply(request),
    };
    dpop::offer_nonce(request, &mut reply);
    reply.extensions_mut().insert(LoggedClient(client_id));
    reply
}

/// What a route does for an actor: whether they may, what they asked for, and what becomes of it. A refusal for want of
/// permission leaves a line in the audit log.
async fn performed(
    request: &Request<'_>,
    route: &'static route::Route,
    segments: route::Segments,
    actor: &Actor,
) -> Result<Answer, Problem> {
    let answered = match permitted(route, actor) {
        Err(problem) => Err(problem),
        Ok(()) => {
            let query = Query::parse(request.query(), route)?;
            let call = Call::new(request, route, actor, segments, query);
            let answered = (route.handle)(&call).await;
            debug_assert!(
                answered.as_ref().map_or(true, |answer| call.kept_to_the_table(answer)),
                "the conditions of {} {} are not what the table says",
                route.method,
                route.path
            );
            answered
        }
    };
    if let Err(problem) = &answered
        && problem.is_denial()
    {
        audit::denied(request, route, actor, problem).await?;
    }
    answered
}

/// Counts the request against the actor's client.
fn within_rate(request: &Request<'_>, actor: &Actor) -> Result<(), Problem> {
    let Some(rate) = request.app.limits().api.per_client else {
        return Ok(());
    };
    let key = ("client-api", format!("{}|{}", request.realm.name(), actor.client_id()));
    let counted = request.app.limiter.count(rate::limit(rate), key, request.now);
    counted.map_err(Problem::Limited)
}

/// Whether the actor may use a route at all.
fn permitted(route: &route::Route, actor: &Actor) -> Result<(), Problem> {
    if !actor.may(route.permission) {
        return Err(Problem::Forbidden(route.permission.to_owned()));
    }
    let closed = actor.tenant().is_some() && !route.tenants;
    if closed || (actor.developer().is_some() && !developers::may_use(route)) {
        return Err(Problem::OperatorsOnly);
    }
    Ok(())
}

/// What is said of a request that came too often.
#[must_use]
pub fn slow_down(request: &Request<'_>, wait: Seconds) -> Reply {
    Problem::Limited(wait).into_reply(request)
}

/// What is said of a request whose body was not read.
#[must_use]
pub fn unread(status: StatusCode, id: RequestId) -> Reply {
    problem::bare(status, id)
}

fn document(request: &Request<'_>) -> Reply {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return allowing(Problem::Method.into_reply(request), "GET, HEAD");
    }
    let Some(document) = request.realm.openapi() else {
        return Problem::Unknown.into_reply(request);
    };
    if request.has(&document.etag) {
        return reply::not_modified(&document.etag, MAX_AGE);
    }
    let mut reply = reply::document(document.body.clone(), &document.etag, MAX_AGE);
    reply
        .headers_mut()
        .extend(HeaderValue::try_from(&document.etag).ok().map(|tag| (ETAG, tag)));
    reply
}

/// The path of the API's base address.
pub(crate) fn base_path(request: &Request<'_>) -> Arc<str> {
    let url = request.realm.config.endpoints.url(Endpoint::Api);
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default().into()
}

fn allowing(mut reply: Reply, allowed: &str) -> Reply {
    reply
        .headers_mut()
        .extend(HeaderValue::try_from(allowed).ok().map(|allowed| (ALLOW, allowed)));
    reply
}
