//! A hundred racers use one refresh token that another server issued: one gets tokens, and the family is ended, as with
//! a token of ours.

use super::codes::{only_winner, the_family_is_dead};
use super::{Arena, STRICT, rounds};
use crate::harness::key::now;
use crate::stage::{USER, WEB, race};
use grantd_jose::sha256;
use serde_json::json;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn an_imported_refresh_token_is_used_once_on_sqlite() {
    use_once(&Arena::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_imported_refresh_token_is_used_once_across_three_processes() {
    use_once(&Arena::postgres(3).await).await;
}

async fn use_once(arena: &Arena) {
    let stage = &arena.stage;
    let realm = stage.realm(0).display().to_string();
    let users = stage.json(&["user", "list", "--realm", &realm, "-o", "json"]).await;
    // Not the first that comes: a realm in development has an operator as well.
    let users = users["users"].as_array().expect("users");
    let user = users
        .iter()
        .find(|user| user["username"] == USER.0)
        .expect("the realm's user");
    let user = user["id"].as_str().expect("an id").to_owned();
    // A line says whole seconds. A token of the second in which the user's password was set would be from before it.
    let started = now();
    while now() == started {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for round in 0..rounds() {
        let token = format!("a refresh token of another server, number {round}");
        let digest: String = sha256(token.as_bytes())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let line = json!({
            "kind": "refresh_token", "sha256": digest, "client_id": WEB.0, "user": user, "tenant": "home",
            "scopes": ["things:read"], "issued_at": now(),
        });
        let file = stage.data().join("old.jsonl");
        std::fs::write(&file, line.to_string()).expect("a file");
        let file = file.display().to_string();
        let done = stage.json(&["import", &file, "--realm", &realm, "-o", "json"]).await;
        assert_eq!(done["created"]["refresh_token"], 1);
        let replies = race(arena.racers(|node| STRICT.refresh(node, &token))).await;
        let winner = only_winner(&replies);
        the_family_is_dead(arena, STRICT, &winner).await;
    }
}
