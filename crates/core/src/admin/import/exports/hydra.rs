//! Ory Hydra: `GET /admin/clients`, `hydra list clients --format json`, or rows of its table of clients, which have the hashes
//! of the secrets. Users are not its business.

use super::{GRANTS, known, listed, secrets, text};
use serde_json::{Value, json};

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
    let mut object = json!({
        "kind": "client",
        "client_id": id,
        "name": text(client, "client_name").or(id),
        "token_endpoint_auth_method": client.get("token_endpoint_auth_method"),
        "grant_types": known(client, "grant_types", GRANTS),
        "redirect_uris": client.get("redirect_uris"),
        "post_logout_redirect_uris": client.get("post_logout_redirect_uris"),
        "scopes": scopes.collect::<Vec<_>>(),
        "secrets": secrets(text(client, "client_secret")),
    });
    if let (Some(members), Some(jwks)) = (object.as_object_mut(), client.get("jwks"))
        && jwks
            .get("keys")
            .and_then(Value::as_array)
            .is_some_and(|keys| !keys.is_empty())
    {
        members.insert("jwks".to_owned(), jwks.clone());
    }
    object
}
