//! `GET /jwks.json` (RFC 7517): the keys that verify what this realm signs, the next ones included.

use crate::reply::{self, Reply};
use crate::request::Request;

/// How long verifiers may keep the set, in seconds. A next key is published for longer than that before it signs.
pub const MAX_AGE: u32 = 300;

/// Answers a request.
#[must_use]
pub fn handle(request: &Request<'_>) -> Reply {
    let published = request.realm.ring.published();
    if request.has(&published.etag) {
        return reply::not_modified(&published.etag, MAX_AGE);
    }
    reply::document(published.json.clone(), &published.etag, MAX_AGE)
}
