//! Starts the ceilings and grantd, measures what was asked for, prints the table and writes `bench/RESULTS.md`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::{Parser, ValueEnum};
use grantd_bench::measure::Plan;
use grantd_bench::plan::Amount;
use grantd_bench::scenario::{SCENARIOS, Scenario};
use grantd_bench::serving::Scratch;
use grantd_bench::table::{Fact, Row};
use grantd_bench::{machine, plan, run, table};

/// Measures grantd against what this machine allows.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench")]
struct Options {
    /// One size, one number of connections, short slices: to see that it works, not for publication.
    #[arg(long)]
    quick: bool,
    /// Everything once, with a handful of clients and requests: whether it works at all.
    #[arg(long, conflicts_with_all = ["quick", "publish", "write"])]
    smoke: bool,
    /// What to measure: one of the list, or `ceilings` alone; all when left out.
    #[arg(long, value_name = "NAME")]
    scenario: Vec<String>,
    /// Numbers of connections [default: 32,64,128; quick: 64].
    #[arg(long, value_delimiter = ',')]
    connections: Vec<usize>,
    /// Which storage; both when left out (quick: SQLite).
    #[arg(long, value_enum)]
    storage: Option<Storage>,
    /// Stored tokens before a comparison begins [default: 10000,10000000; quick: 10000].
    #[arg(long, value_delimiter = ',')]
    stored: Vec<u64>,
    /// Pairs of slices [default: 5; quick: 3].
    #[arg(long)]
    pairs: Option<usize>,
    /// Seconds a slice takes [default: 2; quick: 1].
    #[arg(long)]
    seconds: Option<f64>,
    /// Write the results to this file, too.
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "bench/RESULTS.md")]
    write: Option<PathBuf>,
    /// Measure pages of long lists, too.
    #[arg(long)]
    lists: bool,
    /// What is published: the targets' scenarios at every number of connections, the others at 64, ten million stored
    /// tokens, and PostgreSQL.
    #[arg(long)]
    publish: bool,
    /// Where databases lie while it runs [default: the directory for temporary files].
    #[arg(long, value_name = "DIR")]
    databases: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Storage {
    Sqlite,
    Postgres,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let (scenarios, ceilings) = chosen(&options.scenario)?;
    let (choice, plans) = planned(&options, scenarios);
    let scratch = Scratch::new(options.databases.as_deref(), "run")?;
    let machine = machine::Machine::look(Path::new("."), scratch.path());
    note(&format!("{machine:?}"))?;
    if machine.filesystem == "tmpfs" {
        note("warning: the databases are in memory; commits cost nothing there (use --databases)")?;
    }
    if machine::load_average() > 0.5 {
        note(&format!(
            "warning: load average {:.2} before the run; its figures are worth little",
            machine::load_average()
        ))?;
    }
    let mut measured = Vec::new();
    let mut progress = |row: &Row| {
        measured.push(row.clone());
        let ratio = row.measured.ratio;
        note(&format!(
            "{} {} stored {} at {}: {:.2} of {} ({:.2}-{:.2}), generator {:.2}/{:.2} cores {}",
            row.scenario,
            row.storage,
            row.stored,
            row.connections,
            ratio.median,
            row.ceiling,
            ratio.min,
            ratio.max,
            row.measured.ceiling.generator,
            row.measured.product.generator,
            row.verdict(),
        ))
    };
    let run: Result<(Vec<Row>, Vec<Fact>)> = if ceilings {
        run::ceilings(plans.plan, &choice, scratch.path(), &mut progress)
    } else {
        run::scenarios(&plans, scratch.path(), &mut progress)
    };
    if run.is_err() {
        // A quarter of an hour was spent on them.
        writeln!(std::io::stdout(), "{}", table::markdown(&measured, &[]))?;
    }
    let (rows, facts) = run?;
    writeln!(std::io::stdout(), "{}", table::markdown(&rows, &facts))?;
    if let Some(path) = &options.write {
        std::fs::write(path, table::document(&machine, &said(), &rows, &facts))?;
        note(&format!("written to {}", path.display()))?;
    }
    Ok(())
}

/// What the options come to.
fn planned(options: &Options, scenarios: Vec<Scenario>) -> (plan::Choice, plan::Plans) {
    let (pairs, seconds) = match (options.smoke, options.quick) {
        // As long as it takes a busy machine to answer them.
        (true, _) => (1, 60.0),
        (_, true) => (3, 1.0),
        _ => (5, 2.0),
    };
    let plan = Plan {
        pairs: options.pairs.unwrap_or(pairs),
        seconds: options.seconds.unwrap_or(seconds),
        requests: options.smoke.then_some(30),
    };
    let choice = plan::Choice {
        scenarios,
        connections: or(&options.connections, if options.quick { &[64] } else { &[32, 64, 128] }),
        stored: or(
            &options.stored,
            if options.quick {
                &[10_000]
            } else {
                &[10_000, 10_000_000]
            },
        ),
        storages: match options.storage {
            Some(storage) => vec![storage == Storage::Postgres],
            None if options.quick => vec![false],
            None => vec![false, true],
        },
    };
    let plans = plan::Plans {
        plan,
        comparisons: if options.publish {
            plan::published()
        } else if options.smoke {
            plan::smoke()
        } else {
            choice.comparisons()
        },
        listed: (options.publish || options.lists || options.smoke).then_some(if options.smoke {
            4_000
        } else {
            1_000_000
        }),
        large_facts: options.publish || options.lists || options.smoke,
        amount: if options.smoke { Amount::LEAST } else { Amount::FULL },
    };
    (choice, plans)
}

/// What was asked for, without the names of this machine's directories: the results are for others to read.
fn said() -> String {
    let mut said: Vec<String> = std::env::args().skip(1).collect();
    for index in 1..said.len() {
        if said.get(index - 1).is_some_and(|before| before == "--databases")
            && let Some(directory) = said.get_mut(index)
        {
            "DIR".clone_into(directory);
        }
    }
    said.join(" ")
}

fn chosen(names: &[String]) -> Result<(Vec<Scenario>, bool)> {
    if names.iter().any(|name| name == "ceilings") {
        return Ok((Vec::new(), true));
    }
    if names.is_empty() {
        return Ok((SCENARIOS.to_vec(), false));
    }
    let mut found = Vec::new();
    for name in names {
        let Some(scenario) = Scenario::named(name) else {
            let known: Vec<&str> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
            bail!("there is no scenario {name}; there are ceilings, {}", known.join(", "));
        };
        found.push(scenario);
    }
    Ok((found, false))
}

fn or<T: Clone>(given: &[T], otherwise: &[T]) -> Vec<T> {
    if given.is_empty() {
        otherwise.to_vec()
    } else {
        given.to_vec()
    }
}

fn note(text: &str) -> Result<()> {
    Ok(writeln!(std::io::stderr(), "{text}")?)
}
