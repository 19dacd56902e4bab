use super::*;
use crate::fixture::{client_with, params, realm_with};
use crate::record::Development;

const BAD: OAuthError = OAuthError::invalid_request("the address is not registered");

fn explained(endpoint: &str, error: &OAuthError, pairs: &[(&str, &str)]) -> Explained {
    explain_of(endpoint, error, pairs, &["https://rp.example/cb"])
}

fn explain_of(endpoint: &str, error: &OAuthError, pairs: &[(&str, &str)], registered: &[&str]) -> Explained {
    let client = client_with(|client| {
        client.redirect_uris = registered.iter().map(|uri| (*uri).to_owned()).collect();
    });
    explain(&Situation {
        endpoint,
        error,
        client: &client,
        params: &params(pairs),
        method: Some("client_secret_post"),
        realm: &realm_with(|_| ()),
    })
}

fn redirect(sent: &str) -> Explained {
    explained("authorize", &BAD, &[("redirect_uri", sent)])
}

#[test]
fn a_redirect_uri_that_is_nearly_registered_is_shown_with_what_differs() {
    for (sent, cause) in [
        ("https://rp.example/cb/", Cause::RedirectSlash),
        ("https://rp.example/CB", Cause::RedirectCase),
        ("http://rp.example/cb", Cause::RedirectScheme),
        ("https://rp.example:8443/cb", Cause::RedirectPort),
        ("https://www.rp.example/cb", Cause::RedirectHost),
        ("https://rp.example/callback", Cause::RedirectPath),
        ("https://rp.example/cb?x=1", Cause::RedirectQuery),
    ] {
        let told = redirect(sent);
        assert_eq!(
            (told.cause, told.expected.as_deref()),
            (cause, Some("https://rp.example/cb")),
            "{sent}"
        );
    }
    let told = redirect("com.other:/x");
    assert_eq!((told.cause, told.expected), (Cause::RedirectUri, None));
}

#[test]
fn the_nearest_of_several_is_the_one_with_the_smallest_difference() {
    let registered = [
        "https://b.example/cb",
        "https://rp.example/other",
        "https://rp.example/cb",
    ];
    let sent = [("redirect_uri", "https://rp.example/cb/")];
    let told = explain_of("par", &BAD, &sent, &registered);
    assert_eq!(told.expected.as_deref(), Some("https://rp.example/cb"));
    let missing = explain_of("authorize", &BAD, &[], &registered);
    assert_eq!(missing.got.as_deref(), Some("no redirect_uri"));
}

#[test]
fn what_could_be_a_secret_is_not_repeated() {
    let told = redirect("https://rp.example/elsewhere?code=ac_secret&access_token=at_secret&plain");
    let got = told.got.unwrap();
    assert_eq!(got, "https://rp.example/elsewhere?code=…&access_token=…&plain");
    assert_eq!(
        redirect("https://me:pw@rp.example/").got.as_deref(),
        Some("https://…@rp.example/")
    );
    for (sent, told) in [
        ("https://rp.example/x#access_token=at_secret", "https://rp.example/x#…"),
        ("https://rp.example/x?a=b#at_secret?c", "https://rp.example/x?a=…#…"),
        ("https://rp.example/x#at?plain", "https://rp.example/x#…"),
        ("https://rp.example/x#", "https://rp.example/x#"),
    ] {
        assert_eq!(redirect(sent).got.as_deref(), Some(told));
    }
    let error = OAuthError::new(ErrorCode::InvalidGrant, "the code is not good");
    let told = explained(
        "token",
        &error,
        &[("code", "ac_x"), ("code_verifier", "v"), ("client_secret", "s")],
    );
    assert_eq!((told.cause, told.expected, told.got), (Cause::Code, None, None));
}

#[test]
fn a_value_from_outside_is_one_short_line() {
    let long = format!("a\nb\u{1b}[31m{}", "x".repeat(5000));
    let error = OAuthError::invalid_scope("unknown");
    let got = explained("token", &error, &[("scope", &long)]).got.unwrap();
    assert!(got.chars().count() <= MAX_SHOWN && !got.chars().any(char::is_control));
}

#[test]
fn what_was_expected_stands_beside_what_came() {
    let of = |code, pairs: &[(&str, &str)]| explained("token", &OAuthError::new(code, "no"), pairs);
    let told = of(ErrorCode::UnauthorizedClient, &[("grant_type", "password")]);
    assert_eq!((told.cause, told.got.as_deref()), (Cause::GrantType, Some("password")));
    let told = of(ErrorCode::InvalidClient, &[]);
    assert_eq!(told.expected.as_deref(), Some("client_secret_basic"));
    assert_eq!(told.got.as_deref(), Some("client_secret_post"));
    let told = of(ErrorCode::InvalidGrant, &[("grant_type", "refresh_token")]);
    assert_eq!(told.cause, Cause::RefreshToken);
    let error = OAuthError::invalid_request("code_challenge is missing");
    let told = explained("authorize", &error, &[("redirect_uri", "https://rp.example/cb")]);
    assert_eq!(
        (told.cause, told.got.as_deref()),
        (Cause::Pkce, Some("no code_challenge"))
    );
}

#[test]
fn a_draft_that_refuses_somebody_says_so() {
    let client = client_with(|client| client.development = Some(Box::new(Development::begun_by(&"dev".into()))));
    let error = OAuthError::access_denied("not yet");
    let told = explain(&Situation {
        endpoint: "authorize",
        error: &error,
        client: &client,
        params: &params(&[]),
        method: None,
        realm: &realm_with(|_| ()),
    });
    assert_eq!(told.cause, Cause::NotOpen);
}

#[test]
fn every_cause_has_a_name_and_words_of_its_own() {
    for (index, cause) in Cause::ALL.iter().enumerate() {
        assert!(cause.mend().ends_with('.'), "{cause:?}");
        let others = Cause::ALL.iter().skip(index + 1);
        assert!(
            others
                .clone()
                .all(|other| other.as_str() != cause.as_str() && other.mend() != cause.mend())
        );
    }
}
