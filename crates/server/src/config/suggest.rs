//! The nearest known name to a misspelt one.

/// The candidate that `written` most likely meant; `None` when none is near enough to be more than a guess.
#[must_use]
pub(super) fn nearest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = written.to_lowercase().replace('-', "_");
    let length = lower.chars().count();
    if length > 64 {
        return None;
    }
    candidates
        .into_iter()
        .map(|candidate| (distance(&lower, &candidate.to_lowercase().replace('-', "_")), candidate))
        .filter(|(distance, candidate)| *distance <= (length.max(candidate.chars().count()) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// "did you mean X?", or the whole short list.
#[must_use]
pub(super) fn fix<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str> + Clone) -> Option<String> {
    if let Some(near) = nearest(written, candidates.clone()) {
        return Some(format!("did you mean \"{near}\"?"));
    }
    let known: Vec<&str> = candidates.into_iter().collect();
    (1..=16)
        .contains(&known.len())
        .then(|| format!("known here: {}", known.join(", ")))
}

/// Edit distance with neighbouring letters swapped counted as one (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut previous = None;
    for (row, x) in a.chars().enumerate() {
        let mut next = vec![row + 1];
        for (column, y) in b.iter().enumerate() {
            let at = |cells: &[usize], index: usize| cells.get(index).copied().unwrap_or(usize::MAX - 1);
            let replaced = at(&last, column) + usize::from(x != *y);
            let mut best = replaced.min(at(&last, column + 1) + 1).min(at(&next, column) + 1);
            let swapped = column > 0 && previous == Some(*y) && b.get(column - 1) == Some(&x);
            if swapped {
                best = best.min(at(&before, column - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut last, next);
        previous = Some(x);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_letters_and_swaps() {
        for (a, b, expected) in [
            ("", "", 0),
            ("abc", "", 3),
            ("lifetim", "lifetime", 1),
            ("lfietime", "lifetime", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn only_a_near_name_is_suggested() {
        let known = ["lifetime", "format", "prefix"];
        assert_eq!(nearest("life_time", known), Some("lifetime"));
        assert_eq!(nearest("Format", known), Some("format"));
        assert_eq!(nearest("audience", known), None);
    }
}
