//! A hundred copies of one program register at the same moment: they are one client, and in the end nobody manages it.

use super::{Arena, LENIENT, RACERS, STRICT};
use crate::stage::{Node, Prepared, Realm, Stage, race};
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn racing_registrations_of_one_program_are_one_client_on_sqlite() {
    register(&Arena::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_registrations_of_one_program_are_one_client_across_three_processes() {
    register(&Arena::postgres(3).await).await;
}

const INVITED: Realm = Realm("invited");

/// A token for `uses` registrations, as its operator gets it.
async fn token(stage: &Stage, uses: &str) -> serde_json::Value {
    let file = stage.realm(0).display().to_string();
    let arguments = [
        "registration",
        "token",
        "create",
        "--uses",
        uses,
        "--output",
        "json",
        "--realm",
        &file,
    ];
    stage.json(&arguments).await
}

fn invited(node: &Node, number: usize, token: &str) -> Prepared {
    let body = format!(r#"{{"client_name":"Guest {number}","redirect_uris":["https://guest.example/cb"]}}"#);
    Prepared::post_json_as(node.address, &INVITED.path("register"), &body, token)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_initial_access_token_is_used_as_often_as_it_says_and_never_once_it_is_taken_back() {
    let settings = "[registration]\nmode = \"initial-access-token\"\nscopes = [\"things:read\"]";
    let stage = Stage::new(&[(INVITED, settings)], None);
    let node = stage.start().await;
    let three = token(&stage, "3").await;
    let text = three["initial_access_token"].as_str().expect("a token");
    let replies = race((0..RACERS).map(|number| invited(&node, number, text)).collect()).await;
    let (made, refused): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 201);
    assert_eq!(made.len(), 3);
    for reply in refused {
        assert_eq!(
            (reply.status, reply.error().as_deref()),
            (401, Some("invalid_token")),
            "{}",
            reply.body
        );
        assert!(
            reply
                .headers("www-authenticate")
                .iter()
                .any(|value| value.starts_with("Bearer"))
        );
    }

    let (mine, mark) = (token(&stage, "2").await, "gd_iat_");
    let text = mine["initial_access_token"].as_str().expect("a token");
    let (head, tail) = text.split_at(20);
    let other = if tail.starts_with('A') { 'B' } else { 'A' };
    let changed = format!("{head}{other}{}", &tail[1..]);
    for wrong in ["", "x", mark, &changed, &text[mark.len()..]] {
        let reply = invited(&node, 1000, wrong).send().await.expect("a reply");
        assert_eq!(reply.error().as_deref(), Some("invalid_token"), "{wrong}");
    }
    assert_eq!(invited(&node, 1001, text).send().await.expect("a reply").status, 201);
    let file = stage.realm(0).display().to_string();
    let id = mine["id"].as_str().expect("an id");
    stage
        .run(&["registration", "token", "revoke", id, "--realm", &file])
        .await;
    assert_eq!(invited(&node, 1002, text).send().await.expect("a reply").status, 401);
}

async fn register(arena: &Arena) {
    for (round, realm) in [STRICT, LENIENT, STRICT].into_iter().enumerate() {
        let body = format!(
            r#"{{"client_name":"Agent {round}","redirect_uris":["http://localhost/callback"],"token_endpoint_auth_method":"none"}}"#
        );
        let replies =
            race(arena.racers(|node| Prepared::post_json(node.address, &realm.path("register"), &body))).await;
        assert_eq!(replies.len(), RACERS);
        for reply in &replies {
            assert_eq!(reply.status, 201, "{}", reply.body);
        }
        let ids: BTreeSet<String> = replies.iter().map(|reply| reply.text("client_id")).collect();
        assert_eq!(ids.len(), 1, "{ids:?}");
        let tokens: Vec<String> = replies
            .iter()
            .filter_map(|reply| reply.json()["registration_access_token"].as_str().map(str::to_owned))
            .collect();
        assert!(tokens.len() <= 1, "only who made the client ever had a token");
        for token in tokens {
            let path = format!("{}/{}", realm.path("register"), ids.first().expect("an id"));
            let reply = Prepared::get_as(arena.first().address, &path, &token)
                .send()
                .await
                .expect("a reply");
            assert_eq!(reply.status, 401, "{}", reply.body);
        }
    }
}
