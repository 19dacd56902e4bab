//! The proofs that were used, for as long as they could be used again: a bounded number of them, of which one client has half at
//! most. Must not know what a proof is.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// How many proofs are remembered, if nobody says otherwise.
pub(crate) const SIZE: usize = 100_000;
/// A proof is remembered for this long, in milliseconds.
const KEPT: i64 = super::proof::WINDOW * 1000;
/// What ends later than this from now, in milliseconds, is of a clock that was wrong: no token of that time is good.
const FAR: i64 = 86_400_000;

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
    /// The client of each, in the order of their ends, in milliseconds since 1970. A clock that was set back makes no end
    /// earlier: the proof would pass again.
    order: BTreeMap<(i64, Name), Arc<str>>,
}

impl Seen {
    pub(crate) fn new(size: usize) -> Self {
        Self {
            size,
            names: HashSet::new(),
            clients: HashMap::new(),
            order: BTreeMap::new(),
        }
    }

    /// Takes a proof of a client; `false` when it was taken before. Where there is no room it refuses rather than forgets.
    pub(crate) fn take(&mut self, name: Name, client: &str, now: i64) -> Result<bool, Full> {
        while let Some(first) = self.order.first_entry().filter(|first| first.key().0 <= now) {
            let ended = first.remove_entry();
            self.forget(ended);
        }
        let far = now.saturating_add(FAR);
        while let Some(last) = self.order.last_entry().filter(|last| last.key().0 > far) {
            let wrong = last.remove_entry();
            self.forget(wrong);
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
        self.order.insert((now.saturating_add(KEPT), name), client);
        Ok(true)
    }

    fn forget(&mut self, ((_, name), client): ((i64, Name), Arc<str>)) {
        self.names.remove(&name);
        if let Some(count) = self.clients.get_mut(&client) {
            *count -= 1;
            if *count == 0 {
                self.clients.remove(&client);
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
    fn a_clock_that_is_set_back_makes_no_end_earlier_and_what_ends_first_goes_first() {
        let mut seen = Seen::new(4);
        let hour = 3_600_000;
        assert_eq!(seen.take(name(0), "one", hour), Ok(true));
        assert_eq!(seen.take(name(1), "other", hour), Ok(true));
        assert_eq!(seen.take(name(0), "one", 0), Ok(false));
        assert_eq!(seen.take(name(2), "third", 0), Ok(true));
        assert_eq!(seen.take(name(3), "third", 1), Ok(true));
        assert_eq!(seen.take(name(4), "fourth", KEPT - 1), Err(Full));
        assert_eq!(seen.take(name(4), "fourth", KEPT), Ok(true));
        assert_eq!(seen.take(name(1), "other", hour + KEPT - 1), Ok(false));
        assert_eq!(seen.take(name(1), "other", hour + KEPT), Ok(true));
        assert_eq!((seen.names.len(), seen.clients.len(), seen.order.len()), (1, 1, 1));
    }

    #[test]
    fn what_a_clock_left_that_was_wrong_by_more_than_a_day_takes_no_room() {
        let mut seen = Seen::new(2);
        assert_eq!(seen.take(name(0), "one", FAR), Ok(true));
        assert_eq!(seen.take(name(1), "other", FAR), Ok(true));
        assert_eq!(seen.take(name(2), "third", KEPT), Err(Full));
        assert_eq!(seen.take(name(2), "third", KEPT - 1), Ok(true));
        assert_eq!((seen.names.len(), seen.clients.len(), seen.order.len()), (1, 1, 1));
    }
}
