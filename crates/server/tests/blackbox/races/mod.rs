//! Single use under a hundred racers, round after round: on SQLite, on PostgreSQL, and across three processes on one
//! PostgreSQL database. `GRANTD_RACE_ROUNDS` sets the rounds, 20 by default.

mod api_keys;
mod assertions;
mod codes;
mod device;
mod exchanged;
mod forms;
mod granted;
mod handover;
mod imported;
mod keys;
mod logins;
mod passkeys;
mod places;
mod proofs;
mod pushed;
mod refresh;
mod registration;
mod tickets;

use crate::harness::postgres::fresh_database;
use crate::stage::{Node, Prepared, Realm, Stage, repetitions};

/// Racers of one round.
const RACERS: usize = 100;
/// Opaque tokens; a refresh token that was used is a replay at once.
const STRICT: Realm = Realm("strict");
/// JWTs; a refresh token may be repeated for longer than any round takes.
const LENIENT: Realm = Realm("lenient");

/// JWTs with a place in a status list.
const LISTED: Realm = Realm("listed");

/// Logins and consents are the platform's own app's.
const HANDED: Realm = Realm("handed");

fn rounds() -> usize {
    repetitions("GRANTD_RACE_ROUNDS", 20)
}

fn stage(storage: Option<String>) -> Stage {
    let registration = "[registration]\nmode = \"open\"\nscopes = [\"things:read\"]";
    let strict = format!("[access_token]\nformat = \"opaque\"\n[refresh_token]\ngrace = \"0s\"\n{registration}");
    let lenient = format!("[access_token]\nformat = \"jwt\"\n[refresh_token]\ngrace = \"300s\"\n{registration}");
    let listed = "[access_token]\nformat = \"jwt\"\nstatus_list = true";
    Stage::new(
        &[
            (STRICT, &strict),
            (LENIENT, &lenient),
            (LISTED, listed),
            (HANDED, handover::SETTINGS),
        ],
        storage,
    )
}

/// A stage and its running processes.
struct Arena {
    stage: Stage,
    nodes: Vec<Node>,
}

impl Arena {
    async fn sqlite() -> Self {
        Self::open(stage(None), 1).await
    }

    async fn postgres(nodes: usize) -> Self {
        Self::open(stage(Some(fresh_database().await)), nodes).await
    }

    async fn open(stage: Stage, count: usize) -> Self {
        let mut nodes = Vec::with_capacity(count);
        for _ in 0..count {
            nodes.push(stage.start().await);
        }
        Self { stage, nodes }
    }

    fn first(&self) -> &Node {
        &self.nodes[0]
    }

    /// The same request from every racer, spread over the processes.
    fn racers(&self, request: impl Fn(&Node) -> Prepared) -> Vec<Prepared> {
        self.nodes.iter().cycle().take(RACERS).map(request).collect()
    }
}
