//! Sends a change, and finds out what became of it. It must not know a guard or a write.
//!
//! A connection that ends while a change is on its way leaves it unknown whether it was applied. Each change leaves
//! its id in `applied`, in the same transaction; that is looked up before anything is tried again, and a second
//! application would stumble over that row. So a failover never makes a client's own retry look like a replay.

use super::link::{Links, Lost};
use super::shape::Shape;
use super::step::Step;
use super::value::{Id, Value};
use crate::{CommitError, StoreFault};
use deadpool_postgres::Object;
use grantd_core::change::{Change, Guard};
use grantd_protocol::id::ChangeId;
use std::time::Duration;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement};

/// How often a change is tried. Waits grow to about a second in all.
const TRIES: u32 = 8;

/// What an attempt came to.
enum Attempt {
    /// Applied; so many rows were removed.
    Applied(u64),
    /// A guard did not hold.
    Conflict,
}

/// Applies a change that is not group-committed.
pub(super) async fn commit(links: &Links, change: &Change) -> Result<u64, CommitError> {
    let shape = Shape::of(change);
    let mut last = StoreFault::Unavailable("not tried".to_owned());
    for turn in 0..TRIES {
        let lost = match attempt(links, &shape).await {
            Ok(Attempt::Applied(removed)) => return Ok(removed),
            // The guards of a change that was applied no longer hold.
            Ok(Attempt::Conflict) if was_applied(links, change.id).await? => return Ok(0),
            Ok(Attempt::Conflict) => return Err(CommitError::Conflict),
            Err(lost) => lost,
        };
        match lost {
            Lost::Race => {}
            Lost::Connection(_) => {
                if was_applied(links, change.id).await? {
                    return Ok(0);
                }
            }
            Lost::Taken(constraint) => return taken(links, change, constraint).await,
            other => return Err(other.into_fault().into()),
        }
        last = lost_again(turn).await;
    }
    Err(last.into())
}

/// Waits a little longer each time. Of transactions in a deadlock all but one go on, so nobody needs to draw lots.
async fn lost_again(turn: u32) -> StoreFault {
    tokio::time::sleep(Duration::from_millis(4 << turn)).await;
    Lost::Race.into_fault()
}

/// A row that must be unique exists. That is this change's own doing if it was applied before; a fact that changed
/// if the change had asked for the name to be free; a fault of the caller otherwise.
async fn taken(links: &Links, change: &Change, constraint: String) -> Result<u64, CommitError> {
    if was_applied(links, change.id).await? {
        return Ok(0);
    }
    // Whoever makes a user of a name may find the id taken first: somebody else made the very same user.
    let is_user = matches!(constraint.as_str(), "users_username" | "users_pkey");
    let asked = |guard: &Guard| is_user && matches!(guard, Guard::UsernameFree { .. });
    if change.guards.iter().any(asked) {
        return Err(CommitError::Conflict);
    }
    Err(Lost::Taken(constraint).into_fault().into())
}

async fn was_applied(links: &Links, id: ChangeId) -> Result<bool, StoreFault> {
    let rows = links
        .read("SELECT 1 FROM applied WHERE id = $1", &[&Id(*id.as_bytes())])
        .await?;
    Ok(!rows.is_empty())
}

async fn attempt(links: &Links, shape: &Shape) -> Result<Attempt, Lost> {
    let client = links.own().await?;
    let working = async {
        match shape {
            Shape::Single { sql, values } => single(&client, sql, values).await,
            Shape::InOrder { guards, writes } => in_order(&client, guards, writes).await,
        }
    };
    match tokio::time::timeout(links.patience(), working).await {
        Ok(Err(lost @ (Lost::Race | Lost::Taken(_) | Lost::Refused(_) | Lost::Broken(_)))) => {
            if matches!(shape, Shape::InOrder { .. }) {
                end(client).await;
            }
            Err(lost)
        }
        Ok(result) => result,
        Err(_) => {
            // Nobody knows what this connection will say next: it is closed, not given back.
            drop(Object::take(client));
            Err(Lost::Refused("no answer in time".to_owned()))
        }
    }
}

/// Leaves no open transaction behind in a connection that others will get.
async fn end(client: Object) {
    if client.batch_execute("ROLLBACK").await.is_err() {
        drop(Object::take(client));
    }
}

async fn single(client: &Object, sql: &str, values: &[Value]) -> Result<Attempt, Lost> {
    let statement = client.prepare_cached(sql).await?;
    let row = client.query_one(&statement, &parameters(values)).await?;
    let held: bool = row.try_get(0)?;
    Ok(if held { Attempt::Applied(0) } else { Attempt::Conflict })
}

/// Two round trips: the guards behind a `BEGIN`, then the writes before a `COMMIT`.
async fn in_order(client: &Object, guards: &[Step], writes: &[Step]) -> Result<Attempt, Lost> {
    let asked = prepare(client, guards).await?;
    let written = prepare(client, writes).await?;
    let begin = async { client.batch_execute("BEGIN").await.map_err(Lost::from) };
    let asking = futures_util::future::join_all(asked.iter().map(|(statement, step)| ask(client, statement, step)));
    let (begun, answers) = tokio::join!(biased; begin, asking);
    begun?;
    for answer in answers {
        if answer?.is_empty() {
            client.batch_execute("ROLLBACK").await?;
            return Ok(Attempt::Conflict);
        }
    }
    let writing =
        futures_util::future::join_all(written.iter().map(|(statement, step)| write(client, statement, step)));
    let commit = async { client.batch_execute("COMMIT").await.map_err(Lost::from) };
    let (counts, committed) = tokio::join!(biased; writing, commit);
    let mut removed = 0;
    for (count, step) in counts.into_iter().zip(writes) {
        let count = count?;
        if step.counted {
            removed += count;
        }
    }
    committed?;
    Ok(Attempt::Applied(removed))
}

async fn prepare<'a>(client: &Object, steps: &'a [Step]) -> Result<Vec<(Statement, &'a Step)>, Lost> {
    let mut prepared = Vec::with_capacity(steps.len());
    for step in steps {
        prepared.push((client.prepare_cached(&step.sql).await?, step));
    }
    Ok(prepared)
}

async fn ask(client: &Object, statement: &Statement, step: &Step) -> Result<Vec<Row>, Lost> {
    Ok(client.query(statement, &parameters(&step.values)).await?)
}

async fn write(client: &Object, statement: &Statement, step: &Step) -> Result<u64, Lost> {
    Ok(client.execute(statement, &parameters(&step.values)).await?)
}

fn parameters(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}
