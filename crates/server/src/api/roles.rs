//! `/roles` and `/permissions`. Permissions, and the roles of the realm's file, are read, not changed, here; the roles of the
//! database are the realm's, so a token that is confined to a tenant changes none.

use super::answer::{Answer, Versioned};
use super::call::Call;
use super::commit;
use super::cursor;
use super::once::{self, Created};
use super::problem::Problem;
use super::route::{Conditions, Gives, Param, Route, handler};
use grantd_core::admin::role::{self, There};
use grantd_core::admin::{Edit, Refused};
use grantd_core::permission::Permission;
use grantd_core::record::{RoleHolders, RoleRecord};
use grantd_protocol::Timestamp;
use grantd_store::Store;
use serde_json::{Value, json};

const READ: &str = "grantd:roles:read";
const WRITE: &str = "grantd:roles:write";

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/roles",
        permission: READ,
        tenants: true,
        says: "List the roles and what each permits: those of the realm's file, and those of the database beside them.",
        takes: None,
        gives: Gives::Page("Role"),
        conditions: Conditions::Unread,
        query: &[],
        handle: handler!(list),
    },
    Route {
        method: "POST",
        path: "/roles",
        permission: WRITE,
        tenants: false,
        says: "Make a role in the database, which permits no more of the server's own than the caller may. Its name is none of the file's, and nobody has it.",
        takes: Some("NewRole"),
        gives: Gives::Created("Role"),
        conditions: Conditions::Unread,
        query: &[],
        handle: handler!(create),
    },
    Route {
        method: "GET",
        path: "/roles/{role}",
        permission: READ,
        tenants: true,
        says: "Show a role as it counts; and how many have it, where the caller governs the realm.",
        takes: None,
        gives: Gives::Tagged("Role"),
        conditions: Conditions::Unread,
        query: &[],
        handle: handler!(show),
    },
    Route {
        method: "PATCH",
        path: "/roles/{role}",
        permission: WRITE,
        tenants: false,
        says: "Change what a role of the database permits, for everybody who has it, at once. Before and after it permits no more of the server's own than the caller may.",
        takes: Some("RolePatch"),
        gives: Gives::Tagged("Role"),
        conditions: Conditions::Version,
        query: &[],
        handle: handler!(change),
    },
    Route {
        method: "DELETE",
        path: "/roles/{role}",
        permission: WRITE,
        tenants: false,
        says: "Delete a role of the database that no member, service account or API key has; where the file hides it, at any time.",
        takes: None,
        gives: Gives::Nothing,
        conditions: Conditions::Version,
        query: &[],
        handle: handler!(delete),
    },
    Route {
        method: "GET",
        path: "/permissions",
        permission: "grantd:permissions:read",
        tenants: true,
        says: "List the catalogue of permissions: the platform's, then the server's own.",
        takes: None,
        gives: Gives::Page("Permission"),
        conditions: Conditions::Unread,
        query: &[Param {
            name: "q",
            says: "Those that have this in their name, group or description, in capitals or not.",
        }],
        handle: handler!(permissions),
    },
];

async fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let stored = call.store().roles(call.realm()).await?;
    let all = role::all(&call.request.realm.config.realm, &stored);
    let all: Vec<(&str, Value)> = all.iter().map(|(name, view)| (&**name, view.clone())).collect();
    windowed(call, &all, by_name)
}

async fn create(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.body()?;
    let name = body.get("name").and_then(Value::as_str).unwrap_or_default();
    let load = async |_| {
        let turn = call.store().attempts(role::turn_of(call.realm())).await?;
        let stored = call.store().roles(call.realm()).await?;
        let holders = call.store().role_holders(call.realm(), name).await?;
        Ok(There::beside(name, turn, &stored, holders))
    };
    once::create(call, load, |there, deed| {
        let edit = role::create(&body, *there, deed)?;
        Ok(Edit {
            after: Created {
                body: role::view(&edit.after),
                etag: Some(edit.after.tag()),
                location: format!("/roles/{}", edit.after.name),
                secret: None,
            },
            change: edit.change,
        })
    })
    .await
}

/// A role as it counts: of a name that both have, the file's. Who governs the realm is told how many have it.
async fn show(call: &Call<'_>) -> Result<Answer, Problem> {
    let stored = call.store().roles(call.realm()).await?;
    let realm = &call.request.realm.config.realm;
    let (name, mut view) = role::all(realm, &stored)
        .remove_entry(call.segment("role"))
        .ok_or(Problem::Unknown)?;
    if let Some(members) = view.as_object_mut().filter(|_| call.actor.governs()) {
        let holders = call.store().role_holders(call.realm(), &name).await?;
        members.insert("holders".to_owned(), role::view_holders(holders));
    }
    let found = stored.iter().find(|role| role.name == name);
    Ok(match found {
        Some(role) => Answer::version(view, role).changing_by_itself(),
        None => Answer::object(view),
    })
}

async fn change(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.body()?;
    let after = commit::change(call, load, |(before, _), deed| role::update(before, &body, deed)).await?;
    Ok(Answer::version(role::view(&after), &after))
}

async fn delete(call: &Call<'_>) -> Result<Answer, Problem> {
    commit::change(call, load, |(before, holders), deed| {
        role::delete(before, *holders, deed)
    })
    .await?;
    Ok(Answer::done())
}

/// The role of the database, and who has it.
async fn load(call: &Call<'_>) -> Result<(RoleRecord, RoleHolders), Problem> {
    let (realm, name) = (&call.request.realm.config.realm, call.segment("role"));
    let found = call.store().roles(call.realm()).await?;
    match found.into_iter().find(|role| *role.name == *name) {
        Some(role) => {
            let holders = call.store().role_holders(call.realm(), name).await?;
            Ok((role, holders))
        }
        None if realm.is_role_of_file(name) => Err(Refused::State(role::of_file(name)).into()),
        None => Err(Problem::Unknown),
    }
}

async fn permissions(call: &Call<'_>) -> Result<Answer, Problem> {
    let realm = &call.request.realm.config.realm;
    let catalogue = &realm.catalogue;
    let view = |permission: &Permission| {
        json!({
            "name": permission.name,
            "group": permission.group,
            "description": permission.description,
            "risk": permission.risk,
            "implies": permission.implies,
        })
    };
    // Developers choose from what they can ask for.
    let may_see = |permission: &&Permission| call.actor.developer().is_none() || realm.portal.permits(&permission.name);
    let wanted = call.query.get("q").unwrap_or_default().to_lowercase();
    let is_like = |permission: &&Permission| {
        let texts = [&*permission.name, &permission.group, &permission.description];
        wanted.is_empty() || texts.iter().any(|text| text.to_lowercase().contains(&wanted))
    };
    let all = catalogue.permissions().iter().chain(catalogue.own());
    let all = all.filter(may_see).filter(is_like);
    let all: Vec<(&str, Value)> = all.map(|permission| (&*permission.name, view(permission))).collect();
    windowed(call, &all, as_declared)
}

/// Where a list goes on after an entry of this name.
type GoesOn = fn(&[(&str, Value)], &str) -> usize;

/// By name: after where it would be, if it is gone by now.
fn by_name(all: &[(&str, Value)], after: &str) -> usize {
    all.partition_point(|(name, _)| *name <= after)
}

/// In the order of declaration: whatever was declared stays.
fn as_declared(all: &[(&str, Value)], after: &str) -> usize {
    all.iter()
        .position(|(name, _)| *name == after)
        .map_or(all.len(), |at| at + 1)
}

/// A page of a list that is in memory, in its own order.
fn windowed(call: &Call<'_>, all: &[(&str, Value)], goes_on: GoesOn) -> Result<Answer, Problem> {
    let window = call.window()?;
    let start = window.after.as_deref().map_or(0, |after| goes_on(all, after));
    let limit = usize::try_from(window.limit).unwrap_or(usize::MAX);
    let rows: Vec<_> = all.iter().skip(start).take(limit).collect();
    let more = start + rows.len() < all.len();
    let next = rows
        .last()
        .filter(|_| more)
        .map(|(name, _)| cursor::encode(&window.filter, name));
    Ok(Answer::page(
        rows.iter().map(|(_, value)| value.clone()).collect(),
        next,
    ))
}

impl Versioned for RoleRecord {
    fn version(&self) -> (u64, Timestamp) {
        (self.version, self.created_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_by_name_goes_on_although_the_last_entry_is_gone() {
        let all: Vec<_> = ["admin", "clerk", "owner"].map(|name| (name, json!({}))).into();
        assert_eq!(by_name(&all, "clerk"), 2);
        assert_eq!(by_name(&all, "desk"), 2);
        assert_eq!(by_name(&all, "zoo"), 3);
        assert_eq!((as_declared(&all, "clerk"), as_declared(&all, "desk")), (2, 3));
    }
}
