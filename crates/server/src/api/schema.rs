//! The shapes of bodies, as JSON Schema (2020-12, what OpenAPI 3.1 takes): one for each name that the route table uses.
//! Tests hold every reply against them.

mod api_keys;
mod apps;
mod clients;
mod handover;
mod openid;
mod parts;
mod realm;
mod roles;
mod tenants;
mod tokens;
mod users;
mod webhooks;

use serde_json::{Map, Value};

/// Every shape by its name.
pub(super) fn all() -> Map<String, Value> {
    let groups = [
        clients::clients(),
        users::users(),
        tenants::tenants(),
        apps::apps(),
        api_keys::api_keys(),
        tokens::tokens(),
        webhooks::webhooks(),
        roles::roles(),
        realm::realm_wide(),
        handover::handover(),
    ];
    groups
        .into_iter()
        .flatten()
        .map(|(name, schema)| (name.to_owned(), schema))
        .collect()
}
