//! A whole run: for each storage and size, a world is made (database, clients, tokens, a person who consented), and the
//! scenarios are measured in it.
//!
//! At small sizes each comparison gets a fresh world, because two seconds of issuance store more than 10,000 tokens.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::driver::Load;
use crate::flow::Browser;
use crate::measure::{self, Ceiling, Plan};
use crate::postgres::{Cluster, Pgbench};
use crate::product::{Product, Serving, Storage};
use crate::requests::authorization;
use crate::scenario::{Callers, Kind, SCENARIOS, Scenario, issued};
use crate::seed::{self, CLIENTS, Client};
use crate::serving::{Running, sibling};
use crate::table::{Fact, Row};
use crate::{footprint, listing, machine};

/// Up to here tokens are stored by asking for them; beyond, the tables are written directly.
const MOST_ISSUED: u64 = 100_000;

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
        "code",
        "jwks",
        "login-page",
        "consent-page",
        "dialect",
        "permissions-300",
    ];
    add(&others, false, SMALL, &[64]);
    add(
        &["issue-opaque", "introspect", "refresh", "refresh-random"],
        false,
        LARGE,
        &[64],
    );
    add(&["issue-es256", "issue-opaque"], true, SMALL, &[32, 64, 128]);
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

/// Called with each row as soon as it is known.
pub type Progress<'a> = &'a mut dyn FnMut(&Row) -> Result<()>;

/// A ceiling that serves.
#[derive(Debug)]
struct Ceilings {
    running: Running,
    address: std::net::SocketAddr,
}

#[derive(Deserialize)]
struct CeilingReady {
    address: std::net::SocketAddr,
}

impl Ceilings {
    fn start(mode: &str) -> Result<Self> {
        let mut command = std::process::Command::new(sibling("ceiling")?);
        let (running, line) = Running::start(command.arg(mode), Duration::from_secs(20))?;
        let CeilingReady { address } = serde_json::from_str(&line).context("the ceiling's first line")?;
        Ok(Self { running, address })
    }
}

/// Everything that a scenario needs of the product.
struct World {
    made_for: Comparison,
    product: Product,
    serving: Serving,
    clients: Vec<Client>,
    modest: Vec<Client>,
    scopes: Vec<String>,
    cookie: String,
}

impl World {
    fn make(
        directory: &Path,
        comparison: &Comparison,
        (storage, cluster): (Storage, Option<&Cluster>),
    ) -> Result<Self> {
        let (scenario, stored) = (&comparison.scenario, comparison.stored);
        drop(std::fs::remove_dir_all(directory));
        std::fs::create_dir_all(directory)?;
        let product = Product::new(directory, scenario.algorithm, storage, scenario.permissions())?;
        let mut serving = product.start()?;
        let realm = serving.ready.realm()?;
        let model = realm
            .clients
            .iter()
            .find(|client| client.grant_types.iter().any(|grant| grant == "authorization_code"));
        let scopes = model
            .context("the realm has no demo client for the code flow")?
            .scopes
            .clone();
        let clients = seed::clients(&product, scenario.format, &scopes)?;
        let modest = match scopes.get(..3) {
            Some(three) => seed::clients(&product, scenario.format, three)?,
            None => Vec::new(),
        };
        let mut cookie = String::new();
        if scenario.needs_user() || stored > MOST_ISSUED {
            cookie = consent_to_all(&serving, &clients, &scopes).context("logging in and consenting")?;
        }
        if stored > MOST_ISSUED {
            issue(&serving, &clients, &scopes, CLIENTS as u64)?;
            serving.running.stop()?;
            seed::stored_tokens(&product, cluster, stored, machine::now_millis())?;
            serving = product.start()?;
        } else if stored > 0 {
            issue(&serving, &clients, &scopes, stored)?;
        }
        Ok(Self {
            made_for: *comparison,
            product,
            serving,
            clients,
            modest,
            scopes,
            cookie,
        })
    }

    /// Whether another comparison may be made in it as well. A small one is not small any more after a slice.
    fn suits(&self, next: &Comparison) -> bool {
        let before = &self.made_for;
        let same = |comparison: &Comparison| {
            let scenario = &comparison.scenario;
            (
                scenario.algorithm,
                scenario.format,
                scenario.permissions(),
                comparison.stored,
                comparison.postgres,
            )
        };
        before.stored > MOST_ISSUED && same(before) == same(next)
    }

    fn callers(&self) -> Callers<'_> {
        Callers {
            clients: &self.clients,
            modest: &self.modest,
            scopes: &self.scopes,
            cookie: self.cookie.clone(),
        }
    }
}

fn issue(serving: &Serving, clients: &[Client], scopes: &[String], count: u64) -> Result<()> {
    let callers = Callers {
        clients,
        modest: &[],
        scopes,
        cookie: String::new(),
    };
    issued(&mut Load::start()?, serving.ready.realm()?, &callers, count).map(drop)
}

fn consent_to_all(serving: &Serving, clients: &[Client], scopes: &[String]) -> Result<String> {
    let realm = serving.ready.realm()?;
    let user = realm
        .users
        .iter()
        .min_by_key(|user| user.tenants.len())
        .context("the realm has no demo user")?;
    let first = clients.first().context("there are no clients")?;
    let mut browser = Browser::new(authorization(realm, first, scopes)?.0);
    for client in clients {
        browser.authorize(&authorization(realm, client, scopes)?.1, user)?;
    }
    Ok(browser.cookie())
}

/// Measures as the plans say.
///
/// # Errors
/// When anything fails: a table with holes would be read as complete.
pub fn scenarios(plans: &Plans, scratch: &Path, progress: Progress<'_>) -> Result<(Vec<Row>, Vec<Fact>)> {
    let (mut rows, mut facts) = (Vec::new(), Vec::new());
    let needs_postgres = plans.comparisons.iter().any(|comparison| comparison.postgres);
    let cluster = needs_postgres.then(|| Cluster::start(Some(scratch))).transpose()?;
    let mut worlds = 0;
    let mut world: Option<World> = None;
    for comparison in &plans.comparisons {
        let on = cluster.as_ref().filter(|_| comparison.postgres);
        // The last world's server and database go before the next ones are made.
        let now = match world.take().filter(|world| world.suits(comparison)) {
            Some(kept) => kept,
            None => {
                worlds += 1;
                World::make(&scratch.join("world"), comparison, (fresh_storage(on, worlds)?, on))?
            }
        };
        let row = one(plans.plan, comparison, &now, on)?;
        progress(&row)?;
        rows.push(row);
        if !comparison.postgres && comparison.scenario.kind == Kind::Issue && comparison.stored <= MOST_ISSUED {
            let name = comparison.scenario.name;
            let pid = now.serving.running.pid();
            facts.push(footprint::under_load(pid, name, comparison.connections)?);
        }
        world = Some(now);
    }
    drop(world);
    if plans.comparisons.iter().any(|comparison| !comparison.postgres) {
        facts.extend(footprints(scratch)?);
    }
    if let Some(stored) = plans.listed {
        for postgres in [false, true] {
            if plans
                .comparisons
                .iter()
                .any(|comparison| comparison.postgres == postgres)
            {
                let on = cluster.as_ref().filter(|_| postgres);
                facts.extend(lists(scratch, (fresh_storage(on, worlds + 1)?, on), stored)?);
                worlds += 1;
            }
        }
    }
    Ok((rows, facts))
}

/// How long a page of a long list takes.
fn lists(scratch: &Path, storage: (Storage, Option<&Cluster>), stored: u64) -> Result<Vec<Fact>> {
    let comparison = Comparison {
        scenario: SCENARIOS[2],
        postgres: storage.1.is_some(),
        stored,
        connections: 1,
    };
    let world = World::make(&scratch.join("world"), &comparison, storage)?;
    let client = world.clients.first().context("there are no clients")?;
    listing::pages(world.serving.ready.realm()?, client, (comparison.storage(), stored))
}

fn fresh_storage(cluster: Option<&Cluster>, number: usize) -> Result<Storage> {
    Ok(match cluster {
        None => Storage::Sqlite,
        Some(cluster) => Storage::Postgres {
            url: cluster.database(&format!("world_{number}"))?,
            database: format!("world_{number}"),
            pid: cluster.pid()?,
        },
    })
}

/// One row.
fn one(plan: Plan, comparison: &Comparison, world: &World, cluster: Option<&Cluster>) -> Result<Row> {
    let Comparison {
        scenario, connections, ..
    } = comparison;
    let context = || format!("{} at {connections} connections", scenario.name);
    let mut load = Load::start()?;
    let callers = world.callers();
    let realm = world.serving.ready.realm()?;
    let watch = &world.serving.watch;
    let product = scenario
        .open(&mut load, realm, &callers, *connections, watch)
        .with_context(context)?;
    let mut refill = |load: &mut Load| product.refill(load);
    // On PostgreSQL the question is what the database itself could have taken.
    let inserts = match cluster {
        Some(cluster) if scenario.kind == Kind::Issue => Some(Pgbench::prepare(cluster, *connections)?),
        _ => None,
    };
    let (name, target, measured) = if let Some(inserts) = &inserts {
        let measured = measure::compare(&mut load, &Ceiling::Pgbench(inserts), product.target, plan, &mut refill);
        ("pgbench", Some(1.0), measured)
    } else {
        let outside;
        let (at, script, watched) = if let Some((at, script)) = scenario.own(realm, &callers)? {
            (at, script, watch.clone())
        } else {
            outside = Ceilings::start(scenario.ceiling)?;
            let script = scenario.ceiling_script(&callers);
            (outside.address, script, vec![outside.running.pid()])
        };
        let ceiling = load.open(at, *connections, script, watched)?;
        let measured = measure::compare(&mut load, &Ceiling::Target(ceiling), product.target, plan, &mut refill);
        // The targets are for SQLite at 64 connections and a small table.
        let target = scenario
            .target
            .filter(|_| cluster.is_none() && *connections == 64 && comparison.stored <= MOST_ISSUED);
        (scenario.ceiling, target, measured)
    };
    let measured = measured.with_context(context)?;
    Ok(Row {
        scenario: scenario.name.into(),
        storage: comparison.storage().into(),
        stored: comparison.stored,
        connections: *connections,
        ceiling: name.into(),
        measured,
        target,
    })
}

fn footprints(scratch: &Path) -> Result<Vec<Fact>> {
    let comparison = Comparison {
        scenario: SCENARIOS[0],
        postgres: false,
        stored: 10_000,
        connections: 1,
    };
    let world = World::make(&scratch.join("world"), &comparison, (Storage::Sqlite, None))?;
    let (clients, scopes) = (world.clients, world.scopes);
    world.serving.running.stop()?;
    let callers = Callers {
        clients: &clients,
        modest: &[],
        scopes: &scopes,
        cookie: String::new(),
    };
    let mut facts = footprint::start_and_rest(&world.product, &callers)?;
    facts.push(footprint::binary(&world.product)?);
    Ok(facts)
}

impl Comparison {
    const fn storage(&self) -> &'static str {
        if self.postgres { "PostgreSQL" } else { "SQLite" }
    }
}

/// The ceilings among themselves, and pgbench: what the machine is worth, without grantd.
///
/// # Errors
/// When one of them fails.
pub fn ceilings(plan: Plan, choice: &Choice, scratch: &Path, progress: Progress<'_>) -> Result<(Vec<Row>, Vec<Fact>)> {
    let (mut rows, mut facts) = (Vec::new(), Vec::new());
    let clients: Vec<Client> = (0..seed::CLIENTS)
        .map(|number| Client {
            client_id: format!("bench-{number:04}"),
            client_secret: "s".repeat(43),
        })
        .collect();
    let scopes = ["orders:read".to_owned(), "orders:write".to_owned()];
    let callers = Callers {
        clients: &clients,
        modest: &[],
        scopes: &scopes,
        cookie: String::new(),
    };
    let script = SCENARIOS[0].ceiling_script(&callers);
    for &connections in &choice.connections {
        let echo = Ceilings::start("echo")?;
        for mode in ["es256", "rs256"] {
            let signing = Ceilings::start(mode)?;
            let mut load = Load::start()?;
            let above = load.open(echo.address, connections, script.clone(), vec![echo.running.pid()])?;
            let below = load.open(
                signing.address,
                connections,
                script.clone(),
                vec![signing.running.pid()],
            )?;
            let measured = measure::compare(&mut load, &Ceiling::Target(above), below, plan, &mut |_| Ok(()))?;
            let row = Row {
                scenario: format!("ceiling {mode}"),
                storage: "-".into(),
                stored: 0,
                connections,
                ceiling: "echo".into(),
                measured,
                target: None,
            };
            progress(&row)?;
            rows.push(row);
        }
    }
    if choice.storages.contains(&true) {
        let cluster = Cluster::start(Some(scratch))?;
        for &connections in &choice.connections {
            let inserts = Pgbench::prepare(&cluster, connections)?;
            let slices = (0..plan.pairs)
                .map(|_| inserts.slice(plan.seconds))
                .collect::<Result<Vec<_>>>()?;
            let value = measure::side(&slices)?.rate.median;
            facts.push(Fact {
                name: format!("pgbench single inserts, {connections} clients"),
                value,
                unit: "/s",
                most: None,
            });
        }
    }
    Ok((rows, facts))
}
