//! API keys.

use super::parts::{instant, members, object, one_of, text, texts};
use serde_json::{Value, json};

pub(super) fn api_keys() -> Vec<(&'static str, Value)> {
    let patch = json!({ "name": { "type": "string", "minLength": 1, "maxLength": 120 }, "scopes": texts(), "expires_at": instant() });
    let mut new_key = members(patch.clone());
    new_key.insert("tenant".to_owned(), text());
    vec![
        ("ApiKey", api_key(false)),
        ("ApiKeyWithText", api_key(true)),
        (
            "NewApiKey",
            object(
                "A new API key. Where the realm has tenants it acts in one: the caller's own, if it has one.",
                &["name", "scopes"],
                Value::Object(new_key),
                json!({ "name": "Reporting", "tenant": "globex", "scopes": ["invoices:read"] }),
            ),
        ),
        (
            "ApiKeyPatch",
            object(
                "What changes of an API key (RFC 7396): never more permissions than it has.",
                &[],
                patch,
                json!({ "scopes": ["invoices:read"] }),
            ),
        ),
    ]
}

/// An API key as it is shown.
fn api_key(with_text: bool) -> Value {
    let mut properties = members(json!({
        "id": text(), "name": text(), "scopes": texts(), "last_four": text(), "tenant": text(),
        "state": one_of(&["active", "revoked", "expired", "disabled"]), "created_by": text(), "created_at": instant(),
        "expires_at": instant(), "ended_at": instant(), "last_used_at": instant(),
    }));
    let mut example = json!({
        "id": "0190aaaa0000700080000000000000af", "name": "Reporting", "scopes": ["invoices:read"], "last_four": "x7Qz",
        "tenant": "globex", "state": "active", "created_by": "client:ops", "created_at": 1_800_000_000,
    });
    if with_text {
        let text = json!({ "type": "string", "description": "The key itself, shown once." });
        properties.insert("key".to_owned(), text);
        if let Some(example) = example.as_object_mut() {
            example.insert("key".to_owned(), "acme_key_...x7Qz".into());
        }
    }
    let required = ["id", "name", "scopes", "last_four", "state", "created_by", "created_at"];
    object(
        "A key to the platform's API. Its tag stands for what can be changed of it, not for its state and last use.",
        &required,
        Value::Object(properties),
        example,
    )
}
