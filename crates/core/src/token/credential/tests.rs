//! One check for both kinds, and what it counts.

use super::*;
use crate::api_key::{Maker, NewApiKey, make};
use crate::client_auth::AuthenticatedClient;
use crate::fixture::token_endpoint::access_facts;
use crate::fixture::{API, ISSUER, NOW, after, authenticated, client, client_with, realm, realm_with, scopes};
use crate::token::introspect::{INACTIVE, describe_api_key, is_resource_server};
use grantd_protocol::entropy::counted::Counted;
use serde_json::{Value, json};

fn key(scope: &str) -> ApiKeyFacts {
    let maker = Maker {
        actor: "cli",
        role: None,
        role_name: None,
        user: None,
    };
    let new = NewApiKey {
        tenant: None,
        name: "reporting".into(),
        scope: scopes(scope),
        expires_at: Some(after(600)),
    };
    let made = make(new, &maker, None, &realm(), NOW, &Counted::default()).unwrap();
    ApiKeyFacts {
        key: made.record,
        tenant_disabled: false,
        last_used_at: None,
    }
}

fn api(resources: &[&str]) -> AuthenticatedClient {
    authenticated(&client_with(|client| {
        client.resources = resources.iter().map(|resource| (*resource).into()).collect();
    }))
}

fn described(facts: &ApiKeyFacts, caller: &AuthenticatedClient, needed: Option<&str>) -> Vec<u8> {
    let needed = needed.map(scopes);
    describe_api_key(Some(facts), caller, needed.as_ref(), &realm(), NOW)
}

#[test]
fn a_live_key_is_described_with_exactly_these_members() {
    let mut facts = key("invoices:*");
    facts.key.tenant = Some("acme".into());
    let reply: Value = serde_json::from_slice(&described(&facts, &api(&[API]), None)).unwrap();
    let id = facts.key.id.to_string();
    assert_eq!(
        reply,
        json!({
            "active": true,
            "token_type": "api_key",
            "iss": ISSUER,
            "sub": format!("api_key:{id}"),
            "scope": "invoices:*",
            "iat": NOW.secs(),
            "exp": after(600).secs(),
            "jti": id,
            "tenant": "acme",
        })
    );
}

#[test]
fn only_an_api_of_the_realm_is_told_of_a_key() {
    let facts = key("invoices:read");
    assert_ne!(described(&facts, &api(&[API]), None), INACTIVE);
    assert_eq!(described(&facts, &api(&[]), None), INACTIVE);
    assert_eq!(describe_api_key(None, &api(&[API]), None, &realm(), NOW), INACTIVE);
    let mut ended = facts;
    ended.key.ended_at = Some(after(-1));
    assert_eq!(described(&ended, &api(&[API]), Some("invoices:read")), INACTIVE);
}

#[test]
fn whoever_asks_about_permissions_is_told_whether_all_of_them_are_held() {
    let facts = key("invoices:* customers:read");
    let permitted = |needed: Option<&str>| {
        let reply: Value = serde_json::from_slice(&described(&facts, &api(&[API]), needed)).unwrap();
        reply.get("permitted").cloned()
    };
    assert_eq!(permitted(None), None);
    assert_eq!(permitted(Some("invoices:write customers:read")), Some(json!(true)));
    assert_eq!(permitted(Some("invoices:write customers:write")), Some(json!(false)));
    assert_eq!(permitted(Some("*")), Some(json!(false)));
}

#[test]
fn a_token_and_a_key_are_judged_by_the_same_rules() {
    let (token, key, off) = (
        access_facts(),
        key("invoices:read"),
        client_with(|client| client.enabled = false),
    );
    let realm = realm();
    let verdict = judge(Credential::Access(&token, Some(&client())), &realm, NOW).map(|verdict| verdict.holder);
    assert_eq!(verdict, Some(Holder::Client(client().client_id)));
    assert!(judge(Credential::Access(&token, None), &realm, NOW).is_none());
    assert!(judge(Credential::Access(&token, Some(&off)), &realm, NOW).is_none());
    let verdict = judge(Credential::ApiKey(&key), &realm, NOW).map(|verdict| verdict.holder);
    assert_eq!(verdict, Some(Holder::ApiKey(key.key.id)));
    let other = realm_with(|realm| realm.name = "other".into());
    assert!(judge(Credential::ApiKey(&key), &other, NOW).is_none());
    assert!(judge(Credential::Access(&token, Some(&client())), &other, NOW).is_none());
}

#[test]
fn a_key_permits_what_the_role_of_its_maker_permits_now() {
    let permitted = |named: Option<&str>, now: &str| {
        let mut facts = key("*");
        facts.key.role = named.map(Into::into);
        let realm = realm_with(|realm| {
            realm.roles.insert("owner".into(), scopes(now));
        });
        judge(Credential::ApiKey(&facts), &realm, NOW).map(|verdict| verdict.scope.to_string())
    };
    assert_eq!(permitted(None, "invoices:read").as_deref(), Some("*"));
    assert_eq!(permitted(Some("owner"), "*").as_deref(), Some("*"));
    assert_eq!(
        permitted(Some("owner"), "invoices:read").as_deref(),
        Some("invoices:read")
    );
    assert_eq!(permitted(Some("owner"), ""), None);
    assert_eq!(permitted(Some("gone"), "*"), None);
}

#[test]
fn only_permissions_of_the_catalogue_that_are_held_count_as_used() {
    let facts = key("invoices:*");
    let realm = realm();
    let verdict = judge(Credential::ApiKey(&facts), &realm, NOW).unwrap();
    let used = verdict.used(
        &scopes("invoices:read invoices:made-up customers:read invoices:*"),
        &realm,
    );
    assert_eq!(used, [Arc::from("invoices:read")]);
}

#[test]
fn only_an_api_that_a_token_is_for_says_what_was_used() {
    assert!(is_resource_server(&api(&[API]), Some(API)));
    assert!(!is_resource_server(&api(&["https://other.example/v1"]), Some(API)));
    assert!(!is_resource_server(&api(&[]), Some(API)));
    assert!(is_resource_server(&api(&["https://other.example/v1"]), None));
}
