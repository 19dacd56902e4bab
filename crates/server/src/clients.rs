//! Client records in memory: parsed once, shared, and at most one second stale. They are no guard of any change
//! (what they say may have been true a second ago), so a deleted client's last second is the only price.
//!
//! A record is as good as it was a moment ago as long as the store's notes of changes are read and none is about it. Only
//! where they are not, or where one may have passed while the record was on its way here, is it read again.

use grantd_core::record::ClientRecord;
use grantd_protocol::{Seconds, Timestamp};
use grantd_store::{Read, Store};
use quick_cache::Equivalent;
use quick_cache::sync::Cache;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

/// How old an answer may be.
const FRESH: Seconds = Seconds(1);
/// Clients that are remembered at the same time, at most.
const CAPACITY: usize = 20_000;

/// A client of a realm. Its hash must be that of [`Asked`].
#[derive(PartialEq, Eq, Hash)]
struct Key {
    realm: Arc<str>,
    client_id: Box<str>,
}

/// The same to look up with, borrowed: a hit allocates nothing.
#[derive(Hash)]
struct Asked<'a> {
    realm: &'a str,
    client_id: &'a str,
}

impl Equivalent<Key> for Asked<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        *self.client_id == *key.client_id && *self.realm == *key.realm
    }
}

struct Entry {
    record: Arc<ClientRecord>,
    read_at: Timestamp,
    /// Whether a note about it could not have been missed: it was here before the next one was told.
    is_followed: AtomicBool,
}

/// The cache of all realms.
pub struct ClientCache {
    entries: Cache<Key, Arc<Entry>>,
    /// Counts what was forgotten, before it is.
    forgotten: AtomicU64,
    /// When everything that had changed was known here, in milliseconds; before 1970 while it never was.
    followed_at: AtomicI64,
}

impl Default for ClientCache {
    fn default() -> Self {
        Self {
            entries: Cache::new(CAPACITY),
            forgotten: AtomicU64::new(0),
            followed_at: AtomicI64::new(i64::MIN),
        }
    }
}

impl ClientCache {
    /// The client, from memory or from the store. Absence is never remembered: nobody can fill the cache with ids
    /// that do not exist, and a new client works at once.
    ///
    /// # Errors
    /// When the store must be asked and does not answer.
    pub async fn get<S: Store>(
        &self,
        store: &S,
        realm: &Arc<str>,
        client_id: &str,
        now: Timestamp,
    ) -> Read<Option<Arc<ClientRecord>>> {
        let asked = Asked { realm, client_id };
        if let Some(entry) = self.entries.get(&asked)
            && self.is_fresh(&entry, now)
        {
            return Ok(Some(Arc::clone(&entry.record)));
        }
        let before = self.forgotten.load(Ordering::SeqCst);
        let Some(record) = store.client(realm, client_id).await?.map(Arc::new) else {
            self.entries.remove(&asked);
            return Ok(None);
        };
        Ok(Some(self.keep(realm, client_id, record, now, before)))
    }

    /// Keeps what was read at `read_at` or later. `before` is how much had been forgotten by then.
    fn keep(
        &self,
        realm: &Arc<str>,
        client_id: &str,
        record: Arc<ClientRecord>,
        read_at: Timestamp,
        before: u64,
    ) -> Arc<ClientRecord> {
        let entry = Arc::new(Entry {
            record: Arc::clone(&record),
            read_at,
            is_followed: AtomicBool::new(false),
        });
        let key = Key {
            realm: Arc::clone(realm),
            client_id: client_id.into(),
        };
        self.entries.insert(key, Arc::clone(&entry));
        // Whoever forgets counts first. If nobody has until now, whoever does later finds the entry and removes it.
        if self.forgotten.load(Ordering::SeqCst) == before {
            entry.is_followed.store(true, Ordering::SeqCst);
        }
        record
    }

    /// Forgets a client that this process changed, or of which a note tells.
    pub fn forget(&self, realm: &Arc<str>, client_id: &str) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.entries.remove(&Asked { realm, client_id });
    }

    /// Forgets everything: notes may have been missed.
    pub fn forget_all(&self) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.entries.clear();
    }

    /// Every note of what had changed by `at` was told.
    pub fn is_followed_until(&self, at: Timestamp) {
        self.followed_at.store(at.millis(), Ordering::SeqCst);
    }

    fn is_fresh(&self, entry: &Entry, now: Timestamp) -> bool {
        let is_recent = |known_at: Timestamp| known_at <= now && now < known_at.plus(FRESH);
        is_recent(entry.read_at)
            || (entry.is_followed.load(Ordering::SeqCst)
                && is_recent(Timestamp::from_millis(self.followed_at.load(Ordering::SeqCst))))
    }
}

#[cfg(test)]
mod tests;
