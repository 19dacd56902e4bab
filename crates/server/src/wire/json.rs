//! A body in JSON: one flat object whose values are text. Anything else is refused at the byte where it begins, before
//! room is made for it; so however deep a document nests, nothing follows it in. What is asked in detail (RFC 9396) is JSON
//! in every form of a request: here it may stand as the array that it is, and goes on as the text that a form would carry.

use super::names;
use grantd_core::details;
use grantd_jose::strict_json::{Limits, nested};
use grantd_protocol::OAuthError;
use grantd_protocol::params::MAX_PARAMS;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// The members of a body.
///
/// # Errors
/// `invalid_request` for what is not JSON, not one flat object of texts, or has a member twice.
pub(super) fn members(body: &[u8]) -> Result<Vec<(String, String)>, OAuthError> {
    let mut refusal = None;
    let mut json = serde_json::Deserializer::from_slice(body);
    let read = json.deserialize_map(Members { refusal: &mut refusal });
    match read.and_then(|members| json.end().map(|()| members)) {
        Ok(members) => Ok(members),
        Err(_) => Err(OAuthError::invalid_request(
            refusal.unwrap_or("the body is not a JSON object whose values are strings"),
        )),
    }
}

struct Members<'a> {
    refusal: &'a mut Option<&'static str>,
}

impl Members<'_> {
    fn refuse<E: serde::de::Error>(self, why: &'static str) -> E {
        *self.refusal = Some(why);
        E::custom(why)
    }
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = Vec<(String, String)>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object whose values are strings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members: Vec<(String, String)> = Vec::with_capacity(8);
        while let Some(name) = map.next_key::<String>()? {
            if members.len() >= MAX_PARAMS {
                return Err(self.refuse("the JSON body has too many members"));
            }
            // Compared as read, so that an escaped spelling of a name is the same name.
            if members.iter().any(|(before, _)| *before == name) {
                return Err(self.refuse("the JSON body has a member twice"));
            }
            let is_details = names::standard_of(&name).unwrap_or(&name) == details::NAME;
            let value = map.next_value_seed(Text { or_array: is_details })?;
            // A form cannot carry it either.
            if name.contains('\0') || value.contains('\0') {
                return Err(A::Error::custom("NUL"));
            }
            members.push((name, value));
        }
        Ok(members)
    }
}

/// The value of one member.
struct Text {
    /// Whether it may be an array, too.
    or_array: bool,
}

impl<'de> DeserializeSeed<'de> for Text {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = String;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a string")
    }

    fn visit_str<E>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_string<E>(self, text: String) -> Result<String, E> {
        Ok(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, array: A) -> Result<String, A::Error> {
        if !self.or_array {
            return Err(A::Error::invalid_type(serde::de::Unexpected::Seq, &self));
        }
        // Written again member by member, so that no second reader sees more, or other, members than this one.
        nested(SeqAccessDeserializer::new(array), Limits::DEPTH).map(|value| value.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_object_of_texts_is_read_in_order() {
        let read = members(br#" {"grantType":"refresh_token","refreshToken":"a\u0062\"c","":""} "#).unwrap();
        let expected = [("grantType", "refresh_token"), ("refreshToken", "ab\"c"), ("", "")];
        assert_eq!(read, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(members(b"{}").unwrap(), []);
    }

    #[test]
    fn anything_but_texts_is_refused() {
        for body in [
            r#"{"grantType":1}"#,
            r#"{"grantType":1e999}"#,
            r#"{"grantType":null}"#,
            r#"{"grantType":true}"#,
            r#"{"grantType":["client_credentials"]}"#,
            r#"{"grantType":{"a":"b"}}"#,
            r#"[{"grantType":"client_credentials"}]"#,
            r#"["grantType","client_credentials"]"#,
            r#""grantType""#,
            "null",
            "1",
            "",
            "{",
            r#"{"a":"b"} {"c":"d"}"#,
            r#"{"a":"b"}x"#,
            r#"{"a":"b",}"#,
            r#"{a:"b"}"#,
            r#"{'a':'b'}"#,
            "\u{feff}{}",
            r#"{"a":"\ud800"}"#,
            r#"{"a":"b\u0000"}"#,
            r#"{"a\u0000":"b"}"#,
            "{\"a\":\"\n\"}",
            "grantType=client_credentials",
        ] {
            assert!(members(body.as_bytes()).is_err(), "{body}");
        }
        assert!(members(b"{\"a\":\"\xff\"}").is_err());
    }

    #[test]
    fn a_member_that_is_there_twice_is_refused_in_every_spelling() {
        for body in [
            r#"{"code":"a","code":"a"}"#,
            r#"{"code":"a","\u0063ode":"b"}"#,
            r#"{"resource":"a","resource":"b"}"#,
            r#"{"":"a","":"b"}"#,
        ] {
            let error = members(body.as_bytes()).unwrap_err();
            assert_eq!(error.description(), "the JSON body has a member twice", "{body}");
        }
    }

    #[test]
    fn what_nests_is_refused_where_it_begins() {
        let opened = br#"{"code":"#.len();
        for bomb in ["[", "{\"a\":"] {
            let body = format!("{{\"code\":{}", bomb.repeat(30_000 / bomb.len()));
            let mut json = serde_json::Deserializer::from_slice(body.as_bytes());
            let error = json.deserialize_map(Members { refusal: &mut None }).unwrap_err();
            assert!(error.column() <= opened + 2, "read on to column {}", error.column());
        }
    }

    #[test]
    fn details_may_be_the_array_that_they_are_and_nothing_else_may() {
        let read =
            members(br#"{"clientId":"a","authorizationDetails":[{"type":"pay","amount":{"value":"1.50"},"n":2}]}"#);
        let (name, value) = &read.unwrap()[1];
        assert_eq!(name, "authorizationDetails");
        // Written again, members are in the order of their names.
        assert_eq!(value, r#"[{"amount":{"value":"1.50"},"n":2,"type":"pay"}]"#);
        let read = members(br#"{"authorization_details":"[{\"type\":\"pay\"}]"}"#).unwrap();
        assert_eq!(read[0].1, r#"[{"type":"pay"}]"#);
        for body in [
            r#"{"authorizationDetails":{"type":"pay"}}"#,
            r#"{"authorizationDetails":1}"#,
            r#"{"authorizationDetails":null}"#,
            r#"{"authorizationdetails":[]}"#,
            r#"{"scope":[]}"#,
            r#"{"authorizationDetails":[{"type":"pay","type":"other"}]}"#,
            r#"{"authorizationDetails":[{"type":"pay","\u0074ype":"other"}]}"#,
            r#"{"authorizationDetails":[],"authorizationDetails":[]}"#,
        ] {
            assert!(members(body.as_bytes()).is_err(), "{body}");
        }
        let deep = format!("{{\"authorizationDetails\":{}", "[".repeat(30_000));
        let mut json = serde_json::Deserializer::from_slice(deep.as_bytes());
        let error = json.deserialize_map(Members { refusal: &mut None }).unwrap_err();
        assert!(error.column() < 100, "read on to column {}", error.column());
    }

    #[test]
    fn more_members_than_any_request_has_are_refused_at_the_limit() {
        let many: Vec<String> = (0..MAX_PARAMS + 1).map(|index| format!("\"m{index}\":\"\"")).collect();
        let error = members(format!("{{{}", many.join(",")).as_bytes()).unwrap_err();
        assert_eq!(error.description(), "the JSON body has too many members");
    }
}
