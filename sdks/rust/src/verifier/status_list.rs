//! Status lists (Token Status List): a signed, compressed string of bits that says which JWTs were revoked, so that an API sees
//! it without asking about each token.

use super::bounded::BoundedMap;
use super::jwt;
use super::key_set::KeySet;
use super::reason::{Fault, Reason};
use crate::clock::seconds;
use crate::error::Error;
use crate::exchange::MAX_REPLY;
use crate::flight::{Flights, locked};
use crate::oauth::metadata::{Json, MetadataSource};
use grantd_jose::strict_json::{self, Limits};
use grantd_jose::{Claims, HeaderPolicy, Jws, base64url_decode};
use grantd_protocol::web::origin_parts;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long a list is used without asking again at most, in seconds.
const MAX_TTL: i64 = 300;
/// After a fetch that failed, or was not waited for, in milliseconds.
const PAUSE: i64 = 5_000;
/// How long a fetch is waited for where the list that is there is good still.
const PATIENCE: Duration = Duration::from_secs(1);
/// How large a list may become, in bytes.
const MAX_LIST: usize = 4 * 1024 * 1024;
/// How many lists are kept.
const MAX_LISTS: usize = 100;

/// Looks tokens up in their lists. Cheap to clone.
#[derive(Clone)]
pub(crate) struct StatusLists(Arc<Inner>);

struct Inner {
    metadata: Arc<MetadataSource>,
    keys: KeySet,
    types: [String; 1],
    leeway: i64,
    lists: Mutex<BoundedMap<String, Arc<List>>>,
    /// Why lists could not be had that are not there, for as long as they are not asked for again.
    failures: Mutex<BoundedMap<String, Since<Error>>>,
    /// The addresses that took longer than anybody waits.
    slow: Mutex<BoundedMap<String, Since<()>>>,
    flights: Flights<String, Result<Arc<List>, Fault>>,
}

/// A list that was verified.
struct List {
    bits: usize,
    bytes: Arc<[u8]>,
    /// Milliseconds since 1970.
    fetched_at: i64,
    /// Milliseconds since 1970 at which it is fetched again.
    ask_at: i64,
    /// Milliseconds since 1970 from which on it must not be used.
    end: i64,
    /// Whether it says its end itself.
    says_its_end: bool,
}

/// What holds for a while, with its beginning in milliseconds since 1970: before that the clock went back, and it is over.
#[derive(Clone)]
struct Since<T>(i64, T);

/// A token's place in a list.
struct Place<'c> {
    index: usize,
    uri: &'c str,
}

impl StatusLists {
    pub(crate) fn new(metadata: Arc<MetadataSource>, keys: KeySet, leeway: i64) -> Self {
        let http = metadata.http();
        let flights = Flights::new(Arc::clone(&http.clock), http.timeout);
        Self(Arc::new(Inner {
            metadata,
            keys,
            types: ["statuslist+jwt".to_owned()],
            leeway,
            lists: Mutex::new(BoundedMap::new(MAX_LISTS)),
            failures: Mutex::new(BoundedMap::new(MAX_LISTS)),
            slow: Mutex::new(BoundedMap::new(MAX_LISTS)),
            flights,
        }))
    }

    /// Refuses a token that its list calls revoked. A token without a place in a list passes.
    pub(crate) async fn check(&self, claims: &Json) -> Result<(), Fault> {
        let Some(place) = place(claims)? else {
            return Ok(());
        };
        let now = self.0.now();
        let list = match self.0.known(place.uri, now) {
            Some(list) if !list.is_due(now) => list,
            Some(old) => self.overdue(place.uri, old, now).await?,
            None => self.renewed(place.uri).await?,
        };
        match list.is_revoked(place.index) {
            Some(false) => Ok(()),
            Some(true) => Err(Reason::Revoked.into()),
            None => Err(Reason::Unavailable.into()),
        }
    }

    /// The next list, or the one that is good still where the next one is slow. The request for it goes on.
    async fn overdue(&self, uri: &str, old: Arc<List>, now: i64) -> Result<Arc<List>, Fault> {
        if lasting(&self.0.slow, uri, now).is_some() {
            return Ok(old);
        }
        let late = self.0.metadata.http().clock.sleep(PATIENCE);
        tokio::select! {
            biased;
            list = self.renewed(uri) => list,
            () = late => {
                let now = self.0.now();
                locked(&self.0.slow).put(uri.to_owned(), Since(now, ()), now + PAUSE);
                if now < old.end { Ok(old) } else { Err(Reason::Unavailable.into()) }
            }
        }
    }

    async fn renewed(&self, uri: &str) -> Result<Arc<List>, Fault> {
        let fetched = self.0.flights.join(uri.to_owned(), || {
            let (inner, uri) = (Arc::clone(&self.0), uri.to_owned());
            async move { inner.renew(&uri).await }
        });
        fetched.await.map_err(Error::from)?
    }
}

fn lasting<T: Clone>(all: &Mutex<BoundedMap<String, Since<T>>>, uri: &str, now: i64) -> Option<T> {
    let Since(since, value) = locked(all).get(uri, now)?;
    (since <= now).then_some(value)
}

/// The place that a token names; its address is checked by whoever fetches it.
fn place(claims: &Json) -> Result<Option<Place<'_>>, Reason> {
    let Some(entry) = claims.get("status").and_then(|status| status.get("status_list")) else {
        return Ok(None);
    };
    let index = entry
        .get("idx")
        .and_then(Value::as_u64)
        .and_then(|index| usize::try_from(index).ok());
    let uri = entry.get("uri").and_then(Value::as_str);
    match (index, uri) {
        (Some(index), Some(uri)) => Ok(Some(Place { index, uri })),
        _ => Err(Reason::Claim),
    }
}

impl List {
    const fn is_due(&self, now: i64) -> bool {
        now >= self.ask_at || now < self.fetched_at
    }

    /// `None` where the list has no such place. Suspended is revoked too.
    fn is_revoked(&self, index: usize) -> Option<bool> {
        let position = index.checked_mul(self.bits)?;
        let byte = self.bytes.get(position / 8)?;
        // One to eight bits, which never cross a byte.
        let mask = u8::MAX >> (8 - self.bits.min(8));
        Some((byte >> (position % 8)) & mask != 0)
    }
}

impl Inner {
    fn now(&self) -> i64 {
        self.metadata.http().clock.now()
    }

    fn known(&self, uri: &str, now: i64) -> Option<Arc<List>> {
        // Without an end of its own nothing is known of one that comes from what is now the future.
        let list = locked(&self.lists).get(uri, now);
        list.filter(|list| list.says_its_end || list.fetched_at <= now)
    }

    async fn renew(&self, uri: &str) -> Result<Arc<List>, Fault> {
        let now = self.now();
        let old = self.known(uri, now);
        // Somebody may have fetched between our look and our turn.
        if let Some(fresh) = old.as_ref().filter(|list| !list.is_due(now)) {
            return Ok(Arc::clone(fresh));
        }
        let failure = lasting(&self.failures, uri, now);
        if let Some(failure) = failure.filter(|_| old.is_none()) {
            return Err(failure.into());
        }
        self.check_origin(uri).await?;
        let fetched = self.fetch(uri).await;
        // It may have taken as long as a request may, and an overdue list may have ended meanwhile.
        let now = self.now();
        let list = match (fetched, old.filter(|old| now < old.end)) {
            (Ok(list), _) => list,
            // An overdue list serves to its own end, and is not asked for with each request.
            (Err(_), Some(old)) => List {
                bits: old.bits,
                bytes: Arc::clone(&old.bytes),
                fetched_at: now,
                ask_at: now + PAUSE,
                ..*old
            },
            (Err(error), None) => {
                locked(&self.failures).put(uri.to_owned(), Since(now, error.clone()), now + PAUSE);
                return Err(error.into());
            }
        };
        let list = Arc::new(list);
        locked(&self.lists).put(uri.to_owned(), Arc::clone(&list), list.end);
        Ok(list)
    }

    /// A token must not be able to send this API anywhere but to its issuer.
    async fn check_origin(&self, uri: &str) -> Result<(), Fault> {
        let wanted = origin_parts(uri).ok_or(Reason::Claim)?;
        if origin_parts(self.metadata.issuer()).as_ref() == Some(&wanted) {
            return Ok(());
        }
        let metadata = self.metadata.get().await?;
        if origin_parts(metadata.endpoint("jwks_uri")?) == Some(wanted) {
            Ok(())
        } else {
            Err(Reason::Claim.into())
        }
    }

    async fn fetch(&self, uri: &str) -> Result<List, Error> {
        let broken = |_| Error::reply("the status list does not hold", 200);
        let reply = self.metadata.http().get(uri, "application/statuslist+jwt").await?;
        if reply.status() != http::StatusCode::OK {
            let status = reply.status().as_u16();
            return Err(Error::reply(
                format!("the status list's address answered {status}"),
                status,
            ));
        }
        let policy = HeaderPolicy {
            max_bytes: MAX_REPLY,
            ..HeaderPolicy::STRICT
        };
        let text = reply.body().trim_ascii();
        let jws = Jws::parse(text, &policy).map_err(|_| broken(Broken))?;
        let verified = jwt::verified(&jws, &self.types, &self.keys).await;
        let payload = verified
            .map_err(|fault| fault.cause.unwrap_or_else(|| broken(Broken)))?
            .payload();
        let members = strict_json::object_from_slice(payload, Limits::bytes(MAX_REPLY)).map_err(|_| broken(Broken))?;
        self.read(&Claims::from_members(members), uri).map_err(broken)
    }

    fn read(&self, claims: &Claims, uri: &str) -> Result<List, Broken> {
        let http = self.metadata.http();
        let now = seconds(&*http.clock);
        let is_ours = claims.str("iss")?.is_none_or(|issuer| issuer == self.metadata.issuer());
        let (issued_at, end) = (claims.whole_date("iat")?, claims.whole_date("exp")?);
        let has_ended = end.is_some_and(|end| now >= end);
        let is_early = issued_at.is_none_or(|at| now < at - self.leeway);
        if !is_ours || claims.str("sub")? != Some(uri) || is_early || has_ended {
            return Err(Broken);
        }
        let list = claims.object("status_list")?.ok_or(Broken)?;
        let bits = list.get("bits").and_then(Value::as_u64).ok_or(Broken)?;
        let bits = [1, 2, 4, 8]
            .into_iter()
            .find(|known| *known as u64 == bits)
            .ok_or(Broken)?;
        let packed = list.get("lst").and_then(Value::as_str).ok_or(Broken)?;
        let packed = base64url_decode(packed).map_err(|_| Broken)?;
        let bytes = decompress_to_vec_zlib_with_limit(&packed, MAX_LIST).map_err(|_| Broken)?;
        let ttl = claims
            .get("ttl")
            .and_then(Value::as_i64)
            .filter(|ttl| *ttl > 0)
            .unwrap_or(MAX_TTL);
        let fetched_at = http.clock.now();
        let ask_at = fetched_at + ttl.min(MAX_TTL) * 1000;
        Ok(List {
            bits,
            bytes: bytes.into(),
            fetched_at,
            ask_at,
            says_its_end: end.is_some(),
            // Without an end of its own a list is used for one period and no longer.
            end: end.map_or(ask_at, |end| end.saturating_mul(1000)),
        })
    }
}

/// A list that does not hold, for whatever reason.
struct Broken;

impl From<grantd_jose::ClaimError> for Broken {
    fn from(_: grantd_jose::ClaimError) -> Self {
        Self
    }
}
