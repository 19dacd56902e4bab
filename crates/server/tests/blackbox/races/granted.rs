//! A hundred racers present one assertion of another server: one gets a token, ninety-nine are told `invalid_grant`,
//! whichever process they ask. With assertions of their own all of them get one, and share one grant.

use super::{Arena, LENIENT, RACERS, rounds};
use crate::harness::key::{fresh, now};
use crate::stage::{IDP, MACHINE, Node, Prepared, Reply, race, robot_key};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_about_a_user_is_used_once_on_sqlite() {
    present(&Arena::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_about_a_user_is_used_once_on_postgres() {
    present(&Arena::postgres(1).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_about_a_user_is_used_once_across_three_processes() {
    present(&Arena::postgres(3).await).await;
}

async fn present(arena: &Arena) {
    // Nobody has a grant yet: all of the first racers want to make it.
    let replies = race(arena.racers(|node| request(node, &assertion()))).await;
    assert!(
        replies.iter().all(|reply| reply.status == 200),
        "{:?}",
        others(&replies)
    );
    for _ in 0..rounds() {
        let one = assertion();
        let replies = race(arena.racers(|node| request(node, &one))).await;
        assert_eq!(replies.len(), RACERS);
        assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
        assert!(
            others(&replies)
                .iter()
                .all(|told| *told == (400, Some("invalid_grant".to_owned())))
        );
    }
}

fn others(replies: &[Reply]) -> Vec<(u16, Option<String>)> {
    let others = replies.iter().filter(|reply| reply.status != 200);
    others.map(|reply| (reply.status, reply.error())).collect()
}

/// What the other server signs for the user and this client.
fn assertion() -> String {
    let claims = json!({
        "iss": IDP, "sub": "00u1", "email": "ada@example.com", "aud": LENIENT.issuer(), "client_id": MACHINE.0,
        "iat": now(), "exp": now() + 60, "jti": fresh(), "scope": "things:read",
    });
    robot_key().sign(&json!({ "alg": "ES256", "typ": "oauth-id-jag+jwt" }), &claims)
}

fn request(node: &Node, assertion: &str) -> Prepared {
    let fields = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", assertion),
    ];
    LENIENT.form(node, "token", MACHINE, &fields)
}
