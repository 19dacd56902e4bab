//! A client as the API shows it.

use super::openid;
use crate::record::{ClientRecord, ClientSecret, Development, SecretProof};
use grantd_protocol::ScopeSet;
use serde_json::{Value, json};

/// What may be shown of a client: of its secrets the last characters and the dates. Never a `null`.
#[must_use]
pub fn view(client: &ClientRecord) -> Value {
    let secrets: Vec<Value> = client.secrets.iter().map(secret_view).collect();
    let mut value = json!({
        "client_id": client.client_id,
        "name": client.name,
        "application_type": client.application_type,
        "origin": client.origin,
        "token_endpoint_auth_method": client.auth_method,
        "grant_types": client.grant_types,
        "redirect_uris": client.redirect_uris,
        "post_logout_redirect_uris": client.post_logout_redirect_uris,
        "scopes": list(&client.scopes),
        "default_scopes": list(&client.default_scopes),
        "optional_scopes": list(&client.optional_scopes),
        "resources": client.resources,
        "secrets": secrets,
        "enabled": client.enabled,
        "created_at": client.created_at.secs(),
        "updated_at": client.updated_at.secs(),
    });
    let optional = [
        (
            "verified_domain",
            client.verified_domain.as_ref().map(|domain| json!(domain)),
        ),
        ("token_format", client.token_format.map(|format| json!(format))),
        (
            "access_lifetime",
            client.access_lifetime.map(|lifetime| json!(lifetime.get())),
        ),
        ("jwks", client.jwks.as_ref().map(|jwks| json!(jwks))),
        ("about", about(client)),
        ("dialect", client.dialect.as_ref().map(|dialect| json!(dialect))),
        ("tenant", client.tenant.as_ref().map(|tenant| json!(tenant))),
        ("role", client.role.as_ref().map(|role| json!(role))),
    ];
    extend(&mut value, optional);
    if let Some(members) = value.as_object_mut() {
        members.extend(openid::view(client));
    }
    if let Some(own) = client.development.as_deref() {
        development(&mut value, own);
    }
    value
}

/// What a developer's application has beside.
fn development(value: &mut Value, own: &Development) {
    let members = [
        ("owner", Some(json!(own.owner))),
        ("stage", Some(json!(own.stage))),
        ("waits", Some(json!(own.waits()))),
        ("testers", Some(json!(own.testers))),
        ("wished_name", own.wish.name.as_ref().map(|name| json!(name))),
        (
            "wished_scopes",
            own.wish.scopes.as_ref().map(|scopes| json!(list(scopes))),
        ),
        (
            "wished_application_type",
            own.wish.application_type.map(|kind| json!(kind)),
        ),
        (
            "wished_grant_types",
            own.wish
                .grant_types
                .as_ref()
                .map(|types| types.iter().map(|one| one.as_str()).collect()),
        ),
        (
            "wished_token_endpoint_auth_method",
            own.wish.auth_method.map(|method| json!(method.as_str())),
        ),
        ("note", own.note.as_ref().map(|note| json!(note))),
        ("submitted_at", own.submitted_at.map(|at| json!(at.secs()))),
    ];
    extend(value, members);
}

/// What a client that registered itself says about itself.
fn about(client: &ClientRecord) -> Option<Value> {
    let about = serde_json::to_value(&client.about).ok()?;
    about
        .as_object()
        .is_some_and(|members| !members.is_empty())
        .then_some(about)
}

/// Adds members that have a value.
pub(crate) fn extend<const N: usize>(value: &mut Value, optional: [(&str, Option<Value>); N]) {
    if let Some(members) = value.as_object_mut() {
        let there = optional
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        members.extend(there);
    }
}

/// Scopes as the API shows them.
#[must_use]
pub fn list(scopes: &ScopeSet) -> Vec<&str> {
    scopes.iter().collect()
}

fn secret_view(secret: &ClientSecret) -> Value {
    let mut value = json!({
        "id": secret.created_at.millis().to_string(),
        "last_four": secret.last_four,
        "created_at": secret.created_at.secs(),
    });
    let first_four = Some(&secret.first_four).filter(|text| !text.is_empty());
    let imported = matches!(secret.hash, SecretProof::Imported(_)).then(|| json!(true));
    let ends = secret.expires_at.map(|end| json!(end.secs()));
    let optional = [
        ("first_four", first_four.map(|text| json!(text))),
        ("expires_at", ends),
        ("imported", imported),
    ];
    extend(&mut value, optional);
    value
}
