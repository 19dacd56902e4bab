//! A hundred polls of one device at once: before its user answers, few are remembered; after it, one gets tokens.

use super::codes::{only_winner, the_family_is_dead};
use super::{Arena, LENIENT, RACERS, rounds};
use crate::stage::{Member, Node, Prepared, WEB, race};

#[tokio::test(flavor = "multi_thread")]
async fn an_allowed_device_gets_tokens_once_on_sqlite() {
    poll(&Arena::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_allowed_device_gets_tokens_once_across_three_processes() {
    poll(&Arena::postgres(3).await).await;
}

async fn poll(arena: &Arena) {
    let mut member = Member::log_in(arena.first(), LENIENT).await;
    // Codes that are typed are counted, so there are fewer rounds than for codes.
    for _ in 0..rounds().min(5) {
        let told = LENIENT
            .form(arena.first(), "device/code", WEB, &[])
            .send()
            .await
            .expect("a reply");
        assert_eq!(told.status, 200, "{}", told.body);
        let device_code = told.text("device_code");
        let early = race(arena.racers(|node| of(node, &device_code))).await;
        let pending = early
            .iter()
            .filter(|reply| reply.error().as_deref() == Some("authorization_pending"));
        assert_eq!(pending.count(), 1, "one poll was in time");
        for reply in &early {
            let error = reply.error().unwrap_or_default();
            assert!(
                ["authorization_pending", "slow_down"].contains(&error.as_str()),
                "{}",
                reply.body
            );
        }
        member.allow_device(arena.first(), &told.text("user_code")).await;
        let replies = race(arena.racers(|node| of(node, &device_code))).await;
        assert_eq!(replies.len(), RACERS);
        let winner = only_winner(&replies);
        the_family_is_dead(arena, LENIENT, &winner).await;
    }
}

fn of(node: &Node, device_code: &str) -> Prepared {
    let fields = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", device_code),
    ];
    LENIENT.form(node, "token", WEB, &fields)
}
