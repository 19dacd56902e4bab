//! What the browser sees next: a login, a consent page, or the way back with a code or an error.

use super::consent::{self, Approval, ConsentAnswer, Duration};
use super::request::AuthorizationRequest;
use crate::grant::context::Context;
use crate::permission::ExcessScope;
use crate::permission::{Bounds, of_users_without_role};
use crate::realm::Realm;
use crate::record::{GrantRecord, MembershipRecord, SessionFacts, TenantAppRecord};
use crate::subject;
use crate::tenant_app::{self, Admission, Barrier};
use grantd_protocol::{Entropy, ErrorCode, OAuthError, ScopeSet, Timestamp};

/// What the decision needs to know.
#[derive(Debug, Default)]
pub struct Facts {
    /// The browser's session and its user.
    pub session: Option<SessionFacts>,
    /// Where the user belongs; empty without a session.
    pub memberships: Vec<MembershipRecord>,
    /// What these tenants decided about this client.
    pub apps: Vec<TenantAppRecord>,
    /// The grants that this user gave this client and that were not ended, one for each tenant.
    pub grants: Vec<GrantRecord>,
    /// The subject of a verified `id_token_hint`.
    pub hinted_subject: Option<String>,
    /// When this very request last sent its user to the login page, from a sealed note: a login after that instant is
    /// the one that `prompt=login` asked for.
    pub login_asked_at: Option<Timestamp>,
}

/// What the browser sees next.
#[derive(Debug)]
pub enum Next {
    /// The login page.
    Login {
        /// Whether there is a session already, which must be proved afresh.
        reauthenticate: bool,
    },
    /// The consent page.
    Consent(ConsentPrompt),
    /// Back to the client with a code, without a page: this exact consent was given before.
    Approve(Box<Approval>),
    /// Back to the client with an error.
    Refuse(OAuthError),
    /// A page that says that the application is not open to this user: a developer still works on it.
    Closed(OAuthError),
    /// A page that says that the only tenant there is to act in blocked the application, or has not answered yet.
    Barred(Box<Barrier>),
}

/// Only a developer and those whom they named can allow a draft anything.
const NOT_OPEN: OAuthError =
    OAuthError::access_denied("the application is not open yet: only its developer and their test users can use it");

/// What the consent page asks.
#[derive(Debug)]
pub struct ConsentPrompt {
    /// What is asked, bounded by the client and, where there is one tenant to act in, by the role there.
    pub scope: ScopeSet,
    /// What of it was allowed before.
    pub already_granted: ScopeSet,
    /// What the user may leave out.
    pub optional: ScopeSet,
    /// The tenants to choose from; one is no choice, none means that tenants take no part.
    pub tenants: Vec<TenantChoice>,
}

/// One tenant on the consent page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TenantChoice {
    /// What the form's `tenant` carries.
    pub id: String,
    /// What the user reads.
    pub name: String,
}

/// Decides what comes next.
#[must_use]
pub fn decide(request: &AuthorizationRequest, facts: &Facts, context: &Context<'_>, entropy: &dyn Entropy) -> Next {
    let silent = request.prompt.none;
    if let Some(error) = unmet(request, facts, context) {
        return Next::Refuse(error);
    }
    let Some(session) = usable_session(request, facts, context) else {
        return if silent {
            Next::Refuse(OAuthError::new(
                ErrorCode::LoginRequired,
                "the user is not logged in as this request needs",
            ))
        } else {
            Next::Login {
                reauthenticate: facts.session.as_ref().is_some_and(|facts| is_live(facts, context.now)),
            }
        };
    };
    if !is_open_to(request, session, context.realm) {
        return if silent {
            Next::Refuse(NOT_OPEN)
        } else {
            Next::Closed(NOT_OPEN)
        };
    }
    let candidates = match candidates(request, facts, context) {
        Ok(candidates) => candidates,
        Err(error) => return Next::Refuse(error),
    };
    if let [only] = candidates.as_slice()
        && let Some(barrier) = only.barrier()
    {
        if silent {
            return Next::Refuse(barrier.unseen());
        }
        // Who has not asked yet sees first what for.
        if barrier.admission != Admission::Unasked {
            return Next::Barred(Box::new(barrier));
        }
    } else if let [only] = candidates.as_slice()
        && let Some(grant) = remembered(request, facts, only, context.now)
    {
        let answer = ConsentAnswer {
            shown: None,
            tenant: None,
            ticked: ScopeSet::empty(),
            duration: Duration::AsBefore,
        };
        return consent::approve(request, session, only, Some(grant), &answer, context, entropy)
            .map_or_else(Next::Refuse, |approval| Next::Approve(Box::new(approval)));
    }
    if silent {
        return Next::Refuse(unseen(request, facts, &candidates, context.now));
    }
    Next::Consent(prompt_for(request, facts, &candidates, context.now))
}

/// What a client hears that may not show the page which its user would have to see. Who allowed this somewhere among several
/// places only has to say where; whoever allowed it nowhere has to consent, wherever they could (OpenID Connect Core section
/// 3.1.2.6).
fn unseen(request: &AuthorizationRequest, facts: &Facts, candidates: &[Candidate], now: Timestamp) -> OAuthError {
    let is_allowed = |place: &Candidate| place.barrier().is_none() && remembered(request, facts, place, now).is_some();
    let (code, sentence) = if candidates.iter().any(is_allowed) {
        (ErrorCode::InteractionRequired, "the user must choose a tenant")
    } else {
        (ErrorCode::ConsentRequired, "the user has not allowed this yet")
    };
    OAuthError::new(code, sentence)
}

/// A place where the user could let the client act, and what would be allowed there.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The tenant; `None` where tenants take no part.
    pub membership: Option<MembershipRecord>,
    /// The request's scope, bounded by the role.
    pub scope: ScopeSet,
    /// How the client stands there.
    pub admission: Admission,
}

impl Candidate {
    /// The tenant's id.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.membership.as_ref().map(|membership| &*membership.tenant.id)
    }

    /// Why the user cannot let the client act there, where they cannot.
    #[must_use]
    pub fn barrier(&self) -> Option<Barrier> {
        let membership = self.membership.as_ref();
        let barred = membership.filter(|_| self.admission != Admission::Admitted)?;
        Some(Barrier {
            tenant: barred.tenant.clone(),
            admission: self.admission,
        })
    }
}

/// The places the user can choose from.
///
/// # Errors
/// `access_denied` where there is none: the user belongs to no tenant, not to the one that was named, or may do
/// nothing of what was asked in any of them; or the application is not open to them.
pub fn candidates(
    request: &AuthorizationRequest,
    facts: &Facts,
    context: &Context<'_>,
) -> Result<Vec<Candidate>, OAuthError> {
    let realm = context.realm;
    let session = facts.session.as_ref();
    if !session.is_some_and(|session| is_open_to(request, session, realm)) {
        return Err(NOT_OPEN);
    }
    if !realm.tenants.enabled {
        let bounds = Bounds {
            catalogue: &realm.catalogue,
            client: &request.client.scopes,
            role: Some(&of_users_without_role()),
            excess: ExcessScope::Cut,
        };
        let scope = bounds.grant(&request.shown_scope())?;
        if scope.is_empty() {
            return Err(OAuthError::access_denied("the user may not allow this"));
        }
        return Ok(vec![Candidate {
            membership: None,
            scope,
            admission: Admission::Admitted,
        }]);
    }
    let wanted = |membership: &&MembershipRecord| {
        membership.tenant.enabled
            && request
                .tenant
                .as_deref()
                .is_none_or(|tenant| *tenant == *membership.tenant.id)
    };
    let mut candidates = Vec::new();
    for membership in facts.memberships.iter().filter(wanted) {
        let role = realm.role(&membership.role);
        let bounds = Bounds {
            catalogue: &realm.catalogue,
            client: &request.client.scopes,
            role: Some(&role),
            excess: ExcessScope::Cut,
        };
        let scope = bounds.grant(&request.shown_scope())?;
        if !scope.is_empty() {
            candidates.push(Candidate {
                membership: Some(membership.clone()),
                scope,
                admission: tenant_app::admission(&request.client, &membership.tenant, &facts.apps, realm),
            });
        }
    }
    if candidates.is_empty() {
        return Err(OAuthError::access_denied("the user may not allow this in any tenant"));
    }
    Ok(candidates)
}

/// Whether the user of a session may allow the client anything at all.
fn is_open_to(request: &AuthorizationRequest, session: &SessionFacts, realm: &Realm) -> bool {
    let user = session.user.as_ref();
    user.is_some_and(|user| request.client.admits(user, realm.portal.reviews))
}

/// Where the request must have a level of authentication that it will not get: no login here reaches it, the one that this
/// request just asked for did not, or nobody may be shown a login.
fn unmet(request: &AuthorizationRequest, facts: &Facts, context: &Context<'_>) -> Option<OAuthError> {
    let wish = request.level.as_ref().filter(|wish| wish.essential)?;
    let policy = &context.realm.openid;
    let session = facts.session.as_ref().filter(|facts| is_live(facts, context.now));
    let is_over = |session: &SessionFacts| {
        let is_met = wish.is_met(&session.session.authentication.amr, policy);
        !is_met && (request.prompt.none || is_fresh(facts, session))
    };
    (session.is_some_and(is_over) || !wish.is_attainable(policy)).then_some(OAuthError::new(
        ErrorCode::UnmetAuthenticationRequirements,
        "the login does not reach the level that acr must have",
    ))
}

/// Whether a login is the one that this request asked for.
fn is_fresh(facts: &Facts, session: &SessionFacts) -> bool {
    let logged_in_at = session.session.authentication.at;
    facts.login_asked_at.is_some_and(|asked_at| logged_in_at >= asked_at)
}

/// Whether another login could come closer to the level that the request wishes for. Where no page may be shown, a wish
/// that is not essential goes unheard.
fn is_too_weak(request: &AuthorizationRequest, session: &SessionFacts, realm: &Realm) -> bool {
    let wish = request.level.as_ref();
    let wish = wish.filter(|wish| (wish.essential || !request.prompt.none) && wish.is_attainable(&realm.openid));
    wish.is_some_and(|wish| !wish.is_met(&session.session.authentication.amr, &realm.openid))
}

/// The session, where this request may rely on it.
#[must_use]
pub fn usable_session<'a>(
    request: &AuthorizationRequest,
    facts: &'a Facts,
    context: &Context<'_>,
) -> Option<&'a SessionFacts> {
    let (realm, now) = (context.realm, context.now);
    let session = facts.session.as_ref().filter(|facts| is_live(facts, now))?;
    let logged_in_at = session.session.authentication.at;
    let must_be_fresh = request.prompt.login || request.prompt.select_account;
    let too_old = request.max_age.is_some_and(|max_age| now > logged_in_at.plus(max_age));
    let is_other = |wanted: &str| *wanted != *subject::of_user(realm, &request.client, &session.session.user);
    let wanted = facts
        .hinted_subject
        .as_deref()
        .into_iter()
        .chain(request.subject.as_deref());
    let other_user = wanted.into_iter().any(is_other);
    let stale = !is_fresh(facts, session) && (must_be_fresh || too_old || is_too_weak(request, session, realm));
    (!stale && !other_user).then_some(session)
}

/// Whether the session still stands and its user may act.
#[must_use]
pub fn is_live(facts: &SessionFacts, now: Timestamp) -> bool {
    facts.session.is_live(now)
        && facts
            .user
            .as_ref()
            .is_some_and(|user| user.enabled && user.password_changed_at <= facts.session.created_at)
}

/// The grant that makes a page needless: given for exactly this client, redirect URI, tenant and at least this scope
/// and resource. A client that nobody vouches for is never remembered: anybody can pretend to be it. Neither is a
/// public client behind a loopback address or a private-use scheme, for the same reason (RFC 8252 section 8.6). What is
/// asked in detail is asked each time: a payment is not allowed by an earlier one that looked like it.
fn remembered<'a>(
    request: &AuthorizationRequest,
    facts: &'a Facts,
    candidate: &Candidate,
    now: Timestamp,
) -> Option<&'a GrantRecord> {
    let client = &request.client;
    let redirect_uri = request.redirect.as_str();
    let can_be_impersonated = client.is_public() && !redirect_uri.starts_with("https://");
    if request.prompt.consent || request.details.is_some() || !client.origin.is_vouched_for() || can_be_impersonated {
        return None;
    }
    let grant = grant_for(facts, candidate.tenant(), now)?;
    let session_holds = grant
        .session
        .is_none_or(|id| facts.session.as_ref().is_some_and(|facts| facts.session.id == id));
    let resource_held = request
        .resource
        .split(' ')
        .all(|one| grant.resource.split(' ').any(|held| held == one));
    let required: ScopeSet = candidate
        .scope
        .iter()
        .filter(|scope| !client.optional_scopes.contains(scope))
        .collect();
    (session_holds && resource_held && grant.redirect_uri == redirect_uri && grant.scope.covers_all(&required))
        .then_some(grant)
}

/// The user's live grant to this client in a tenant.
#[must_use]
pub fn grant_for<'a>(facts: &'a Facts, tenant: Option<&str>, now: Timestamp) -> Option<&'a GrantRecord> {
    facts
        .grants
        .iter()
        .find(|grant| grant.tenant.as_deref() == tenant && grant.is_live(now))
}

fn prompt_for(
    request: &AuthorizationRequest,
    facts: &Facts,
    candidates: &[Candidate],
    now: Timestamp,
) -> ConsentPrompt {
    let (scope, already_granted) = match candidates {
        [only] => {
            let granted = grant_for(facts, only.tenant(), now).filter(|grant| grant.is_to(&request.client));
            (
                only.scope.clone(),
                granted.map(|grant| grant.scope.clone()).unwrap_or_default(),
            )
        }
        _ => (request.shown_scope(), ScopeSet::empty()),
    };
    let choice = |membership: &MembershipRecord| TenantChoice {
        id: membership.tenant.id.to_string(),
        name: membership.tenant.name.clone(),
    };
    ConsentPrompt {
        optional: scope
            .iter()
            .filter(|scope| request.client.optional_scopes.contains(scope))
            .collect(),
        already_granted: scope.iter().filter(|scope| already_granted.covers(scope)).collect(),
        scope,
        tenants: candidates
            .iter()
            .filter_map(|candidate| candidate.membership.as_ref())
            .map(choice)
            .collect(),
    }
}

#[cfg(test)]
mod tests;
