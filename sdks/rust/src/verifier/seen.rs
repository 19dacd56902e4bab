//! The proofs that were used, for as long as they could be used again: a bounded number of them, of which one client has half at
//! most. Must not know what a proof is.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

/// How many proofs are remembered, if nobody says otherwise.
pub(crate) const SIZE: usize = 100_000;
/// A proof is remembered for this long, in milliseconds.
const KEPT: i64 = super::proof::WINDOW * 1000;
/// What threads may differ in what time it is, in milliseconds. More than this is a clock that was set back.
const JITTER: i64 = 1_000;

/// A proof, named by a hash.
type Name = [u8; 32];

/// What there is no room for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

pub(crate) struct Seen {
    size: usize,
    names: HashSet<Name>,
    /// How many each client has.
    clients: HashMap<Arc<str>, usize>,
    /// In the order of their ends.
    order: VecDeque<Used>,
}

struct Used {
    until: i64,
    name: Name,
    client: Arc<str>,
}

impl Seen {
    pub(crate) fn new(size: usize) -> Self {
        Self {
            size,
            names: HashSet::new(),
            clients: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    /// Takes a proof of a client; `false` when it was taken before. Where there is no room it refuses rather than forgets.
    pub(crate) fn take(&mut self, name: Name, client: &str, now: i64) -> Result<bool, Full> {
        self.follow(now);
        while self.order.front().is_some_and(|used| used.until <= now) {
            self.drop_first();
        }
        if self.names.contains(&name) {
            return Ok(false);
        }
        let known = self.clients.get_key_value(client);
        let held = known.map_or(0, |(_, count)| *count);
        if self.order.len() >= self.size || held >= self.size / 2 {
            return Err(Full);
        }
        let client = known.map_or_else(|| Arc::from(client), |(client, _)| Arc::clone(client));
        *self.clients.entry(Arc::clone(&client)).or_default() += 1;
        self.names.insert(name);
        // Never before the one in front of it, whatever this thread takes for the time.
        let last = self.order.back().map_or(i64::MIN, |used| used.until);
        let until = now.saturating_add(KEPT).max(last);
        self.order.push_back(Used { until, name, client });
        Ok(true)
    }

    /// After the clock was set back everything ends as if it were taken now: nothing may stay for as long as the clock was
    /// wrong by.
    fn follow(&mut self, now: i64) {
        let latest = now.saturating_add(KEPT);
        if self.order.back().is_some_and(|used| used.until > latest + JITTER) {
            for used in &mut self.order {
                used.until = used.until.min(latest);
            }
        }
    }

    fn drop_first(&mut self) {
        let Some(used) = self.order.pop_front() else { return };
        self.names.remove(&used.name);
        if let Some(count) = self.clients.get_mut(&used.client) {
            *count -= 1;
            if *count == 0 {
                self.clients.remove(&used.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(number: usize) -> Name {
        grantd_jose::sha256(&number.to_be_bytes())
    }

    #[test]
    fn a_client_has_half_of_the_room_and_what_has_ended_makes_some() {
        let mut seen = Seen::new(10);
        for number in 0..5 {
            assert_eq!(seen.take(name(number), "one", 0), Ok(true));
        }
        assert_eq!(seen.take(name(5), "one", 0), Err(Full));
        assert_eq!(
            seen.take(name(4), "one", 0),
            Ok(false),
            "that it was taken is known still"
        );
        for number in 10..15 {
            assert_eq!(seen.take(name(number), "other", 1), Ok(true));
        }
        assert_eq!(seen.take(name(20), "third", KEPT - 1), Err(Full));
        assert_eq!(seen.take(name(20), "third", KEPT), Ok(true));
        assert_eq!((seen.names.len(), seen.clients.len(), seen.order.len()), (6, 2, 6));
        assert_eq!(seen.take(name(0), "one", KEPT), Ok(true));
    }

    #[test]
    fn a_clock_that_is_set_back_keeps_the_room_no_longer_than_a_proof_lasts() {
        let mut seen = Seen::new(2);
        let (day, back) = (86_400_000, 0);
        assert_eq!(seen.take(name(0), "one", day), Ok(true));
        assert_eq!(seen.take(name(1), "other", day), Ok(true));
        assert_eq!(seen.take(name(2), "third", back), Err(Full));
        assert_eq!(seen.take(name(0), "one", back + KEPT - 1), Ok(false));
        assert_eq!(seen.take(name(2), "third", back + KEPT), Ok(true));
    }
}
