//! Idempotency keys: a creation that is asked for twice under one key happens once, and both replies are the same, the
//! secret in them too. Nothing readable is kept of a secret: it is drawn from a stream that the row's salt and a key
//! outside the database determine.

use super::refused::Refused;
use crate::change::{Change, Guard, Write};
use crate::record::IdempotencyRecord;
use grantd_jose::{HmacKey, sha256};
use grantd_protocol::{Entropy, Seconds, Timestamp};
use serde_json::Value;
use std::sync::atomic::{AtomicU64, Ordering};

/// How long a key is remembered.
pub const REMEMBERED: Seconds = Seconds(24 * 3600);
/// The longest key, in bytes.
pub const MAX_KEY: usize = 255;
/// Keeps this use of the key apart from that of [`Asked::secrets`].
const FINGERPRINT: &[u8] = b"what was asked:";

/// A request under an idempotency key.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The row: SHA-256 over whose key it is and the key.
    pub key: [u8; 32],
    /// What was asked, under the key outside the database: it may hold a password, which nobody is to guess at by what was kept.
    pub fingerprint: [u8; 32],
    /// SHA-256 over what whoever asks can do.
    pub rights: [u8; 32],
}

/// What a retry is told.
#[derive(Clone, PartialEq, Debug)]
pub struct Told {
    /// The reply's body without its secret.
    pub body: Value,
    /// The member in which the secret belongs.
    pub secret_member: Option<String>,
    /// The address of what was made.
    pub location: String,
    /// Its tag, where it has one.
    pub etag: Option<String>,
}

/// What became of an earlier request under a key.
#[derive(Clone, PartialEq, Debug)]
pub enum Before {
    /// There was none, or it is forgotten.
    Nothing,
    /// It was done, and is told again.
    Told(Box<IdempotencyRecord>),
    /// It was done for somebody of this name who could do other things.
    Withheld,
}

/// What is told where nothing is told again and nothing is made.
#[must_use]
pub fn withheld() -> Refused {
    let sentence = "the request was done under this Idempotency-Key when you had other rights, and its reply is not told \
                    again; look for what was made, or use a new key";
    Refused::State(sentence.to_owned())
}

impl Asked {
    /// Of what was asked by whom, who could do what `may` says then; each part in a length-prefixed form, so that no two lists
    /// of parts are one text. `secret` is the key of [`Asked::secrets`].
    #[must_use]
    pub fn new(whose: &[&str], may: &str, key: &str, what: &[&[u8]], secret: &HmacKey) -> Self {
        let whose: Vec<&[u8]> = whose.iter().copied().chain([key]).map(str::as_bytes).collect();
        Self {
            key: digest(&whose),
            fingerprint: secret.tag(&[FINGERPRINT, &digest(what)]),
            rights: sha256(may.as_bytes()),
        }
    }

    /// What was told under this key before, if anything was.
    ///
    /// # Errors
    /// [`Refused::Invalid`] where something else was asked under it.
    pub fn before(&self, found: Option<IdempotencyRecord>, now: Timestamp) -> Result<Before, Refused> {
        match found.filter(|record| now < record.expires_at) {
            None => Ok(Before::Nothing),
            Some(record) if record.fingerprint != self.fingerprint => Err(Refused::wrong(
                "",
                "the Idempotency-Key was used for another request; use a new key for a new request",
            )),
            // A reply is told again without being decided again: whoever may less would be given what it would have been
            // refused, and to decide anew would make a second object.
            Some(record) if record.rights != self.rights => Ok(Before::Withheld),
            Some(record) => Ok(Before::Told(Box::new(record))),
        }
    }

    /// Adds to a change that this key was used for it.
    pub fn remember(&self, change: &mut Change, salt: [u8; 16], told: Told, now: Timestamp) {
        change.guards.push(Guard::IdempotencyFree(self.key));
        change.writes.push(Write::PutIdempotency(Box::new(IdempotencyRecord {
            key: self.key,
            fingerprint: self.fingerprint,
            rights: self.rights,
            salt,
            body: told.body,
            secret_member: told.secret_member,
            location: told.location,
            etag: told.etag,
            expires_at: now.plus(REMEMBERED),
        })));
    }

    /// The stream that secrets under this key are drawn from.
    #[must_use]
    pub fn secrets(&self, key: &HmacKey, salt: &[u8; 16]) -> Derived {
        Derived {
            seed: key.tag(&[&self.key, &self.fingerprint, salt]),
            blocks: AtomicU64::new(0),
        }
    }
}

/// A stream of bytes that a seed determines.
pub struct Derived {
    seed: [u8; 32],
    blocks: AtomicU64,
}

impl Entropy for Derived {
    fn fill(&self, buffer: &mut [u8]) {
        let key = HmacKey::new(&self.seed);
        for chunk in buffer.chunks_mut(32) {
            let number = self.blocks.fetch_add(1, Ordering::Relaxed);
            for (target, source) in chunk.iter_mut().zip(key.tag(&[&number.to_be_bytes()])) {
                *target = source;
            }
        }
    }
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    sha256(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::client::draw_secret;
    use crate::fixture::NOW;
    use grantd_protocol::id::ChangeId;
    use serde_json::json;

    fn asked(key: &str, body: &[u8]) -> Asked {
        asked_by("grantd:clients:write", key, body)
    }

    fn asked_by(may: &str, key: &str, body: &[u8]) -> Asked {
        Asked::new(&["main", "ops"], may, key, &[b"POST", body], &HmacKey::new(&[7; 32]))
    }

    #[test]
    fn a_reply_is_told_again_to_whoever_can_do_the_same_and_withheld_from_everybody_else() {
        let mut change = Change::new(ChangeId::from_bytes([1; 16]), Vec::new());
        let told = Told {
            body: json!({ "id": "x" }),
            secret_member: None,
            location: "/things/x".to_owned(),
            etag: None,
        };
        asked("a", b"{}").remember(&mut change, [1; 16], told, NOW);
        let Some(Write::PutIdempotency(kept)) = change.writes.pop() else {
            panic!("nothing is remembered");
        };
        let kept = || Some((*kept).clone());
        let before = |asked: Asked, at| asked.before(kept(), at);
        assert_eq!(
            before(asked("a", b"{}"), NOW),
            Ok(Before::Told(Box::new(kept().unwrap())))
        );
        let weaker = || asked_by("grantd:users:read", "a", b"{}");
        assert_eq!(weaker().key, kept().unwrap().key, "the same key of the same caller");
        assert_eq!(before(weaker(), NOW), Ok(Before::Withheld));
        let another = before(asked("a", b"[]"), NOW);
        assert!(matches!(another, Err(Refused::Invalid(_))), "{another:?}");
        assert_eq!(before(weaker(), NOW.plus(REMEMBERED)), Ok(Before::Nothing));
    }

    #[test]
    fn what_was_asked_is_not_to_be_guessed_at_without_the_key_outside_the_database() {
        let under = |secret: u8| Asked::new(&["main", "ops"], "", "a", &[b"hunter2"], &HmacKey::new(&[secret; 32]));
        assert_eq!(under(7).fingerprint, under(7).fingerprint);
        assert_ne!(under(7).fingerprint, under(8).fingerprint);
        assert_ne!(under(7).fingerprint, digest(&[b"hunter2"]));
    }

    #[test]
    fn the_same_key_salt_and_request_draw_the_same_secret_and_any_other_another() {
        let key = HmacKey::new(&[7; 32]);
        let draw = |asked: &Asked, salt: u8| draw_secret(&asked.secrets(&key, &[salt; 16])).expose().to_owned();
        let first = draw(&asked("a", b"{}"), 1);
        assert_eq!(first, draw(&asked("a", b"{}"), 1));
        for other in [
            draw(&asked("b", b"{}"), 1),
            draw(&asked("a", b"{} "), 1),
            draw(&asked("a", b"{}"), 2),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn parts_cannot_be_cut_in_another_way() {
        let key_of = |whose: &str, key: &str| Asked::new(&[whose], "", key, &[], &HmacKey::new(&[7; 32])).key;
        assert_ne!(key_of("ab", "c"), key_of("a", "bc"));
    }
}
