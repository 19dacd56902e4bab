//! Client records in memory: parsed once, shared, and at most one second stale. They are no guard of any change
//! (what they say may have been true a second ago), so a deleted client's last second is the only price.

use grantd_core::record::ClientRecord;
use grantd_protocol::{Seconds, Timestamp};
use grantd_store::{Read, Store};
use quick_cache::Equivalent;
use quick_cache::sync::Cache;
use std::sync::Arc;

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

#[derive(Clone)]
struct Entry {
    record: Arc<ClientRecord>,
    read_at: Timestamp,
}

/// The cache of all realms.
pub struct ClientCache {
    entries: Cache<Key, Entry>,
}

impl Default for ClientCache {
    fn default() -> Self {
        Self {
            entries: Cache::new(CAPACITY),
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
            && entry.read_at <= now
            && now < entry.read_at.plus(FRESH)
        {
            return Ok(Some(entry.record));
        }
        let Some(record) = store.client(realm, client_id).await?.map(Arc::new) else {
            self.entries.remove(&asked);
            return Ok(None);
        };
        self.entries.insert(
            Key {
                realm: Arc::clone(realm),
                client_id: client_id.into(),
            },
            Entry {
                record: Arc::clone(&record),
                read_at: now,
            },
        );
        Ok(Some(record))
    }

    /// Forgets a client that this process changed.
    pub fn forget(&self, realm: &Arc<str>, client_id: &str) {
        self.entries.remove(&Asked { realm, client_id });
    }
}
