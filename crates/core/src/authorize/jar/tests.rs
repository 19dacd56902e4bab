//! What a request object must be, and what comes out of it (RFC 9101).

use super::*;
use crate::fixture::jwt::{put, signed};
use crate::fixture::{ALIAS, CLIENT, ISSUER, NOW, REDIRECT, after, at_the_issuer, client_with, params, realm};
use crate::realm::Realm;
use grantd_jose::{Algorithm, SigningKey};
use serde_json::json;

struct Case {
    key: SigningKey,
    client: ClientRecord,
    realm: Realm,
    header: Value,
    claims: Value,
    beside: Vec<(&'static str, &'static str)>,
}

impl Case {
    fn new() -> Self {
        let key = SigningKey::generate(Algorithm::ES256).unwrap();
        Self {
            client: client_with(|client| client.jwks = Some(JwkSet::new(vec![key.public_jwk().clone()]))),
            key,
            realm: realm(),
            header: json!({"alg": "ES256", "typ": "oauth-authz-req+jwt"}),
            claims: json!({
                "iss": CLIENT, "aud": ISSUER, "exp": after(60).secs(), "client_id": CLIENT,
                "response_type": "code", "redirect_uri": REDIRECT, "scope": "invoices:read",
            }),
            beside: vec![("client_id", CLIENT)],
        }
    }

    fn with(change: impl FnOnce(&mut Self)) -> Self {
        let mut case = Self::new();
        change(&mut case);
        case
    }

    /// One claim put in place, or taken away by `null`.
    fn claim(name: &str, value: Value) -> Self {
        Self::with(|case| put(&mut case.claims, name, value))
    }

    fn text(&self) -> String {
        signed(&self.key, &self.header, &self.claims)
    }

    fn unpack(&self) -> Result<RawParams, ErrorCode> {
        let text = self.text();
        let mut pairs = self.beside.clone();
        pairs.push(("request", &text));
        let sent = params(&pairs);
        at_the_issuer(&self.realm, |context| unpack(&sent, &self.client, None, context))
            .map(Option::unwrap)
            .map_err(|error| error.code())
    }

    #[track_caller]
    fn refused(&self) {
        assert_eq!(self.unpack().unwrap_err(), ErrorCode::InvalidRequestObject);
    }
}

#[test]
fn what_is_signed_counts_and_what_stands_beside_it_does_not() {
    let case = Case::with(|case| {
        case.beside.extend([
            ("scope", "invoices:write"),
            ("state", "evil"),
            ("redirect_uri", "https://evil.example"),
        ]);
    });
    let unpacked = case.unpack().unwrap();
    assert_eq!(unpacked.get("scope"), Some("invoices:read"));
    assert_eq!(unpacked.get("redirect_uri"), Some(REDIRECT));
    assert_eq!(unpacked.get("state"), None);
    assert_eq!(unpacked.get("client_id"), Some(CLIENT));
    assert_eq!(unpacked.get("iss"), None);
    assert!(!unpacked.is_repeated("client_id"));
}

#[test]
fn a_request_without_an_object_is_left_alone() {
    let unpacked = at_the_issuer(&realm(), |context| {
        unpack(&params(&[("client_id", CLIENT)]), &Case::new().client, None, context)
    });
    assert_eq!(unpacked, Ok(None));
}

#[test]
fn unsigned_and_symmetric_objects_are_refused() {
    for alg in ["none", "None", "HS256", "RS256", ""] {
        Case::with(|case| case.header["alg"] = json!(alg)).refused();
    }
}

#[test]
fn an_object_of_another_algorithm_than_the_registered_one_is_refused() {
    let registered = |algorithm| Case::with(|case| case.client.openid.request_object_signing_alg = Some(algorithm));
    assert!(registered(Algorithm::ES256).unpack().is_ok());
    registered(Algorithm::RS256).refused();
}

#[test]
fn an_object_of_another_key_or_of_a_client_without_keys_is_refused() {
    Case::with(|case| case.key = SigningKey::generate(Algorithm::ES256).unwrap()).refused();
    Case::with(|case| case.client.jwks = None).refused();
}

#[test]
fn the_type_may_be_absent_unless_the_realm_wants_it_and_is_never_another() {
    let typed = |typ: Value, required: bool| {
        Case::with(|case| {
            case.header["typ"] = typ;
            case.realm.request_objects.typ_required = required;
        })
    };
    for required in [false, true] {
        assert!(typed(json!("oauth-authz-req+jwt"), required).unpack().is_ok());
        assert_eq!(typed(json!("JWT"), required).unpack().is_ok(), !required);
        typed(json!("dpop+jwt"), required).refused();
        typed(json!("client-authentication+jwt"), required).refused();
    }
}

#[test]
fn issuer_and_audience_must_be_the_client_and_this_server() {
    for iss in [Value::Null, json!("other"), json!(1)] {
        Case::claim("iss", iss).refused();
    }
    for aud in [
        Value::Null,
        json!(ALIAS),
        json!("https://other.example"),
        json!([]),
        json!(1),
    ] {
        Case::claim("aud", aud).refused();
    }
    assert!(
        Case::claim("aud", json!([ISSUER, "https://other.example"]))
            .unpack()
            .is_ok()
    );
    Case::claim("sub", json!(CLIENT)).refused();
    assert!(Case::claim("sub", json!("ada")).unpack().is_ok());
}

#[test]
fn an_object_has_an_end_that_is_near_and_a_beginning_that_has_come() {
    for exp in [Value::Null, json!(NOW.secs()), json!(after(3611).secs()), json!("soon")] {
        Case::claim("exp", exp).refused();
    }
    for name in ["nbf", "iat"] {
        assert!(Case::claim(name, json!(after(10).secs())).unpack().is_ok());
        Case::claim(name, json!(after(11).secs())).refused();
    }
    Case::claim("nbf", json!(after(-3601).secs())).refused();
}

#[test]
fn it_names_no_other_client_and_no_other_request() {
    for (name, value) in [
        ("client_id", json!("other")),
        ("client_id", json!(7)),
        ("request", json!("x")),
        ("request_uri", json!("https://rp.example/r")),
    ] {
        Case::claim(name, value).refused();
    }
}

#[test]
fn parameters_have_the_type_that_their_standard_gives_them() {
    let unpacked = Case::with(|case| {
        case.claims["max_age"] = json!(60);
        case.claims["resource"] = json!(["https://a.example", "https://b.example"]);
        case.claims["claims"] = json!({"id_token": {}});
    })
    .unpack()
    .unwrap();
    assert_eq!(unpacked.get("max_age"), Some("60"));
    assert_eq!(unpacked.all("resource").count(), 2);
    assert_eq!(unpacked.get("claims"), Some(r#"{"id_token":{}}"#));
    for (name, value) in [
        ("scope", json!(["a"])),
        ("state", json!(1)),
        ("prompt", json!(true)),
        ("resource", json!([1])),
        ("max_age", json!(true)),
        ("tenant", json!(1)),
        ("nonce", json!("a\0b")),
        ("unheard_of", json!("a\0b")),
    ] {
        Case::claim(name, value).refused();
    }
}

#[test]
fn what_is_no_parameter_is_ignored_whatever_its_type() {
    for value in [json!(1), json!(true), json!({"a": 1}), json!(["P1"]), json!(null)] {
        let case = Case::with(|case| case.claims["vtr"] = value);
        let unpacked = case.unpack().unwrap();
        assert_eq!(
            (unpacked.get("vtr"), unpacked.get("scope")),
            (None, Some("invoices:read"))
        );
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_unpacking_panic(text in "\\PC{1,200}") {
        let sent = params(&[("client_id", CLIENT), ("request", &text)]);
        let refused = at_the_issuer(&realm(), |context| unpack(&sent, &Case::new().client, None, context)).is_err();
        proptest::prop_assert!(refused);
    }
}
