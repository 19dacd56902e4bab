//! Access tokens that a user makes by hand for a client, usable without its id or secret. They act for their maker in
//! one tenant, within what the client and the maker's role may do, and hang off no family. They end when somebody ends them,
//! with their lifetime, their client, their maker, or the maker's place in the tenant; and with the permission of the app
//! through which their maker made them, where it was one.

use super::mint::{AccessToken, access_claims};
use crate::api_key::{CannotMake, Maker, bounded, check_tenant, checked_name};
use crate::change::{Change, Guard, Write};
use crate::grant::approved::Approved;
use crate::grant::context::Context;
use crate::permission::within_role;
use crate::realm::Realm;
use crate::record::{
    AccessRecord, ClientRecord, GrantRecord, MembershipRecord, SessionRecord, TenantAppRecord, TokenFormat, UserRecord,
};
use crate::status_list::Listed;
use crate::tenant_app::{Admission, admission};
use grantd_protocol::id::{AccessId, ChangeId, GrantId};
use grantd_protocol::{Bearer, Entropy, Namespace, ScopeSet, Seconds, Timestamp};
use std::sync::Arc;

/// What somebody wants a token to be.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What its maker calls it.
    pub name: String,
    /// The tenant it acts in.
    pub tenant: Option<Arc<str>>,
    /// What it permits.
    pub scope: ScopeSet,
    /// How long it lives.
    pub lifetime: Seconds,
    /// The user's permission for the app through which they make it.
    pub through: Option<Through>,
    /// Where its status is published, if it is a JWT.
    pub status: Option<Listed>,
}

/// A user's permission for an app that makes a token in their name: what they take from the app, its tokens lose.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Through {
    grant: GrantId,
    ends_at: Option<Timestamp>,
}

impl Through {
    /// `session` is the one that the grant was given for, where it was given for one.
    #[must_use]
    pub fn new(grant: &GrantRecord, session: Option<&SessionRecord>) -> Self {
        let session = session.filter(|session| grant.session == Some(session.id));
        Self {
            grant: grant.id,
            ends_at: [grant.expires_at, session.map(|session| session.expires_at)]
                .into_iter()
                .flatten()
                .min(),
        }
    }
}

/// A token that is ready to be signed, where it is a JWT, and committed.
#[derive(Debug)]
pub struct MadeToken {
    /// The token, shown once.
    pub access: AccessToken,
    /// What is kept of it.
    pub record: AccessRecord,
    /// What to commit. Whoever commits it adds the line of the audit log.
    pub change: Change,
}

/// Makes a token for `client` that acts for `user`.
///
/// `place` is the user's membership of the tenant that `new` names, `apps` what that tenant decided about the client.
///
/// # Errors
/// See [`CannotMake`].
pub fn make(
    new: NewToken,
    client: &ClientRecord,
    user: &UserRecord,
    place: Option<&MembershipRecord>,
    apps: &[TenantAppRecord],
    context: &Context<'_>,
    entropy: &dyn Entropy,
) -> Result<MadeToken, CannotMake> {
    let (realm, now) = (context.realm, context.now);
    if !client.enabled || !user.enabled || client.realm != realm.name || user.realm != realm.name {
        return Err(CannotMake::Disabled);
    }
    if client.tenant.is_some() && client.tenant != new.tenant {
        return Err(CannotMake::AnothersClient);
    }
    let place = place.filter(|place| place.user == user.id && place.realm == realm.name);
    check_tenant(new.tenant.as_deref(), place.map(|place| &place.tenant), realm)?;
    let place = place.filter(|_| new.tenant.is_some());
    if place.is_some_and(|place| admission(client, &place.tenant, apps, realm) != Admission::Admitted) {
        return Err(CannotMake::NotAdmitted);
    }
    let role = place.map(|place| realm.role(&place.role));
    let actor = format!("user:{}", user.id);
    let maker = Maker {
        actor: &actor,
        role: role.as_ref(),
        role_name: None,
        user: Some(user),
    };
    let name = checked_name(&new.name)?;
    let scope = bounded(&new.scope, &client.scopes, &maker, realm)?;
    if new.lifetime > realm.access.by_hand_lifetime {
        return Err(CannotMake::TooLong(realm.access.by_hand_lifetime));
    }
    let ends_at = new.through.and_then(|through| through.ends_at);
    let left = ends_at.map_or(u64::MAX, |end| end.seconds_since(now));
    let lifetime = new.lifetime.min(Seconds(u32::try_from(left).unwrap_or(u32::MAX)));
    if lifetime.get() == 0 {
        return Err(CannotMake::Past);
    }
    let approved = Approved {
        client_id: Arc::clone(&client.client_id),
        audience: Arc::clone(&realm.default_resource),
        guards: maker.guards_in(place.map(|place| &place.tenant)),
        grant: new.through.map(|through| through.grant),
        status: new.status,
        ..approved(Arc::clone(&user.id), new.tenant, scope, lifetime)
    };
    Ok(minted(approved, name, client, context, entropy, now))
}

/// The value of a token that was made with these secrets, once more: for a retry under the same idempotency key. A JWT is
/// the same token under another signature. `client` is the one that it was made for, `lists` the address below which the
/// status lists of its issuer are.
#[must_use]
pub fn again(
    record: &AccessRecord,
    client: &ClientRecord,
    realm: &Realm,
    lists: &str,
    secrets: &dyn Entropy,
) -> AccessToken {
    if record.hash.is_some() {
        // The id was drawn before the secret was, from the same stream.
        let _ = AccessId::draw(record.issued_at, secrets);
        return AccessToken::Opaque(
            Bearer::mint(Namespace::Access, &realm.access.prefix, *record.id.as_bytes(), secrets).0,
        );
    }
    let lifetime = u32::try_from(record.expires_at.seconds_since(record.issued_at)).unwrap_or(u32::MAX);
    let context = Context {
        realm,
        issuer: &record.issuer,
        now: record.issued_at,
    };
    let approved = approved(
        record.subject.clone(),
        record.tenant.clone(),
        record.scope.clone(),
        Seconds(lifetime),
    );
    let approved = Approved {
        client_id: Arc::clone(&record.client_id),
        audience: Arc::clone(&record.audience),
        status: record.status.map(|place| place.below(lists)),
        ..approved
    };
    AccessToken::Jwt(access_claims(record.id, &approved, client, &context))
}

/// What a token made by hand is of: no family, no login.
fn approved(subject: Arc<str>, tenant: Option<Arc<str>>, scope: ScopeSet, lifetime: Seconds) -> Approved {
    Approved {
        subject,
        client_id: Arc::default(),
        tenant,
        scope,
        audience: Arc::default(),
        grant: None,
        family: None,
        hangs_off: None,
        status: None,
        more: None,
        refresh_generation: None,
        refresh_ends_at: None,
        authentication: None,
        id_token: None,
        lifetime,
        bound_to: None,
        guards: Vec::new(),
        writes: Vec::new(),
    }
}

fn minted(
    approved: Approved,
    name: Arc<str>,
    client: &ClientRecord,
    context: &Context<'_>,
    entropy: &dyn Entropy,
    now: Timestamp,
) -> MadeToken {
    let realm = context.realm;
    let id = AccessId::draw(now, entropy);
    let (access, hash) = match realm.token_format(client, &approved.audience) {
        TokenFormat::Opaque => {
            let (text, hash) = Bearer::mint(Namespace::Access, &realm.access.prefix, *id.as_bytes(), entropy);
            (AccessToken::Opaque(text), Some(hash))
        }
        TokenFormat::Jwt => (AccessToken::Jwt(access_claims(id, &approved, client, context)), None),
    };
    let listed = approved.status.filter(|_| hash.is_none());
    let record = AccessRecord {
        id,
        realm: Arc::clone(&realm.name),
        hash,
        client_id: approved.client_id,
        grant: approved.grant,
        family: None,
        subject: approved.subject,
        tenant: approved.tenant,
        scope: approved.scope,
        audience: approved.audience,
        issuer: Arc::clone(context.issuer),
        bound_to: None,
        issued_at: now,
        expires_at: now.plus(approved.lifetime),
        ended_at: None,
        name: Some(name),
        status: listed.map(|listed| listed.place),
        more: None,
    };
    let change = Change {
        id: ChangeId::from_bytes(*id.as_bytes()),
        guards: approved.guards,
        writes: vec![Write::InsertAccess(Box::new(record.clone()))],
    };
    MadeToken { access, record, change }
}

/// What a token made by hand permits: what it says, within what its maker's role permits now. `place` is the maker's in the
/// token's tenant. Other tokens are over soon, and bounded anew by what replaces them.
#[must_use]
pub fn permits(token: &AccessRecord, place: Option<&MembershipRecord>, realm: &Realm) -> ScopeSet {
    let role = match (&token.tenant, place) {
        (None, _) => return token.scope.clone(),
        (Some(_), None) => ScopeSet::empty(),
        (Some(_), Some(place)) => realm.role(&place.role),
    };
    within_role(&token.scope, &role, &realm.catalogue)
}

/// What to write to end a token, by hand as well; `None` where it is over already.
#[must_use]
pub fn end(token: &AccessRecord, now: Timestamp, change: ChangeId) -> Option<Change> {
    token.ended_at.is_none().then(|| Change {
        id: change,
        guards: vec![Guard::AccessLive(token.id)],
        writes: vec![Write::EndAccess { id: token.id, at: now }],
    })
}

#[cfg(test)]
mod tests;
