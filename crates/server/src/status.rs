//! Status lists as this process serves them: the places it gives to new JWTs, the bits it knows, and signed copies of them.
//! Who is over is found out by a background job ([`crate::jobs::FollowStatus`]); it must not know how.

mod places;
mod signed;

pub use places::{lease_one, listed};
pub use signed::Signed;

use crate::config::Endpoint;
use crate::error::Failure;
use crate::request::Request;
use grantd_core::status_list::{Keeping, LIST_SIZE, StatusLists, StatusPlace};
use grantd_protocol::{Seconds, Timestamp};
use grantd_store::{Store, StoreFault};
use places::Places;
use signed::Copies;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// How old what is known may be: a server that has not heard from its store for longer signs nothing that says that nobody
/// is over. Copies that verifiers have are good for a while more.
const FRESH: Seconds = Seconds(15);

/// The lists of all realms.
#[derive(Default)]
pub struct Status {
    realms: RwLock<HashMap<Arc<str>, Arc<RealmStatus>>>,
    /// When the bits were last as the store has it, in milliseconds; 0 before they ever were.
    known_at: AtomicI64,
}

/// What is kept of the lists of all realms.
pub type KeptLists = BTreeMap<Arc<str>, Keeping>;

/// The lists of one realm.
#[derive(Default)]
struct RealmStatus {
    places: Places,
    bits: Mutex<StatusLists>,
    copies: Copies,
    /// How many places were given away, as far as this process has heard.
    given: AtomicU64,
}

impl Status {
    /// A copy of a list, signed by this realm under the issuer that was addressed; `None` for a list of which no place was
    /// ever given away.
    ///
    /// # Errors
    /// When the store does not answer, or has not for a while.
    pub async fn signed(&self, request: &Request<'_>, list: u64, ttl: Seconds) -> Result<Option<Arc<Signed>>, Failure> {
        let name = request.realm.name();
        let of = self.of(name);
        if list >= of.lists() {
            let given = request.app.store.places(name).await?.unwrap_or(0);
            of.given.fetch_max(given, Ordering::Relaxed);
            if list >= of.lists() {
                return Ok(None);
            }
        }
        if !self.is_fresh(request.now) {
            let told = "what ended lately is not known, so no status list is signed".to_owned();
            return Err(StoreFault::Unavailable(told).into());
        }
        let endpoints = &request.realm.config.endpoints;
        let lists = endpoints.url_for(request.issuer, Endpoint::Status).unwrap_or_default();
        of.copies
            .get(request, &of.bits, (lists, list), ttl)
            .map(Some)
            .map_err(Failure::from)
    }

    /// Says of a token that it is over, or good. Returns whether that was news.
    pub fn mark(&self, realm: &Arc<str>, place: StatusPlace, is_over: bool, expires_at: Timestamp) -> bool {
        self.of(realm).bits().mark(place, is_over, expires_at)
    }

    /// Replaces everything that is known.
    pub fn replace(&self, mut fresh: HashMap<Arc<str>, StatusLists>) {
        for (realm, of) in &*self.realms.read().unwrap_or_else(PoisonError::into_inner) {
            of.bits().become_like(fresh.remove(realm).unwrap_or_default());
        }
        for (realm, lists) in fresh {
            self.of(&realm).bits().become_like(lists);
        }
    }

    /// Brings what is kept for the next process up to what is known. That takes some milliseconds for each list that has changed,
    /// in which nobody waits for a list.
    pub fn keep(&self, kept: &mut KeptLists) {
        let realms = self.realms.read().unwrap_or_else(PoisonError::into_inner).clone();
        kept.retain(|realm, _| realms.contains_key(realm));
        for (realm, of) in realms {
            let keeping = kept.entry(realm).or_default();
            let changed = of.bits().changed_since(keeping);
            keeping.renew(changed);
        }
        kept.retain(|_, lists| !lists.is_empty());
    }

    /// What is known is as the store had it at `now`.
    pub fn is_known_at(&self, now: Timestamp) {
        self.known_at.store(now.millis(), Ordering::Release);
    }

    /// What is known is worth nothing until it is found out anew.
    pub fn is_unknown(&self) {
        self.known_at.store(0, Ordering::Release);
    }

    /// Drops what is only about tokens that expired before `before`.
    pub fn forget_expired(&self, before: Timestamp) {
        for of in self.realms.read().unwrap_or_else(PoisonError::into_inner).values() {
            of.bits().forget_expired(before);
        }
    }

    fn is_fresh(&self, now: Timestamp) -> bool {
        let known_at = self.known_at.load(Ordering::Acquire);
        known_at != 0 && now < Timestamp::from_millis(known_at).plus(FRESH)
    }

    fn of(&self, realm: &Arc<str>) -> Arc<RealmStatus> {
        if let Some(of) = self.realms.read().unwrap_or_else(PoisonError::into_inner).get(realm) {
            return Arc::clone(of);
        }
        let mut realms = self.realms.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(realms.entry(Arc::clone(realm)).or_default())
    }
}

impl RealmStatus {
    /// A panic elsewhere while the lock was held cannot have left half a bit.
    fn bits(&self) -> MutexGuard<'_, StatusLists> {
        self.bits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lists(&self) -> u64 {
        self.given.load(Ordering::Relaxed).div_ceil(LIST_SIZE)
    }
}
