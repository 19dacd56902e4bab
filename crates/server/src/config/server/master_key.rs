//! The master key: 32 bytes that no store ever sees. Private signing keys are sealed under it, refresh tokens are
//! derived from it; whoever has the database alone forges nothing.

use std::fmt;
use zeroize::Zeroize;

/// The number of bytes of a master key.
const MASTER_KEY_BYTES: usize = 32;

/// The master key. Wiped when dropped, shown to nobody.
#[derive(Clone)]
pub struct MasterKey([u8; MASTER_KEY_BYTES]);

impl MasterKey {
    /// Wraps 32 random bytes.
    #[must_use]
    pub const fn new(bytes: [u8; MASTER_KEY_BYTES]) -> Self {
        Self(bytes)
    }

    /// Reads the text form, base64url without padding. White space around it is ignored, since files end in a line
    /// break. `None` for anything that is not exactly 32 bytes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = grantd_jose::base64url_decode(text.trim()).ok()?;
        let key = bytes.as_slice().try_into().ok().map(Self);
        bytes.zeroize();
        key
    }

    /// The bytes, for the one place that derives keys from them.
    #[must_use]
    pub const fn expose(&self) -> &[u8; MASTER_KEY_BYTES] {
        &self.0
    }

    /// The text form, for the one file that holds it.
    #[must_use]
    pub fn expose_text(&self) -> String {
        grantd_jose::base64url_encode(self.0)
    }
}

impl Drop for MasterKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("MasterKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_round_trips_and_a_line_break_is_ignored() {
        let key = MasterKey::new([7; 32]);
        let again = MasterKey::parse(&format!("{}\n", key.expose_text())).unwrap();
        assert_eq!(again.expose(), key.expose());
    }

    #[test]
    fn only_exactly_32_bytes_are_a_key() {
        for length in [0, 16, 31, 33] {
            assert!(MasterKey::parse(&grantd_jose::base64url_encode(vec![7; length])).is_none());
        }
        assert!(MasterKey::parse("not base64url at all!").is_none());
    }

    #[test]
    fn the_key_never_shows_itself() {
        assert_eq!(format!("{:?}", MasterKey::new([7; 32])), "MasterKey(…)");
    }
}
