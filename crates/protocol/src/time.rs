//! Instants and durations as protocol decisions see them. Reading a clock is not done here: an instant is always an
//! argument.

use serde::{Deserialize, Serialize};

/// An instant: milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since the epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// From whole seconds since the epoch (the JOSE `NumericDate`, RFC 7519 section 2). Saturates.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down: the form that `iat` and `exp` take.
    #[must_use]
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This instant and `seconds` later. Saturates, so a lifetime of fifty years is harmless.
    #[must_use]
    pub const fn plus(self, seconds: Seconds) -> Self {
        Self(self.0.saturating_add((seconds.0 as i64).saturating_mul(1000)))
    }

    /// This instant and `seconds` earlier. Saturates.
    #[must_use]
    pub const fn minus(self, seconds: Seconds) -> Self {
        Self(self.0.saturating_sub((seconds.0 as i64).saturating_mul(1000)))
    }

    /// Whole seconds from `earlier` to this instant; 0 when `earlier` is later.
    #[must_use]
    pub const fn seconds_since(self, earlier: Self) -> u64 {
        let millis = self.0.saturating_sub(earlier.0);
        if millis <= 0 { 0 } else { (millis / 1000).unsigned_abs() }
    }
}

/// A duration in whole seconds, as configuration and `expires_in` give it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seconds(pub u32);

impl Seconds {
    /// The number of seconds.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_rounded_down_on_both_sides_of_the_epoch() {
        assert_eq!(Timestamp::from_millis(1999).secs(), 1);
        assert_eq!(Timestamp::from_millis(-1).secs(), -1);
    }

    #[test]
    fn a_clock_that_stepped_back_gives_an_age_of_zero() {
        assert_eq!(Timestamp::from_secs(5).seconds_since(Timestamp::from_secs(9)), 0);
    }

    #[test]
    fn lifetimes_saturate() {
        assert_eq!(
            Timestamp::from_millis(i64::MAX).plus(Seconds(1)),
            Timestamp::from_millis(i64::MAX)
        );
    }
}
