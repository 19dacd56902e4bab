//! Hash, MAC, key derivation and constant-time comparison: the symmetric primitives every other crate shares.
//! Must not know what is hashed.

use std::fmt;

use aws_lc_rs::{constant_time, digest, hkdf, hmac};

/// SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    first_32(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// HMAC-SHA-256 over the concatenation of `parts` (RFC 2104). For more than one message per key use [`HmacKey`].
///
/// The parts are concatenated without separators: at most one of them may be of variable length.
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    HmacKey::new(key).tag(parts)
}

/// HMAC-SHA-1 of `message`: what one-time passwords of authenticator apps are made of (RFC 4226), and nothing else may be.
pub fn hmac_sha1(key: &[u8], message: &[u8]) -> [u8; 20] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key), message);
    let mut out = [0; 20];
    for (to, from) in out.iter_mut().zip(tag.as_ref()) {
        *to = *from;
    }
    out
}

/// Derives an independent 32-byte key for the purpose named by `label`: HKDF-SHA-256 (RFC 5869) without a salt, `label`
/// as info. `master` must have full entropy already; this is not a password hash.
pub fn derive_key(master: &[u8], label: &str) -> [u8; 32] {
    let info = [label.as_bytes()];
    let prk = hkdf::Salt::none(hkdf::HKDF_SHA256).extract(master);
    let mut key = [0; 32];
    let filled = prk.expand(&info, hkdf::HKDF_SHA256).and_then(|okm| okm.fill(&mut key));
    #[expect(
        clippy::expect_used,
        reason = "32 bytes are asked for and given; HKDF only fails above 255 * 32"
    )]
    filled.expect("HKDF-SHA-256 yields 32 bytes");
    key
}

/// Whether `a` equals `b`, in time that depends on their lengths only.
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(a, b).is_ok()
}

/// A key for HMAC-SHA-256 with its two pads computed once.
#[derive(Clone)]
pub struct HmacKey(hmac::Key);

impl HmacKey {
    /// Any length is accepted (RFC 2104); 32 random bytes are right.
    pub fn new(key: &[u8]) -> HmacKey {
        HmacKey(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// The tag over the concatenation of `parts`; see [`hmac_sha256`] about variable lengths.
    pub fn tag(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(part);
        }
        first_32(context.sign().as_ref())
    }

    /// Whether `tag` is the tag over `parts`, compared in constant time. A truncated tag is refused.
    pub fn verify(&self, parts: &[&[u8]], tag: &[u8]) -> bool {
        constant_time_eq(&self.tag(parts), tag)
    }
}

impl fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacKey(redacted)")
    }
}

fn first_32(output: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    for (to, from) in out.iter_mut().zip(output) {
        *to = *from;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn sha256_of_abc_is_fips_180s_example() {
        assert_eq!(
            hex(&sha256(b"abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn hmac_sha256_is_rfc_4231_case_2_however_the_message_is_cut() {
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hex(&hmac_sha256(b"Jefe", &[b"what do ya want for nothing?"])), expected);
        assert_eq!(
            hex(&hmac_sha256(b"Jefe", &[b"what do ya ", b"", b"want for nothing?"])),
            expected
        );
    }

    #[test]
    fn hmac_sha1_is_rfc_2202_case_2() {
        let tag = hmac_sha1(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(hex(&tag), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    }

    #[test]
    fn hmac_verify_refuses_other_messages_and_truncated_tags() {
        let key = HmacKey::new(&[1; 32]);
        let tag = key.tag(&[b"a"]);
        assert!(key.verify(&[b"a"], &tag));
        assert!(!key.verify(&[b"b"], &tag));
        assert!(!key.verify(&[b"a"], tag.split_at(31).0));
        assert!(!key.verify(&[b"a"], b""));
    }

    #[test]
    fn derived_keys_are_hkdf_without_salt_as_in_rfc_5869_case_3() {
        let expected = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d";
        assert_eq!(hex(&derive_key(&[0x0b; 22], "")), expected);
    }

    #[test]
    fn derived_keys_differ_by_label_and_by_master() {
        let a = derive_key(&[1; 32], "a");
        assert_eq!(a, derive_key(&[1; 32], "a"));
        assert_ne!(a, derive_key(&[1; 32], "b"));
        assert_ne!(a, derive_key(&[2; 32], "a"));
    }

    #[test]
    fn constant_time_eq_tells_length_and_content_apart() {
        assert!(constant_time_eq(b"abc", b"abc"));
        assert!(!constant_time_eq(b"abc", b"abd"));
        assert!(!constant_time_eq(b"abc", b"ab"));
        assert!(!constant_time_eq(b"ab", b"abc"));
        assert!(constant_time_eq(b"", b""));
    }

    #[test]
    fn a_mac_key_does_not_print_itself() {
        assert_eq!(format!("{:?}", HmacKey::new(b"secret")), "HmacKey(redacted)");
    }
}
