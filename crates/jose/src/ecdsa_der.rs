//! ECDSA signatures as ASN.1 writes them (`Ecdsa-Sig-Value`, RFC 3279 section 2.2.3): authenticators sign so (Web
//! Authentication section 6.5.5). Here they become `r || s`, which is what JWS and [`VerifyingKey`](crate::VerifyingKey) know.
//! Must not know what was signed.

/// `r || s` of one DER-encoded signature, each `len` bytes; `None` for what is not exactly one, in its one spelling.
pub fn ecdsa_from_der(der: &[u8], len: usize) -> Option<Vec<u8>> {
    let (body, rest) = element(der, 0x30)?;
    let (r, after) = element(body, 0x02)?;
    let (s, end) = element(after, 0x02)?;
    if !rest.is_empty() || !end.is_empty() {
        return None;
    }
    let mut fixed = padded(r, len)?;
    fixed.extend(padded(s, len)?);
    Some(fixed)
}

/// The content of the element at the front, and what follows. Signatures on the curves here are shorter than 128 bytes, so
/// that a length is one byte: any other spelling is not DER, or no such signature.
fn element(input: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, input) = input.split_first()?;
    let (len, input) = input.split_first()?;
    (*found == tag && *len < 0x80)
        .then(|| input.split_at_checked(usize::from(*len)))
        .flatten()
}

/// A positive integer as exactly `len` bytes.
fn padded(integer: &[u8], len: usize) -> Option<Vec<u8>> {
    let magnitude = match integer {
        [0, rest @ ..] if rest.first().is_some_and(|first| *first >= 0x80) => rest,
        [first, ..] if (1..0x80).contains(first) => integer,
        // Negative, zero, empty, or with a zero that nothing asks for.
        _ => return None,
    };
    let missing = len.checked_sub(magnitude.len())?;
    let mut fixed = vec![0; missing];
    fixed.extend_from_slice(magnitude);
    Some(fixed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(r: &[u8], s: &[u8]) -> Vec<u8> {
        let integer = |bytes: &[u8]| [&[2, u8::try_from(bytes.len()).unwrap()], bytes].concat();
        let body = [integer(r), integer(s)].concat();
        [vec![0x30, u8::try_from(body.len()).unwrap()], body].concat()
    }

    #[test]
    fn integers_are_padded_and_lose_the_zero_of_their_sign() {
        assert_eq!(ecdsa_from_der(&of(&[5], &[0, 0x80]), 2), Some(vec![0, 5, 0, 0x80]));
        assert_eq!(ecdsa_from_der(&of(&[0x7f, 1], &[1, 2]), 2), Some(vec![0x7f, 1, 1, 2]));
    }

    #[test]
    fn there_is_one_spelling_of_a_signature() {
        let good = of(&[5], &[6]);
        assert!(ecdsa_from_der(&good, 2).is_some());
        let mut long = good.clone();
        long.push(0);
        // An indefinite length, another tag, nothing.
        let mut indefinite = good.clone();
        indefinite[1] = 0x80;
        let mut tagged = good.clone();
        tagged[2] = 3;
        for bad in [
            long,
            indefinite,
            tagged,
            good[..5].to_vec(),
            Vec::new(),
            of(&[0, 5], &[6]),
            of(&[0x85], &[6]),
            of(&[0], &[6]),
            of(&[], &[6]),
            of(&[1, 2, 3], &[6]),
        ] {
            assert_eq!(ecdsa_from_der(&bad, 2), None, "{bad:?}");
        }
    }
}
