//! Auth0: `GET /api/v2/clients`, or the export of password hashes, one user a line. A user's id is the one that tokens had:
//! `auth0|` and what the database calls them.

use super::{GRANTS, is, known, listed, secrets, text};
use serde_json::{Value, json};

pub(super) fn objects(exported: &Value) -> Vec<Value> {
    let all = listed(exported, &["clients", "users"]).into_iter();
    // The one that stands for all of a tenant's is nobody's application.
    all.filter(|one| !is(one, "global"))
        .map(|one| {
            if one.get("client_id").is_some() {
                client(one)
            } else {
                user(one)
            }
        })
        .collect()
}

fn client(client: &Value) -> Value {
    // How a client proves itself by a key or a certificate is not taken over: by its name there, reading refuses it.
    let others = client.get("client_authentication_methods").and_then(Value::as_object);
    let other = others.and_then(|others| others.keys().next()).map(String::as_str);
    let method = other.or_else(|| text(client, "token_endpoint_auth_method"));
    json!({
        "kind": "client",
        "client_id": text(client, "client_id"),
        "name": text(client, "name").or_else(|| text(client, "client_id")),
        "application_type": (text(client, "app_type") == Some("native")).then_some("native"),
        "token_endpoint_auth_method": method,
        "grant_types": known(client, "grant_types", GRANTS),
        "redirect_uris": client.get("callbacks"),
        "post_logout_redirect_uris": client.get("allowed_logout_urls"),
        "secrets": if other.is_some() || method == Some("none") {
            Value::Null
        } else {
            secrets(text(client, "client_secret"))
        },
    })
}

fn user(user: &Value) -> Value {
    let row = text(user, "alt_id").or_else(|| text(user.get("_id")?, "$oid"));
    let id = text(user, "user_id").map(str::to_owned);
    let id = id.or_else(|| row.map(|row| format!("auth0|{row}")));
    let identifiers = user.get("identifiers").and_then(Value::as_array);
    let address = identifiers
        .into_iter()
        .flatten()
        .find(|one| text(one, "type") == Some("email"));
    let email = text(user, "email").or_else(|| text(address?, "value"));
    let verified = user.get("email_verified").or_else(|| address?.get("verified"));
    let mut claims = serde_json::Map::new();
    if let Some(email) = email {
        claims.insert("email".to_owned(), json!(email));
        claims.insert(
            "email_verified".to_owned(),
            verified.cloned().unwrap_or(Value::Bool(false)),
        );
    }
    for name in ["name", "given_name", "family_name", "nickname", "picture"] {
        if let Some(value) = text(user, name) {
            claims.insert(name.to_owned(), json!(value));
        }
    }
    json!({
        "kind": "user",
        "id": id,
        "username": text(user, "username").or(email),
        "password_hash": text(user, "passwordHash"),
        "enabled": is(user, "blocked").then_some(false),
        "claims": claims,
    })
}
