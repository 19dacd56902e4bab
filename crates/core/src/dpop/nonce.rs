//! Nonces for proofs (RFC 9449 section 8) that no node has to remember: a minute's number and a tag over it. All nodes of
//! an installation make the same ones.

use grantd_jose::{HmacKey, base64url_decode, base64url_encode, constant_time_eq};
use grantd_protocol::Timestamp;

/// How long one is handed out, in seconds; it is good for the same time after that.
const SLOT: i64 = 60;
const TAG: usize = 16;

/// The key of the nonces.
#[derive(Clone, Debug)]
pub struct NonceKey(HmacKey);

impl NonceKey {
    /// From a key of 32 bytes that is used for nothing else.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        Self(HmacKey::new(key))
    }

    /// The nonce to use now.
    #[must_use]
    pub fn current(&self, realm: &str, now: Timestamp) -> String {
        self.at(realm, slot(now))
    }

    /// Whether a nonce was made for this realm within the last two minutes.
    #[must_use]
    pub fn made(&self, realm: &str, nonce: &str, now: Timestamp) -> bool {
        let Some(slot_of) = slot_of(nonce) else { return false };
        let fresh = (slot(now).saturating_sub(1)..=slot(now).saturating_add(1)).contains(&slot_of);
        fresh && constant_time_eq(self.at(realm, slot_of).as_bytes(), nonce.as_bytes())
    }

    fn at(&self, realm: &str, slot: i64) -> String {
        let slot = slot.to_be_bytes();
        let tag = self.0.tag(&[&slot, realm.as_bytes()]);
        let mut nonce = slot.to_vec();
        nonce.extend(tag.iter().take(TAG));
        base64url_encode(nonce)
    }
}

const fn slot(now: Timestamp) -> i64 {
    now.secs().div_euclid(SLOT)
}

fn slot_of(nonce: &str) -> Option<i64> {
    if nonce.len() > 64 {
        return None;
    }
    let bytes = base64url_decode(nonce).ok()?;
    let (slot, tag) = bytes.split_first_chunk::<8>()?;
    (tag.len() == TAG).then(|| i64::from_be_bytes(*slot))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_secs(NOW.secs() + seconds)
    }

    #[test]
    fn a_nonce_is_good_for_at_least_a_minute_and_at_most_two() {
        let key = NonceKey::new(&[1; 32]);
        for begin in 0..SLOT {
            let nonce = key.current("main", at(begin));
            assert!(key.made("main", &nonce, at(begin)));
            assert!(key.made("main", &nonce, at(begin + SLOT)));
            assert!(!key.made("main", &nonce, at(begin + 2 * SLOT)));
        }
    }

    #[test]
    fn a_nonce_of_another_realm_or_key_and_any_other_text_is_refused() {
        let key = NonceKey::new(&[1; 32]);
        let nonce = key.current("main", NOW);
        assert!(!key.made("other", &nonce, NOW));
        assert!(!NonceKey::new(&[2; 32]).made("main", &nonce, NOW));
        for at in 0..nonce.len() {
            let mut changed = nonce.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert!(!key.made("main", &String::from_utf8(changed).unwrap(), NOW), "{at}");
        }
        for text in ["", "A", &"A".repeat(64), &"A".repeat(10_000)] {
            assert!(!key.made("main", text, NOW));
        }
    }
}
