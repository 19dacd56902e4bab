//! One comparison: slices of ceiling and product in turn, and what they add up to.
//!
//! It must not know scenarios. Interleaving is what makes the ratio mean something on a machine whose clock speed and
//! neighbours change from second to second.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::driver::{Load, TargetId, refuse_failures};
use crate::histogram::Histogram;
use crate::job::Slice;
use crate::postgres::Pgbench;
use crate::ratio::{self, Spread};

/// Time for the writes and the wakers of one side to settle before the other is driven.
const SETTLE: Duration = Duration::from_millis(100);

/// The least processor time that the kernel tells, in seconds.
const TICK: f64 = 0.01;

/// How long and how often.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Pairs of slices that count; one more before them does not.
    pub pairs: usize,
    /// Length of a slice.
    pub seconds: f64,
    /// Most requests of a slice, where what counts is that they are answered and not how fast.
    pub requests: Option<u64>,
}

/// What of a slice is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Yardstick {
    /// Good replies per second.
    Rate,
    /// Good replies per second of the server's processor time: for two sides that wait for the same disk, whose moods
    /// would decide otherwise.
    Processor,
}

impl Yardstick {
    fn of(self, slice: &Slice) -> f64 {
        match self {
            Self::Rate => slice.rate(),
            // A slice of less than the kernel's tick has used some of it.
            Self::Processor => slice.good as f64 / slice.server_cpu.max(TICK),
        }
    }
}

/// What the product is held against.
#[derive(Debug)]
pub enum Ceiling<'a> {
    /// A server that the generator drives.
    Target(TargetId),
    /// pgbench, which brings its own load.
    Pgbench(&'a Pgbench<'a>),
}

/// One side's figures over all slices.
#[derive(Debug, Clone)]
pub struct Side {
    /// Good replies per second.
    pub rate: Spread,
    /// Median latency; `None` when the side does not tell.
    pub p50: Option<Duration>,
    /// 99th percentile of latency.
    pub p99: Option<Duration>,
    /// Processor microseconds of the server per good reply.
    pub cpu_micros: f64,
    /// Share of one core that the generator used.
    pub generator: f64,
}

/// The outcome of a comparison.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The ceiling.
    pub ceiling: Side,
    /// The product.
    pub product: Side,
    /// Product by ceiling.
    pub ratio: Spread,
}

/// Runs the slices. `refill` is called before each slice of the product, outside the measured time.
///
/// # Errors
/// When a side fails or answers anything but 200.
pub fn compare(
    load: &mut Load,
    ceiling: &Ceiling<'_>,
    product: TargetId,
    (plan, yardstick): (Plan, Yardstick),
    refill: &mut dyn FnMut(&mut Load) -> Result<()>,
) -> Result<Measured> {
    let (mut lower, mut upper) = (Vec::new(), Vec::new());
    for round in 0..=plan.pairs {
        // A slice that ends by its requests may take as long as it likes.
        let short = round == 0 && plan.requests.is_none();
        let seconds = if short { plan.seconds.min(1.0) } else { plan.seconds };
        let above = match ceiling {
            Ceiling::Target(target) => load.slice(*target, seconds, plan.requests)?,
            Ceiling::Pgbench(pgbench) => pgbench.slice(if plan.requests.is_some() { 1.0 } else { seconds })?,
        };
        refuse_failures(&above).context("the ceiling failed")?;
        std::thread::sleep(SETTLE);
        refill(load)?;
        let below = load.slice(product, seconds, plan.requests)?;
        refuse_failures(&below).context("the product failed")?;
        std::thread::sleep(SETTLE);
        if round > 0 {
            upper.push(above);
            lower.push(below);
        }
    }
    let values = |slices: &[Slice]| slices.iter().map(|slice| yardstick.of(slice)).collect::<Vec<_>>();
    Ok(Measured {
        ratio: ratio::of_pairs(&values(&upper), &values(&lower)).context("no pair of slices was measured")?,
        ceiling: side(&upper)?,
        product: side(&lower)?,
    })
}

/// Adds up the slices of one side.
///
/// # Errors
/// When there is none.
pub fn side(slices: &[Slice]) -> Result<Side> {
    let mut all = Histogram::default();
    for slice in slices {
        all.merge(&Histogram::from_pairs(&slice.latencies));
    }
    let known = |share| (!all.is_empty()).then(|| all.quantile(share));
    let good: u64 = slices.iter().map(|slice| slice.good).sum();
    let cpu: f64 = slices.iter().map(|slice| slice.server_cpu).sum();
    let seconds: f64 = slices.iter().map(|slice| slice.seconds).sum();
    Ok(Side {
        rate: Spread::of(&slices.iter().map(Slice::rate).collect::<Vec<_>>()).context("no slice was measured")?,
        p50: known(0.5),
        p99: known(0.99),
        cpu_micros: cpu * 1e6 / good.max(1) as f64,
        generator: slices.iter().map(|slice| slice.own_cpu).sum::<f64>() / seconds,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_makes_one_side_wait_does_not_move_a_ratio_of_processor_time() {
        let slice = |seconds, server_cpu| Slice {
            seconds,
            good: 1_000,
            server_cpu,
            ..Slice::default()
        };
        let (quick, waiting) = (slice(1.0, 0.5), slice(4.0, 0.5));
        assert_eq!(Yardstick::Rate.of(&quick), 4.0 * Yardstick::Rate.of(&waiting));
        assert_eq!(Yardstick::Processor.of(&quick), Yardstick::Processor.of(&waiting));
        assert_eq!(Yardstick::Processor.of(&slice(1.0, 0.0)), 100_000.0);
    }
}
