//! Which addresses and documents are taken, how long, and what a change of one means.

use super::*;
use crate::admin::{Actor, client};
use crate::change::Write;
use crate::fixture::{self, NOW, after, realm_with, scopes};
use grantd_protocol::entropy::counted::Counted;
use serde_json::Value;

const ADDRESS: &str = "https://agent.example/oauth/client.json";

fn policy() -> DocumentPolicy {
    DocumentPolicy {
        enabled: true,
        ..DocumentPolicy::default()
    }
}

fn realm() -> Realm {
    realm_with(|realm| {
        realm.registration.scopes = scopes("openid invoices:read");
        realm.documents = policy();
        realm.auth_methods.push(TokenEndpointAuthMethod::PrivateKeyJwt);
    })
}

fn document(changes: Value) -> Value {
    let mut document = json!({
        "client_id": ADDRESS,
        "client_name": "Agent",
        "redirect_uris": ["https://agent.example/cb"],
    });
    for (name, value) in changes.as_object().unwrap() {
        document[name] = value.clone();
    }
    document
}

fn read(document: &Value, stored: Option<&ClientRecord>, now: Timestamp) -> Result<ClientRecord, OAuthError> {
    let url = WebUrl::parse(ADDRESS).unwrap();
    describe(&url, document.to_string().as_bytes(), stored, &realm(), now)
}

#[test]
fn only_an_https_address_with_a_path_on_an_admitted_host_is_a_document() {
    assert!(address(ADDRESS, &policy()).is_some());
    for other in [
        "ledger-web",
        "http://agent.example/client.json",
        "https://agent.example",
        "https://agent.example/",
        "https://agent.example/client.json#f",
        "https://u@agent.example/client.json",
        "https://agent.example:8443/client.json",
        "https://127.0.0.1/client.json",
        "https://2130706433/client.json",
        "https://[::ffff:127.0.0.1]/client.json",
        "https://localhost/client.json",
        "https://agent.example./client.json",
        "https://Agent.example/client.json",
        "https://agent.example/a/../client.json",
    ] {
        assert!(address(other, &policy()).is_none(), "{other}");
    }
    assert!(
        address(ADDRESS, &DocumentPolicy::default()).is_none(),
        "off is the default"
    );
}

#[test]
fn domains_are_allowed_and_denied_with_what_is_below_them() {
    let listed = |allow: &[&str], deny: &[&str]| DocumentPolicy {
        enabled: true,
        allow: allow.iter().map(|domain| (*domain).to_owned()).collect(),
        deny: deny.iter().map(|domain| (*domain).to_owned()).collect(),
    };
    let only = listed(&["agent.example"], &["evil.agent.example"]);
    assert!(only.admits("agent.example") && only.admits("eu.agent.example"));
    for host in [
        "evil.agent.example",
        "x.evil.agent.example",
        "other.example",
        "notagent.example",
        "agent.example.evil.example",
    ] {
        assert!(!only.admits(host), "{host}");
    }
    assert!(listed(&[], &["evil.example"]).admits("agent.example"));
}

#[test]
fn a_document_is_kept_for_a_minute_at_least_and_a_day_at_most() {
    for (says, seconds) in [
        (None, 300),
        (Some("max-age=3600"), 3600),
        (Some("public, MAX-AGE=3600"), 3600),
        (Some("max-age=0"), 60),
        (Some("no-store"), 60),
        (Some("no-cache, max-age=3600"), 60),
        (Some("max-age=315360000"), 86_400),
        (Some("max-age=99999999999999999999"), 86_400),
        (Some("max-age=-5"), 300),
        (Some("max-age=\"60\""), 300),
        (Some("max-age="), 300),
    ] {
        assert_eq!(freshness(says), Seconds(seconds), "{says:?}");
    }
}

#[test]
fn a_document_describes_a_public_client_that_nobody_vouches_for() {
    let client = read(&document(json!({})), None, NOW).unwrap();
    assert_eq!(&*client.client_id, ADDRESS);
    assert_eq!(client.origin, ClientOrigin::MetadataDocument);
    assert!(client.is_public() && client.registration_token.is_none() && !client.origin.is_vouched_for());
    assert_eq!(client.scopes.as_str(), "openid invoices:read");
}

#[test]
fn what_a_document_must_not_be_is_refused() {
    for changes in [
        json!({ "client_id": "https://agent.example/oauth/client.json/" }),
        json!({ "client_id": "https://agent.example:443/oauth/client.json" }),
        json!({ "client_id": "https://AGENT.example/oauth/client.json" }),
        json!({ "client_id": null }),
        json!({ "client_secret": "s" }),
        json!({ "client_secret_expires_at": 0 }),
        json!({ "token_endpoint_auth_method": "client_secret_basic" }),
        json!({ "token_endpoint_auth_method": "client_secret_post" }),
        json!({ "token_endpoint_auth_method": "client_secret_jwt" }),
        json!({ "token_endpoint_auth_method": "private_key_jwt" }),
        json!({ "jwks": { "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A" }] } }),
        json!({ "jwks_uri": "https://10.0.0.1/jwks.json" }),
        json!({ "sector_identifier_uri": "https://agent.example/sector.json" }),
        json!({ "redirect_uris": ["javascript:alert(1)"] }),
        json!({ "redirect_uris": ["http://agent.example/cb"] }),
        json!({ "redirect_uris": [] }),
        json!({ "logo_uri": "https://169.254.169.254/logo.png" }),
    ] {
        assert!(read(&document(changes.clone()), None, NOW).is_err(), "{changes}");
    }
    let url = WebUrl::parse(ADDRESS).unwrap();
    let twice =
        format!(r#"{{"client_id":"{ADDRESS}","client_id":"{ADDRESS}","redirect_uris":["https://agent.example/cb"]}}"#);
    let deep = format!("{}{}", "[".repeat(2000), "]".repeat(2000));
    let long = document(json!({ "x": "y".repeat(MAX_DOCUMENT) })).to_string();
    for text in ["", "no JSON", "[]", "null", &twice, &deep, &long] {
        assert!(
            describe(&url, text.as_bytes(), None, &realm(), NOW).is_err(),
            "{:.40}",
            text
        );
    }
}

#[test]
fn other_keys_or_addresses_mean_that_it_may_be_somebody_else() {
    let first = read(&document(json!({})), None, NOW).unwrap();
    let same = read(&document(json!({})), Some(&first), after(60)).unwrap();
    assert_eq!(
        (same.version, same.updated_at),
        (first.version, first.updated_at),
        "nothing to write"
    );
    let renamed = read(&document(json!({ "client_name": "Agent 2" })), Some(&first), after(60)).unwrap();
    assert_eq!((renamed.version, renamed.changed_hands_at), (2, None));
    let moved = read(
        &document(json!({ "redirect_uris": ["https://evil.example/cb"] })),
        Some(&first),
        after(60),
    )
    .unwrap();
    assert_eq!((moved.version, moved.changed_hands_at), (2, Some(after(60))));
    let key =
        json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }] });
    let keyed = json!({ "jwks": key, "token_endpoint_auth_method": "private_key_jwt" });
    let keyed = read(&document(keyed), Some(&first), after(60)).unwrap();
    assert_eq!(keyed.changed_hands_at, Some(after(60)));
}

#[test]
fn what_an_operator_decided_about_a_client_stays() {
    let mut first = read(&document(json!({})), None, NOW).unwrap();
    first.enabled = false;
    let again = read(&document(json!({ "client_name": "Agent 2" })), Some(&first), after(60)).unwrap();
    assert!(!again.enabled);
    first.origin = ClientOrigin::Console;
    assert!(
        read(&document(json!({})), Some(&first), NOW).is_err(),
        "an operator's client is not taken over"
    );
}

#[test]
fn only_a_client_under_the_address_of_a_document_can_come_back_under_its_id() {
    for address in ["https://app.example/m", "https://app.example/a/b.json?x=1"] {
        assert!(can_come_back(address), "{address}");
        let before = fixture::client_with(|client| client.client_id = address.into());
        let (realm, entropy, actor) = (realm(), Counted::default(), Actor::command_line());
        let change = client::delete(&before, &fixture::deed(&realm, &actor, &entropy))
            .unwrap()
            .change;
        assert!(matches!(
            &change.writes[0],
            Write::DeleteClient { keeps_blocks: true, .. }
        ));
    }
    for id in [
        "ledger-web",
        "",
        "https://",
        "https://app.example",
        "http://app.example/m",
        "HTTPS://app.example/m",
    ] {
        assert!(!can_come_back(id), "{id}");
    }
}

#[test]
fn a_document_may_wish_what_is_not_done_here() {
    let wishes = json!({ "default_max_age": 3600, "default_acr_values": ["urn:example:mfa"] });
    let wanted = |changes| Wanted::of(&read(&document(changes), None, NOW).unwrap());
    assert_eq!(wanted(wishes), wanted(json!({})));
}
