//! What is measured in which order: everything in every way, or the list of what is published.
//!
//! It must not know how.

use crate::measure::Plan;
use crate::scenario::Scenario;

/// How long, how often, and what.
#[derive(Debug, Clone)]
pub struct Plans {
    /// The slices.
    pub plan: Plan,
    /// The comparisons, in this order; neighbours of one size and kind share a world.
    pub comparisons: Vec<Comparison>,
    /// Whether to list tokens at this many stored ones, on each storage of the comparisons.
    pub listed: Option<u64>,
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
        "refresh-random",
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
