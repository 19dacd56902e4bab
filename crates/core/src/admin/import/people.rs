//! Tenants, users and their places of another server. A user keeps the id that tokens and logs know, and the password
//! that its hash is of; the first login with it makes a hash of ours.

use super::{Facts, Outcome, foreign_id, instant, misfit};
use crate::admin::deed::Deed;
use crate::admin::fields::{Fields, MAX_TEXT};
use crate::admin::refused::Refused;
use crate::admin::{tenant as tenants, user as users};
use crate::change::{Guard, Write};
use crate::record::{AppPolicy, MembershipRecord, TenantRecord, UserRecord};
use crate::stored_hash::StoredHash;
use grantd_protocol::Timestamp;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// A user's place in a tenant.
#[derive(Debug)]
pub struct Member {
    /// The user's id.
    pub user: Arc<str>,
    /// The tenant's id.
    pub tenant: Arc<str>,
    /// One of the realm's roles.
    pub role: Arc<str>,
}

pub(super) fn tenant(members: &Map<String, Value>, deed: &Deed<'_>) -> Result<Box<TenantRecord>, Refused> {
    let mut fields = Fields::new(members);
    fields.require("name");
    fields.require("id");
    let mut id = String::new();
    fields.text("id", tenants::MAX_ID, &mut id);
    if !id.is_empty() && !tenants::is_id(&id) {
        fields.complain("/id", "must be letters, digits, hyphens, underscores or dots");
    }
    let mut record = TenantRecord {
        realm: deed.realm_name(),
        id: id.into(),
        version: 1,
        name: String::new(),
        enabled: true,
        apps: AppPolicy::default(),
        created_at: instant(&mut fields, "created_at", Some(deed.now)).unwrap_or(deed.now),
    };
    tenants::read(&mut fields, &mut record);
    if !deed.realm.tenants.enabled {
        fields.complain("/id", "the realm has no tenants");
    }
    Refused::unless_none(fields.finish())?;
    Ok(Box::new(record))
}

pub(super) fn decide_tenant(record: &TenantRecord, facts: &Facts, deed: &Deed<'_>) -> Outcome {
    if facts.tenant.is_some() {
        return Outcome::Present;
    }
    let guard = Guard::TenantFree {
        realm: Arc::clone(&record.realm),
        id: Arc::clone(&record.id),
    };
    let target = format!("tenant:{}", record.id);
    let audit = deed.audit("tenant.imported", target, json!({ "after": tenants::view(record) }));
    let write = Write::PutTenant(Box::new(record.clone()));
    Outcome::New(Box::new(deed.change(vec![guard], vec![write], audit)))
}

pub(super) fn user(members: &Map<String, Value>, deed: &Deed<'_>) -> Result<Box<UserRecord>, Refused> {
    let mut fields = Fields::new(members);
    let id = foreign_id(&mut fields, "id");
    let mut username = String::new();
    fields.require("username");
    fields.text("username", users::MAX_USERNAME, &mut username);
    let mut hash = None;
    fields.optional_text("password_hash", 512, &mut hash);
    if let Some(Err(unreadable)) = hash.as_deref().map(StoredHash::parse) {
        fields.complain("/password_hash", unreadable.to_string());
    }
    let mut record = UserRecord {
        realm: deed.realm_name(),
        id,
        version: 1,
        username: username.trim().to_owned(),
        password_hash: hash,
        // Where nobody knows when it was set, it was before everything that was issued.
        password_changed_at: instant(&mut fields, "password_changed_at", Some(deed.now))
            .unwrap_or(Timestamp::from_secs(0)),
        claims: Map::new(),
        factors: None,
        enabled: true,
        created_at: instant(&mut fields, "created_at", Some(deed.now)).unwrap_or(deed.now),
    };
    users::claims(&mut fields, &mut record.claims);
    fields.flag("enabled", &mut record.enabled);
    Refused::unless_none(fields.finish())?;
    Ok(Box::new(record))
}

pub(super) fn decide_user(record: &UserRecord, facts: &Facts, deed: &Deed<'_>) -> Result<Outcome, Refused> {
    if facts.user.is_some() {
        return Ok(Outcome::Present);
    }
    if facts.client.is_some() {
        // `sub` would not say whether a token acts for the one or for the other (RFC 9068 section 5).
        return Err(misfit("/id", "is the id of a client"));
    }
    if facts.namesake.is_some() {
        return Err(misfit("/username", "is taken by another user"));
    }
    let guard = Guard::UsernameFree {
        realm: Arc::clone(&record.realm),
        key: UserRecord::key_of(&record.username),
    };
    let target = format!("user:{}", record.id);
    let audit = deed.audit("user.imported", target, json!({ "after": users::view(record) }));
    let write = Write::InsertUser(Box::new(record.clone()));
    Ok(Outcome::New(Box::new(deed.change(vec![guard], vec![write], audit))))
}

pub(super) fn member(members: &Map<String, Value>, deed: &Deed<'_>) -> Result<Box<Member>, Refused> {
    let mut fields = Fields::new(members);
    let user = foreign_id(&mut fields, "user");
    let tenant = foreign_id(&mut fields, "tenant");
    let mut role = String::new();
    fields.require("role");
    fields.text("role", MAX_TEXT, &mut role);
    if !role.is_empty() && !deed.realm.roles.contains_key(role.as_str()) {
        fields.complain("/role", format!("the realm has no role '{role}'"));
    }
    Refused::unless_none(fields.finish())?;
    Ok(Box::new(Member {
        user,
        tenant,
        role: role.into(),
    }))
}

pub(super) fn decide_member(member: &Member, facts: &Facts, deed: &Deed<'_>) -> Result<Outcome, Refused> {
    let Member { user, tenant, role } = member;
    let found = facts.user.as_ref();
    let found = found.ok_or_else(|| misfit("/user", format!("there is no user '{user}'")))?;
    let place = facts.tenant.as_ref();
    let place = place.ok_or_else(|| misfit("/tenant", format!("there is no tenant '{tenant}'")))?;
    if facts.place.is_some() {
        return Ok(Outcome::Present);
    }
    let (guard, touch) = tenants::touch(place);
    let after = MembershipRecord {
        realm: deed.realm_name(),
        user: Arc::clone(&found.id),
        tenant: place.clone(),
        role: Arc::clone(role),
    };
    let audit = deed.audit(
        "member.imported",
        format!("member:{tenant}/{user}"),
        json!({ "after": { "role": role } }),
    );
    let writes = vec![touch, Write::PutMembership(Box::new(after))];
    Ok(Outcome::New(Box::new(deed.change(
        vec![guard, users::at(found)],
        writes,
        audit,
    ))))
}
