//! The shapes of bodies, as JSON Schema (2020-12, what OpenAPI 3.1 takes): one for each name that the route table uses.
//! Tests hold every reply against them.

mod openid;

use serde_json::{Map, Value, json};

/// Every shape by its name.
pub(super) fn all() -> Map<String, Value> {
    let groups = [clients(), people(), tenants(), api_keys(), tokens(), rest()];
    groups
        .into_iter()
        .flatten()
        .map(|(name, schema)| (name.to_owned(), schema))
        .collect()
}

/// An object of exactly these members.
fn object(says: &str, required: &[&str], properties: Value, example: Value) -> Value {
    json!({
        "type": "object",
        "description": says,
        "required": required,
        "properties": properties,
        "additionalProperties": false,
        "example": example,
    })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn texts() -> Value {
    json!({ "type": "array", "items": { "type": "string" } })
}

fn flag() -> Value {
    json!({ "type": "boolean" })
}

fn instant() -> Value {
    json!({ "type": "integer", "description": "Seconds since 1970." })
}

fn one_of(values: &[&str]) -> Value {
    json!({ "type": "string", "enum": values })
}

fn many_of(values: &[&str]) -> Value {
    json!({ "type": "array", "items": one_of(values) })
}

/// The same, or `null` to take it away.
fn or_null(mut schema: Value) -> Value {
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

const METHODS: &[&str] = &["none", "client_secret_basic", "client_secret_post", "private_key_jwt"];
const GRANTS: &[&str] = &["authorization_code", "refresh_token", "client_credentials"];

fn lifetime() -> Value {
    json!({ "type": "integer", "minimum": 60, "maximum": 315_360_000, "description": "Seconds." })
}

/// What can be set of every client.
fn permitted() -> Map<String, Value> {
    members(json!({
        "name": { "type": "string", "minLength": 1, "maxLength": 200 },
        "scopes": texts(),
        "default_scopes": texts(),
        "optional_scopes": texts(),
        "token_format": or_null(one_of(&["opaque", "jwt"])),
        "access_lifetime": or_null(lifetime()),
        "enabled": flag(),
        "token_endpoint_auth_method": one_of(METHODS),
        "jwks": or_null(json!({ "type": "object", "description": "Public keys (RFC 7517), for private_key_jwt." })),
    }))
}

/// What can be set of an application.
fn application() -> Map<String, Value> {
    let mut all = permitted();
    all.extend(members(json!({
        "application_type": one_of(&["web", "native"]),
        "grant_types": many_of(GRANTS),
        "redirect_uris": texts(),
        "post_logout_redirect_uris": texts(),
        "verified_domain": or_null(text()),
        "resources": texts(),
        "dialect": or_null(text()),
    })));
    all.extend(openid::properties());
    all
}

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// A client as it is shown.
fn client(with_secret: bool) -> Value {
    let mut properties = application();
    properties.extend(openid::shown());
    properties.extend(members(json!({
        "client_id": text(),
        "origin": one_of(&["console", "portal", "dynamic", "metadata_document"]),
        "verified_domain": text(),
        "token_format": one_of(&["opaque", "jwt"]),
        "access_lifetime": lifetime(),
        "jwks": { "type": "object" },
        "about": { "type": "object", "description": "What a client that registered itself says about itself." },
        "tenant": text(),
        "dialect": text(),
        "role": text(),
        "secrets": { "type": "array", "items": { "$ref": "#/components/schemas/ClientSecret" } },
        "created_at": instant(),
        "updated_at": instant(),
    })));
    let mut example = json!({
        "client_id": "kbyuFDidLLm280LIwVFiazOqjO3ty8KH", "name": "Books", "application_type": "web", "origin": "console",
        "token_endpoint_auth_method": "client_secret_basic", "grant_types": ["authorization_code", "refresh_token"],
        "redirect_uris": ["https://books.example/callback"], "post_logout_redirect_uris": [],
        "scopes": ["invoices:read"], "default_scopes": ["invoices:read"], "optional_scopes": [], "resources": [],
        "secrets": [{ "last_four": "x7Qz", "created_at": 1_800_000_000 }],
        "enabled": true, "created_at": 1_800_000_000, "updated_at": 1_800_000_000,
    });
    if with_secret {
        let secret = json!({ "type": "string", "description": "Shown once. Absent for a public client." });
        properties.insert("client_secret".to_owned(), secret);
        if let Some(example) = example.as_object_mut() {
            example.insert("client_secret".to_owned(), "8vQ2mJ5rT1yL9wZ4cB7nK3sF6hD0gX7Qz".into());
        }
    }
    let required = [
        "client_id",
        "name",
        "application_type",
        "origin",
        "token_endpoint_auth_method",
        "grant_types",
        "redirect_uris",
        "post_logout_redirect_uris",
        "scopes",
        "default_scopes",
        "optional_scopes",
        "resources",
        "secrets",
        "enabled",
        "created_at",
        "updated_at",
    ];
    object(
        "An application or service account.",
        &required,
        Value::Object(properties),
        example,
    )
}

fn clients() -> Vec<(&'static str, Value)> {
    let mut account = permitted();
    account.insert("role".to_owned(), text());
    let new_client = json!({
        "name": "Books", "grant_types": ["authorization_code", "refresh_token"],
        "redirect_uris": ["https://books.example/callback"], "scopes": ["invoices:read"],
    });
    let new_account = json!({ "name": "Nightly export", "role": "viewer" });
    vec![
        ("Client", client(false)),
        ("ClientWithSecret", client(true)),
        (
            "ClientSecret",
            object(
                "A secret that is alive: its last characters and its dates.",
                &["last_four", "created_at"],
                json!({ "last_four": text(), "created_at": instant(), "expires_at": instant(), "imported": { "type": "boolean" } }),
                json!({ "last_four": "x7Qz", "created_at": 1_800_000_000 }),
            ),
        ),
        (
            "NewClient",
            object(
                "A new application.",
                &["name"],
                Value::Object(application()),
                new_client,
            ),
        ),
        (
            "ClientPatch",
            object(
                "What changes of an application (RFC 7396).",
                &[],
                Value::Object(application()),
                json!({ "enabled": false }),
            ),
        ),
        (
            "NewServiceAccount",
            object(
                "A new service account.",
                &["name", "role"],
                Value::Object(account.clone()),
                new_account,
            ),
        ),
        (
            "ServiceAccountPatch",
            object(
                "What changes of a service account (RFC 7396).",
                &[],
                Value::Object(account),
                json!({ "role": "viewer" }),
            ),
        ),
        (
            "SecretRotation",
            object(
                "When the old secrets end: at once, in an hour, a day (where absent), or a week.",
                &[],
                json!({ "keep_old_seconds": { "type": "integer", "enum": grantd_core::admin::client::OVERLAPS } }),
                json!({ "keep_old_seconds": 3600 }),
            ),
        ),
    ]
}

fn people() -> Vec<(&'static str, Value)> {
    let claims =
        json!({ "type": "object", "description": "Standard claims of OpenID Connect, such as name and email." });
    let password = json!({ "type": "string", "minLength": 8, "maxLength": 1024, "writeOnly": true });
    let user = json!({ "username": text(), "claims": claims, "enabled": flag() });
    let mut new_user = members(user.clone());
    new_user.insert("password".to_owned(), password.clone());
    vec![
        (
            "User",
            object(
                "Somebody who logs in.",
                &["id", "username", "has_password", "enabled", "created_at"],
                json!({ "id": text(), "username": text(), "has_password": flag(), "enabled": flag(), "created_at": instant(), "claims": claims }),
                json!({ "id": "7Yb2QdKx0c5LmNvRt1sUwE", "username": "ada@example.com", "has_password": true, "enabled": true, "created_at": 1_800_000_000, "claims": { "name": "Ada" } }),
            ),
        ),
        (
            "NewUser",
            object(
                "A new user.",
                &["username"],
                Value::Object(new_user),
                json!({ "username": "ada@example.com", "password": "correct-horse-battery" }),
            ),
        ),
        (
            "UserPatch",
            object(
                "What changes of a user (RFC 7396); claims are replaced as a whole.",
                &[],
                user,
                json!({ "enabled": false }),
            ),
        ),
        (
            "NewPassword",
            object(
                "A password.",
                &["password"],
                json!({ "password": password }),
                json!({ "password": "correct-horse-battery" }),
            ),
        ),
    ]
}

fn tenants() -> Vec<(&'static str, Value)> {
    let tenant = json!({ "name": text(), "enabled": flag() });
    let mut new_tenant = members(tenant.clone());
    new_tenant.insert("id".to_owned(), text());
    vec![
        (
            "Tenant",
            object(
                "A company or account that tokens act for.",
                &["id", "name", "enabled", "created_at"],
                json!({ "id": text(), "name": text(), "enabled": flag(), "created_at": instant() }),
                json!({ "id": "globex", "name": "Globex", "enabled": true, "created_at": 1_800_000_000 }),
            ),
        ),
        (
            "NewTenant",
            object(
                "A new tenant; its id is drawn where absent.",
                &["name"],
                Value::Object(new_tenant),
                json!({ "id": "globex", "name": "Globex" }),
            ),
        ),
        (
            "TenantPatch",
            object(
                "What changes of a tenant (RFC 7396).",
                &[],
                tenant,
                json!({ "name": "Globex Europe" }),
            ),
        ),
        (
            "Member",
            object(
                "A user's place in a tenant.",
                &["user_id", "tenant", "role"],
                json!({ "user_id": text(), "tenant": text(), "role": text() }),
                json!({ "user_id": "7Yb2QdKx0c5LmNvRt1sUwE", "tenant": "globex", "role": "viewer" }),
            ),
        ),
        (
            "NewMember",
            object(
                "The role of a member.",
                &["role"],
                json!({ "role": text() }),
                json!({ "role": "viewer" }),
            ),
        ),
        (
            "Session",
            object(
                "A browser in which a user is logged in.",
                &["id", "user_id", "logged_in_at", "created_at", "expires_at"],
                json!({ "id": text(), "user_id": text(), "logged_in_at": instant(), "created_at": instant(), "expires_at": instant(), "user_agent": text(), "address": text() }),
                json!({ "id": "0190aaaa0000700080000000000000aa", "user_id": "7Yb2QdKx0c5LmNvRt1sUwE", "logged_in_at": 1_800_000_000, "created_at": 1_800_000_000, "expires_at": 1_800_028_800, "address": "192.0.2.1" }),
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

fn api_keys() -> Vec<(&'static str, Value)> {
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

fn tokens() -> Vec<(&'static str, Value)> {
    vec![
        (
            "Token",
            object(
                "An access token, never its value.",
                &[
                    "id",
                    "client_id",
                    "subject",
                    "scopes",
                    "audience",
                    "format",
                    "state",
                    "issued_at",
                    "expires_at",
                ],
                json!({
                    "id": text(), "client_id": text(), "subject": text(), "scopes": texts(), "audience": texts(),
                    "format": one_of(&["opaque", "jwt"]), "state": one_of(&["live", "ended", "expired"]),
                    "issued_at": instant(), "expires_at": instant(), "ended_at": instant(), "tenant": text(), "grant_id": text(),
                }),
                json!({
                    "id": "0190aaaa0000700080000000000000ab", "client_id": "books", "subject": "books", "scopes": ["invoices:read"],
                    "audience": ["https://api.example"], "format": "jwt", "state": "live", "issued_at": 1_800_000_000, "expires_at": 1_800_003_600,
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

/// What is known of a client's use of its permissions.
fn usage() -> Value {
    let held = json!({
        "type": "object", "required": ["permission", "usage"], "additionalProperties": false,
        "properties": {
            "permission": text(), "usage": one_of(&["used", "unused", "unknown"]), "count": { "type": "integer" },
            "last_used_at": instant(),
        },
    });
    let says = "Which permissions a client has and uses. `unknown` where no API reports; `droppable` are those without a \
        use for `idle_days`, and empty where uses were not reported for all of that time.";
    object(
        says,
        &["client_id", "idle_days", "permissions", "droppable"],
        json!({
            "client_id": text(), "idle_days": { "type": "integer" }, "reported_since": instant(),
            "permissions": { "type": "array", "items": held }, "droppable": texts(),
        }),
        json!({
            "client_id": "books", "idle_days": 30, "reported_since": 1_800_000_000, "droppable": ["invoices:write"],
            "permissions": [
                { "permission": "invoices:read", "usage": "used", "count": 12, "last_used_at": 1_800_003_600 },
                { "permission": "invoices:write", "usage": "unused" },
            ],
        }),
    )
}

fn rest() -> Vec<(&'static str, Value)> {
    vec![
        ("Usage", usage()),
        (
            "Role",
            object(
                "A named set of permissions and patterns.",
                &["name", "permissions"],
                json!({ "name": text(), "permissions": texts() }),
                json!({ "name": "viewer", "permissions": ["invoices:read"] }),
            ),
        ),
        (
            "Permission",
            object(
                "A permission of the catalogue.",
                &["name", "group", "description", "risk", "implies"],
                json!({ "name": text(), "group": text(), "description": text(), "risk": one_of(&["read", "change", "delete", "money", "admin"]), "implies": texts() }),
                json!({ "name": "invoices:read", "group": "Invoices", "description": "See invoices", "risk": "read", "implies": [] }),
            ),
        ),
        (
            "AuditLine",
            object(
                "Who did what, from where. `detail` has the object before and after, never a secret.",
                &["id", "at", "actor", "action", "target", "detail"],
                json!({ "id": text(), "at": instant(), "actor": text(), "action": text(), "target": text(), "address": text(), "detail": { "type": "object" } }),
                json!({ "id": "0190aaaa0000700080000000000000ad", "at": 1_800_000_000, "actor": "client:ops", "action": "client.created", "target": "client:books", "address": "192.0.2.1", "detail": {} }),
            ),
        ),
        ("Realm", realm()),
        ("Problem", problem()),
    ]
}

fn realm() -> Value {
    let seconds = || json!({ "type": "integer" });
    object(
        "The realm's settings.",
        &["name", "issuer"],
        json!({
            "name": text(), "display_name": text(), "issuer": text(), "aliases": texts(), "pkce": text(),
            "excess_scope": text(), "openid": flag(), "token_endpoint_auth_methods": many_of(METHODS),
            "grant_types": many_of(GRANTS),
            "access_token": { "type": "object", "properties": { "format": text(), "algorithm": text(), "lifetime": seconds() } },
            "refresh_token": { "type": "object", "properties": { "rotation": text(), "grace": seconds(), "idle": seconds(), "absolute": seconds() } },
            "code": { "type": "object", "properties": { "lifetime": seconds() } },
            "session": { "type": "object", "properties": { "lifetime": seconds() } },
            "tenants": { "type": "object", "properties": { "enabled": flag(), "claim": text() } },
            "resources": { "type": "array", "items": { "type": "object", "properties": { "identifier": text(), "name": text() } } },
            "default_resource": text(), "source": text(),
        }),
        json!({ "name": "acme", "issuer": "https://id.example" }),
    )
}

/// RFC 9457.
fn problem() -> Value {
    object(
        "A problem (RFC 9457).",
        &["type", "title", "status", "detail", "request_id"],
        json!({
            "type": text(), "title": text(), "status": { "type": "integer" }, "detail": text(), "request_id": text(),
            "needed": { "type": "string", "description": "The permission that the token lacks." },
            "errors": {
                "type": "array",
                "items": {
                    "type": "object", "required": ["pointer", "detail"], "additionalProperties": false,
                    "properties": { "pointer": { "type": "string", "description": "A JSON pointer into the body." }, "detail": text() },
                },
            },
        }),
        json!({
            "type": "urn:grantd:problem:invalid", "title": "invalid", "status": 422, "detail": "the body has mistakes",
            "request_id": "0190aaaa0000700080000000000000ae", "errors": [{ "pointer": "/name", "detail": "is missing" }],
        }),
    )
}
