//! A pushed request is opened by one browser and answered once, however many ask together and wherever.

use super::{Arena, LENIENT, RACERS, rounds};
use crate::stage::{Member, Reply, WEB, race};

#[tokio::test(flavor = "multi_thread")]
async fn a_pushed_request_is_opened_and_answered_once_on_sqlite() {
    open_and_answer(&Arena::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pushed_request_is_opened_and_answered_once_across_three_processes() {
    open_and_answer(&Arena::postgres(3).await).await;
}

async fn open_and_answer(arena: &Arena) {
    let member = Member::log_in(arena.first(), LENIENT).await;
    for round in 0..rounds() {
        let mut fields = Member::request(&[]);
        fields.retain(|(name, _)| *name != "client_id");
        let pushed = LENIENT
            .form(arena.first(), "par", WEB, &fields)
            .send()
            .await
            .expect("a reply");
        assert_eq!(pushed.status, 201, "{}", pushed.body);
        let reference = pushed.text("request_uri");
        if round % 2 == 0 {
            let replies = race(arena.racers(|node| member.open(node, &reference))).await;
            assert_eq!(only(&replies, 303), 1, "codes");
        } else {
            let strangers = race(arena.racers(|node| Member::unknown(LENIENT).open(node, &reference))).await;
            assert_eq!(only(&strangers, 200), 1, "login pages");
        }
    }
}

/// How many got this status; all others got a page with 400.
fn only(replies: &[Reply], status: u16) -> usize {
    assert_eq!(replies.len(), RACERS);
    for reply in replies {
        assert!(
            reply.status == status || reply.status == 400,
            "{}: {}",
            reply.status,
            reply.body
        );
    }
    replies.iter().filter(|reply| reply.status == status).count()
}
