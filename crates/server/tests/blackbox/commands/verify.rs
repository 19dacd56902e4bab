//! `grantd verify`: good tokens are good, and of each bad one the very reason is told.

use crate::harness::Flow;
use crate::harness::flow::post_as;
use crate::harness::launch::{Failed, grantd};
use crate::harness::own::Own;
use grantd_jose::{base64url_decode, base64url_encode};
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::Stdio;

fn verify(own: &Own, token: &str, more: &[&str]) -> Failed {
    own.run(&[&["verify", token, "-o", "json"], more].concat())
}

/// The reasons that are told; none for a good token.
fn why_not(own: &Own, token: &str, more: &[&str]) -> Vec<String> {
    told(&verify(own, token, more))
}

fn told(done: &Failed) -> Vec<String> {
    let told: Value = serde_json::from_str(&done.output).unwrap_or_else(|_| panic!("{}", done.error));
    let why: Vec<String> = serde_json::from_value(told["why_not"].clone()).unwrap();
    assert_eq!(
        (told["valid"] == true, done.code),
        (why.is_empty(), i32::from(!why.is_empty()))
    );
    why
}

fn one(why: &[String], text: &str) {
    assert!(why.len() == 1 && why[0].contains(text), "{why:?}: {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_token_is_good_and_its_claims_are_shown() {
    let own = Own::start(None);
    let realm = own.realm();
    let tokens = Flow::new(&realm, "ledger-web").tokens().await;
    let done = verify(&own, tokens.access(), &[]);
    assert_eq!(done.code, 0, "{}{}", done.output, done.error);
    let told: Value = serde_json::from_str(&done.output).unwrap();
    assert_eq!(
        (&told["valid"], &told["claims"]["client_id"]),
        (&json!(true), &json!("ledger-web"))
    );
    let api = format!("{}/api", realm.issuer());
    assert!(why_not(&own, tokens.access(), &["--audience", &api]).is_empty());
    one(
        &why_not(&own, tokens.access(), &["--audience", "https://other.example"]),
        "expected https://other.example",
    );
    let line = own.run(&["verify", tokens.access()]);
    assert_eq!(line.output.lines().last(), Some("good"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_on_standard_input_is_in_no_list_of_processes() {
    let own = Own::start(None);
    let tokens = Flow::new(&own.realm(), "ledger-web").tokens().await;
    let file = own.data.path().join("realm.toml");
    assert!(
        why_not(&own, tokens.access(), &[]).is_empty(),
        "writes the realm's file"
    );
    let mut child = grantd()
        .args(["verify", "-", "--data"])
        .arg(own.data.path())
        .arg("--realm")
        .arg(file)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(format!("{}\n", tokens.access()).as_bytes())
        .unwrap();
    assert!(child.wait_with_output().unwrap().status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_text_is_said_exactly() {
    let own = Own::start(None);
    let tokens = Flow::new(&own.realm(), "ledger-web").tokens().await;
    let [header, payload, signature]: [&str; 3] = tokens.access().split('.').collect::<Vec<_>>().try_into().unwrap();
    let mut claims: Value = serde_json::from_slice(&base64url_decode(payload).unwrap()).unwrap();
    claims["scope"] = json!("openid *");
    let changed = base64url_encode(claims.to_string());
    one(
        &why_not(&own, &format!("{header}.{changed}.{signature}"), &[]),
        "the signature does not fit",
    );
    let none = base64url_encode(r#"{"alg":"none","typ":"at+jwt"}"#);
    one(&why_not(&own, &format!("{none}.{payload}."), &[]), "unsecured JWS");
    let id_token = tokens.0["id_token"].as_str().unwrap();
    assert!(why_not(&own, id_token, &[])[0].contains("perhaps an ID token"));
    for garbage in ["", "garbage", "a.b.c", "gd_at_x"] {
        one(&why_not(&own, garbage, &[]), "neither a JWT");
    }
    let other = Own::start(None);
    one(&why_not(&other, tokens.access(), &[]), "has no key");
}

#[tokio::test(flavor = "multi_thread")]
async fn why_a_token_that_was_good_is_good_no_more_is_said() {
    let own = Own::start(None);
    let realm = own.realm();
    let revoke = realm.endpoint("revocation_endpoint");
    let client = realm.client("ledger-web");
    let first = Flow::new(&realm, "ledger-web").tokens().await;
    post_as(&client, &revoke, &[("token", first.access())])
        .await
        .expect(200);
    one(&why_not(&own, first.access(), &[]), "it was ended at");
    let second = Flow::new(&realm, "ledger-web").tokens().await;
    post_as(&client, &revoke, &[("token", second.refresh())])
        .await
        .expect(200);
    one(&why_not(&own, second.access(), &[]), "its family was ended");
    let third = Flow::new(&realm, "ledger-web").tokens().await;
    own.json(&["client", "delete", "ledger-web", "--yes"]);
    let why = why_not(&own, third.access(), &[]);
    assert!(why.iter().any(|why| why == "its client is gone"), "{why:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opaque_token_is_looked_up_and_a_changed_one_is_nobodys() {
    let own = Own::start(None);
    let made = own.json(&[
        "client",
        "create",
        "--name",
        "Opaque",
        "--kind",
        "machine",
        "--token-format",
        "opaque",
        "--scope",
        "invoices:read",
    ]);
    let client = crate::harness::realm::Client {
        id: made["client_id"].as_str().unwrap().to_owned(),
        secret: made["client_secret"].as_str().map(str::to_owned),
        redirect_uri: String::new(),
    };
    let reply = post_as(&client, &own.realm().token(), &[("grant_type", "client_credentials")]).await;
    let token = reply.expect(200).json()["access_token"].as_str().unwrap().to_owned();
    assert!(why_not(&own, &token, &[]).is_empty());
    one(
        &why_not(&own, &token, &["--audience", "https://other.example"]),
        "expected https://other.example",
    );
    let last = if token.ends_with('a') { "b" } else { "a" };
    assert!(!why_not(&own, &format!("{}{last}", &token[..token.len() - 1]), &[]).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_configuration_takes_from_a_role_its_tokens_made_by_hand_lose() {
    const WHOLE: &str = "    \"*\",\n    \"grantd:tenants:read\",";
    let own = Own::start(None);
    let user = own.realm().user(0).username;
    let token = ["token", "create", "--client", "ledger-web", "--tenant", "acme-berlin"];
    let made = ["--scope", "invoices:read", "--name", "T", "--user", &user];
    let made = own.json(&[&token[..], &made].concat());
    let token = made["access_token"].as_str().unwrap();
    assert!(why_not(&own, token, &[]).is_empty());
    let done = own.run_with((WHOLE, "    \"customers:read\","), &["verify", token, "-o", "json"]);
    one(&told(&done), "its maker's role does not permit any more what it says");
}
