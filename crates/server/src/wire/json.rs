//! A body in JSON: one flat object whose values are text. Anything else is refused at the byte where it begins, before
//! room is made for it; so however deep a document nests, nothing follows it in.

use grantd_protocol::OAuthError;
use grantd_protocol::params::MAX_PARAMS;
use serde::de::{Deserializer as _, Error as _, MapAccess, Visitor};
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
            let value: String = map.next_value()?;
            // A form cannot carry it either.
            if name.contains('\0') || value.contains('\0') {
                return Err(A::Error::custom("NUL"));
            }
            members.push((name, value));
        }
        Ok(members)
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
    fn more_members_than_any_request_has_are_refused_at_the_limit() {
        let many: Vec<String> = (0..MAX_PARAMS + 1).map(|index| format!("\"m{index}\":\"\"")).collect();
        let error = members(format!("{{{}", many.join(",")).as_bytes()).unwrap_err();
        assert_eq!(error.description(), "the JSON body has too many members");
    }
}
