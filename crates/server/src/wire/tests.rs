//! Every dialect says the same as the standard form, and nothing that can be read in two ways is read at all.

mod round_trip;

use super::decode::{Marks, Settled, leaves_grant_open, settle, standard_names};
use super::{TokenReply, Voice, accepts, json, names};
use crate::config::{Case, Dialect, Dialects, ErrorShape, Separator};
use grantd_protocol::{ErrorCode, OAuthError, RawParams, ScopeSet};
use http::header::ACCEPT;
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use std::sync::Arc;

fn dialect(name: &str) -> Dialect {
    Dialect {
        name: name.into(),
        parameters: Case::Camel,
        replies: Case::Camel,
        json_bodies: true,
        scope_separator: Separator::Comma,
        infer_grant_type: false,
        refresh_token_expires_in: true,
        scope_in_replies: true,
        errors: ErrorShape::Standard,
    }
}

fn only(dialect: Dialect) -> Dialects {
    let name = dialect.name.to_string();
    Dialects::new(vec![dialect], Some(&name))
}

/// Reads a body as the token endpoint does, for a client that names `own`.
fn read(dialects: &Dialects, own: Option<&str>, body: &[u8], is_json: bool) -> Settled {
    let params = if is_json {
        RawParams::from_pairs(json::members(body).unwrap()).unwrap()
    } else {
        RawParams::parse_form(body).unwrap()
    };
    let mut spelled = standard_names(params, dialects).unwrap();
    let infers = dialects.iter().any(|dialect| dialect.infer_grant_type);
    spelled.marks = Marks {
        json: is_json,
        no_grant_type: infers && leaves_grant_open(&spelled.params),
        ..spelled.marks
    };
    if spelled.marks.is_standard() {
        return Settled {
            params: spelled.params,
            dialect: None,
            flaw: None,
            not_its_form: None,
        };
    }
    settle(spelled, dialects.of_client(own), dialects).unwrap()
}

fn form(text: &str) -> Settled {
    read(&only(dialect("d")), None, text.as_bytes(), false)
}

fn pairs(settled: &Settled) -> Vec<(String, String)> {
    let pairs = settled.params.iter();
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn both_forms_of_one_parameter_are_refused() {
    for text in [
        "grantType=client_credentials&grant_type=client_credentials",
        "clientId=a&client_id=b",
        "clientId=a&client_id=",
        "code=c&redirectUri=https://a&redirect_uri=https://a",
    ] {
        let settled = form(text);
        assert_eq!(settled.flaw.unwrap().code(), ErrorCode::InvalidRequest, "{text}");
    }
}

#[test]
fn both_forms_of_one_parameter_are_a_duplicate_for_whoever_looks_at_it_alone() {
    assert!(form("clientId=a&client_id=b").params.is_repeated("client_id"));
    assert!(form("redirectUri=a&redirect_uri=b").params.is_repeated("redirect_uri"));
}

#[test]
fn two_spellings_in_one_request_are_refused() {
    assert!(form("grantType=refresh_token&refresh_token=x").flaw.is_some());
    assert!(
        form("grantType=authorization_code&code=c&redirect_uri=u")
            .flaw
            .is_some()
    );
}

#[test]
fn a_name_without_another_spelling_goes_with_both() {
    assert!(
        form("grantType=authorization_code&code=c&state=s&resource=r")
            .flaw
            .is_none()
    );
    assert!(form("grantType=client_credentials&utm_source=x").flaw.is_none());
}

#[test]
fn a_name_in_another_case_is_unknown_and_ignored() {
    for name in [
        "GrantType",
        "granttype",
        "GRANT_TYPE",
        "grant%C5%A7ype",
        "grantTyp%C4%99",
    ] {
        let settled = form(&format!("{name}=client_credentials"));
        assert!(
            settled.dialect.is_none() && settled.params.get("grant_type").is_none(),
            "{name}"
        );
    }
}

#[test]
fn a_comma_separates_scopes_in_the_dialect_alone() {
    let scope = |text: &str| form(text).params.get("scope").map(str::to_owned);
    assert_eq!(scope("grantType=x&scope=a,b").as_deref(), Some("a b"));
    assert_eq!(scope("grant_type=x&scope=a,b").as_deref(), Some("a,b"));
}

#[test]
fn a_space_in_a_list_with_commas_is_refused() {
    for text in [
        "grantType=x&scope=a,b+c",
        "grantType=x&scope=a+b",
        "grantType=x&scope=a,+b",
    ] {
        assert_eq!(form(text).flaw.unwrap().code(), ErrorCode::InvalidScope, "{text}");
    }
}

#[test]
fn names_say_which_form_a_reply_has_and_where_they_do_not_the_body_does() {
    let dialects = only(dialect("d"));
    let in_dialect = |body: &str, is_json| read(&dialects, None, body.as_bytes(), is_json).dialect.is_some();
    assert!(in_dialect("grantType=client_credentials", false));
    assert!(!in_dialect("grant_type=client_credentials", false));
    assert!(!in_dialect("token=x", false));
    assert!(in_dialect(r#"{"grantType":"client_credentials"}"#, true));
    assert!(!in_dialect(r#"{"grant_type":"client_credentials"}"#, true));
    assert!(in_dialect(r#"{"token":"x"}"#, true));
}

fn inferring() -> Dialects {
    only(Dialect {
        parameters: Case::Snake,
        replies: Case::Snake,
        scope_separator: Separator::Space,
        infer_grant_type: true,
        ..dialect("d")
    })
}

#[test]
fn a_grant_type_that_is_left_out_is_what_the_other_parameters_say() {
    let grant_type = |body: &str| {
        let settled = read(&inferring(), None, body.as_bytes(), true);
        settled.params.get("grant_type").map(str::to_owned)
    };
    assert_eq!(grant_type(r#"{"code":"c"}"#).as_deref(), Some("authorization_code"));
    assert_eq!(grant_type(r#"{"refresh_token":"r"}"#).as_deref(), Some("refresh_token"));
    assert_eq!(grant_type(r#"{"client_id":"a","client_secret":"b"}"#), None);
    assert_eq!(grant_type(r#"{"code":"c","grant_type":"x"}"#).as_deref(), Some("x"));
    // One without a value counts as absent, and is not a second one.
    let settled = read(&inferring(), None, br#"{"grant_type":"","code":"c"}"#, true);
    assert!(settled.params.refuse_duplicates(&[]).is_ok());
    assert_eq!(settled.params.get("grant_type"), Some("authorization_code"));
}

#[test]
fn two_grant_types_without_a_value_are_still_two() {
    for body in [
        "grant_type=&grant_type=&refresh_token=r",
        "grant_type=&code=c&grant_type=",
    ] {
        let settled = read(&inferring(), None, body.as_bytes(), false);
        assert!(settled.params.refuse_duplicates(&[]).is_err(), "{body}");
    }
    let once = read(&inferring(), None, b"grant_type=&refresh_token=r", false);
    assert!(once.params.refuse_duplicates(&[]).is_ok());
}

#[test]
fn a_code_and_a_refresh_token_without_a_grant_type_are_refused() {
    let settled = read(&inferring(), None, br#"{"code":"c","refresh_token":"r"}"#, true);
    assert_eq!(settled.flaw.unwrap().code(), ErrorCode::InvalidRequest);
    assert!(settled.params.get("grant_type").is_none());
}

#[test]
fn no_grant_type_is_inferred_unless_the_dialect_says_so() {
    let settled = read(&only(dialect("d")), None, br#"{"code":"c","clientId":"a"}"#, true);
    assert!(settled.params.get("grant_type").is_none());
}

#[test]
fn a_client_that_was_moved_to_the_standard_is_refused_the_dialect_and_told_so() {
    let dialects = only(Dialect {
        infer_grant_type: true,
        ..dialect("d")
    });
    for (body, is_json) in [
        ("grantType=client_credentials", false),
        (r#"{"grant_type":"client_credentials"}"#, true),
        ("code=c&client_id=a", false),
    ] {
        let settled = read(&dialects, Some("standard"), body.as_bytes(), is_json);
        let error = settled.not_its_form.unwrap();
        assert!(error.description().contains("standard form"), "{body}");
    }
    let standard = read(&dialects, Some("standard"), b"grant_type=client_credentials", false);
    assert!(standard.not_its_form.is_none());
}

#[test]
fn a_client_can_have_a_dialect_of_its_own() {
    let snake = Dialect {
        parameters: Case::Snake,
        ..dialect("old")
    };
    let forms_alone = Dialect {
        json_bodies: false,
        ..dialect("forms")
    };
    let dialects = Dialects::new(vec![dialect("d"), snake, forms_alone], Some("d"));
    let refused = |own, body: &str, is_json| {
        let settled = read(&dialects, own, body.as_bytes(), is_json);
        settled.not_its_form.is_some()
    };
    assert!(refused(Some("old"), "grantType=x", false));
    assert!(!refused(Some("old"), r#"{"grant_type":"x"}"#, true));
    assert!(refused(Some("forms"), r#"{"grantType":"x"}"#, true));
    assert!(!refused(Some("forms"), "grantType=x", false));
    // A dialect that is not configured any more leaves the standard form.
    assert!(refused(Some("gone"), "grantType=x", false));
    assert!(!refused(None, r#"{"grantType":"x"}"#, true));
}

#[test]
fn a_realm_without_dialects_reads_camel_case_as_unknown_names() {
    let settled = read(&Dialects::default(), None, b"grantType=x&grant_type=y", false);
    assert_eq!(settled.params.get("grant_type"), Some("y"));
    assert!(settled.flaw.is_none());
}

fn reply_in(voice: &Voice) -> Value {
    let scope: ScopeSet = ["a", "b"].into_iter().collect();
    let reply = TokenReply {
        token_type: "Bearer",
        access_token: "at",
        expires_in: 2_591_999,
        refresh_token: Some("rt"),
        refresh_expires_in: Some(1_576_799_999),
        scope: &scope,
        id_token: Some("it"),
        issued_token_type: None,
        authorization_details: None,
    };
    serde_json::from_slice(&voice.tokens(&reply)).unwrap()
}

#[test]
fn a_reply_mirrors_the_dialect() {
    let voice = Voice::of(Some(Arc::new(dialect("d"))));
    let expected = json!({
        "accessToken": "at", "tokenType": "Bearer", "expiresIn": 2_591_999, "refreshToken": "rt",
        "refreshTokenExpiresIn": 1_576_799_999, "scope": "a,b", "idToken": "it",
    });
    assert_eq!(reply_in(&voice), expected);
}

#[test]
fn a_standard_reply_has_nothing_of_a_dialect() {
    let expected = json!({
        "access_token": "at", "token_type": "Bearer", "expires_in": 2_591_999, "refresh_token": "rt",
        "scope": "a b", "id_token": "it",
    });
    assert_eq!(reply_in(&Voice::STANDARD), expected);
}

#[test]
fn errors_have_the_shape_of_the_dialect() {
    let error = OAuthError::invalid_grant("no");
    let shown = |voice: &Voice| serde_json::from_slice::<Value>(&voice.error(&error)).unwrap();
    let camel = Voice::of(Some(Arc::new(dialect("d"))));
    let nested = Voice::of(Some(Arc::new(Dialect {
        errors: ErrorShape::Nested,
        ..dialect("d")
    })));
    assert_eq!(
        shown(&Voice::STANDARD),
        json!({"error": "invalid_grant", "error_description": "no"})
    );
    assert_eq!(
        shown(&camel),
        json!({"error": "invalid_grant", "errorDescription": "no"})
    );
    assert_eq!(
        shown(&nested),
        json!({"error": {"code": "invalid_grant", "message": "no"}})
    );
}

#[test]
fn a_finished_object_is_spelled_in_the_dialect_and_claims_keep_their_names() {
    let body = json!({"active": true, "client_id": "a", "token_type": "Bearer", "scope": "a b", "given_name": "x"});
    let voice = Voice::of(Some(Arc::new(dialect("d"))));
    let spelled: Value = serde_json::from_slice(&voice.members(body.to_string().into_bytes())).unwrap();
    assert_eq!(
        spelled,
        json!({"active": true, "clientId": "a", "tokenType": "Bearer", "scope": "a,b", "given_name": "x"})
    );
}

#[test]
fn a_media_type_is_accepted_where_it_is_named_and_not_refused() {
    const KIND: &str = "application/token-introspection+jwt";
    let accepted = |lines: &[&'static str]| {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(ACCEPT, HeaderValue::from_static(line));
        }
        accepts(&headers, KIND)
    };
    for lines in [
        &["application/token-introspection+jwt"][..],
        &["application/json;q=0.5, Application/Token-Introspection+JWT ; q=0.8"],
        &["application/json", "application/token-introspection+jwt"],
    ] {
        assert!(accepted(lines), "{lines:?}");
    }
    for lines in [
        &[][..],
        &["*/*"],
        &["application/*"],
        &["application/json"],
        &["application/token-introspection+jwt;q=0"],
        &["application/token-introspection+jwt; q=0.00"],
        &["application/token-introspection+jwts"],
    ] {
        assert!(!accepted(lines), "{lines:?}");
    }
}
