//! A map that forgets: every entry has an end, and there is a most of them.

use std::borrow::Borrow;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// Keeps values until their time, and no more than `most` of them.
pub(crate) struct BoundedMap<K, V> {
    most: usize,
    entries: HashMap<K, Entry<V>>,
    /// In the order in which they were put. One that was put again is there twice, with another serial.
    order: VecDeque<(K, u64)>,
    serial: u64,
}

struct Entry<V> {
    value: V,
    until: i64,
    serial: u64,
}

impl<K: Eq + Hash + Clone, V: Clone> BoundedMap<K, V> {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            entries: HashMap::new(),
            order: VecDeque::new(),
            serial: 0,
        }
    }

    /// The value, if it has not ended at `now`.
    pub(crate) fn get<Q>(&mut self, key: &Q, now: i64) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let entry = self.entries.get(key)?;
        if now < entry.until {
            return Some(entry.value.clone());
        }
        self.entries.remove(key);
        None
    }

    /// Keeps a value until `until`; the one that was put first makes room where there is none.
    pub(crate) fn put(&mut self, key: K, value: V, until: i64) {
        self.serial += 1;
        let serial = self.serial;
        self.entries.insert(key.clone(), Entry { value, until, serial });
        self.order.push_back((key, serial));
        while self.entries.len() > self.most {
            self.drop_oldest();
        }
        // What was put again or has ended leaves its place in the order behind.
        if self.order.len() > 2 * self.most + 16 {
            let entries = &self.entries;
            let is_current = |(key, serial): &(K, u64)| entries.get(key).is_some_and(|entry| entry.serial == *serial);
            self.order.retain(is_current);
        }
    }

    fn drop_oldest(&mut self) {
        let Some((key, serial)) = self.order.pop_front() else {
            self.entries.clear();
            return;
        };
        if self.entries.get(&key).is_some_and(|entry| entry.serial == serial) {
            self.entries.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_forgets_at_the_end_and_when_it_is_full() {
        let mut map = BoundedMap::new(100);
        for entry in 0..110 {
            map.put(entry, entry, 1);
        }
        assert_eq!(map.entries.len(), 100);
        assert_eq!(
            (map.get(&9, 0), map.get(&10, 0), map.get(&10, 1)),
            (None, Some(10), None)
        );
    }

    #[test]
    fn putting_again_neither_drops_the_new_value_nor_grows_the_map() {
        let mut map = BoundedMap::new(2);
        for round in 0..1000 {
            map.put("a", round, 1);
        }
        map.put("b", 1, 1);
        assert_eq!((map.get(&"a", 0), map.get(&"b", 0)), (Some(999), Some(1)));
        assert!(map.order.len() <= 20);
    }
}
