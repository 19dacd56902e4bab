//! A hundred racers use one refresh token. Without a grace period one of them gets tokens and the family is ended;
//! within one they all get the very same successor, so that no reply that was lost forks the chain.

use super::codes::{only_winner, the_family_is_dead};
use super::proofs::proof;
use super::{Arena, LENIENT, RACERS, STRICT, rounds};
use crate::harness::Key;
use crate::stage::{Member, Realm, Reply, WEB, race};
use grantd_jose::Algorithm;
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_without_grace_is_used_once_on_sqlite() {
    use_once(&Arena::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_without_grace_is_used_once_on_postgres() {
    use_once(&Arena::postgres(1).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_without_grace_is_used_once_across_three_processes() {
    use_once(&Arena::postgres(3).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_within_grace_has_one_successor_on_sqlite() {
    share_a_successor(&Arena::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_within_grace_has_one_successor_on_postgres() {
    share_a_successor(&Arena::postgres(1).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_within_grace_has_one_successor_across_three_processes() {
    share_a_successor(&Arena::postgres(3).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_successor_goes_to_one_of_two_keys_on_sqlite() {
    share_between_keys(&Arena::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_successor_goes_to_one_of_two_keys_across_three_processes() {
    share_between_keys(&Arena::postgres(3).await).await;
}

async fn use_once(arena: &Arena) {
    let member = Member::log_in(arena.first(), STRICT).await;
    for _ in 0..rounds() {
        let first = tokens(arena, STRICT, &member).await;
        let token = first.text("refresh_token");
        let replies = race(arena.racers(|node| STRICT.refresh(node, &token))).await;
        let winner = only_winner(&replies);
        the_family_is_dead(arena, STRICT, &winner).await;
        the_family_is_dead(arena, STRICT, &first).await;
    }
}

async fn share_a_successor(arena: &Arena) {
    let member = Member::log_in(arena.first(), LENIENT).await;
    for _ in 0..rounds() {
        let first = tokens(arena, LENIENT, &member).await;
        let token = first.text("refresh_token");
        let replies = race(arena.racers(|node| LENIENT.refresh(node, &token))).await;
        let successor = the_one_successor(&replies);
        assert_ne!(successor, token);
        let access: BTreeSet<_> = replies.iter().map(|reply| reply.text("access_token")).collect();
        assert_eq!(access.len(), RACERS, "every reply has an access token of its own");
        for (node, token) in arena.nodes.iter().cycle().zip(access.iter().take(6)) {
            assert!(LENIENT.is_active(node, WEB, token).await);
        }
        the_chain_went_one_step(arena, &token, &successor).await;
    }
}

fn the_one_successor(replies: &[Reply]) -> String {
    let mut successors = BTreeSet::new();
    for reply in replies {
        assert_eq!(reply.status, 200, "{}", reply.body);
        successors.insert(reply.text("refresh_token"));
    }
    assert_eq!(successors.len(), 1, "successors");
    successors.into_iter().next().expect("a successor")
}

/// Racers with two keys use one refresh token within the grace: whoever was first, the successor is told to those of that key
/// alone, and the family goes on.
async fn share_between_keys(arena: &Arena) {
    let member = Member::log_in(arena.first(), LENIENT).await;
    let keys = [Key::new(Algorithm::ES256), Key::new(Algorithm::ES256)];
    for _ in 0..rounds() {
        let token = tokens(arena, LENIENT, &member).await.text("refresh_token");
        let (nodes, alternating) = (arena.nodes.iter().cycle(), keys.iter().cycle());
        let racers = nodes.zip(alternating).take(RACERS);
        let racers = racers.map(|(node, key)| LENIENT.refresh(node, &token).with_header("dpop", &proof(key)));
        let replies = race(racers.collect()).await;
        let of_key = |index: usize| replies.iter().skip(index).step_by(keys.len());
        let has_won = |index: usize| of_key(index).any(|reply| reply.status == 200);
        let (winner, loser) = if has_won(0) { (0, 1) } else { (1, 0) };
        let won: Vec<Reply> = of_key(winner).cloned().collect();
        let successor = the_one_successor(&won);
        for reply in of_key(loser) {
            assert_eq!(reply.error().as_deref(), Some("invalid_grant"), "{}", reply.body);
        }
        the_chain_went_one_step(arena, &token, &successor).await;
    }
}

/// The successor is the generation that is current: it works, yields another, and makes its predecessor a replay.
async fn the_chain_went_one_step(arena: &Arena, predecessor: &str, successor: &str) {
    let node = arena.first();
    let next = LENIENT.refresh(node, successor).send().await.expect("a reply");
    assert_eq!(next.status, 200, "{}", next.body);
    assert_ne!(next.text("refresh_token"), successor);
    let replay = LENIENT.refresh(node, predecessor).send().await.expect("a reply");
    assert_eq!(replay.error().as_deref(), Some("invalid_grant"), "{}", replay.body);
    the_family_is_dead(arena, LENIENT, &next).await;
}

async fn tokens(arena: &Arena, realm: Realm, member: &Member) -> Reply {
    let code = member.code(arena.first()).await.expect("a code");
    let reply = realm.exchange(arena.first(), &code).send().await.expect("a reply");
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply
}
