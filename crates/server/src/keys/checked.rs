//! Access tokens of a realm whose signatures were checked already: callers send the same JWT with request after request,
//! and checking a signature takes longer than everything else that a gate does. Whether a token is still good is not known
//! here, and is asked of the store each time.

use grantd_jose::VerifyingKey;
use grantd_protocol::id::AccessId;
use quick_cache::sync::Cache;
use std::sync::Arc;

/// Tokens that are remembered, at most. Only good signatures are, so that nobody fills this with texts of their own.
const CAPACITY: usize = 10_000;

/// The tokens of a realm as its file is now: a reloaded one begins anew.
pub struct CheckedTokens {
    /// By SHA-256 of the whole text.
    known: Cache<[u8; 32], Arc<Checked>>,
}

struct Checked {
    id: AccessId,
    kid: String,
    /// What it was checked with. A key that left the ring, or was read anew, takes what it checked with it.
    key: Arc<VerifyingKey>,
}

impl Default for CheckedTokens {
    fn default() -> Self {
        Self {
            known: Cache::new(CAPACITY),
        }
    }
}

impl CheckedTokens {
    /// The `jti` of a token that was checked with a key that is still there. `key_of` finds a key by its id.
    #[must_use]
    pub fn id(&self, digest: &[u8; 32], key_of: impl FnOnce(&str) -> Option<Arc<VerifyingKey>>) -> Option<AccessId> {
        let checked = self.known.get(digest)?;
        let key = key_of(&checked.kid)?;
        Arc::ptr_eq(&key, &checked.key).then_some(checked.id)
    }

    /// Remembers a token whose signature, and everything else about it that does not change, was found good.
    pub fn keep(&self, digest: [u8; 32], id: AccessId, kid: &str, key: Arc<VerifyingKey>) {
        let kid = kid.to_owned();
        self.known.insert(digest, Arc::new(Checked { id, kid, key }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use grantd_jose::{Algorithm, SigningKey};

    fn key() -> Arc<VerifyingKey> {
        let key = SigningKey::generate(Algorithm::ES256).unwrap();
        Arc::new(VerifyingKey::from_jwk(key.public_jwk(), &[Algorithm::ES256]).unwrap())
    }

    #[test]
    fn a_token_is_known_as_long_as_its_key_is_and_no_other_text_with_it() {
        let (tokens, first, second) = (CheckedTokens::default(), key(), key());
        let id = AccessId::from_bytes([7; 16]);
        tokens.keep([1; 32], id, "first", Arc::clone(&first));
        let ring = |kid: &str| (kid == "first").then(|| Arc::clone(&first));
        assert_eq!(tokens.id(&[1; 32], ring), Some(id));
        assert_eq!(tokens.id(&[2; 32], ring), None);
        assert_eq!(tokens.id(&[1; 32], |_| None), None, "the key was removed");
        assert_eq!(
            tokens.id(&[1; 32], |_| Some(Arc::clone(&second))),
            None,
            "another key has its id"
        );
    }
}
