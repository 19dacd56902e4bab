//! What may be registered, what is cut, what folds, and who may change it.

mod binding;
mod managing;
mod statements;

use super::manage::authorize;
use super::members::Members;
use super::*;
use crate::change::{Guard, Write};
use crate::fixture::{NOW, after, realm_with, scopes};
use crate::record::client::GrantType;
use grantd_protocol::ErrorCode;
use grantd_protocol::entropy::counted::Counted;
use grantd_protocol::redirect_uri::ApplicationType;
use serde_json::Map;

fn realm() -> Realm {
    realm_with(|realm| {
        realm.registration.mode = RegistrationMode::Open;
        realm.registration.scopes = scopes("openid offline_access invoices:read customers:*");
    })
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => unreachable!("tests write objects"),
    }
}

fn read(value: Value) -> Result<Wanted, ErrorCode> {
    read_and_check(value, None).map_err(|error| error.code())
}

fn read_and_check(value: Value, before: Option<&ClientRecord>) -> Result<Wanted, OAuthError> {
    let wanted = Wanted::read(Members(&object(value)), &realm())?;
    wanted.check_keys(before)?;
    Ok(wanted)
}

/// A public client on loopback, with what is different.
fn public(changes: Value) -> Value {
    let mut members = object(json!({
        "client_name": "Desk Agent",
        "redirect_uris": ["http://127.0.0.1:41000/callback"],
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
    }));
    members.extend(object(changes));
    Value::Object(members)
}

/// A generator that has drawn before: what it draws now was not drawn yet.
fn later() -> Counted {
    let entropy = Counted::default();
    entropy.fill(&mut [0; 1000]);
    entropy
}

fn setting(realm: &Realm) -> Setting<'_> {
    Setting {
        realm,
        now: NOW,
        address: "192.0.2.1",
    }
}

fn decide(
    realm: &Realm,
    wanted: &Wanted,
    attempt: u32,
    existing: Option<&ClientRecord>,
) -> Result<Outcome, OAuthError> {
    let id = candidate(wanted, realm, attempt);
    register(wanted, id, existing, setting(realm), &Counted::default())
}

fn registered(realm: &Realm, wanted: &Wanted, existing: Option<&ClientRecord>) -> Registered {
    match decide(realm, wanted, 0, existing).unwrap() {
        Outcome::Registered(registered) => *registered,
        Outcome::Taken => panic!("the id is free"),
    }
}

#[test]
fn a_desktop_client_without_a_type_is_native() {
    assert_eq!(
        read(public(json!({}))).unwrap().application_type,
        ApplicationType::Native
    );
    for other in [
        json!({ "redirect_uris": ["http://localhost/cb", "https://app.example/cb"] }),
        json!({ "token_endpoint_auth_method": "client_secret_basic" }),
        json!({ "application_type": "web" }),
    ] {
        assert_eq!(
            read(public(other.clone())).unwrap().application_type,
            ApplicationType::Web,
            "{other}"
        );
    }
    let both =
        json!({ "application_type": "native", "redirect_uris": ["http://localhost/cb", "https://app.example/cb"] });
    assert_eq!(read(public(both)).unwrap().application_type, ApplicationType::Native);
}

#[test]
fn redirect_uris_that_could_do_harm_are_refused_by_their_own_error() {
    for uri in [
        "javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "https://app.example/cb#f",
        "https://*.app.example/cb",
        "https://u@app.example/cb",
        "http://app.example/cb",
        "myapp:/cb",
        "/cb",
        "",
    ] {
        let code = read(public(json!({ "application_type": "native", "redirect_uris": [uri] })));
        assert_eq!(code, Err(ErrorCode::InvalidRedirectUri), "{uri}");
        let code = read(public(json!({ "redirect_uris": ["https://app.example/cb", uri] })));
        assert_eq!(code, Err(ErrorCode::InvalidRedirectUri), "{uri}");
    }
    for uris in [
        json!([]),
        json!(null),
        json!("https://app.example/cb"),
        json!([1]),
        json!({}),
    ] {
        let code = read(public(json!({ "redirect_uris": uris.clone() })));
        assert_eq!(code, Err(ErrorCode::InvalidRedirectUri), "{uris}");
    }
}

#[test]
fn wrong_types_and_sizes_are_refused_and_null_is_absence() {
    let long = "x".repeat(300);
    for (name, value) in [
        ("client_name", json!(1)),
        ("client_name", json!(long)),
        ("client_name", json!("<b>Bank</b>")),
        ("client_name", json!("Bank\u{202E}knaB")),
        ("client_name", json!("two\nlines")),
        ("client_name", json!("  ")),
        ("grant_types", json!("authorization_code")),
        ("grant_types", json!([true])),
        ("grant_types", json!(vec!["x"; 21])),
        ("response_types", json!(["token"])),
        ("response_types", json!(["code", "id_token"])),
        ("response_types", json!([])),
        ("token_endpoint_auth_method", json!("tls_client_auth")),
        ("token_endpoint_auth_method", json!(["none"])),
        ("application_type", json!("desktop")),
        ("scope", json!(["invoices:read"])),
        ("scope", json!("a\"b")),
        ("scope", json!("invoices:write")),
        ("contacts", json!("ada@example.com")),
        ("contacts", json!([long])),
        ("logo_uri", json!("https://127.0.0.1/logo.png")),
        ("logo_uri", json!("https://[fd00::1]/logo.png")),
        ("logo_uri", json!("http://app.example/logo.png")),
        ("client_uri", json!("javascript:alert(1)")),
        ("policy_uri", json!("http://app.example/")),
        ("tos_uri", json!("data:,x")),
        ("software_id", json!({})),
        ("jwks", json!({ "keys": "none" })),
        ("jwks", json!({ "keys": [{ "kty": "oct", "k": "AAAA" }] })),
        ("jwks_uri", json!("https://10.0.0.1/jwks.json")),
        ("sector_identifier_uri", json!("https://10.0.0.1/sector.json")),
        ("subject_type", json!("secret")),
        ("userinfo_signed_response_alg", json!("none")),
        ("userinfo_signed_response_alg", json!("HS256")),
        ("dpop_bound_access_tokens", json!("true")),
        ("require_pushed_authorization_requests", json!(1)),
        ("require_signed_request_object", json!([])),
        ("request_uris", json!(["http://app.example/r"])),
        ("backchannel_logout_uri", json!("https://10.0.0.1/out")),
        ("backchannel_logout_uri", json!("http://app.example/out")),
        ("backchannel_logout_session_required", json!("yes")),
        ("frontchannel_logout_uri", json!("https://elsewhere.example/out")),
    ] {
        let code = read(public(json!({ name: value.clone() })));
        assert_eq!(code, Err(ErrorCode::InvalidClientMetadata), "{name}: {value}");
        assert!(read(public(json!({ "client_uri": null, "contacts": null, "scope": null }))).is_ok());
    }
}

#[test]
fn what_is_not_offered_is_left_out_and_what_remains_is_said() {
    let wanted = read(public(json!({
        "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        "scope": "invoices:read invoices:write customers:read grantd:clients:write nonsense",
        "vendor_extension": { "deep": [1] },
    })))
    .unwrap();
    assert_eq!(
        wanted.grant_types,
        [GrantType::AuthorizationCode, GrantType::RefreshToken]
    );
    assert_eq!(wanted.scope.as_str(), "invoices:read customers:read");
}

#[test]
fn without_a_scope_a_client_gets_no_pattern_by_default() {
    assert_eq!(
        read(public(json!({}))).unwrap().scope.as_str(),
        "openid offline_access invoices:read"
    );
}

#[test]
fn a_client_may_be_allowed_more_than_it_registered_but_never_more_than_the_realm_says() {
    let (realm, wanted) = (realm(), read(public(json!({ "scope": "invoices:read" }))).unwrap());
    let client = registered(&realm, &wanted, None).record;
    assert_eq!(client.default_scopes.as_str(), "invoices:read");
    assert_eq!(client.scopes, realm.registration.scopes);
}

#[test]
fn grant_types_and_response_types_must_fit_together() {
    for changes in [
        json!({ "grant_types": ["implicit"] }),
        json!({ "grant_types": ["implicit"], "response_types": ["token"] }),
        json!({ "grant_types": ["refresh_token"], "response_types": [] }),
        json!({ "grant_types": ["refresh_token"], "response_types": ["code"] }),
        json!({ "grant_types": ["authorization_code"], "response_types": ["token"] }),
        json!({ "grant_types": ["password"], "response_types": null }),
        json!({ "grant_types": ["client_credentials"], "response_types": [] }),
    ] {
        assert_eq!(
            read(public(changes.clone())),
            Err(ErrorCode::InvalidClientMetadata),
            "{changes}"
        );
    }
}

#[test]
fn nobody_gets_client_credentials_without_a_secret() {
    let mut realm = realm();
    realm.registration.grant_types.push(GrantType::ClientCredentials);
    let asked = public(json!({ "grant_types": ["client_credentials"], "response_types": [] }));
    let code = Wanted::read(Members(&object(asked)), &realm).map_err(|error| error.code());
    assert_eq!(code, Err(ErrorCode::InvalidClientMetadata));
}

#[test]
fn a_confidential_client_gets_a_secret_and_a_token_and_their_hashes_alone_are_kept() {
    let realm = realm();
    let asked = json!({ "redirect_uris": ["https://app.example/cb"] });
    let wanted = read(asked).unwrap();
    assert_eq!(wanted.auth_method, TokenEndpointAuthMethod::ClientSecretBasic);
    assert_eq!(wanted.name, "app.example");
    let registered = registered(&realm, &wanted, None);
    let (secret, token) = (
        registered.given.secret.as_ref().unwrap(),
        registered.given.token.as_ref().unwrap(),
    );
    let stored = serde_json::to_string(&registered.record).unwrap();
    assert!(!stored.contains(secret.expose()) && !stored.contains(token.expose()));
    assert!(registered.record.secrets[0].hash.matches(secret.expose().as_bytes()));
    assert!(authorize(Some(&registered.record), token.expose()).is_ok());
    let reply = describe(&registered.record, &registered.given);
    assert_eq!(reply["client_secret_expires_at"], 0);
    assert_eq!(reply["token_endpoint_auth_method"], "client_secret_basic");
    assert!(reply.values().all(|value| !value.is_null()));
}

/// Basic encodes anything else (21 section 2.4.1), and clients differ in whether they do it.
#[test]
fn ids_and_secrets_need_no_encoding_in_any_header() {
    let (realm, entropy) = (realm(), Counted::default());
    for _ in 0..200 {
        let (id, secret) = (draw_client_id(&realm, &entropy), draw_secret(&entropy));
        for text in [&*id, secret.expose()] {
            assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{text}");
        }
    }
}

#[test]
fn two_registrations_of_a_confidential_client_are_two_clients() {
    let (realm, wanted) = (
        realm(),
        read(json!({ "redirect_uris": ["https://app.example/cb"] })).unwrap(),
    );
    assert_eq!(candidate(&wanted, &realm, 0), None);
}

#[test]
fn the_same_program_on_another_port_is_the_same_client() {
    let realm = realm();
    let id = |changes| candidate(&read(public(changes)).unwrap(), &realm, 0).unwrap();
    let first = id(json!({}));
    assert_eq!(first, id(json!({ "redirect_uris": ["http://127.0.0.1:9/callback"] })));
    assert_eq!(
        first,
        id(json!({ "redirect_uris": ["http://127.0.0.1/callback", "http://127.0.0.1:9/callback"] }))
    );
    for other in [
        json!({ "redirect_uris": ["http://localhost:41000/callback"] }),
        json!({ "redirect_uris": ["http://127.0.0.1:41000/other"] }),
        json!({ "client_name": "Another" }),
        json!({ "scope": "invoices:read" }),
        json!({ "application_type": "web" }),
        json!({ "software_id": "x" }),
        json!({ "contacts": ["ada@example.com"] }),
    ] {
        assert_ne!(first, id(other.clone()), "{other}");
    }
    let another_realm = realm_with(|another| {
        another.registration = realm.registration.clone();
        another.name = "another".into();
    });
    assert_ne!(
        Some(first),
        candidate(&read(public(json!({}))).unwrap(), &another_realm, 0)
    );
}

#[test]
fn a_folded_client_is_managed_by_nobody_any_more() {
    let (realm, wanted) = (realm(), read(public(json!({}))).unwrap());
    let first = registered(&realm, &wanted, None);
    let token = first.given.token.as_ref().unwrap();
    let second = registered(&realm, &wanted, Some(&first.record));
    assert_eq!(second.record.client_id, first.record.client_id);
    assert!(second.given.token.is_none() && second.given.secret.is_none());
    assert!(authorize(Some(&second.record), token.expose()).is_err());
    let change = second.change.unwrap();
    assert!(matches!(&change.guards[..], [Guard::ClientAt { version: 1, .. }]));
    let third = registered(&realm, &wanted, Some(&second.record));
    assert!(third.change.is_none(), "there is nothing to write any more");
}

#[test]
fn nobody_is_folded_into_a_client_that_was_changed_or_that_an_operator_made() {
    let (realm, wanted) = (realm(), read(public(json!({}))).unwrap());
    let first = registered(&realm, &wanted, None).record;
    let mut changed = first.clone();
    changed.redirect_uris = vec!["https://evil.example/cb".into()];
    let mut made = first.clone();
    made.origin = ClientOrigin::Console;
    for other in [changed, made] {
        assert!(matches!(decide(&realm, &wanted, 0, Some(&other)), Ok(Outcome::Taken)));
    }
    assert_ne!(candidate(&wanted, &realm, 0), candidate(&wanted, &realm, 1));
    assert_eq!(
        candidate(&wanted, &realm, FOLD_TRIES),
        None,
        "in the end an id is drawn"
    );
}

#[test]
fn a_client_that_an_operator_disabled_is_not_made_again() {
    let (realm, wanted) = (realm(), read(public(json!({}))).unwrap());
    let mut first = registered(&realm, &wanted, None).record;
    first.enabled = false;
    assert!(decide(&realm, &wanted, 0, Some(&first)).is_err());
}

#[test]
fn numeric_ids_stay_numeric() {
    let realm = realm_with(|realm| {
        realm.registration.scopes = scopes("openid");
        realm.client_ids = ClientIdShape::Digits(19);
    });
    let wanted = Wanted::read(Members(&object(public(json!({})))), &realm).unwrap();
    let id = candidate(&wanted, &realm, 0).unwrap();
    assert!(
        id.len() == 19 && id.bytes().all(|byte| byte.is_ascii_digit()) && !id.starts_with('0'),
        "{id}"
    );
}
