//! JSON, and what is made of it: keys, key sets and signed tokens.

use grantd_jose::strict_json::{self, Limits, StrictJsonError};
use grantd_jose::{
    Algorithm, Claims, HeaderPolicy, Jwk, JwkSet, Jws, KeyType, MAX_KID, MAX_NUMERIC_DATE, SetRules, UnknownKeys,
    VerifyingKey, base64url_decode, base64url_encode,
};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::fmt;

/// Strict JSON: what is read is what a plain reader reads, no member is lost to a duplicate, depth is limited.
pub fn strict_json(data: &[u8]) {
    const LIMITS: Limits = Limits {
        max_bytes: 64 * 1024,
        max_depth: 8,
    };
    let plain = serde_json::from_slice::<Value>(data);
    match strict_json::from_slice(data, LIMITS) {
        Ok(value) => {
            // serde_json's own reader takes members of these names for its internal representations. Ours must not.
            if !value.to_string().contains("$serde_json::private") {
                assert_eq!(plain.ok().as_ref(), Some(&value), "both readers see the same value");
            }
            assert!(depth(&value) <= LIMITS.max_depth, "depth is limited");
            let written = serde_json::from_slice::<Members>(data).map_or(0, |members| members.0);
            assert_eq!(written, members(&value), "every member that was written is there");
            let again = value.to_string();
            let read_again = strict_json::from_slice(again.as_bytes(), LIMITS);
            // The last bit of a fraction may be lost: the numbers that mean something are whole.
            assert!(
                read_again.as_ref() == Ok(&value) || read_again.is_ok() && has_fraction(&value),
                "written and read again"
            );
        }
        Err(StrictJsonError::DuplicateMember | StrictJsonError::TooDeep | StrictJsonError::TooLarge) => {}
        Err(error) => {
            let is_special = data.windows(7).any(|window| window == b"private");
            assert!(plain.is_err() || is_special, "refused without a reason: {error}");
        }
    }
    assert_eq!(
        strict_json::object_from_slice(data, LIMITS).is_ok(),
        strict_json::from_slice(data, LIMITS).is_ok_and(|value| value.is_object()),
        "an object where one is needed"
    );
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn has_fraction(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_fraction),
        Value::Object(members) => members.values().any(has_fraction),
        value => value.is_f64(),
    }
}

fn members(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(members).sum(),
        Value::Object(entries) => entries.len() + entries.values().map(members).sum::<usize>(),
        _ => 0,
    }
}

/// How many members a text has at all levels, duplicates counted.
struct Members(usize);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Counter)
    }
}

struct Counter;

impl<'de> Visitor<'de> for Counter {
    type Value = Members;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Members, E> {
        Ok(Members(0))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Members, E> {
        Ok(Members(0))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Members, E> {
        Ok(Members(0))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Members, E> {
        Ok(Members(0))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Members, E> {
        Ok(Members(0))
    }

    fn visit_str<E>(self, _: &str) -> Result<Members, E> {
        Ok(Members(0))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Members, A::Error> {
        let mut count = 0;
        while let Some(inner) = items.next_element::<Members>()? {
            count += inner.0;
        }
        Ok(Members(count))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Members, A::Error> {
        let mut count = 0;
        while let Some((_, inner)) = entries.next_entry::<String, Members>()? {
            count += 1 + inner.0;
        }
        Ok(Members(count))
    }
}

/// The public key of RFC 8037 appendix A.2, and the only token that was ever signed with it (appendix A.4).
const RFC_8037_KEY: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
/// The signed part of that token.
const RFC_8037_SIGNED: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";

/// A compact JWS: three canonical parts, a header within its limits, and nothing verifies but what was signed.
pub fn jwt(data: &[u8]) {
    let Ok(jws) = Jws::parse(data, &HeaderPolicy::STRICT) else {
        if let Ok(jws) = Jws::parse(data, &HeaderPolicy::EMBEDDED_KEY) {
            assert!(
                jws.header().jwk().is_some(),
                "an embedded key is there where it is needed"
            );
        }
        return;
    };
    let parts: Vec<&[u8]> = data.split(|byte| *byte == b'.').collect();
    assert_eq!(parts.len(), 3, "three parts");
    for part in &parts {
        let decoded = base64url_decode(part).map(base64url_encode);
        assert_eq!(decoded.ok().as_deref().map(str::as_bytes), Some(*part), "one spelling");
    }
    let header = jws.header();
    let is_printable = |text: &str| text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    assert!(header.jwk().is_none(), "no key comes along");
    assert!(
        header.kid().is_none_or(|kid| kid.len() <= MAX_KID && is_printable(kid)),
        "a kid to compare"
    );
    assert!(header.typ().is_none_or(is_printable), "a typ to compare");
    let head = parts
        .first()
        .and_then(|part| base64url_decode(part).ok())
        .unwrap_or_default();
    let members: Value = serde_json::from_slice(&head).unwrap_or_default();
    for refused in ["crit", "b64", "jku", "jwk", "x5u", "x5c"] {
        assert!(members.get(refused).is_none(), "{refused} is refused");
    }
    assert_eq!(
        members.get("alg").and_then(Value::as_str),
        Some(header.alg().as_str()),
        "the algorithm as written"
    );
    let key = Jwk::parse(RFC_8037_KEY.as_bytes());
    let key = key
        .ok()
        .and_then(|key| VerifyingKey::from_jwk(&key, &[Algorithm::EdDSA]).ok());
    assert!(key.is_some(), "the RFC's key is a key");
    if key.is_some_and(|key| jws.verify(&key).is_ok()) {
        assert!(data.starts_with(RFC_8037_SIGNED.as_bytes()), "nothing else was signed");
    }
    if let Ok(claims) = jws.unverified_claims() {
        assert_claims(&claims);
    }
}

fn assert_claims(claims: &Claims) {
    for name in ["exp", "nbf", "iat", "auth_time"] {
        match claims.numeric_date(name) {
            Ok(None) => assert!(claims.get(name).is_none(), "absent is absent, {name}"),
            Ok(Some(date)) => assert!((0..=MAX_NUMERIC_DATE).contains(&date), "a date, {name}"),
            Err(_) => assert!(claims.get(name).is_some(), "a wrong one is there, {name}"),
        }
    }
    for name in ["iss", "sub", "jti", "client_id"] {
        assert_eq!(
            claims.str(name).ok().flatten(),
            claims.get(name).and_then(Value::as_str),
            "text or nothing, {name}"
        );
    }
    if claims.aud().is_ok_and(|aud| aud.is_empty()) {
        assert!(
            claims
                .get("aud")
                .is_none_or(|aud| aud.as_array().is_some_and(Vec::is_empty)),
            "no audience is no audience"
        );
    }
}

/// A public key: written and read again it is the same key, and it carries nothing private.
pub fn jwk(data: &[u8]) {
    if let Ok(key) = Jwk::parse(data) {
        assert_key(&key);
    }
}

fn assert_key(key: &Jwk) {
    let text = key.to_json();
    let again = Jwk::parse(text.as_bytes());
    assert_eq!(again.as_ref(), Ok(key), "written and read again");
    assert_eq!(
        again.map(|key| key.to_json()).as_deref(),
        Ok(text.as_str()),
        "one spelling"
    );
    let members: Value = serde_json::from_str(&text).unwrap_or_default();
    for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"] {
        assert!(members.get(private).is_none(), "nothing private");
    }
    let usable = [
        Algorithm::RS256,
        Algorithm::PS256,
        Algorithm::ES256,
        Algorithm::ES384,
        Algorithm::EdDSA,
    ];
    for alg in usable.into_iter().filter(|alg| key.accepts(*alg)) {
        assert_eq!(alg.key_type(), key.key_type(), "the algorithm fits the key");
        assert!(key.is_for_signatures(), "a key for signatures");
    }
    assert!(
        key.key_type() != KeyType::Rsa || text.contains("\"n\""),
        "an RSA key has its numbers"
    );
}

/// A key set: limited, every key in it a good one; whoever skips keys accepts what whoever refuses them does.
pub fn jwk_set(data: &[u8]) {
    const MOST: usize = 8;
    let strict = JwkSet::parse(data, MOST);
    let lenient = JwkSet::parse_with(
        data,
        SetRules {
            unknown_keys: UnknownKeys::Skip,
            ..SetRules::strict(MOST)
        },
    );
    if let Ok(set) = &strict {
        assert_eq!(lenient.as_ref(), Ok(set), "leniency changes nothing about a good set");
    }
    let Ok(set) = lenient else { return };
    assert!(set.keys().len() <= MOST, "the number of keys is limited");
    set.keys().iter().for_each(assert_key);
    assert_eq!(
        JwkSet::parse(set.to_json().as_bytes(), MOST).as_ref(),
        Ok(&set),
        "written and read again"
    );
}
