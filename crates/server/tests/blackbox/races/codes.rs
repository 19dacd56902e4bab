//! A hundred racers redeem one code: one gets tokens, ninety-nine get `invalid_grant`; and since every loser proved
//! everything, the code counts as stolen and what the winner got is ended.

use super::{Arena, LENIENT, RACERS, STRICT, rounds};
use crate::stage::{Member, Realm, Reply, WEB, race};

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_redeemed_once_on_sqlite() {
    redeem(&Arena::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_redeemed_once_on_postgres() {
    redeem(&Arena::postgres(1).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_redeemed_once_across_three_processes() {
    redeem(&Arena::postgres(3).await).await;
}

async fn redeem(arena: &Arena) {
    let members = [
        (STRICT, Member::log_in(arena.first(), STRICT).await),
        (LENIENT, Member::log_in(arena.first(), LENIENT).await),
    ];
    for ((realm, member), _) in members.iter().cycle().zip(0..rounds()) {
        let code = member.code(arena.first()).await.expect("a code");
        let replies = race(arena.racers(|node| realm.exchange(node, &code))).await;
        let winner = only_winner(&replies);
        the_family_is_dead(arena, *realm, &winner).await;
    }
}

/// The one success; every other reply is a plain `invalid_grant`.
pub(super) fn only_winner(replies: &[Reply]) -> Reply {
    assert_eq!(replies.len(), RACERS);
    let (won, lost): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 200);
    for reply in lost {
        assert_eq!(reply.status, 400, "{}", reply.body);
        assert_eq!(reply.error().as_deref(), Some("invalid_grant"), "{}", reply.body);
    }
    assert_eq!(won.len(), 1, "winners");
    won[0].clone()
}

/// Nothing that these tokens belong to works any more, whichever process is asked.
pub(super) async fn the_family_is_dead(arena: &Arena, realm: Realm, tokens: &Reply) {
    for node in &arena.nodes {
        assert!(!realm.is_active(node, WEB, &tokens.text("access_token")).await);
        let reply = realm
            .refresh(node, &tokens.text("refresh_token"))
            .send()
            .await
            .expect("a reply");
        assert_eq!(reply.error().as_deref(), Some("invalid_grant"), "{}", reply.body);
    }
}
