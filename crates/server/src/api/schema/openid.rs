//! The shape of what an application is held to and what it has of OpenID Connect. The names are those of dynamic
//! registration.

use super::parts::{flag, members, one_of, or_null, text, texts};
use serde_json::{Map, Value, json};

/// What can be set.
pub(super) fn properties() -> Map<String, Value> {
    let address = |says: &str| or_null(json!({ "type": "string", "description": says }));
    members(json!({
        "require_pushed_authorization_requests": flag(),
        "require_signed_request_object": flag(),
        "dpop_bound_access_tokens": flag(),
        "tls_client_certificate_bound_access_tokens": flag(),
        "tls_client_auth_subject_dn": address("The name of its certificate's subject (RFC 4514), for tls_client_auth."),
        "tls_client_auth_san_dns": address("Or a DNS name in the certificate."),
        "tls_client_auth_san_uri": address("Or a URI in the certificate."),
        "tls_client_auth_san_ip": address("Or an IP address in the certificate."),
        "tls_client_auth_san_email": address("Or a mail address in the certificate."),
        "jwks_uri": address("Where its public keys are, instead of jwks."),
        "request_uris": texts(),
        "subject_type": one_of(&["public", "pairwise"]),
        "sector_identifier_uri": address("Where the redirect URIs of its sector are listed."),
        "userinfo_signed_response_alg": or_null(text()),
        "authorization_signed_response_alg": or_null(text()),
        "introspection_signed_response_alg": or_null(text()),
        "token_endpoint_auth_signing_alg": or_null(text()),
        "request_object_signing_alg": or_null(text()),
        "authorization_details_types": texts(),
        "backchannel_logout_uri": address("Where this server tells it of a logout."),
        "backchannel_logout_session_required": flag(),
        "frontchannel_logout_uri": address("A page of its own that the user's browser loads at a logout."),
        "frontchannel_logout_session_required": flag(),
    }))
}

/// What is shown: only what is not the default, and never a `null`.
pub(super) fn shown() -> Map<String, Value> {
    let mut properties = properties();
    for name in [
        "tls_client_auth_subject_dn",
        "tls_client_auth_san_dns",
        "tls_client_auth_san_uri",
        "tls_client_auth_san_ip",
        "tls_client_auth_san_email",
        "jwks_uri",
        "sector_identifier_uri",
        "userinfo_signed_response_alg",
        "authorization_signed_response_alg",
        "introspection_signed_response_alg",
        "token_endpoint_auth_signing_alg",
        "request_object_signing_alg",
        "backchannel_logout_uri",
        "frontchannel_logout_uri",
    ] {
        properties.insert(name.to_owned(), text());
    }
    properties
}
