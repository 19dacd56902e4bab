//! Keycloak: the document of `kc.sh export`, a realm with its clients and users. Clients that Keycloak makes for itself, and
//! the users behind service accounts, stay there.

use super::{is, listed, secrets, text};
use serde_json::{Map, Value, json};

/// What each realm has of its own.
const BUILT_IN: &[&str] = &[
    "account",
    "account-console",
    "admin-cli",
    "broker",
    "realm-management",
    "security-admin-console",
];

pub(super) fn objects(exported: &Value) -> Vec<Value> {
    let realms = listed(exported, &[]);
    let of = |member: &'static str| {
        let lists = realms.iter().filter_map(move |realm| realm.get(member)?.as_array());
        lists.flatten()
    };
    let clients = of("clients").filter(|client| {
        let own = text(client, "clientId").is_some_and(|id| BUILT_IN.contains(&id) || id.ends_with("-realm"));
        !own && !is(client, "bearerOnly")
    });
    let users = of("users").filter(|user| text(user, "serviceAccountClientId").is_none());
    clients.map(client).chain(users.map(user)).collect()
}

fn client(client: &Value) -> Value {
    let id = text(client, "clientId");
    let flows = [
        ("standardFlowEnabled", "authorization_code"),
        ("standardFlowEnabled", "refresh_token"),
        ("serviceAccountsEnabled", "client_credentials"),
    ];
    let grants: Vec<_> = flows
        .iter()
        .filter(|(flow, _)| is(client, flow))
        .map(|(_, grant)| *grant)
        .collect();
    let public = is(client, "publicClient");
    // How a client proves itself by a key or a certificate is not taken over: by its name there, reading refuses it.
    let other = text(client, "clientAuthenticatorType").filter(|how| !public && *how != "client-secret");
    let method = other.unwrap_or(if public { "none" } else { "client_secret_basic" });
    // Names of what Keycloak has translations for are no names.
    let name = text(client, "name").filter(|name| !name.starts_with("${"));
    json!({
        "kind": "client",
        "client_id": id,
        "name": name.or(id),
        "token_endpoint_auth_method": method,
        "grant_types": grants,
        "redirect_uris": client.get("redirectUris"),
        "enabled": client.get("enabled"),
        "secrets": if public || other.is_some() { Value::Null } else { secrets(text(client, "secret")) },
    })
}

fn user(user: &Value) -> Value {
    let mut claims = Map::new();
    if let Some(email) = text(user, "email") {
        claims.insert("email".to_owned(), json!(email));
        claims.insert("email_verified".to_owned(), json!(is(user, "emailVerified")));
    }
    for (there, here) in [("firstName", "given_name"), ("lastName", "family_name")] {
        if let Some(value) = text(user, there) {
            claims.insert(here.to_owned(), json!(value));
        }
    }
    let made = user.get("createdTimestamp").and_then(Value::as_i64);
    json!({
        "kind": "user",
        "id": text(user, "id"),
        "username": text(user, "username"),
        "password_hash": user.get("credentials").and_then(password),
        // Nobody becomes a user of a password alone unnoticed: reading refuses what is named here.
        "credentials": user.get("credentials").and_then(others),
        "enabled": user.get("enabled"),
        "created_at": made.map(|millis| millis.div_euclid(1000)),
        "claims": claims,
    })
}

/// What somebody needed beside the password: keys, codes of an app. Passwords of the past are for nobody's login.
fn others(credentials: &Value) -> Option<Vec<&str>> {
    let all = credentials.as_array()?.iter();
    let others = all.filter(|one| !matches!(text(one, "type"), Some("password" | "password-history")));
    let types: Vec<&str> = others.map(|one| text(one, "type").unwrap_or("unknown")).collect();
    (!types.is_empty()).then_some(types)
}

/// The hash of the password, in the form that says by what it was made.
fn password(credentials: &Value) -> Option<String> {
    let mut all = credentials.as_array()?.iter();
    let credential = all.find(|one| text(one, "type") == Some("password"))?;
    let inner = |member| serde_json::from_str::<Value>(text(credential, member)?).ok();
    let (secret, how) = (inner("secretData")?, inner("credentialData")?);
    let bare = |member| Some(text(&secret, member)?.trim_end_matches('=').to_owned());
    let (salt, value) = (bare("salt")?, bare("value")?);
    let passes = how.get("hashIterations")?.as_u64()?;
    match text(&how, "algorithm")? {
        "argon2" => {
            let more = |member| {
                how.get("additionalParameters")?
                    .get(member)?
                    .as_array()?
                    .first()?
                    .as_str()
            };
            let (kind, memory, lanes) = (more("type")?, more("memory")?, more("parallelism")?);
            Some(format!(
                "$argon2{kind}$v=19$m={memory},t={passes},p={lanes}${salt}${value}"
            ))
        }
        // It called the first one by no number.
        "pbkdf2" => Some(format!("$pbkdf2-sha1$i={passes}${salt}${value}")),
        other => Some(format!("${other}$i={passes}${salt}${value}")),
    }
}
