//! A token is exchanged by many while somebody ends it: whatever came of it before that is over too, wherever one asks.

use super::{Arena, LENIENT, RACERS, rounds};
use crate::stage::{MACHINE, Node, Prepared, race};

#[tokio::test(flavor = "multi_thread")]
async fn exchanged_tokens_end_with_their_subject_on_sqlite() {
    exchange(&Arena::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exchanged_tokens_end_with_their_subject_on_postgres() {
    exchange(&Arena::postgres(1).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exchanged_tokens_end_with_their_subject_across_three_processes() {
    exchange(&Arena::postgres(3).await).await;
}

async fn exchange(arena: &Arena) {
    for _ in 0..rounds().min(5) {
        let reply = LENIENT.client_credentials(arena.first()).send().await.unwrap();
        let subject = reply.text("access_token");
        let mut requests = arena.racers(|node| request(node, &subject));
        requests.truncate(RACERS - 1);
        requests.insert(RACERS / 2, LENIENT.revoke(arena.first(), MACHINE, &subject));
        let replies = race(requests).await;
        let issued = replies
            .iter()
            .filter(|reply| reply.status == 200 && reply.body.contains("issued_token_type"));
        for reply in issued {
            let token = reply.text("access_token");
            assert!(!LENIENT.is_active(arena.first(), MACHINE, &token).await);
        }
        // Whoever comes too late is told that the token is not good, and nothing else.
        let late = replies.iter().filter(|reply| reply.status != 200);
        for reply in late {
            assert_eq!(
                (reply.status, reply.error().as_deref()),
                (400, Some("invalid_request")),
                "{}",
                reply.body
            );
        }
        assert!(!LENIENT.is_active(arena.first(), MACHINE, &subject).await);
    }
    let reply = LENIENT.client_credentials(arena.first()).send().await.unwrap();
    let exchanged = request(arena.first(), &reply.text("access_token"))
        .send()
        .await
        .unwrap();
    let token = exchanged.text("access_token");
    assert!(
        LENIENT.is_active(arena.first(), MACHINE, &token).await,
        "while the subject lives"
    );
}

fn request(node: &Node, subject: &str) -> Prepared {
    let fields = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token", subject),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ("audience", "https://api.test/"),
    ];
    LENIENT.form(node, "token", MACHINE, &fields)
}
