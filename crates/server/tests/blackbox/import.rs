//! `grantd import` as its guide shows it: what another server issued goes on working, once and not twice.

mod exports;

use crate::commands::backup::is_plain;
use crate::harness::flow::post_as;
use crate::harness::key::now;
use crate::harness::own::Own;
use crate::harness::realm::{Client, User};
use crate::harness::{Flow, Realm};
use serde_json::{Value, json};
use std::path::PathBuf;

const GUIDE: &str = include_str!("../../../../docs/guide/import.md");
const CLIENT: &str = "3675930941412424316";
const SECRET: &str = "old-secret-of-the-ledger";
const KEY: &str = "old_key_5ed1f2b0c64a4a5c8f0e9f3a";
/// Takes a quarter of a second to compare.
const SLOW_HASH: &str = "$2b$12$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
const REFRESH: &str = "old-refresh-token-00c2b1a7";

/// The lines of the guide, the token in them issued a minute ago.
fn lines() -> String {
    let block = GUIDE.split("```jsonl\n").nth(1).unwrap().split("```").next().unwrap();
    block.replace("1795000000", &(now() - 60).to_string())
}

fn file(own: &Own, name: &str, lines: &str) -> PathBuf {
    let path = own.data.path().join(name);
    std::fs::write(&path, lines).unwrap();
    path
}

fn imported(own: &Own) -> Value {
    own.json(&["import", file(own, "old.jsonl", &lines()).to_str().unwrap()])
}

fn old_client() -> Client {
    Client {
        id: CLIENT.to_owned(),
        secret: Some(SECRET.to_owned()),
        redirect_uri: "http://localhost:3000/callback".to_owned(),
    }
}

async fn token(realm: &Realm, secret: &str, form: &[(&str, &str)]) -> crate::harness::Reply {
    let client = Client {
        secret: Some(secret.to_owned()),
        ..old_client()
    };
    post_as(&client, &realm.token(), form).await
}

async fn is_active(realm: &Realm, text: &str) -> bool {
    let url = realm.endpoint("introspection_endpoint");
    let reply = post_as(&realm.client("acme-api"), &url, &[("token", text)]).await;
    reply.expect(200).json()["active"] == true
}

fn is_imported(own: &Own) -> bool {
    let shown = own.run(&["client", "show", CLIENT, "-o", "json"]);
    let shown: Value = serde_json::from_str(&shown.output).unwrap();
    shown["secrets"][0]["imported"] == true
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_what_a_run_does_and_a_second_run_does_nothing() {
    let own = Own::start(None);
    let path = file(&own, "old.jsonl", &lines());
    let dry = own.json(&["import", path.to_str().unwrap(), "--dry-run"]);
    let wanted = json!({ "tenant": 1, "client": 1, "user": 1, "member": 1, "api_key": 1, "refresh_token": 1 });
    assert_eq!((&dry["created"], &dry["dry_run"]), (&wanted, &json!(true)));
    assert_ne!(own.run(&["client", "show", CLIENT]).code, 0, "a dry run made a client");
    assert_eq!(imported(&own)["created"], wanted);
    let again = imported(&own);
    assert_eq!((&again["created"], &again["present"]), (&json!({}), &wanted));
    let dry = own.json(&["import", path.to_str().unwrap(), "--dry-run"]);
    assert_eq!((&dry["created"], &dry["present"]), (&json!({}), &wanted));
    let told = own.run(&["import", path.to_str().unwrap()]);
    assert!(
        told.code == 0 && is_plain(&told.error),
        "a pipe gets no progress: {:?}",
        told.error
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_goes_on_with_its_secret_which_is_kept_as_ours_from_its_first_use_on() {
    let own = Own::start(None);
    imported(&own);
    let realm = own.realm();
    let form = [("grant_type", "client_credentials"), ("scope", "invoices:read")];
    let refused = token(&realm, "old-secret-of-the-ledgeR", &form).await;
    assert_eq!(
        (refused.status, refused.json()["error"].as_str()),
        (401, Some("invalid_client"))
    );
    assert!(is_imported(&own));
    let at_once = futures_util::future::join_all((0..6).map(|_| token(&realm, SECRET, &form))).await;
    assert!(at_once.iter().all(|reply| reply.status == 200), "racers of a first use");
    assert!(!is_imported(&own));
    token(&realm, SECRET, &form).await.expect(200);
    assert_eq!(token(&realm, "old-secret-of-the-ledgeR", &form).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_an_imported_secret_make_no_login_wait() {
    let own = Own::start(None);
    imported(&own);
    let slow = json!({
        "kind": "client", "client_id": "slow-ledger", "name": "Slow", "grant_types": ["client_credentials"],
        "scopes": ["invoices:read"], "secrets": [{ "hash": SLOW_HASH }],
    });
    own.json(&["import", file(&own, "slow.jsonl", &slow.to_string()).to_str().unwrap()]);
    let realm = own.realm();
    let (answer, mut answers) = tokio::sync::mpsc::unbounded_channel();
    // From two addresses, since what one may guess is limited.
    for address in [[127, 0, 0, 2], [127, 0, 0, 3]] {
        let http = reqwest::Client::builder().local_address(std::net::IpAddr::from(address));
        let http = http.resolve("localhost", ([127, 0, 0, 1], 0).into()).build().unwrap();
        for number in 0..60 {
            let guess = http
                .post(realm.token())
                .basic_auth("slow-ledger", Some(format!("guess {number}")))
                .form(&[("grant_type", "client_credentials")]);
            let answer = answer.clone();
            tokio::spawn(async move { answer.send(guess.send().await.unwrap().status().as_u16()) });
        }
    }
    drop(answer);
    // As many guesses wait as may.
    while answers.recv().await.expect("one too many") != 503 {}
    for _ in 0..3 {
        let seen = Flow::new(&realm, "ledger-web").log_in().await;
        assert!(seen.status < 400, "{} {}", seen.status, seen.body);
    }
    while let Some(status) = answers.recv().await {
        assert!(matches!(status, 401 | 503), "{status}");
    }
    // Whoever has the right one gets their turn.
    token(&realm, SECRET, &[("grant_type", "client_credentials")])
        .await
        .expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_logs_in_with_the_password_of_before_and_acts_in_their_tenant() {
    let own = Own::start(None);
    imported(&own);
    let realm = own.realm();
    let mut flow = Flow::new(&realm, "ledger-web");
    flow.user = User {
        username: "grace@example.com".to_owned(),
        password: "old-password-of-grace".to_owned(),
        tenants: vec!["initech".to_owned()],
    };
    let hash = |own: &Own| {
        let database = own.data.path().join("grantd.db");
        String::from_utf8_lossy(
            &[
                std::fs::read(&database).unwrap(),
                std::fs::read(database.with_extension("db-wal")).unwrap_or_default(),
            ]
            .concat(),
        )
        .matches("$argon2id$")
        .count()
    };
    let before = hash(&own);
    let tokens = flow.tokens().await;
    let found = flow.introspect(tokens.access()).await;
    assert_eq!((&found["sub"], &found["tenant"]), (&json!("u-1001"), &json!("initech")));
    assert!(hash(&own) > before, "the password is kept as ours");
    flow.browser = crate::harness::Agent::new();
    let seen = flow.log_in().await;
    assert!(
        !seen.body.contains("login-submit"),
        "the same password, against the new hash: {}",
        seen.body
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_key_goes_on_as_it_is_and_does_not_come_back_after_its_end() {
    let own = Own::start(None);
    imported(&own);
    let realm = own.realm();
    assert!(is_active(&realm, KEY).await);
    for other in ["old_key_5ed1f2b0c64a4a5c8f0e9f3b", "", &KEY[..20]] {
        if !other.is_empty() {
            assert!(!is_active(&realm, other).await, "{other}");
        }
    }
    let listed = own.json(&["api-key", "list", "--tenant", "initech"]);
    own.json(&["api-key", "revoke", listed["api_keys"][0]["id"].as_str().unwrap()]);
    assert!(!is_active(&realm, KEY).await);
    assert_eq!(imported(&own)["present"]["api_key"], 1);
    assert!(!is_active(&realm, KEY).await, "the import revived it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_rotates_into_ours_and_its_replay_ends_the_family() {
    let own = Own::start(None);
    imported(&own);
    let realm = own.realm();
    let refresh = |text: &str| {
        let (realm, text) = (realm.clone(), text.to_owned());
        async move {
            token(
                &realm,
                SECRET,
                &[("grant_type", "refresh_token"), ("refresh_token", &text)],
            )
            .await
        }
    };
    let url = realm.endpoint("introspection_endpoint");
    let described = post_as(&old_client(), &url, &[("token", REFRESH)])
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&described["active"], &described["sub"]),
        (&json!(true), &json!("u-1001"))
    );
    assert_eq!(
        refresh("old-refresh-token-00c2b1a8").await.json()["error"],
        "invalid_grant"
    );
    let first = refresh(REFRESH).await.expect(200).json();
    let retry = refresh(REFRESH).await.expect(200).json();
    assert_eq!(first["refresh_token"], retry["refresh_token"], "a retry within grace");
    let second = refresh(first["refresh_token"].as_str().unwrap())
        .await
        .expect(200)
        .json();
    assert_eq!(refresh(REFRESH).await.json()["error"], "invalid_grant", "a replay");
    let last = second["refresh_token"].as_str().unwrap();
    assert_eq!(
        refresh(last).await.json()["error"],
        "invalid_grant",
        "the replay ended the family"
    );
    assert!(!is_active(&realm, second["access_token"].as_str().unwrap()).await);
    assert_eq!(imported(&own)["present"]["refresh_token"], 1);
    assert_eq!(
        refresh(REFRESH).await.json()["error"],
        "invalid_grant",
        "the import revived it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_imported_refresh_token_is_revoked_like_any_other_and_by_its_own_client_alone() {
    let own = Own::start(None);
    imported(&own);
    let realm = own.realm();
    let url = realm.endpoint("revocation_endpoint");
    let form = [("grant_type", "refresh_token"), ("refresh_token", REFRESH)];
    let stolen = post_as(&realm.client("ledger-web"), &realm.token(), &form).await;
    assert_eq!(stolen.json()["error"], "invalid_grant");
    post_as(&realm.client("ledger-web"), &url, &[("token", REFRESH)])
        .await
        .expect(200);
    let introspection = realm.endpoint("introspection_endpoint");
    let active = async || {
        post_as(&old_client(), &introspection, &[("token", REFRESH)])
            .await
            .json()["active"]
            == true
    };
    assert!(active().await, "another client revoked it");
    post_as(&old_client(), &url, &[("token", REFRESH)]).await.expect(200);
    assert!(!active().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mistake_has_its_line_and_stops_no_other_line() {
    let own = Own::start(None);
    let text = [
        "{\"kind\":\"user\",\"id\":\"u-1\",\"username\":\"one@example.com\",\"password_hash\":\"$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\"}",
        "not JSON",
        "{\"kind\":\"user\",\"id\":\"u-2\",\"id\":\"u-3\",\"username\":\"two\"}",
        "",
        "{\"kind\":\"user\",\"id\":\"u-4\",\"username\":\"ADA@example.com\"}",
        "{\"kind\":\"widget\"}",
        "{\"kind\":\"user\",\"id\":\"ledger-web\",\"username\":\"five\"}",
        "{\"kind\":\"member\",\"user\":\"nobody\",\"tenant\":\"acme-berlin\",\"role\":\"owner\"}",
        "{\"kind\":\"user\",\"id\":\"u-9\",\"username\":\"nine\"}",
        &format!("{{\"kind\":\"user\",\"id\":\"{}\"}}", "x".repeat(70_000)),
        "{\"kind\":\"user\",\"id\":\"u-11\",\"username\":\"eleven\"}",
    ];
    let path = file(&own, "wrong.jsonl", &text.join("\n"));
    for dry in [&["--dry-run"][..], &[]] {
        let done = own.run(&[&["import", path.to_str().unwrap(), "-o", "json"], dry].concat());
        assert_eq!(done.code, 1, "{}", done.error);
        let report: Value = serde_json::from_str(&done.output).unwrap();
        assert_eq!(report["created"], json!({ "user": 2 }));
        let lines: Vec<_> = report["mistakes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|wrong| wrong["line"].as_u64().unwrap())
            .collect();
        assert_eq!(lines, [1, 2, 3, 5, 6, 7, 8, 10]);
        assert!(
            !done.output.contains("E5YPO9") && !done.error.contains("E5YPO9"),
            "a hash was repeated"
        );
    }
}
