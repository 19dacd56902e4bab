//! Members that bind this server or the client: honoured, refused, or nothing more than everybody gets.

use super::{Members, Wanted, object, public, read, read_and_check, realm, registered};
use grantd_jose::{Algorithm, SigningKey};
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

#[test]
fn an_algorithm_that_none_of_the_keys_can_sign_with_is_refused() {
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let keys: Value = serde_json::from_str(&key.public_jwk().to_json()).unwrap();
    for (name, alg, is_good) in [
        ("token_endpoint_auth_signing_alg", "ES256", true),
        ("token_endpoint_auth_signing_alg", "RS256", false),
        ("request_object_signing_alg", "ES256", true),
        ("request_object_signing_alg", "EdDSA", false),
    ] {
        let asked = |where_keys_are: Value| {
            let mut metadata = where_keys_are;
            metadata["token_endpoint_auth_method"] = json!("private_key_jwt");
            metadata[name] = json!(alg);
            read(public(metadata))
        };
        let by_value = asked(json!({ "jwks": { "keys": [keys] } }));
        let expected = if is_good {
            Ok(())
        } else {
            Err(ErrorCode::InvalidClientMetadata)
        };
        assert_eq!(by_value.map(|_| ()), expected, "{name}: {alg}");
        // What is at an address is not known before it is fetched.
        assert!(
            asked(json!({ "jwks_uri": "https://app.example/keys" })).is_ok(),
            "{name}: {alg}"
        );
    }
    let unsigned = read(public(json!({ "request_object_signing_alg": "ES256" })));
    assert_eq!(unsigned.map(|_| ()), Err(ErrorCode::InvalidClientMetadata));
}

#[test]
fn keys_and_algorithms_are_judged_where_they_are_news_and_only_where_they_are_used() {
    let realm = realm();
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let keys: Value = serde_json::from_str(&key.public_jwk().to_json()).unwrap();
    let metadata = |alg: &str, name: &str| {
        public(json!({
            "client_name": name,
            "token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_signing_alg": alg,
            "jwks": { "keys": [keys] },
        }))
    };
    // As it was before there was such a rule.
    let old = Wanted::read(Members(&object(metadata("RS256", "Old"))), &realm).unwrap();
    let client = registered(&realm, &old, None).record;
    assert!(read_and_check(metadata("RS256", "New"), Some(&client)).is_ok());
    assert!(read_and_check(metadata("PS256", "New"), Some(&client)).is_err());
    assert!(read_and_check(metadata("RS256", "New"), None).is_err());
    // Without assertions it is no matter what they would be signed with.
    let mut open = metadata("RS256", "Open");
    open["token_endpoint_auth_method"] = json!("none");
    assert!(read(open).is_ok());
}
