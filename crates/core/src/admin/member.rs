//! Who belongs to a tenant, with which role.

use super::deed::{Deed, Edit};
use super::fields::{Fields, MAX_TEXT};
use super::refused::Refused;
use super::tenant;
use crate::change::Write;
use crate::realm::Realm;
use crate::record::{MembershipRecord, TenantRecord, UserRecord};
use grantd_protocol::ScopeSet;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// What a role must permit for its holders to manage the tenant's members.
pub const MANAGES: &str = "grantd:members:write";

/// The facts of a change of membership.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The tenant.
    pub tenant: &'a TenantRecord,
    /// The user.
    pub user: &'a UserRecord,
    /// The user's place as it is.
    pub before: Option<&'a MembershipRecord>,
    /// Whether somebody else in the tenant can manage its members.
    pub another_manages: bool,
}

/// The name and the role that a body names.
///
/// # Errors
/// As for [`role`]; [`Refused::Invalid`] without a name.
pub fn named(body: &Map<String, Value>, realm: &Realm) -> Result<(String, Arc<str>), Refused> {
    let mut fields = Fields::new(body);
    let mut username = String::new();
    fields.require("username");
    fields.text("username", MAX_TEXT, &mut username);
    let role = role_in(fields, realm)?;
    Ok((username, role))
}

/// The role that a body names.
///
/// # Errors
/// [`Refused::Invalid`] for anything but one of the realm's roles.
pub fn role(body: &Map<String, Value>, realm: &Realm) -> Result<Arc<str>, Refused> {
    role_in(Fields::new(body), realm)
}

fn role_in(mut fields: Fields<'_>, realm: &Realm) -> Result<Arc<str>, Refused> {
    let mut role = String::new();
    fields.require("role");
    fields.text("role", MAX_TEXT, &mut role);
    if !role.is_empty() && !realm.roles.contains_key(role.as_str()) {
        fields.complain("/role", format!("the realm has no role '{role}'"));
    }
    Refused::unless_none(fields.finish()).map(|()| role.into())
}

/// Gives a user a place in a tenant, or another role there. Where that permits less than the one before, the tokens that
/// the user made by hand for the tenant end: they were bounded by the role once, and live long.
///
/// # Errors
/// [`Refused::Beyond`] where the role, or the one that the user has, permits more than the actor may;
/// [`Refused::State`] where nobody could manage the tenant any more.
pub fn put(role: &Arc<str>, facts: Facts<'_>, deed: &Deed<'_>) -> Result<Edit<MembershipRecord>, Refused> {
    if let Some(before) = facts.before {
        deed.must_hold(&deed.realm.role(&before.role))?;
    }
    let next = deed.realm.role(role);
    deed.must_hold(&next)?;
    if !next.covers(MANAGES) {
        stay_manageable(facts, deed)?;
    }
    let after = MembershipRecord {
        realm: deed.realm_name(),
        user: Arc::clone(&facts.user.id),
        tenant: facts.tenant.clone(),
        role: Arc::clone(role),
    };
    let action = if facts.before.is_some() {
        "member.changed"
    } else {
        "member.added"
    };
    let mut detail = json!({ "after": { "role": role } });
    if let (Some(before), Some(members)) = (facts.before, detail.as_object_mut()) {
        members.insert("before".to_owned(), json!({ "role": before.role }));
    }
    let audit = deed.audit(action, target(facts), detail);
    let (guard, touch) = tenant::touch(facts.tenant);
    let mut writes = vec![touch, Write::PutMembership(Box::new(after.clone()))];
    let permits_less = |before: &MembershipRecord| !next.covers_all(&deed.realm.role(&before.role));
    if facts.before.is_some_and(permits_less) {
        writes.push(Write::EndByHand {
            realm: deed.realm_name(),
            user: Arc::clone(&facts.user.id),
            tenant: Some(Arc::clone(&facts.tenant.id)),
            at: deed.now,
        });
    }
    Ok(Edit {
        change: deed.change(vec![guard], writes, audit),
        after,
    })
}

/// Takes a user's place in a tenant away; the user's grants there end.
///
/// # Errors
/// [`Refused::Unknown`] for somebody who is no member, and as for [`put`].
pub fn remove(facts: Facts<'_>, deed: &Deed<'_>) -> Result<Edit<()>, Refused> {
    let before = facts.before.ok_or(Refused::Unknown)?;
    deed.must_hold(&deed.realm.role(&before.role))?;
    stay_manageable(facts, deed)?;
    let audit = deed.audit(
        "member.removed",
        target(facts),
        json!({ "before": { "role": before.role } }),
    );
    let (guard, touch) = tenant::touch(facts.tenant);
    let write = Write::DeleteMembership {
        realm: deed.realm_name(),
        user: Arc::clone(&facts.user.id),
        tenant: Arc::clone(&facts.tenant.id),
        at: deed.now,
    };
    Ok(Edit {
        change: deed.change(vec![guard], vec![touch, write], audit),
        after: (),
    })
}

/// The roles whose holders can manage a tenant's members.
pub fn managing_roles(realm: &Realm) -> impl Iterator<Item = &Arc<str>> {
    let manages = |(_, held): &(&Arc<str>, &ScopeSet)| held.covers(MANAGES);
    realm.roles.iter().filter(manages).map(|(name, _)| name)
}

/// What is shown of a place in a tenant.
#[must_use]
pub fn view(membership: &MembershipRecord) -> Value {
    json!({ "user_id": membership.user, "tenant": membership.tenant.id, "role": membership.role })
}

/// A tenant's own administrators cannot lock themselves out: the last one stays. Operators can do it; they can also
/// mend it.
fn stay_manageable(facts: Facts<'_>, deed: &Deed<'_>) -> Result<(), Refused> {
    let manages = facts
        .before
        .is_some_and(|before| deed.realm.role(&before.role).covers(MANAGES));
    if manages && !facts.another_manages && deed.actor.tenant().is_some() {
        let text = "nobody else in the tenant could manage its members; make somebody else able to first";
        return Err(Refused::State(text.to_owned()));
    }
    Ok(())
}

fn target(facts: Facts<'_>) -> String {
    format!("member:{}/{}", facts.tenant.id, facts.user.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::Actor;
    use crate::fixture::{self, NOW, scopes};
    use grantd_protocol::entropy::counted::Counted;

    /// Whether another role ends the tokens that the user made by hand for the tenant.
    fn ends_tokens(before: Option<&str>, role: &str) -> bool {
        let realm = fixture::realm_with(|realm| {
            let roles = [
                ("reader", "invoices:read"),
                ("writer", "invoices:read invoices:write"),
                ("owner", "*"),
            ];
            realm.roles = roles.map(|(name, held)| (name.into(), scopes(held))).into();
        });
        let (actor, entropy, user) = (Actor::command_line(), Counted::default(), fixture::user());
        let before = before.map(|role| fixture::membership("acme", role));
        let tenant = fixture::membership("acme", role).tenant;
        let facts = Facts {
            tenant: &tenant,
            user: &user,
            before: before.as_ref(),
            another_manages: true,
        };
        let deed = fixture::deed(&realm, &actor, &entropy);
        let change = put(&role.into(), facts, &deed).unwrap().change;
        change.writes.iter().any(|write| {
            matches!(write, Write::EndByHand { realm, user: whose, tenant, at }
                if (&**realm, tenant.as_deref()) == ("main", Some("acme")) && *whose == user.id && *at == NOW)
        })
    }

    #[test]
    fn a_smaller_role_ends_the_tokens_that_its_holder_made_by_hand() {
        assert!(ends_tokens(Some("owner"), "writer"));
        assert!(ends_tokens(Some("writer"), "reader"));
        for (before, role) in [(None, "reader"), (Some("reader"), "reader"), (Some("reader"), "writer")] {
            assert!(!ends_tokens(before, role), "{before:?} {role}");
        }
        assert!(!ends_tokens(Some("writer"), "owner"));
    }
}
