//! Access tokens, grants, and the keys that sign.

use super::parts::{flag, instant, members, object, one_of, text, texts};
use serde_json::{Value, json};

/// An access token as it is shown.
fn token(with_value: bool) -> Value {
    let mut properties = members(json!({
        "id": text(), "name": text(), "client_id": text(), "subject": text(), "scopes": texts(), "audience": texts(),
        "format": one_of(&["opaque", "jwt"]), "state": one_of(&["live", "ended", "expired"]),
        "issued_at": instant(), "expires_at": instant(), "ended_at": instant(), "tenant": text(), "grant_id": text(),
    }));
    let mut example = json!({
        "id": "0190aaaa0000700080000000000000ab", "client_id": "books", "subject": "books", "scopes": ["invoices:read"],
        "audience": ["https://api.example"], "format": "jwt", "state": "live", "issued_at": 1_800_000_000, "expires_at": 1_800_003_600,
    });
    if with_value {
        let value = json!({ "type": "string", "description": "The token itself, shown once." });
        properties.insert("access_token".to_owned(), value);
        if let Some(example) = example.as_object_mut() {
            example.insert("access_token".to_owned(), "acme_at_...x7Qz".into());
        }
    }
    let required = [
        "id",
        "client_id",
        "subject",
        "scopes",
        "audience",
        "format",
        "state",
        "issued_at",
        "expires_at",
    ];
    let says = "An access token. One that was made by hand has a name.";
    object(says, &required, Value::Object(properties), example)
}

pub(super) fn tokens() -> Vec<(&'static str, Value)> {
    vec![
        ("Token", token(false)),
        ("TokenWithValue", token(true)),
        (
            "NewToken",
            object(
                "A token to make by hand. `lifetime` is in seconds, a day where absent. `user_id` is for operators.",
                &["client_id", "name", "scopes"],
                json!({
                    "client_id": text(), "name": { "type": "string", "minLength": 1, "maxLength": 120 }, "scopes": texts(),
                    "tenant": text(), "user_id": text(), "lifetime": { "type": "integer", "minimum": 1 },
                }),
                json!({
                    "client_id": "books", "name": "Nightly script", "scopes": ["invoices:read"], "tenant": "globex",
                    "user_id": "7Yb2QdKx0c5LmNvRt1sUwE", "lifetime": 86_400,
                }),
            ),
        ),
        (
            "Grant",
            object(
                "What a user allowed an application.",
                &["id", "user_id", "client_id", "scopes", "created_at", "updated_at"],
                json!({
                    "id": text(), "user_id": text(), "client_id": text(), "scopes": texts(), "tenant": text(), "resources": texts(),
                    "created_at": instant(), "updated_at": instant(), "expires_at": instant(),
                }),
                json!({
                    "id": "0190aaaa0000700080000000000000ac", "user_id": "7Yb2QdKx0c5LmNvRt1sUwE", "client_id": "books",
                    "scopes": ["invoices:read"], "created_at": 1_800_000_000, "updated_at": 1_800_000_000,
                }),
            ),
        ),
        (
            "GrantPatch",
            object(
                "What is left of a grant: fewer scopes than it has.",
                &["scopes"],
                json!({ "scopes": texts() }),
                json!({ "scopes": ["invoices:read"] }),
            ),
        ),
        (
            "Key",
            object(
                "A signing key.",
                &["kid", "alg", "state", "since"],
                json!({ "kid": text(), "alg": text(), "state": one_of(&["next", "active", "retired"]), "since": instant(), "remove_at": instant() }),
                json!({ "kid": "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", "alg": "ES256", "state": "active", "since": 1_800_000_000 }),
            ),
        ),
        (
            "KeyRotation",
            object(
                "Which key rotates. `force` rotates although verifiers may not have fetched the next key yet.",
                &["alg"],
                json!({ "alg": text(), "force": flag() }),
                json!({ "alg": "ES256" }),
            ),
        ),
    ]
}
