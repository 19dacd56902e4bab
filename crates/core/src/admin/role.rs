//! Roles of the database: made, changed, deleted. They are the whole realm's, so nobody decides here who is confined to a
//! tenant or to their own applications; and nobody touches a role that permits more of the server's own than they hold,
//! neither as it was nor as it shall be. What a role permits counts for everybody who has it, at once.

use super::client::list;
use super::deed::{Deed, Edit};
use super::fields::{Fields, MAX_TEXT};
use super::refused::Refused;
use super::tenant::is_id;
use super::turn::{self, Owned};
use crate::change::{CounterKey, Guard, Write};
use crate::realm::Realm;
use crate::record::{RoleHolders, RoleRecord};
use grantd_protocol::{ScopeSet, Timestamp};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most roles of a realm in the database: every server has them all in memory.
pub const MOST: u32 = 200;
/// The most permissions of one.
const MOST_PERMISSIONS: usize = 1000;
/// The longest name, in bytes.
const MAX_NAME: usize = 64;

/// What the creation of a role looks at beside the file's.
#[derive(Clone, Copy, Debug)]
pub struct There {
    /// Those of the database.
    pub roles: Owned,
    /// Whether one of them has the name, counting or not.
    pub taken: bool,
    /// Who has a role of that name, although there is none.
    pub holders: RoleHolders,
}

impl There {
    /// What is there beside a role of this name: the turn was read first, then the roles of the database.
    #[must_use]
    pub fn beside(name: &str, turn: Option<Timestamp>, stored: &[RoleRecord], holders: RoleHolders) -> Self {
        let count = u32::try_from(stored.len()).unwrap_or(u32::MAX);
        Self {
            roles: Owned { count, turn },
            taken: stored.iter().any(|role| *role.name == *name),
            holders,
        }
    }
}

/// The counter that all creations of a realm pass by.
#[must_use]
pub fn turn_of(realm: &str) -> CounterKey {
    turn::turn_of("roles", realm, "")
}

/// Makes a role. Somebody may still have one of that name, which the file does not declare any more: they would get what the
/// new one permits without being given it, so that they are given another one first.
///
/// # Errors
/// [`Refused::Invalid`]; [`Refused::Beyond`]; [`Refused::State`] where the name is taken or somebody has it, or there are too
/// many; [`Refused::Unknown`] for somebody who does not govern the realm.
pub fn create(body: &Map<String, Value>, there: There, deed: &Deed<'_>) -> Result<Edit<RoleRecord>, Refused> {
    governs(deed)?;
    let mut fields = Fields::new(body);
    fields.require("name");
    fields.require("permissions");
    let mut name = String::new();
    fields.short_text("name", MAX_NAME, &mut name);
    if !name.is_empty() && !is_id(&name) {
        fields.complain("/name", "must be letters, digits, hyphens, underscores or dots");
    }
    if name == "new" {
        fields.complain("/name", "is where the console makes a new one");
    }
    let mut record = RoleRecord {
        realm: deed.realm_name(),
        name: name.into(),
        // No role of this name that is gone had it, so that nobody changes this one who has seen that one.
        version: u64::try_from(deed.now.millis()).unwrap_or(1),
        description: None,
        permissions: ScopeSet::empty(),
        created_at: deed.now,
    };
    read(fields, &mut record, deed.realm)?;
    deed.must_hold(&record.permissions)?;
    is_free(&record.name, there, deed.realm)?;
    let audit = deed.audit("role.created", target(&record), json!({ "after": view(&record) }));
    let (guard, pass) = turn::pass(turn_of(&deed.realm.name), there.roles, deed.now);
    let writes = vec![Write::PutRole(Box::new(record.clone())), pass];
    Ok(Edit {
        change: deed.change(vec![at(&record, None), guard], writes, audit),
        after: record,
    })
}

fn is_free(name: &str, there: There, realm: &Realm) -> Result<(), Refused> {
    let wrong = if realm.is_role_of_file(name) {
        format!("the realm's file declares a role '{name}'")
    } else if there.taken {
        format!("there is a role '{name}' already")
    } else if there.holders.any() {
        format!(
            "{} still have a role '{name}' that is gone; give them another first",
            said(there.holders)
        )
    } else if there.roles.count >= MOST {
        format!("a realm has at most {MOST} roles beside those of its file")
    } else {
        return Ok(());
    };
    Err(Refused::State(wrong))
}

/// Changes what a role permits and says about itself. Its name stays: others know it by it.
///
/// # Errors
/// [`Refused::Invalid`]; [`Refused::Beyond`], for what it permits before and after; [`Refused::State`] for one that does not
/// count; [`Refused::Unknown`] for somebody who does not govern the realm.
pub fn update(before: &RoleRecord, body: &Map<String, Value>, deed: &Deed<'_>) -> Result<Edit<RoleRecord>, Refused> {
    governs(deed)?;
    deed.must_hold(&before.permissions)?;
    let mut after = before.clone();
    read(Fields::new(body), &mut after, deed.realm)?;
    deed.must_hold(&after.permissions)?;
    if deed.realm.is_role_of_file(&before.name) {
        return Err(Refused::State(of_file(&before.name)));
    }
    after.version += 1;
    let detail = json!({ "before": view(before), "after": view(&after) });
    let audit = deed.audit("role.changed", target(before), detail);
    let write = Write::PutRole(Box::new(after.clone()));
    Ok(Edit {
        change: deed.change(vec![at(before, Some(before.version))], vec![write], audit),
        after,
    })
}

/// Deletes a role that nobody has. One that does not count, since the file has its name, is nobody's: it goes at any time.
///
/// # Errors
/// [`Refused::State`] while somebody has it, and says how many; [`Refused::Beyond`]; [`Refused::Unknown`] for somebody who
/// does not govern the realm.
pub fn delete(before: &RoleRecord, holders: RoleHolders, deed: &Deed<'_>) -> Result<Edit<()>, Refused> {
    governs(deed)?;
    deed.must_hold(&before.permissions)?;
    let mut guards = vec![at(before, Some(before.version))];
    if !deed.realm.is_role_of_file(&before.name) {
        if holders.any() {
            let text = format!(
                "{} have the role; give them another or remove them first",
                said(holders)
            );
            return Err(Refused::State(text));
        }
        guards.push(Guard::RoleUnused {
            realm: Arc::clone(&before.realm),
            name: Arc::clone(&before.name),
        });
    }
    let audit = deed.audit("role.deleted", target(before), json!({ "before": view(before) }));
    let write = Write::DeleteRole {
        realm: Arc::clone(&before.realm),
        name: Arc::clone(&before.name),
    };
    Ok(Edit {
        change: deed.change(guards, vec![write], audit),
        after: (),
    })
}

/// Why a role of the file is not changed.
#[must_use]
pub fn of_file(name: &str) -> String {
    format!("the realm's file declares the role '{name}'; change it there")
}

fn governs(deed: &Deed<'_>) -> Result<(), Refused> {
    if deed.actor.governs() {
        Ok(())
    } else {
        Err(Refused::Unknown)
    }
}

fn read(mut fields: Fields<'_>, record: &mut RoleRecord, realm: &Realm) -> Result<(), Refused> {
    fields.optional_text("description", MAX_TEXT, &mut record.description);
    let asked = fields.has("permissions");
    fields.scopes("permissions", &mut record.permissions);
    if asked {
        if record.permissions.iter().count() > MOST_PERMISSIONS {
            fields.complain("/permissions", format!("has more than {MOST_PERMISSIONS} entries"));
        }
        for (index, scope) in record.permissions.iter().enumerate() {
            let wrong = if !realm.catalogue.knows(scope) {
                format!("'{scope}' is not a permission of this realm, nor does it cover one")
            } else if realm.catalogue.is_identity_scope(scope) {
                format!("'{scope}' is the user's to give; no role holds it")
            } else {
                continue;
            };
            fields.complain(&format!("/permissions/{index}"), wrong);
        }
    }
    Refused::unless_none(fields.finish())
}

fn at(record: &RoleRecord, version: Option<u64>) -> Guard {
    Guard::RoleAt {
        realm: Arc::clone(&record.realm),
        name: Arc::clone(&record.name),
        version,
    }
}

fn target(record: &RoleRecord) -> String {
    format!("role:{}", record.name)
}

/// How many have it, in words.
fn said(holders: RoleHolders) -> String {
    let RoleHolders {
        members,
        clients,
        api_keys,
    } = holders;
    format!("{members} members, {clients} service accounts and {api_keys} API keys")
}

/// A role of the database as it is shown.
#[must_use]
pub fn view(record: &RoleRecord) -> Value {
    let mut view = json!({
        "name": record.name,
        "permissions": list(&record.permissions),
        "source": "database",
        "created_at": record.created_at.secs(),
    });
    if let (Some(text), Some(members)) = (&record.description, view.as_object_mut()) {
        members.insert("description".to_owned(), text.as_str().into());
    }
    view
}

/// How many have it, as it is shown.
#[must_use]
pub fn view_holders(holders: RoleHolders) -> Value {
    json!({
        "members": holders.members,
        "service_accounts": holders.clients,
        "api_keys": holders.api_keys,
    })
}

/// Every role by its name, as it is shown: the file's, and those of the database, of which `stored` are all. A role of the file
/// says whether it hides one of the database.
#[must_use]
pub fn all(realm: &Realm, stored: &[RoleRecord]) -> BTreeMap<Arc<str>, Value> {
    let mut all: BTreeMap<Arc<str>, Value> = stored.iter().map(|role| (Arc::clone(&role.name), view(role))).collect();
    for (name, held) in realm.roles.iter().filter(|(name, _)| realm.is_role_of_file(name)) {
        let view = json!({
            "name": name,
            "permissions": list(held),
            "source": "file",
            "hides_stored": all.contains_key(name),
        });
        all.insert(Arc::clone(name), view);
    }
    all
}

#[cfg(test)]
mod tests;
