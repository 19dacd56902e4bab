//! Bearer values: `<prefix><base62(row id ‖ secret)><6 characters of CRC-32>`. The row id leads, so a look-up is one
//! primary-key read; the checksum refuses garbage without touching the database and lets secret scanners match
//! without false alarms. Whether a value is still good is not decided here.

use crate::base62;
use crate::entropy::{Entropy, draw};
use crate::id::RawId;
use crate::secret::{Secret, SecretHash};

/// Which kind of value a bearer text is. The kind is mixed into the checksum and into the stored hash, so that a
/// value of one kind presented as another is not found even when the realm gives both the same prefix.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Namespace {
    /// An opaque access token.
    Access,
    /// An authorization code.
    Code,
    /// A refresh token.
    Refresh,
    /// A browser session's cookie.
    Session,
    /// An API key.
    ApiKey,
    /// A pushed authorization request (RFC 9126).
    PushedRequest,
    /// A device code (RFC 8628).
    DeviceCode,
    /// A registration access token (RFC 7592).
    Registration,
    /// An initial access token (RFC 7591 section 3).
    InitialAccess,
}

impl Namespace {
    const fn tag(self) -> u8 {
        match self {
            Self::Access => b'a',
            Self::Code => b'c',
            Self::Refresh => b'r',
            Self::Session => b's',
            Self::ApiKey => b'k',
            Self::PushedRequest => b'p',
            Self::DeviceCode => b'd',
            Self::Registration => b'g',
            Self::InitialAccess => b'i',
        }
    }
}

/// Bytes of secret in a bearer value: 160 bits.
pub const SECRET_BYTES: usize = 20;
const CHECKSUM_CHARS: usize = 6;

/// A bearer value as it was minted or presented, split into the row it names and the hash of its secret.
#[derive(Clone, Copy, Debug)]
pub struct Bearer {
    /// The row that the value names.
    pub id: RawId,
    /// The hash of its secret, to compare with the stored one.
    pub hash: SecretHash,
}

impl Bearer {
    /// Mints the value for row `id` with a fresh secret. Returns the text, shown once, and what to store.
    #[must_use]
    pub fn mint(namespace: Namespace, prefix: &str, id: RawId, entropy: &dyn Entropy) -> (Secret, SecretHash) {
        let secret: [u8; SECRET_BYTES] = draw(entropy);
        let mut body = [0; 36];
        for (target, source) in body.iter_mut().zip(id.iter().chain(&secret)) {
            *target = *source;
        }
        (Secret::new(write(namespace, prefix, &body)), hash(namespace, &secret))
    }

    /// Splits a presented text. `None` when it cannot be a value of this namespace and prefix: wrong prefix, length,
    /// alphabet or checksum.
    #[must_use]
    pub fn parse(namespace: Namespace, prefix: &str, text: &str) -> Option<Self> {
        let body: [u8; 36] = read(namespace, prefix, text)?;
        let (id, secret) = body.split_first_chunk::<16>()?;
        Some(Self {
            id: *id,
            hash: hash(namespace, secret),
        })
    }
}

/// A refresh token's content: which family, which generation of it, and the tag that only the master key can make.
#[derive(Clone, Copy)]
pub struct RefreshValue {
    /// The family's row.
    pub family: RawId,
    /// The generation, counted from 0.
    pub generation: u32,
    /// HMAC-SHA-256 over family, salt and generation; compare in constant time.
    pub tag: [u8; 32],
}

impl RefreshValue {
    /// The text form.
    #[must_use]
    pub fn write(&self, prefix: &str) -> Secret {
        let mut body = [0; 52];
        let source = self
            .family
            .iter()
            .chain(&self.generation.to_be_bytes())
            .chain(&self.tag)
            .copied()
            .collect::<Vec<u8>>();
        for (target, source) in body.iter_mut().zip(source) {
            *target = source;
        }
        Secret::new(write(Namespace::Refresh, prefix, &body))
    }

    /// Splits a presented text; `None` when it cannot be a refresh token with this prefix.
    #[must_use]
    pub fn parse(prefix: &str, text: &str) -> Option<Self> {
        let body: [u8; 52] = read(Namespace::Refresh, prefix, text)?;
        let (family, rest) = body.split_first_chunk::<16>()?;
        let (generation, tag) = rest.split_first_chunk::<4>()?;
        Some(Self {
            family: *family,
            generation: u32::from_be_bytes(*generation),
            tag: tag.try_into().ok()?,
        })
    }
}

fn hash(namespace: Namespace, secret: &[u8]) -> SecretHash {
    let mut input = [0; SECRET_BYTES + 1];
    for (target, source) in input.iter_mut().zip(std::iter::once(&namespace.tag()).chain(secret)) {
        *target = *source;
    }
    SecretHash::of(&input)
}

fn write(namespace: Namespace, prefix: &str, body: &[u8]) -> String {
    let mut text = String::with_capacity(prefix.len() + base62::encoded_len(body.len()) + CHECKSUM_CHARS);
    text.push_str(prefix);
    base62::encode_into(body, &mut text);
    let checksum = checksum(namespace, text.as_bytes());
    base62::encode_into(&checksum, &mut text);
    text
}

fn read<const N: usize>(namespace: Namespace, prefix: &str, text: &str) -> Option<[u8; N]> {
    let text = text.as_bytes();
    if text.len() != prefix.len() + base62::encoded_len(N) + CHECKSUM_CHARS {
        return None;
    }
    let (value, check) = text.split_at_checked(text.len() - CHECKSUM_CHARS)?;
    let body = value.strip_prefix(prefix.as_bytes())?;
    (base62::decode::<4>(check)? == checksum(namespace, value))
        .then(|| base62::decode(body))
        .flatten()
}

fn checksum(namespace: Namespace, text: &[u8]) -> [u8; 4] {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&[namespace.tag()]);
    hasher.update(text);
    hasher.finalize().to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::counted::Counted;
    use proptest::prelude::*;

    fn minted(namespace: Namespace) -> (String, SecretHash) {
        let (text, hash) = Bearer::mint(namespace, "at_", [7; 16], &Counted::default());
        (text.expose().to_owned(), hash)
    }

    #[test]
    fn a_minted_value_is_found_again() {
        let (text, hash) = minted(Namespace::Access);
        let bearer = Bearer::parse(Namespace::Access, "at_", &text).unwrap();
        assert_eq!(bearer.id, [7; 16]);
        assert_eq!(bearer.hash.as_bytes(), hash.as_bytes());
    }

    #[test]
    fn a_value_of_one_kind_is_not_found_as_another() {
        let (text, _) = minted(Namespace::Refresh);
        for namespace in [
            Namespace::Access,
            Namespace::Code,
            Namespace::Session,
            Namespace::ApiKey,
        ] {
            assert!(Bearer::parse(namespace, "at_", &text).is_none());
        }
    }

    #[test]
    fn every_one_character_change_is_refused_by_the_checksum() {
        let (text, _) = minted(Namespace::Code);
        for position in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[position] = if changed[position] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(Bearer::parse(Namespace::Code, "at_", &changed).is_none(), "{changed}");
        }
        assert!(Bearer::parse(Namespace::Code, "at_", &format!("{text}0")).is_none());
        assert!(Bearer::parse(Namespace::Code, "at_", &text[..text.len() - 1]).is_none());
    }

    #[test]
    fn a_refresh_value_round_trips() {
        let value = RefreshValue {
            family: [3; 16],
            generation: 77,
            tag: [9; 32],
        };
        let text = value.write("rt_");
        let again = RefreshValue::parse("rt_", text.expose()).unwrap();
        assert_eq!((again.family, again.generation, again.tag), ([3; 16], 77, [9; 32]));
        assert!(Bearer::parse(Namespace::Refresh, "rt_", text.expose()).is_none());
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in "\\PC{0,120}") {
            let _ = Bearer::parse(Namespace::Access, "at_", &text);
            let _ = RefreshValue::parse("at_", &text);
        }
    }
}
