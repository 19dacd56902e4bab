//! Login at another provider: the browser goes there with a sealed attempt as `state`, comes back with a code, and what the
//! provider then says of the user becomes a session. Which answers count, and who the user is, the core says
//! (`grantd_core::upstream`). Another browser than the one that went gets nothing.

mod exchange;

use super::attempts::{count_one, counter};
use super::begin::{self, Kept, Proved};
use super::form::{Size, Stop, answered, expired, received};
use super::handover::sealed::{self, Kind};
use super::login::{opened, way_back};
use super::outcome::{self, Arrival};
use super::{browser, facts, second_step};
use crate::error::{Failure, Fault};
use crate::rate::{self, address_key};
use crate::reply::Reply;
use crate::request::Request;
use crate::wire;
use grantd_core::admin::Actor;
use grantd_core::handover::{Back, Handed};
use grantd_core::realm::Upstream;
use grantd_core::record::UserRecord;
use grantd_core::upstream::{Admitted, Attempt, Callback, Identity, admit, user_id};
use grantd_protocol::OAuthError;
use grantd_store::{CommitError, Store};
use http::StatusCode;
use std::sync::Arc;

/// How often a lost race is decided again.
const ATTEMPTS: usize = 16;
/// The longest `state`, in characters: with the rest of the request it fits into the 8 KB that servers take as an address.
const MAX_STATE: usize = 6000;
/// Any provider says when the user proved who they are where it is asked for an age (OpenID Connect Core section 3.1.2.1): a
/// year.
const MAX_AGE: &str = "31536000";

/// Sends the browser to a provider: the button was pressed on our login page.
pub async fn leave(request: &Request<'_>) -> Reply {
    answered(request, left(request).await)
}

async fn left(request: &Request<'_>) -> Result<Reply, Stop> {
    let params = received(request, Size::Short)?;
    let (Some(upstream), Some((ticket, back))) = (named(request), opened(request, &params)) else {
        return Ok(expired(request));
    };
    let limit = request.app.limits().login.per_address.map(rate::limit);
    let key = format!(
        "upstream-address|{}|{}",
        request.realm.name(),
        address_key(request.address)
    );
    if let Some(limit) = limit
        && let Err(wait) = count_one(request, limit, counter(&key)).await?
    {
        return Err(Failure::Limited(wait).into());
    }
    let Some(metadata) = exchange::metadata(request, upstream).await else {
        return Ok(failed(request));
    };
    let mut handed = Handed::new(
        request.issuer,
        ticket.bound_to,
        back,
        request.now,
        &*request.app.entropy,
    );
    handed.made_at = ticket.made_at;
    let attempt = Attempt::new(handed, upstream, &*request.app.entropy);
    let state = sealed::seal(request.app, request.realm.name(), Kind::Upstream, &attempt);
    if state.len() > MAX_STATE {
        return Err(OAuthError::invalid_request("the request is too long to be kept while the user logs in").into());
    }
    let mut more = vec![("max_age", MAX_AGE.to_owned())];
    // Whoever is logged in already is here to prove it again, or to be somebody else.
    let session = facts::session(request).await?;
    if session.is_some_and(|facts| facts.session.is_live(request.now)) {
        more.push(("prompt", "login".to_owned()));
    }
    let url = attempt.request(upstream, &metadata, &redirect_uri(request, upstream), state, &more);
    Ok(outcome::onward(request, &url, Arrival::ThroughForm))
}

/// Takes the browser back from a provider.
pub async fn come_back(request: &Request<'_>) -> Reply {
    let outcome = came_back(request).await;
    outcome.unwrap_or_else(|failure| outcome::error_page(request, &failure))
}

async fn came_back(request: &Request<'_>) -> Result<Reply, Failure> {
    let params = wire::query(request.query())?;
    let state = params.get("state").unwrap_or_default();
    let attempt: Option<Attempt> = sealed::open(request.app, request.realm.name(), Kind::Upstream, state);
    let upstream = named(request);
    // Each provider has a way back of its own, so that none can answer for another (RFC 9700 section 4.4).
    let (Some(attempt), Some(upstream)) = (attempt, upstream) else {
        return Ok(expired(request));
    };
    let handed = &attempt.handed;
    let is_its = *attempt.upstream == *upstream.name && handed.issuer == *request.issuer;
    if !is_its || !handed.is_open(request.now) {
        return Ok(expired(request));
    }
    if !browser::holds(request, &handed.bound_to) {
        return Ok(outcome::error_with(request, StatusCode::FORBIDDEN, "cross_site", None));
    }
    let used = handed.answered(request.realm.name());
    if request.app.replayed(std::slice::from_ref(&used)).await?.is_some() {
        return Ok(expired(request));
    }
    let Some(metadata) = exchange::metadata(request, upstream).await else {
        return Ok(failed(request));
    };
    let code = match Callback::read(&params, upstream, &metadata) {
        Callback::Code(code) => code,
        Callback::Refused => return Err(OAuthError::access_denied("the login was refused there").into()),
        Callback::Unusable => return Ok(failed(request)),
    };
    let from = redirect_uri(request, upstream);
    match exchange::identity(request, upstream, &metadata, &attempt, &code, &from).await? {
        Some(identity) => log_in(request, upstream, &attempt, &identity).await,
        None => Ok(failed(request)),
    }
}

async fn log_in(
    request: &Request<'_>,
    upstream: &Upstream,
    attempt: &Attempt,
    identity: &Identity,
) -> Result<Reply, Failure> {
    let handed = &attempt.handed;
    let used = handed.answered(request.realm.name());
    let methods = if upstream.hands_on_methods {
        identity.methods.iter().map(String::as_str).collect()
    } else {
        Vec::new()
    };
    let to = way_back(request, &handed.back, &handed.bound_to, handed.made_at);
    for _ in 0..ATTEMPTS {
        if request.app.replayed(std::slice::from_ref(&used)).await?.is_some() {
            return Ok(expired(request));
        }
        let Some(user) = admitted(request, upstream, identity).await? else {
            continue;
        };
        // Their own second step is asked for however the first was proved.
        if second_step::is_needed(&user) {
            request.app.write(Vec::new(), &[used]).await?;
            return second_step::show(request, &user, &to);
        }
        let proved = Proved {
            user: &user,
            methods: &methods,
            spends: Vec::new(),
            used: std::slice::from_ref(&used),
            kept: Kept {
                at: Some(attempt.proved_at(identity)),
                ..Kept::USUAL
            },
        };
        if let Some(reply) = begin::session(request, proved, &to).await? {
            return Ok(reply);
        }
    }
    Err(Fault::Contention(ATTEMPTS).into())
}

/// The user here, made where that is how it is; `None` where somebody else was faster.
async fn admitted(
    request: &Request<'_>,
    upstream: &Upstream,
    identity: &Identity,
) -> Result<Option<UserRecord>, Failure> {
    let (app, realm) = (request.app, request.realm.name());
    let id = user_id(upstream, &identity.subject);
    let found = app.store.user(realm, &id).await?;
    let taken = match &identity.email {
        Some(email) => app
            .store
            .user_by_key(realm, &UserRecord::key_of(email))
            .await?
            .is_some(),
        None => false,
    };
    let (actor, address) = (Actor::oneself(&id), request.address.to_string());
    let deed = request.deed(&actor, &address);
    match admit(identity, upstream, found.as_ref(), taken, &deed)? {
        Admitted::Known => Ok(found),
        Admitted::New(change) => match app.commit(*change).await {
            Ok(_) => Ok(app.store.user(realm, &id).await?),
            Err(CommitError::Conflict) => Ok(None),
            Err(CommitError::Fault(fault)) => Err(fault.into()),
        },
    }
}

/// The provider in the address.
fn named<'a>(request: &'a Request<'_>) -> Option<&'a Upstream> {
    let (_, name) = request.parts.uri.path().rsplit_once('/')?;
    let upstreams = &request.realm.config.realm.upstreams;
    upstreams.iter().find(|upstream| *upstream.name == *name)
}

/// Where the provider sends the browser back to; it is registered there.
fn redirect_uri(request: &Request<'_>, upstream: &Upstream) -> String {
    let (realm, issuer) = (request.realm, request.issuer);
    let page = realm.page_path(issuer, &format!("login/from/{}", upstream.name));
    format!("{}{page}", realm.page_origin(issuer))
}

/// The page for a login that did not work there, or whose answer cannot be believed.
fn failed(request: &Request<'_>) -> Reply {
    outcome::error_with(request, StatusCode::BAD_REQUEST, "upstream_failed", None)
}
