//! What somebody else vouches for.

use super::*;
use crate::registration::statement::apply;
use grantd_jose::{Algorithm, Header, JwkSet, SigningKey, sign_compact};

fn vouched(key: &SigningKey) -> Realm {
    realm_with(|realm| {
        realm.registration.mode = RegistrationMode::SoftwareStatement;
        realm.registration.scopes = scopes("openid");
        realm.registration.statement_issuers = vec![StatementIssuer {
            issuer: "https://vendor.example".into(),
            keys: JwkSet::new(vec![key.public_jwk().clone()]),
        }];
    })
}

fn sign(key: &SigningKey, claims: Value) -> String {
    sign_compact(key, &Header::new(key, "JWT"), claims.to_string().as_bytes()).unwrap()
}

#[test]
fn what_is_signed_wins_over_what_is_said() {
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let statement = sign(
        &key,
        json!({ "iss": "https://vendor.example", "client_name": "Signed", "exp": after(60).secs() }),
    );
    let sent = object(json!({ "client_name": "Said", "software_statement": statement, "scope": "openid" }));
    let members = apply(&sent, &vouched(&key), NOW).unwrap();
    assert_eq!(members["client_name"], "Signed");
    assert_eq!(members["scope"], "openid");
    assert!(!members.contains_key("exp"));
}

#[test]
fn a_statement_that_cannot_be_believed_is_never_ignored() {
    let (key, foreign) = (
        SigningKey::generate(Algorithm::ES256).unwrap(),
        SigningKey::generate(Algorithm::ES256).unwrap(),
    );
    let vendor = json!({ "iss": "https://vendor.example" });
    let code = |statement: Value, realm: &Realm| {
        apply(&object(json!({ "software_statement": statement })), realm, NOW).map_err(|error| error.code())
    };
    let mut open = vouched(&key);
    open.registration.mode = RegistrationMode::Open;
    for realm in [&vouched(&key), &open] {
        for (statement, expected) in [
            (json!("nonsense"), ErrorCode::InvalidSoftwareStatement),
            (
                json!("eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL3ZlbmRvci5leGFtcGxlIn0."),
                ErrorCode::InvalidSoftwareStatement,
            ),
            (
                json!(sign(&foreign, vendor.clone())),
                ErrorCode::InvalidSoftwareStatement,
            ),
            (
                json!(sign(&key, json!({ "iss": "https://other.example" }))),
                ErrorCode::UnapprovedSoftwareStatement,
            ),
            (json!(sign(&key, json!({}))), ErrorCode::InvalidSoftwareStatement),
            (
                json!(sign(
                    &key,
                    json!({ "iss": "https://vendor.example", "exp": NOW.secs() })
                )),
                ErrorCode::InvalidSoftwareStatement,
            ),
            (
                json!(sign(&key, json!({ "iss": "https://vendor.example", "exp": "soon" }))),
                ErrorCode::InvalidSoftwareStatement,
            ),
            (
                json!(sign(
                    &key,
                    json!({ "iss": "https://vendor.example", "aud": "https://elsewhere.example" })
                )),
                ErrorCode::InvalidSoftwareStatement,
            ),
            (json!(7), ErrorCode::InvalidClientMetadata),
        ] {
            assert_eq!(code(statement.clone(), realm), Err(expected), "{statement}");
        }
    }
    let missing = apply(&Map::new(), &vouched(&key), NOW).map_err(|error| error.code());
    assert_eq!(missing, Err(ErrorCode::InvalidSoftwareStatement));
    assert!(apply(&Map::new(), &open, NOW).is_ok());
}
