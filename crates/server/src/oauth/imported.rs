//! Clients whose secret another server hashed: proved slowly once, on a narrow pool of their own, and kept as ours from
//! then on. Each comparison is counted before it costs anything.

use crate::accounts::password::Verdict;
use crate::error::{Failure, Fault};
use crate::rate::address_key;
use crate::request::Request;
use grantd_core::attempts::Limit;
use grantd_core::client_auth::imported::{Candidate, adopt, candidates};
use grantd_core::client_auth::{AuthenticatedClient, Presented, Setting, authenticate};
use grantd_core::record::ClientRecord;
use grantd_protocol::Seconds;
use grantd_store::{CommitError, Store};
use std::sync::Arc;

/// Slow comparisons from one address for one client before it must wait: one client's are not another's business.
const SLOW: Limit = Limit {
    burst: 60,
    period: Seconds(60),
};
/// How often a lost race is decided again.
const ATTEMPTS: usize = 4;

/// Proves a client that could not be proved quickly; `None` where it cannot be proved at all.
///
/// # Errors
/// 429 and 503 where there is no room for the comparison; a fault when the store does not answer.
pub(super) async fn prove(
    request: &Request<'_>,
    presented: &Presented,
    found: &ClientRecord,
    setting: &Setting<'_>,
) -> Result<Option<AuthenticatedClient>, Failure> {
    if candidates(presented, found, setting.realm, setting.now).is_empty() {
        return Ok(None);
    }
    let app = request.app;
    for _ in 0..ATTEMPTS {
        // Not from the cache: what is written back must be what the store has.
        let Some(before) = app.store.client(&found.realm, &found.client_id).await? else {
            return Ok(None);
        };
        // Somebody with the same secret may have been faster.
        let quick = authenticate(presented, Some(&app.within_policy(Arc::new(before.clone()))), setting);
        if let Ok(client) = quick {
            return Ok(Some(client));
        }
        let compared = candidates(presented, &before, setting.realm, setting.now);
        let Some(proved) = compare(request, &before, &compared).await? else {
            return Ok(None);
        };
        let (after, change) = adopt(&before, &proved, app.change_id(request.now));
        let committed = app.commit(change).await;
        app.clients.forget(&found.realm, &found.client_id);
        match committed {
            Ok(_) => return Ok(authenticate(presented, Some(&app.within_policy(Arc::new(after))), setting).ok()),
            Err(CommitError::Conflict) => {}
            Err(CommitError::Fault(fault)) => return Err(fault.into()),
        }
    }
    Err(Fault::Contention(ATTEMPTS).into())
}

/// The one that matches. Two readings of a header and two secrets are four comparisons, and count as four.
async fn compare(
    request: &Request<'_>,
    client: &ClientRecord,
    candidates: &[Candidate],
) -> Result<Option<Candidate>, Failure> {
    let whose = format!("{}|{}|{}", client.realm, client.client_id, address_key(request.address));
    for candidate in candidates {
        request
            .app
            .limiter
            .count(SLOW, ("client-slow", whose.clone()), request.now)
            .map_err(Failure::Limited)?;
        let verdict = request
            .app
            .imported_secrets
            .verify(candidate.text.clone(), Some(candidate.hash.expose()))
            .await
            .map_err(Fault::Password)?;
        if matches!(verdict, Verdict::Match { .. }) {
            return Ok(Some(candidate.clone()));
        }
    }
    Ok(None)
}
