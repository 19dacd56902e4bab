//! Applications and service accounts.

use super::openid;
use super::parts::{GRANTS, METHODS, flag, instant, many_of, members, object, one_of, or_null, text, texts};
use serde_json::{Map, Value, json};

pub(super) fn clients() -> Vec<(&'static str, Value)> {
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
                "A secret: its first and last characters and its dates. A list of them says when each was last used, and \
                 whether it is idle: not used for a day in which there was another one.",
                &["id", "last_four", "created_at"],
                json!({
                    "id": text(), "first_four": text(), "last_four": text(), "created_at": instant(),
                    "expires_at": instant(), "last_used_at": instant(), "idle": flag(), "imported": flag(),
                }),
                json!({ "id": "1800000000000", "first_four": "8vQ2", "last_four": "x7Qz", "created_at": 1_800_000_000 }),
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
            "Review",
            object(
                "What an operator decides about a developer's application. A rejection and a suspension have a reason.",
                &["verdict"],
                json!({
                    "verdict": one_of(&["approve", "reject", "suspend", "reinstate"]),
                    "reason": or_null(json!({ "type": "string", "maxLength": 1000 })),
                }),
                json!({ "verdict": "reject", "reason": "The name is another company's." }),
            ),
        ),
        ("RefusedRequest", refused()),
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
        "owner": { "type": "string", "description": "The id of the developer whose it is." },
        "stage": one_of(&["draft", "submitted", "verified", "suspended"]),
        "waits": { "type": "boolean", "description": "Whether it waits for a review." },
        "testers": texts(),
        "wished_name": text(),
        "wished_scopes": texts(),
        "wished_application_type": text(),
        "wished_grant_types": texts(),
        "wished_token_endpoint_auth_method": text(),
        "note": { "type": "string", "description": "What the operator who decided last said." },
        "submitted_at": instant(),
    })));
    let mut example = json!({
        "client_id": "kbyuFDidLLm280LIwVFiazOqjO3ty8KH", "name": "Books", "application_type": "web", "origin": "console",
        "token_endpoint_auth_method": "client_secret_basic", "grant_types": ["authorization_code", "refresh_token"],
        "redirect_uris": ["https://books.example/callback"], "post_logout_redirect_uris": [],
        "scopes": ["invoices:read"], "default_scopes": ["invoices:read"], "optional_scopes": [], "resources": [],
        "secrets": [{ "id": "1800000000000", "first_four": "8vQ2", "last_four": "x7Qz", "created_at": 1_800_000_000 }],
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

fn refused() -> Value {
    object(
        "A refused request of an application. Of a flood of one kind some are kept, and `more` counts those before it that \
         were not.",
        &[
            "id", "at", "request", "endpoint", "error", "says", "cause", "mend", "more",
        ],
        json!({
            "id": text(), "at": instant(),
            "request": { "type": "string", "description": "The id of the request, which its reply carried." },
            "endpoint": text(), "error": text(), "says": text(), "cause": text(), "mend": text(),
            "expected": text(), "got": text(), "more": { "type": "integer" },
        }),
        json!({
            "id": "0190aaaa0000700080000000000000af", "at": 1_800_000_000, "request": "7f3a9c0112de45b8",
            "endpoint": "authorize", "error": "invalid_request",
            "says": "the application asked to return to an address that it has not registered",
            "cause": "redirect-slash", "expected": "https://books.example/callback",
            "got": "https://books.example/callback/",
            "mend": "Only the trailing slash differs: send the registered redirect URI, or register the other one too.",
            "more": 0,
        }),
    )
}

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
        "dialect": or_null(text()),
        "resources": texts(),
    })));
    all.extend(openid::properties());
    all
}
