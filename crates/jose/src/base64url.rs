//! base64url without padding, canonical only (RFC 7515 section 2, RFC 4648 section 3.5). Must not know what it carries.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Not canonical base64url: a foreign character, padding, an impossible length, or non-zero trailing bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not canonical base64url")]
pub struct Base64UrlError;

/// Encodes `bytes` without padding.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Appends the encoding of `bytes` to `out`; does not allocate while `out` has room.
pub(crate) fn append(out: &mut String, bytes: &[u8]) {
    URL_SAFE_NO_PAD.encode_string(bytes, out);
}

/// Length of the encoding of `len` bytes.
pub(crate) const fn encoded_len(len: usize) -> usize {
    len.div_ceil(3).saturating_mul(4)
}

/// Decodes; every byte string has exactly one spelling, every other one is refused. A lenient decoder lets the same
/// key have many texts, and lets two readers of one token disagree on what was signed.
pub fn decode(text: impl AsRef<[u8]>) -> Result<Vec<u8>, Base64UrlError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Base64UrlError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_spelling_decodes() {
        assert_eq!(decode("_-8").unwrap(), [0xff, 0xef]);
        for bad in [
            "_-9", "_-8=", "_-8\n", " _-8", "/+8", "A", "AB", "_-8==", "=", "\u{e9}A",
        ] {
            assert_eq!(decode(bad), Err(Base64UrlError), "{bad:?}");
        }
    }

    #[test]
    fn append_fills_reserved_room_without_growing() {
        let mut out = String::with_capacity(encoded_len(100));
        let before = out.capacity();
        append(&mut out, &[7; 100]);
        assert_eq!(out.capacity(), before);
        assert_eq!(decode(&out).unwrap(), [7; 100]);
    }
}
