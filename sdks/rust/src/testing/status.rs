//! The status list of a fake issuer: which of its JWTs were revoked, signed, as an API fetches it (Token Status List).

use super::fake_issuer::FakeIssuer;
use crate::clock::seconds;
use crate::error::Error;
use crate::flight::locked;
use grantd_jose::base64url_encode;
use serde_json::{Value, json};
use std::collections::HashMap;

/// Seconds for which a list is used without asking again.
const TTL: i64 = 60;
/// Seconds after which a list must not be used.
const LIFETIME: i64 = 3600;
/// The longest block that is stored as it is (RFC 1951 section 3.2.4).
const BLOCK: usize = 0xffff;

/// The places of tokens.
#[derive(Default)]
pub(super) struct Places {
    /// Tokens name a place from the first time on that somebody asked for it.
    pub(super) are_named: bool,
    /// One bit for each place; 1 is revoked.
    bytes: Vec<u8>,
    by_token: HashMap<String, usize>,
    count: usize,
}

impl Places {
    /// A place that nobody has.
    pub(super) fn next(&mut self) -> usize {
        self.count += 1;
        self.bytes.resize(self.count.div_ceil(8), 0);
        self.count - 1
    }

    pub(super) fn give(&mut self, token: &str, place: usize) {
        self.by_token.insert(token.to_owned(), place);
    }

    pub(super) fn revoke(&mut self, token: &str) {
        let place = self.by_token.get(token).copied();
        let byte = place.and_then(|place| Some((place, self.bytes.get_mut(place / 8)?)));
        if let Some((place, byte)) = byte {
            *byte |= 1 << (place % 8);
        }
    }
}

impl FakeIssuer {
    /// JWTs name a place in a status list from now on, and [`FakeIssuer::revoke`] says there that they are revoked.
    pub fn name_places(&self) {
        locked(&self.0.state).places.are_named = true;
    }

    /// The claim of a token in this place.
    pub(super) fn place(&self, place: usize) -> Value {
        json!({ "status_list": { "idx": place, "uri": self.list_uri() } })
    }

    fn list_uri(&self) -> String {
        format!("{}/status/all", self.0.issuer)
    }

    /// The list, signed.
    pub(super) fn status_list(&self) -> Result<String, Error> {
        let packed = {
            let state = locked(&self.0.state);
            base64url_encode(stored(&state.places.bytes))
        };
        let now = seconds(&self.0.clock);
        let list = json!({ "bits": 1, "lst": packed });
        let claims = json!({
            "sub": self.list_uri(), "iat": now, "exp": now + LIFETIME, "ttl": TTL, "status_list": list,
        });
        self.sign("statuslist+jwt", None, &claims)
    }
}

/// In the form of RFC 1950, stored and not deflated.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let mut blocks = bytes.chunks(BLOCK).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.push(u8::from(blocks.peek().is_none()));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in bytes {
        low = (low + u32::from(*byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    out.extend((high << 16 | low).to_be_bytes());
    out
}
