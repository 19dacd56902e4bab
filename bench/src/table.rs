//! The table of results, for the terminal and for `bench/RESULTS.md`.
//!
//! It must not measure. A figure that misses its target says by how much, in the row itself.

use std::fmt::Write as _;
use std::time::Duration;

use crate::machine::Machine;
use crate::measure::{Measured, Side};

/// One comparison.
#[derive(Debug, Clone)]
pub struct Row {
    /// Which one.
    pub scenario: String,
    /// On what.
    pub storage: String,
    /// Stored tokens before it began.
    pub stored: u64,
    /// Connections.
    pub connections: usize,
    /// What it is held against.
    pub ceiling: String,
    /// The figures.
    pub measured: Measured,
    /// Least ratio to reach, where there is one.
    pub target: Option<f64>,
}

/// A figure that is not a ratio: memory, start, size.
#[derive(Debug, Clone)]
pub struct Fact {
    /// What it is.
    pub name: String,
    /// With its unit.
    pub value: f64,
    /// The unit.
    pub unit: &'static str,
    /// Most that it may be, where there is a bound.
    pub most: Option<f64>,
}

impl Row {
    /// "reached", "short by 0.05", or nothing without a target.
    #[must_use]
    pub fn verdict(&self) -> String {
        verdict_at_least(self.measured.ratio.median, self.target)
    }

    /// The product's 99th percentile by the ceiling's.
    #[must_use]
    pub fn tail(&self) -> Option<f64> {
        Some(self.measured.product.p99?.as_secs_f64() / self.measured.ceiling.p99?.as_secs_f64())
    }

    fn markdown(&self) -> String {
        let Measured {
            ceiling,
            product,
            ratio,
        } = &self.measured;
        format!(
            "| {} | {} | {} | {} | {} {} | {} | {:.2} ({}, {:.2}-{:.2}) | {} | {} | {} | {:.1} / {:.1} | {:.2} | {} | {} |",
            self.scenario,
            self.storage,
            thousands(self.stored as f64),
            self.connections,
            self.ceiling,
            thousands(ceiling.rate.median),
            thousands(product.rate.median),
            ratio.median,
            ratio.count,
            ratio.min,
            ratio.max,
            latency(ceiling),
            latency(product),
            self.tail().map_or("-".to_owned(), |tail| format!("{tail:.1}")),
            ceiling.cpu_micros,
            product.cpu_micros,
            product.generator,
            self.target.map_or("-".to_owned(), |target| format!("{target:.2}")),
            self.verdict(),
        )
    }
}

impl Fact {
    /// "reached", "over by 3.1 MB", or nothing without a bound.
    #[must_use]
    pub fn verdict(&self) -> String {
        match self.most {
            None => "-".to_owned(),
            Some(most) if self.value <= most => "reached".to_owned(),
            Some(most) => format!("over by {:.1} {}", self.value - most, self.unit),
        }
    }
}

fn verdict_at_least(value: f64, target: Option<f64>) -> String {
    match target {
        None => "-".to_owned(),
        Some(target) if value >= target => "reached".to_owned(),
        Some(target) => format!("short by {:.2}", target - value),
    }
}

const HEAD: &str =
    "| scenario | storage | stored | conns | ceiling/s | product/s | ratio (n, min-max) | ceiling p50 / p99 ms | \
product p50 / p99 ms | p99 ratio | CPU us/request ceiling / product | generator cores | target | |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";

/// The rows, and the facts below them.
#[must_use]
pub fn markdown(rows: &[Row], facts: &[Fact]) -> String {
    let mut text = String::new();
    if !rows.is_empty() {
        text.push_str(HEAD);
    }
    for row in rows {
        text.push_str(&row.markdown());
        text.push('\n');
    }
    text.push_str(&growth(rows));
    if !facts.is_empty() {
        text.push_str("\n| figure | value | at most | |\n|---|---|---|---|\n");
    }
    for fact in facts {
        let most = fact
            .most
            .map_or("-".to_owned(), |most| format!("{most:.0} {}", fact.unit));
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "| {} | {:.1} {} | {most} | {} |",
            fact.name,
            fact.value,
            fact.unit,
            fact.verdict()
        );
    }
    text
}

/// The whole of `bench/RESULTS.md`.
#[must_use]
pub fn document(machine: &Machine, options: &str, rows: &[Row], facts: &[Fact]) -> String {
    let Machine {
        date,
        commit,
        processor,
        memory,
        kernel,
        filesystem,
    } = machine;
    format!(
        "# Results\n\nMade by `cargo xtask bench {options}`; do not edit by hand.\n\n\
         {date}, commit {commit}; {processor}, {memory}, {kernel}, databases on {filesystem}.\n\n\
         The generator runs on the same cores as the servers. Ceiling and product take turns in slices within one run; \
         a ratio is the median over the pairs of slices, of replies per second or, where both sides are the product and wait \
         for the same disk, of replies per second of processor time. Latencies are under saturation. Absolute numbers say more \
         about the machine than about the programs.\n\n{}",
        markdown(rows, facts)
    )
}

/// For each comparison done at several sizes: what the largest keeps of the smallest's ratio.
fn growth(rows: &[Row]) -> String {
    let mut text = String::new();
    for row in rows {
        let same = |other: &&Row| {
            other.scenario == row.scenario && other.storage == row.storage && other.connections == row.connections
        };
        let small = rows.iter().filter(same).min_by_key(|other| other.stored);
        let Some(small) = small.filter(|small| small.stored < row.stored) else {
            continue;
        };
        let kept = row.measured.ratio.median / small.measured.ratio.median;
        let bound = row.target.map(|_| 0.8);
        let _ = writeln!(
            text,
            "\n{} on {} at {} connections keeps {kept:.2} of its ratio from {} to {} stored tokens (0.80 wanted): {}.",
            row.scenario,
            row.storage,
            row.connections,
            thousands(small.stored as f64),
            thousands(row.stored as f64),
            verdict_at_least(kept, bound)
        );
    }
    text
}

fn latency(side: &Side) -> String {
    let millis =
        |time: Option<Duration>| time.map_or("-".to_owned(), |time| format!("{:.2}", time.as_secs_f64() * 1e3));
    format!("{} / {}", millis(side.p50), millis(side.p99))
}

/// A number with commas.
#[must_use]
pub fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ratio::Spread;

    fn row(stored: u64, ratio: f64, target: Option<f64>) -> Row {
        let side = |rate: f64| Side {
            rate: Spread::of(&[rate]).unwrap(),
            p50: Some(Duration::from_micros(800)),
            p99: Some(Duration::from_micros(2000)),
            cpu_micros: 20.0,
            generator: 0.4,
        };
        let measured = Measured {
            ceiling: side(40_000.0),
            product: side(40_000.0 * ratio),
            ratio: Spread::of(&[ratio]).unwrap(),
        };
        Row {
            scenario: "issue".into(),
            storage: "sqlite".into(),
            stored,
            connections: 64,
            ceiling: "es256".into(),
            measured,
            target,
        }
    }

    #[test]
    fn a_missed_target_says_by_how_much() {
        assert_eq!(row(0, 0.66, Some(0.70)).verdict(), "short by 0.04");
        assert_eq!(row(0, 0.70, Some(0.70)).verdict(), "reached");
        assert_eq!(row(0, 0.10, None).verdict(), "-");
        let fact = Fact {
            name: "rest".into(),
            value: 41.5,
            unit: "MB",
            most: Some(40.0),
        };
        assert_eq!(fact.verdict(), "over by 1.5 MB");
    }

    #[test]
    fn a_row_has_as_many_cells_as_the_head() {
        let cells = |line: &str| line.matches('|').count();
        let text = markdown(&[row(10_000, 0.7, Some(0.7))], &[]);
        let counts: Vec<usize> = text.lines().map(cells).collect();
        assert!(counts.iter().all(|count| Some(count) == counts.first()), "{text}");
        assert!(text.contains("40,000") && text.contains("0.80 / 2.00"), "{text}");
    }

    #[test]
    fn growth_is_told_between_sizes_and_only_then() {
        let text = growth(&[row(10_000, 0.8, Some(0.7)), row(10_000_000, 0.6, Some(0.7))]);
        assert!(text.contains("keeps 0.75") && text.contains("short by 0.05"), "{text}");
        assert_eq!(growth(&[row(10_000, 0.8, None)]), "");
    }
}
