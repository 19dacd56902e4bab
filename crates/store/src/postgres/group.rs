//! Group commit of new access tokens, the hot path: what is queued while the committers are busy becomes one
//! statement of many rows. There is no wait: an idle committer takes a single row at once. It must not know a guard.

use super::link::{Links, Lost};
use super::value::Id;
use crate::{CommitError, StoreFault};
use grantd_core::record::{AccessRecord, Binding};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio_postgres::types::ToSql;

/// Rows in one statement at most.
const MOST_ROWS: usize = 512;
/// Changes that may wait; more wait at the door.
const QUEUE: usize = 16_384;
/// How often a statement is tried.
const TRIES: u32 = 6;

/// One change: its rows, and who waits for it.
struct Job {
    rows: Vec<AccessRecord>,
    done: oneshot::Sender<Result<(), StoreFault>>,
}

/// The way to the committers. They end when it is dropped.
pub(super) struct Group(mpsc::Sender<Job>);

impl Group {
    /// Starts the task that hands batches out, at most `committers` at a time.
    pub(super) fn start(links: Arc<Links>, committers: usize) -> Self {
        let (sender, queue) = mpsc::channel(QUEUE);
        tokio::spawn(hand_out(links, queue, committers.max(1)));
        Self(sender)
    }

    /// Inserts the rows with whatever else is waiting; returns when they are durable.
    pub(super) async fn insert(&self, rows: Vec<AccessRecord>) -> Result<u64, CommitError> {
        let (done, outcome) = oneshot::channel();
        let gone = || StoreFault::Unavailable("the store is shutting down".to_owned());
        self.0.send(Job { rows, done }).await.map_err(|_| gone())?;
        outcome.await.map_err(|_| gone())??;
        Ok(0)
    }
}

async fn hand_out(links: Arc<Links>, mut queue: mpsc::Receiver<Job>, committers: usize) {
    let turns = Arc::new(Semaphore::new(committers));
    while let Ok(turn) = Arc::clone(&turns).acquire_owned().await {
        let Some(first) = queue.recv().await else { return };
        let mut count = first.rows.len();
        let mut jobs = vec![first];
        while count < MOST_ROWS
            && let Ok(job) = queue.try_recv()
        {
            count += job.rows.len();
            jobs.push(job);
        }
        let links = Arc::clone(&links);
        tokio::spawn(async move {
            commit(&links, jobs).await;
            drop(turn);
        });
    }
}

async fn commit(links: &Links, mut jobs: Vec<Job>) {
    match insert_surely(links, &jobs).await {
        Ok(()) => jobs.into_iter().for_each(|job| answer(job, Ok(()))),
        // One of them inserts a row that exists: the others must not suffer for it.
        Err(Lost::Taken(_) | Lost::Broken(_)) if jobs.len() > 1 => {
            for job in jobs.drain(..) {
                let outcome = insert_surely(links, std::slice::from_ref(&job)).await;
                answer(job, outcome.map_err(Lost::into_fault));
            }
        }
        Err(lost) => {
            let text = lost.into_fault();
            for job in jobs {
                answer(job, Err(again(&text)));
            }
        }
    }
}

fn answer(job: Job, outcome: Result<(), StoreFault>) {
    // A caller that went away does not want to know.
    let _ = job.done.send(outcome);
}

fn again(fault: &StoreFault) -> StoreFault {
    match fault {
        StoreFault::Unavailable(text) => StoreFault::Unavailable(text.clone()),
        StoreFault::Corrupt(text) => StoreFault::Corrupt(text.clone()),
    }
}

/// Tries again after a lost connection, over rows that the lost attempt may have inserted: ids are drawn fresh, so
/// a row that exists then is this batch's own.
async fn insert_surely(links: &Links, jobs: &[Job]) -> Result<(), Lost> {
    let mut sql = INSERT.to_owned();
    let mut lost = Lost::Race;
    for turn in 0..TRIES {
        lost = match insert(links, &sql, jobs).await {
            Ok(()) => return Ok(()),
            Err(lost @ Lost::Connection(_)) => {
                sql = format!("{INSERT} ON CONFLICT (id) DO NOTHING");
                lost
            }
            Err(lost @ Lost::Race) => lost,
            Err(other) => return Err(other),
        };
        tokio::time::sleep(Duration::from_millis(4 << turn)).await;
    }
    Err(lost)
}

const INSERT: &str = "INSERT INTO access_tokens (id, realm, hash, client_id, grant_id, family_id, subject, tenant, \
     scope, audience, issuer, issued_at, expires_at, ended_at, jkt, place) \
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::text[], $5::uuid[], $6::uuid[], $7::text[], \
     $8::text[], $9::text[], $10::text[], $11::text[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bytea[], \
     $16::bigint[])";

async fn insert(links: &Links, sql: &str, jobs: &[Job]) -> Result<(), Lost> {
    let client = links.own().await?;
    let statement = client.prepare_cached(sql).await?;
    let rows: Vec<&AccessRecord> = jobs.iter().flat_map(|job| &job.rows).collect();
    let ids: Vec<_> = rows.iter().map(|row| Id(*row.id.as_bytes())).collect();
    let realms: Vec<&str> = rows.iter().map(|row| &*row.realm).collect();
    let hashes: Vec<_> = rows
        .iter()
        .map(|row| row.hash.as_ref().map(|hash| hash.as_bytes().as_slice()))
        .collect();
    let clients: Vec<&str> = rows.iter().map(|row| &*row.client_id).collect();
    let grants: Vec<_> = rows.iter().map(|row| row.grant.map(|id| Id(*id.as_bytes()))).collect();
    let families: Vec<_> = rows.iter().map(|row| row.family.map(|id| Id(*id.as_bytes()))).collect();
    let subjects: Vec<&str> = rows.iter().map(|row| &*row.subject).collect();
    let tenants: Vec<_> = rows.iter().map(|row| row.tenant.as_deref()).collect();
    let scopes: Vec<&str> = rows.iter().map(|row| row.scope.as_str()).collect();
    let audiences: Vec<&str> = rows.iter().map(|row| &*row.audience).collect();
    let issuers: Vec<&str> = rows.iter().map(|row| &*row.issuer).collect();
    let issued: Vec<_> = rows.iter().map(|row| row.issued_at.millis()).collect();
    let expiring: Vec<_> = rows.iter().map(|row| row.expires_at.millis()).collect();
    let ended: Vec<_> = rows.iter().map(|row| row.ended_at.map(|at| at.millis())).collect();
    let bound: Vec<_> = rows.iter().map(|row| row.bound_to.map(Binding::to_bytes)).collect();
    let places: Vec<_> = rows
        .iter()
        .map(|row| row.status.map(|place| place.0.cast_signed()))
        .collect();
    let values: [&(dyn ToSql + Sync); 16] = [
        &ids, &realms, &hashes, &clients, &grants, &families, &subjects, &tenants, &scopes, &audiences, &issuers,
        &issued, &expiring, &ended, &bound, &places,
    ];
    let working = client.execute(&statement, &values);
    let outcome = tokio::time::timeout(links.patience(), working).await;
    if let Ok(result) = outcome {
        result?;
        return Ok(());
    }
    // Nobody knows what this connection will say next: it is closed, not given back.
    drop(deadpool_postgres::Object::take(client));
    Err(Lost::Refused("no answer in time".to_owned()))
}
