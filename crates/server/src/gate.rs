//! The gate's endpoints: a reverse proxy asks whether a request may pass, and the answer is a status and a few headers. What
//! the proxy tells is read here, facts are loaded, the core decides; whoever is no trusted proxy is not answered.

pub(crate) mod beside;
mod brought;
pub mod emqx;
mod forwarded;
mod needed;
mod render;
pub(crate) mod targets;
pub mod ticket;

use crate::error::Failure;
use crate::oauth::dpop;
use crate::refused;
use crate::reply::Reply;
use crate::request::Request;
use brought::Brought;
use forwarded::Forwarded;
use grantd_core::SingleUse;
use grantd_core::dpop::Shown;
use grantd_core::gate::{Decision, Need, Refused, Sent, Used, Way, decide};
use grantd_core::record::Holder;
use grantd_protocol::{ErrorCode, OAuthError, ScopeSet};
use std::sync::Arc;

/// The proxies whose way of asking is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Proxy {
    /// nginx `auth_request`: `X-Original-Method`, `X-Original-URL`; takes 2xx, 401 and 403.
    Nginx,
    /// Traefik ForwardAuth: `X-Forwarded-*`; hands every other answer on.
    Traefik,
    /// Caddy `forward_auth`: `X-Forwarded-*`.
    Caddy,
    /// HAProxy, by a script that asks as nginx does.
    Haproxy,
    /// Envoy `ext_authz` over HTTP: the request's own method, host and path, below a prefix.
    Envoy,
}

impl Proxy {
    /// Every one.
    pub const ALL: &'static [Self] = &[Self::Nginx, Self::Traefik, Self::Caddy, Self::Haproxy, Self::Envoy];

    /// The last part of the address at which it asks.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Traefik => "traefik",
            Self::Caddy => "caddy",
            Self::Haproxy => "haproxy",
            Self::Envoy => "envoy",
        }
    }
}

/// What the answer says beside the decision.
struct Answer {
    decision: Decision,
    /// The API that the call is for, where it is known.
    resource: Option<Arc<str>>,
}

impl Answer {
    fn refusal(error: OAuthError) -> Self {
        Self {
            decision: Decision::Refuse(Refused::because(error, ScopeSet::empty())),
            resource: None,
        }
    }
}

/// Answers a proxy.
pub async fn handle(request: &Request<'_>, proxy: Proxy) -> Reply {
    match answer(request, proxy).await {
        Ok(answer) => render::reply(request, answer, proxy),
        Err(failure) => failure.into_json(request, "gate", &crate::wire::Voice::STANDARD),
    }
}

async fn answer(request: &Request<'_>, proxy: Proxy) -> Result<Answer, Failure> {
    if !request.from_trusted_proxy {
        return Ok(Answer::refusal(OAuthError::new(
            ErrorCode::AccessDenied,
            "only reverse proxies that are listed in trusted_proxies are answered",
        )));
    }
    let read = forwarded::read(request, proxy).and_then(|told| {
        let need = needed::need(request, proxy, told.as_ref())?;
        Ok((told, need))
    });
    let (told, need) = match read {
        Ok(read) => read,
        Err(error) => return Ok(Answer::refusal(error)),
    };
    let decision = judge(request, told.as_ref(), &need).await?;
    let (Decision::Pass { used, .. } | Decision::Refuse(Refused { used, .. })) = &decision;
    count(request, used.as_ref(), matches!(decision, Decision::Pass { .. }));
    note(request, &decision).await?;
    Ok(Answer {
        decision,
        resource: need.resource,
    })
}

/// Loads what the credential names and lets the core decide. What can be used once is spent by a call that passes, before
/// the proxy hears of it.
async fn judge(request: &Request<'_>, told: Option<&Forwarded<'_>>, need: &Need) -> Result<Decision, Failure> {
    let realm = &request.realm.config.realm;
    let refuse = |error| Decision::Refuse(Refused::because(error, need.scopes.clone()));
    let decided = |sent: &Sent<'_>| decide(need, sent, realm, request.now);
    let (way, text) = match brought::read(request.headers(), told.map(|told| told.query)) {
        Brought::Nothing => return Ok(decided(&Sent::Nothing)),
        Brought::Several => return Ok(decided(&Sent::Several)),
        Brought::One(way, text) => (way, text),
    };
    let proof = if way == Way::Dpop {
        let Some(told) = told else {
            return Ok(refuse(OAuthError::new(
                ErrorCode::InvalidDpopProof,
                "the proxy does not tell the address that the proof is for",
            )));
        };
        match dpop::proof_for(request, (told.method, &told.url()), Some(&text)) {
            Ok(proof) => proof,
            Err(error) => return Ok(refuse(error)),
        }
    } else {
        None
    };
    let mut spends: Option<SingleUse> = proof.as_ref().map(|proof| proof.used().clone());
    let (way, found) = match way {
        Way::Address if ticket::is_one(&text) => {
            let ticket = ticket::open(request, &text);
            spends = ticket.as_ref().map(|ticket| ticket.used(&realm.name));
            let found = match &ticket {
                Some(ticket) => crate::oauth::present::behind(request, ticket.stands_for).await?,
                None => None,
            };
            (Way::Ticket, found)
        }
        way => (way, crate::oauth::present::credential(request, &text, None).await?),
    };
    let decision = decided(&Sent::One {
        way,
        found: found.as_ref().map(|found| found.credential()),
        // What certificate the guarded request was sent with is nowhere said for certain: a proxy that asks hands the
        // client's own headers on. A token that is bound to one does not pass here.
        shown: Shown {
            proof: proof.as_ref(),
            certificate: None,
        },
    });
    let Some(used) = spends.filter(|_| matches!(decision, Decision::Pass { .. })) else {
        return Ok(decision);
    };
    match request.app.write(Vec::new(), std::slice::from_ref(&used)).await {
        Ok(()) => Ok(decision),
        Err(Failure::Refused { error, .. }) => Ok(refuse(error)),
        Err(failure) => Err(failure),
    }
}

/// Notes a refusal for the developer of the client whose credential it was.
async fn note(request: &Request<'_>, decision: &Decision) -> Result<(), Failure> {
    if let Decision::Refuse(refused) = decision
        && let (Some(error), Some(Holder::Client(client_id))) =
            (&refused.error, refused.used.as_ref().map(|used| &used.holder))
        && let Some(client) = request.app.client(request.realm.name(), client_id).await?
    {
        request.concerns(&client);
        refused::tell(request, "gate", error);
    }
    Ok(())
}

/// Counts as introspection does: what the call was about to need, as far as the credential has it; of what a user allowed,
/// what was done.
fn count(request: &Request<'_>, used: Option<&Used>, passes: bool) {
    let Some(Used {
        holder,
        grant,
        permissions,
    }) = used
    else {
        return;
    };
    let (usage, realm) = (&request.app.usage, request.realm.name());
    if matches!(holder, Holder::ApiKey(_)) {
        usage.seen(realm, holder, request.now);
    }
    if let Some(grant) = grant.filter(|_| passes) {
        usage.done(realm, grant, permissions, request.now);
    }
    usage.count(realm, holder, permissions.clone(), request.now);
}
