//! A latency histogram with logarithmic buckets: at most 1.6 % wrong at any magnitude, 18 KB, no allocation per sample.
//!
//! It must not know what was measured; values are nanoseconds.

use std::time::Duration;

/// Buckets per power of two; the relative error is half of its inverse.
const STEPS: u64 = 64;
const STEP_BITS: u32 = STEPS.trailing_zeros();
/// The largest power of two told apart: 2^40 ns are 18 minutes.
const MAX_BITS: u32 = 40;
const BUCKETS: usize = ((MAX_BITS - STEP_BITS + 2) as usize) * STEPS as usize;

/// Counts of durations.
#[derive(Debug, Clone)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
    max: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            counts: vec![0; BUCKETS],
            total: 0,
            max: 0,
        }
    }
}

impl Histogram {
    /// Adds one sample.
    pub fn record(&mut self, sample: Duration) {
        let nanos = u64::try_from(sample.as_nanos()).unwrap_or(u64::MAX);
        if let Some(count) = self.counts.get_mut(bucket(nanos)) {
            *count += 1;
        }
        self.total += 1;
        self.max = self.max.max(nanos);
    }

    /// Adds all samples of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        self.total += other.total;
        self.max = self.max.max(other.max);
    }

    /// How many samples there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.total
    }

    /// Whether there is no sample.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// The smallest bucket middle that at least `share` (0 to 1) of the samples do not exceed; zero when empty.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Duration {
        // Rounding up makes p50 of two samples the first and p100 the last.
        let rank = ((share * self.total as f64).ceil() as u64).max(1);
        let mut seen = 0;
        for (index, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank && *count > 0 {
                return Duration::from_nanos(middle(index).min(self.max));
            }
        }
        Duration::ZERO
    }

    /// The non-empty buckets as (index, count), for the way between processes.
    #[must_use]
    pub fn to_pairs(&self) -> Vec<(usize, u64)> {
        self.counts
            .iter()
            .copied()
            .enumerate()
            .filter(|(_, count)| *count > 0)
            .collect()
    }

    /// The histogram of [`Self::to_pairs`]; its maximum is the middle of the last bucket.
    #[must_use]
    pub fn from_pairs(pairs: &[(usize, u64)]) -> Self {
        let mut histogram = Self::default();
        for &(index, count) in pairs {
            if let Some(slot) = histogram.counts.get_mut(index) {
                *slot += count;
                histogram.total += count;
                histogram.max = histogram.max.max(middle(index));
            }
        }
        histogram
    }
}

fn bucket(nanos: u64) -> usize {
    let bits = 63 - nanos.max(1).leading_zeros();
    let index = if bits < STEP_BITS {
        nanos
    } else {
        let shift = bits - STEP_BITS;
        u64::from(shift + 1) * STEPS + ((nanos >> shift) - STEPS)
    };
    usize::try_from(index).unwrap_or(usize::MAX).min(BUCKETS - 1)
}

fn middle(index: usize) -> u64 {
    let index = index as u64;
    if index < STEPS {
        return index;
    }
    let shift = index / STEPS - 1;
    let low = (STEPS + index % STEPS) << shift;
    low + (1 << shift) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_lands_in_a_bucket_whose_middle_is_within_two_percent() {
        let mut value = 1u64;
        while value < 1 << MAX_BITS {
            let found = middle(bucket(value));
            let error = found.abs_diff(value) as f64 / value as f64;
            assert!(error <= 0.016, "{value} -> {found}");
            value += value / 7 + 1;
        }
    }

    #[test]
    fn buckets_never_go_backwards() {
        let indexes: Vec<_> = (0..100_000u64).map(bucket).collect();
        assert!(indexes.is_sorted());
    }

    #[test]
    fn quantiles_follow_rank() {
        let mut histogram = Histogram::default();
        for micros in 1..=1000 {
            histogram.record(Duration::from_micros(micros));
        }
        let near = |share: f64, micros: f64| {
            let found = histogram.quantile(share).as_secs_f64() * 1e6;
            assert!((found / micros - 1.0).abs() < 0.02, "{share}: {found}");
        };
        near(0.5, 500.0);
        near(0.99, 990.0);
        near(1.0, 1000.0);
        assert_eq!(histogram.len(), 1000);
    }

    #[test]
    fn the_sum_of_two_is_the_histogram_of_all_samples() {
        let (mut left, mut right, mut all) = (Histogram::default(), Histogram::default(), Histogram::default());
        for n in 0..500u64 {
            let sample = Duration::from_nanos(n * n * 31);
            if n % 2 == 0 { &mut left } else { &mut right }.record(sample);
            all.record(sample);
        }
        left.merge(&Histogram::from_pairs(&right.to_pairs()));
        assert_eq!(left.to_pairs(), all.to_pairs());
        assert_eq!(left.len(), all.len());
    }

    #[test]
    fn nothing_recorded_has_no_quantile_and_the_unmeasurably_long_is_kept() {
        let mut histogram = Histogram::default();
        assert!(histogram.is_empty());
        assert_eq!(histogram.quantile(0.99), Duration::ZERO);
        histogram.record(Duration::from_secs(1 << 30));
        assert_eq!(histogram.len(), 1);
    }
}
