//! Members that bind this server or the client: honoured, refused, or nothing more than everybody gets.

use super::{public, read, realm};
use grantd_protocol::ErrorCode;
use serde_json::{Value, json};

#[test]
fn a_member_that_binds_and_is_not_honoured_is_refused() {
    for (name, value) in [
        ("id_token_encrypted_response_alg", json!("RSA-OAEP-256")),
        ("id_token_encrypted_response_enc", json!("A256GCM")),
        ("userinfo_encrypted_response_alg", json!("RSA-OAEP-256")),
        ("userinfo_encrypted_response_enc", json!("A256GCM")),
        ("authorization_encrypted_response_alg", json!("ECDH-ES")),
        ("authorization_encrypted_response_enc", json!("A256GCM")),
        ("introspection_encrypted_response_alg", json!("ECDH-ES")),
        ("introspection_encrypted_response_enc", json!("A256GCM")),
        ("request_object_encryption_alg", json!("ECDH-ES")),
        ("request_object_encryption_enc", json!("A256GCM")),
        ("token_endpoint_auth_signing_alg", json!("none")),
        ("token_endpoint_auth_signing_alg", json!("HS256")),
        ("token_endpoint_auth_signing_alg", json!(["ES256"])),
        ("request_object_signing_alg", json!("none")),
        ("request_object_signing_alg", json!("es256")),
        ("default_max_age", json!(3600)),
        ("default_max_age", json!(0)),
        ("default_acr_values", json!(["urn:example:mfa"])),
        ("require_auth_time", json!("true")),
    ] {
        let code = read(public(json!({ name: value.clone() })));
        assert_eq!(code, Err(ErrorCode::InvalidClientMetadata), "{name}: {value}");
    }
}

#[test]
fn members_that_ask_for_nothing_more_than_everybody_gets_are_no_hindrance() {
    for (name, value) in [
        ("require_auth_time", json!(false)),
        ("require_auth_time", json!(true)),
        ("default_max_age", Value::Null),
        ("default_acr_values", json!([])),
        ("request_uris", json!([])),
        (
            "id_token_signed_response_alg",
            json!(realm().id_token.algorithm.as_str()),
        ),
        ("id_token_encrypted_response_alg", json!("")),
        ("userinfo_encrypted_response_enc", Value::Null),
        ("token_endpoint_auth_signing_alg", json!("")),
        ("token_endpoint_auth_signing_alg", json!("Ed25519")),
        ("request_object_signing_alg", Value::Null),
    ] {
        let wanted = read(public(json!({ name: value.clone() })));
        assert!(wanted.is_ok(), "{name}: {value}: {wanted:?}");
    }
}
