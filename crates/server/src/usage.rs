//! Uses of permissions on their way to the store: counted in memory, where many become one row, and written in batches.
//! What was not written yet is lost in a crash, and nothing but a list for people depends on it. It must not know who
//! may count.

mod done;

use crate::ambient::Clock;
use crate::batches::Batches;
use done::Done;
use grantd_core::change::Write;
use grantd_core::realm::Realm;
use grantd_core::record::{Holder, UseRecord};
use grantd_core::tightening::Tightening;
use grantd_protocol::id::GrantId;
use grantd_protocol::{Entropy, ScopeSet, Seconds, Timestamp};
use grantd_store::{CommitError, Store};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Rows that wait at the same time, at most; what would need another one is not counted.
const MOST_WAITING: usize = 20_000;
/// Rows of one change.
const BATCH: usize = 500;
/// How long what was done with grants waits: there are as many of them as users times applications, and what a user reads of
/// their own may be so old on another server.
const GRANTS_WAIT: Seconds = Seconds(15 * 60);

/// A realm's name, and the id of a client there.
type Client = (Arc<str>, Arc<str>);
type Key = (Arc<str>, Holder, Option<Arc<str>>);

/// What is written at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flush {
    /// What is due.
    Due,
    /// Everything: nothing comes after it.
    Everything,
}

/// The counters.
#[derive(Default)]
pub struct Usage {
    waiting: Mutex<HashMap<Key, UseRecord>>,
    grants: Mutex<Done>,
    /// What clients asked for by name, in realms that try out to take away what is not used.
    asked: Mutex<HashMap<Client, ScopeSet>>,
    /// Held while a batch is on its way, so that the last flush of all waits for the one before.
    flushing: tokio::sync::Mutex<()>,
}

impl Usage {
    /// Counts one use of each of these permissions.
    pub fn count(&self, realm: &Arc<str>, holder: &Holder, permissions: Vec<Arc<str>>, now: Timestamp) {
        for permission in permissions {
            self.add(once(realm, holder, Some(permission), now));
        }
    }

    /// Counts what a client would break if it were enforced.
    pub fn found(&self, realm: &Arc<str>, client_id: &Arc<str>, broken: &[Tightening], now: Timestamp) {
        let holder = Holder::Breaks(Arc::clone(client_id));
        for rule in broken {
            self.add(once(realm, &holder, Some(rule.as_str().into()), now));
        }
    }

    /// Notes what a client asked for by name and got, where the realm tries out to take away what is not used.
    pub fn asked(&self, realm: &Realm, client_id: &Arc<str>, scope: &ScopeSet) {
        if !realm.tightenings.reports(Tightening::UnusedPermissions) {
            return;
        }
        let key = (Arc::clone(&realm.name), Arc::clone(client_id));
        let mut asked = lock(&self.asked);
        if asked.len() < MOST_WAITING || asked.contains_key(&key) {
            let known = asked.entry(key).or_insert_with(ScopeSet::empty);
            *known = known.union(scope);
        }
    }

    /// What each client of this realm asked for or used since the last time, before the store knows of it.
    pub fn tried(&self, realm: &str) -> Vec<(Arc<str>, ScopeSet)> {
        let mut tried: HashMap<Arc<str>, ScopeSet> = HashMap::new();
        lock(&self.asked).retain(|(of, client_id), scope| {
            let elsewhere = **of != *realm;
            if !elsewhere {
                tried.insert(Arc::clone(client_id), scope.clone());
            }
            elsewhere
        });
        for row in self.waiting().values().filter(|row| *row.realm == *realm) {
            if let (Holder::Client(client_id), Some(permission)) = (&row.holder, &row.permission) {
                let used = tried.entry(Arc::clone(client_id)).or_insert_with(ScopeSet::empty);
                *used = used.union(&std::iter::once(&**permission).collect());
            }
        }
        tried.into_iter().collect()
    }

    /// Counts several uses of one permission, which somebody else added up.
    pub fn report(&self, realm: &Arc<str>, holder: &Holder, permission: Arc<str>, count: u64, now: Timestamp) {
        let count = UseRecord {
            count,
            ..once(realm, holder, Some(permission), now)
        };
        self.add(count);
    }

    /// Counts that a credential was seen, whatever for.
    pub fn seen(&self, realm: &Arc<str>, holder: &Holder, now: Timestamp) {
        self.add(once(realm, holder, None, now));
    }

    /// Notes what a client did with what a user allowed it.
    pub fn done(&self, realm: &Arc<str>, grant: GrantId, permissions: &[Arc<str>], now: Timestamp) {
        let (mut done, holder) = (lock(&self.grants), Holder::Grant(grant));
        for permission in permissions {
            done.add(grant, once(realm, &holder, Some(Arc::clone(permission)), now));
        }
    }

    /// What was done with a grant, as far as the store does not know of it yet.
    pub fn done_lately(&self, realm: &str, grant: GrantId) -> Vec<UseRecord> {
        let done = lock(&self.grants);
        let of_it = done.of.get(&grant).into_iter().flat_map(HashMap::values);
        of_it.filter(|row| *row.realm == *realm).cloned().collect()
    }

    /// Writes what waits; what was done with grants only now and then, where `how` does not ask for it. What cannot be
    /// written waits on.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn flush<S: Store>(
        &self,
        store: &S,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
        how: Flush,
    ) -> Result<(), CommitError> {
        let _turn = self.flushing.lock().await;
        let mut rows: Vec<UseRecord> = self.waiting().drain().map(|(_, row)| row).collect();
        rows.extend(self.due(clock.now(), how));
        let batches = Batches {
            store,
            clock,
            entropy,
            size: BATCH,
        };
        batches.write(rows, Write::CountUses).await.map_err(|(fault, left)| {
            left.into_iter().for_each(|row| self.add(row));
            fault
        })
    }

    /// What was done with grants, if it is time to write it. Before that, where half of the place is taken, one change of it: what
    /// was not heard of for longest.
    fn due(&self, now: Timestamp, how: Flush) -> Vec<UseRecord> {
        let mut done = lock(&self.grants);
        let dropped = std::mem::take(&mut done.dropped);
        if dropped > 0 {
            tracing::warn!(dropped, "uses of grants found no place to wait and are not counted");
        }
        if how == Flush::Everything || done.since <= now.minus(GRANTS_WAIT) {
            done.since = if done.rows == 0 { done.since } else { now };
            return done.take_all();
        }
        if done.rows >= MOST_WAITING / 2 {
            return done.take_oldest();
        }
        Vec::new()
    }

    fn add(&self, more: UseRecord) {
        match more.holder {
            Holder::Grant(grant) => lock(&self.grants).add(grant, more),
            _ => add(&mut self.waiting(), more),
        }
    }

    /// A panic elsewhere while the lock was held cannot have left half a row.
    fn waiting(&self) -> MutexGuard<'_, HashMap<Key, UseRecord>> {
        lock(&self.waiting)
    }
}

/// Adds to what waits, as far as there is place.
fn add(waiting: &mut HashMap<Key, UseRecord>, more: UseRecord) {
    let key = (Arc::clone(&more.realm), more.holder.clone(), more.permission.clone());
    let is_full = waiting.len() >= MOST_WAITING;
    match waiting.entry(key) {
        Entry::Occupied(mut place) => merge(place.get_mut(), &more),
        Entry::Vacant(place) if !is_full => {
            place.insert(more);
        }
        Entry::Vacant(_) => {}
    }
}

fn merge(row: &mut UseRecord, more: &UseRecord) {
    row.count = row.count.saturating_add(more.count);
    row.first_used_at = row.first_used_at.min(more.first_used_at);
    row.last_used_at = row.last_used_at.max(more.last_used_at);
}

fn lock<T>(counted: &Mutex<T>) -> MutexGuard<'_, T> {
    counted.lock().unwrap_or_else(PoisonError::into_inner)
}

fn once(realm: &Arc<str>, holder: &Holder, permission: Option<Arc<str>>, now: Timestamp) -> UseRecord {
    UseRecord {
        realm: Arc::clone(realm),
        holder: holder.clone(),
        permission,
        count: 1,
        first_used_at: now,
        last_used_at: now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::{ManualClock, SystemClock};
    use grantd_core::change::Change;
    use grantd_core::record::{ApiKeyRecord, GrantRecord};
    use grantd_protocol::SecretHash;
    use grantd_protocol::entropy::counted::Counted;
    use grantd_protocol::id::{ApiKeyId, ChangeId};
    use grantd_store::memory::MemoryStore;

    const REALM: &str = "main";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_secs(second)
    }

    /// A store with a key, by which uses are counted.
    async fn keyed(entropy: &Counted) -> (MemoryStore, Holder) {
        let store = MemoryStore::new();
        let id = ApiKeyId::draw(at(1), entropy);
        let row = ApiKeyRecord {
            id,
            realm: REALM.into(),
            version: 1,
            hash: SecretHash::of(b"secret"),
            last_four: "cret".to_owned(),
            tenant: None,
            name: "reporting".into(),
            scope: ScopeSet::empty(),
            created_by: "cli".to_owned(),
            role: None,
            created_at: at(1),
            expires_at: None,
            ended_at: None,
        };
        let write = vec![Write::InsertApiKey(Box::new(row))];
        store
            .commit(Change::new(ChangeId::draw(at(1), entropy), write))
            .await
            .unwrap();
        (store, Holder::ApiKey(id))
    }

    #[tokio::test]
    async fn uses_become_one_row_and_are_written_once() {
        let entropy = Counted::default();
        let (store, holder) = keyed(&entropy).await;
        let usage = Usage::default();
        for second in [5, 3, 9] {
            usage.seen(&REALM.into(), &holder, at(second));
            usage.count(&REALM.into(), &holder, vec!["invoices:read".into()], at(second));
        }
        for _ in 0..2 {
            usage.flush(&store, &SystemClock, &entropy, Flush::Due).await.unwrap();
            let rows = store.uses(REALM, &holder).await.unwrap();
            let rows: Vec<_> = rows
                .iter()
                .map(|row| {
                    (
                        row.permission.as_deref(),
                        row.count,
                        row.first_used_at,
                        row.last_used_at,
                    )
                })
                .collect();
            let expected = [(None, 3, at(3), at(9)), (Some("invoices:read"), 3, at(3), at(9))];
            assert_eq!(rows, expected);
        }
    }

    /// A store with a grant.
    async fn granted(entropy: &Counted) -> (MemoryStore, GrantId) {
        let store = MemoryStore::new();
        let id = GrantId::draw(at(1), entropy);
        let row = GrantRecord {
            id,
            realm: REALM.into(),
            version: 1,
            user: "ada".into(),
            client_id: "app".into(),
            tenant: None,
            scope: ScopeSet::empty(),
            resource: "".into(),
            redirect_uri: "https://app.example/".into(),
            created_at: at(1),
            updated_at: at(1),
            expires_at: None,
            session: None,
            ended_at: None,
        };
        let write = vec![Write::InsertGrant(Box::new(row))];
        store
            .commit(Change::new(ChangeId::draw(at(1), entropy), write))
            .await
            .unwrap();
        (store, id)
    }

    #[tokio::test]
    async fn what_is_done_with_a_grant_is_known_here_at_once_and_written_now_and_then() {
        let entropy = Counted::default();
        let (store, grant) = granted(&entropy).await;
        let (usage, clock) = (Usage::default(), ManualClock::at(at(10_000)));
        let written = async |how| {
            usage.flush(&store, &clock, &entropy, how).await.unwrap();
            let rows = store.uses(REALM, &Holder::Grant(grant)).await.unwrap();
            rows.iter().map(|row| (row.count, row.last_used_at)).collect::<Vec<_>>()
        };
        let done = |second| usage.done(&REALM.into(), grant, &["invoices:read".into()], at(second));
        done(9_998);
        done(9_999);
        assert_eq!(
            usage.done_lately(REALM, grant).first().map(|row| row.last_used_at),
            Some(at(9_999))
        );
        assert!(usage.done_lately("other", grant).is_empty());
        assert_eq!(
            written(Flush::Due).await,
            [(2, at(9_999))],
            "nothing was written for long"
        );
        done(10_001);
        assert_eq!(written(Flush::Due).await, [(2, at(9_999))]);
        assert_eq!(usage.done_lately(REALM, grant).len(), 1);
        clock.advance(GRANTS_WAIT);
        assert_eq!(written(Flush::Due).await, [(3, at(10_001))]);
        assert!(usage.done_lately(REALM, grant).is_empty());
        done(10_002);
        assert_eq!(written(Flush::Everything).await, [(4, at(10_002))], "the server stops");
    }

    #[test]
    fn no_more_rows_wait_than_there_is_place_for() {
        let usage = Usage::default();
        let holder = Holder::Client("ledger".into());
        let names = (0..MOST_WAITING + 10).map(|n| Arc::from(format!("p:{n}")));
        usage.count(&REALM.into(), &holder, names.collect(), at(1));
        assert_eq!(usage.waiting().len(), MOST_WAITING);
        // What waits already is counted all the same.
        usage.count(&REALM.into(), &holder, vec!["p:1".into()], at(2));
        let key = (Arc::from(REALM), holder, Some(Arc::from("p:1")));
        assert_eq!(usage.waiting().get(&key).unwrap().count, 2);
    }
}
