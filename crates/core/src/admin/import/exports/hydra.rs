//! Ory Hydra: `GET /admin/clients`, `hydra list oauth2-clients --format json`, or rows of its table `hydra_client`, which have
//! the hashes of the secrets. A table holds lists as JSON, as JSON in a text, or, before version 2, joined by bars. Users are
//! not its business.

use super::{grants, is, listed, put, secrets, text};
use serde_json::{Map, Value, json};

pub(super) fn objects(exported: &Value) -> Vec<Value> {
    listed(exported, &["items", "clients"])
        .into_iter()
        .map(client)
        .collect()
}

fn client(client: &Value) -> Value {
    let id = text(client, "client_id").or_else(|| text(client, "id"));
    let scopes = text(client, "scope").unwrap_or_default().split(' ');
    // Two names there for one thing.
    let scopes = scopes.filter(|scope| !scope.is_empty()).map(|scope| match scope {
        "offline" => "offline_access",
        other => other,
    });
    let asked = list(client, "grant_types");
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    let mut members = Map::new();
    let mut say = |name, value| put(&mut members, name, value);
    say("kind", json!("client"));
    say("client_id", json!(id));
    say("name", json!(text(client, "client_name").or(id)));
    say(
        "token_endpoint_auth_method",
        json!(text(client, "token_endpoint_auth_method")),
    );
    // Where a client names none, it uses this one there.
    say(
        "grant_types",
        grants(if asked.is_empty() {
            &["authorization_code"]
        } else {
            &asked
        }),
    );
    say("scopes", json!(scopes.collect::<Vec<_>>()));
    for name in ["redirect_uris", "post_logout_redirect_uris", "request_uris"] {
        say(name, json!(list(client, name)));
    }
    for name in [
        "jwks_uri",
        "subject_type",
        "sector_identifier_uri",
        "backchannel_logout_uri",
        "frontchannel_logout_uri",
    ] {
        say(name, json!(text(client, name)));
    }
    for name in [
        "backchannel_logout_session_required",
        "frontchannel_logout_session_required",
    ] {
        say(name, is(client, name).into());
    }
    say("token_format", json!(text(client, "access_token_strategy")));
    let signed = text(client, "userinfo_signed_response_alg").filter(|how| *how != "none");
    say("userinfo_signed_response_alg", json!(signed));
    let keys = keys(client);
    let has_keys = !keys.is_null() || text(client, "jwks_uri").is_some();
    for name in ["token_endpoint_auth_signing_alg", "request_object_signing_alg"] {
        // What is signed with nothing there is not signed here.
        let signs = text(client, name).filter(|how| has_keys && !matches!(*how, "" | "none"));
        say(name, json!(signs));
    }
    say("jwks", keys);
    let ends = client.get("client_secret_expires_at").and_then(Value::as_u64);
    say(
        "secrets",
        secrets(text(client, "client_secret"), ends.filter(|end| *end > 0)),
    );
    Value::Object(members)
}

fn list(client: &Value, name: &str) -> Vec<String> {
    let texts = |list: &[Value]| list.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    match client.get(name) {
        Some(Value::Array(list)) => texts(list),
        Some(Value::String(text)) => match serde_json::from_str(text) {
            Ok(Value::Array(list)) => texts(&list),
            _ => text
                .split('|')
                .filter(|one| !one.is_empty())
                .map(str::to_owned)
                .collect(),
        },
        _ => Vec::new(),
    }
}

/// Its public keys, if it has any: an object without keys is there for every client.
fn keys(client: &Value) -> Value {
    let keys = match client.get("jwks") {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
        Some(keys) => keys.clone(),
        None => Value::Null,
    };
    let some = keys
        .get("keys")
        .and_then(Value::as_array)
        .is_some_and(|keys| !keys.is_empty());
    if some { keys } else { Value::Null }
}
