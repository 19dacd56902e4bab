//! A hundred racers present one assertion: one is authenticated, ninety-nine are told `invalid_client`, whichever
//! process they ask, and whether or not what they ask for is granted.

use super::{Arena, LENIENT, RACERS, rounds};
use crate::harness::Key;
use crate::harness::key::ASSERTION_TYPE;
use crate::stage::{Node, Prepared, ROBOT, Reply, race, robot_key};

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_is_used_once_on_sqlite() {
    present(&Arena::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_is_used_once_on_postgres() {
    present(&Arena::postgres(1).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_is_used_once_across_three_processes() {
    present(&Arena::postgres(3).await).await;
}

async fn present(arena: &Arena) {
    let key = robot_key();
    for round in 0..rounds() {
        let scope = if round % 2 == 0 { "things:read" } else { "unknown" };
        let request = token_request(&key, scope);
        let replies = race(arena.racers(|node| request(node))).await;
        assert_eq!(replies.len(), RACERS);
        let is_replay = |reply: &&Reply| reply.status == 401 && reply.error().as_deref() == Some("invalid_client");
        let (replays, others): (Vec<_>, Vec<_>) = replies.iter().partition(is_replay);
        let told: Vec<_> = others.iter().map(|reply| (reply.status, reply.error())).collect();
        let expected = if round % 2 == 0 {
            (200, None)
        } else {
            (400, Some("invalid_scope".to_owned()))
        };
        assert_eq!(told, [expected], "{} replays", replays.len());
    }
}

/// The same request for every racer.
fn token_request(key: &Key, scope: &'static str) -> impl Fn(&Node) -> Prepared {
    let assertion = key.assertion(ROBOT, &LENIENT.issuer());
    move |node| {
        LENIENT.bare_form(
            node,
            "token",
            &[
                ("grant_type", "client_credentials"),
                ("scope", scope),
                ("client_assertion_type", ASSERTION_TYPE),
                ("client_assertion", &assertion),
            ],
        )
    }
}
