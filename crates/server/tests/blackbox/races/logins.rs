//! A hundred browsers' worth of requests bring back one login that was asked for: one of them gets a code, and the others are
//! asked to log in again.

use super::{Arena, LENIENT, RACERS, rounds};
use crate::stage::{Member, race};

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_was_asked_for_stands_in_for_one_code_on_sqlite() {
    come_back(&Arena::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_was_asked_for_stands_in_for_one_code_across_three_processes() {
    come_back(&Arena::postgres(3).await).await;
}

async fn come_back(arena: &Arena) {
    let mut member = Member::log_in(arena.first(), LENIENT).await;
    // Each round costs a password hash.
    for _ in 0..rounds().min(5) {
        let back = member.log_in_again(arena.first()).await;
        let replies = race(arena.racers(|node| member.get(node, &back))).await;
        assert_eq!(replies.len(), RACERS);
        let (won, lost): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.body.contains("id=\"continue\""));
        assert_eq!(won.len(), 1, "codes");
        assert!(won[0].body.contains("code="), "{}", won[0].body);
        for reply in lost {
            assert_eq!(reply.status, 200, "{}", reply.body);
            assert!(reply.body.contains("login-submit"), "{}", reply.body);
        }
    }
}
