//! What holds for a client of a realm however it came to be: made by the API, by the command line, or by the demo data.

use super::openid;
use crate::admin::fields::Wrong;
use crate::realm::{Realm, STANDARD_DIALECT};
use crate::record::client::GrantType;
use crate::record::{ClientRecord, TokenEndpointAuthMethod};
use grantd_protocol::redirect_uri::check_registrable;
use grantd_protocol::resource::is_well_formed;

/// Everything that is wrong with a client in a realm, each with the member of its JSON form that it is about. `before` is
/// what it was, where there was something.
#[must_use]
pub fn mistakes(client: &ClientRecord, before: Option<&ClientRecord>, realm: &Realm) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    uri_mistakes(client, before, &mut wrong);
    if client.may_use(GrantType::AuthorizationCode) && client.redirect_uris.is_empty() {
        wrong.push(Wrong::new(
            "/redirect_uris",
            "the grant type authorization_code needs at least one",
        ));
    }
    if client.may_use(GrantType::ClientCredentials) && client.is_public() {
        let detail = "a client without a secret cannot use client_credentials";
        wrong.push(Wrong::new("/grant_types", detail));
    }
    if client.may_use(GrantType::JwtBearer) && client.is_public() {
        let detail = format!("a client without a secret cannot use {}", GrantType::JwtBearer.as_str());
        wrong.push(Wrong::new("/grant_types", detail));
    }
    if client.may_use(GrantType::RefreshToken) && !client.grant_types.iter().any(|one| one.has_user()) {
        wrong.push(Wrong::new(
            "/grant_types",
            "refresh_token comes with authorization_code or the device grant",
        ));
    }
    for (index, grant_type) in client.grant_types.iter().enumerate() {
        if !realm.offers(*grant_type) {
            let detail = format!("the realm does not offer {}", grant_type.as_str());
            wrong.push(Wrong::new(&format!("/grant_types/{index}"), detail));
        }
    }
    if !realm.auth_methods.contains(&client.auth_method) {
        let detail = format!("the realm does not accept {}", client.auth_method.as_str());
        wrong.push(Wrong::new("/token_endpoint_auth_method", detail));
    }
    let has_keys = client.jwks.as_ref().is_some_and(|jwks| !jwks.keys().is_empty()) || client.openid.jwks_uri.is_some();
    wrong.extend(openid::mistakes(client, before, realm));
    if client.auth_method.has_keys() && !has_keys {
        let detail = format!("{} needs the client's public keys", client.auth_method.as_str());
        wrong.push(Wrong::new("/jwks", detail));
    }
    certificate_mistakes(client, realm, &mut wrong);
    for (index, resource) in client.resources.iter().enumerate() {
        if !is_well_formed(resource) {
            let detail = "is not an absolute URI without a fragment (RFC 8707 section 2)";
            wrong.push(Wrong::new(&format!("/resources/{index}"), detail));
        }
    }
    let named = client.dialect.as_deref().filter(|name| *name != STANDARD_DIALECT);
    if let Some(name) = named.filter(|name| !realm.dialects.iter().any(|known| **known == **name)) {
        wrong.push(Wrong::new("/dialect", format!("the realm has no dialect '{name}'")));
    }
    scope_mistakes(client, realm, &mut wrong);
    wrong
}

/// A redirect URI is judged when it comes: a rule that came later must not keep a client from being disabled.
fn uri_mistakes(client: &ClientRecord, before: Option<&ClientRecord>, wrong: &mut Vec<Wrong>) {
    let before = before.filter(|before| before.application_type == client.application_type);
    let back = before.map(|before| &*before.redirect_uris);
    let out = before.map(|before| &*before.post_logout_redirect_uris);
    for (name, uris, there) in [
        ("redirect_uris", &client.redirect_uris, back),
        ("post_logout_redirect_uris", &client.post_logout_redirect_uris, out),
    ] {
        let there = there.unwrap_or_default();
        for (index, uri) in uris.iter().enumerate() {
            if let Err(error) = check_registrable(uri, client.application_type)
                && !there.contains(uri)
            {
                wrong.push(Wrong::new(&format!("/{name}/{index}"), error.to_string()));
            }
        }
    }
}

/// What does not fit together about certificates.
fn certificate_mistakes(client: &ClientRecord, realm: &Realm, wrong: &mut Vec<Wrong>) {
    let needs_name = client.auth_method == TokenEndpointAuthMethod::TlsClientAuth;
    if needs_name && client.certificate_subject.is_none() {
        let detail = "tls_client_auth needs the name of the client's certificate";
        wrong.push(Wrong::new("/tls_client_auth_subject_dn", detail));
    }
    if let Some(subject) = client.certificate_subject.as_ref().filter(|_| !needs_name) {
        let (member, _) = subject.member();
        wrong.push(Wrong::new(&format!("/{member}"), "is for tls_client_auth alone"));
    }
    let duties = client.duties;
    let bound = "/tls_client_certificate_bound_access_tokens";
    if duties.binds_to_certificate && !realm.mtls.enabled {
        wrong.push(Wrong::new(bound, "the realm has nothing to do with certificates"));
    }
    if duties.binds_to_certificate && duties.binds {
        wrong.push(Wrong::new(bound, "excludes dpop_bound_access_tokens"));
    }
}

fn scope_mistakes(client: &ClientRecord, realm: &Realm, wrong: &mut Vec<Wrong>) {
    for (index, scope) in client.scopes.iter().enumerate() {
        if !realm.catalogue.knows(scope) {
            let detail = format!("'{scope}' is not a permission of this realm");
            wrong.push(Wrong::new(&format!("/scopes/{index}"), detail));
        }
    }
    for (name, scopes) in [
        ("default_scopes", &client.default_scopes),
        ("optional_scopes", &client.optional_scopes),
    ] {
        for (index, scope) in scopes.iter().enumerate() {
            if !client.scopes.covers(scope) {
                let detail = format!("'{scope}' is not among the client's scopes");
                wrong.push(Wrong::new(&format!("/{name}/{index}"), detail));
            }
        }
    }
    if let Some(role) = client.role.as_ref().filter(|role| !realm.roles.contains_key(&***role)) {
        wrong.push(Wrong::new("/role", format!("the realm has no role '{role}'")));
    }
}
