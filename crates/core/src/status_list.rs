//! Token Status List (IETF OAuth): where a JWT access token's status is published, so that an API sees that it was ended
//! without asking about each token. A list is a long string of bits, one a token, that knows nothing else of them.
//!
//! Here is the arithmetic of places, what a lease of them is, the bits, and what a list says. Why a token is over is for
//! [`is_live`](crate::token::introspect::is_live); it must not know a store, nor when anybody looks.

mod bits;
mod keeping;
mod packing;

pub use crate::record::status_place::{LIST_SIZE, Listed, StatusPlace, uri};
pub use bits::{Stale, StatusLists};
pub use keeping::{Changed, Keeping, KeptList};
pub use packing::Packed;

use crate::change::{Change, Guard, Write};
use crate::token::claims::ClaimsWriter;
use grantd_jose::base64url_encode;
use grantd_protocol::id::ChangeId;
use grantd_protocol::{Seconds, Timestamp};
use serde_json::json;
use std::ops::Range;
use std::sync::Arc;

/// The header's `typ` of a list.
pub const LIST_TYPE: &str = "statuslist+jwt";
/// Copies of a list may be used for this many times its `ttl` while no newer one can be had.
const GOOD_FOR: u32 = 12;

/// Takes the next places of a realm: `stored` is how many were given away so far, `None` where none ever was. Whoever
/// commits the change has them; one who loses the race reads again. What a node that dies leaves of its places stays
/// unused for ever.
#[must_use]
pub fn lease(realm: &Arc<str>, stored: Option<u64>, count: u32, id: ChangeId) -> (Range<u64>, Change) {
    let from = stored.unwrap_or(0);
    let to = from.saturating_add(u64::from(count));
    let change = Change {
        id,
        guards: vec![Guard::PlacesAt {
            realm: Arc::clone(realm),
            next: stored,
        }],
        writes: vec![Write::LeasePlaces {
            realm: Arc::clone(realm),
            next: to,
        }],
    };
    (from..to, change)
}

/// What a list says (section 5.1 of the draft). `packed` is its [`Packed::zlib`].
#[must_use]
pub fn claims(issuer: &str, uri: &str, packed: &[u8], ttl: Seconds, now: Timestamp) -> Vec<u8> {
    let mut claims = ClaimsWriter::new();
    claims.set("iss", issuer);
    claims.set("sub", uri);
    claims.set_time("iat", now);
    claims.set_time("exp", now.plus(good_for(ttl)));
    claims.set("ttl", &ttl.get());
    claims.set("status_list", &json!({ "bits": 1, "lst": base64url_encode(packed) }));
    claims.finish()
}

/// How long a list is good from its making on: longer than `ttl`, so that a verifier does not refuse everybody as soon as
/// this server cannot be reached for a minute.
#[must_use]
pub const fn good_for(ttl: Seconds) -> Seconds {
    Seconds(ttl.get().saturating_mul(GOOD_FOR))
}

/// When a list whose bits stay the same is signed anew: after half of its life, so that no copy is older than that.
#[must_use]
pub const fn renewed_after(ttl: Seconds) -> Seconds {
    Seconds(ttl.get().saturating_mul(GOOD_FOR / 2))
}

#[cfg(test)]
mod tests;
