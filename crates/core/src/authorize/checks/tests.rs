//! Each row of the table with good, bad and edge values, and where its error goes.

mod answers;
mod security;

use super::*;
use crate::authorize::identify::identify;
use crate::fixture::{
    ALIAS, API, CHALLENGE, ISSUER, NOW, OTHER_API, REDIRECT, client, client_with, make_public, params, realm,
    realm_with, scopes,
};
use crate::realm::Realm;
use crate::record::{ClientOrigin, ClientRecord};
use grantd_protocol::Seconds;

/// Sends a good request in which the named parameters are replaced, repeated or (with an empty value) taken away.
struct Asked {
    realm: Realm,
    client: ClientRecord,
    issuer: &'static str,
}

impl Asked {
    fn new() -> Self {
        Self {
            realm: realm(),
            client: client(),
            issuer: ISSUER,
        }
    }

    fn with_realm(change: impl FnOnce(&mut Realm)) -> Self {
        Self {
            realm: realm_with(change),
            ..Self::new()
        }
    }

    fn with_client(change: impl FnOnce(&mut ClientRecord)) -> Self {
        Self {
            client: client_with(change),
            ..Self::new()
        }
    }

    fn send(&self, sent: &[(&str, &str)]) -> Result<AuthorizationRequest, Box<AuthorizeError>> {
        let defaults = [
            ("client_id", "webapp"),
            ("redirect_uri", REDIRECT),
            ("response_type", "code"),
            ("state", "xyz"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let kept = defaults
            .into_iter()
            .filter(|(name, _)| !sent.iter().any(|(other, _)| other == name));
        let pairs: Vec<_> = kept.chain(sent.iter().copied()).collect();
        let params = params(&pairs);
        let identified = identify(&params, Some(Arc::new(self.client.clone()))).unwrap();
        let issuer = self.issuer.into();
        let context = Context {
            realm: &self.realm,
            issuer: &issuer,
            now: NOW,
        };
        check(identified, &params, &context)
    }

    fn code(&self, sent: &[(&str, &str)]) -> (&'static str, ErrorCode) {
        let error = self.send(sent).expect_err("it must be refused");
        (error.rule, error.error.code())
    }
}

fn send(sent: &[(&str, &str)]) -> AuthorizationRequest {
    Asked::new().send(sent).unwrap()
}

fn refused(sent: &[(&str, &str)]) -> (&'static str, ErrorCode) {
    Asked::new().code(sent)
}

#[test]
fn a_good_request_becomes_what_it_says() {
    let request = send(&[
        ("scope", "openid invoices:read"),
        ("nonce", "n"),
        ("prompt", "login consent"),
        ("max_age", "60"),
        ("login_hint", "ada@example.com"),
        ("ui_locales", "de en"),
        ("resource", OTHER_API),
        ("tenant", "acme"),
    ]);
    assert_eq!(request.scope, scopes("openid invoices:read"));
    assert_eq!(request.state.as_deref(), Some("xyz"));
    assert_eq!(request.nonce.as_deref(), Some("n"));
    assert_eq!(request.max_age, Some(Seconds(60)));
    assert!(request.prompt.login && request.prompt.consent && !request.prompt.none && !request.prompt.select_account);
    assert_eq!(&*request.resource, OTHER_API);
    assert_eq!(request.challenge, crate::fixture::challenge());
    assert_eq!(request.redirect.as_str(), REDIRECT);
    assert_eq!(request.response_mode, ResponseMode::Query);
    assert_eq!(request.tenant.as_deref(), Some("acme"));
}

#[test]
fn every_error_carries_state_and_iss() {
    let bad: &[&[(&str, &str)]] = &[
        &[("response_type", "token")],
        &[("scope", "nonsense")],
        &[("prompt", "none login")],
        &[("resource", "https://evil.example")],
        &[("code_challenge", "")],
        &[("response_mode", "fragment")],
        &[("request", "x")],
    ];
    for sent in bad {
        let error = Asked::new().send(sent).unwrap_err();
        let members = error.callback.failure(&error.error);
        assert!(members.contains(&("state", "xyz".to_owned())), "{sent:?}");
        assert!(members.contains(&("iss", ISSUER.to_owned())), "{sent:?}");
        assert_eq!(error.callback.redirect_uri(), REDIRECT);
    }
}

#[test]
fn iss_is_the_alias_that_was_addressed() {
    let alias = Asked {
        issuer: ALIAS,
        ..Asked::new()
    };
    let error = alias.send(&[("scope", "nonsense")]).unwrap_err();
    assert!(
        error
            .callback
            .failure(&error.error)
            .contains(&("iss", ALIAS.to_owned()))
    );
    assert_eq!(&*alias.send(&[]).unwrap().issuer, ALIAS);
}

#[test]
fn duplicates_are_refused_but_for_resource() {
    for name in ["scope", "nonce", "code_challenge", "response_type", "prompt", "unknown"] {
        let sent = [(name, "a"), (name, "b")];
        assert_eq!(refused(&sent), ("duplicates", ErrorCode::InvalidRequest), "{name}");
    }
    send(&[("resource", API), ("resource", OTHER_API)]);
}

#[test]
fn a_state_that_repeats_is_an_error_without_state() {
    let error = Asked::new().send(&[("state", "a"), ("state", "b")]).unwrap_err();
    assert_eq!(error.rule, "duplicates");
    assert!(
        !error
            .callback
            .failure(&error.error)
            .iter()
            .any(|(name, _)| *name == "state")
    );
}

#[test]
fn empty_parameters_count_as_absent_and_unknown_ones_are_ignored() {
    let request = send(&[
        ("state", ""),
        ("nonce", ""),
        ("prompt", ""),
        ("max_age", ""),
        ("claims", ""),
        ("request", ""),
        ("resource", ""),
        ("colour", "blue"),
    ]);
    assert_eq!((request.state, request.nonce, request.max_age), (None, None, None));
    assert_eq!(&*request.resource, API);
}

#[test]
fn request_objects_and_registration_are_refused_by_their_own_errors() {
    for (name, code) in [
        ("request", ErrorCode::RequestNotSupported),
        ("request_uri", ErrorCode::RequestUriNotSupported),
        ("registration", ErrorCode::RegistrationNotSupported),
    ] {
        assert_eq!(refused(&[(name, "x")]), ("unsupported", code));
    }
    assert_eq!(
        refused(&[("request", "x"), ("request_uri", "y")]),
        ("unsupported", ErrorCode::InvalidRequest)
    );
}

#[test]
fn code_is_the_only_response_type() {
    assert_eq!(
        refused(&[("response_type", "")]),
        ("response_type", ErrorCode::InvalidRequest)
    );
    for other in [
        "token",
        "id_token",
        "code token",
        "code id_token",
        "code code",
        "code\nid_token",
        "Code",
        "none",
        " code",
    ] {
        assert_eq!(
            refused(&[("response_type", other)]),
            ("response_type", ErrorCode::UnsupportedResponseType),
            "{other:?}"
        );
    }
}

#[test]
fn query_and_form_post_are_the_response_modes() {
    assert_eq!(send(&[("response_mode", "query")]).response_mode, ResponseMode::Query);
    assert_eq!(
        send(&[("response_mode", "form_post")]).response_mode,
        ResponseMode::FormPost
    );
    for other in ["fragment", "web_message"] {
        assert_eq!(
            refused(&[("response_mode", other)]),
            ("response_mode", ErrorCode::InvalidRequest),
            "{other}"
        );
    }
}

#[test]
fn an_error_travels_the_way_that_was_asked_for() {
    let error = Asked::new()
        .send(&[("response_mode", "form_post"), ("response_type", "token")])
        .unwrap_err();
    assert_eq!(error.callback.mode(), ResponseMode::FormPost);
}

#[test]
fn a_client_without_the_code_grant_is_unauthorized_client() {
    let machine = Asked::with_client(|client| client.grant_types = vec![GrantType::ClientCredentials]);
    assert_eq!(machine.code(&[]), ("grant_type", ErrorCode::UnauthorizedClient));
    let realm = Asked::with_realm(|realm| realm.grant_types = vec![GrantType::ClientCredentials]);
    assert_eq!(realm.code(&[]), ("grant_type", ErrorCode::UnsupportedResponseType));
}

#[test]
fn state_comes_back_byte_for_byte_up_to_its_limit() {
    let odd = "a b&c=\"<script>\u{e9}%20+";
    assert_eq!(send(&[("state", odd)]).state.as_deref(), Some(odd));
    let longest = "s".repeat(4096);
    assert_eq!(send(&[("state", &longest)]).state.as_deref(), Some(&*longest));
    assert_eq!(
        refused(&[("state", &"s".repeat(4097))]),
        ("state", ErrorCode::InvalidRequest)
    );
    assert_eq!(send(&[("state", "")]).state, None, "absent is fine with PKCE");
}

#[test]
fn prompt_none_excludes_every_other_prompt() {
    assert!(send(&[("prompt", "none")]).prompt.none);
    assert!(send(&[("prompt", "select_account")]).prompt.select_account);
    for bad in [
        "none login",
        "consent none",
        "none select_account",
        "create",
        "LOGIN",
        "login,consent",
    ] {
        assert_eq!(
            refused(&[("prompt", bad)]),
            ("prompt", ErrorCode::InvalidRequest),
            "{bad}"
        );
    }
}

#[test]
fn max_age_is_a_number_of_seconds() {
    assert_eq!(send(&[("max_age", "0")]).max_age, Some(Seconds(0)));
    assert_eq!(send(&[("max_age", "4294967295")]).max_age, Some(Seconds(u32::MAX)));
    for bad in ["-1", "+5", "1.5", "x", " 1", "4294967296", "1e3"] {
        assert_eq!(
            refused(&[("max_age", bad)]),
            ("max_age", ErrorCode::InvalidRequest),
            "{bad}"
        );
    }
}

#[test]
fn texts_that_are_passed_on_are_limited_in_length() {
    for (name, rule) in [
        ("nonce", "nonce"),
        ("login_hint", "hints"),
        ("ui_locales", "hints"),
        ("tenant", "hints"),
        ("acr_values", "acr_values"),
        ("display", "hints"),
    ] {
        send(&[(name, &"x".repeat(2048))]);
        assert_eq!(
            refused(&[(name, &"x".repeat(2049))]),
            (rule, ErrorCode::InvalidRequest),
            "{name}"
        );
    }
}

#[test]
fn an_id_token_hint_that_is_too_long_is_refused_and_not_forgotten() {
    let longest = "x".repeat(8192);
    assert_eq!(
        send(&[("id_token_hint", &longest)]).id_token_hint.as_deref(),
        Some(&*longest)
    );
    assert_eq!(
        refused(&[("id_token_hint", &"x".repeat(8193))]),
        ("hints", ErrorCode::InvalidRequest)
    );
}

#[test]
fn claims_must_be_a_json_object_of_bounded_depth() {
    send(&[("claims", r#"{"id_token":{"auth_time":{"essential":true}}}"#)]);
    let without_openid = send(&[("scope", "invoices:read"), ("claims", r#"{"userinfo":{"email":null}}"#)]);
    assert!(without_openid.claims.is_empty() && without_openid.claim_scope.is_empty());
    let asked = send(&[
        ("scope", "openid email"),
        ("claims", r#"{"userinfo":{"email":null,"name":null}}"#),
    ]);
    assert_eq!(asked.claim_scope, scopes("profile"));
    let deep = format!("{}{}", r#"{"a":"#.repeat(10_000), "}".repeat(10_000));
    for bad in ["[]", "x", "null", r#"{"a":1"#, &deep] {
        assert_eq!(
            refused(&[("claims", bad)]),
            ("claims", ErrorCode::InvalidRequest),
            "{bad:.20}"
        );
    }
}

#[test]
fn an_error_never_repeats_what_could_break_a_page_or_a_log() {
    let error = Asked::new()
        .send(&[("scope", "<script>alert(1)</script>'\u{7}")])
        .unwrap_err();
    assert!(
        error
            .error
            .description()
            .chars()
            .all(|character| (' '..='~').contains(&character))
    );
    assert_eq!(error.rule, "scope");
}

#[test]
fn every_rule_of_the_table_has_a_name_of_its_own() {
    let names: std::collections::BTreeSet<_> = CHECKS.iter().map(|check| check.name).collect();
    assert_eq!(names.len(), CHECKS.len());
}
