//! Login at another provider: the browser goes there with a sealed attempt as `state`, comes back with a code, and what the
//! provider then says of the user becomes a session. Which answers count, and who the user is, the core says
//! (`grantd_core::upstream`). Another browser than the one that went gets nothing, and nobody comes back twice.

mod exchange;

use super::authorize;
use super::begin::{self, Kept, Proved};
use super::credentials::count_address;
use super::form::{Size, Stop, answered, expired, received};
use super::handover::sealed::{self, Kind};
use super::login::{opened, place, way_back};
use super::outcome::{self, Arrival};
use super::second_step::{self, First};
use super::{browser, facts};
use crate::error::{Failure, Fault};
use crate::reply::Reply;
use crate::request::Request;
use crate::wire;
use grantd_core::admin::Actor;
use grantd_core::handover::{Back, Handed};
use grantd_core::realm::Upstream;
use grantd_core::record::UserRecord;
use grantd_core::upstream::{
    Admitted, Attempt, Callback, Found, Freshness, Identity, Turned, admit, holder_key, kept, link_key, own_name,
};
use grantd_jose::base64url_encode;
use grantd_pages::LocalUrl;
use grantd_protocol::{OAuthError, Timestamp};
use grantd_store::{CommitError, Store};
use http::StatusCode;

/// How often a lost race is decided again.
const ATTEMPTS: usize = 16;
/// The longest `state`, in characters: with the rest of the request it fits into the 8 KB that servers take as an address.
const MAX_STATE: usize = 6000;

/// Sends the browser to a provider: the button was pressed on our login page.
pub async fn leave(request: &Request<'_>) -> Reply {
    answered(request, left(request).await)
}

async fn left(request: &Request<'_>) -> Result<Reply, Stop> {
    let params = received(request, Size::Short)?;
    let (Some(upstream), Some((ticket, back))) = (named(request), opened(request, &params)) else {
        return Ok(expired(request));
    };
    // Operators prove who they are here: their form has no such button.
    if matches!(&back, Back::Page(page) if page.starts_with("console")) {
        return Ok(expired(request));
    }
    if let Err(wait) = count_address(request).await? {
        return Err(Failure::Limited(wait).into());
    }
    let session = facts::session(request).await?;
    let again = session.is_some_and(|facts| facts.session.is_live(request.now));
    let freshness = match &back {
        Back::Request(query) => match authorize::read(request, query, Arrival::ThroughForm).await? {
            Ok(asked) => Freshness::of(&asked, &request.realm.config.realm.openid),
            Err(reply) => return Ok(reply),
        },
        // A page of the account that asks again wants to be sure.
        Back::Page(_) if again => Freshness::New,
        Back::Page(_) | Back::Device(_) => Freshness::Any,
    };
    let Some(metadata) = exchange::metadata(request, upstream).await else {
        return Ok(stopped(request, &back, "upstream_failed"));
    };
    let mut handed = Handed::new(
        request.issuer,
        ticket.bound_to,
        back,
        request.now,
        &*request.app.entropy,
    );
    // When the login was asked for: what was proved since then is new.
    handed.made_at = ticket.made_at;
    let attempt = Attempt::new(handed, upstream, freshness, again, &*request.app.entropy);
    let state = sealed::seal(request.app, request.realm.name(), Kind::Upstream, &attempt);
    if state.len() > MAX_STATE {
        return Err(OAuthError::invalid_request("the request is too long to be kept while the user logs in").into());
    }
    let url = attempt.request(upstream, &metadata, &redirect_uri(request, upstream), state);
    Ok(outcome::onward(request, &url, Arrival::ThroughForm))
}

/// Takes the browser back from a provider.
pub async fn come_back(request: &Request<'_>) -> Reply {
    let outcome = came_back(request).await;
    outcome.unwrap_or_else(|failure| outcome::error_page(request, &failure))
}

async fn came_back(request: &Request<'_>) -> Result<Reply, Failure> {
    let params = wire::query(request.query())?;
    let state = params.get("state").filter(|_| !params.is_repeated("state"));
    let state = state.unwrap_or_default();
    let attempt: Option<Attempt> = sealed::open(request.app, request.realm.name(), Kind::Upstream, state);
    // Each provider has a way back of its own, so that none can answer for another (RFC 9700 section 4.4).
    let (Some(attempt), Some(upstream)) = (attempt, named(request)) else {
        return Ok(expired(request));
    };
    let handed = &attempt.handed;
    let is_its = *attempt.upstream == *upstream.name && handed.issuer == *request.issuer;
    if !is_its || !handed.is_open(request.now) {
        return Ok(expired(request));
    }
    // A link with an attacker's own answer would log its victim in as the attacker.
    if !browser::holds(request, &handed.bound_to) {
        return Ok(outcome::error_with(request, StatusCode::FORBIDDEN, "cross_site", None));
    }
    // Whatever comes of it, it is spent: nobody makes this server ask the provider twice.
    match request
        .app
        .write(Vec::new(), &[handed.answered(request.realm.name())])
        .await
    {
        Ok(()) => {}
        Err(Failure::Refused { .. }) => return Ok(expired(request)),
        Err(failure) => return Err(failure),
    }
    let Some(metadata) = exchange::metadata(request, upstream).await else {
        return Ok(stopped(request, &handed.back, "upstream_failed"));
    };
    let code = match Callback::read(&params, upstream, &metadata) {
        Callback::Code(code) => code,
        Callback::Refused => return Ok(stopped(request, &handed.back, "upstream_refused")),
        Callback::Unusable => return Ok(stopped(request, &handed.back, "upstream_failed")),
    };
    let from = redirect_uri(request, upstream);
    let Some(identity) = exchange::identity(request, upstream, &metadata, &attempt, &code, &from).await else {
        return Ok(stopped(request, &handed.back, "upstream_failed"));
    };
    match attempt.proved_at(&identity, request.app.now()) {
        Some(at) => log_in(request, upstream, &attempt, &identity, at).await,
        None => Ok(stopped(request, &handed.back, "upstream_stale")),
    }
}

async fn log_in(
    request: &Request<'_>,
    upstream: &Upstream,
    attempt: &Attempt,
    identity: &Identity,
    at: Timestamp,
) -> Result<Reply, Failure> {
    let handed = &attempt.handed;
    let methods = if upstream.hands_on_methods {
        identity.methods.clone()
    } else {
        Vec::new()
    };
    let to = way_back(request, &handed.back, &handed.bound_to, handed.made_at);
    for _ in 0..ATTEMPTS {
        let user = match admitted(request, upstream, identity).await? {
            Admission::User(user) => *user,
            Admission::Lost => continue,
            Admission::Turned(why) => {
                tracing::info!(upstream = &*upstream.name, %why, "a login at another provider was turned away");
                return Ok(stopped(request, &handed.back, "upstream_unknown"));
            }
        };
        let came = kept::used(identity, upstream, &request.realm.config.realm, request.app.now());
        // Their own second step is asked for however the first was proved.
        if second_step::is_needed(&user) {
            request.app.write(vec![came], &[]).await?;
            let first = First {
                methods,
                at: Some(at),
                link: Some(base64url_encode(link_key(upstream, &identity.subject))),
            };
            return second_step::show(request, &user, &to, first);
        }
        let methods: Vec<&str> = methods.iter().map(String::as_str).collect();
        let proved = Proved {
            user: &user,
            methods: &methods,
            spends: vec![came],
            used: &[],
            kept: Kept {
                at: Some(at),
                ..Kept::USUAL
            },
        };
        if let Some(reply) = begin::session(request, proved, &to).await? {
            return Ok(reply);
        }
    }
    Err(Fault::Contention(ATTEMPTS).into())
}

/// What was found out about who comes from a provider.
enum Admission {
    /// Who they are here.
    User(Box<UserRecord>),
    /// They are not let in.
    Turned(Turned),
    /// Something changed meanwhile: look again.
    Lost,
}

/// The user here, made or linked where that is how it is.
async fn admitted(request: &Request<'_>, upstream: &Upstream, identity: &Identity) -> Result<Admission, Failure> {
    let (app, realm) = (request.app, request.realm.name());
    let linked = match app
        .store
        .linked_user(realm, link_key(upstream, &identity.subject))
        .await?
    {
        None => None,
        Some(id) => match app.store.user(realm, &id).await? {
            // The link goes with its user: it is gone by now.
            None => return Ok(Admission::Lost),
            Some(user) => Some(user),
        },
    };
    let named = match &identity.email {
        Some(email) if linked.is_none() => app.store.user_by_key(realm, &UserRecord::key_of(email)).await?,
        _ => None,
    };
    let name = own_name(upstream, identity);
    let found = Found {
        linked: linked.as_ref(),
        named: named.as_ref(),
        is_held: match &named {
            Some(user) => {
                let held = app
                    .store
                    .linked_user(realm, holder_key(&upstream.issuer, &user.id))
                    .await?;
                held.is_some()
            }
            None => false,
        },
        is_taken: linked.is_none()
            && app
                .store
                .user_by_key(realm, &UserRecord::key_of(&name))
                .await?
                .is_some(),
    };
    // Nobody here yet: the audit log says whose word it was.
    let (actor, address) = (Actor::oneself(&name.into()), request.address.to_string());
    match admit(identity, upstream, found, &request.deed(&actor, &address)) {
        // The session is guarded by the user as they were read, who were not known to be linked still: a link that was
        // taken away in between is looked for once more, and one that is taken away from now on makes another user of them.
        Ok(Admitted::Known) => {
            let key = link_key(upstream, &identity.subject);
            let still = app.store.linked_user(realm, key).await?;
            Ok(match linked {
                Some(user) if still.as_ref() == Some(&user.id) => Admission::User(Box::new(user)),
                _ => Admission::Lost,
            })
        }
        // Whoever is linked now is found in the next round, as they were written.
        Ok(Admitted::New(change)) => match app.commit(*change).await {
            Ok(_) | Err(CommitError::Conflict) => Ok(Admission::Lost),
            Err(CommitError::Fault(fault)) => Err(fault.into()),
        },
        Err(why) => Ok(Admission::Turned(why)),
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

/// The page for a login that came to nothing, with the way to another one.
fn stopped(request: &Request<'_>, back: &Back, code: &str) -> Reply {
    let back = LocalUrl::parse(&place(request, back)).ok();
    outcome::error_with_way_back(request, StatusCode::BAD_REQUEST, code, None, back)
}
