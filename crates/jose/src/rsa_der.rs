//! Reads modulus and exponent out of the `RSAPublicKey` structure (RFC 8017 appendix A.1.1) that aws-lc hands out for a
//! key of ours. Trusted input, checked all the same; must not be used on anything from outside.

/// `(n, e)`, big-endian without leading zeros, or `None` when `der` is not exactly one such structure.
pub(crate) fn modulus_and_exponent(der: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (body, rest) = element(der, SEQUENCE)?;
    let (modulus, after_modulus) = element(body, INTEGER)?;
    let (exponent, after_exponent) = element(after_modulus, INTEGER)?;
    (rest.is_empty() && after_exponent.is_empty()).then(|| (magnitude(modulus), magnitude(exponent)))
}

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;

/// Splits one element with the expected tag off the front: its content and what follows it.
fn element(input: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, input) = input.split_first()?;
    let (&first, input) = input.split_first()?;
    let (len, input) = match first {
        0..=0x7f => (usize::from(first), input),
        0x81..=0x82 => {
            let (len_bytes, input) = input.split_at_checked(usize::from(first & 0x7f))?;
            (
                len_bytes.iter().fold(0, |len, byte| (len << 8) | usize::from(*byte)),
                input,
            )
        }
        _ => return None,
    };
    if found != tag {
        return None;
    }
    input.split_at_checked(len)
}

/// A DER integer's bytes without the zero that keeps it positive.
fn magnitude(integer: &[u8]) -> Vec<u8> {
    let leading = integer.iter().take_while(|byte| **byte == 0).count();
    integer.iter().skip(leading).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_short_and_long_lengths_and_drops_the_sign_byte() {
        assert_eq!(
            modulus_and_exponent(&[0x30, 7, 2, 2, 0, 0x81, 2, 1, 3]),
            Some((vec![0x81], vec![3]))
        );
        let mut long = vec![0x30, 0x82, 1, 8, 2, 0x82, 1, 1, 0];
        long.extend([0xaa; 256]);
        long.extend([2, 1, 3]);
        assert_eq!(modulus_and_exponent(&long), Some((vec![0xaa; 256], vec![3])));
    }

    #[test]
    fn anything_else_is_none() {
        for der in [
            &[][..],
            &[0x30],
            &[0x30, 7, 2, 2, 0, 0x81, 2, 1],
            &[0x30, 7, 2, 2, 0, 0x81, 2, 1, 3, 0],
            &[0x31, 0],
        ] {
            assert_eq!(modulus_and_exponent(der), None);
        }
    }
}
