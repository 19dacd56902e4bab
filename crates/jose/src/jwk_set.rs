//! JWK sets (RFC 7517 section 5): bounded reading of what a client publishes, writing of what we publish, and choosing
//! the candidates for a header. Must not know who owns the keys.

use serde::de::{self, Deserialize, Deserializer};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::alg::Algorithm;
use crate::jwk::{Jwk, JwkError};
use crate::strict_json::{self, Limits};

/// Public keys in their published order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JwkSet {
    keys: Vec<Jwk>,
}

/// How a set from outside is read.
#[derive(Clone, Copy, Debug)]
pub struct SetRules {
    /// Largest document in bytes.
    pub max_bytes: usize,
    /// Most keys, those that are skipped included.
    pub max_keys: usize,
    /// What happens to keys of a type or curve that is not supported.
    pub unknown_keys: UnknownKeys,
}

/// RFC 7517 section 5 advises to ignore keys that are not understood. Where the sender can be told (registration), a
/// refusal is the better service; where a document is fetched, one exotic key must not disable the others.
///
/// Private, symmetric and invalid keys refuse the whole set either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownKeys {
    /// Refuse the set.
    Refuse,
    /// Leave the key out.
    Skip,
}

impl SetRules {
    /// Up to `max_keys` keys in 64 KiB; keys of an unknown type refuse the set.
    pub const fn strict(max_keys: usize) -> SetRules {
        SetRules {
            max_bytes: 64 * 1024,
            max_keys,
            unknown_keys: UnknownKeys::Refuse,
        }
    }
}

impl JwkSet {
    /// A set of these keys.
    pub const fn new(keys: Vec<Jwk>) -> JwkSet {
        JwkSet { keys }
    }

    /// Reads a set of at most `max_keys` keys by [`SetRules::strict`].
    pub fn parse(json: &[u8], max_keys: usize) -> Result<JwkSet, JwkError> {
        JwkSet::parse_with(json, SetRules::strict(max_keys))
    }

    /// Reads a set from untrusted JSON. The number of keys is checked before the first key is.
    pub fn parse_with(json: &[u8], rules: SetRules) -> Result<JwkSet, JwkError> {
        let document = strict_json::object_from_slice(json, Limits::bytes(rules.max_bytes))?;
        let entries = document.get("keys").ok_or(JwkError::Missing("keys"))?;
        let entries = entries.as_array().ok_or(JwkError::WrongType("keys"))?;
        if entries.len() > rules.max_keys {
            return Err(JwkError::TooManyKeys);
        }
        let mut keys = Vec::with_capacity(entries.len());
        for entry in entries {
            match Jwk::from_value(entry) {
                Ok(key) => keys.push(key),
                Err(JwkError::UnknownKeyType | JwkError::UnsupportedCurve)
                    if rules.unknown_keys == UnknownKeys::Skip => {}
                Err(refusal) => return Err(refusal),
            }
        }
        Ok(JwkSet { keys })
    }

    /// The keys, in order.
    pub fn keys(&self) -> &[Jwk] {
        &self.keys
    }

    /// The keys that may have made a signature with this header: right kind, right use, and the named `kid` when the
    /// header names one. `kid` need not be unique (RFC 7517 section 4.5), so there can be several.
    pub fn candidates<'s>(&'s self, kid: Option<&'s str>, alg: Algorithm) -> impl Iterator<Item = &'s Jwk> {
        self.keys
            .iter()
            .filter(move |key| kid.is_none_or(|kid| key.kid() == Some(kid)) && key.accepts(alg))
    }

    /// `{"keys":[..]}` with every key as [`Jwk::to_json`] writes it.
    pub fn to_json(&self) -> String {
        let keys: Vec<String> = self.keys.iter().map(Jwk::to_json).collect();
        format!(r#"{{"keys":[{}]}}"#, keys.join(","))
    }
}

impl Serialize for JwkSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("keys", &self.keys)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for JwkSet {
    /// Reads back what was written by [`Serialize`]: as strictly as from outside, at most 64 KiB.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<JwkSet, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        JwkSet::parse(value.to_string().as_bytes(), usize::MAX).map_err(de::Error::custom)
    }
}
