//! A client's metadata as its owner is told (RFC 7591 section 3.2.1, RFC 7592 section 3). Never a `null` member.

use crate::record::client::GrantType;
use crate::record::{CertificateSubject, ClientRecord};
use grantd_protocol::Secret;
use serde_json::{Map, Value, json};

/// What is shown once, with the reply that makes it.
#[derive(Debug, Default)]
pub struct Given {
    /// A new client secret.
    pub secret: Option<Secret>,
    /// A new registration access token.
    pub token: Option<Secret>,
}

/// Every value that was applied. `registration_client_uri` is the caller's to add: it knows the address.
#[must_use]
pub fn describe(client: &ClientRecord, given: &Given) -> Map<String, Value> {
    let names = |grant_types: &[GrantType]| grant_types.iter().map(|one| one.as_str()).collect::<Vec<_>>();
    let response_types: &[&str] = if client.may_use(GrantType::AuthorizationCode) {
        &["code"]
    } else {
        &[]
    };
    let mut members = Map::new();
    let mut put = |name: &str, value: Value| members.insert(name.to_owned(), value);
    put("client_id", json!(client.client_id));
    put("client_id_issued_at", json!(client.created_at.secs()));
    if let Some(secret) = &given.secret {
        put("client_secret", json!(secret.expose()));
        // 0: it does not expire.
        put("client_secret_expires_at", json!(0));
    }
    if let Some(token) = &given.token {
        put("registration_access_token", json!(token.expose()));
    }
    put("client_name", json!(client.name));
    put("application_type", json!(client.application_type));
    put("token_endpoint_auth_method", json!(client.auth_method.as_str()));
    put("redirect_uris", json!(client.redirect_uris));
    put("grant_types", json!(names(&client.grant_types)));
    put("response_types", json!(response_types));
    put("scope", json!(client.default_scopes.as_str()));
    if let Some(Ok(keys)) = client.jwks.as_ref().map(serde_json::to_value) {
        put("jwks", keys);
    }
    if !client.post_logout_redirect_uris.is_empty() {
        put("post_logout_redirect_uris", json!(client.post_logout_redirect_uris));
    }
    for more in [
        serde_json::to_value(&client.openid),
        serde_json::to_value(&client.about),
    ] {
        if let Ok(Value::Object(more)) = more {
            members.extend(more);
        }
    }
    let subject = client.certificate_subject.as_ref().map(CertificateSubject::member);
    members.extend(subject.map(|(name, value)| (name.to_owned(), json!(value))));
    let duties = client.duties.named().into_iter().filter(|(_, held)| *held);
    members.extend(duties.map(|(name, held)| (name.to_owned(), json!(held))));
    members
}
