//! What is kept of a password or secret that is proved slowly: a text that says by which function it was made. Ours is
//! Argon2id; the others come from a platform that grantd took over, and are replaced when they are proved the first
//! time. What one look may cost is bounded here. It must not compute a hash.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::fmt;

/// The longest text of a hash, in bytes.
const MAX_TEXT: usize = 512;
/// The highest cost of bcrypt: 2^14 rounds, about a second.
pub const MAX_BCRYPT_COST: u32 = 14;
/// The most iterations of PBKDF2.
pub const MAX_PBKDF2_ITERATIONS: u32 = 2_000_000;
/// The most memory of Argon2, in KiB.
pub const MAX_ARGON2_MEMORY: u32 = 256 * 1024;
/// The most passes of Argon2.
pub const MAX_ARGON2_PASSES: u32 = 16;
/// The most lanes of Argon2.
const MAX_ARGON2_LANES: u32 = 16;
/// Salts and outputs, in bytes. A shorter output could be met by trying.
const OUTPUT: std::ops::RangeInclusive<usize> = 16..=128;

/// The text of a hash, kept and compared but never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct HashText(String);

impl HashText {
    /// Takes over a text that [`StoredHash::parse`] can read.
    ///
    /// # Errors
    /// See [`StoredHash::parse`].
    pub fn new(text: String) -> Result<Self, Unreadable> {
        StoredHash::parse(&text)?;
        Ok(Self(text))
    }

    /// Wraps a text that comes from the store. It is read again whenever something is compared with it.
    #[must_use]
    pub const fn stored(text: String) -> Self {
        Self(text)
    }

    /// The text, for the store and for whoever compares.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for HashText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("HashText(…)")
    }
}

/// Why a text is no hash that can be compared with. The text itself is not repeated.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unreadable {
    /// Made by something else.
    #[error(
        "is not a hash of a known kind: $argon2id$, $argon2i$, $argon2d$, $2b$ (bcrypt), $pbkdf2-sha256$, $sha256$"
    )]
    Kind,
    /// Parameters, salt or output are missing or malformed.
    #[error("is not well-formed for its kind")]
    Form,
    /// One look would cost more than a server can spend on a stranger.
    #[error("costs too much: at most bcrypt 14, 2000000 iterations of PBKDF2, 256 MiB and 16 passes of Argon2")]
    Cost,
}

/// The function that PBKDF2 repeats.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pbkdf2Digest {
    /// HMAC-SHA-1.
    Sha1,
    /// HMAC-SHA-256.
    Sha256,
    /// HMAC-SHA-384.
    Sha384,
    /// HMAC-SHA-512.
    Sha512,
}

/// A hash, taken apart.
#[derive(Clone, PartialEq, Eq)]
pub enum StoredHash<'a> {
    /// Argon2 in its PHC form; the only kind that is made here.
    Argon2 {
        /// The whole text.
        text: &'a str,
        /// Whether it is Argon2id.
        id: bool,
        /// Memory in KiB.
        memory: u32,
        /// Passes.
        passes: u32,
        /// Lanes.
        lanes: u32,
    },
    /// bcrypt, with a two-digit cost.
    Bcrypt(&'a str),
    /// PBKDF2 (RFC 8018).
    Pbkdf2 {
        /// What is repeated.
        digest: Pbkdf2Digest,
        /// How often.
        iterations: u32,
        /// The salt.
        salt: Vec<u8>,
        /// The output.
        output: Vec<u8>,
    },
    /// SHA-256 of the bare text: right for drawn secrets, and all that some platforms did for passwords.
    Sha256([u8; 32]),
}

impl<'a> StoredHash<'a> {
    /// Reads the text of a hash.
    ///
    /// # Errors
    /// See [`Unreadable`].
    pub fn parse(text: &'a str) -> Result<Self, Unreadable> {
        if text.len() > MAX_TEXT {
            return Err(Unreadable::Form);
        }
        let (kind, rest) = text
            .strip_prefix('$')
            .and_then(|text| text.split_once('$'))
            .ok_or(Unreadable::Kind)?;
        match kind {
            "argon2id" | "argon2i" | "argon2d" => argon2(text, kind == "argon2id", rest),
            "2a" | "2b" | "2y" => bcrypt(text, rest),
            "pbkdf2" | "pbkdf2-sha1" => pbkdf2(Pbkdf2Digest::Sha1, rest),
            "pbkdf2-sha256" => pbkdf2(Pbkdf2Digest::Sha256, rest),
            "pbkdf2-sha384" => pbkdf2(Pbkdf2Digest::Sha384, rest),
            "pbkdf2-sha512" => pbkdf2(Pbkdf2Digest::Sha512, rest),
            "sha256" => sha256(rest).map(Self::Sha256).ok_or(Unreadable::Form),
            _ => Err(Unreadable::Kind),
        }
    }
}

impl fmt::Debug for StoredHash<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("StoredHash(…)")
    }
}

/// SHA-256 in hexadecimal digits of either case, or in base64 with or without padding, of either alphabet.
#[must_use]
pub fn sha256(text: &str) -> Option<[u8; 32]> {
    if text.len() == 64 {
        let mut bytes = [0; 32];
        for (target, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let digits = std::str::from_utf8(pair).ok()?;
            if !pair.iter().all(u8::is_ascii_hexdigit) {
                return None;
            }
            *target = u8::from_str_radix(digits, 16).ok()?;
        }
        return Some(bytes);
    }
    decoded(&text.trim_end_matches('=').replace('-', "+").replace('_', "/"))?
        .try_into()
        .ok()
}

fn argon2<'a>(text: &'a str, id: bool, rest: &str) -> Result<StoredHash<'a>, Unreadable> {
    let mut parts = rest.split('$');
    let version = parts.next().ok_or(Unreadable::Form)?;
    let params = parts.next().ok_or(Unreadable::Form)?;
    // Whoever compares reads the text again, and does not know the other alphabet.
    if text.contains('.') {
        return Err(Unreadable::Form);
    }
    let (salt, output) = (part(parts.next())?, part(parts.next())?);
    if version != "v=19" || parts.next().is_some() || !(8..=64).contains(&salt.len()) || !OUTPUT.contains(&output.len())
    {
        return Err(Unreadable::Form);
    }
    let (memory, passes, lanes) = (number(params, "m")?, number(params, "t")?, number(params, "p")?);
    if memory > MAX_ARGON2_MEMORY || passes > MAX_ARGON2_PASSES || lanes > MAX_ARGON2_LANES {
        return Err(Unreadable::Cost);
    }
    // RFC 9106 section 3.1: whoever compares could only fail, at every login.
    if passes == 0 || lanes == 0 || memory < 8 * lanes {
        return Err(Unreadable::Form);
    }
    Ok(StoredHash::Argon2 {
        text,
        id,
        memory,
        passes,
        lanes,
    })
}

fn bcrypt<'a>(text: &'a str, rest: &str) -> Result<StoredHash<'a>, Unreadable> {
    let (cost, hash) = rest.split_once('$').ok_or(Unreadable::Form)?;
    let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || b"./".contains(&byte);
    if cost.len() != 2 || hash.len() != 53 || !hash.bytes().all(alphabet) {
        return Err(Unreadable::Form);
    }
    // 16 bytes of salt and 23 of output leave bits over in the last character of each, and they are zero.
    let is_last = |at: usize, possible: &[u8]| hash.as_bytes().get(at).is_some_and(|byte| possible.contains(byte));
    if !is_last(21, b".Oeu") || !is_last(52, b".CGKOSWaeimquy26") {
        return Err(Unreadable::Form);
    }
    match decimal(cost) {
        Some(4..=MAX_BCRYPT_COST) => Ok(StoredHash::Bcrypt(text)),
        Some(cost) if cost > MAX_BCRYPT_COST => Err(Unreadable::Cost),
        _ => Err(Unreadable::Form),
    }
}

/// `i=600000,l=32$salt$output` as PHC strings have it, or `600000$salt$output` with dots for pluses.
fn pbkdf2(digest: Pbkdf2Digest, rest: &str) -> Result<StoredHash<'static>, Unreadable> {
    let mut parts = rest.split('$');
    let params = parts.next().ok_or(Unreadable::Form)?;
    let (salt, output) = (part(parts.next())?, part(parts.next())?);
    if parts.next().is_some() || !(1..=128).contains(&salt.len()) || !OUTPUT.contains(&output.len()) {
        return Err(Unreadable::Form);
    }
    let iterations = match decimal(params) {
        Some(iterations) => iterations,
        None => number(params, "i")?,
    };
    match iterations {
        0 => Err(Unreadable::Form),
        1..=MAX_PBKDF2_ITERATIONS => Ok(StoredHash::Pbkdf2 {
            digest,
            iterations,
            salt,
            output,
        }),
        _ => Err(Unreadable::Cost),
    }
}

fn part(text: Option<&str>) -> Result<Vec<u8>, Unreadable> {
    text.and_then(|text| decoded(&text.replace('.', "+")))
        .ok_or(Unreadable::Form)
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    STANDARD_NO_PAD.decode(text).ok()
}

/// The number of a parameter in a list like `m=19456,t=2,p=1`; one that stands there twice could be read in two ways.
fn number(params: &str, name: &str) -> Result<u32, Unreadable> {
    let mut found = params
        .split(',')
        .filter_map(|param| param.split_once('='))
        .filter(|(key, _)| *key == name);
    match (found.next(), found.next()) {
        (Some((_, value)), None) if value.bytes().all(|byte| byte.is_ascii_digit()) && !value.is_empty() => {
            value.parse().map_err(|_| Unreadable::Cost)
        }
        _ => Err(Unreadable::Form),
    }
}

/// A whole number; one that is too large for us is as large as can be.
fn decimal(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ARGON2: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    const BCRYPT: &str = "$2b$12$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    const PBKDF2: &str =
        "$pbkdf2-sha256$i=600000,l=32$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    #[test]
    fn every_kind_is_told_by_its_text() {
        assert!(matches!(
            StoredHash::parse(ARGON2),
            Ok(StoredHash::Argon2 {
                id: true,
                memory: 19456,
                passes: 2,
                lanes: 1,
                ..
            })
        ));
        assert_eq!(StoredHash::parse(BCRYPT), Ok(StoredHash::Bcrypt(BCRYPT)));
        assert!(matches!(
            StoredHash::parse(PBKDF2),
            Ok(StoredHash::Pbkdf2 {
                digest: Pbkdf2Digest::Sha256,
                iterations: 600_000,
                ..
            })
        ));
        let other = "$pbkdf2-sha512$25000$LyWE0HrP2RsjZCxlDGFMKQ$1vC5vZh.QQfPfQ4hPzCW2SZs7dhhzRbhDPBwqVqtCKM";
        assert!(matches!(
            StoredHash::parse(other),
            Ok(StoredHash::Pbkdf2 {
                digest: Pbkdf2Digest::Sha512,
                iterations: 25_000,
                ..
            })
        ));
        let digest = format!("$sha256${}", "0F".repeat(32));
        assert_eq!(StoredHash::parse(&digest), Ok(StoredHash::Sha256([15; 32])));
    }

    #[test]
    fn what_would_cost_too_much_is_refused_before_anything_is_computed() {
        let costly = [
            BCRYPT.replace("$12$", "$15$"),
            BCRYPT.replace("$12$", "$30$"),
            PBKDF2.replace("600000", "2000001"),
            PBKDF2.replace("i=600000,l=32", "1000000000"),
            PBKDF2.replace("600000", "99999999999999999999"),
            ARGON2.replace("m=19456", "m=262145"),
            ARGON2.replace("t=2", "t=17"),
            ARGON2.replace("p=1", "p=17"),
        ];
        for text in costly {
            assert_eq!(StoredHash::parse(&text), Err(Unreadable::Cost), "{text}");
        }
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        let broken = [
            String::new(),
            "$".to_owned(),
            "plain".to_owned(),
            "$sha256$abc".to_owned(),
            format!("$sha256${}", "zz".repeat(32)),
            BCRYPT.replace("$12$", "$31$"),
            BCRYPT.replace("$12$", "$4$"),
            BCRYPT.replace("$2b$", "$2$"),
            BCRYPT.replace("OeW", "O"),
            BCRYPT.replace("C.E5", "C/E5"),
            BCRYPT.replace("OeW", "OeX"),
            PBKDF2.replace("i=600000", "i=0"),
            PBKDF2.replace("i=600000", "i=600000,i=1"),
            PBKDF2.replace("$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "$AAEC"),
            format!("{PBKDF2}$AAEC"),
            ARGON2.replace("v=19", "v=16"),
            ARGON2.replace("m=19456,", ""),
            ARGON2.replace("m=19456", "m=0"),
            ARGON2.replace("m=19456", "m=7"),
            ARGON2.replace("m=19456,t=2,p=1", "m=31,t=2,p=4"),
            ARGON2.replace("t=2", "t=0"),
            ARGON2.replace("p=1", "p=0"),
            ARGON2.replace("m=19456", "m=+19456"),
            format!("{ARGON2}{}", "A".repeat(600)),
        ];
        for text in broken {
            assert!(StoredHash::parse(&text).is_err(), "{text}");
        }
    }

    #[test]
    fn sha_256_is_read_in_the_spellings_that_exports_have() {
        let bytes: [u8; 32] = std::array::from_fn(|index| u8::try_from(index).unwrap() ^ 0xFA);
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let base64 = base64::engine::general_purpose::STANDARD.encode(bytes);
        let url = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
        for text in [hex.clone(), hex.to_uppercase(), base64, url] {
            assert_eq!(sha256(&text), Some(bytes), "{text}");
        }
        for text in ["", "abc", &hex[..62], &"+f".repeat(32)] {
            assert_eq!(sha256(text), None, "{text}");
        }
    }

    #[test]
    fn a_hash_never_shows_itself() {
        let text = HashText::new(BCRYPT.to_owned()).unwrap();
        assert!(!format!("{text:?} {:?}", StoredHash::parse(BCRYPT)).contains("E5YPO9"));
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "\\PC{0,120}", tail in "[$,=a-z0-9./+]{0,120}") {
            let _ = StoredHash::parse(&text);
            for kind in ["argon2id", "2b", "pbkdf2-sha256", "sha256"] {
                let _ = StoredHash::parse(&format!("${kind}${tail}"));
            }
        }
    }
}
