//! Auth0: `GET /api/v2/clients`, or the export of password hashes, one user a line. A user's id is the one that tokens had:
//! `auth0|` and what the database calls them.

use super::{grants, is, listed, put, secrets, text};
use serde_json::{Map, Value, json};

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
    let asked: Vec<&str> = client
        .get("grant_types")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let inner = |member: &str, name: &str| client.get(member).and_then(|inner| inner.get(name)).cloned();
    let told = inner("oidc_logout", "backchannel_logout_urls");
    let told = told.as_ref().and_then(Value::as_array).and_then(|urls| urls.first());
    let secret = text(client, "client_secret").filter(|_| other.is_none() && method != Some("none"));
    let mut members = Map::new();
    let mut say = |name, value| put(&mut members, name, value);
    say("kind", json!("client"));
    say("client_id", json!(text(client, "client_id")));
    say(
        "name",
        json!(text(client, "name").or_else(|| text(client, "client_id"))),
    );
    say(
        "application_type",
        json!((text(client, "app_type") == Some("native")).then_some("native")),
    );
    say("token_endpoint_auth_method", json!(method));
    say("grant_types", grants(&asked));
    say("redirect_uris", client.get("callbacks").cloned().unwrap_or_default());
    say(
        "post_logout_redirect_uris",
        client.get("allowed_logout_urls").cloned().unwrap_or_default(),
    );
    say("backchannel_logout_uri", json!(told));
    // What a client is held to there it is held to here.
    let duty = "require_pushed_authorization_requests";
    say(duty, is(client, duty).then_some(true).into());
    say(
        "dpop_bound_access_tokens",
        is(client, "require_proof_of_possession").then_some(true).into(),
    );
    say(
        "require_signed_request_object",
        inner("signed_request_object", "required")
            .filter(|held| *held == true)
            .unwrap_or_default(),
    );
    say("secrets", secrets(secret, None));
    Value::Object(members)
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
        // Nobody becomes a user of a password alone unnoticed: reading refuses what is named here.
        "multifactor": user.get("multifactor").filter(|factors| factors.as_array().is_some_and(|list| !list.is_empty())),
        "enabled": is(user, "blocked").then_some(false),
        "claims": claims,
    })
}
