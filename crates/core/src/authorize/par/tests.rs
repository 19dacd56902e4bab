//! What may be pushed, and for whom it is good afterwards (RFC 9126).

use super::super::checks::check;
use super::*;
use crate::fixture::{
    CHALLENGE, CLIENT, NOW, REDIRECT, SECRET, after, at_the_issuer, authenticated, client, client_with, params, realm,
    realm_with,
};
use crate::realm::{Profile, Realm};
use crate::record::{ClientDuties, ClientRecord};
use grantd_protocol::entropy::counted::Counted;

fn pairs<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let defaults = [
        ("client_id", CLIENT),
        ("client_secret", SECRET),
        ("redirect_uri", REDIRECT),
        ("response_type", "code"),
        ("scope", "openid invoices:read"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let kept = defaults
        .into_iter()
        .filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
    kept.chain(more.iter().copied()).collect()
}

fn push_as(
    realm: &Realm,
    client: &ClientRecord,
    more: &[(&str, &str)],
    proved_key: Option<Thumbprint>,
    entropy: &Counted,
) -> Result<PushedRequest, ErrorCode> {
    let client = authenticated(client);
    let pushed = Push {
        params: &params(&pairs(more)),
        signed: false,
        proved_key,
    };
    at_the_issuer(realm, |context| push(&pushed, &client, context, entropy)).map_err(|error| error.code())
}

fn push_with(more: &[(&str, &str)]) -> Result<PushedRequest, ErrorCode> {
    push_as(&realm(), &client(), more, None, &Counted::default())
}

#[test]
fn a_pushed_request_comes_back_as_it_was_without_the_credentials() {
    let pushed = push_with(&[("state", "x y")]).unwrap();
    let again = pushed.params(&params(&[("client_id", CLIENT)])).unwrap();
    assert_eq!(again.get("state"), Some("x y"));
    assert_eq!(again.get("client_id"), Some(CLIENT));
    assert_eq!(again.get("client_secret"), None);
    assert!(!serde_json::to_string(&pushed).unwrap().contains(SECRET));
}

#[test]
fn the_checks_of_the_authorization_endpoint_run_at_the_push() {
    for (wrong, code) in [
        (("redirect_uri", "https://evil.example/cb"), ErrorCode::InvalidRequest),
        (("response_type", "token"), ErrorCode::UnsupportedResponseType),
        (("scope", "unknown"), ErrorCode::InvalidScope),
        (("code_challenge", ""), ErrorCode::InvalidRequest),
        (("resource", "https://unknown.example"), ErrorCode::InvalidTarget),
        (("dpop_jkt", "short"), ErrorCode::InvalidRequest),
    ] {
        assert_eq!(push_with(&[wrong]).unwrap_err(), code, "{wrong:?}");
    }
}

#[test]
fn a_request_uri_is_never_pushed_and_an_empty_one_is_none() {
    for value in ["urn:ietf:params:oauth:request_uri:x", "https://rp.example/r"] {
        assert_eq!(
            push_with(&[("request_uri", value)]).unwrap_err(),
            ErrorCode::InvalidRequest
        );
    }
    let pushed = push_with(&[("request_uri", "")]).unwrap();
    let again = pushed.params(&params(&[("client_id", CLIENT)])).unwrap();
    assert!(again.iter().all(|(name, _)| name != "request_uri"));
}

#[test]
fn a_fapi_2_push_names_its_redirect_uri_even_where_there_is_only_one() {
    let pushed = |profile: Profile, more: &[(&str, &str)]| {
        let realm = realm_with(|realm| realm.profile = profile);
        push_as(&realm, &client(), more, None, &Counted::default()).map(drop)
    };
    assert_eq!(client().redirect_uris.len(), 1);
    assert_eq!(pushed(Profile::Fapi2, &[]), Ok(()));
    let without = [("redirect_uri", "")];
    assert_eq!(pushed(Profile::Fapi2, &without), Err(ErrorCode::InvalidRequest));
    assert_eq!(pushed(Profile::None, &without), Ok(()));
}

#[test]
fn a_push_that_would_not_fit_into_an_address_is_refused() {
    let long = "x".repeat(MAX_PUSHED);
    assert_eq!(push_with(&[("state", &long)]).unwrap_err(), ErrorCode::InvalidRequest);
}

#[test]
fn the_key_of_the_proof_becomes_dpop_jkt_and_must_be_the_one_that_is_named() {
    let (key, other) = (Thumbprint::from_bytes([1; 32]), Thumbprint::from_bytes([2; 32]));
    let named = |name: Option<Thumbprint>| {
        let text = name.map(|name| name.to_string()).unwrap_or_default();
        push_as(
            &realm(),
            &client(),
            &[("dpop_jkt", &text)],
            Some(key),
            &Counted::default(),
        )
    };
    for name in [None, Some(key)] {
        let pushed = named(name).unwrap();
        let again = pushed.params(&params(&[("client_id", CLIENT)])).unwrap();
        assert_eq!(again.get("dpop_jkt"), Some(&*key.to_string()));
    }
    assert_eq!(named(Some(other)).unwrap_err(), ErrorCode::InvalidDpopProof);
}

#[test]
fn a_reference_is_good_for_the_client_that_pushed_it_alone() {
    let pushed = push_with(&[]).unwrap();
    let refused = |beside: &[(&str, &str)]| pushed.params(&params(beside)).unwrap_err().code();
    assert_eq!(refused(&[("client_id", "other")]), ErrorCode::InvalidRequestUri);
    assert_eq!(refused(&[]), ErrorCode::InvalidClient);
    assert_eq!(
        refused(&[("client_id", CLIENT), ("client_id", CLIENT)]),
        ErrorCode::InvalidRequest
    );
}

#[test]
fn what_stands_beside_the_reference_is_ignored() {
    let pushed = push_with(&[("scope", "invoices:read")]).unwrap();
    let beside = params(&[
        ("client_id", CLIENT),
        ("scope", "openid"),
        ("redirect_uri", "https://evil.example"),
    ]);
    let again = pushed.params(&beside).unwrap();
    assert_eq!(
        (again.get("scope"), again.get("redirect_uri")),
        (Some("invoices:read"), Some(REDIRECT))
    );
}

#[test]
fn it_is_opened_within_its_lifetime_and_then_the_user_has_an_hour() {
    let realm = realm_with(|realm| realm.pushed.lifetime = Seconds(60));
    let pushed = push_as(&realm, &client(), &[], None, &Counted::default()).unwrap();
    assert_eq!(pushed.expires_in(), 60);
    assert!(pushed.may_be_opened(NOW));
    assert!(pushed.may_be_opened(after(59)) && !pushed.may_be_opened(after(60)));
    assert!(pushed.may_go_on(after(3659)) && !pushed.may_go_on(after(3660)));
}

#[test]
fn every_request_has_a_name_of_its_own_and_every_browser_another_memory() {
    let entropy = Counted::default();
    let push = || push_as(&realm(), &client(), &[], None, &entropy).unwrap();
    let (one, other) = (push(), push());
    assert_ne!(one.answered("main"), other.answered("main"));
    assert_ne!(one.answered("main"), one.answered("elsewhere"));
    let [any, ada] = one.opened("main", "ada");
    let [again, bob] = one.opened("main", "bob");
    assert_eq!(any, again);
    assert_ne!(ada, bob);
}

#[test]
fn a_client_or_realm_that_requires_pushing_refuses_what_a_browser_brings() {
    let pushing = client_with(|client| {
        client.duties = ClientDuties {
            pushes: true,
            ..ClientDuties::default()
        };
    });
    let required = realm_with(|realm| realm.pushed.required = true);
    for (realm, client) in [(realm(), pushing), (required, client())] {
        assert!(push_as(&realm, &client, &[], None, &Counted::default()).is_ok());
        let sent = params(&pairs(&[]));
        let identified = identify(&sent, Some(Arc::new(client))).unwrap();
        let refused = at_the_issuer(&realm, |context| check(identified, &sent, context));
        assert_eq!(refused.unwrap_err().rule, "way");
    }
}
