//! Figures that are not ratios: memory, time from start to first token, size of the binary.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::driver::Load;
use crate::procfs;
use crate::product::Product;
use crate::scenario::{Callers, issued};
use crate::table::Fact;

/// Starts of which the median counts.
const STARTS: usize = 5;
/// Time for what a start leaves behind (caches being filled, pages being returned) before memory at rest is read.
const REST: Duration = Duration::from_secs(2);
const MEGABYTE: f64 = 1_000_000.0;

/// Starts the product on its existing data, again and again, up to its first token; then reads its memory at rest.
///
/// # Errors
/// When it does not start or gives no token.
#[expect(clippy::disallowed_methods, reason = "measuring code reads the monotonic clock")]
pub fn start_and_rest(product: &Product, callers: &Callers<'_>) -> Result<Vec<Fact>> {
    let mut load = Load::start()?;
    let mut times = Vec::new();
    let mut rest = 0;
    for round in 0..STARTS {
        let started = std::time::Instant::now();
        let serving = product.start()?;
        issued(&mut load, serving.ready.realm()?, callers, 1)?;
        times.push(started.elapsed().as_secs_f64() * 1e3);
        if round + 1 == STARTS {
            std::thread::sleep(REST);
            rest = procfs::resident(serving.running.pid())?;
        }
        serving.running.stop()?;
    }
    let spread = crate::ratio::Spread::of(&times).context("no start was measured")?;
    Ok(vec![
        Fact {
            name: "start to first token, existing database (median of 5)".into(),
            value: spread.median,
            unit: "ms",
            most: Some(300.0),
        },
        Fact {
            name: "resident memory at rest".into(),
            value: rest as f64 / MEGABYTE,
            unit: "MB",
            most: Some(40.0),
        },
    ])
}

/// Memory of a product that has just been under load.
///
/// # Errors
/// When it ended.
pub fn under_load(pid: u32, scenario: &str, connections: usize) -> Result<Fact> {
    let name = format!("resident memory after {scenario} at {connections} connections");
    Ok(Fact {
        name,
        value: procfs::resident(pid)? as f64 / MEGABYTE,
        unit: "MB",
        most: None,
    })
}

/// Size of the binary without symbols, as it would be shipped.
///
/// # Errors
/// When it cannot be read.
pub fn binary(product: &Product) -> Result<Fact> {
    let stripped = product.data.join("stripped");
    let done = Command::new("strip")
        .arg("-o")
        .arg(&stripped)
        .arg(&product.binary)
        .status();
    let (path, name) = match done {
        Ok(status) if status.success() => (&stripped, "binary, stripped"),
        _ => (&product.binary, "binary, with symbols (`strip` is not installed)"),
    };
    let size = std::fs::metadata(path)?.len();
    Ok(Fact {
        name: name.into(),
        value: size as f64 / MEGABYTE,
        unit: "MB",
        most: None,
    })
}
