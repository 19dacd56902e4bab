//! Signed copies of lists, kept until a bit changes, the signing key does, or half of their life is over. All nodes give one
//! tag to one list, although each signs for itself, so that a verifier behind a load balancer gets its 304.

use crate::error::Fault;
use crate::request::Request;
use bytes::Bytes;
use grantd_core::status_list::{LIST_TYPE, Packed, StatusLists, claims, renewed_after, uri};
use grantd_jose::{base64url_encode, sha256};
use grantd_protocol::Seconds;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Copies that are kept at the same time, at most: lists times issuers.
const MOST: usize = 512;

/// A signed list.
pub struct Signed {
    /// The JWT.
    pub body: Bytes,
    /// Its tag: what the list says and in which period it was signed, not the signature's bytes.
    pub etag: String,
    version: u64,
    period: i64,
    kid: String,
}

/// The copies of a realm.
#[derive(Default)]
pub(super) struct Copies {
    /// By address.
    signed: Mutex<HashMap<String, Arc<Signed>>>,
    /// What they were last put together from, by list: the same under every issuer.
    packed: Mutex<HashMap<u64, Packed>>,
}

impl Copies {
    /// The copy of a list below the address `lists`, signed anew where it is not what would be signed now.
    pub(super) fn get(
        &self,
        request: &Request<'_>,
        bits: &Mutex<StatusLists>,
        (lists, list): (&str, u64),
        ttl: Seconds,
    ) -> Result<Arc<Signed>, Fault> {
        let realm = &request.realm.config.realm;
        let signer = request.realm.ring.signer(realm.access.algorithm)?;
        let uri = uri(lists, list);
        let period = request.now.secs() / i64::from(renewed_after(ttl).get().max(1));
        let known = bits.lock().unwrap_or_else(PoisonError::into_inner);
        let version = known.version(list);
        let copy = lock(&self.signed).get(&uri).map(Arc::clone);
        let is_good = |copy: &Arc<Signed>| copy.version == version && copy.period == period && copy.kid == signer.kid();
        if let Some(copy) = copy.filter(is_good) {
            return Ok(copy);
        }
        let mut packed = lock(&self.packed).get(&list).cloned().unwrap_or_default();
        let changed = packed.changed(&known, list);
        drop(known);
        packed.renew(&changed);
        let zlib = packed.zlib();
        keep(&self.packed, list, packed);
        let mut said = sha256(&zlib).to_vec();
        said.extend(period.to_be_bytes());
        let payload = claims(request.issuer, &uri, &zlib, ttl, request.now);
        let signed = Arc::new(Signed {
            body: signer.sign(LIST_TYPE, &payload)?.into(),
            etag: format!("\"{}\"", base64url_encode(sha256(&said))),
            version,
            period,
            kid: signer.kid().to_owned(),
        });
        keep(&self.signed, uri, Arc::clone(&signed));
        Ok(signed)
    }
}

/// Keeps a copy, at the price of all others where there are too many.
fn keep<K: Eq + Hash, V>(kept: &Mutex<HashMap<K, V>>, key: K, copy: V) {
    let mut kept = lock(kept);
    if kept.len() >= MOST {
        kept.clear();
    }
    kept.insert(key, copy);
}

/// A panic elsewhere while the lock was held cannot have left half a copy.
fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
