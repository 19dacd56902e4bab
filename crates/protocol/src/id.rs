//! Typed, time-ordered row ids: 48 bits of milliseconds, then random bits (RFC 9562 section 5.7, UUID version 7).
//! Ids are row keys, never secrets: their order is what keeps inserts at the right edge of a B-tree.

use crate::entropy::{Entropy, draw};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The 16 bytes of a row id.
pub type RawId = [u8; 16];

/// Draws the bytes of a new id.
#[must_use]
pub fn draw_id(now: Timestamp, entropy: &dyn Entropy) -> RawId {
    let mut bytes: RawId = draw(entropy);
    let millis = now.millis().max(0).unsigned_abs().to_be_bytes();
    let [_, _, time @ ..] = millis;
    for (target, source) in bytes.iter_mut().zip(time) {
        *target = source;
    }
    // Version 7 and the RFC 9562 variant, so that other tools show the id as the UUID that it is.
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
    *version = 0x70 | (*version & 0x0F);
    *variant = 0x80 | (*variant & 0x3F);
    bytes
}

/// The smallest id that could have been drawn at `at`: the bound for range scans and purges by time.
#[must_use]
pub fn floor_id(at: Timestamp) -> RawId {
    let mut bytes: RawId = [0; 16];
    let [_, _, time @ ..] = at.millis().max(0).unsigned_abs().to_be_bytes();
    for (target, source) in bytes.iter_mut().zip(time) {
        *target = source;
    }
    bytes
}

/// All digits at once: an id stands in nearly every reply, and formatting byte by byte takes ten times as long.
fn write_hex(bytes: &RawId, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
    let mut text = [0; 32];
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        for (target, nibble) in pair.iter_mut().zip([byte >> 4, byte & 0x0F]) {
            *target = digit(nibble);
        }
    }
    out.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
}

fn parse_hex(text: &str) -> Option<RawId> {
    let digits = text.as_bytes();
    if digits.len() != 32 {
        return None;
    }
    let mut bytes: RawId = [0; 16];
    for (target, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let mut value = 0_u8;
        for digit in pair {
            let nibble = match digit {
                b'0'..=b'9' => digit - b'0',
                b'a'..=b'f' => digit - b'a' + 10,
                _ => return None,
            };
            value = (value << 4) | nibble;
        }
        *target = value;
    }
    Some(bytes)
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(RawId);

        impl $name {
            /// Draws a new id at `now`.
            #[must_use]
            pub fn draw(now: Timestamp, entropy: &dyn Entropy) -> Self {
                Self(draw_id(now, entropy))
            }

            /// Wraps the bytes of an id that was stored or presented.
            #[must_use]
            pub const fn from_bytes(bytes: RawId) -> Self {
                Self(bytes)
            }

            /// Wraps bytes of unchecked length; `None` unless there are 16.
            #[must_use]
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }

            /// The bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &RawId {
                &self.0
            }

            /// Parses the 32 lower-case hexadecimal digits that `Display` writes.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                parse_hex(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(&self.0, out)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, concat!(stringify!($name), "({})"), self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::parse(&text).ok_or_else(|| serde::de::Error::custom("expected 32 hexadecimal digits"))
            }
        }
    )+};
}

ids! {
    /// An access token's row.
    AccessId;
    /// An authorization code's row.
    CodeId;
    /// A refresh token family's row: everything that came from one code.
    FamilyId;
    /// A grant's row: what one user allowed one client to do in one tenant.
    GrantId;
    /// A browser session's row.
    SessionId;
    /// A change to the store, for finding out whether it was applied after a lost connection.
    ChangeId;
    /// An audit entry's row.
    AuditId;
    /// A refused request's row.
    RefusedId;
    /// An address that wants to hear of what is done.
    WebhookId;
    /// An API key's row.
    ApiKeyId;
    /// A waiting device's row.
    DeviceId;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::counted::Counted;

    #[test]
    fn ids_sort_by_the_time_they_were_drawn() {
        let entropy = Counted::default();
        let ids: Vec<_> = (0..100)
            .map(|second| AccessId::draw(Timestamp::from_secs(second), &entropy))
            .collect();
        assert!(ids.is_sorted());
    }

    #[test]
    fn the_floor_of_an_instant_is_below_every_id_of_it() {
        let now = Timestamp::from_secs(1_800_000_000);
        assert!(floor_id(now) <= draw_id(now, &Counted::default()));
        assert!(floor_id(now.plus(crate::Seconds(1))) > draw_id(now, &Counted::default()));
    }

    #[test]
    fn the_text_form_round_trips_and_is_strict() {
        let id = GrantId::draw(Timestamp::from_secs(1), &Counted::default());
        assert_eq!(GrantId::parse(&id.to_string()), Some(id));
        assert_eq!(GrantId::parse(&id.to_string().to_uppercase()), None);
        assert_eq!(GrantId::parse("zz"), None);
    }
}
