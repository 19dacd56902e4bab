//! What schemas are put together of.

use serde_json::{Map, Value, json};

pub(super) const METHODS: &[&str] = &[
    "none",
    "client_secret_basic",
    "client_secret_post",
    "private_key_jwt",
    "tls_client_auth",
    "self_signed_tls_client_auth",
];
pub(super) const GRANTS: &[&str] = &[
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:token-exchange",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
];

/// An object of exactly these members.
pub(super) fn object(says: &str, required: &[&str], properties: Value, example: Value) -> Value {
    json!({
        "type": "object",
        "description": says,
        "required": required,
        "properties": properties,
        "additionalProperties": false,
        "example": example,
    })
}

pub(super) fn text() -> Value {
    json!({ "type": "string" })
}

pub(super) fn texts() -> Value {
    json!({ "type": "array", "items": { "type": "string" } })
}

pub(super) fn flag() -> Value {
    json!({ "type": "boolean" })
}

pub(super) fn instant() -> Value {
    json!({ "type": "integer", "description": "Seconds since 1970." })
}

pub(super) fn one_of(values: &[&str]) -> Value {
    json!({ "type": "string", "enum": values })
}

pub(super) fn many_of(values: &[&str]) -> Value {
    json!({ "type": "array", "items": one_of(values) })
}

/// The same, or `null` to take it away.
pub(super) fn or_null(mut schema: Value) -> Value {
    if let Some(members) = schema.as_object_mut() {
        if let Some(kind) = members.get("type").cloned() {
            members.insert("type".to_owned(), json!([kind, "null"]));
        }
        if let Some(Value::Array(values)) = members.get_mut("enum") {
            values.push(Value::Null);
        }
    }
    schema
}

pub(super) fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
