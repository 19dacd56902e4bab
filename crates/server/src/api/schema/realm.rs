//! A realm's settings and permissions, what became of them, and problems.

use super::parts::{GRANTS, METHODS, flag, instant, many_of, object, one_of, text, texts};
use serde_json::{Value, json};

pub(super) fn realm_wide() -> Vec<(&'static str, Value)> {
    vec![
        (
            "UnusedClients",
            object(
                "Clients to take away, if they are unused.",
                &["unused_for", "client_ids"],
                json!({
                    "unused_for": { "type": "integer", "minimum": 86_400, "maximum": 315_360_000, "description": "Only what was not heard of for so many seconds." },
                    "client_ids": { "type": "array", "maxItems": 100, "uniqueItems": true, "items": text() },
                }),
                json!({ "unused_for": 7_776_000, "client_ids": ["dyn_4kq9tz"] }),
            ),
        ),
        (
            "ExpiredClients",
            object(
                "What became of each.",
                &["expired", "kept"],
                json!({ "expired": texts(), "kept": texts() }),
                json!({ "expired": ["dyn_4kq9tz"], "kept": [] }),
            ),
        ),
        ("Usage", usage()),
        (
            "Trim",
            object(
                "After how many days without use a permission goes; 30 where absent.",
                &[],
                json!({ "idle_days": { "type": "integer", "minimum": 1, "maximum": 365 } }),
                json!({ "idle_days": 90 }),
            ),
        ),
        (
            "Permission",
            object(
                "A permission of the catalogue.",
                &["name", "group", "description", "risk", "implies"],
                json!({ "name": text(), "group": text(), "description": text(), "risk": one_of(&["read", "change", "delete", "money", "admin"]), "implies": texts() }),
                json!({ "name": "invoices:read", "group": "Invoices", "description": "See invoices", "risk": "read", "implies": [] }),
            ),
        ),
        (
            "AuditLine",
            object(
                "Who did what, from where. `detail` has the object before and after, never a secret.",
                &["id", "at", "actor", "action", "target", "detail"],
                json!({ "id": text(), "at": instant(), "actor": text(), "action": text(), "target": text(), "address": text(), "detail": { "type": "object" } }),
                json!({ "id": "0190aaaa0000700080000000000000ad", "at": 1_800_000_000, "actor": "client:ops", "action": "client.created", "target": "client:books", "address": "192.0.2.1", "detail": {} }),
            ),
        ),
        (
            "Finding",
            object(
                "A rule that the realm only tries out, and a client that it would have refused.",
                &["client_id", "rule", "count", "first_at", "last_at"],
                json!({ "client_id": text(), "rule": one_of(&["pkce", "exact_scopes", "audience", "dpop", "unused_permissions"]), "count": { "type": "integer" }, "first_at": instant(), "last_at": instant() }),
                json!({ "client_id": "books", "rule": "pkce", "count": 12, "first_at": 1_800_000_000, "last_at": 1_800_050_000 }),
            ),
        ),
        ("Refusals", refusals()),
        ("Realm", settings()),
        ("Problem", problem()),
    ]
}

/// How many requests were refused.
fn refusals() -> Value {
    let hour = json!({
        "type": "object", "required": ["at", "count"], "additionalProperties": false,
        "properties": { "at": instant(), "count": { "type": "integer" } },
    });
    let reason = json!({
        "type": "object", "required": ["endpoint", "error", "count"], "additionalProperties": false,
        "properties": { "endpoint": text(), "error": text(), "count": { "type": "integer" } },
    });
    object(
        "How many requests were refused with an error: one number for each hour, the oldest first, and for each reason, the \
         most frequent first. Of every endpoint but this API, whose refusals are in the audit log; steps on the way, such as \
         `authorization_pending`, and this server's own faults are none.",
        &["count", "hours", "reasons"],
        json!({
            "count": { "type": "integer" },
            "hours": { "type": "array", "items": hour },
            "reasons": { "type": "array", "items": reason },
        }),
        json!({
            "count": 3,
            "hours": [{ "at": 1_799_996_400, "count": 1 }, { "at": 1_800_000_000, "count": 2 }],
            "reasons": [{ "endpoint": "token", "error": "invalid_client", "count": 3 }],
        }),
    )
}

/// What is known of a client's use of its permissions.
fn usage() -> Value {
    let held = json!({
        "type": "object", "required": ["permission", "usage"], "additionalProperties": false,
        "properties": {
            "permission": text(), "usage": one_of(&["used", "unused", "unknown"]), "count": { "type": "integer" },
            "last_used_at": instant(),
        },
    });
    let says = "Which permissions a client has and uses. `unknown` where no API reports; `droppable` are those without a \
        use for `idle_days`, and empty where uses were not reported for all of that time.";
    object(
        says,
        &["client_id", "granted", "idle_days", "permissions", "droppable"],
        json!({
            "client_id": text(), "granted": texts(), "idle_days": { "type": "integer" }, "reported_since": instant(),
            "permissions": { "type": "array", "items": held }, "droppable": texts(),
        }),
        json!({
            "client_id": "books", "granted": ["invoices:*"], "idle_days": 30, "reported_since": 1_800_000_000, "droppable": ["invoices:write"],
            "permissions": [
                { "permission": "invoices:read", "usage": "used", "count": 12, "last_used_at": 1_800_003_600 },
                { "permission": "invoices:write", "usage": "unused" },
            ],
        }),
    )
}

fn settings() -> Value {
    let seconds = || json!({ "type": "integer" });
    object(
        "The realm's settings.",
        &["name", "issuer"],
        json!({
            "name": text(), "display_name": text(), "issuer": text(), "aliases": texts(), "pkce": text(),
            "excess_scope": text(), "openid": flag(), "token_endpoint_auth_methods": many_of(METHODS),
            "grant_types": many_of(GRANTS),
            "access_token": { "type": "object", "properties": { "format": text(), "algorithm": text(), "lifetime": seconds() } },
            "refresh_token": { "type": "object", "properties": { "rotation": text(), "grace": seconds(), "idle": seconds(), "absolute": seconds() } },
            "code": { "type": "object", "properties": { "lifetime": seconds() } },
            "session": { "type": "object", "properties": { "lifetime": seconds() } },
            "tenants": { "type": "object", "properties": { "enabled": flag(), "claim": text() } },
            "resources": { "type": "array", "items": { "type": "object", "properties": { "identifier": text(), "name": text() } } },
            "default_resource": text(), "source": text(),
            "settings": { "type": "object", "description": "Every key of the realm's file with its value and where that is written, secrets left out: each leaf has `value` and `from`. Permissions and roles have routes of their own." },
        }),
        json!({ "name": "acme", "issuer": "https://id.example" }),
    )
}

/// RFC 9457.
fn problem() -> Value {
    object(
        "A problem (RFC 9457).",
        &["type", "title", "status", "detail", "request_id"],
        json!({
            "type": text(), "title": text(), "status": { "type": "integer" }, "detail": text(), "request_id": text(),
            "needed": { "type": "string", "description": "The permission that the token lacks." },
            "errors": {
                "type": "array",
                "items": {
                    "type": "object", "required": ["pointer", "detail"], "additionalProperties": false,
                    "properties": { "pointer": { "type": "string", "description": "A JSON pointer into the body." }, "detail": text() },
                },
            },
        }),
        json!({
            "type": "urn:grantd:problem:invalid", "title": "invalid", "status": 422, "detail": "the body has mistakes",
            "request_id": "0190aaaa0000700080000000000000ae", "errors": [{ "pointer": "/name", "detail": "is missing" }],
        }),
    )
}
