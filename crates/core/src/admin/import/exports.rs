//! What other servers export, as the objects of an import: each object is told in the words of the import, and what those do
//! not have is left out. Whether an object can be taken over is said where it is read, as of every other. Must not know files.

mod auth0;
mod hydra;
mod keycloak;

use grantd_jose::sha256;
use serde_json::{Map, Value, json};
use std::str::FromStr;

/// The server that wrote an export.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// Ory Hydra: its clients, as its API or its database has them.
    Hydra,
    /// Keycloak: a realm with its clients and users.
    Keycloak,
    /// Auth0: clients as its management API has them, or users as its export of password hashes has them.
    Auth0,
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "hydra" => Ok(Self::Hydra),
            "keycloak" => Ok(Self::Keycloak),
            "auth0" => Ok(Self::Auth0),
            _ => Err("must be hydra, keycloak or auth0".to_owned()),
        }
    }
}

/// The objects of an export, each with its `kind`, in the order in which they refer to each other.
#[must_use]
pub fn objects(origin: Origin, exported: &Value) -> Vec<Map<String, Value>> {
    let told = match origin {
        Origin::Hydra => hydra::objects(exported),
        Origin::Keycloak => keycloak::objects(exported),
        Origin::Auth0 => auth0::objects(exported),
    };
    let mut objects: Vec<Map<String, Value>> = told.into_iter().map(without_null).collect();
    objects.sort_by_key(|object| object.get("kind").and_then(Value::as_str) != Some("client"));
    objects
}

/// The list that a document is, or that one of its members is, or the document itself.
fn listed<'v>(exported: &'v Value, members: &[&str]) -> Vec<&'v Value> {
    let inner = members.iter().find_map(|member| exported.get(member)?.as_array());
    match exported.as_array().or(inner) {
        Some(list) => list.iter().collect(),
        None => vec![exported],
    }
}

fn without_null(object: Value) -> Map<String, Value> {
    match object {
        Value::Object(members) => members.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        _ => Map::new(),
    }
}

fn text<'v>(object: &'v Value, member: &str) -> Option<&'v str> {
    object.get(member)?.as_str().filter(|text| !text.is_empty())
}

fn is(object: &Value, member: &str) -> bool {
    object.get(member).and_then(Value::as_bool) == Some(true)
}

/// Says a member, where there is something to say.
fn put(members: &mut Map<String, Value>, name: &str, value: Value) {
    if !value.is_null() {
        members.insert(name.to_owned(), value);
    }
}

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// Grant types that have the same name there and here.
const GRANTS: &[&str] = &["authorization_code", "refresh_token", "client_credentials", DEVICE];

/// Those of its grant types that a client keeps. Others (implicit, passwords) are none of OAuth 2.1.
fn grants(asked: &[&str]) -> Value {
    json!(asked.iter().filter(|grant| GRANTS.contains(grant)).collect::<Vec<_>>())
}

/// The secrets of a client: a hash as it is, a bare text as its SHA-256, nothing where an export hides it. `ends` is in seconds
/// since 1970.
fn secrets(secret: Option<&str>, ends: Option<u64>) -> Value {
    // An export hides a secret behind stars, or names where it is kept.
    let is_hidden = |secret: &str| secret.bytes().all(|byte| byte == b'*') || secret.starts_with("${");
    let Some(secret) = secret.filter(|secret| !is_hidden(secret)) else {
        return Value::Null;
    };
    let mut members = Map::new();
    if secret.starts_with('$') {
        put(&mut members, "hash", json!(secret));
    } else {
        let digest = sha256(secret.as_bytes());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        put(&mut members, "hash", json!(format!("$sha256${digest}")));
        put(&mut members, "last_four", json!(shown(secret)));
    }
    put(&mut members, "expires_at", json!(ends));
    json!([members])
}

/// By what people know a secret again; of a short one too little would be left.
fn shown(secret: &str) -> Option<&str> {
    const LONG_ENOUGH: usize = 12;
    let (start, _) = secret.char_indices().rev().nth(3)?;
    secret.get(start..).filter(|_| secret.chars().count() >= LONG_ENOUGH)
}

#[cfg(test)]
mod tests;
