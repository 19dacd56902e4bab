//! Applications in tenants.

use super::parts::{instant, object, one_of, text};
use serde_json::{Value, json};

pub(super) fn apps() -> Vec<(&'static str, Value)> {
    vec![
        (
            "TenantApp",
            object(
                "What a tenant decided about an application, or is asked to decide.",
                &["tenant", "client_id", "name", "state"],
                json!({
                    "tenant": text(), "client_id": text(), "name": text(),
                    "state": one_of(&["waiting", "allowed", "blocked"]),
                    "asked_by": text(), "asked_at": instant(), "decided_at": instant(),
                }),
                json!({ "tenant": "globex", "client_id": "pk3v0s9mDqQ2", "name": "Ledgerly", "state": "waiting",
                    "asked_by": "7Yb2QdKx0c5LmNvRt1sUwE", "asked_at": 1_800_000_000 }),
            ),
        ),
        (
            "AppDecision",
            object(
                "Whether a tenant's members may use an application.",
                &["state"],
                json!({ "state": one_of(&["allowed", "blocked"]) }),
                json!({ "state": "blocked" }),
            ),
        ),
        (
            "AppPolicy",
            object(
                "Whether new applications wait for an administrator of the tenant.",
                &["app_policy"],
                json!({ "app_policy": policy() }),
                json!({ "app_policy": "approval" }),
            ),
        ),
    ]
}

/// What a tenant's members may do with applications that nobody there decided about.
pub(super) fn policy() -> Value {
    one_of(&["open", "approval"])
}
