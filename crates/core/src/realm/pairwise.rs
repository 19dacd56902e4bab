//! What a realm computes the names with that only one sector gets (OpenID Connect Core section 8.1).

use grantd_jose::{HmacKey, base64url_encode};

/// Determines the names of users for sectors. The same key gives the same names for ever.
#[derive(Clone)]
pub struct PairwiseKey(HmacKey);

impl PairwiseKey {
    /// The key of a realm: 32 random bytes.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self(HmacKey::new(key))
    }

    /// The name of a user or of a session for a sector.
    pub(crate) fn name(&self, kind: &str, realm: &str, sector: &str, of: &str) -> String {
        // None of the parts before the last one has a line break.
        let text = format!("{kind}\n{realm}\n{sector}\n{of}");
        base64url_encode(self.0.tag(&[text.as_bytes()]))
    }
}

impl Default for PairwiseKey {
    /// The key of a realm that nobody serves.
    fn default() -> Self {
        Self::new(&[0; 32])
    }
}

impl std::fmt::Debug for PairwiseKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("PairwiseKey(..)")
    }
}
