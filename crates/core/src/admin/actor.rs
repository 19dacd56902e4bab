//! Who calls the admin API, and how far that reaches. A token without a tenant acts on the whole realm; one with a
//! tenant reaches that tenant's objects and no others. Nobody hands out what they do not hold themselves.

use super::permission::is_own;
use super::refused::Refused;
use crate::authorize::decide;
use crate::permission::Catalogue;
use crate::realm::Realm;
use crate::record::{AccessFacts, ClientRecord, MembershipRecord, SessionFacts, TenantRecord, UserRecord};
use crate::token::introspect::is_live;
use grantd_protocol::id::GrantId;
use grantd_protocol::scope::is_pattern;
use grantd_protocol::{ScopeSet, Timestamp};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What stands in the place of a client where a browser's session is what proves the caller. No client has this id: ids are
/// drawn, or are addresses.
const CONSOLE: &str = "console";
/// The same for the developers' portal.
const PORTAL: &str = "developers";
/// What developers may do at all, each of it to their own applications alone.
const DEVELOPERS: &[&str] = &[
    "grantd:clients:read",
    "grantd:clients:write",
    "grantd:tokens:read",
    "grantd:tokens:write",
    "grantd:grants:read",
    "grantd:permissions:read",
];

/// The caller, proved by a live access token ([`authenticate`]) or the session of an operator
/// ([`operator`]) or of a tenant's administrator ([`administrator`]), or the command line.
#[derive(Clone, Debug)]
pub struct Actor {
    client_id: Arc<str>,
    user: Option<Arc<str>>,
    tenant: Option<Arc<str>>,
    /// The token's scope, what its client may have now, and the role's permissions where a role takes part: what the
    /// actor may do lies within all of them.
    bounds: Vec<ScopeSet>,
    /// The role in the tenant.
    role: Option<Arc<str>>,
    /// What a user's token hangs off: with it ends what is made in its name.
    grant: Option<GrantId>,
    name: String,
    /// Whether it reaches its own applications and nothing else.
    own_applications: bool,
}

/// What [`authenticate`] looks at beside the token.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The client that the token was issued to, as it is now.
    pub client: Option<&'a ClientRecord>,
    /// The user's place in the token's tenant, where a user is behind it.
    pub membership: Option<&'a MembershipRecord>,
    /// The token's tenant, as it is now.
    pub tenant: Option<&'a TenantRecord>,
}

/// Why a token opens nothing here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoActor {
    /// It is over, or something that it hangs off is.
    #[error("the access token is expired, revoked or unknown")]
    Dead,
    /// It is good, for another resource (RFC 8707).
    #[error("the access token is for another resource")]
    Elsewhere,
}

/// Judges a token that was found. The role is looked at as it is now, not as it was when the token was issued: who was
/// demoted a second ago acts with the new role.
///
/// # Errors
/// See [`NoActor`].
pub fn authenticate(
    facts: &AccessFacts,
    around: Surroundings<'_>,
    realm: &Realm,
    now: Timestamp,
) -> Result<Actor, NoActor> {
    let token = &facts.token;
    let client = around.client.ok_or(NoActor::Dead)?;
    // Who registered itself is nobody that an operator let in.
    if *token.realm != *realm.name || !is_live(facts, Some(client), now) || !client.origin.is_vouched_for() {
        return Err(NoActor::Dead);
    }
    let here = realm.api.as_ref().ok_or(NoActor::Elsewhere)?;
    if !token.audience.split(' ').any(|one| *one == *here.identifier) {
        return Err(NoActor::Elsewhere);
    }
    let user = (token.subject != token.client_id).then(|| Arc::clone(&token.subject));
    if let Some(id) = &token.tenant
        && !around
            .tenant
            .is_some_and(|tenant| tenant.enabled && tenant.id == *id && tenant.realm == token.realm)
    {
        return Err(NoActor::Dead);
    }
    let mut bounds = vec![token.scope.clone(), client.scopes.clone()];
    let mut role = None;
    match (&user, &token.tenant) {
        // An operator's machine: no role bounds it.
        (None, None) if client.tenant.is_none() => {}
        (None, Some(tenant)) if client.tenant.as_ref() == Some(tenant) => {
            role.clone_from(&client.role);
            bounds.push(role.as_deref().map(|role| realm.role(role)).unwrap_or_default());
        }
        (None, _) => return Err(NoActor::Dead),
        (Some(user), Some(tenant)) => {
            let place = around
                .membership
                .filter(|place| place.user == *user && place.tenant.id == *tenant);
            let place = place.ok_or(NoActor::Dead)?;
            role = Some(Arc::clone(&place.role));
            bounds.push(realm.role(&place.role));
        }
        // Nobody gave a user outside of every tenant a role.
        (Some(_), None) => bounds.push(ScopeSet::empty()),
    }
    let name = match &user {
        Some(user) => format!("user:{user} via client:{}", token.client_id),
        None => format!("client:{}", token.client_id),
    };
    Ok(Actor {
        name,
        client_id: Arc::clone(&token.client_id),
        user,
        tenant: token.tenant.clone(),
        bounds,
        role,
        grant: token.grant,
        own_applications: false,
    })
}

/// Why the session of a browser is none of an operator.
#[derive(Debug)]
pub enum NoOperator {
    /// Nobody who runs this realm.
    Nobody,
    /// It is an operator's, but it began with a password alone, and that is not enough for them: who it would be.
    OneStep(Box<Actor>),
}

/// Judges the session of a browser: whoever the realm's configuration names as an operator acts on the whole realm, within
/// what is written there. Both are looked at as they are now: who was taken off the list a second ago may nothing.
///
/// # Errors
/// [`NoOperator`].
pub fn operator(facts: &SessionFacts, realm: &Realm, now: Timestamp) -> Result<Actor, NoOperator> {
    let user = signed_in(facts, realm, now).ok_or(NoOperator::Nobody)?;
    let operator = realm.operator(&user.username).filter(|_| realm.api.is_some());
    let operator = operator.ok_or(NoOperator::Nobody)?;
    let actor = Actor {
        client_id: CONSOLE.into(),
        user: Some(Arc::clone(&user.id)),
        tenant: None,
        bounds: vec![operator.permitted.clone()],
        role: None,
        grant: None,
        name: format!("user:{} via {CONSOLE}", user.id),
        own_applications: false,
    };
    if operator.is_content_with(&facts.session.authentication.amr) {
        Ok(actor)
    } else {
        Err(NoOperator::OneStep(Box::new(actor)))
    }
}

/// Judges the session of a browser at the developers' portal: whoever the realm lets in there acts on their own
/// applications. `places` is where the user belongs now.
#[must_use]
pub fn developer(facts: &SessionFacts, places: &[MembershipRecord], realm: &Realm, now: Timestamp) -> Option<Actor> {
    let user = signed_in(facts, realm, now)?;
    if realm.api.is_none() || !realm.portal.admits(user, places) {
        return None;
    }
    Some(Actor {
        client_id: PORTAL.into(),
        user: Some(Arc::clone(&user.id)),
        tenant: None,
        bounds: vec![DEVELOPERS.iter().copied().collect()],
        role: None,
        grant: None,
        name: format!("user:{} via {PORTAL}", user.id),
        own_applications: true,
    })
}

/// The user of a session that stands, in this realm.
fn signed_in<'f>(facts: &'f SessionFacts, realm: &Realm, now: Timestamp) -> Option<&'f UserRecord> {
    let session = &facts.session;
    let user = facts.user.as_ref().filter(|_| decide::is_live(facts, now))?;
    (session.realm == realm.name && user.realm == realm.name && user.id == session.user).then_some(user)
}

/// Judges the session of a browser for one tenant: whoever has a role there that permits something of this server's own is
/// the tenant's administrator, confined to the tenant and to what the role permits. The place is looked at as it is now.
#[must_use]
pub fn administrator(facts: &SessionFacts, place: &MembershipRecord, realm: &Realm, now: Timestamp) -> Option<Actor> {
    let user = signed_in(facts, realm, now)?;
    let tenant = &place.tenant;
    if place.user != user.id || place.realm != realm.name || tenant.realm != realm.name || !tenant.enabled {
        return None;
    }
    if realm.api.is_none() || !realm.tenants.enabled || !administers(&place.role, realm) {
        return None;
    }
    Some(Actor {
        client_id: CONSOLE.into(),
        user: Some(Arc::clone(&user.id)),
        tenant: Some(Arc::clone(&tenant.id)),
        bounds: vec![realm.role(&place.role)],
        role: Some(Arc::clone(&place.role)),
        grant: None,
        name: format!("user:{} via {CONSOLE}", user.id),
        own_applications: false,
    })
}

/// Whether a role makes whoever has it an administrator of the tenant: it permits something of this server's own.
#[must_use]
pub fn administers(role: &str, realm: &Realm) -> bool {
    let held = realm.role(role);
    realm
        .catalogue
        .own()
        .iter()
        .any(|permission| held.covers(&permission.name))
}

impl Actor {
    /// What the actor may do, as a text: the same in whatever order it is named, another one for whoever may do anything else.
    #[must_use]
    pub fn bounds_told(&self) -> String {
        let counts = |scope: &&str| self.counts(scope);
        let bounds = self.bounds.iter().map(|bound| bound.iter().filter(counts));
        let bounds: Vec<BTreeSet<&str>> = bounds.map(Iterator::collect).collect();
        format!("{}|{bounds:?}", self.own_applications)
    }

    /// Whoever can open the database from the command line: nothing bounds them.
    #[must_use]
    pub fn command_line() -> Self {
        Self {
            client_id: "cli".into(),
            user: None,
            tenant: None,
            bounds: Vec::new(),
            role: None,
            grant: None,
            name: "cli".to_owned(),
            own_applications: false,
        }
    }

    /// A user with nothing but their own account: no permission of this API, and nobody else's objects.
    #[must_use]
    pub fn oneself(user: &Arc<str>) -> Self {
        Self {
            client_id: "account".into(),
            user: Some(Arc::clone(user)),
            tenant: None,
            bounds: vec![ScopeSet::empty()],
            role: None,
            grant: None,
            name: format!("user:{user}"),
            own_applications: false,
        }
    }

    /// Whether it may do what `permission` stands for.
    #[must_use]
    pub fn may(&self, permission: &str) -> bool {
        self.bounds.iter().all(|bound| bound.covers(permission))
    }

    /// The tenant that it is confined to.
    #[must_use]
    pub const fn tenant(&self) -> Option<&Arc<str>> {
        self.tenant.as_ref()
    }

    /// What its role permits, where a role takes part: within a tenant.
    #[must_use]
    pub fn role(&self) -> Option<&ScopeSet> {
        // `authenticate` puts the role behind what the token and the client may have.
        self.tenant.as_ref().and_then(|_| self.bounds.last())
    }

    /// The name of that role.
    #[must_use]
    pub const fn role_name(&self) -> Option<&Arc<str>> {
        self.role.as_ref()
    }

    /// What its token hangs off, where a user allowed its client something.
    #[must_use]
    pub const fn grant(&self) -> Option<GrantId> {
        self.grant
    }

    /// The client.
    #[must_use]
    pub const fn client_id(&self) -> &Arc<str> {
        &self.client_id
    }

    /// The user behind the client, where there is one.
    #[must_use]
    pub const fn user(&self) -> Option<&Arc<str>> {
        self.user.as_ref()
    }

    /// The id of the developer that it is, where its reach are that user's own applications.
    #[must_use]
    pub fn developer(&self) -> Option<&Arc<str>> {
        self.user.as_ref().filter(|_| self.own_applications)
    }

    /// Whether a client is within its reach, as far as whose it is goes: a developer's own, and everybody else's for all
    /// other actors, whom permissions and tenants bound.
    #[must_use]
    pub fn owns(&self, client: &ClientRecord) -> bool {
        if !self.own_applications {
            return true;
        }
        let owner = client.development.as_ref().map(|own| &own.owner);
        self.user.is_some() && owner == self.user.as_ref()
    }

    /// Whether it acts on the whole realm: neither confined to a tenant nor to its own applications.
    #[must_use]
    pub const fn governs(&self) -> bool {
        self.tenant.is_none() && !self.own_applications
    }

    /// Whether objects of a tenant are within its reach.
    #[must_use]
    pub fn reaches(&self, tenant: &str) -> bool {
        self.tenant.as_deref().is_none_or(|own| own == tenant)
    }

    /// Whether it may hand out these scopes, or get hold of somebody who has them. Within a tenant that is what it
    /// holds itself; an operator, who governs the platform's permissions without using them, is bounded in the server's
    /// own alone. A developer has none of those to give; which of the platform's an application may ask for is the realm's
    /// to say ([`PortalPolicy`](crate::realm::PortalPolicy)).
    ///
    /// # Errors
    /// [`Refused::Beyond`] with the first scope that it lacks.
    pub fn must_hold(&self, scopes: &ScopeSet, catalogue: &Catalogue) -> Result<(), Refused> {
        let lacks = |scope: &&str| self.own_applications || !self.holds(scope, catalogue);
        match scopes.iter().filter(|scope| self.counts(scope)).find(lacks) {
            None => Ok(()),
            Some(lacking) => Err(Refused::Beyond(lacking.to_owned())),
        }
    }

    /// Whether a scope bounds what it may hand out.
    fn counts(&self, scope: &str) -> bool {
        self.tenant.is_some() || is_own(scope)
    }

    /// Whether it holds a scope, or a pattern by itself or by everything that the pattern covers: tokens carry patterns of
    /// roles spelled out.
    fn holds(&self, scope: &str, catalogue: &Catalogue) -> bool {
        self.may(scope)
            || (is_pattern(scope)
                && catalogue.covered(scope).next().is_some()
                && catalogue.covered(scope).all(|permission| self.may(&permission.name)))
    }

    /// As the audit log says it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

#[cfg(test)]
pub(crate) fn actor(tenant: Option<&str>, bounds: &[&str]) -> Actor {
    Actor {
        client_id: "ops".into(),
        name: "client:ops".to_owned(),
        user: None,
        tenant: tenant.map(Arc::from),
        bounds: bounds.iter().map(|text| ScopeSet::parse(text).unwrap()).collect(),
        role: tenant.map(|_| "owner".into()),
        grant: None,
        own_applications: false,
    }
}

#[cfg(test)]
mod tests;
