//! Places for new JWTs: a counter in memory over places that were leased many at a time, so that issuing a token costs no
//! commit beside its own. What a process leaves of its lease when it ends stays unused.

use super::RealmStatus;
use crate::ambient::Clock;
use crate::app::App;
use crate::config::{Endpoint, RealmConfig};
use grantd_core::record::{ClientRecord, TokenFormat};
use grantd_core::status_list::{Listed, StatusPlace, lease};
use grantd_protocol::Entropy;
use grantd_protocol::id::ChangeId;
use grantd_store::{CommitError, Store};
use std::ops::Range;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

/// Places of one lease: a few thousand tokens, and half a kilobyte of a list for a process that ends.
const LEASED: u32 = 4096;
/// The next lease is taken when fewer than this are left, so that nobody waits for it.
const LOW: u64 = 2048;
/// How often a lost race for a lease is run again: each loss means that another node has got one.
const ATTEMPTS: usize = 64;

/// What a process has leased.
#[derive(Default)]
pub(super) struct Places {
    left: Mutex<Left>,
    /// Held by whoever leases, while others wait for what it gets.
    leasing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Left {
    now: Range<u64>,
    then: Range<u64>,
    /// Whether somebody is fetching `then`.
    is_fetching: bool,
}

/// Takes a place for a token of `client` under the realm's issuer or alias `issuer`, where such tokens have one.
///
/// # Errors
/// When a lease is needed and the store does not answer.
pub async fn listed(
    app: &Arc<App>,
    config: &RealmConfig,
    issuer: &str,
    client: &ClientRecord,
) -> Result<Option<Listed>, CommitError> {
    let Some(lists) = address(config, issuer, client) else {
        return Ok(None);
    };
    let of = app.status.of(&config.realm.name);
    let place = draw(app, &config.realm.name, &of).await?;
    Ok(Some(place.below(lists)))
}

/// The same for a process that makes one token and ends.
///
/// # Errors
/// When the store does not answer.
pub async fn lease_one<S: Store>(
    store: &S,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
    config: &RealmConfig,
    client: &ClientRecord,
) -> Result<Option<Listed>, CommitError> {
    let realm = &config.realm;
    let Some(lists) = address(config, &realm.issuer, client) else {
        return Ok(None);
    };
    let leased = take(store, clock, entropy, &realm.name, 1).await?;
    Ok(Some(StatusPlace(leased.start).below(lists)))
}

/// Below which address the lists are that a token of this client has its place in, if it has one.
fn address<'c>(config: &'c RealmConfig, issuer: &str, client: &ClientRecord) -> Option<&'c str> {
    let realm = &config.realm;
    // What the token is for is not known yet. A place that an opaque token does not take is lost, and there are many.
    let is_jwt = realm.has_broker() || client.token_format.unwrap_or(realm.access.format) == TokenFormat::Jwt;
    realm.access.status_list.filter(|_| is_jwt)?;
    config.endpoints.url_for(issuer, Endpoint::Status)
}

async fn draw(app: &Arc<App>, realm: &Arc<str>, of: &Arc<RealmStatus>) -> Result<StatusPlace, CommitError> {
    loop {
        if let Some(place) = of.places.next(|| fetch(app, realm, of)) {
            return Ok(place);
        }
        let _turn = of.places.leasing.lock().await;
        if of.places.is_empty() {
            let leased = take(&*app.store, &*app.clock, &*app.entropy, realm, LEASED).await?;
            of.got(leased);
        }
    }
}

/// Leases ahead, in the background. What fails there is tried again by whoever finds nothing left.
fn fetch(app: &Arc<App>, realm: &Arc<str>, of: &Arc<RealmStatus>) {
    let (app, realm, of) = (Arc::clone(app), Arc::clone(realm), Arc::clone(of));
    tokio::spawn(async move {
        match take(&*app.store, &*app.clock, &*app.entropy, &realm, LEASED).await {
            Ok(leased) => of.got(leased),
            Err(fault) => {
                tracing::warn!(%fault, "no places of the status lists were leased ahead");
                of.places.left().is_fetching = false;
            }
        }
    });
}

async fn take<S: Store>(
    store: &S,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
    realm: &Arc<str>,
    count: u32,
) -> Result<Range<u64>, CommitError> {
    for _ in 0..ATTEMPTS {
        let stored = store.places(realm).await?;
        let (leased, change) = lease(realm, stored, count, ChangeId::draw(clock.now(), entropy));
        match store.commit(change).await {
            Ok(_) => return Ok(leased),
            Err(CommitError::Conflict) => {}
            Err(fault) => return Err(fault),
        }
    }
    Err(CommitError::Conflict)
}

impl RealmStatus {
    fn got(&self, leased: Range<u64>) {
        self.given.fetch_max(leased.end, Ordering::Relaxed);
        self.places.add(leased);
    }
}

impl Places {
    /// The next place, if any is left. Calls for more in time.
    fn next(&self, fetch: impl FnOnce()) -> Option<StatusPlace> {
        let mut left = self.left();
        if left.now.is_empty() {
            left.now = std::mem::take(&mut left.then);
        }
        let place = left.now.next()?;
        let is_low = left.then.is_empty() && left.now.end - left.now.start < LOW;
        if is_low && !left.is_fetching {
            left.is_fetching = true;
            drop(left);
            fetch();
        }
        Some(StatusPlace(place))
    }

    fn is_empty(&self) -> bool {
        let left = self.left();
        left.now.is_empty() && left.then.is_empty()
    }

    /// Takes a lease in. Where there is no room for it, since two came at once, the smaller rest is left unused.
    fn add(&self, leased: Range<u64>) {
        let mut left = self.left();
        left.is_fetching = false;
        if left.now.is_empty() {
            left.now = leased;
        } else if left.then.is_empty() {
            left.then = leased;
        }
    }

    fn left(&self) -> std::sync::MutexGuard<'_, Left> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(count: usize, from: &Places) -> Vec<u64> {
        (0..count)
            .map_while(|_| from.next(|| {}))
            .map(|place| place.0)
            .collect()
    }

    #[test]
    fn places_are_given_in_order_and_never_twice() {
        let own = Places::default();
        assert!(own.is_empty());
        assert_eq!(own.next(|| {}), None);
        own.add(10..13);
        own.add(20..22);
        assert_eq!(places(9, &own), [10, 11, 12, 20, 21]);
        assert!(own.is_empty());
        own.add(30..31);
        assert_eq!(places(9, &own), [30]);
    }

    #[test]
    fn the_next_lease_is_called_for_once_before_the_last_place_is_gone() {
        let own = Places::default();
        own.add(0..u64::from(LEASED));
        let mut calls = 0;
        for _ in 0..LEASED {
            assert!(own.next(|| calls += 1).is_some());
        }
        assert_eq!(calls, 1);
        own.add(5000..5000 + u64::from(LEASED));
        assert_eq!(own.next(|| calls += 1), Some(StatusPlace(5000)));
        assert_eq!(calls, 1);
    }
}
