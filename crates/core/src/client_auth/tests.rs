//! Every way a client can prove itself or fail to (RFC 6749 section 2.3).

use super::*;
use crate::fixture::{
    CLIENT, NOW, SECRET, after, client, client_with, make_public, params, realm, realm_with, secret, setting,
};
use crate::record::client::GrantType;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

type Pairs = &'static [(&'static str, &'static str)];

fn basic_header(credentials: &str) -> String {
    format!("Basic {}", STANDARD.encode(credentials))
}

fn post(id: &str, secret: &str) -> Presented {
    Presented::read(&params(&[("client_id", id), ("client_secret", secret)]), None).unwrap()
}

fn basic(credentials: &str) -> Presented {
    Presented::read(&params(&[]), Some(&basic_header(credentials))).unwrap()
}

fn proves(presented: &Presented, client: ClientRecord) -> bool {
    proves_in(presented, client, &realm())
}

fn proves_in(presented: &Presented, client: ClientRecord, realm: &Realm) -> bool {
    authenticate(presented, Some(&Arc::new(client)), &setting(realm)).is_ok()
}

fn refused(pairs: &[(&str, &str)], authorization: Option<&str>) -> AuthFailure {
    Presented::read(&params(pairs), authorization).unwrap_err()
}

#[test]
fn the_right_secret_proves_a_client_by_basic_and_by_post() {
    let client_of = |method| client_with(|client| client.auth_method = method);
    assert!(proves(&basic(&format!("{CLIENT}:{SECRET}")), client()));
    assert!(proves(
        &post(CLIENT, SECRET),
        client_of(TokenEndpointAuthMethod::ClientSecretPost)
    ));
    // RFC 6749 section 2.3.1: the body is the alternative form of the same secret.
    assert!(proves(&post(CLIENT, SECRET), client()));
}

#[test]
fn a_client_registered_for_post_is_refused_with_basic() {
    let client = client_with(|client| client.auth_method = TokenEndpointAuthMethod::ClientSecretPost);
    assert!(!proves(&basic(&format!("{CLIENT}:{SECRET}")), client));
}

#[test]
fn a_wrong_a_truncated_and_an_extended_secret_are_refused() {
    for wrong in ["x", &SECRET[1..], &format!("{SECRET}x"), &SECRET.to_uppercase()] {
        assert!(!proves(&post(CLIENT, wrong), client()), "{wrong}");
        assert!(!proves(&basic(&format!("{CLIENT}:{wrong}")), client()), "{wrong}");
    }
}

#[test]
fn a_confidential_client_without_a_secret_is_refused() {
    let presented = Presented::read(&params(&[("client_id", CLIENT)]), None).unwrap();
    assert!(!proves(&presented, client()));
    assert!(!proves(&presented, client_with(|client| client.secrets.clear())));
}

#[test]
fn a_public_client_identifies_itself_and_nothing_else() {
    let presented = Presented::read(&params(&[("client_id", CLIENT)]), None).unwrap();
    assert!(proves(&presented, client_with(make_public)));
}

#[test]
fn a_public_client_that_sends_a_secret_is_refused() {
    assert!(!proves(&post(CLIENT, SECRET), client_with(make_public)));
    assert!(!proves(&basic(&format!("{CLIENT}:{SECRET}")), client_with(make_public)));
    // Nor does a secret that is left over from earlier days prove a client that became public.
    let leftover = client_with(|client| client.auth_method = TokenEndpointAuthMethod::None);
    assert!(!proves(&post(CLIENT, SECRET), leftover));
}

#[test]
fn an_unknown_client_and_a_wrong_secret_get_the_same_answer() {
    for presented in [post(CLIENT, "wrong"), basic(&format!("{CLIENT}:wrong"))] {
        let known = Arc::new(client());
        let disabled = Arc::new(client_with(|client| client.enabled = false));
        let wrong = authenticate(&presented, Some(&known), &setting(&realm())).unwrap_err();
        let unknown = authenticate(&presented, None, &setting(&realm())).unwrap_err();
        let off = authenticate(&presented, Some(&disabled), &setting(&realm())).unwrap_err();
        assert_eq!(wrong.error.code(), ErrorCode::InvalidClient);
        assert_eq!(wrong, unknown);
        assert_eq!(wrong, off);
    }
}

#[test]
fn a_disabled_client_is_refused_with_the_right_secret() {
    assert!(!proves(
        &post(CLIENT, SECRET),
        client_with(|client| client.enabled = false)
    ));
}

#[test]
fn a_record_of_another_client_or_realm_is_never_proved() {
    let twin = client_with(|client| client.client_id = "twin".into());
    assert!(!proves(&post(CLIENT, SECRET), twin));
    let elsewhere = client_with(|client| client.realm = "other".into());
    assert!(!proves(&post(CLIENT, SECRET), elsewhere));
}

#[test]
fn a_client_that_proves_itself_and_names_another_made_a_mistake_and_no_guess() {
    let named = |secret: &str| {
        let header = basic_header(&format!("a%20b:{secret}"));
        Presented::read(&params(&[("client_id", "a b")]), Some(&header)).unwrap()
    };
    let client = Arc::new(client_with(|client| client.client_id = "a%20b".into()));
    let refused = |secret| authenticate(&named(secret), Some(&client), &setting(&realm())).unwrap_err();
    assert!(refused(SECRET).names_another());
    assert!(!refused("a guess").names_another());
}

#[test]
fn it_is_told_whether_the_header_was_used() {
    let told = |presented: &Presented| {
        authenticate(presented, None, &setting(&realm()))
            .unwrap_err()
            .header_tried
    };
    assert!(told(&basic("a:b")));
    assert!(!told(&post("a", "b")));
    for broken in ["Basic", "basic ", "Basic !!!"] {
        assert!(refused(&[], Some(broken)).header_tried, "{broken}");
    }
    assert!(refused(&[("client_secret", "x")], Some(&basic_header("a:b"))).header_tried);
    for other in ["Bearer abc", "Digest x", "", "Basic\tYTpi"] {
        assert!(refused(&[], Some(other)).header_tried, "{other}");
    }
    assert!(!refused(&[], None).header_tried);
}

#[test]
fn two_methods_at_once_are_invalid_request() {
    let header = basic_header("a:b");
    let cases: &[(Pairs, Option<&str>)] = &[
        (&[("client_id", "a"), ("client_secret", "b")], Some(&header)),
        (&[("client_assertion", "x")], Some(&header)),
        (&[("client_assertion", "x"), ("client_secret", "b")], None),
        (&[("client_assertion_type", "x")], Some(&header)),
    ];
    for (pairs, authorization) in cases {
        assert_eq!(
            refused(pairs, *authorization).error.code(),
            ErrorCode::InvalidRequest,
            "{pairs:?}"
        );
    }
}

#[test]
fn a_body_client_id_that_differs_from_basic_is_invalid_request() {
    let header = basic_header("a:b");
    assert_eq!(
        refused(&[("client_id", "c")], Some(&header)).error.code(),
        ErrorCode::InvalidRequest
    );
    assert!(Presented::read(&params(&[("client_id", "a")]), Some(&header)).is_ok());
}

#[test]
fn a_body_client_id_is_the_client_that_the_header_proved_and_not_how_else_it_could_be_read() {
    let of = |body: &str| {
        let dashed = client_with(|client| client.client_id = "nightly-export".into());
        let header = basic_header(&format!("nightly%2Dexport:{SECRET}"));
        let presented = Presented::read(&params(&[("client_id", body)]), Some(&header)).unwrap();
        authenticate(&presented, Some(&Arc::new(dashed)), &setting(&realm())).map(drop)
    };
    assert_eq!(of("nightly-export"), Ok(()));
    let failure = of("nightly%2Dexport").unwrap_err();
    assert_eq!(failure.error.code(), ErrorCode::InvalidRequest);
    assert!(failure.header_tried);
}

#[test]
fn credentials_that_repeat_are_invalid_request() {
    for name in ["client_id", "client_secret"] {
        let mut pairs = vec![("client_id", "a"), ("client_secret", "b")];
        pairs.push((name, "z"));
        assert_eq!(refused(&pairs, None).error.code(), ErrorCode::InvalidRequest, "{name}");
    }
}

#[test]
fn a_request_that_identifies_nobody_is_invalid_client() {
    assert_eq!(refused(&[], None).error.code(), ErrorCode::InvalidClient);
    assert_eq!(
        refused(&[("client_id", "")], None).error.code(),
        ErrorCode::InvalidClient
    );
    assert_eq!(
        refused(&[("client_assertion", "x")], None).error.code(),
        ErrorCode::InvalidClient
    );
}

#[test]
fn an_empty_secret_counts_as_none() {
    let presented = Presented::read(&params(&[("client_id", CLIENT), ("client_secret", "")]), None).unwrap();
    assert!(!proves(&presented, client()));
    assert!(proves(&presented, client_with(make_public)));
}

#[test]
fn broken_basic_headers_are_invalid_client() {
    let long = basic_header(&format!("a:{}", "x".repeat(64 * 1024)));
    let headers = [
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic YWI",
        &basic_header("no colon"),
        &basic_header(":secret"),
        &basic_header("a\0:b"),
        &format!("Basic {}", STANDARD.encode([0xFF, b':', 0xFE])),
        &long,
    ];
    for header in headers {
        assert_eq!(
            refused(&[], Some(header)).error.code(),
            ErrorCode::InvalidClient,
            "{:.40}",
            header
        );
    }
}

#[test]
fn basic_credentials_are_read_form_encoded_and_raw() {
    let encoded = client_with(|client| {
        client.client_id = "a b:c".into();
        client.secrets = vec![secret("ü%+", None)];
    });
    let presented = basic("a+b%3Ac:%C3%BC%25%2B");
    assert_eq!(presented.client_ids.first().map(String::as_str), Some("a b:c"));
    assert!(proves(&presented, encoded));
    let raw = client_with(|client| client.secrets = vec![secret("50%+x", None)]);
    assert!(proves(&basic(&format!("{CLIENT}:50%+x")), raw));
    let colon = client_with(|client| client.secrets = vec![secret("a:b", None)]);
    assert!(proves(&basic(&format!("{CLIENT}:a:b")), colon));
}

#[test]
fn the_scheme_of_basic_is_case_insensitive() {
    let header = basic_header(&format!("{CLIENT}:{SECRET}")).replace("Basic", "bAsIc");
    let presented = Presented::read(&params(&[]), Some(&header)).unwrap();
    assert!(proves(&presented, client()));
}

#[test]
fn both_secrets_of_a_rotation_work_until_the_old_one_ends() {
    let at_end = |end| {
        client_with(|client| {
            client.secrets = vec![secret("new", None), secret(SECRET, Some(end))];
        })
    };
    assert!(proves(&post(CLIENT, "new"), at_end(after(1))));
    assert!(proves(&post(CLIENT, SECRET), at_end(after(1))));
    assert!(
        !proves(&post(CLIENT, SECRET), at_end(NOW)),
        "dead at the very instant of its end"
    );
    assert!(proves(&post(CLIENT, "new"), at_end(NOW)));
}

#[test]
fn a_method_that_the_realm_does_not_accept_is_refused() {
    let only = |methods: Vec<TokenEndpointAuthMethod>| realm_with(|realm| realm.auth_methods = methods);
    let without_post = only(vec![TokenEndpointAuthMethod::ClientSecretBasic]);
    assert!(!proves_in(&post(CLIENT, SECRET), client(), &without_post));
    assert!(proves_in(
        &basic(&format!("{CLIENT}:{SECRET}")),
        client(),
        &without_post
    ));
    let public = Presented::read(&params(&[("client_id", CLIENT)]), None).unwrap();
    assert!(!proves_in(&public, client_with(make_public), &without_post));
}

#[test]
fn what_is_presented_never_shows_itself() {
    for presented in [
        post(CLIENT, SECRET),
        basic(&format!("{CLIENT}:{SECRET}")),
        basic(&format!("a%20b:{SECRET}%20")),
    ] {
        assert!(!format!("{presented:?}").contains(SECRET), "{presented:?}");
    }
}

#[test]
fn a_grant_type_the_client_lacks_is_unauthorized_client() {
    let client = client_with(|client| client.grant_types = vec![GrantType::RefreshToken]);
    assert!(require_grant_type(&client, GrantType::RefreshToken).is_ok());
    let error = require_grant_type(&client, GrantType::AuthorizationCode).unwrap_err();
    assert_eq!(error.code(), ErrorCode::UnauthorizedClient);
}
