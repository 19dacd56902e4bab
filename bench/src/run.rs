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
use crate::{footprint, machine};
use crate::measure::{self, Ceiling, Plan};
use crate::postgres::{Cluster, Pgbench};
use crate::product::{Algorithm, Product, Serving, Storage};
use crate::scenario::{Callers, Kind, SCENARIOS, Scenario, authorization, issued};
use crate::seed::{self, CLIENTS, Client, TokenFormat};
use crate::serving::{Running, sibling};
use crate::table::{Fact, Row};

/// Up to here tokens are stored by asking for them; beyond, the tables are written directly.
const MOST_ISSUED: u64 = 100_000;

/// How long, how often, how large.
#[derive(Debug, Clone)]
pub struct Plans {
    /// The slices.
    pub plan: Plan,
    /// Numbers of connections.
    pub connections: Vec<usize>,
    /// Sizes.
    pub stored: Vec<u64>,
    /// Whether to measure on SQLite.
    pub sqlite: bool,
    /// Whether to measure on PostgreSQL.
    pub postgres: bool,
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
    algorithm: Algorithm,
    format: TokenFormat,
    product: Product,
    serving: Serving,
    clients: Vec<Client>,
    scopes: Vec<String>,
    cookie: String,
}

impl World {
    fn make(
        directory: &Path,
        scenario: &Scenario,
        (storage, cluster): (Storage, Option<&Cluster>),
        stored: u64,
    ) -> Result<Self> {
        drop(std::fs::remove_dir_all(directory));
        std::fs::create_dir_all(directory)?;
        let product = Product::new(directory, scenario.algorithm, storage)?;
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
            algorithm: scenario.algorithm,
            format: scenario.format,
            product,
            serving,
            clients,
            scopes,
            cookie,
        })
    }

    /// Whether another scenario may be measured in it as well.
    fn suits(&self, scenario: &Scenario) -> bool {
        (self.algorithm, self.format) == (scenario.algorithm, scenario.format)
    }

    fn callers(&self) -> Callers<'_> {
        Callers {
            clients: &self.clients,
            scopes: &self.scopes,
            cookie: self.cookie.clone(),
        }
    }
}

fn issue(serving: &Serving, clients: &[Client], scopes: &[String], count: u64) -> Result<()> {
    let callers = Callers {
        clients,
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

/// Measures all `scenarios` as the plans say.
///
/// # Errors
/// When anything fails: a table with holes would be read as complete.
pub fn scenarios(
    plans: &Plans,
    scenarios: &[Scenario],
    scratch: &Path,
    progress: Progress<'_>,
) -> Result<(Vec<Row>, Vec<Fact>)> {
    let (mut rows, mut facts) = (Vec::new(), Vec::new());
    let cluster = if plans.postgres {
        Some(Cluster::start(Some(scratch))?)
    } else {
        None
    };
    let storages = [plans.sqlite.then_some(None), cluster.as_ref().map(Some)];
    let mut worlds = 0;
    for cluster in storages.into_iter().flatten() {
        for &stored in &plans.stored {
            let mut world: Option<World> = None;
            for scenario in scenarios {
                for &connections in &plans.connections {
                    // The last world's server and database go before the next ones are made.
                    let kept = world
                        .take()
                        .filter(|world| stored > MOST_ISSUED && world.suits(scenario));
                    let now = match kept {
                        Some(kept) => kept,
                        None => {
                            worlds += 1;
                            let storage = fresh_storage(cluster, worlds)?;
                            World::make(&scratch.join("world"), scenario, (storage, cluster), stored)?
                        }
                    };
                    let row = one(plans.plan, scenario, &now, cluster, connections, stored)?;
                    progress(&row)?;
                    rows.push(row);
                    if cluster.is_none() && scenario.kind == Kind::Issue && stored <= MOST_ISSUED {
                        facts.push(footprint::under_load(
                            now.serving.running.pid(),
                            scenario.name,
                            connections,
                        )?);
                    }
                    world = Some(now);
                }
            }
        }
    }
    if plans.sqlite {
        facts.extend(footprints(scratch)?);
    }
    Ok((rows, facts))
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
fn one(
    plan: Plan,
    scenario: &Scenario,
    world: &World,
    cluster: Option<&Cluster>,
    connections: usize,
    stored: u64,
) -> Result<Row> {
    let context = || format!("{} at {connections} connections", scenario.name);
    let mut load = Load::start()?;
    let callers = world.callers();
    let realm = world.serving.ready.realm()?;
    let product = scenario
        .open(&mut load, realm, &callers, connections, &world.serving.watch)
        .with_context(context)?;
    let mut refill = |load: &mut Load| product.refill(load);
    // On PostgreSQL the question is what the database itself could have taken.
    let inserts = match cluster {
        Some(cluster) if scenario.kind == Kind::Issue => Some(Pgbench::prepare(cluster, connections)?),
        _ => None,
    };
    let (name, target, measured) = if let Some(inserts) = &inserts {
        let measured = measure::compare(&mut load, &Ceiling::Pgbench(inserts), product.target, plan, &mut refill);
        ("pgbench", Some(1.0), measured)
    } else {
        let above = Ceilings::start(scenario.ceiling)?;
        let script = scenario.ceiling_script(&callers);
        let ceiling = load.open(above.address, connections, script, vec![above.running.pid()])?;
        let measured = measure::compare(&mut load, &Ceiling::Target(ceiling), product.target, plan, &mut refill);
        (
            scenario.ceiling,
            scenario.target.filter(|_| cluster.is_none()),
            measured,
        )
    };
    let measured = measured.with_context(context)?;
    Ok(Row {
        scenario: scenario.name.into(),
        storage: if cluster.is_some() { "PostgreSQL" } else { "SQLite" }.into(),
        stored,
        connections,
        ceiling: name.into(),
        measured,
        target,
    })
}

fn footprints(scratch: &Path) -> Result<Vec<Fact>> {
    let scenario = &SCENARIOS[0];
    let world = World::make(&scratch.join("world"), scenario, (Storage::Sqlite, None), 10_000)?;
    let (clients, scopes) = (world.clients, world.scopes);
    world.serving.running.stop()?;
    let callers = Callers {
        clients: &clients,
        scopes: &scopes,
        cookie: String::new(),
    };
    let mut facts = footprint::start_and_rest(&world.product, &callers)?;
    facts.push(footprint::binary(&world.product)?);
    Ok(facts)
}

/// The ceilings among themselves, and pgbench: what the machine is worth, without grantd.
///
/// # Errors
/// When one of them fails.
pub fn ceilings(plans: &Plans, scratch: &Path, progress: Progress<'_>) -> Result<(Vec<Row>, Vec<Fact>)> {
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
        scopes: &scopes,
        cookie: String::new(),
    };
    let script = SCENARIOS[0].ceiling_script(&callers);
    for &connections in &plans.connections {
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
            let measured = measure::compare(&mut load, &Ceiling::Target(above), below, plans.plan, &mut |_| Ok(()))?;
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
    if plans.postgres {
        let cluster = Cluster::start(Some(scratch))?;
        for &connections in &plans.connections {
            let inserts = Pgbench::prepare(&cluster, connections)?;
            let slices = (0..plans.plan.pairs)
                .map(|_| inserts.slice(plans.plan.seconds))
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
