//! The user's answer, and what it makes: a grant that remembers it, and a code that carries it to the client.

use super::decide::{Candidate, Facts, candidates, is_live};
use super::level;
use super::request::AuthorizationRequest;
use super::shown::Shown;
use crate::change::{Change, Guard, Write};
use crate::grant::context::{Context, access_lifetime};
use crate::record::code::{Authentication, Delegation, DelegationMore};
use crate::record::{Binding, ClientRecord, CodeRecord, GrantRecord, SessionClient, SessionFacts};
use crate::tenant_app::{self, Barrier};
use grantd_protocol::id::{ChangeId, CodeId, FamilyId, GrantId, SessionId};
use grantd_protocol::{Bearer, Entropy, ErrorCode, Namespace, OAuthError, ScopeSet, Seconds, Secret, Timestamp};
use std::sync::Arc;

/// What the user answered on the consent page.
#[derive(Clone, Debug)]
pub struct ConsentAnswer {
    /// What the page showed, whatever the client or the role have become since. `None` where no page was shown.
    pub shown: Option<Shown>,
    /// The tenant that was chosen.
    pub tenant: Option<String>,
    /// The optional permissions that were ticked.
    pub ticked: ScopeSet,
    /// For how long.
    pub duration: Duration,
}

/// How long a grant lasts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Duration {
    /// Until the user removes it.
    #[default]
    UntilRemoved,
    /// Thirty days.
    ThirtyDays,
    /// Until this browser session ends.
    Session,
    /// As it was (no page was shown).
    AsBefore,
}

/// A consent that can be committed.
#[derive(Debug)]
pub struct Approval {
    /// The code for the client.
    pub code: Secret,
    /// What to commit before the client sees it.
    pub change: Change,
}

/// Why an answer cannot be taken: the page is shown again and says so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ConsentProblem {
    /// There are several tenants and none was chosen, or one that is not the user's.
    TenantNotChosen,
    /// The tenant that was chosen blocked the application, or has not allowed it yet.
    Barred(Box<Barrier>),
    /// The page said that the answer goes somewhere else. Nobody but the user is told: neither address is to be trusted.
    Moved,
    /// The client must be told.
    Refused(OAuthError),
}

/// Decides what an "allow" makes.
///
/// # Errors
/// See [`ConsentProblem`].
pub fn allow(
    request: &AuthorizationRequest,
    session: &SessionFacts,
    facts: &Facts,
    answer: &ConsentAnswer,
    context: &Context<'_>,
    entropy: &dyn Entropy,
) -> Result<Approval, ConsentProblem> {
    if answer.shown.as_ref().is_some_and(|shown| !shown.leads_to(request)) {
        return Err(ConsentProblem::Moved);
    }
    if !is_live(session, context.now) {
        let over = OAuthError::new(ErrorCode::LoginRequired, "the user is not logged in any more");
        return Err(ConsentProblem::Refused(over));
    }
    let candidates = candidates(request, facts, context).map_err(ConsentProblem::Refused)?;
    let chosen = match (candidates.as_slice(), answer.tenant.as_deref()) {
        ([only], None) => only,
        (several, Some(tenant)) => several
            .iter()
            .find(|candidate| candidate.tenant() == Some(tenant))
            .ok_or(ConsentProblem::TenantNotChosen)?,
        _ => return Err(ConsentProblem::TenantNotChosen),
    };
    if let Some(barrier) = chosen.barrier() {
        return Err(ConsentProblem::Barred(Box::new(barrier)));
    }
    let in_tenant = |grant: &&GrantRecord| grant.tenant.as_deref() == chosen.tenant() && grant.ended_at.is_none();
    let grant = facts.grants.iter().find(in_tenant);
    approve(request, session, chosen, grant, answer, context, entropy).map_err(ConsentProblem::Refused)
}

/// Makes the code, and makes or widens the grant. `grant` is the one that was not ended, even if it is over by itself.
///
/// # Errors
/// `access_denied` where nothing is left that could be allowed.
pub(super) fn approve(
    request: &AuthorizationRequest,
    session: &SessionFacts,
    candidate: &Candidate,
    grant: Option<&GrantRecord>,
    answer: &ConsentAnswer,
    context: &Context<'_>,
    entropy: &dyn Entropy,
) -> Result<Approval, OAuthError> {
    let silent = answer.duration == Duration::AsBefore;
    let allowed = allowed_scope(request, candidate, grant.filter(|_| silent), answer);
    // What stands for single claims alone is allowed, but the client did not ask for the scope itself.
    let is_asked = |scope: &&str| !request.claim_scope.contains(scope);
    let scope: ScopeSet = allowed.iter().filter(is_asked).collect();
    if scope.is_empty() {
        return Err(OAuthError::access_denied("nothing was allowed"));
    }
    let now = context.now;
    let mut guards = vec![Guard::SessionLive(session.session.id)];
    let tenant = candidate.membership.as_ref().map(|membership| &membership.tenant);
    guards.extend(tenant.and_then(|tenant| tenant_app::guard(&request.client, tenant, context.realm)));
    let mut writes = Vec::with_capacity(3);
    let grant_id = match grant {
        Some(grant) if silent => {
            // The very version that was looked at: it may be narrowed at the same instant.
            guards.push(at_version(grant));
            grant.id
        }
        Some(grant) if goes_on(grant, session.session.id, now) && grant.is_to(&request.client) => {
            guards.push(at_version(grant));
            writes.push(widen(
                grant,
                request,
                &allowed,
                session.session.id,
                answer.duration,
                now,
            ));
            grant.id
        }
        over => {
            let record = begin(request, session, candidate, &allowed, answer.duration, context, entropy);
            guards.push(over.map_or_else(|| no_grant(&record), at_version));
            // A registration that nobody used may expire at this very instant.
            guards.extend((!request.client.origin.is_vouched_for()).then(|| exists(&request.client)));
            writes.extend(over.map(|grant| Write::EndGrant { id: grant.id, at: now }));
            let id = record.id;
            writes.push(Write::InsertGrant(Box::new(record)));
            id
        }
    };
    writes.extend(noted(request, session, &scope, context));
    let claims = request.claims.within(|scope| allowed.contains(scope));
    let more = DelegationMore::of(request.details.clone(), claims);
    let delegation = delegation(request, session, candidate, scope, more, grant_id, context);
    let (code, record) = new_code(request, delegation, context, entropy);
    let change = ChangeId::from_bytes(*record.id.as_bytes());
    writes.push(Write::InsertCode(Box::new(record)));
    let mut change = Change {
        id: change,
        guards,
        writes,
    };
    change.spend(&request.used);
    Ok(Approval { code, change })
}

fn exists(client: &ClientRecord) -> Guard {
    Guard::ClientExists {
        realm: Arc::clone(&client.realm),
        client_id: Arc::clone(&client.client_id),
    }
}

/// That the client wants to hear of the session's end, where it does. The session is a guard of the same change, so that
/// an end at the same instant is not missed.
fn noted(
    request: &AuthorizationRequest,
    session: &SessionFacts,
    scope: &ScopeSet,
    context: &Context<'_>,
) -> Option<Write> {
    let wanted = request.client.openid.wants_logouts() && scope.contains("openid");
    wanted.then(|| {
        Write::NoteSessionClient(Box::new(SessionClient {
            session: session.session.id,
            client_id: Arc::clone(&request.client.client_id),
            realm: Arc::clone(&context.realm.name),
            issuer: Arc::clone(context.issuer),
            user: Arc::clone(&session.session.user),
            due_at: None,
            tries: 0,
            expires_at: session.session.expires_at,
        }))
    })
}

/// Everything required, and of the optional permissions those that were ticked, or, where no page was shown, those
/// that were allowed before.
fn allowed_scope(
    request: &AuthorizationRequest,
    candidate: &Candidate,
    before: Option<&GrantRecord>,
    answer: &ConsentAnswer,
) -> ScopeSet {
    let shown = answer.shown.as_ref();
    let is_optional = |scope: &str| {
        request.client.optional_scopes.contains(scope) || shown.is_some_and(|shown| shown.optional.contains(scope))
    };
    candidate
        .scope
        .iter()
        .filter(|scope| shown.is_none_or(|shown| shown.scope.covers(scope)))
        .filter(|scope| {
            !is_optional(scope)
                || answer.ticked.contains(scope)
                || before.is_some_and(|grant| grant.scope.covers(scope))
        })
        .collect()
}

fn ends(
    duration: Duration,
    session: SessionId,
    now: Timestamp,
    before: Option<&GrantRecord>,
) -> (Option<Timestamp>, Option<SessionId>) {
    match duration {
        Duration::UntilRemoved => (None, None),
        Duration::ThirtyDays => (Some(now.plus(Seconds(30 * 24 * 3600))), None),
        Duration::Session => (None, Some(session)),
        Duration::AsBefore => (
            before.and_then(|grant| grant.expires_at),
            before.and_then(|grant| grant.session),
        ),
    }
}

fn begin(
    request: &AuthorizationRequest,
    session: &SessionFacts,
    candidate: &Candidate,
    scope: &ScopeSet,
    duration: Duration,
    context: &Context<'_>,
    entropy: &dyn Entropy,
) -> GrantRecord {
    let now = context.now;
    let (expires_at, ends_with) = ends(duration, session.session.id, now, None);
    GrantRecord {
        id: GrantId::draw(now, entropy),
        version: 1,
        realm: Arc::clone(&context.realm.name),
        user: Arc::clone(&session.session.user),
        client_id: Arc::clone(&request.client.client_id),
        tenant: candidate.tenant().map(Arc::from),
        scope: scope.clone(),
        resource: Arc::clone(&request.resource),
        redirect_uri: request.redirect.as_str().to_owned(),
        created_at: now,
        updated_at: now,
        expires_at,
        session: ends_with,
        ended_at: None,
    }
}

/// Whether a grant can be widened. One that is over by itself cannot, since what hung off it would come back to life:
/// it expired, or was given for a session that is not this one.
fn goes_on(grant: &GrantRecord, session: SessionId, now: Timestamp) -> bool {
    grant.is_live(now) && grant.session.is_none_or(|ends_with| ends_with == session)
}

pub(crate) fn at_version(grant: &GrantRecord) -> Guard {
    Guard::GrantAt {
        id: grant.id,
        version: grant.version,
    }
}

pub(crate) fn no_grant(record: &GrantRecord) -> Guard {
    Guard::NoGrant {
        realm: Arc::clone(&record.realm),
        user: Arc::clone(&record.user),
        client_id: Arc::clone(&record.client_id),
        tenant: record.tenant.clone(),
    }
}

/// A later consent adds to the grant; tokens carry what their own request was allowed, not the union.
fn widen(
    grant: &GrantRecord,
    request: &AuthorizationRequest,
    scope: &ScopeSet,
    session: SessionId,
    duration: Duration,
    now: Timestamp,
) -> Write {
    let (expires_at, ends_with) = ends(duration, session, now, Some(grant));
    let mut resources: Vec<&str> = grant.resource.split(' ').collect();
    for resource in request.resource.split(' ') {
        if !resources.contains(&resource) {
            resources.push(resource);
        }
    }
    Write::UpdateGrant {
        id: grant.id,
        scope: grant.scope.union(scope),
        resource: resources.join(" ").into(),
        redirect_uri: request.redirect.as_str().to_owned(),
        at: now,
        expires_at,
        session: ends_with,
    }
}

/// What the code stands for. The level of authentication is named now: the methods of the login stay what they were, and
/// what they reach is the realm's to say.
fn delegation(
    request: &AuthorizationRequest,
    session: &SessionFacts,
    candidate: &Candidate,
    scope: ScopeSet,
    more: Option<Box<DelegationMore>>,
    grant: GrantId,
    context: &Context<'_>,
) -> Delegation {
    let login = &session.session.authentication;
    let acr = level::name_of(&login.amr, request.level.as_ref(), &context.realm.openid);
    Delegation {
        realm: Arc::clone(&context.realm.name),
        issuer: Arc::clone(context.issuer),
        client_id: Arc::clone(&request.client.client_id),
        grant,
        session: Some(session.session.id),
        user: Arc::clone(&session.session.user),
        tenant: candidate.tenant().map(Arc::from),
        scope,
        resource: Arc::clone(&request.resource),
        authentication: Authentication { acr, ..login.clone() },
        nonce: request.nonce.clone(),
        bound_to: request.jkt.map(Binding::Key),
        more,
    }
}

fn new_code(
    request: &AuthorizationRequest,
    delegation: Delegation,
    context: &Context<'_>,
    entropy: &dyn Entropy,
) -> (Secret, CodeRecord) {
    let now = context.now;
    let policy = &context.realm.code;
    let id = CodeId::draw(now, entropy);
    let (code, hash) = Bearer::mint(Namespace::Code, &policy.prefix, *id.as_bytes(), entropy);
    let expires_at = now.plus(policy.lifetime);
    let record = CodeRecord {
        id,
        hash,
        family: FamilyId::draw(now, entropy),
        delegation,
        redirect_uri: request.redirect.as_str().to_owned(),
        challenge: request.challenge,
        created_at: now,
        expires_at,
        spent_at: None,
        keep_until: expires_at.plus(access_lifetime(context.realm, &request.client)),
    };
    (code, record)
}

#[cfg(test)]
mod tests;
