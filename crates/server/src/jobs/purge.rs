//! Removes rows whose time is over, kind by kind, in small batches with pauses, so that the database's size follows
//! what is alive and requests never wait behind a long deletion.

use super::Job;
use crate::ambient::Clock;
use crate::metrics::Metrics;
use grantd_core::change::{Change, PurgeKind, Write};
use grantd_protocol::id::ChangeId;
use grantd_protocol::{Entropy, Seconds, Timestamp};
use grantd_store::{CommitError, Store};
use std::sync::Arc;
use std::time::Duration;

/// How it purges.
#[derive(Clone, Copy, Debug)]
pub struct PurgeSettings {
    /// Rows of one batch.
    pub batch: u32,
    /// The pause between two batches.
    pub pause: Duration,
    /// How long rows stay after their end: clocks of several nodes differ a little.
    pub grace: Seconds,
    /// How long the notes for caches stay: longer than a node may be cut off from the store and still believe its
    /// caches.
    pub keep_notes: Seconds,
    /// How long sessions stay after their end: as long as a refresh token can live without being used. A session that
    /// was logged out and is gone could no longer keep its refresh tokens dead.
    pub keep_sessions: Seconds,
    /// How long API keys stay after their end, so that a list says what became of them.
    pub keep_api_keys: Seconds,
    /// How long developers read of refused requests.
    pub keep_refused: Seconds,
}

impl Default for PurgeSettings {
    fn default() -> Self {
        Self {
            batch: 500,
            pause: Duration::from_millis(20),
            grace: Seconds(60),
            keep_notes: Seconds(3600),
            keep_sessions: Seconds(30 * 24 * 3600),
            keep_api_keys: Seconds(30 * 24 * 3600),
            keep_refused: Seconds(7 * 24 * 3600),
        }
    }
}

/// The job.
pub struct Purge<S> {
    /// Where rows are removed.
    pub store: Arc<S>,
    /// How.
    pub settings: PurgeSettings,
    /// Says what is over.
    pub clock: Arc<dyn Clock>,
    /// For the ids of the changes.
    pub entropy: Arc<dyn Entropy>,
    /// Counts what was removed.
    pub metrics: Arc<Metrics>,
}

impl<S: Store> Job for Purge<S> {
    const NAME: &'static str = "purge";
    type Fault = CommitError;

    /// Removes everything that is over, of every kind.
    async fn tick(&mut self) -> Result<(), CommitError> {
        for kind in PurgeKind::ALL {
            self.purge(*kind).await?;
        }
        Ok(())
    }
}

impl<S: Store> Purge<S> {
    async fn purge(&self, kind: PurgeKind) -> Result<(), CommitError> {
        // Taken once: rows that end while the job runs are for the next time.
        let before = self.horizon(kind);
        loop {
            let removed = self.batch(kind, before).await?;
            if removed > 0 {
                self.metrics.purged(name(kind), removed);
            }
            if removed < u64::from(self.settings.batch) {
                return Ok(());
            }
            tokio::time::sleep(self.settings.pause).await;
        }
    }

    async fn batch(&self, kind: PurgeKind, before: Timestamp) -> Result<u64, CommitError> {
        let id = ChangeId::draw(self.clock.now(), &*self.entropy);
        let limit = self.settings.batch;
        let purge = Write::Purge { kind, before, limit };
        self.store.commit(Change::new(id, vec![purge])).await
    }

    fn horizon(&self, kind: PurgeKind) -> Timestamp {
        let kept = match kind {
            PurgeKind::Applied => self.settings.keep_notes,
            PurgeKind::Session => self.settings.keep_sessions,
            // What is over stays in lists for as long.
            PurgeKind::ApiKey | PurgeKind::Delivery => self.settings.keep_api_keys,
            PurgeKind::Refused | PurgeKind::RefusalCount => self.settings.keep_refused,
            PurgeKind::Access
            | PurgeKind::Code
            | PurgeKind::Device
            | PurgeKind::Family
            | PurgeKind::SessionClient
            | PurgeKind::Grant
            | PurgeKind::Seen
            | PurgeKind::Idempotency
            | PurgeKind::Attempts => self.settings.grace,
        };
        self.clock.now().minus(kept)
    }
}

/// The label of a kind.
const fn name(kind: PurgeKind) -> &'static str {
    match kind {
        PurgeKind::Access => "access",
        PurgeKind::Code => "code",
        PurgeKind::Device => "device",
        PurgeKind::Family => "family",
        PurgeKind::Session => "session",
        PurgeKind::SessionClient => "session_client",
        PurgeKind::Delivery => "delivery",
        PurgeKind::Grant => "grant",
        PurgeKind::Seen => "seen",
        PurgeKind::Attempts => "attempts",
        PurgeKind::Idempotency => "idempotency",
        PurgeKind::ApiKey => "api_key",
        PurgeKind::Refused => "refused",
        PurgeKind::RefusalCount => "refusal_count",
        PurgeKind::Applied => "note",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::{ManualClock, SystemEntropy};
    use grantd_core::change::CounterKey;
    use grantd_core::record::AccessRecord;
    use grantd_protocol::ScopeSet;
    use grantd_protocol::id::AccessId;
    use grantd_store::AccessFilter;
    use grantd_store::memory::MemoryStore;

    const START: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn purge(batch: u32) -> (Purge<MemoryStore>, ManualClock) {
        let clock = ManualClock::at(START);
        let settings = PurgeSettings {
            batch,
            pause: Duration::ZERO,
            ..PurgeSettings::default()
        };
        let purge = Purge {
            store: Arc::new(MemoryStore::new()),
            settings,
            clock: Arc::new(clock.clone()),
            entropy: Arc::new(SystemEntropy),
            metrics: Arc::new(Metrics::new()),
        };
        (purge, clock)
    }

    fn token(expires_at: Timestamp) -> Write {
        Write::InsertAccess(Box::new(AccessRecord {
            id: AccessId::draw(START, &SystemEntropy),
            realm: "main".into(),
            hash: None,
            client_id: "app".into(),
            grant: None,
            family: None,
            subject: "app".into(),
            tenant: None,
            scope: ScopeSet::default(),
            audience: "".into(),
            issuer: "https://a.example".into(),
            issued_at: START,
            expires_at,
            ended_at: None,
            name: None,
            status: None,
            more: None,
            bound_to: None,
        }))
    }

    async fn commit(purge: &Purge<MemoryStore>, writes: Vec<Write>) {
        let id = ChangeId::draw(START, &SystemEntropy);
        purge.store.commit(Change::new(id, writes)).await.unwrap();
    }

    async fn tokens(purge: &Purge<MemoryStore>) -> usize {
        let all = AccessFilter::default();
        let page = purge.store.access_list("main", &all, None, 1000).await;
        page.unwrap().rows.len()
    }

    #[tokio::test]
    async fn what_expired_leaves_in_batches_and_what_is_alive_stays() {
        let (mut purge, clock) = purge(7);
        let old = (0..50).map(|_| token(START.plus(Seconds(600))));
        let new = (0..5).map(|_| token(START.plus(Seconds(6000))));
        commit(&purge, old.chain(new).collect()).await;
        purge.tick().await.unwrap();
        assert_eq!(tokens(&purge).await, 55);
        clock.advance(Seconds(600 + 61));
        purge.tick().await.unwrap();
        assert_eq!(tokens(&purge).await, 5);
        let text = purge.metrics.render();
        assert!(text.contains("grantd_rows_purged_total{kind=\"access\"} 50"), "{text}");
    }

    #[tokio::test]
    async fn rows_stay_for_the_grace() {
        let (mut purge, clock) = purge(100);
        commit(&purge, vec![token(START.plus(Seconds(600)))]).await;
        clock.advance(Seconds(600 + 59));
        purge.tick().await.unwrap();
        assert_eq!(tokens(&purge).await, 1);
    }

    #[tokio::test]
    async fn counters_are_purged_too() {
        let (mut purge, clock) = purge(100);
        let key = CounterKey([7; 32]);
        let counter = Write::SetAttempts {
            key,
            tat: START,
            expires_at: START.plus(Seconds(10)),
        };
        commit(&purge, vec![counter]).await;
        clock.advance(Seconds(100));
        purge.tick().await.unwrap();
        assert_eq!(purge.store.attempts(key).await.unwrap(), None);
    }
}
