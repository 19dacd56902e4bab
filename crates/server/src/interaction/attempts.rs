//! Attempts at what somebody might guess: counted, durably and for all nodes, before anything is looked at. Which rates
//! there are is the caller's business.

use crate::app::App;
use crate::error::Failure;
use crate::request::Request;
use grantd_core::attempts::{Attempt, Limit, attempt};
use grantd_core::change::CounterKey;
use grantd_jose::sha256;
use grantd_protocol::{Seconds, Timestamp};
use grantd_store::{CommitError, Store};

/// How often a lost race for a slot is tried again.
const ATTEMPTS: usize = 16;

/// The key under which attempts of this name are counted.
pub(super) fn counter(name: &str) -> CounterKey {
    CounterKey(sha256(name.as_bytes()))
}

/// Counts one attempt, durably and for all nodes.
///
/// # Errors
/// [`Fault`](crate::error::Fault) when the store cannot count.
pub(super) async fn count_one(
    request: &Request<'_>,
    limit: Limit,
    key: CounterKey,
) -> Result<Result<(), Seconds>, Failure> {
    count(request.app, limit, key, request.now).await
}

/// The same for what goes on when its request is answered.
///
/// # Errors
/// Those of [`count_one`].
pub(super) async fn count(
    app: &App,
    limit: Limit,
    key: CounterKey,
    now: Timestamp,
) -> Result<Result<(), Seconds>, Failure> {
    for _ in 0..ATTEMPTS {
        let tat = app.store.attempts(key).await?;
        match attempt(limit, key, tat, now, app.change_id(now)) {
            Attempt::Refused { retry_after } => return Ok(Err(retry_after)),
            Attempt::Allowed(change) => match app.commit(*change).await {
                Ok(_) => return Ok(Ok(())),
                Err(CommitError::Conflict) => {}
                Err(CommitError::Fault(fault)) => return Err(fault.into()),
            },
        }
    }
    // So many at once for one name is what the limit is against.
    Ok(Err(Seconds(1)))
}
