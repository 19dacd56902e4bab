//! Authenticated encryption of private keys at rest and of sealed tickets: AES-256-GCM with the caller's nonce.
//! Must not know what is sealed, nor draw randomness.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

/// A key that seals and opens. One per purpose: derive it with [`crate::derive_key`].
pub struct Sealer(LessSafeKey);

impl Sealer {
    /// From 32 bytes of full entropy.
    pub fn new(key: [u8; 32]) -> Sealer {
        #[expect(clippy::expect_used, reason = "the only error is a key that is not 32 bytes long")]
        Sealer(LessSafeKey::new(
            UnboundKey::new(&AES_256_GCM, &key).expect("32 bytes are an AES-256 key"),
        ))
    }

    /// Returns `nonce || ciphertext || tag`, bound to `aad` (what the value is and where it belongs, so that a sealed
    /// value copied to another row does not open there).
    ///
    /// `nonce` must be random and fresh: a repeated nonce under one key gives away the plaintexts. Random 96-bit nonces
    /// are safe for 2^32 values a key.
    pub fn seal(&self, nonce: [u8; NONCE_LEN], aad: &[u8], plain: &[u8]) -> Vec<u8> {
        let tag_len = AES_256_GCM.tag_len();
        let mut sealed = Vec::with_capacity(NONCE_LEN + plain.len() + tag_len);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let (_, body) = sealed.split_at_mut(NONCE_LEN);
        let tag = self
            .0
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), body);
        #[expect(clippy::expect_used, reason = "fails above 64 GiB of plaintext only")]
        sealed.extend_from_slice(tag.expect("AES-GCM seals what fits into memory").as_ref());
        sealed
    }

    /// The plaintext, or `None` when key, `aad` or a single bit differ. A caller that opens a private key wraps the
    /// result in `Zeroizing`.
    pub fn open(&self, aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, body) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut body = body.to_vec();
        let plain_len = self
            .0
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(aad), &mut body)
            .ok()?
            .len();
        body.truncate(plain_len);
        Some(body)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_under_the_same_key_and_aad_only() {
        let sealer = Sealer::new([1; 32]);
        let sealed = sealer.seal([9; 12], b"row 1", b"secret");
        assert_eq!(sealed.len(), 12 + 6 + 16);
        assert_eq!(sealer.open(b"row 1", &sealed).unwrap(), b"secret");
        assert_eq!(sealer.open(b"row 2", &sealed), None);
        assert_eq!(Sealer::new([2; 32]).open(b"row 1", &sealed), None);
        let empty = sealer.seal([8; 12], b"", b"");
        assert_eq!(sealer.open(b"", &empty).unwrap(), b"");
    }

    #[test]
    fn every_flipped_bit_and_every_truncation_is_refused() {
        let sealer = Sealer::new([1; 32]);
        let sealed = sealer.seal([9; 12], b"aad", b"secret");
        for at in 0..sealed.len() {
            for bit in 0..8 {
                let mut broken = sealed.clone();
                broken[at] ^= 1 << bit;
                assert_eq!(sealer.open(b"aad", &broken), None, "byte {at} bit {bit}");
            }
            assert_eq!(sealer.open(b"aad", &sealed[..at]), None, "cut at {at}");
        }
    }

    #[test]
    fn a_sealer_does_not_print_its_key() {
        assert_eq!(format!("{:?}", Sealer::new([7; 32])), "Sealer(redacted)");
    }
}
