//! SIGKILL under load, at a moment that nobody chose, again and again over the same data.

use super::journal::Journal;
use super::load::{self, Loaded};
use super::replay::{self, Part};
use crate::harness::postgres::fresh_database;
use crate::stage::{Member, Node, Realm, Stage, repetitions};
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Opaque tokens, no grace.
const STRICT: Realm = Realm("strict");
/// JWTs, and a grace period that outlasts every restart.
const LENIENT: Realm = Realm("lenient");
/// No machine is so busy that coming back takes this long.
const BACK_IN_SERVICE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_to_a_crash_on_sqlite() {
    crash(&stage(None), repetitions("GRANTD_CRASH_ROUNDS", 20)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_to_a_crash_on_postgres() {
    let rounds = repetitions("GRANTD_CRASH_ROUNDS", 20).div_ceil(4);
    crash(&stage(Some(fresh_database().await)), rounds).await;
}

fn stage(storage: Option<String>) -> Stage {
    let strict = "[access_token]\nformat = \"opaque\"\n[refresh_token]\ngrace = \"0s\"";
    let lenient = "[access_token]\nformat = \"jwt\"\n[refresh_token]\ngrace = \"300s\"";
    Stage::new(&[(STRICT, strict), (LENIENT, lenient)], storage)
}

#[expect(clippy::print_stdout, reason = "the time is measured and told, not asserted")]
async fn crash(stage: &Stage, rounds: usize) {
    let journal = Arc::new(Journal::default());
    let mut node = stage.start().await;
    let mut realms = Vec::new();
    for realm in [STRICT, LENIENT] {
        realms.push(Loaded {
            realm,
            member: Member::log_in(&node, realm).await,
        });
    }
    let mut part = Part::none();
    let mut slowest = Duration::ZERO;
    for _ in 0..rounds {
        kill_under_load(node, &journal, &realms).await;
        let took;
        (node, took) = back_in_service(stage).await;
        slowest = slowest.max(took);
        part = Part::since(&part, &journal);
        replay::compare(&node, &journal, &part).await;
        replay::settle(&node, &journal, STRICT).await;
        replay::replay_consumed(&node, &journal, &every_fourth(&part)).await;
    }
    replay::compare(&node, &journal, &Part::all(&journal)).await;
    println!(
        "{rounds} crashes, {} acknowledgements, back in service after {slowest:?} at most",
        journal.count()
    );
}

/// Ends the server after a number of acknowledgements that is drawn, whatever is under way then.
async fn kill_under_load(node: Node, journal: &Arc<Journal>, realms: &[Loaded]) {
    journal.ring_after(drawn(20, 200));
    let node = Arc::new(node);
    let mut load = load::start(&node, journal, realms);
    tokio::select! {
        () = journal.rung() => {}
        // A task that ends while the server runs has failed.
        Some(ended) = load.join_next() => ended.expect("the load runs until the server ends"),
    }
    node.kill_now();
    while let Some(ended) = load.join_next().await {
        ended.expect("only connections broke");
    }
    Arc::into_inner(node).expect("nobody else holds it").kill().await;
}

#[expect(clippy::disallowed_methods, reason = "measuring reads the monotonic clock")]
async fn back_in_service(stage: &Stage) -> (Node, Duration) {
    let began = Instant::now();
    let node = stage.start().await;
    let reply = STRICT.client_credentials(&node).send().await.expect("a reply");
    assert_eq!(reply.status, 200, "{}", reply.body);
    let took = began.elapsed();
    assert!(took < BACK_IN_SERVICE, "back after {took:?}");
    (node, took)
}

/// The last quarter of a round's families: the others live on, to be looked for after later crashes.
fn every_fourth(part: &Part) -> Part {
    let begin = part.families.end - part.families.len() / 4;
    Part {
        families: begin..part.families.end,
        ..part.clone()
    }
}

/// A number within the bounds. Each `RandomState` has keys of its own.
fn drawn(least: usize, most: usize) -> usize {
    let random = std::hash::RandomState::new().build_hasher().finish();
    least + usize::try_from(random % 1_000_003).expect("a small number") % (most - least)
}
