//! Metadata (RFC 8414, OpenID Connect Discovery, RFC 9728): the documents of each issuer identifier and resource, made at start from what
//! is really served, so that nothing is advertised that does not work.

use crate::config::{Endpoint, RealmConfig};
use crate::reply::{self, Reply};
use crate::request::Request;
use bytes::Bytes;
use grantd_core::authorize::ResponseMode;
use grantd_core::authorize::jar::SIGNING_ALGORITHMS;
use grantd_core::client_auth::private_key_jwt::ALGORITHMS as ASSERTION_ALGORITHMS;
use grantd_core::dpop::ALGORITHMS as DPOP_ALGORITHMS;
use grantd_core::permission::IDENTITY_SCOPES;
use grantd_core::realm::{Profile, Realm, Resource};
use grantd_core::record::TokenEndpointAuthMethod;
use grantd_core::record::client::GrantType;
use grantd_jose::{Algorithm, base64url_encode, sha256};
use http::StatusCode;
use serde_json::{Map, Value, json};

/// How long clients may keep a document, in seconds.
const MAX_AGE: u32 = 300;

/// The two documents of one issuer identifier.
#[derive(Clone, Debug)]
pub struct Documents {
    /// RFC 8414.
    pub authorization_server: Document,
    /// OpenID Connect Discovery.
    pub openid_configuration: Document,
}

/// A finished document.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its members.
    pub members: Map<String, Value>,
    body: Bytes,
    etag: String,
}

/// Which one is asked for.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// RFC 8414.
    AuthorizationServer,
    /// OpenID Connect Discovery.
    OpenidConfiguration,
    /// RFC 9728, of the realm's resource at this position.
    ProtectedResource(usize),
}

/// Answers a request for one of them.
#[must_use]
pub fn handle(request: &Request<'_>, kind: Kind) -> Reply {
    let documents = request.realm.documents(request.issuer);
    let document = match kind {
        Kind::AuthorizationServer => documents.map(|documents| &documents.authorization_server),
        Kind::OpenidConfiguration => documents.map(|documents| &documents.openid_configuration),
        Kind::ProtectedResource(index) => request.realm.resource_document(index),
    };
    let Some(document) = document else {
        return reply::empty(StatusCode::NOT_FOUND);
    };
    if request.has(&document.etag) {
        return reply::not_modified(&document.etag, MAX_AGE);
    }
    reply::document(document.body.clone(), &document.etag, MAX_AGE)
}

/// Makes the documents of one of a realm's issuer identifiers.
#[must_use]
pub fn documents(config: &RealmConfig, issuer: &str) -> Documents {
    let mut members = common(config, issuer);
    let authorization_server = finish(members.clone());
    if config.realm.catalogue.has_identity_scopes() {
        members.extend(openid(config, issuer));
    }
    // With OpenID Connect both addresses answer with everything: clients look at either.
    let openid_configuration = finish(members);
    let authorization_server = if config.realm.catalogue.has_identity_scopes() {
        openid_configuration.clone()
    } else {
        authorization_server
    };
    Documents {
        authorization_server,
        openid_configuration,
    }
}

/// Makes the document of one of a realm's resources (RFC 9728 section 2).
#[must_use]
pub fn resource_document(config: &RealmConfig, resource: &Resource) -> Document {
    let permissions = config.realm.catalogue.permissions();
    let mut members = object(json!({
        "resource": resource.identifier,
        "resource_name": resource.name,
        "authorization_servers": [config.endpoints.issuer_of(&resource.identifier)],
        "scopes_supported": permissions.iter().map(|permission| &*permission.name).collect::<Vec<_>>(),
        "bearer_methods_supported": ["header"],
    }));
    members.extend(detail_types(&config.realm));
    finish(members)
}

fn finish(members: Map<String, Value>) -> Document {
    let body = serde_json::to_vec(&members).unwrap_or_default();
    let etag = format!("\"{}\"", base64url_encode(sha256(&body)));
    Document {
        members,
        body: body.into(),
        etag,
    }
}

fn common(config: &RealmConfig, issuer: &str) -> Map<String, Value> {
    let realm = &config.realm;
    let url = |endpoint| config.endpoints.url_for(issuer, endpoint).unwrap_or_default();
    let methods: Vec<&str> = realm.auth_methods.iter().map(|method| method.as_str()).collect();
    let confidential: Vec<&str> = methods.iter().copied().filter(|method| *method != "none").collect();
    let grant_types: Vec<&str> = realm.grant_types.iter().map(|grant_type| grant_type.as_str()).collect();
    let identity = if realm.catalogue.has_identity_scopes() {
        IDENTITY_SCOPES
    } else {
        &[]
    };
    let permissions = realm.catalogue.permissions().iter().map(|permission| &*permission.name);
    // Clients take the name of `offline_access` for leave to ask for what it is about.
    let is_had = |scope: &&str| *scope != "offline_access" || realm.offers(GrantType::RefreshToken);
    let scopes: Vec<&str> = identity.iter().copied().filter(is_had).chain(permissions).collect();
    let mut members = object(json!({
        "issuer": issuer,
        "authorization_endpoint": url(Endpoint::Authorize),
        "token_endpoint": url(Endpoint::Token),
        "pushed_authorization_request_endpoint": url(Endpoint::Par),
        "require_pushed_authorization_requests": realm.pushed.required,
        "dpop_signing_alg_values_supported": names(realm.profile, DPOP_ALGORITHMS),
        "request_object_signing_alg_values_supported": names(realm.profile, SIGNING_ALGORITHMS),
        "require_signed_request_object": realm.request_objects.required,
        "revocation_endpoint": url(Endpoint::Revoke),
        "introspection_endpoint": url(Endpoint::Introspect),
        "grantd_usage_endpoint": url(Endpoint::Usage),
        "introspection_signing_alg_values_supported": [realm.id_token.algorithm.as_str()],
        "jwks_uri": url(Endpoint::Jwks),
        "scopes_supported": scopes,
        "response_types_supported": ["code"],
        "response_modes_supported": response_modes(realm),
        "grant_types_supported": grant_types,
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_methods_supported": confidential,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "protected_resources": realm.resources.iter().map(|resource| &*resource.identifier).collect::<Vec<_>>(),
        "ui_locales_supported": ["en", "de", "ja"],
    }));
    if realm.registration.is_on() {
        members.insert("registration_endpoint".into(), json!(url(Endpoint::Register)));
    }
    if realm.offers(GrantType::DeviceCode) {
        members.insert("device_authorization_endpoint".into(), json!(url(Endpoint::DeviceCode)));
    }
    if realm.signed_responses {
        let signed_with = [realm.id_token.algorithm.as_str()];
        members.insert("authorization_signing_alg_values_supported".into(), json!(signed_with));
    }
    members.extend(detail_types(realm));
    if realm.offers(GrantType::JwtBearer) && realm.trusted_issuers.iter().any(|issuer| issuer.id_jag) {
        let profiles = json!(["urn:ietf:params:oauth:grant-profile:id-jag"]);
        members.insert("authorization_grant_profiles_supported".into(), profiles);
    }
    if realm.documents.enabled {
        members.insert("client_id_metadata_document_supported".into(), json!(true));
    }
    members.extend(certificates(config, issuer));
    if realm.auth_methods.contains(&TokenEndpointAuthMethod::PrivateKeyJwt) {
        for endpoint in ["token", "revocation", "introspection"] {
            let name = format!("{endpoint}_endpoint_auth_signing_alg_values_supported");
            members.insert(name, names(realm.profile, ASSERTION_ALGORITHMS));
        }
    }
    members
}

/// The names of what answers can travel in; each mode is there by every name that asks for it.
fn response_modes(realm: &Realm) -> Vec<&'static str> {
    let modes = ResponseMode::NAMED.iter();
    let offered = modes.filter(|(_, mode)| realm.signed_responses || !mode.is_signed());
    offered.map(|(name, _)| *name).collect()
}

/// RFC 9396 section 10, and RFC 9728 section 2: what can be asked for in detail, where anything can.
fn detail_types(realm: &Realm) -> Option<(String, Value)> {
    let names: Vec<&str> = realm.details.iter().map(|kind| &*kind.name).collect();
    (!names.is_empty()).then(|| ("authorization_details_types_supported".to_owned(), json!(names)))
}

/// What is said of clients' certificates (RFC 8705 sections 3.3 and 5): nothing where they mean nothing.
fn certificates(config: &RealmConfig, issuer: &str) -> Map<String, Value> {
    let mut members = Map::new();
    if !config.realm.mtls.enabled {
        return members;
    }
    members.insert("tls_client_certificate_bound_access_tokens".into(), json!(true));
    let aliases: Map<String, Value> = [
        (Endpoint::Token, "token_endpoint"),
        (Endpoint::Par, "pushed_authorization_request_endpoint"),
        (Endpoint::Revoke, "revocation_endpoint"),
        (Endpoint::Introspect, "introspection_endpoint"),
        (Endpoint::Usage, "grantd_usage_endpoint"),
        (Endpoint::Userinfo, "userinfo_endpoint"),
        (Endpoint::DeviceCode, "device_authorization_endpoint"),
    ]
    .into_iter()
    .filter(|(endpoint, _)| match endpoint {
        Endpoint::DeviceCode => config.realm.offers(GrantType::DeviceCode),
        Endpoint::Userinfo => config.realm.catalogue.has_identity_scopes(),
        _ => true,
    })
    .filter_map(|(endpoint, name)| Some((name.to_owned(), json!(config.endpoints.mtls_url_for(issuer, endpoint)?))))
    .collect();
    if !aliases.is_empty() {
        members.insert("mtls_endpoint_aliases".into(), Value::Object(aliases));
    }
    members
}

/// What clients may sign with, under every name that is read.
fn names(profile: Profile, algorithms: &[Algorithm]) -> Value {
    let admitted = algorithms.iter().filter(|algorithm| profile.admits(**algorithm));
    admitted.flat_map(|algorithm| algorithm.read_names()).copied().collect()
}

fn openid(config: &RealmConfig, issuer: &str) -> Map<String, Value> {
    let realm = &config.realm;
    let mut members = object(json!({
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "frontchannel_logout_supported": true,
        "frontchannel_logout_session_supported": true,
        "end_session_endpoint": config.endpoints.url_for(issuer, Endpoint::Logout).unwrap_or_default(),
        "userinfo_endpoint": config.endpoints.url_for(issuer, Endpoint::Userinfo).unwrap_or_default(),
        "subject_types_supported": ["public", "pairwise"],
        "userinfo_signing_alg_values_supported": [realm.id_token.algorithm.as_str()],
        "id_token_signing_alg_values_supported": [realm.id_token.algorithm.as_str()],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "claim_types_supported": ["normal"],
        "claims_supported": [
            "sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "amr", "azp", "at_hash", "sid", "name", "family_name", "given_name",
            "middle_name", "nickname", "preferred_username", "profile", "picture", "website", "gender", "birthdate", "zoneinfo", "locale",
            "updated_at", "email", "email_verified", "address", "phone_number", "phone_number_verified",
        ],
        "claims_parameter_supported": true,
        "request_parameter_supported": true,
        "request_uri_parameter_supported": true,
        "require_request_uri_registration": true,
    }));
    let levels: Vec<&str> = realm.openid.attainable().map(|level| &*level.name).collect();
    if !levels.is_empty() {
        members.insert("acr_values_supported".to_owned(), json!(levels));
        if let Some(Value::Array(claims)) = members.get_mut("claims_supported") {
            claims.push(json!("acr"));
        }
    }
    members
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests;
