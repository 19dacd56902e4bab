//! What is measured in which order: everything in every way, or the list of what is published.
//!
//! It must not know how.

use crate::measure::Plan;
use crate::scenario::{SCENARIOS, Scenario};

/// How long, how often, and what.
#[derive(Debug, Clone)]
pub struct Plans {
    /// The slices.
    pub plan: Plan,
    /// The comparisons, in this order; neighbours of one size and kind share a world.
    pub comparisons: Vec<Comparison>,
    /// Whether to list tokens at this many stored ones, on each storage of the comparisons.
    pub listed: Option<u64>,
    /// Whether to look at what only a large world shows, in the last one of the comparisons on SQLite that is large:
    /// the console's lists and the status lists.
    pub large_facts: bool,
    /// Who asks, and with how much.
    pub amount: Amount,
}

/// How many clients there are, and how much they have.
#[derive(Debug, Clone, Copy)]
pub struct Amount {
    /// Clients that the load comes from.
    pub clients: usize,
    /// Tokens that are introspected in turn, families that are refreshed in turn, codes for one slice.
    pub pool: u64,
    /// Up to here tokens are stored by asking for them; beyond, the tables are written directly.
    pub most_issued: u64,
    /// Clients that only make the console's lists long.
    pub listed_clients: u64,
}

impl Amount {
    /// What figures are taken with.
    pub const FULL: Self = Self {
        clients: 1_024,
        pool: 10_000,
        most_issued: 100_000,
        listed_clients: 1_000_000,
    };
    /// What shows that measuring works.
    pub const LEAST: Self = Self {
        clients: 16,
        pool: 100,
        most_issued: 500,
        listed_clients: 1_000,
    };
}

/// One row to be.
#[derive(Debug, Clone, Copy)]
pub struct Comparison {
    /// What.
    pub scenario: Scenario,
    /// On PostgreSQL, or on SQLite.
    pub postgres: bool,
    /// How many tokens are stored before it begins.
    pub stored: u64,
    /// Connections.
    pub connections: usize,
}

/// What is published, the small worlds first.
#[must_use]
pub fn published() -> Vec<Comparison> {
    const SMALL: u64 = 10_000;
    const LARGE: u64 = 10_000_000;
    let mut all = Vec::new();
    let mut add = |names: &[&str], postgres, stored, connections: &[usize]| {
        let scenarios = names.iter().filter_map(|name| Scenario::named(name)).collect();
        let choice = Choice {
            scenarios,
            storages: vec![postgres],
            stored: vec![stored],
            connections: connections.to_vec(),
        };
        all.extend(choice.comparisons());
    };
    let wanted = ["issue-es256", "issue-rs256", "issue-opaque", "introspect", "refresh"];
    add(&wanted, false, SMALL, &[64, 32, 128]);
    let others = [
        "issue-dpop",
        "refresh-random",
        "par-code",
        "status-list",
        "gate-jwt",
        "gate-opaque",
        "login-page",
        "consent-page",
        "dialect",
        "permissions-300",
    ];
    add(&others, false, SMALL, &[64]);
    let large = ["issue-opaque", "introspect", "refresh", "refresh-random"];
    add(&large, false, LARGE, &[64]);
    add(&["issue-es256", "issue-opaque"], true, SMALL, &[64]);
    all
}

/// Every scenario once and small, one in a world that counts as large, one on PostgreSQL.
#[must_use]
pub fn smoke() -> Vec<Comparison> {
    let comparison = |scenario, postgres, stored| Comparison {
        scenario,
        postgres,
        stored,
        connections: 4,
    };
    let small = 100;
    let mut all: Vec<_> = SCENARIOS
        .into_iter()
        .map(|scenario| comparison(scenario, false, small))
        .collect();
    for (name, postgres, stored) in [("issue-opaque", false, 1_000), ("issue-opaque", true, small)] {
        all.extend(Scenario::named(name).map(|scenario| comparison(scenario, postgres, stored)));
    }
    all
}

/// What is asked for on the command line: everything in every way.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What.
    pub scenarios: Vec<Scenario>,
    /// SQLite, PostgreSQL.
    pub storages: Vec<bool>,
    /// Sizes.
    pub stored: Vec<u64>,
    /// Numbers of connections.
    pub connections: Vec<usize>,
}

impl Choice {
    /// Every combination.
    #[must_use]
    pub fn comparisons(&self) -> Vec<Comparison> {
        let mut all = Vec::new();
        for &postgres in &self.storages {
            for &stored in &self.stored {
                for &scenario in &self.scenarios {
                    all.extend(self.connections.iter().map(|&connections| Comparison {
                        scenario,
                        postgres,
                        stored,
                        connections,
                    }));
                }
            }
        }
        all
    }
}

impl Comparison {
    /// The storage's name in the table.
    #[must_use]
    pub const fn storage(&self) -> &'static str {
        if self.postgres { "PostgreSQL" } else { "SQLite" }
    }
}
