//! Reads the store's notes of changed clients, users, tenants and keys, so that this process's caches forget what
//! another process, or the command line, changed. Must not know the caches.

use super::Job;
use crate::ambient::Clock;
use grantd_protocol::{Seconds, Timestamp};
use grantd_store::{CacheNote, Store, StoreFault};
use std::sync::Arc;

/// As many notes as the store gives at once.
const FULL: usize = 1000;

/// What a cache is told to forget.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Forget<'n> {
    /// One row.
    Row(&'n CacheNote),
    /// Everything: notes may have been missed.
    Everything,
    /// Nothing more: what had changed by then was told.
    NothingSince(Timestamp),
}

/// The job. Calls back for every note, in order.
pub struct CacheNotes<S, F> {
    store: Arc<S>,
    clock: Arc<dyn Clock>,
    /// How long the store may be unreachable before notes may have been purged unread: well below the time that notes
    /// are kept.
    patience: Seconds,
    forget: F,
    position: Option<i64>,
    read_at: Timestamp,
}

impl<S: Store, F: FnMut(Forget<'_>) + Send> CacheNotes<S, F> {
    /// Begins at the notes' end as of the first tick: caches are empty then.
    pub fn new(store: Arc<S>, clock: Arc<dyn Clock>, patience: Seconds, forget: F) -> Self {
        let read_at = clock.now();
        Self {
            store,
            clock,
            patience,
            forget,
            position: None,
            read_at,
        }
    }

    /// Finds the end of the notes, and then forgets everything: what was cached before may be old.
    async fn begin(&mut self) -> Result<(), StoreFault> {
        let latest = self.store.changes_after(None).await?;
        self.position = Some(latest.last().map_or(0, |note| note.position));
        (self.forget)(Forget::Everything);
        Ok(())
    }

    async fn follow(&mut self, mut position: i64) -> Result<(), StoreFault> {
        loop {
            let notes = self.store.changes_after(Some(position)).await?;
            for note in &notes {
                (self.forget)(Forget::Row(note));
                position = note.position;
                self.position = Some(position);
            }
            if notes.len() < FULL {
                return Ok(());
            }
        }
    }
}

impl<S: Store, F: FnMut(Forget<'_>) + Send> Job for CacheNotes<S, F> {
    const NAME: &'static str = "cache notes";
    type Fault = StoreFault;

    async fn tick(&mut self) -> Result<(), StoreFault> {
        let now = self.clock.now();
        let missed = now > self.read_at.plus(self.patience);
        match self.position {
            Some(position) if !missed => self.follow(position).await?,
            _ => self.begin().await?,
        }
        self.read_at = now;
        (self.forget)(Forget::NothingSince(now));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::{ManualClock, SystemEntropy};
    use grantd_core::change::{Change, Write};
    use grantd_core::record::TenantRecord;
    use grantd_protocol::id::ChangeId;
    use grantd_store::memory::MemoryStore;

    const START: Timestamp = Timestamp::from_secs(1_800_000_000);

    async fn put_tenants(store: &MemoryStore, ids: impl Iterator<Item = usize>) {
        let put = |id: usize| {
            Write::PutTenant(Box::new(TenantRecord {
                realm: "main".into(),
                id: id.to_string().into(),
                version: 1,
                name: "T".to_owned(),
                enabled: true,
                apps: grantd_core::record::AppPolicy::Open,
                created_at: START,
            }))
        };
        let change = Change::new(ChangeId::draw(START, &SystemEntropy), ids.map(put).collect());
        store.commit(change).await.unwrap();
    }

    fn describe(forget: Forget<'_>) -> String {
        match forget {
            Forget::Everything => "everything".to_owned(),
            Forget::NothingSince(at) => format!("nothing since {}", at.secs() - START.secs()),
            Forget::Row(note) => format!("{} {} {}", note.kind, note.realm, note.key),
        }
    }

    #[tokio::test]
    async fn every_change_is_told_once_and_in_order() {
        let store = Arc::new(MemoryStore::new());
        put_tenants(&store, 0..1).await;
        let mut told = Vec::new();
        let clock = Arc::new(ManualClock::at(START));
        let mut notes = CacheNotes::new(Arc::clone(&store), clock, Seconds(600), |forget| {
            told.push(describe(forget));
        });
        notes.tick().await.unwrap();
        put_tenants(&store, 1..3).await;
        notes.tick().await.unwrap();
        notes.tick().await.unwrap();
        drop(notes);
        assert_eq!(
            told,
            [
                "everything",
                "nothing since 0",
                "tenant main 1",
                "tenant main 2",
                "nothing since 0",
                "nothing since 0"
            ]
        );
    }

    #[tokio::test]
    async fn more_notes_than_one_reading_gives_are_all_told() {
        let store = Arc::new(MemoryStore::new());
        let mut told = 0;
        let clock = Arc::new(ManualClock::at(START));
        let mut notes = CacheNotes::new(Arc::clone(&store), clock, Seconds(600), |forget| {
            told += usize::from(!matches!(forget, Forget::NothingSince(_)));
        });
        notes.tick().await.unwrap();
        put_tenants(&store, 0..2500).await;
        notes.tick().await.unwrap();
        drop(notes);
        assert_eq!(told, 2501);
    }

    #[tokio::test]
    async fn after_a_long_silence_everything_is_forgotten() {
        let store = Arc::new(MemoryStore::new());
        let mut told = Vec::new();
        let clock = ManualClock::at(START);
        let handle = Arc::new(clock.clone());
        let mut notes = CacheNotes::new(store, handle, Seconds(600), |forget| told.push(describe(forget)));
        notes.tick().await.unwrap();
        clock.advance(Seconds(600));
        notes.tick().await.unwrap();
        clock.advance(Seconds(601));
        notes.tick().await.unwrap();
        drop(notes);
        assert_eq!(
            told,
            [
                "everything",
                "nothing since 0",
                "nothing since 600",
                "everything",
                "nothing since 1201"
            ]
        );
    }
}
