//! Claim sets as compact JSON, written straight into a buffer: minting is the hot path, and a map of values would
//! cost an allocation per claim.

use crate::record::Binding;
use grantd_protocol::Timestamp;
use serde::Serialize;

/// A JSON object under construction.
#[derive(Debug)]
pub struct ClaimsWriter(Vec<u8>);

impl Default for ClaimsWriter {
    fn default() -> Self {
        Self::new()
    }
}

impl ClaimsWriter {
    /// An empty object.
    #[must_use]
    pub fn new() -> Self {
        let mut buffer = Vec::with_capacity(512);
        buffer.push(b'{');
        Self(buffer)
    }

    /// Adds a member. The name must be plain ASCII without quotes, as claim names are.
    pub fn set<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) {
        self.set_name(name);
        // Writing into a `Vec` cannot fail, and neither can serializing strings, numbers and lists of them.
        let _ = serde_json::to_writer(&mut self.0, value);
    }

    /// Adds a text. The same as [`set`](Self::set), many times as fast where nothing in it needs an escape: a list of
    /// three hundred permissions is four kilobytes.
    pub fn set_text(&mut self, name: &str, value: &str) {
        self.set_name(name);
        // Without an early end, so that many bytes are looked at with one instruction.
        let needs_escape = |found, byte| found | (byte < 0x20) | (byte == b'"') | (byte == b'\\');
        if value.bytes().fold(false, needs_escape) {
            let _ = serde_json::to_writer(&mut self.0, value);
        } else {
            self.0.reserve(value.len() + 2);
            self.0.push(b'"');
            self.0.extend_from_slice(value.as_bytes());
            self.0.push(b'"');
        }
    }

    fn set_name(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.push(b',');
        }
        let _ = serde_json::to_writer(&mut self.0, name);
        self.0.push(b':');
    }

    /// Adds a member that is written already: `json` must be one JSON value.
    pub fn set_json(&mut self, name: &str, json: &[u8]) {
        self.set_name(name);
        self.0.extend_from_slice(json);
    }

    /// Adds a member where there is a value: never a `null`, which clients reject.
    pub fn set_some<T: Serialize>(&mut self, name: &str, value: Option<T>) {
        if let Some(value) = value {
            self.set(name, &value);
        }
    }

    /// Adds an instant as `NumericDate`.
    pub fn set_time(&mut self, name: &str, at: Timestamp) {
        self.set(name, &at.secs());
    }

    /// Adds `aud` from its space-separated form: a string for one, an array for several.
    pub fn set_audience(&mut self, audience: &str) {
        if audience.contains(' ') {
            self.set("aud", &audience.split(' ').collect::<Vec<_>>());
        } else {
            self.set_text("aud", audience);
        }
    }

    /// Adds `cnf` where there is something that must be proved (RFC 9449 section 6, RFC 8705 section 3.1).
    pub fn set_confirmation(&mut self, bound_to: Option<Binding>) {
        match bound_to {
            Some(Binding::Key(key)) => self.set("cnf", &serde_json::json!({ "jkt": key.to_string() })),
            Some(Binding::Certificate(certificate)) => {
                self.set("cnf", &serde_json::json!({ "x5t#S256": certificate.to_string() }));
            }
            None => {}
        }
    }

    /// The finished object.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        self.0.push(b'}');
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_written_as_serde_writes_it() {
        for text in [
            "",
            "orders:read orders:write",
            "ü",
            "a\"b",
            "a\\b",
            "a\nb",
            "a\u{0}b",
            "\u{7f}\u{2028}",
            "x\u{1f}",
        ] {
            let (mut texts, mut values) = (ClaimsWriter::new(), ClaimsWriter::new());
            texts.set_text("a", text);
            values.set("a", text);
            assert_eq!(texts.finish(), values.finish(), "{text:?}");
        }
    }

    #[test]
    fn values_are_escaped_and_absent_ones_are_left_out() {
        let mut claims = ClaimsWriter::new();
        claims.set("sub", "a\"b");
        claims.set_some("nonce", None::<&str>);
        claims.set_time("exp", Timestamp::from_millis(1999));
        claims.set_audience("https://a https://b");
        assert_eq!(
            String::from_utf8(claims.finish()).unwrap(),
            r#"{"sub":"a\"b","exp":1,"aud":["https://a","https://b"]}"#
        );
    }
}
