//! `/roles` and `/permissions`: what the realm's file declares. They are read, not changed, here.

use super::answer::Answer;
use super::call::Call;
use super::cursor;
use super::problem::Problem;
use super::route::{Gives, Route, handler};
use grantd_core::admin::client::list as scopes;
use grantd_core::permission::Permission;
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/roles",
        permission: "grantd:roles:read",
        tenants: true,
        says: "List the roles and what each permits.",
        takes: None,
        gives: Gives::Page("Role"),
        query: &[],
        handle: handler!(roles),
    },
    Route {
        method: "GET",
        path: "/permissions",
        permission: "grantd:permissions:read",
        tenants: true,
        says: "List the catalogue of permissions: the platform's, then the server's own.",
        takes: None,
        gives: Gives::Page("Permission"),
        query: &[],
        handle: handler!(permissions),
    },
];

async fn roles(call: &Call<'_>) -> Result<Answer, Problem> {
    let realm = &call.request.realm.config.realm;
    let all: Vec<(&str, Value)> = realm
        .roles
        .iter()
        .map(|(name, held)| (&**name, json!({ "name": name, "permissions": scopes(held) })))
        .collect();
    windowed(call, &all)
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
    let all = catalogue.permissions().iter().chain(catalogue.own()).filter(may_see);
    let all: Vec<(&str, Value)> = all.map(|permission| (&*permission.name, view(permission))).collect();
    windowed(call, &all)
}

/// A page of a list that is in memory, in its own order.
fn windowed(call: &Call<'_>, all: &[(&str, Value)]) -> Result<Answer, Problem> {
    let window = call.window()?;
    let start = match &window.after {
        None => 0,
        Some(after) => all
            .iter()
            .position(|(name, _)| name == after)
            .map_or(all.len(), |at| at + 1),
    };
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
