//! Randomness as an argument. The composition root passes the system's generator; tests pass a counted one.

/// A source of cryptographically secure random bytes.
///
/// An implementation that cannot deliver must not return: a failing system generator ends the process (or the
/// request's task) rather than weakens a secret.
pub trait Entropy: Send + Sync {
    /// Fills `buffer` completely with random bytes.
    fn fill(&self, buffer: &mut [u8]);
}

/// Draws `N` random bytes.
#[must_use]
pub fn draw<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    bytes
}

/// Draws `length` characters of `A-Za-z0-9`, each with full entropy (about 5.95 bits): the alphabet in which client
/// ids and secrets are drawn, since it survives every encoding of HTTP Basic credentials (RFC 6749 section 2.3.1).
#[must_use]
pub fn draw_alphanumeric(entropy: &dyn Entropy, length: usize) -> String {
    const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut text = String::with_capacity(length);
    while text.len() < length {
        for byte in draw::<64>(entropy) {
            // 248 is the largest multiple of 62 below 256: rejecting the rest keeps every character equally likely.
            if byte < 248
                && text.len() < length
                && let Some(character) = ALPHABET.get(usize::from(byte % 62))
            {
                text.push(char::from(*character));
            }
        }
    }
    text
}

/// Draws a number of exactly `digits` decimal digits that does not begin with 0, as text (platforms whose client
/// ids are numbers).
#[must_use]
pub fn draw_digits(entropy: &dyn Entropy, digits: usize) -> String {
    let mut text = String::with_capacity(digits);
    while text.len() < digits {
        for byte in draw::<64>(entropy) {
            if byte < 250 && text.len() < digits && !(text.is_empty() && byte % 10 == 0) {
                text.push(char::from(b'0' + byte % 10));
            }
        }
    }
    text
}

/// A predictable generator, compiled for tests alone.
#[cfg(any(test, feature = "testing"))]
pub mod counted {
    use super::Entropy;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// A generator for tests: distinct, reproducible bytes.
    #[derive(Default)]
    pub struct Counted(AtomicU64);

    impl Entropy for Counted {
        fn fill(&self, buffer: &mut [u8]) {
            for chunk in buffer.chunks_mut(8) {
                let next = self
                    .0
                    .fetch_add(1, Ordering::Relaxed)
                    .wrapping_mul(0x9E37_79B9_7F4A_7C15)
                    .to_be_bytes();
                for (target, source) in chunk.iter_mut().zip(next) {
                    *target = source;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_text_has_the_asked_length_and_alphabet() {
        let text = draw_alphanumeric(&counted::Counted::default(), 200);
        assert_eq!(text.len(), 200);
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }

    #[test]
    fn a_drawn_number_never_begins_with_zero() {
        let entropy = counted::Counted::default();
        for _ in 0..200 {
            let number = draw_digits(&entropy, 19);
            assert_eq!(number.len(), 19);
            assert!(!number.starts_with('0') && number.bytes().all(|byte| byte.is_ascii_digit()));
        }
    }
}
