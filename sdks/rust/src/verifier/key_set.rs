//! The issuer's public keys: fetched, kept, and fetched again when a token names a key that is not among them, but not as
//! often as a stranger likes. A set that cannot be fetched, or has become empty, does not replace one that was good.

use super::jwt::ALGORITHMS;
use super::reason::{Fault, Reason};
use crate::error::Error;
use crate::exchange::Http;
use crate::flight::{Flights, locked};
use crate::oauth::metadata::{Json, MetadataSource, object_of};
use grantd_jose::{Jwk, VerifyingKey};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// How long a set is kept, in milliseconds.
const FRESH: i64 = 10 * 60_000;
/// Between two fetches for the sake of unknown keys, which count alone, or after a failure, in milliseconds.
const PAUSE: i64 = 30_000;
/// After a failure before there ever was a set, in milliseconds: the API may have started before its issuer.
const FIRST_PAUSE: i64 = 1_000;
/// After which keys that cannot be fetched again end, in milliseconds, so that one taken out does not live for ever.
const STALE: i64 = 24 * 3_600_000;
/// How many keys of a set are read.
const MAX_KEYS: usize = 100;

type Keys = HashMap<String, Arc<VerifyingKey>>;

/// One issuer's keys. Cheap to clone.
#[derive(Clone)]
pub(crate) struct KeySet(Arc<Inner>);

struct Inner {
    metadata: Arc<MetadataSource>,
    state: Mutex<State>,
    flights: Flights<(), ()>,
}

#[derive(Default)]
struct State {
    keys: Option<Keys>,
    fetched_at: Option<i64>,
    tried_at: Option<i64>,
    /// When the set was fetched for the sake of a name that was not in it.
    missed_at: Option<i64>,
    last_error: Option<Error>,
}

/// What a look at the kept keys says.
enum Look {
    Known(Arc<VerifyingKey>),
    /// Known, but the set is old.
    Old(Arc<VerifyingKey>),
    Ask,
    Unknown,
    /// There are no keys, and it is too early to ask again.
    Nothing(Option<Error>),
}

impl KeySet {
    pub(crate) fn new(metadata: Arc<MetadataSource>) -> Self {
        let http = metadata.http();
        let flights = Flights::new(Arc::clone(&http.clock), http.timeout);
        Self(Arc::new(Inner {
            metadata,
            state: Mutex::default(),
            flights,
        }))
    }

    pub(crate) fn http(&self) -> &Http {
        self.0.metadata.http()
    }

    /// The key of this name.
    pub(crate) async fn find(&self, kid: &str) -> Result<Arc<VerifyingKey>, Fault> {
        // A fetch that somebody else had begun may be older than the key.
        for _ in 0..2 {
            match self.0.look(kid) {
                Look::Known(key) => return Ok(key),
                // An old set still serves while the next one is on its way.
                Look::Old(key) => {
                    self.0.flights.start((), || self.fetch_if_due(kid));
                    return Ok(key);
                }
                Look::Unknown => return Err(Reason::UnknownKey.into()),
                Look::Nothing(cause) => return Err(unavailable(cause)),
                Look::Ask => {}
            }
            let fetched = self.0.flights.join((), || self.fetch_if_due(kid));
            fetched.await.map_err(Error::from)?;
        }
        self.0.known(kid)
    }

    fn fetch_if_due(&self, kid: &str) -> impl Future<Output = ()> + use<> {
        let (inner, kid) = (Arc::clone(&self.0), kid.to_owned());
        async move { inner.fetch_if_due(&kid).await }
    }
}

fn unavailable(cause: Option<Error>) -> Fault {
    Fault {
        cause,
        ..Reason::Unavailable.into()
    }
}

impl Inner {
    fn now(&self) -> i64 {
        self.metadata.http().clock.now()
    }

    fn look(&self, kid: &str) -> Look {
        let (now, mut state) = (self.now(), locked(&self.state));
        state.follow(now);
        let Some(keys) = state.usable(now) else {
            return if state.may_ask(now) {
                Look::Ask
            } else {
                Look::Nothing(state.last_error.clone())
            };
        };
        match keys.get(kid) {
            Some(key) if state.age(now) >= FRESH && state.may_ask(now) => Look::Old(Arc::clone(key)),
            Some(key) => Look::Known(Arc::clone(key)),
            None if state.may_ask_for_unknown(now) => Look::Ask,
            None => Look::Unknown,
        }
    }

    /// What is known once everything was tried. Without any keys nobody can say that a token's is not among them.
    fn known(&self, kid: &str) -> Result<Arc<VerifyingKey>, Fault> {
        let (now, state) = (self.now(), locked(&self.state));
        match state.usable(now) {
            Some(keys) => keys.get(kid).map(Arc::clone).ok_or_else(|| Reason::UnknownKey.into()),
            None => Err(unavailable(state.last_error.clone())),
        }
    }

    /// Somebody may have fetched between our look and our turn.
    async fn fetch_if_due(&self, kid: &str) {
        if !matches!(self.look(kid), Look::Ask | Look::Old(_)) {
            return;
        }
        let now = self.now();
        let outcome = self.fetch().await;
        let mut state = locked(&self.state);
        state.tried_at = Some(self.now());
        let is_missing = |keys: &Keys| !keys.contains_key(kid);
        if state.keys.as_ref().is_some_and(is_missing) || outcome.as_ref().is_ok_and(is_missing) {
            state.missed_at = state.tried_at;
        }
        match outcome {
            Ok(keys) => {
                state.keys = Some(keys);
                state.fetched_at = Some(now);
                state.last_error = None;
            }
            Err(error) => state.last_error = Some(error),
        }
    }

    async fn fetch(&self) -> Result<Keys, Error> {
        let metadata = self.metadata.get().await?;
        let url = metadata.endpoint("jwks_uri")?;
        let reply = self.metadata.http().get(url, "application/json").await?;
        read(&object_of(&reply, "key set")?)
    }
}

impl State {
    /// Where the clock went back the set is due, and its day begins anew: it has to end some time.
    fn follow(&mut self, now: i64) {
        if self.fetched_at.is_some_and(|at| now < at) {
            self.fetched_at = Some(now - FRESH);
        }
    }

    fn age(&self, now: i64) -> i64 {
        self.fetched_at.map_or(i64::MAX, |at| now.saturating_sub(at))
    }

    fn usable(&self, now: i64) -> Option<&Keys> {
        self.keys.as_ref().filter(|_| self.age(now) < STALE)
    }

    fn may_ask(&self, now: i64) -> bool {
        let pause = if self.keys.is_none() { FIRST_PAUSE } else { PAUSE };
        self.tried_at.is_none_or(|at| now < at || now - at >= pause)
    }

    /// Not as often as a stranger likes, and at once after a fetch that was not for a name that is not there.
    fn may_ask_for_unknown(&self, now: i64) -> bool {
        self.missed_at.is_none_or(|at| now < at || now - at >= PAUSE)
    }
}

/// The usable keys of a set. All others are passed over, one by one.
fn read(document: &Json) -> Result<Keys, Error> {
    let malformed = || Error::reply("the key set is malformed", 200);
    let members = document.get("keys").and_then(Value::as_array).ok_or_else(malformed)?;
    let mut keys = Keys::new();
    for member in members.iter().take(MAX_KEYS) {
        let Ok(jwk) = Jwk::from_value(member) else { continue };
        let (Some(kid), Some(algorithm)) = (jwk.kid(), jwk.alg()) else {
            continue;
        };
        if !ALGORITHMS.contains(&algorithm) || keys.contains_key(kid) {
            continue;
        }
        if let Ok(key) = VerifyingKey::from_jwk(&jwk, &[algorithm]) {
            keys.insert(kid.to_owned(), Arc::new(key));
        }
    }
    if keys.is_empty() {
        return Err(Error::reply("the key set has no usable key", 200));
    }
    Ok(keys)
}
