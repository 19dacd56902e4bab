//! A whole run: for each comparison a world is found or made, and the scenario is measured in it. Figures that are not
//! ratios are taken at the end.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::driver::Load;
use crate::measure::{self, Ceiling, Plan, Yardstick};
use crate::plan::{Amount, Choice, Comparison, Plans};
use crate::postgres::{Cluster, Pgbench};
use crate::product::{Shape, Storage};
use crate::scenario::{Callers, Kind, SCENARIOS};
use crate::seed::{self, Client};
use crate::serving::{Running, sibling};
use crate::table::{Fact, Row};
use crate::world::World;
use crate::{cold, footprint, listing, lists};

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
    let amount = plans.amount;
    let is_large = |comparison: &Comparison| !comparison.postgres && comparison.stored > amount.most_issued;
    let last_large = plans.comparisons.iter().rposition(is_large);
    for (index, comparison) in plans.comparisons.iter().enumerate() {
        let on = cluster.as_ref().filter(|_| comparison.postgres);
        // The last world's server and database go before the next ones are made.
        let now = match world.take().filter(|world| world.suits(comparison)) {
            Some(kept) => kept,
            None => {
                worlds += 1;
                World::make(
                    &scratch.join("world"),
                    comparison,
                    amount,
                    (fresh_storage(on, worlds)?, on),
                )?
            }
        };
        let row = one(plans.plan, comparison, &now, on)?;
        progress(&row)?;
        rows.push(row);
        if !comparison.postgres && comparison.scenario.kind == Kind::Issue && comparison.stored <= amount.most_issued {
            let name = comparison.scenario.name;
            let pid = now.serving.running.pid();
            facts.push(footprint::under_load(pid, name, comparison.connections)?);
        }
        if plans.large_facts && last_large == Some(index) {
            facts.extend(large(now, amount)?);
        } else {
            world = Some(now);
        }
    }
    drop(world);
    if plans.comparisons.iter().any(|comparison| !comparison.postgres) {
        facts.extend(footprints(scratch, amount)?);
    }
    if let Some(stored) = plans.listed {
        for postgres in [false, true] {
            if plans
                .comparisons
                .iter()
                .any(|comparison| comparison.postgres == postgres)
            {
                let on = cluster.as_ref().filter(|_| postgres);
                facts.extend(listed(scratch, amount, (fresh_storage(on, worlds + 1)?, on), stored)?);
                worlds += 1;
            }
        }
    }
    Ok((rows, facts))
}

/// What only a large world shows.
fn large(world: World, amount: Amount) -> Result<Vec<Fact>> {
    let stored = world.made_for.stored;
    world.serving.running.stop()?;
    let mut facts = cold::introspections(&world.product, &world.clients, stored)?;
    seed::stored_clients(&world.product, amount.listed_clients)?;
    let serving = world.product.start()?;
    let client = world.clients.first().context("there are no clients")?;
    facts.extend(listing::console(
        serving.ready.realm()?,
        client,
        (amount.listed_clients, stored),
    )?);
    serving.running.stop()?;
    world.product.reshape(Shape {
        status_lists: true,
        ..world.made_for.scenario.shape()
    })?;
    facts.extend(lists::facts(&world.product, stored)?);
    Ok(facts)
}

/// How long a page of a long list takes.
fn listed(scratch: &Path, amount: Amount, storage: (Storage, Option<&Cluster>), stored: u64) -> Result<Vec<Fact>> {
    let comparison = Comparison {
        scenario: SCENARIOS[2],
        postgres: storage.1.is_some(),
        stored,
        connections: 1,
    };
    let world = World::make(&scratch.join("world"), &comparison, amount, storage)?;
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
    let how = (plan, scenario.yardstick);
    // On PostgreSQL the question is what the database itself could have taken.
    let inserts = match cluster {
        Some(cluster) if scenario.kind == Kind::Issue => Some(Pgbench::prepare(cluster, *connections)?),
        _ => None,
    };
    let (name, target, measured) = if let Some(inserts) = &inserts {
        let measured = measure::compare(&mut load, &Ceiling::Pgbench(inserts), product.target, how, &mut refill);
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
        let measured = measure::compare(&mut load, &Ceiling::Target(ceiling), product.target, how, &mut refill);
        // The targets are for SQLite at 64 connections and a small table.
        let target = scenario
            .target
            .filter(|_| cluster.is_none() && *connections == 64 && comparison.stored <= world.amount.most_issued);
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

fn footprints(scratch: &Path, amount: Amount) -> Result<Vec<Fact>> {
    let comparison = Comparison {
        scenario: SCENARIOS[0],
        postgres: false,
        stored: amount.pool,
        connections: 1,
    };
    let world = World::make(&scratch.join("world"), &comparison, amount, (Storage::Sqlite, None))?;
    let (clients, scopes) = (world.clients, world.scopes);
    world.serving.running.stop()?;
    let callers = Callers {
        clients: &clients,
        modest: &[],
        scopes: &scopes,
        cookie: String::new(),
        pool: amount.pool,
    };
    let mut facts = footprint::start_and_rest(&world.product, &callers)?;
    facts.push(footprint::binary(&world.product)?);
    Ok(facts)
}

/// The ceilings among themselves, and pgbench: what the machine is worth, without grantd.
///
/// # Errors
/// When one of them fails.
pub fn ceilings(plan: Plan, choice: &Choice, scratch: &Path, progress: Progress<'_>) -> Result<(Vec<Row>, Vec<Fact>)> {
    let (mut rows, mut facts) = (Vec::new(), Vec::new());
    let clients: Vec<Client> = (0..Amount::FULL.clients)
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
        pool: Amount::FULL.pool,
    };
    let script = SCENARIOS[0].ceiling_script(&callers);
    let how = (plan, Yardstick::Rate);
    for &connections in &choice.connections {
        let echo = Ceilings::start("echo")?;
        for mode in ["es256", "rs256", "es256-dpop"] {
            let signing = Ceilings::start(mode)?;
            let mut load = Load::start()?;
            let above = load.open(echo.address, connections, script.clone(), vec![echo.running.pid()])?;
            let below = load.open(
                signing.address,
                connections,
                script.clone(),
                vec![signing.running.pid()],
            )?;
            let measured = measure::compare(&mut load, &Ceiling::Target(above), below, how, &mut |_| Ok(()))?;
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
