//! The claims that a token's scopes stand for, and nothing else (OpenID Connect Core section 5.3).

use super::*;
use crate::fixture::token_endpoint::access_facts;
use crate::fixture::{NOW, USER, after, client, realm, realm_with, scopes, user};
use serde_json::json;

/// The default token with one thing changed.
struct Asked {
    facts: AccessFacts,
    client: Option<ClientRecord>,
    user: Option<UserRecord>,
}

fn answered(change: impl FnOnce(&mut Asked)) -> Result<Value, ErrorCode> {
    let mut asked = Asked {
        facts: access_facts(),
        client: Some(client()),
        user: Some(user()),
    };
    change(&mut asked);
    answer(&asked.facts, asked.client.as_ref(), asked.user.as_ref(), &realm(), NOW)
        .map(Value::Object)
        .map_err(|error| error.code())
}

fn with_scope(scope: &str) -> Result<Value, ErrorCode> {
    answered(|asked| asked.facts.token.scope = scopes(scope))
}

#[test]
fn openid_alone_gives_the_subject() {
    assert_eq!(with_scope("openid"), Ok(json!({ "sub": USER })));
}

#[test]
fn each_scope_stands_for_its_claims_and_no_others() {
    assert_eq!(
        with_scope("openid profile"),
        Ok(json!({
            "sub": USER,
            "preferred_username": "Ada@example.com",
            "name": "Ada Lovelace",
            "given_name": "Ada",
        }))
    );
    assert_eq!(
        with_scope("openid email"),
        Ok(json!({ "sub": USER, "email": "ada@example.com", "email_verified": true }))
    );
    assert_eq!(
        with_scope("openid address"),
        Ok(json!({ "sub": USER, "address": { "country": "GB" } }))
    );
    assert_eq!(
        with_scope("openid phone"),
        Ok(json!({ "sub": USER, "phone_number": "+441234" }))
    );
}

#[test]
fn a_claim_that_is_null_or_unknown_is_left_out() {
    let all = with_scope("openid profile email address phone").unwrap();
    assert!(all.get("nickname").is_none() && all.get("salary").is_none());
    assert_eq!(all["sub"], USER, "a stored claim never replaces the subject");
}

#[test]
fn a_token_without_openid_is_insufficient_scope() {
    for scope in ["profile email", "invoices:read", "*"] {
        assert_eq!(with_scope(scope), Err(ErrorCode::InsufficientScope), "{scope}");
    }
}

#[test]
fn a_machines_token_is_insufficient_scope() {
    assert_eq!(
        answered(|asked| {
            asked.facts.token.grant = None;
            asked.user = None;
        }),
        Err(ErrorCode::InsufficientScope)
    );
}

#[test]
fn a_token_that_is_not_good_any_more_is_invalid_token() {
    let cases: &[fn(&mut Asked)] = &[
        |asked| asked.facts.token.ended_at = Some(after(-1)),
        |asked| asked.facts.token.expires_at = NOW,
        |asked| asked.facts.family_ended = true,
        |asked| asked.facts.grant_ended = true,
        |asked| asked.facts.tenant_lost = true,
        |asked| asked.facts.user_disabled = true,
        |asked| asked.facts.token.realm = "other".into(),
        |asked| asked.client = None,
        |asked| asked.client.as_mut().unwrap().enabled = false,
    ];
    for (number, change) in cases.iter().enumerate() {
        assert_eq!(answered(change), Err(ErrorCode::InvalidToken), "case {number}");
    }
}

#[test]
fn the_tenant_is_told_under_the_realms_claim() {
    let mut facts = access_facts();
    facts.token.tenant = Some("acme".into());
    facts.token.scope = scopes("openid");
    let realm = realm_with(|realm| realm.tenants.claim = "merchant".into());
    let claims = answer(&facts, Some(&client()), Some(&user()), &realm, NOW).unwrap();
    assert_eq!(Value::Object(claims), json!({ "sub": USER, "merchant": "acme" }));
}
