//! Tokens are issued at once by several processes, which end and begin in between: no two have the same place in a status
//! list.

use super::{Arena, LISTED, rounds};
use crate::stage::race;
use crate::status_list::place;
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn no_two_tokens_have_one_place_on_sqlite() {
    issue(Arena::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_two_tokens_have_one_place_across_three_processes() {
    issue(Arena::postgres(3).await).await;
}

async fn issue(mut arena: Arena) {
    let (mut seen, mut count) = (BTreeSet::new(), 0);
    for round in 0..rounds() {
        for reply in race(arena.racers(|node| LISTED.client_credentials(node))).await {
            assert_eq!(reply.status, 200, "{}", reply.body);
            let place = place(&reply.text("access_token"));
            assert!(seen.insert(place.clone()), "{place:?} was given away twice");
            count += 1;
        }
        // What a process leaves of its places is not given away again.
        if round % 5 == 4 {
            arena.nodes.remove(0).kill().await;
            arena.nodes.push(arena.stage.start().await);
        }
    }
    assert_eq!(seen.len(), count);
}
