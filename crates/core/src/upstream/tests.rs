//! What is asked of a provider, and which of its answers count.

mod admitted;
mod kept;
mod tokens;

use super::*;
use crate::fixture::{NOW, after, authorization, params, with_levels};
use crate::handover::Back;
use crate::realm::{LinkBy, Unknown};
use grantd_protocol::Secret;
use grantd_protocol::entropy::counted::Counted;
use serde_json::{Map, json};
use std::sync::Arc;

pub(super) const IDP: &str = "https://idp.example";

pub(super) fn upstream() -> Upstream {
    Upstream {
        name: "corp".into(),
        title: "Corp".to_owned(),
        issuer: IDP.into(),
        client_id: "grantd".to_owned(),
        client_secret: Arc::new(Secret::new("hush".to_owned())),
        scopes: vec!["openid".to_owned(), "email".to_owned()],
        link_by: LinkBy::Nothing,
        unknown: Unknown::Refuse,
        domains: Vec::new(),
        hands_on_methods: false,
    }
}

pub(super) fn identity() -> Identity {
    Identity {
        subject: "248289761001".to_owned(),
        email: Some("ada@example.com".to_owned()),
        email_verified: true,
        profile: Map::new(),
        methods: vec!["pwd".to_owned()],
        at: Some(after(-3600)),
    }
}

fn metadata() -> Metadata {
    Metadata {
        authorization_endpoint: format!("{IDP}/authorize?tenant=1"),
        token_endpoint: format!("{IDP}/token"),
        jwks_uri: format!("{IDP}/jwks"),
        names_issuer: false,
        wants_secret_in_form: false,
    }
}

fn attempt(freshness: Freshness, again: bool) -> Attempt {
    let entropy = Counted::default();
    let back = Back::Request("client_id=x".to_owned());
    let handed = Handed::new(&"https://id.example".into(), "cookie".to_owned(), back, NOW, &entropy);
    Attempt::new(handed, &upstream(), freshness, again, &entropy)
}

#[test]
fn the_request_binds_the_code_and_the_token_to_this_attempt() {
    let attempt = attempt(Freshness::Any, false);
    let url = attempt.request(
        &upstream(),
        &metadata(),
        "https://id.example/login/from/corp",
        "s e".to_owned(),
    );
    let challenge = base64url_encode(sha256(attempt.verifier.as_bytes()));
    let expected = format!(
        "{IDP}/authorize?tenant=1&response_type=code&client_id=grantd\
         &redirect_uri=https%3A%2F%2Fid.example%2Flogin%2Ffrom%2Fcorp&scope=openid+email&state=s+e&nonce={}\
         &code_challenge={challenge}&code_challenge_method=S256&max_age=31536000",
        attempt.nonce
    );
    assert_eq!(url.replace("%20", "+"), expected);
    assert_ne!(attempt.nonce, attempt.verifier);
    assert!(attempt.nonce.len() >= 43 && attempt.verifier.len() >= 43);
    let redemption = attempt.redemption("c", "r");
    assert!(redemption.contains(&("code_verifier", &*attempt.verifier)));
}

#[test]
fn a_wish_for_a_fresh_login_is_passed_on() {
    let url = |freshness, again| {
        let attempt = attempt(freshness, again);
        attempt.request(&upstream(), &metadata(), "https://id.example/x", String::new())
    };
    assert!(!url(Freshness::Any, false).contains("prompt="));
    assert!(url(Freshness::Any, true).ends_with("&prompt=login"));
    assert!(url(Freshness::New, false).ends_with("&prompt=login"));
    assert!(url(Freshness::Within(Seconds(60)), false).ends_with("&max_age=60"));
}

#[test]
fn prompt_max_age_and_a_level_that_can_be_reached_want_a_fresh_login() {
    let policy = with_levels(&[("two", &["otp"])]);
    let of = |sent: &[(&str, &str)]| Freshness::of(&authorization::request(sent), &policy);
    assert_eq!(of(&[]), Freshness::Any);
    assert_eq!(of(&[("prompt", "consent")]), Freshness::Any);
    assert_eq!(of(&[("prompt", "login")]), Freshness::New);
    assert_eq!(of(&[("prompt", "select_account")]), Freshness::New);
    assert_eq!(of(&[("max_age", "0")]), Freshness::New);
    assert_eq!(of(&[("max_age", "60")]), Freshness::Within(Seconds(60)));
    assert_eq!(of(&[("max_age", "60"), ("prompt", "login")]), Freshness::New);
    assert_eq!(of(&[("acr_values", "two")]), Freshness::New);
    let none = with_levels(&[]);
    let asked = authorization::request(&[("acr_values", "two")]);
    assert_eq!(Freshness::of(&asked, &none), Freshness::Any);
}

#[test]
fn a_login_that_must_be_fresh_was_proved_since_it_was_asked_for() {
    let at = |freshness, at: Option<Timestamp>, now| {
        let said = Identity { at, ..identity() };
        attempt(freshness, false).proved_at(&said, now)
    };
    let now = after(100);
    // Since then, in the same second, or by a clock that is a little behind.
    assert_eq!(at(Freshness::New, Some(after(50)), now), Some(after(50)));
    assert_eq!(at(Freshness::New, Some(after(-30)), now), Some(NOW));
    assert_eq!(at(Freshness::New, Some(after(-31)), now), None);
    assert_eq!(at(Freshness::New, None, now), None);
    let minute = Freshness::Within(Seconds(60));
    assert_eq!(at(minute, Some(after(40)), now), Some(after(40)));
    assert_eq!(at(minute, Some(after(-20)), now), Some(NOW));
    assert_eq!(at(minute, Some(after(-60)), after(0)), Some(after(-60)));
    assert_eq!(at(minute, Some(after(-61)), after(0)), None);
    assert_eq!(at(minute, None, now), None);
    // Where it does not matter it is as old as the provider says; where that says nothing, too old for whatever wants more.
    assert_eq!(at(Freshness::Any, Some(after(-9000)), now), Some(after(-9000)));
    assert_eq!(at(Freshness::Any, None, now), Some(after(-3600)));
}

#[test]
fn the_answer_of_another_provider_is_none() {
    let read = |sent: &[(&str, &str)], names_issuer| {
        let metadata = Metadata {
            names_issuer,
            ..metadata()
        };
        Callback::read(&params(sent), &upstream(), &metadata)
    };
    let code = Callback::Code("c".to_owned());
    assert_eq!(read(&[("code", "c")], false), code);
    assert_eq!(read(&[("code", "c"), ("iss", IDP)], false), code);
    assert_eq!(read(&[("code", "c"), ("iss", IDP)], true), code);
    // RFC 9207 section 2.4: one that says it names itself always does.
    assert_eq!(read(&[("code", "c")], true), Callback::Unusable);
    for other in ["https://evil.example", "https://idp.example/"] {
        assert_eq!(
            read(&[("code", "c"), ("iss", other)], false),
            Callback::Unusable,
            "{other}"
        );
        assert_eq!(
            read(&[("error", "x"), ("iss", other)], true),
            Callback::Unusable,
            "{other}"
        );
    }
    assert_eq!(read(&[("error", "access_denied")], false), Callback::Refused);
    let long = "c".repeat(5000);
    for unusable in [
        &[][..],
        &[("code", "")],
        &[("code", long.as_str())],
        &[("code", "c"), ("error", "x")],
        &[("code", "c"), ("code", "d")],
        &[("code", "c"), ("state", "1"), ("state", "2")],
        &[("code", "c"), ("iss", IDP), ("iss", IDP)],
    ] {
        assert_eq!(read(unusable, false), Callback::Unusable, "{unusable:?}");
    }
}

#[test]
fn metadata_is_believed_of_its_own_issuer_alone_and_over_tls() {
    let good = json!({
        "issuer": IDP, "authorization_endpoint": "https://login.example/a", "token_endpoint": "https://idp.example/t",
        "jwks_uri": "https://keys.example/k", "authorization_response_iss_parameter_supported": true,
    });
    let read = |document: &serde_json::Value| Metadata::read(document.to_string().as_bytes(), &upstream());
    let metadata = read(&good).unwrap();
    assert!(metadata.names_issuer && !metadata.wants_secret_in_form);
    for (name, value) in [
        ("issuer", json!("https://idp.example/")),
        ("issuer", json!("https://evil.example")),
        ("issuer", json!(null)),
        ("authorization_endpoint", json!(null)),
        ("authorization_endpoint", json!("javascript:alert(1)")),
        ("token_endpoint", json!("http://idp.example/t")),
        ("token_endpoint", json!("https://idp.example/t t")),
        ("jwks_uri", json!(["https://keys.example/k"])),
        ("jwks_uri", json!("https://keys.example/k#x")),
    ] {
        let mut bad = good.clone();
        bad[name] = value.clone();
        assert_eq!(read(&bad), None, "{name}: {value}");
    }
    let methods = |methods: &[&str]| {
        let mut document = good.clone();
        document["token_endpoint_auth_methods_supported"] = json!(methods);
        read(&document).unwrap().wants_secret_in_form
    };
    assert!(methods(&["client_secret_post", "private_key_jwt"]));
    assert!(!methods(&["client_secret_post", "client_secret_basic"]));
}

#[test]
fn a_code_after_a_login_elsewhere_makes_two_steps_and_no_password() {
    let own = |methods: &[&str]| methods.iter().map(|method| (*method).to_owned()).collect::<Vec<_>>();
    assert_eq!(with_code(&[]), ["otp", "mfa"]);
    assert_eq!(with_code(&own(&["pwd"])), ["pwd", "otp", "mfa"]);
    assert_eq!(with_code(&own(&["mfa", "otp", "hwk"])), ["hwk", "otp", "mfa"]);
}
