//! API keys: who may make which one, how one is changed and ended, and whether a presented one is good. It must not
//! know how a key is sent.
//!
//! A key is for the platform's own API: it holds permissions of the catalogue, never a scope of OpenID Connect and
//! never one of grantd itself, so that no key is a way into an account or into the admin API.

use crate::change::{Change, Guard, Write};
use crate::permission::ExcessScope;
use crate::permission::{Bounds, within_role};
use crate::realm::Realm;
use crate::record::{ApiKeyFacts, ApiKeyRecord, TenantRecord, UserRecord};
use grantd_jose::sha256;
use grantd_protocol::id::{ApiKeyId, ChangeId};
use grantd_protocol::readable::{hides, joins};
use grantd_protocol::{Bearer, Entropy, Namespace, OAuthError, ScopeSet, Seconds, Secret, Timestamp};
use std::borrow::Cow;
use std::sync::Arc;

/// The longest name, in characters.
pub const MAX_NAME: usize = 120;

/// Who makes or changes a key or a token, and how far their own permissions reach.
#[derive(Clone, Copy, Debug)]
pub struct Maker<'a> {
    /// As the audit log names them: `user:<id>`, `client:<id>`, `cli`.
    pub actor: &'a str,
    /// The permissions of their role in the tenant; `None` for an operator, whom the catalogue alone bounds.
    pub role: Option<&'a ScopeSet>,
    /// The name of that role, by which a key remembers it.
    pub role_name: Option<&'a Arc<str>>,
    /// Their account, where they have one: it must be the same and enabled at the commit.
    pub user: Option<&'a UserRecord>,
}

/// What somebody wants a key to be.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    /// The tenant it acts in.
    pub tenant: Option<Arc<str>>,
    /// What people call it.
    pub name: String,
    /// What it permits: scopes and patterns.
    pub scope: ScopeSet,
    /// When it dies by itself. `None`: as late as the realm allows, or never.
    pub expires_at: Option<Timestamp>,
}

/// Why a key or a token made by hand cannot be as somebody wants it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CannotMake {
    /// The realm has none.
    #[error("API keys are switched off in this realm")]
    SwitchedOff,
    /// The name.
    #[error("a name has 1 to 120 characters, and none that is invisible or turns the direction of writing around")]
    Name,
    /// Nothing is permitted.
    #[error("name at least one permission")]
    NoScope,
    /// A scope that is no permission of the catalogue, or that the maker or the client does not hold.
    #[error("{0}")]
    Scope(String),
    /// The realm has tenants, and none was named.
    #[error("name the tenant that it acts in")]
    TenantNeeded,
    /// The realm has no tenants, or the tenant is disabled or gone, or the maker does not belong there.
    #[error("the tenant is not one to act in")]
    Tenant,
    /// It would be over already.
    #[error("it would end before it begins")]
    Past,
    /// It would live longer than the realm allows.
    #[error("it would live longer than the realm allows: at most {} seconds", .0.get())]
    TooLong(Seconds),
    /// The client belongs to another tenant than the one that the token is for.
    #[error("the client belongs to another tenant")]
    AnothersClient,
    /// The tenant blocked the client, or has not allowed it yet.
    #[error("the tenant has blocked the client, or not allowed it yet")]
    NotAdmitted,
    /// The client or the user is disabled.
    #[error("the client or the user is disabled")]
    Disabled,
}

/// A key that is ready to be committed.
#[derive(Debug)]
pub struct MadeApiKey {
    /// What is kept of it.
    pub record: ApiKeyRecord,
    /// The key itself, shown once.
    pub secret: Secret,
    /// What to commit. Whoever commits it adds the line of the audit log.
    pub change: Change,
}

/// The row of a key that another server made, from the SHA-256 of its text: found by its own id. The bytes of the time are
/// zero, so that such keys come last where keys are listed by age.
#[must_use]
pub fn imported_id(realm: &str, digest: &[u8; 32]) -> ApiKeyId {
    let mut input = format!("grantd imported api key\n{realm}\n").into_bytes();
    input.extend_from_slice(digest);
    let mut id = [0; 16];
    for (target, source) in id.iter_mut().skip(6).zip(sha256(&input)) {
        *target = source;
    }
    ApiKeyId::from_bytes(id)
}

/// Makes a key.
///
/// `tenant` is the record of the tenant that `new` names.
///
/// # Errors
/// See [`CannotMake`].
pub fn make(
    new: NewApiKey,
    maker: &Maker<'_>,
    tenant: Option<&TenantRecord>,
    realm: &Realm,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<MadeApiKey, CannotMake> {
    if !realm.api_keys.enabled {
        return Err(CannotMake::SwitchedOff);
    }
    check_tenant(new.tenant.as_deref(), tenant, realm)?;
    let scope = permitted(&new.scope, maker, realm)?;
    let expires_at = expiry(new.expires_at, now, now, realm)?;
    let id = ApiKeyId::draw(now, entropy);
    let (secret, hash) = Bearer::mint(Namespace::ApiKey, &realm.api_keys.prefix, *id.as_bytes(), entropy);
    let record = ApiKeyRecord {
        id,
        realm: Arc::clone(&realm.name),
        version: 1,
        hash,
        last_four: last_four(secret.expose()),
        tenant: new.tenant,
        name: checked_name(&new.name)?,
        scope,
        created_by: maker.actor.to_owned(),
        role: maker.role_name.cloned(),
        created_at: now,
        expires_at,
        ended_at: None,
    };
    let change = Change {
        // No two keys share an id, so no two changes do.
        id: ChangeId::from_bytes(*id.as_bytes()),
        guards: maker.guards_in(tenant.filter(|_| record.tenant.is_some())),
        writes: vec![Write::InsertApiKey(Box::new(record.clone()))],
    };
    Ok(MadeApiKey { record, secret, change })
}

/// What is to be different about a key.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// Another name.
    pub name: Option<String>,
    /// Other permissions.
    pub scope: Option<ScopeSet>,
    /// Another expiry.
    pub expires_at: Option<Timestamp>,
}

/// Changes a key. Only a scope that is named is judged: a maker with a smaller role can rename a key all the same.
///
/// # Errors
/// See [`CannotMake`].
pub fn edit(
    before: &ApiKeyRecord,
    edit: Edit,
    maker: &Maker<'_>,
    realm: &Realm,
    now: Timestamp,
    change: ChangeId,
) -> Result<(ApiKeyRecord, Change), CannotMake> {
    let mut after = before.clone();
    after.version += 1;
    if let Some(name) = edit.name {
        after.name = checked_name(&name)?;
    }
    if let Some(scope) = edit.scope {
        after.scope = permitted(&scope, maker, realm)?;
    }
    if edit.expires_at.is_some() {
        after.expires_at = expiry(edit.expires_at, now, before.created_at, realm)?;
    }
    let mut guards = maker.guards();
    guards.push(at_version(before));
    let change = Change {
        id: change,
        guards,
        writes: vec![Write::UpdateApiKey(Box::new(after.clone()))],
    };
    Ok((after, change))
}

/// What to write to end a key; `None` where it is over already. It needs no permission but that of whoever asks.
#[must_use]
pub fn end(key: &ApiKeyRecord, now: Timestamp, change: ChangeId) -> Option<Change> {
    key.ended_at.is_none().then(|| Change {
        id: change,
        guards: vec![at_version(key)],
        writes: vec![Write::EndApiKey { id: key.id, at: now }],
    })
}

/// Whether a key is good at `now`: it lives, and so does its tenant, and the realm still has keys.
#[must_use]
pub fn is_live(facts: &ApiKeyFacts, realm: &Realm, now: Timestamp) -> bool {
    let key = &facts.key;
    realm.api_keys.enabled
        && *key.realm == *realm.name
        && key.ended_at.is_none()
        && key.expires_at.is_none_or(|end| now < end)
        && !facts.tenant_disabled
}

/// What a key permits: what it says, within what the role permits now that its maker had.
#[must_use]
pub fn permits<'a>(key: &'a ApiKeyRecord, realm: &Realm) -> Cow<'a, ScopeSet> {
    match &key.role {
        None => Cow::Borrowed(&key.scope),
        Some(role) => Cow::Owned(within_role(&key.scope, &realm.role(role), &realm.catalogue)),
    }
}

impl Maker<'_> {
    /// The maker must still be who they were when the decision was made.
    pub(crate) fn guards(&self) -> Vec<Guard> {
        self.user.map_or_else(Vec::new, |user| {
            vec![Guard::UserAt {
                realm: Arc::clone(&user.realm),
                id: Arc::clone(&user.id),
                version: user.version,
            }]
        })
    }

    /// And the tenant must be as it was: what is made while the tenant, or the maker's place in it, is taken away would
    /// outlive the end of everything else there.
    pub(crate) fn guards_in(&self, tenant: Option<&TenantRecord>) -> Vec<Guard> {
        let mut guards = self.guards();
        guards.extend(tenant.map(|tenant| Guard::TenantAt {
            realm: Arc::clone(&tenant.realm),
            id: Arc::clone(&tenant.id),
            version: tenant.version,
        }));
        guards
    }
}

fn at_version(key: &ApiKeyRecord) -> Guard {
    Guard::ApiKeyAt {
        id: key.id,
        version: key.version,
    }
}

/// A realm with tenants has no keys and no tokens made by hand outside of them, and one without has none inside.
pub(crate) fn check_tenant(
    named: Option<&str>,
    tenant: Option<&TenantRecord>,
    realm: &Realm,
) -> Result<(), CannotMake> {
    match (named, realm.tenants.enabled) {
        (None, false) => Ok(()),
        (None, true) => Err(CannotMake::TenantNeeded),
        (Some(_), false) => Err(CannotMake::Tenant),
        (Some(id), true) => {
            let stands = |tenant: &TenantRecord| tenant.enabled && *tenant.id == *id && tenant.realm == realm.name;
            tenant.is_some_and(stands).then_some(()).ok_or(CannotMake::Tenant)
        }
    }
}

/// A name as it is stored.
pub(crate) fn checked_name(name: &str) -> Result<Arc<str>, CannotMake> {
    let name = name.trim();
    let good = (1..=MAX_NAME).contains(&name.chars().count()) && !name.chars().any(|one| hides(one) && !joins(one));
    good.then(|| name.into()).ok_or(CannotMake::Name)
}

pub(crate) fn permitted(asked: &ScopeSet, maker: &Maker<'_>, realm: &Realm) -> Result<ScopeSet, CannotMake> {
    // A star covers every permission of the platform, and neither OpenID Connect nor grantd itself.
    let platform: ScopeSet = std::iter::once("*").collect();
    bounded(asked, &platform, maker, realm)
}

/// What of `asked` lies within a client's (or the platform's) permissions and the maker's own: all of it, or an error.
pub(crate) fn bounded(
    asked: &ScopeSet,
    within: &ScopeSet,
    maker: &Maker<'_>,
    realm: &Realm,
) -> Result<ScopeSet, CannotMake> {
    if let Some(identity) = asked.iter().find(|scope| realm.catalogue.is_identity_scope(scope)) {
        let sentence = format!("the scope '{identity}' needs a user who logs in");
        return Err(CannotMake::Scope(sentence));
    }
    let bounds = Bounds {
        catalogue: &realm.catalogue,
        client: within,
        role: maker.role,
        excess: ExcessScope::Refuse,
    };
    let told = |error: OAuthError| CannotMake::Scope(error.description().to_string());
    let scope = bounds.grant(asked).map_err(told)?;
    if scope.is_empty() {
        Err(CannotMake::NoScope)
    } else {
        Ok(scope)
    }
}

/// When it ends, where the realm bounds the whole life of a key.
pub(crate) fn expiry(
    wanted: Option<Timestamp>,
    now: Timestamp,
    created_at: Timestamp,
    realm: &Realm,
) -> Result<Option<Timestamp>, CannotMake> {
    let latest = realm.api_keys.max_lifetime.map(|most| (created_at.plus(most), most));
    match (wanted, latest) {
        (Some(end), _) if end <= now => Err(CannotMake::Past),
        (Some(end), Some((latest, most))) if end > latest => Err(CannotMake::TooLong(most)),
        (Some(end), _) => Ok(Some(end)),
        (None, latest) => Ok(latest.map(|(latest, _)| latest)),
    }
}

fn last_four(text: &str) -> String {
    let start = text.char_indices().rev().nth(3).map_or(0, |(start, _)| start);
    text.get(start..).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
