//! Tenants, who belongs to them, and sessions.

use super::apps::policy;
use super::parts::{flag, instant, members, object, text};
use serde_json::{Value, json};

pub(super) fn tenants() -> Vec<(&'static str, Value)> {
    let tenant = json!({ "name": text(), "enabled": flag(), "app_policy": policy() });
    let mut new_tenant = members(tenant.clone());
    new_tenant.insert("id".to_owned(), text());
    vec![
        (
            "Tenant",
            object(
                "A company or account that tokens act for.",
                &["id", "name", "enabled", "app_policy", "created_at"],
                json!({ "id": text(), "name": text(), "enabled": flag(), "app_policy": policy(), "created_at": instant() }),
                json!({ "id": "globex", "name": "Globex", "enabled": true, "app_policy": "open", "created_at": 1_800_000_000 }),
            ),
        ),
        (
            "NewTenant",
            object(
                "A new tenant; its id is drawn where absent.",
                &["name"],
                Value::Object(new_tenant),
                json!({ "id": "globex", "name": "Globex" }),
            ),
        ),
        (
            "TenantPatch",
            object(
                "What changes of a tenant (RFC 7396).",
                &[],
                tenant,
                json!({ "name": "Globex Europe" }),
            ),
        ),
        (
            "Member",
            object(
                "A user's place in a tenant.",
                &["user_id", "tenant", "role"],
                json!({ "user_id": text(), "username": text(), "tenant": text(), "role": text() }),
                json!({ "user_id": "7Yb2QdKx0c5LmNvRt1sUwE", "username": "ada@example.com", "tenant": "globex", "role": "viewer" }),
            ),
        ),
        (
            "NamedMember",
            object(
                "A new member by the name that the user logs in with.",
                &["username", "role"],
                json!({ "username": text(), "role": text() }),
                json!({ "username": "ada@example.com", "role": "viewer" }),
            ),
        ),
        (
            "NewMember",
            object(
                "The role of a member.",
                &["role"],
                json!({ "role": text() }),
                json!({ "role": "viewer" }),
            ),
        ),
        (
            "Session",
            object(
                "A browser in which a user is logged in.",
                &["id", "user_id", "logged_in_at", "created_at", "expires_at"],
                json!({ "id": text(), "user_id": text(), "logged_in_at": instant(), "created_at": instant(), "expires_at": instant(), "user_agent": text(), "address": text() }),
                json!({ "id": "0190aaaa0000700080000000000000aa", "user_id": "7Yb2QdKx0c5LmNvRt1sUwE", "logged_in_at": 1_800_000_000, "created_at": 1_800_000_000, "expires_at": 1_800_028_800, "address": "192.0.2.1" }),
            ),
        ),
    ]
}
