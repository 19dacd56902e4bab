//! Logins and consents that the platform's own app answers.

use super::parts::{flag, instant, object, one_of, text, texts};
use grantd_core::handover::REASONS;
use grantd_core::handover::consent::DURATIONS;
use serde_json::{Map, Value, json};

pub(super) fn handover() -> Vec<(&'static str, Value)> {
    vec![
        ("LoginRequest", login_request()),
        ("LoginAcceptance", login_acceptance()),
        ("ConsentRequest", consent_request()),
        ("ConsentAcceptance", consent_acceptance()),
        (
            "Rejection",
            object(
                "Why nothing comes of it; the application hears it.",
                &[],
                json!({ "error": one_of(REASONS), "error_description": text() }),
                json!({ "error": "access_denied", "error_description": "the user went away" }),
            ),
        ),
        (
            "Onward",
            object(
                "Where the browser goes next: once, and only the browser that came.",
                &["redirect_to"],
                json!({ "redirect_to": text() }),
                json!({ "redirect_to": "https://id.example/handover?login_verifier=..." }),
            ),
        ),
    ]
}

fn client() -> Value {
    object(
        "The application that asks.",
        &["client_id", "name", "vouched_for"],
        json!({
            "client_id": text(),
            "name": text(),
            "verified_domain": text(),
            "vouched_for": { "type": "boolean", "description": "Whether an operator let it in; false for one that registered itself." },
            "redirect_uri": text(),
        }),
        client_example(),
    )
}

fn client_example() -> Value {
    json!({ "client_id": "ledger-web", "name": "Ledger", "vouched_for": true, "redirect_uri": "https://ledger.example/callback" })
}

/// What both questions say.
fn question(own: Value) -> Value {
    let mut members = Map::new();
    let shared = json!({
        "for": one_of(&["authorization", "device", "account"]),
        "issuer": text(),
        "asked_at": instant(),
        "expires_at": instant(),
        "client": client(),
        "resources": texts(),
        "scopes": texts(),
        "ui_locales": text(),
    });
    for part in [shared, own] {
        if let Value::Object(part) = part {
            members.extend(part);
        }
    }
    Value::Object(members)
}

fn login_request() -> Value {
    let own = json!({
        "fresh_login": { "type": "boolean", "description": "Whether the user must prove now who they are, whatever the app remembers." },
        "auth_time_not_before": instant(),
        "prompt": texts(),
        "max_age": { "type": "integer" },
        "acr_values": texts(),
        "acr_essential": flag(),
        "tenant": text(),
        "login_hint": text(),
    });
    object(
        "What a login is wanted for. There is a client where an application asks, and none where users want to see their account.",
        &[
            "for",
            "issuer",
            "asked_at",
            "expires_at",
            "fresh_login",
            "prompt",
            "scopes",
            "resources",
            "acr_values",
            "acr_essential",
        ],
        question(own),
        json!({
            "for": "authorization", "issuer": "https://id.example", "asked_at": 1_800_000_000, "expires_at": 1_800_003_600,
            "client": client_example(), "resources": ["https://api.example"], "scopes": ["openid", "invoices:read"],
            "fresh_login": false, "prompt": [], "acr_values": [], "acr_essential": false, "login_hint": "ada@example.com",
        }),
    )
}

fn login_acceptance() -> Value {
    let user = json!({
        "type": "object",
        "description": "The user, to be made where nobody has this subject yet; needs grantd:users:write too.",
        "required": ["username"],
        "properties": { "username": text(), "claims": { "type": "object" }, "enabled": flag() },
        "additionalProperties": false,
    });
    let subject =
        json!({ "type": "string", "minLength": 1, "maxLength": 255, "description": "The id of the user: sub." });
    object(
        "Who the user is, and how that was proved.",
        &["subject"],
        json!({
            "subject": subject,
            "user": user,
            "amr": { "type": "array", "items": text(), "description": "The methods (RFC 8176); those of acr where absent." },
            "acr": { "type": "string", "description": "One of the realm's levels, which amr must reach." },
            "auth_time": { "type": "integer", "description": "Seconds since 1970; now where absent." },
            "remember": { "type": "boolean", "description": "Whether the session outlives the browser; it does where absent." },
            "remember_for": { "type": "integer", "minimum": 1, "description": "Seconds that the session lives, at most what the realm says." },
        }),
        json!({ "subject": "customer-4711", "amr": ["pwd", "otp"], "remember": false }),
    )
}

fn consent_request() -> Value {
    let tenant = object(
        "One to choose from.",
        &["id", "name"],
        json!({ "id": text(), "name": text() }),
        json!({ "id": "acme-berlin", "name": "Acme Berlin" }),
    );
    let own = json!({
        "subject": { "type": "string", "description": "Who is logged in: show the question to nobody else." },
        "auth_time": instant(),
        "optional_scopes": texts(),
        "granted_scopes": texts(),
        "tenants": { "type": "array", "items": tenant },
        "authorization_details": { "type": "array", "items": { "type": "object" } },
    });
    object(
        "What a user is asked to allow.",
        &[
            "for",
            "issuer",
            "asked_at",
            "expires_at",
            "client",
            "subject",
            "auth_time",
            "scopes",
            "optional_scopes",
            "granted_scopes",
            "tenants",
            "resources",
        ],
        question(own),
        json!({
            "for": "authorization", "issuer": "https://id.example", "asked_at": 1_800_000_000, "expires_at": 1_800_003_600,
            "client": client_example(), "subject": "customer-4711", "auth_time": 1_800_000_000,
            "resources": ["https://api.example"], "scopes": ["openid", "invoices:read"], "optional_scopes": [],
            "granted_scopes": [], "tenants": [{ "id": "acme-berlin", "name": "Acme Berlin" }],
        }),
    )
}

fn consent_acceptance() -> Value {
    object(
        "What the user allowed of what was asked.",
        &["scopes"],
        json!({
            "scopes": texts(),
            "tenant": { "type": "string", "description": "One of those to choose from; needed where there are several." },
            "authorization_details": { "type": "array", "items": { "type": "object" }, "description": "What of it the user allowed, [] for nothing; needed where it was asked." },
            "duration": one_of(DURATIONS),
        }),
        json!({ "scopes": ["openid", "invoices:read"], "tenant": "acme-berlin", "duration": "thirty_days" }),
    )
}
