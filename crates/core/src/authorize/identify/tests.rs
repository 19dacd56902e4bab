//! Nothing is sent anywhere before the client and its redirect URI are certain (OAuth 2.1 section 4.1.2.1).

use super::*;
use crate::fixture::{CLIENT, REDIRECT, client, client_with, params};
use grantd_protocol::redirect_uri::ApplicationType;

fn identify_with(pairs: &[(&str, &str)], client: ClientRecord) -> Result<String, OAuthError> {
    identify(&params(pairs), Some(Arc::new(client))).map(|identified| identified.redirect.as_str().to_owned())
}

fn sent(uri: &str, registered: &str, application_type: ApplicationType) -> bool {
    let client = client_with(|client| {
        client.redirect_uris = vec![registered.to_owned()];
        client.application_type = application_type;
    });
    identify_with(&[("redirect_uri", uri)], client).is_ok_and(|redirect| redirect == uri)
}

#[test]
fn an_unknown_a_disabled_and_a_missing_client_look_alike() {
    let pairs = params(&[("client_id", CLIENT), ("redirect_uri", REDIRECT)]);
    let unknown = identify(&pairs, None).unwrap_err();
    let disabled = identify(&pairs, Some(Arc::new(client_with(|client| client.enabled = false)))).unwrap_err();
    assert_eq!(unknown, disabled);
    for missing in [&[][..], &[("client_id", "")]] {
        assert_eq!(client_id(&params(missing)).unwrap_err(), unknown);
    }
}

#[test]
fn a_client_id_that_repeats_is_refused() {
    let twice = params(&[("client_id", CLIENT), ("client_id", CLIENT)]);
    assert!(client_id(&twice).is_err());
    assert_eq!(client_id(&params(&[("client_id", CLIENT)])).unwrap(), CLIENT);
}

#[test]
fn a_redirect_uri_that_repeats_is_refused() {
    let twice = [("redirect_uri", REDIRECT), ("redirect_uri", REDIRECT)];
    assert!(identify_with(&twice, client()).is_err());
}

#[test]
fn a_redirect_uri_is_compared_byte_for_byte() {
    assert!(sent(REDIRECT, REDIRECT, ApplicationType::Web));
    for wrong in [
        "https://RP.EXAMPLE/cb",
        "https://rp.example/CB",
        "http://rp.example/cb",
        "https://rp.example:8443/cb",
        "https://rp.example:443/cb",
        "https://rp.example/cb/",
        "https://rp.example//cb",
        "https://rp.example/x/../cb",
        "https://rp.example/cb/..%2f..%2fevil",
        "https://rp.example/cb%252f..%252f",
        "https://rp.example/c%62",
        "https://rp.example/cb%20",
        "https://rp.example/cb?x=1",
        "https://rp.example/cb#frag",
        "https://rp.example/cb#",
        "https://u:p@rp.example/cb",
        "https://rp.example@evil.example/cb",
        "https://rp.example.evil.example/cb",
        "https://evilrp.example/cb",
        "https://sub.rp.example/cb",
        "https://rp.example./cb",
        "https://rр.example/cb",
        "https:\\\\evil.example",
        "//evil.example",
        "/\tevil",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://rp.example/cb ",
        " https://rp.example/cb",
    ] {
        assert!(!sent(wrong, REDIRECT, ApplicationType::Web), "{wrong}");
        assert!(!sent(wrong, REDIRECT, ApplicationType::Native), "{wrong}");
    }
    assert!(!sent(&"x".repeat(64 * 1024), REDIRECT, ApplicationType::Web));
}

#[test]
fn a_loopback_port_may_differ_for_native_apps_and_nothing_else() {
    let native = |uri: &str, registered: &str| sent(uri, registered, ApplicationType::Native);
    for host in ["127.0.0.1", "[::1]", "localhost"] {
        let registered = format!("http://{host}:3000/cb");
        assert!(native(&format!("http://{host}:51234/cb"), &registered), "{host}");
        assert!(native(&format!("http://{host}/cb"), &registered), "{host}");
        assert!(
            native(&format!("http://{host}:51234/cb"), &format!("http://{host}/cb")),
            "registered without a port"
        );
        let other_port = format!("http://{host}:51234/cb");
        assert!(!sent(&other_port, &registered, ApplicationType::Web), "{host}");
    }
    for wrong in [
        "http://127.0.0.1:1234/other",
        "http://127.0.0.1:1234/cb?x=1",
        "http://127.0.0.1.evil.example:1234/cb",
        "http://localhost:1234/cb",
        "http://127.0.0.1:0/cb",
        "http://127.0.0.1:65536/cb",
        "http://127.0.0.1:/cb",
        "https://127.0.0.1:1234/cb",
        "http://u@127.0.0.1:1234/cb",
    ] {
        assert!(!native(wrong, "http://127.0.0.1:3000/cb"), "{wrong}");
    }
}

#[test]
fn the_only_registered_redirect_uri_may_be_left_out_and_several_may_not() {
    assert_eq!(identify_with(&[], client()).unwrap(), REDIRECT);
    assert_eq!(identify_with(&[("redirect_uri", "")], client()).unwrap(), REDIRECT);
    let several = client_with(|client| client.redirect_uris.push("https://rp.example/two".into()));
    assert!(identify_with(&[], several).is_err());
    let none = client_with(|client| client.redirect_uris.clear());
    assert!(identify_with(&[], none).is_err());
}
