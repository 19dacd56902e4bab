//! `POST /token`: parse, authenticate, load facts, decide, mint, sign, commit, render. The decisions are the core's;
//! here is the order of the steps, and the loop that decides again when a race was lost.

use super::{authenticate, dpop, jwt_bearer, present};
use crate::config::Endpoint;
use crate::error::{Failure, Fault};
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::status;
use crate::telemetry::LoggedClient;
use crate::wire::{self, Asked, TokenReply, Voice};
use grantd_core::SingleUse;
use grantd_core::attempts::Limit;
use grantd_core::change::Change;
use grantd_core::client_auth::AuthenticatedClient;
use grantd_core::grant::jwt_bearer::Asserted;
use grantd_core::grant::{
    self, Approved, TokenRequest, authorization_code, client_credentials, device_code, refresh_token, token_exchange,
};
use grantd_core::record::code::Delegation;
use grantd_core::record::{ClientRecord, DeviceAnswer, MembershipRecord, TenantAppRecord, TenantRecord};
use grantd_core::refusal::Refusal;
use grantd_core::tenant_app::is_foreign;
use grantd_core::tightening::broken_by_token_request;
use grantd_core::token::introspect::is_live;
use grantd_core::token::mint::{AccessToken, Minted, mint};
use grantd_protocol::entropy::draw;
use grantd_protocol::id::{CodeId, DeviceId};
use grantd_protocol::{ErrorCode, OAuthError, ScopeSet, Seconds};
use grantd_store::{CommitError, Store};
use http::StatusCode;
use std::borrow::Cow;

/// How often a lost race is decided again. Each loss means that somebody else won, so that few are ever needed.
const ATTEMPTS: usize = 16;
/// Failed redemptions of one code: enough for every honest retry, not for searching a verifier.
const WRONG_REDEMPTIONS: Limit = Limit {
    burst: 200,
    period: Seconds(60),
};
/// Polls of one device that come too early: a device that does not learn from being told is made to wait.
const EARLY_POLLS: Limit = Limit {
    burst: 30,
    period: Seconds(60),
};

/// Answers a request.
pub async fn handle(request: &Request<'_>) -> Reply {
    let asked = match wire::receive(request, wire::Purpose::Token).await {
        Ok(asked) => asked,
        Err(unread) => return unread.into_json(request, "token"),
    };
    match issue(request, &asked).await {
        Ok(reply) => reply,
        Err(failure) => failure.into_json(request, "token", &asked.voice),
    }
}

async fn issue(request: &Request<'_>, asked: &Asked) -> Result<Reply, Failure> {
    let token_request = TokenRequest::parse(&asked.params)?;
    let client = authenticate::client(request, asked, Endpoint::Token).await?;
    let client = dpop::bind_tokens(request, client, Endpoint::Token).await?;
    let context = request.context();
    let asserted = match &token_request {
        TokenRequest::JwtBearer(asked) => match jwt_bearer::read(request, asked, &client, &context).await {
            Ok(asserted) => Some(asserted),
            Err(failure) => return authenticate::spent(request, &client, Err(failure)).await,
        },
        _ => None,
    };
    let used = &*spends(&client, asserted.as_ref());
    let mut listed = None;
    for _ in 0..ATTEMPTS {
        let mut approved = match decide(request, &token_request, &client, asserted.as_ref()).await? {
            Ok(approved) => approved,
            Err(refusal) => match refuse(request, &token_request, refusal, used).await {
                Some(failure) => return Err(failure),
                None => continue,
            },
        };
        if listed.is_none() {
            listed = status::listed(request.app, &request.realm.config, request.issuer, &client).await?;
        }
        approved.status.clone_from(&listed);
        let mut minted = mint(
            approved,
            &client,
            &request.app.refresh_key,
            &context,
            &*request.app.entropy,
        );
        minted.change.spend(used);
        let issued_type =
            matches!(token_request, TokenRequest::TokenExchange(_)).then_some(token_exchange::ACCESS_TOKEN);
        let body = sign(request, &minted, issued_type, &asked.voice)?;
        match request.app.commit(minted.change).await {
            Ok(_) => {
                request
                    .app
                    .metrics
                    .token_issued(request.realm.name(), token_request.grant_type().as_str());
                let realm = &request.realm.config.realm;
                let broken = broken_by_token_request(&token_request, &asked.params, &client, realm);
                let usage = &request.app.usage;
                usage.found(&realm.name, &client.client_id, &broken, request.now);
                if let Some(scope) = asked.params.get("scope").and_then(|text| ScopeSet::parse(text).ok()) {
                    usage.asked(realm, &client.client_id, &scope);
                }
                let mut reply = reply::json_bytes(StatusCode::OK, body);
                reply.extensions_mut().insert(LoggedClient(client.client_id.clone()));
                dpop::offer_nonce(request, &mut reply);
                return Ok(reply);
            }
            Err(CommitError::Conflict) => {
                if let Some(replayed) = request.app.replayed(used).await? {
                    return Err(replayed.into());
                }
            }
            Err(CommitError::Fault(fault)) => return Err(fault.into()),
        }
    }
    Err(Fault::Contention(ATTEMPTS).into())
}

/// What the request's proofs spend, whatever becomes of it: those of the client, and another server's word.
fn spends<'a>(client: &'a AuthenticatedClient, asserted: Option<&Asserted<'_>>) -> Cow<'a, [SingleUse]> {
    match asserted {
        None => Cow::Borrowed(client.used()),
        Some(asserted) => Cow::Owned([client.used(), std::slice::from_ref(asserted.used())].concat()),
    }
}

/// Loads what the grant needs to know, and decides. `asserted` is there for an assertion.
async fn decide(
    request: &Request<'_>,
    token_request: &TokenRequest,
    client: &AuthenticatedClient,
    asserted: Option<&Asserted<'_>>,
) -> Result<Result<Approved, Refusal>, Failure> {
    let app = request.app;
    let context = request.context();
    Ok(match token_request {
        TokenRequest::ClientCredentials(asked) => {
            let tenant = match &client.tenant {
                Some(tenant) => app.store.tenant(&context.realm.name, tenant).await?,
                None => None,
            };
            client_credentials::require_tenant(client, tenant.as_ref())
                .and_then(|()| client_credentials::decide(asked, client, &context))
        }
        TokenRequest::AuthorizationCode(asked) => {
            let code = match asked.bearer(context.realm) {
                Some(bearer) => app.store.code(CodeId::from_bytes(bearer.id)).await?,
                None => None,
            };
            let membership = match &code {
                Some(facts) => membership(request, &facts.code.delegation).await?,
                None => None,
            };
            let facts = authorization_code::Facts {
                code,
                membership,
                salt: draw(&*app.entropy),
            };
            authorization_code::decide(asked, client, &facts, &context)
        }
        TokenRequest::DeviceCode(asked) => {
            let id = asked.bearer(context.realm).map(|bearer| bearer.id);
            // The device first: who reads that it was allowed reads its code too, since both come with one commit.
            let device = match id {
                Some(id) => app.store.device(DeviceId::from_bytes(id)).await?,
                None => None,
            };
            let coded = device
                .as_ref()
                .is_none_or(|device| device.answer == Some(DeviceAnswer::Allowed));
            let code = match id.filter(|_| coded) {
                Some(id) => app.store.code(CodeId::from_bytes(id)).await?,
                None => None,
            };
            let membership = match &code {
                Some(facts) => membership(request, &facts.code.delegation).await?,
                None => None,
            };
            let facts = device_code::Facts {
                code,
                device,
                membership,
                salt: draw(&*app.entropy),
            };
            device_code::decide(asked, client, &facts, &context)
        }
        TokenRequest::TokenExchange(asked) => {
            let subject = found(request, asked.subject_token()).await?;
            let (tenant, apps) = exchanged_in(request, subject.as_ref(), client).await?;
            let facts = token_exchange::Facts {
                subject,
                actor: match asked.actor_token() {
                    Some(token) => found(request, token).await?,
                    None => None,
                },
                tenant,
                apps,
            };
            token_exchange::decide(asked, client, &facts, &context)
        }
        TokenRequest::JwtBearer(asked) => {
            let asserted = asserted.ok_or(OAuthError::invalid_request("assertion is missing"))?;
            let facts = jwt_bearer::facts_of(request, asserted, client).await?;
            grant::jwt_bearer::decide(asked, asserted, client, &facts, &context, &*app.entropy)
        }
        TokenRequest::RefreshToken(asked) => {
            let family = app.store.family(asked.value(context.realm).family()).await?;
            let membership = match &family {
                Some(facts) => membership(request, &facts.family.delegation).await?,
                None => None,
            };
            let facts = refresh_token::Facts { family, membership };
            refresh_token::decide(asked, client, &facts, &app.refresh_key, &context)
        }
    })
}

/// A token that is presented to be exchanged.
async fn found(request: &Request<'_>, text: &str) -> Result<Option<token_exchange::Found>, Failure> {
    let Some(facts) = present::access(request, text).await? else {
        return Ok(None);
    };
    let realm = request.realm.name();
    let client = request.app.client(realm, &facts.token.client_id).await?;
    let live = is_live(&facts, client.as_deref(), request.now);
    Ok(Some(token_exchange::Found { facts, live }))
}

/// The tenant that an exchanged token acts in, and what it decided about the client that exchanges; neither is read where the
/// client needs nobody's word.
async fn exchanged_in(
    request: &Request<'_>,
    subject: Option<&token_exchange::Found>,
    client: &ClientRecord,
) -> Result<(Option<TenantRecord>, Vec<TenantAppRecord>), Failure> {
    let realm = &request.realm.config.realm;
    let tenant = subject.and_then(|subject| subject.facts.token.tenant.as_ref());
    let Some(tenant) = tenant.filter(|tenant| is_foreign(client, tenant, realm)) else {
        return Ok((None, Vec::new()));
    };
    let fates = request.app.fates(realm, request.now);
    Ok(fates.word(tenant, &client.client_id).await?)
}

/// The user's place in the delegation's tenant.
pub(super) async fn membership(
    request: &Request<'_>,
    delegation: &Delegation,
) -> Result<Option<MembershipRecord>, Failure> {
    let Some(tenant) = &delegation.tenant else {
        return Ok(None);
    };
    let memberships = request
        .app
        .store
        .memberships(&delegation.realm, &delegation.user)
        .await?;
    Ok(memberships
        .into_iter()
        .find(|membership| membership.tenant.id == *tenant))
}

/// Writes what the refusal wants written before the client hears of it: a replay that could not be acted on is a
/// 503, never a quiet `invalid_grant`. A refusal spends what the client proved itself with, like a success. `None` where
/// what the refusal was decided on is no longer so: decide again.
async fn refuse(
    request: &Request<'_>,
    token_request: &TokenRequest,
    refusal: Refusal,
    used: &[SingleUse],
) -> Option<Failure> {
    if let Err(wait) = held_up(request, token_request, &refusal) {
        return Some(Failure::Limited(wait));
    }
    let app = request.app;
    let guarded = !refusal.guards.is_empty();
    let mut change = Change::new(app.change_id(request.now), refusal.writes);
    change.guards = refusal.guards;
    match app.settle(change, used).await {
        Ok(()) => Some(refusal.error.into()),
        Err(Failure::Fault(Fault::Contention(_))) if guarded => None,
        Err(failure) => Some(failure),
    }
}

/// A refusal that ends nothing is counted against the code, so that nobody can search for a verifier, and one that comes
/// too early against the device. One that ends something, or a success, is never held up by such a count.
fn held_up(request: &Request<'_>, token_request: &TokenRequest, refusal: &Refusal) -> Result<(), Seconds> {
    let realm = &request.realm.config.realm;
    let count = |limit, name, id: &[u8; 16]| {
        let key = (name, CodeId::from_bytes(*id).to_string());
        request.app.limiter.count(limit, key, request.now)
    };
    match token_request {
        TokenRequest::AuthorizationCode(asked) if refusal.writes.is_empty() => asked
            .bearer(realm)
            .map_or(Ok(()), |bearer| count(WRONG_REDEMPTIONS, "code", &bearer.id)),
        TokenRequest::DeviceCode(asked) if refusal.error.code() == ErrorCode::SlowDown => asked
            .bearer(realm)
            .map_or(Ok(()), |bearer| count(EARLY_POLLS, "device-poll", &bearer.id)),
        _ => Ok(()),
    }
}

/// Signs what needs a signature, and writes the reply of RFC 6749 section 5.1.
fn sign(
    request: &Request<'_>,
    minted: &Minted,
    issued_token_type: Option<&str>,
    voice: &Voice,
) -> Result<Vec<u8>, Fault> {
    let realm = &request.realm.config.realm;
    let ring = &request.realm.ring;
    let signed;
    let access_token = match &minted.access {
        AccessToken::Opaque(text) => text.expose(),
        AccessToken::Jwt(payload) => {
            signed = ring.signer(realm.access.algorithm)?.sign(&realm.access.typ, payload)?;
            &signed
        }
    };
    let id_token = match &minted.id_token {
        Some(claims) => {
            let algorithm = realm.id_token.algorithm;
            let payload = claims.payload(access_token, algorithm);
            Some(ring.signer(algorithm)?.sign("JWT", &payload)?)
        }
        None => None,
    };
    Ok(voice.tokens(&TokenReply {
        access_token,
        token_type: minted.token_type,
        expires_in: minted.expires_in.get(),
        refresh_token: minted.refresh.as_ref().map(grantd_protocol::Secret::expose),
        refresh_expires_in: minted.refresh_expires_in,
        scope: &minted.scope,
        id_token: id_token.as_deref(),
        issued_token_type,
        authorization_details: minted.details.as_ref(),
    }))
}
