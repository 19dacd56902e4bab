//! Time-based one-time passwords as authenticator apps make them (RFC 6238 over RFC 4226): SHA-1, six digits, thirty seconds,
//! since that is what all of them can do.

use grantd_jose::{constant_time_eq, hmac_sha1};
use grantd_protocol::entropy::draw;
use grantd_protocol::{Entropy, Timestamp};

/// Seconds of a time step.
const STEP: u64 = 30;
/// Digits of a code.
const DIGITS: usize = 6;
/// How many steps a phone's clock may be before or behind ours (RFC 6238 section 5.2).
const DRIFT: u64 = 1;
/// The alphabet of RFC 4648 section 6.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Draws a secret: as long as the hash, which RFC 4226 section 4 recommends.
#[must_use]
pub fn draw_secret(entropy: &dyn Entropy) -> [u8; 20] {
    draw(entropy)
}

/// The time step of the code that somebody typed, if it is a code of this secret that is good now: of a step after
/// `last_step`, which the caller keeps as the last one from then on. Spaces do not matter.
#[must_use]
pub fn accept(secret: &[u8], last_step: u64, typed: &str, now: Timestamp) -> Option<u64> {
    let digits: String = typed
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .take(DIGITS + 1)
        .collect();
    if digits.len() != DIGITS || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let current = u64::try_from(now.secs()).ok()? / STEP;
    let steps = current.saturating_sub(DRIFT)..=current.saturating_add(DRIFT);
    steps
        .filter(|step| *step > last_step)
        .find(|step| constant_time_eq(code(secret, *step).as_bytes(), digits.as_bytes()))
}

/// The code of a time step (RFC 4226 section 5.3).
#[must_use]
pub fn code(secret: &[u8], step: u64) -> String {
    let tag = hmac_sha1(secret, &step.to_be_bytes());
    let offset = tag.last().map_or(0, |last| usize::from(last & 0x0f));
    let cut = tag.iter().skip(offset).take(4);
    let number = cut.fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

/// A secret as people type it: base32 without padding (RFC 4648).
#[must_use]
pub fn base32(secret: &[u8]) -> String {
    let mut text = String::with_capacity(secret.len() * 8 / 5 + 1);
    let (mut bits, mut held) = (0_u32, 0);
    let mut push = |index: u32| {
        let letter = BASE32.get(usize::try_from(index & 31).unwrap_or_default());
        text.extend(letter.copied().map(char::from));
    };
    for byte in secret {
        bits = (bits << 8) | u32::from(*byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            push(bits >> held);
        }
    }
    if held > 0 {
        push(bits << (5 - held));
    }
    text
}

/// What a picture for authenticator apps says.
#[must_use]
pub fn uri(issuer: &str, username: &str, secret: &[u8]) -> String {
    let (issuer, name) = (escaped(issuer), escaped(username));
    format!(
        "otpauth://totp/{issuer}:{name}?secret={}&issuer={issuer}",
        base32(secret)
    )
}

/// Percent-encoded but for what RFC 3986 section 2.3 leaves alone.
fn escaped(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_rfc_6238_appendix_b() {
        let examples = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        for (secs, expected) in examples {
            assert_eq!(code(SECRET, secs / STEP), expected, "{secs}");
            let now = Timestamp::from_secs(i64::try_from(secs).unwrap());
            assert_eq!(accept(SECRET, 0, expected, now), Some(secs / STEP));
        }
    }

    #[test]
    fn a_code_is_good_one_step_around_its_own_and_never_again() {
        let at = |step: i64| Timestamp::from_secs(step * 30);
        let good = code(SECRET, 1000);
        for (step, expected) in [
            (998, None),
            (999, Some(1000)),
            (1000, Some(1000)),
            (1001, Some(1000)),
            (1002, None),
        ] {
            assert_eq!(accept(SECRET, 0, &good, at(step)), expected, "{step}");
        }
        assert_eq!(accept(SECRET, 1000, &good, at(1000)), None, "it was used");
        // One that was read over a shoulder before the last one was used.
        assert_eq!(accept(SECRET, 1000, &code(SECRET, 999), at(1000)), None);
    }

    #[test]
    fn whatever_is_no_code_is_none() {
        let now = Timestamp::from_secs(59);
        assert!(accept(SECRET, 0, " 287 082 ", now).is_some());
        for bad in ["", "28708", "2870820", "28708a", "+87082", "\u{0662}87082", "-1"] {
            assert_eq!(accept(SECRET, 0, bad, now), None, "{bad}");
        }
        assert_eq!(accept(SECRET, 0, "287082", Timestamp::from_secs(-59)), None);
    }

    #[test]
    fn secrets_are_written_as_rfc_4648_does() {
        let examples = [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("foobar", "MZXW6YTBOI"),
        ];
        for (plain, text) in examples {
            assert_eq!(base32(plain.as_bytes()), text);
        }
    }

    #[test]
    fn no_name_adds_a_parameter() {
        let uri = uri("Nord & Co", "a?secret=x&b:c/\u{e9}", b"foobar");
        assert_eq!(
            uri,
            "otpauth://totp/Nord%20%26%20Co:a%3Fsecret%3Dx%26b%3Ac%2F%C3%A9?secret=MZXW6YTBOI&issuer=Nord%20%26%20Co"
        );
    }
}
