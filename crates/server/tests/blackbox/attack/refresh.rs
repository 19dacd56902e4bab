//! Rows of the refresh token: reuse, races, other clients, scopes, ends.

use super::codes::outlive;
use super::dpop::{new_key, proof};
use super::stage::{Stage, realm_file};
use super::{Rows, rows};
use crate::harness::flow::{post_as, post_over};
use crate::harness::{Agent, Flow, Key, Launch, Reply, Server};
use std::collections::BTreeSet;

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "D01" => reuse_ends_the_family,
    "D02" => a_retry_gets_the_same_successor,
    "D04" => a_retry_by_another_client,
    "D05" => racers,
    "D06" => another_client,
    "D08" => without_the_secret,
    "D09" => more_scope,
    "D10" => narrowing_is_not_for_ever,
    "D12" => idle,
    "D14" => reuse_after_a_crash,
};

/// A realm without grace, whose tokens live long.
fn without_grace() -> Server {
    Server::start(Launch::demo().realm(realm_file(
        "acme",
        "http://localhost:8400",
        &[("grace = \"10s\"", "grace = \"0s\"")],
    )))
}

async fn reuse_ends_the_family(_: S) {
    let server = without_grace();
    reuse(&mut Flow::new(&server.realm(), "ledger-web")).await;
}

async fn reuse(flow: &mut Flow) {
    let first = flow.tokens().await;
    let second = flow.refresh(first.refresh()).await.expect(200).json();
    flow.refresh(first.refresh()).await.refused(400, "invalid_grant");
    flow.refresh(second["refresh_token"].as_str().unwrap())
        .await
        .refused(400, "invalid_grant");
    assert_eq!(
        flow.introspect(second["access_token"].as_str().unwrap()).await["active"],
        false
    );
}

async fn reuse_after_a_crash(_: S) {
    let server = without_grace();
    let mut flow = Flow::new(&server.realm(), "ledger-web");
    let first = flow.tokens().await;
    let second = flow.refresh(first.refresh()).await.expect(200).json();
    let server = server.restart_after_crash();
    flow.realm = server.realm();
    flow.refresh(first.refresh()).await.refused(400, "invalid_grant");
    flow.refresh(second["refresh_token"].as_str().unwrap())
        .await
        .refused(400, "invalid_grant");
}

async fn a_retry_gets_the_same_successor(s: S) {
    let mut flow = s.user("ledger-web").await;
    let first = flow.tokens().await;
    let one = flow.refresh(first.refresh()).await.expect(200).json();
    let two = flow.refresh(first.refresh()).await.expect(200).json();
    assert_eq!(one["refresh_token"], two["refresh_token"]);
    assert_ne!(one["access_token"], two["access_token"]);
    // Once the successor has been used, the predecessor is a replay.
    let successor = one["refresh_token"].as_str().unwrap();
    let third = flow.refresh(successor).await.expect(200).json();
    flow.refresh(first.refresh()).await.refused(400, "invalid_grant");
    flow.refresh(third["refresh_token"].as_str().unwrap())
        .await
        .refused(400, "invalid_grant");
}

async fn a_retry_by_another_client(s: S) {
    let mut flow = s.user("ledger-web").await;
    let first = flow.tokens().await;
    let next = flow.refresh(first.refresh()).await.expect(200).json();
    let form = [("grant_type", "refresh_token"), ("refresh_token", first.refresh())];
    for other in ["rp", "ledger-desktop"] {
        post_as(&s.realm.client(other), &s.realm.token(), &form)
            .await
            .refused(400, "invalid_grant");
    }
    flow.refresh(next["refresh_token"].as_str().unwrap()).await.expect(200);
    a_retry_with_another_key(s).await;
}

/// A confidential client may change its key, but with a new rotation: the successor that was made for one key is not told to
/// whoever proves another, or none.
async fn a_retry_with_another_key(s: S) {
    let mut flow = s.user("ledger-web").await;
    let first = flow.tokens().await;
    let (key, other) = (new_key(), new_key());
    let next = refresh_with(s, first.refresh(), Some(&key)).await.expect(200).json();
    assert_eq!(next["token_type"], "DPoP");
    for wrong in [Some(&other), None] {
        refresh_with(s, first.refresh(), wrong)
            .await
            .refused(400, "invalid_grant");
    }
    let again = refresh_with(s, first.refresh(), Some(&key)).await.expect(200).json();
    assert_eq!(again["refresh_token"], next["refresh_token"]);
    // Nor is one that was made without a key told to whoever has one; and the next rotation may bring another key.
    let successor = next["refresh_token"].as_str().unwrap();
    let unbound = refresh_with(s, successor, None).await.expect(200).json();
    assert_eq!(unbound["token_type"], "Bearer");
    refresh_with(s, successor, Some(&key))
        .await
        .refused(400, "invalid_grant");
    let last = unbound["refresh_token"].as_str().unwrap();
    let moved = refresh_with(s, last, Some(&other)).await.expect(200).json();
    assert_eq!(moved["token_type"], "DPoP");
}

async fn refresh_with(s: S, token: &str, key: Option<&Key>) -> Reply {
    let client = s.realm.client("ledger-web");
    let mut agent = s.agent();
    let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
    let url = s.realm.token();
    let mut request = agent.http.post(&url).basic_auth(&client.id, client.secret).form(&form);
    if let Some(key) = key {
        request = request.header("DPoP", proof(key, &url));
    }
    agent.send(request).await
}

async fn racers(s: S) {
    let mut flow = s.user("ledger-web").await;
    let first = flow.tokens().await;
    let http = s.agent().http;
    let racing: Vec<_> = (0..100)
        .map(|_| {
            let racer = Agent::over(http.clone());
            let (client, url, token) = (flow.client.clone(), s.realm.token(), first.refresh().to_owned());
            let form = [("grant_type", "refresh_token".to_owned()), ("refresh_token", token)];
            tokio::task::spawn_local(async move { post_over(racer, &client, &url, &form).await })
        })
        .collect();
    let mut leaves = BTreeSet::new();
    for racer in racing {
        let reply = racer.await.unwrap().expect(200).json();
        leaves.insert(reply["refresh_token"].as_str().unwrap().to_owned());
    }
    assert_eq!(leaves.len(), 1);
}

async fn another_client(s: S) {
    let mut flow = s.user("ledger-web").await;
    let tokens = flow.tokens().await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh())];
    post_as(&s.realm.client("rp"), &s.realm.token(), &form)
        .await
        .refused(400, "invalid_grant");
    let elsewhere = s.other.client("ledger-web");
    post_as(&elsewhere, &s.other.token(), &form)
        .await
        .refused(400, "invalid_grant");
    flow.refresh(tokens.refresh()).await.expect(200);
}

async fn without_the_secret(s: S) {
    let mut flow = s.user("ledger-web").await;
    let tokens = flow.tokens().await;
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens.refresh()),
        ("client_id", "ledger-web"),
    ];
    s.agent()
        .post(&s.realm.token(), &form)
        .await
        .refused(401, "invalid_client");
    flow.refresh(tokens.refresh()).await.expect(200);
}

async fn more_scope(s: S) {
    let mut flow = s.user("ledger-web").await.with("scope", "customers:read");
    let tokens = flow.tokens().await;
    let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", tokens.refresh())];
    form.push(("scope", "customers:read customers:delete"));
    flow.post_as_client(&s.realm.token(), &form)
        .await
        .refused(400, "invalid_scope");
    flow.refresh(tokens.refresh()).await.expect(200);
}

async fn narrowing_is_not_for_ever(s: S) {
    let mut flow = s.user("ledger-web").await.with("scope", "customers:read invoices:read");
    let tokens = flow.tokens().await;
    let narrow = [
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens.refresh()),
        ("scope", "invoices:read"),
    ];
    let narrowed = flow.post_as_client(&s.realm.token(), &narrow).await.expect(200).json();
    assert_eq!(narrowed["scope"], "invoices:read");
    let whole = flow
        .refresh(narrowed["refresh_token"].as_str().unwrap())
        .await
        .expect(200)
        .json();
    let scopes: BTreeSet<_> = whole["scope"].as_str().unwrap().split(' ').collect();
    assert_eq!(scopes, BTreeSet::from(["customers:read", "invoices:read"]));
}

async fn idle(s: S) {
    let mut flow = Flow::logged_in_as(&s.brief, "ledger-web", 0).await;
    let tokens = flow.tokens().await;
    outlive(&mut flow).await;
    flow.refresh(tokens.refresh()).await.refused(400, "invalid_grant");
}
