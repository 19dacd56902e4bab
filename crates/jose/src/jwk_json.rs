//! The JSON of a public key: read strictly from untrusted bytes, written by hand in one fixed order. Must not know what
//! the key is for.

use std::collections::BTreeSet;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

use crate::alg::Algorithm;
use crate::base64url;
use crate::jwk::{DeclaredAlgorithm, Jwk, JwkError, KeyUse, MAX_KID};
use crate::key_material::{Curve, KeyMaterial, Numbers};
use crate::strict_json::{self, Limits};

/// Members that only a private or symmetric key has (RFC 7518 sections 6.2.2, 6.3.2, 6.4.1; RFC 8037 section 2;
/// `priv` of newer key types).
const PRIVATE_MEMBERS: [&str; 9] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];
/// Largest JSON of a single key: an RSA key of 8192 bits and a long certificate chain fit.
const MAX_KEY_BYTES: usize = 16 * 1024;
const MAX_KEY_OPS: usize = 16;
const MAX_NAME: usize = 64;

impl Jwk {
    /// Reads one key from untrusted JSON of at most 16 KiB. Unknown members are ignored (RFC 7517 section 4), private
    /// ones refuse the key; certificates and URLs in it are not looked at.
    pub fn parse(json: &[u8]) -> Result<Jwk, JwkError> {
        Jwk::from_members(&strict_json::object_from_slice(json, Limits::bytes(MAX_KEY_BYTES))?)
    }

    /// Reads one key from a value that [`strict_json`] has parsed, e.g. the `jwk` of a DPoP proof.
    pub fn from_value(value: &Value) -> Result<Jwk, JwkError> {
        Jwk::from_members(value.as_object().ok_or(strict_json::StrictJsonError::NotAnObject)?)
    }

    pub(crate) fn from_members(members: &Map<String, Value>) -> Result<Jwk, JwkError> {
        let kty = text(members, "kty")?.ok_or(JwkError::Missing("kty"))?;
        if kty == "oct" {
            return Err(JwkError::Symmetric);
        }
        if let Some(private) = PRIVATE_MEMBERS.into_iter().find(|name| members.contains_key(*name)) {
            return Err(JwkError::PrivateMember(private));
        }
        let material = material(members, kty)?;
        let alg = declared_algorithm(members, &material)?;
        let key_use = printable(members, "use", MAX_NAME)?.map(|name| match name {
            "sig" => KeyUse::Signature,
            "enc" => KeyUse::Encryption,
            other => KeyUse::Other(other.to_owned()),
        });
        let kid = printable(members, "kid", MAX_KID)?.map(str::to_owned);
        Ok(Jwk {
            material,
            kid,
            alg,
            key_use,
            key_ops: key_operations(members)?,
        })
    }

    /// The key as JSON, its members in lexicographic order.
    pub fn to_json(&self) -> String {
        let mut json = String::with_capacity(512);
        for (name, value) in self.members() {
            json.push_str(if json.is_empty() { "{" } else { "," });
            json.push_str(&format!(r#""{name}":{value}"#));
        }
        json.push('}');
        json
    }

    /// Every member that is written, in lexicographic order.
    fn members(&self) -> Vec<(&'static str, Value)> {
        let mut members = self.numbers();
        match &self.alg {
            DeclaredAlgorithm::Absent => {}
            DeclaredAlgorithm::Known(alg) => members.push(("alg", alg.as_str().into())),
            DeclaredAlgorithm::Foreign(name) => members.push(("alg", name.as_str().into())),
        }
        members.extend(self.kid.as_deref().map(|kid| ("kid", kid.into())));
        members.extend(self.key_ops.clone().map(|ops| ("key_ops", ops.into())));
        members.extend(self.key_use.as_ref().map(|key_use| ("use", key_use.as_str().into())));
        members.sort_unstable_by_key(|(name, _)| *name);
        members
    }

    fn numbers(&self) -> Vec<(&'static str, Value)> {
        let b64 = |bytes: &[u8]| Value::from(base64url::encode(bytes));
        match &self.material.numbers {
            Numbers::Rsa { n, e } => vec![("kty", "RSA".into()), ("e", b64(e)), ("n", b64(n))],
            Numbers::Ec { curve, x, y } => {
                vec![
                    ("kty", "EC".into()),
                    ("crv", curve.as_str().into()),
                    ("x", b64(x)),
                    ("y", b64(y)),
                ]
            }
            Numbers::Ed25519 { x } => vec![("kty", "OKP".into()), ("crv", "Ed25519".into()), ("x", b64(x))],
        }
    }
}

impl KeyUse {
    /// The text of `use`.
    pub fn as_str(&self) -> &str {
        match self {
            KeyUse::Signature => "sig",
            KeyUse::Encryption => "enc",
            KeyUse::Other(name) => name,
        }
    }
}

impl Serialize for Jwk {
    /// The members of [`Jwk::to_json`], for embedding in larger documents.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let members = self.members();
        let mut map = serializer.serialize_map(Some(members.len()))?;
        for (name, value) in members {
            map.serialize_entry(name, &value)?;
        }
        map.end()
    }
}

fn material(members: &Map<String, Value>, kty: &str) -> Result<KeyMaterial, JwkError> {
    match kty {
        "RSA" => Ok(KeyMaterial::rsa(number(members, "n")?, number(members, "e")?)?),
        "EC" => {
            let curve = match text(members, "crv")?.ok_or(JwkError::Missing("crv"))? {
                "P-256" => Curve::P256,
                "P-384" => Curve::P384,
                _ => return Err(JwkError::UnsupportedCurve),
            };
            Ok(KeyMaterial::ec(curve, number(members, "x")?, number(members, "y")?)?)
        }
        "OKP" => match text(members, "crv")?.ok_or(JwkError::Missing("crv"))? {
            "Ed25519" => Ok(KeyMaterial::ed25519(&number(members, "x")?)?),
            _ => Err(JwkError::UnsupportedCurve),
        },
        _ => Err(JwkError::UnknownKeyType),
    }
}

/// A name of ours must fit the key; `none` and HMAC never do; any other name is kept and makes the key unusable here.
fn declared_algorithm(members: &Map<String, Value>, key: &KeyMaterial) -> Result<DeclaredAlgorithm, JwkError> {
    let Some(name) = printable(members, "alg", MAX_NAME)? else {
        return Ok(DeclaredAlgorithm::Absent);
    };
    match name.parse::<Algorithm>() {
        Ok(alg) if alg.key_type() == key.key_type() => Ok(DeclaredAlgorithm::Known(alg)),
        Ok(_) => Err(JwkError::AlgorithmDoesNotFit),
        Err(_) if name.eq_ignore_ascii_case("none") || name.starts_with("HS") => Err(JwkError::AlgorithmDoesNotFit),
        Err(_) => Ok(DeclaredAlgorithm::Foreign(name.to_owned())),
    }
}

fn key_operations(members: &Map<String, Value>) -> Result<Option<Vec<String>>, JwkError> {
    let Some(value) = members.get("key_ops") else {
        return Ok(None);
    };
    let entries = value.as_array().ok_or(JwkError::WrongType("key_ops"))?;
    if entries.len() > MAX_KEY_OPS {
        return Err(JwkError::BadText("key_ops"));
    }
    let mut seen = BTreeSet::new();
    let mut operations = Vec::with_capacity(entries.len());
    for entry in entries {
        let operation = entry.as_str().ok_or(JwkError::WrongType("key_ops"))?;
        check_printable(operation, "key_ops", MAX_NAME)?;
        if !seen.insert(operation) {
            return Err(JwkError::DuplicateKeyOperation);
        }
        operations.push(operation.to_owned());
    }
    Ok(Some(operations))
}

fn number(members: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, JwkError> {
    let encoded = text(members, name)?.ok_or(JwkError::Missing(name))?;
    base64url::decode(encoded).map_err(|_| JwkError::BadBase64(name))
}

fn printable<'m>(members: &'m Map<String, Value>, name: &'static str, max: usize) -> Result<Option<&'m str>, JwkError> {
    let text = text(members, name)?;
    text.map_or(Ok(()), |text| check_printable(text, name, max))?;
    Ok(text)
}

fn text<'m>(members: &'m Map<String, Value>, name: &'static str) -> Result<Option<&'m str>, JwkError> {
    members
        .get(name)
        .map(|value| value.as_str().ok_or(JwkError::WrongType(name)))
        .transpose()
}

fn check_printable(text: &str, name: &'static str, max: usize) -> Result<(), JwkError> {
    let printable = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if text.len() <= max && printable {
        Ok(())
    } else {
        Err(JwkError::BadText(name))
    }
}
