//! JSON from outside, read strictly: duplicate members, depth and size are refused before anything looks at the value
//! (RFC 8259 section 4 leaves duplicates open, and two readers that disagree on them are a hole). Must not know what
//! the JSON means.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// What a document may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest document in bytes.
    pub max_bytes: usize,
    /// Deepest nesting of arrays and objects; a scalar alone has depth 0, `[]` has 1.
    pub max_depth: usize,
}

impl Limits {
    /// The deepest nesting that is accepted anywhere.
    pub const DEPTH: usize = 32;

    /// `max_bytes` bytes, depth 32.
    pub const fn bytes(max_bytes: usize) -> Limits {
        Limits {
            max_bytes,
            max_depth: Limits::DEPTH,
        }
    }
}

impl Default for Limits {
    /// 64 KiB, depth 32: the request body limit.
    fn default() -> Limits {
        Limits::bytes(64 * 1024)
    }
}

/// Why a document was refused. Carries none of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StrictJsonError {
    /// Longer than `Limits::max_bytes`.
    #[error("JSON document too large")]
    TooLarge,
    /// Nested deeper than `Limits::max_depth`.
    #[error("JSON nested too deeply")]
    TooDeep,
    /// An object has the same member twice, compared after unescaping.
    #[error("duplicate member in a JSON object")]
    DuplicateMember,
    /// Not JSON (RFC 8259), or followed by something else.
    #[error("malformed JSON")]
    Malformed,
    /// A JSON value, but not an object where one is needed.
    #[error("JSON object expected")]
    NotAnObject,
}

/// Parses one whole document.
pub fn from_slice(bytes: &[u8], limits: Limits) -> Result<Value, StrictJsonError> {
    if bytes.len() > limits.max_bytes {
        return Err(StrictJsonError::TooLarge);
    }
    let mut refusal = None;
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let seed = StrictValue {
        depth_left: limits.max_depth,
        refusal: &mut refusal,
    };
    let parsed = seed
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value));
    parsed.map_err(|_| refusal.unwrap_or(StrictJsonError::Malformed))
}

/// Parses one whole document that must be an object.
pub fn object_from_slice(bytes: &[u8], limits: Limits) -> Result<Map<String, Value>, StrictJsonError> {
    match from_slice(bytes, limits)? {
        Value::Object(members) => Ok(members),
        _ => Err(StrictJsonError::NotAnObject),
    }
}

/// Reads one value in the middle of a document that somebody else reads, whose size they bound; its own nesting is at most
/// `max_depth`.
///
/// # Errors
/// Those of the reader; [`StrictJsonError`]'s text for a duplicate member or one level too many.
pub fn nested<'de, D: Deserializer<'de>>(deserializer: D, max_depth: usize) -> Result<Value, D::Error> {
    let seed = StrictValue {
        depth_left: max_depth,
        refusal: &mut None,
    };
    seed.deserialize(deserializer)
}

/// Reads a value with `depth_left` levels of nesting to spend. The reason of a refusal travels beside serde's error,
/// whose only content is a text.
struct StrictValue<'r> {
    depth_left: usize,
    refusal: &'r mut Option<StrictJsonError>,
}

impl StrictValue<'_> {
    /// The seed for one level further in.
    fn deeper<E: de::Error>(&mut self) -> Result<StrictValue<'_>, E> {
        let Some(depth_left) = self.depth_left.checked_sub(1) else {
            return Err(self.refuse(StrictJsonError::TooDeep));
        };
        Ok(StrictValue {
            depth_left,
            refusal: self.refusal,
        })
    }

    fn refuse<E: de::Error>(&mut self, reason: StrictJsonError) -> E {
        *self.refusal = Some(reason);
        E::custom(reason)
    }

    fn again(&mut self) -> StrictValue<'_> {
        StrictValue {
            depth_left: self.depth_left,
            refusal: self.refusal,
        }
    }
}

impl<'de> DeserializeSeed<'de> for StrictValue<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for StrictValue<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<Value, A::Error> {
        let mut inner = self.deeper()?;
        let mut array = Vec::new();
        while let Some(element) = elements.next_element_seed(inner.again())? {
            array.push(element);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<Value, A::Error> {
        let mut inner = self.deeper()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(inner.refuse(StrictJsonError::DuplicateMember));
            }
            let value = members.next_value_seed(inner.again())?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Value, StrictJsonError> {
        from_slice(text.as_bytes(), Limits::default())
    }

    #[test]
    fn agrees_with_serde_json_on_plain_documents() {
        let texts = [
            "null",
            "true",
            "-1",
            "18446744073709551615",
            "1.5",
            r#""a\u00e9\n""#,
            "[]",
            r#"{"a":[1,{"b":{}}],"c":null}"#,
            " {} \n",
        ];
        for text in texts {
            assert_eq!(
                parse(text).unwrap(),
                serde_json::from_str::<Value>(text).unwrap(),
                "{text}"
            );
        }
    }

    #[test]
    fn duplicate_members_are_refused_at_every_level_and_in_every_spelling() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"x":{"a":1,"b":2,"a":3}}"#,
            r#"[{"a":1,"a":2}]"#,
            r#"{"alg":1,"\u0061lg":2}"#,
            r#"{"":1,"":2}"#,
        ] {
            assert_eq!(parse(text), Err(StrictJsonError::DuplicateMember), "{text}");
        }
        assert!(parse(r#"{"a":{"a":1},"b":{"a":1}}"#).is_ok());
    }

    #[test]
    fn depth_is_limited_exactly() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(parse(&nested(32)).is_ok());
        assert_eq!(parse(&nested(33)), Err(StrictJsonError::TooDeep));
        let objects = |n: usize| format!("{}1{}", r#"{"a":"#.repeat(n), "}".repeat(n));
        assert!(parse(&objects(32)).is_ok());
        assert_eq!(parse(&objects(33)), Err(StrictJsonError::TooDeep));
        assert_eq!(parse(&"[".repeat(60_000)), Err(StrictJsonError::TooDeep));
    }

    #[test]
    fn size_is_limited_exactly() {
        assert!(from_slice(b"[1]", Limits::bytes(3)).is_ok());
        assert_eq!(from_slice(b"[1]", Limits::bytes(2)), Err(StrictJsonError::TooLarge));
    }

    #[test]
    fn malformed_documents_are_refused() {
        for text in [
            "",
            "{",
            "{} {}",
            "{}x",
            "{'a':1}",
            "{\"a\":1,}",
            "[1,]",
            "nul",
            "NaN",
            "1e999",
            "01",
            "\u{feff}{}",
            "\"\u{0}\"",
            r#""\ud800""#,
            "/**/{}",
        ] {
            assert_eq!(parse(text), Err(StrictJsonError::Malformed), "{text:?}");
        }
        assert_eq!(
            from_slice(b"\"\xff\"", Limits::default()),
            Err(StrictJsonError::Malformed)
        );
    }

    #[test]
    fn no_member_name_is_special() {
        for name in ["$serde_json::private::Number", "$serde_json::private::RawValue"] {
            let value = parse(&format!(r#"{{"{name}":"1"}}"#)).unwrap();
            assert_eq!(value.get(name).and_then(Value::as_str), Some("1"), "{value}");
        }
    }

    #[test]
    fn an_object_is_demanded_where_one_is_needed() {
        assert_eq!(
            object_from_slice(b"[]", Limits::default()),
            Err(StrictJsonError::NotAnObject)
        );
        assert!(object_from_slice(b"{}", Limits::default()).is_ok());
    }
}
