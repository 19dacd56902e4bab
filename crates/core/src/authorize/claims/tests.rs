//! What can be wished for one claim at a time, and what of it is heard.

use super::*;
use crate::fixture::{client, realm};

fn read(text: &str) -> ClaimsRequest {
    ClaimsRequest::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn known_claims_are_wished_for_and_unknown_ones_ignored() {
    let request = read(
        r#"{"userinfo":{"email":null,"salary":{"essential":true},"name#ja":null,"given_name":{"essential":true}},
            "id_token":{"auth_time":{"essential":true},"phone_number":{"value":"+1"},"sub":null},"other":7}"#,
    );
    assert_eq!(request.claims.userinfo, ["email", "given_name"]);
    assert_eq!(request.claims.id_token, ["phone_number"]);
    assert_eq!((request.level, request.subject), (None, None));
    assert_eq!(read("{}"), ClaimsRequest::default());
}

#[test]
fn acr_and_sub_are_wishes_about_the_login() {
    let wish = |names: &[&str], essential| {
        Some(LevelWish {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            essential,
        })
    };
    for (text, expected) in [
        (
            r#"{"id_token":{"acr":{"essential":true,"value":"two"}}}"#,
            wish(&["two"], true),
        ),
        (
            r#"{"id_token":{"acr":{"values":["two","one"]}}}"#,
            wish(&["two", "one"], false),
        ),
        (r#"{"id_token":{"acr":{"essential":true}}}"#, wish(&[], true)),
        (r#"{"id_token":{"acr":null}}"#, None),
        (r#"{"userinfo":{"acr":{"essential":true,"value":"two"}}}"#, None),
    ] {
        assert_eq!(read(text).level, expected, "{text}");
    }
    assert_eq!(
        read(r#"{"id_token":{"sub":{"value":"ada"}}}"#).subject.as_deref(),
        Some("ada")
    );
    let twice = r#"{"id_token":{"sub":{"value":"ada"}},"userinfo":{"sub":{"value":"ada"}}}"#;
    assert_eq!(read(twice).subject.as_deref(), Some("ada"));
}

#[test]
fn what_cannot_be_read_is_refused() {
    let deep = format!("{}1{}", r#"{"userinfo":"#.repeat(10_000), "}".repeat(10_000));
    let many: Vec<String> = (0..65).map(|index| format!("\"c{index}\":null")).collect();
    for text in [
        "",
        "[]",
        "null",
        "\"userinfo\"",
        r#"{"userinfo":[]}"#,
        r#"{"userinfo":null}"#,
        r#"{"userinfo":{"email":true}}"#,
        r#"{"userinfo":{"email":{"essential":"yes"}}}"#,
        r#"{"userinfo":{"email":{"values":"x"}}}"#,
        r#"{"userinfo":{"email":null},"userinfo":{}}"#,
        r#"{"id_token":{"sub":{"value":"ada"}},"userinfo":{"sub":{"value":"eve"}}}"#,
        r#"{"userinfo":{}"#,
        &deep,
        &format!("{{\"userinfo\":{{{}}}}}", many.join(",")),
        &format!("{{\"x\":\"{}\"}}", "x".repeat(4096)),
    ] {
        let short: String = text.chars().take(60).collect();
        let error = ClaimsRequest::parse(text).expect_err(&short);
        assert_eq!(error.code(), grantd_protocol::ErrorCode::InvalidRequest, "{short}");
    }
}

#[test]
fn a_client_gets_no_claim_whose_scope_it_may_never_have() {
    let wished = read(r#"{"userinfo":{"email":null,"phone_number":null},"id_token":{"name":null,"address":null}}"#);
    let heard = permitted(&wished.claims, &client(), &realm().catalogue);
    assert_eq!(heard.userinfo, ["email"]);
    assert_eq!(heard.id_token, ["name"]);
    assert_eq!(heard.scopes().as_str(), "email profile");
    let within = heard.within(|scope| scope == "email");
    assert!(within.id_token.is_empty() && within.userinfo == ["email"]);
}
