//! Keycloak: the document of `kc.sh export`, a realm with its clients and users. Clients that Keycloak makes for itself, and
//! the users behind service accounts, stay there.

use super::{DEVICE, is, listed, put, secrets, text};
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
    let attributes = client.get("attributes").unwrap_or(&Value::Null);
    let set = |name| text(attributes, name) == Some("true");
    let public = is(client, "publicClient");
    // How a client proves itself by a key or a certificate is not taken over: by its name there, reading refuses it.
    let other = text(client, "clientAuthenticatorType").filter(|how| !public && *how != "client-secret");
    let method = other.unwrap_or(if public { "none" } else { "client_secret_basic" });
    // Names of what Keycloak has translations for are no names.
    let name = text(client, "name").filter(|name| !name.starts_with("${"));
    let redirect_uris = redirect_uris(client);
    let mut members = Map::new();
    let mut say = |name, value| put(&mut members, name, value);
    say("kind", json!("client"));
    say("client_id", json!(id));
    say("name", json!(name.or(id)));
    say("token_endpoint_auth_method", json!(method));
    say("grant_types", json!(grant_types(client, attributes)));
    let logout = text(attributes, "post.logout.redirect.uris").filter(|uris| *uris != "-");
    say(
        "post_logout_redirect_uris",
        match logout {
            Some("+") => json!(redirect_uris),
            uris => json!(uris.map(|uris| uris.split("##").collect::<Vec<_>>())),
        },
    );
    say("redirect_uris", json!(redirect_uris));
    // What a client is held to there it is held to here.
    for (there, here) in [
        (
            "require.pushed.authorization.requests",
            "require_pushed_authorization_requests",
        ),
        ("dpop.bound.access.tokens", "dpop_bound_access_tokens"),
        (
            "tls.client.certificate.bound.access.tokens",
            "tls_client_certificate_bound_access_tokens",
        ),
        (
            "backchannel.logout.session.required",
            "backchannel_logout_session_required",
        ),
    ] {
        say(here, set(there).then_some(true).into());
    }
    say(
        "backchannel_logout_uri",
        json!(text(attributes, "backchannel.logout.url")),
    );
    // Another protocol is none that a client could be taken over with: reading refuses it.
    say(
        "protocol",
        json!(text(client, "protocol").filter(|protocol| *protocol != "openid-connect")),
    );
    say("enabled", client.get("enabled").cloned().unwrap_or_default());
    let secret = text(client, "secret").filter(|_| !public && other.is_none());
    say("secrets", secrets(secret, None));
    Value::Object(members)
}

fn grant_types(client: &Value, attributes: &Value) -> Vec<&'static str> {
    let code = is(client, "standardFlowEnabled");
    let device = text(attributes, "oauth2.device.authorization.grant.enabled") == Some("true");
    let refresh = text(attributes, "use.refresh.tokens") != Some("false");
    let flows = [
        (code, "authorization_code"),
        (device, DEVICE),
        (refresh && (code || device), "refresh_token"),
        (is(client, "serviceAccountsEnabled"), "client_credentials"),
    ];
    flows
        .into_iter()
        .filter(|(used, _)| *used)
        .map(|(_, grant)| grant)
        .collect()
}

/// An address that begins with a slash continues the client's own.
fn redirect_uris(client: &Value) -> Vec<String> {
    let root = text(client, "rootUrl")
        .filter(|root| !root.starts_with("${"))
        .unwrap_or_default();
    let listed = client
        .get("redirectUris")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let whole = |uri: &str| {
        if uri.starts_with('/') {
            format!("{}{uri}", root.trim_end_matches('/'))
        } else {
            uri.to_owned()
        }
    };
    listed.filter_map(Value::as_str).map(whole).collect()
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
    let actions = user.get("requiredActions").and_then(Value::as_array);
    // Set by somebody else, for one login: as a password for good it would be a weaker one than nobody has yet.
    let for_once = actions.is_some_and(|actions| actions.iter().any(|action| action == "UPDATE_PASSWORD"));
    let password = user.get("credentials").and_then(password).filter(|_| !for_once);
    json!({
        "kind": "user",
        "id": text(user, "id"),
        "username": text(user, "username"),
        "password_hash": password,
        // Nobody becomes a user of a password alone unnoticed: reading refuses what is named here.
        "credentials": user.get("credentials").and_then(others),
        "enabled": user.get("enabled"),
        "created_at": made.map(|millis| millis.div_euclid(1000)),
        "claims": claims,
    })
}

/// What somebody needed beside the password: keys, codes of an app; and a password that is no hash. Passwords of the past are
/// for nobody's login.
fn others(credentials: &Value) -> Option<Vec<&str>> {
    let all = credentials.as_array()?.iter();
    let others = all.filter(|one| match text(one, "type") {
        Some("password") => text(one, "secretData").is_none(),
        kind => kind != Some("password-history"),
    });
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
            let version = if more("version").is_none_or(|version| version == "1.3") {
                19
            } else {
                16
            };
            Some(format!(
                "$argon2{kind}$v={version}$m={memory},t={passes},p={lanes}${salt}${value}"
            ))
        }
        // It called the first one by no number.
        "pbkdf2" => Some(format!("$pbkdf2-sha1$i={passes}${salt}${value}")),
        other => Some(format!("${other}$i={passes}${salt}${value}")),
    }
}
