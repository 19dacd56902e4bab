//! The arithmetic of the comparison: one ratio per pair of slices, the median of them, the spread beside it.
//!
//! It must not know what the slices measured. A mean is not offered: one slice that a neighbour on the machine
//! disturbed would move it.

use serde::{Deserialize, Serialize};

/// A median with its spread.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Middle value; the mean of the two middle ones when their number is even.
    pub median: f64,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// How many values there were.
    pub count: usize,
}

impl Spread {
    /// Of `values`; `None` when there is none or one of them is not a finite number.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        if values.iter().any(|value| !value.is_finite()) {
            return None;
        }
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let high = *sorted.get(sorted.len() / 2)?;
        let low = *sorted.get((sorted.len() - 1) / 2)?;
        Some(Self {
            median: f64::midpoint(low, high),
            min,
            max,
            count: sorted.len(),
        })
    }
}

/// The spread of `product / ceiling`, pair by pair; `None` when the slices do not pair up or a ceiling did nothing.
#[must_use]
pub fn of_pairs(ceiling: &[f64], product: &[f64]) -> Option<Spread> {
    if ceiling.len() != product.len() {
        return None;
    }
    let ratios: Vec<f64> = ceiling
        .iter()
        .zip(product)
        .map(|(ceiling, product)| product / ceiling)
        .collect();
    Spread::of(&ratios)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_odd_number_is_the_middle_and_of_an_even_one_the_mean_of_two() {
        assert_eq!(Spread::of(&[3.0, 1.0, 2.0]).unwrap().median, 2.0);
        assert_eq!(Spread::of(&[4.0, 1.0, 2.0, 3.0]).unwrap().median, 2.5);
        let one = Spread::of(&[7.0]).unwrap();
        assert_eq!((one.median, one.min, one.max, one.count), (7.0, 7.0, 7.0, 1));
    }

    #[test]
    fn one_disturbed_slice_does_not_move_the_ratio() {
        let ceiling = [100.0, 100.0, 100.0, 100.0, 100.0];
        let product = [70.0, 70.0, 3.0, 70.0, 71.0];
        let ratio = of_pairs(&ceiling, &product).unwrap();
        assert_eq!(ratio.median, 0.7);
        assert_eq!((ratio.min, ratio.max), (0.03, 0.71));
    }

    #[test]
    fn ratios_are_taken_pair_by_pair_and_not_of_medians() {
        // The machine slows down during the run: each pair still says one half.
        let ratio = of_pairs(&[100.0, 80.0, 60.0], &[50.0, 40.0, 30.0]).unwrap();
        assert_eq!((ratio.median, ratio.min, ratio.max), (0.5, 0.5, 0.5));
    }

    #[test]
    fn what_does_not_pair_up_or_did_nothing_has_no_ratio() {
        assert_eq!(of_pairs(&[1.0], &[1.0, 2.0]), None);
        assert_eq!(of_pairs(&[0.0], &[1.0]), None);
        assert_eq!(of_pairs(&[], &[]), None);
    }
}
