//! Exports of other servers as these write them: what goes on working here, and what is told instead of being taken over.

use super::file;
use crate::harness::flow::post_as;
use crate::harness::own::Own;
use crate::harness::realm::{Client, User};
use crate::harness::{Flow, Realm};
use serde_json::{Value, json};

const HYDRA_LIST: &str = include_str!("hydra-list.json");
const HYDRA_TABLE: &str = include_str!("hydra-table.json");
const KEYCLOAK: &str = include_str!("keycloak.json");
const AUTH0_CLIENTS: &str = include_str!("auth0-clients.json");
const AUTH0_USERS: &str = include_str!("auth0-users.ndjson");

/// Imports an export: first only to see, then really, and once more. Gives what was made, and the number and the place of each
/// mistake.
fn imported(own: &Own, server: &str, export: &str) -> (Value, Vec<(u64, String)>) {
    let path = file(own, "export", export);
    let run = |more: &[&str]| {
        let done = own.run(
            &[
                &["import", path.to_str().unwrap(), "--from", server, "-o", "json"],
                more,
            ]
            .concat(),
        );
        let report: Value = serde_json::from_str(&done.output).unwrap_or_else(|_| panic!("{}", done.error));
        assert_eq!(done.code, i32::from(report["refused"] != 0), "{}", done.error);
        report
    };
    let dry = run(&["--dry-run"]);
    let real = run(&[]);
    assert_eq!(
        (&dry["created"], &dry["mistakes"]),
        (&real["created"], &real["mistakes"]),
        "a dry run says the same"
    );
    let again = run(&[]);
    assert_eq!(
        (&again["created"], &again["present"]),
        (&json!({}), &real["created"]),
        "the same again changes nothing"
    );
    let mistakes = real["mistakes"].as_array().unwrap().iter();
    let place = |wrong: &Value| {
        (
            wrong["line"].as_u64().unwrap(),
            wrong["pointer"].as_str().unwrap().to_owned(),
        )
    };
    (real["created"].clone(), mistakes.map(place).collect())
}

fn places(mistakes: &[(u64, String)]) -> Vec<(u64, &str)> {
    mistakes
        .iter()
        .map(|(number, place)| (*number, place.as_str()))
        .collect()
}

fn client(id: &str, secret: &str) -> Client {
    Client {
        id: id.to_owned(),
        secret: Some(secret.to_owned()),
        redirect_uri: "http://localhost:3000/callback".to_owned(),
    }
}

/// Whether a client is let in by a secret, and what it gets for itself.
async fn for_itself(realm: &Realm, id: &str, secret: &str) -> Result<String, String> {
    let reply = post_as(
        &client(id, secret),
        &realm.token(),
        &[("grant_type", "client_credentials")],
    )
    .await;
    let body = reply.json();
    if reply.status == 200 {
        Ok(body["scope"].as_str().unwrap_or_default().to_owned())
    } else {
        Err(body["error"].as_str().unwrap_or_default().to_owned())
    }
}

/// Whether somebody is let in by a password.
async fn gets_in(realm: &Realm, username: &str, password: &str) -> bool {
    let mut flow = Flow::new(realm, "ledger-web");
    flow.user = User {
        username: username.to_owned(),
        password: password.to_owned(),
        tenants: Vec::new(),
    };
    flow.gets_in().await
}

/// What `sub` says of somebody who was given a place in a tenant here.
async fn subject(own: &Own, username: &str, password: &str) -> Value {
    own.json(&["tenant", "add-member", "acme-berlin", username, "--role", "member"]);
    let realm = own.realm();
    let mut flow = Flow::new(&realm, "ledger-web");
    flow.user = User {
        username: username.to_owned(),
        password: password.to_owned(),
        tenants: vec!["acme-berlin".to_owned()],
    };
    let tokens = flow.tokens().await;
    flow.introspect(tokens.access()).await["sub"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn hydras_list_has_no_secrets_so_that_only_public_clients_are_taken_over() {
    let own = Own::start(None);
    let (created, mistakes) = imported(&own, "hydra", HYDRA_LIST);
    assert_eq!(created, json!({ "client": 1 }));
    assert_eq!(
        places(&mistakes),
        [(2, "/secrets"), (3, "/redirect_uris/0"), (3, "/scopes/1")]
    );
    let shown = own.json(&["client", "show", "0d9c4e7e-3b2a-4f10-9a51-5f0c4b1d7e21"]);
    assert_eq!(shown["grant_types"], json!(["authorization_code", "refresh_token"]));
    assert_eq!(shown["scopes"], "openid offline_access invoices:read");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_hydras_table_go_on_with_their_secrets_whatever_hash_and_form_of_lists_they_have() {
    let own = Own::start(None);
    let (created, mistakes) = imported(&own, "hydra", HYDRA_TABLE);
    assert_eq!((created, mistakes), (json!({ "client": 3 }), Vec::new()));
    let realm = own.realm();
    let secret = "hydra-secret-of-the-ledger";
    let both = Ok("invoices:read customers:read".to_owned());
    assert_eq!(for_itself(&realm, "hydra-back-office", secret).await, both);
    assert_eq!(
        for_itself(&realm, "hydra-back-office", secret).await,
        both,
        "against the new hash"
    );
    let invalid = Err("invalid_client".to_owned());
    assert_eq!(
        for_itself(&realm, "hydra-back-office", "hydra-secret-of-the-ledgeR").await,
        invalid
    );
    let old = for_itself(&realm, "hydra-old-board", "older-secret-of-the-board").await;
    assert_eq!(old, Ok("invoices:read".to_owned()), "bcrypt, and lists joined by bars");
    assert_eq!(
        for_itself(&realm, "hydra-ended", secret).await,
        invalid,
        "the secret had ended there"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_algorithm_that_no_key_of_a_client_can_use_does_not_keep_the_client_out() {
    let own = Own::start(None);
    let key = json!({ "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" });
    let export = json!([{ "client_id": "hydra-signs", "client_name": "Signs", "grant_types": ["client_credentials"],
        "token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": "RS256",
        "scope": "invoices:read", "jwks": { "keys": [key] } }]);
    let path = file(&own, "export", &export.to_string());
    let run = |more: &[&str]| own.json(&[&["import", path.to_str().unwrap(), "--from", "hydra"], more].concat());
    for more in [&["--dry-run"] as &[&str], &[]] {
        let report = run(more);
        assert_eq!(
            (&report["created"], &report["refused"]),
            (&json!({ "client": 1 }), &json!(0))
        );
        let told = &report["left_out"];
        assert_eq!(
            (&told[0]["line"], &told[0]["pointer"]),
            (&json!(1), &json!("/token_endpoint_auth_signing_alg"))
        );
        assert_eq!(told.as_array().unwrap().len(), 1);
    }
    // It is there now: nothing is left out of it any more.
    assert_eq!(run(&[])["left_out"], json!([]));
    let shown = own.json(&["client", "show", "hydra-signs"]);
    assert_eq!(shown["token_endpoint_auth_method"], "private_key_jwt");
    assert!(shown.get("token_endpoint_auth_signing_alg").is_none(), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_realm_of_keycloak_goes_on_with_its_passwords_and_tells_what_it_would_lose() {
    let own = Own::start(None);
    let (created, mistakes) = imported(&own, "keycloak", KEYCLOAK);
    assert_eq!(created, json!({ "client": 1, "user": 3 }));
    let saml = [(3, "/client_id"), (3, "/client_id"), (3, "/secrets"), (3, "/protocol")];
    let others = [(4, "/secrets"), (8, "/credentials")];
    assert_eq!(
        places(&mistakes),
        [&[(2, "/redirect_uris/0")], &saml[..], &others].concat()
    );
    let shown = own.json(&["client", "show", "ledger"]);
    assert_eq!(shown["redirect_uris"], json!(["http://localhost:3000/callback"]));
    assert_eq!(
        shown["require_pushed_authorization_requests"], true,
        "a duty is not lost"
    );
    let realm = own.realm();
    let secret = "Qx7fT2vLp9sKd4wZQx7fT2vLp9sKd4wZ";
    assert_ne!(
        for_itself(&realm, "ledger", secret).await,
        Err("invalid_client".to_owned())
    );
    assert_eq!(
        for_itself(&realm, "ledger", "wrong").await,
        Err("invalid_client".to_owned())
    );
    let grace = subject(&own, "grace@example.com", "correct-horse-grace").await;
    assert_eq!(grace, "0b5c1f7e-9f6c-4d0a-8a5e-2f6f0c1d2e3f", "sub stays what it was");
    assert!(
        gets_in(&realm, "linus@example.com", "correct-horse-linus").await,
        "64 bytes of PBKDF2"
    );
    assert!(!gets_in(&realm, "linus@example.com", "correct-horse-grace").await);
    assert!(
        !gets_in(&realm, "fresh@example.com", "correct-horse-linus").await,
        "it was for one login"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_and_users_of_auth0_go_on_and_no_second_step_is_lost_unnoticed() {
    let own = Own::start(None);
    let (created, mistakes) = imported(&own, "auth0", AUTH0_CLIENTS);
    assert_eq!(created, json!({ "client": 1 }));
    assert_eq!(places(&mistakes), [(2, "/redirect_uris/0"), (3, "/jwks")]);
    let id = "Zy9xWv8uZy9xWv8uZy9xWv8uZy9xWv8u";
    let shown = own.json(&["client", "show", id]);
    assert_eq!(
        shown["grant_types"],
        json!(["authorization_code", "refresh_token", "client_credentials"])
    );
    assert_eq!(
        shown["require_pushed_authorization_requests"], true,
        "a duty is not lost"
    );
    let realm = own.realm();
    let secret = "s3cr3t-of-the-ledger-app-s3cr3t-of-the-ledger-app-s3cr3t-0000";
    for (secret, error) in [(secret, "invalid_grant"), ("wrong", "invalid_client")] {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", "none"),
            ("client_id", id),
            ("client_secret", secret),
        ];
        let reply = reqwest::Client::new()
            .post(realm.token())
            .form(&form)
            .send()
            .await
            .unwrap();
        let told: Value = reply.json().await.unwrap();
        assert_eq!(told["error"], error, "a client that sends its secret in the form");
    }
    let (created, mistakes) = imported(&own, "auth0", AUTH0_USERS);
    assert_eq!(created, json!({ "user": 3 }));
    assert_eq!(places(&mistakes), [(3, "/multifactor")]);
    let grace = subject(&own, "grace@example.com", "correct-horse-grace").await;
    assert_eq!(grace, "auth0|5dea9f9c82dd7c0e76e4ec93");
    assert!(gets_in(&realm, "euclid@example.com", "correct-horse-grace").await);
    assert!(
        !gets_in(&realm, "social@example.com", "").await,
        "no password, no login"
    );
}

#[test]
fn what_is_no_export_is_said_so_and_makes_nothing() {
    let own = Own::start(None);
    let path = file(&own, "export", "{\"broken\": ");
    let done = own.run(&["import", path.to_str().unwrap(), "--from", "keycloak"]);
    assert_eq!(done.code, 2, "{}", done.error);
    assert!(
        done.error.contains("the export is no JSON; in line 1"),
        "{}",
        done.error
    );
    let done = own.run(&["import", path.to_str().unwrap(), "--from", "okta"]);
    assert_eq!(done.code, 2);
    assert!(
        done.error.contains("must be hydra, keycloak or auth0"),
        "{}",
        done.error
    );
}
