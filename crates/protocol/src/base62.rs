//! Fixed-length base 62 (digits, upper case, lower case): the text form of bearer values. Every byte string of a
//! given length has exactly one text of a fixed length, and any other text is refused.

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 62^5, the largest power whose product with a 32-bit limb and carry fits 64 bits comfortably.
const CHUNK: u64 = 916_132_832;
const CHUNK_DIGITS: usize = 5;
const MAX_LIMBS: usize = 16;

/// The number of characters that `bytes` bytes take.
#[must_use]
pub const fn encoded_len(bytes: usize) -> usize {
    // log(256) / log(62) = 1.34359..., rounded up with enough digits for every length used here (up to 64 bytes).
    (bytes * 134_360).div_ceil(100_000)
}

/// Appends the base 62 form of `bytes` (at most 64, a multiple of 4) to `out`.
pub fn encode_into(bytes: &[u8], out: &mut String) {
    let mut limbs = [0_u32; MAX_LIMBS];
    let mut count = 0;
    for (limb, chunk) in limbs.iter_mut().zip(bytes.chunks_exact(4)) {
        *limb = chunk.iter().fold(0, |value, byte| (value << 8) | u32::from(*byte));
        count += 1;
    }
    debug_assert_eq!(
        count * 4,
        bytes.len(),
        "base 62 takes whole 4-byte groups, at most 64 bytes"
    );
    let length = encoded_len(bytes.len());
    let mut text = [b'0'; MAX_LIMBS * 6];
    let mut digits = text.iter_mut().take(length).rev();
    // What is divided gets shorter: limbs that became 0 are not looked at again.
    let mut spent = 0;
    'all: loop {
        let mut remainder = 0_u64;
        let mut is_leading = true;
        for limb in limbs.iter_mut().take(count).skip(spent) {
            let value = (remainder << 32) | u64::from(*limb);
            *limb = (value / CHUNK) as u32;
            remainder = value % CHUNK;
            is_leading &= *limb == 0;
            spent += usize::from(is_leading);
        }
        for _ in 0..CHUNK_DIGITS {
            let Some(digit) = digits.next() else { break 'all };
            *digit = ALPHABET.get((remainder % 62) as usize).copied().unwrap_or(b'0');
            remainder /= 62;
        }
    }
    // The alphabet is ASCII.
    out.push_str(
        text.get(..length)
            .and_then(|text| std::str::from_utf8(text).ok())
            .unwrap_or_default(),
    );
}

/// Decodes exactly `N` bytes (a multiple of 4, at most 64). `None` for a wrong length, a foreign character or a
/// value that does not fit: so a text has one byte string and a byte string has one text.
#[must_use]
pub fn decode<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    if text.len() != encoded_len(N) || !N.is_multiple_of(4) || N > MAX_LIMBS * 4 {
        return None;
    }
    let mut limbs = [0_u32; MAX_LIMBS];
    let count = N / 4;
    // Several characters at once, the odd ones first, so that the limbs are gone through for each group and not for each
    // character.
    let odd = match text.len() % CHUNK_DIGITS {
        0 => CHUNK_DIGITS,
        odd => odd,
    };
    let (first, rest) = text.split_at_checked(odd)?;
    for group in std::iter::once(first).chain(rest.chunks_exact(CHUNK_DIGITS)) {
        let (mut carry, mut scale) = (0_u64, 1_u64);
        for character in group {
            let digit = match character {
                b'0'..=b'9' => character - b'0',
                b'A'..=b'Z' => character - b'A' + 10,
                b'a'..=b'z' => character - b'a' + 36,
                _ => return None,
            };
            carry = carry * 62 + u64::from(digit);
            scale *= 62;
        }
        for limb in limbs.iter_mut().take(count).rev() {
            let value = u64::from(*limb) * scale + carry;
            *limb = value as u32;
            carry = value >> 32;
        }
        if carry != 0 {
            return None;
        }
    }
    let mut bytes = [0; N];
    for (chunk, limb) in bytes.chunks_exact_mut(4).zip(limbs) {
        chunk.copy_from_slice(&limb.to_be_bytes());
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bytes_round_trip(bytes in any::<[u8; 32]>(), tail in any::<[u8; 20]>()) {
            let mut all = [0; 52];
            all[..32].copy_from_slice(&bytes);
            all[32..].copy_from_slice(&tail);
            let mut text = String::new();
            encode_into(&all, &mut text);
            prop_assert_eq!(text.len(), encoded_len(52));
            prop_assert_eq!(decode::<52>(text.as_bytes()), Some(all));
        }

        #[test]
        fn a_text_that_decodes_is_the_one_that_encodes(text in "[0-9A-Za-z]{49}") {
            if let Some(bytes) = decode::<36>(text.as_bytes()) {
                let mut again = String::new();
                encode_into(&bytes, &mut again);
                prop_assert_eq!(again, text);
            }
        }
    }

    #[test]
    fn the_largest_value_fits_its_length() {
        for (bytes, length) in [(4, 6), (36, 49), (52, 70), (64, 86)] {
            assert_eq!(encoded_len(bytes), length);
        }
        let mut text = String::new();
        encode_into(&[0xFF; 36], &mut text);
        assert_eq!(decode::<36>(text.as_bytes()), Some([0xFF; 36]));
    }

    #[test]
    fn the_smallest_value_that_does_not_fit_is_refused() {
        for largest in [&[0xFF; 4][..], &[0xFF; 36], &[0xFF; 64]] {
            let mut text = String::new();
            encode_into(largest, &mut text);
            // One more, written by hand: the last character that is not the alphabet's last one moves on.
            let mut next = text.into_bytes();
            for character in next.iter_mut().rev() {
                let place = ALPHABET.iter().position(|known| known == character).unwrap();
                *character = ALPHABET[(place + 1) % 62];
                if place + 1 < 62 {
                    break;
                }
            }
            let fits = match largest.len() {
                4 => decode::<4>(&next).is_some(),
                36 => decode::<36>(&next).is_some(),
                _ => decode::<64>(&next).is_some(),
            };
            assert!(!fits, "{} bytes", largest.len());
        }
    }

    #[test]
    fn values_with_zeros_anywhere_round_trip() {
        for at in 0..36 {
            let mut bytes = [0; 36];
            bytes[at] = 1;
            let mut text = String::new();
            encode_into(&bytes, &mut text);
            assert_eq!(decode::<36>(text.as_bytes()), Some(bytes), "{at}");
        }
    }

    #[test]
    fn overflow_and_foreign_characters_are_refused() {
        assert_eq!(decode::<36>("z".repeat(49).as_bytes()), None);
        assert_eq!(decode::<36>("-".repeat(49).as_bytes()), None);
        assert_eq!(decode::<36>("0".repeat(48).as_bytes()), None);
    }
}
