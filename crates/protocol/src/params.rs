//! Request parameters as they arrive, before anything is known about them: a short list of names and values, each
//! name at most once. Dialects are undone before this type exists; what it holds is always the standard form.

use std::borrow::Cow;
use std::collections::BTreeSet;

/// More parameters than any request of any standard needs.
pub const MAX_PARAMS: usize = 100;

/// More than any form of ours has: one for each permission of a large platform.
pub const MAX_FORM_PARAMS: usize = 4000;

/// Why a query or body is not a list of parameters.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ParamsError {
    /// A `%` that two hexadecimal digits do not follow.
    #[error("a percent sign is not followed by two hexadecimal digits")]
    BadPercentEncoding,
    /// Bytes that are not UTF-8 after decoding, or a NUL.
    #[error("a parameter is not text in UTF-8, or has a null character in it")]
    NotText,
    /// More than [`MAX_PARAMS`], or for a long form more than [`MAX_FORM_PARAMS`].
    #[error("too many parameters")]
    TooMany,
    /// RFC 6749 section 3.1 and 3.2: parameters must not be included more than once.
    #[error("the parameter '{0}' is included more than once")]
    Duplicate(String),
}

/// Names and values in the order they came. A parameter sent without a value counts as absent (RFC 6749 section
/// 3.1), so it is not in the list.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RawParams {
    pairs: Vec<(String, String)>,
}

impl RawParams {
    /// Parses `application/x-www-form-urlencoded` text: a query string or a body.
    ///
    /// # Errors
    /// When the encoding is broken or there are too many parameters. Duplicates are not refused yet: see
    /// [`RawParams::refuse_duplicates`], since at the authorization endpoint their error goes to the client.
    pub fn parse_form(text: &[u8]) -> Result<Self, ParamsError> {
        Self::parse(text, MAX_PARAMS)
    }

    /// The same for a form of our own pages, which can have a box for each permission.
    ///
    /// # Errors
    /// Those of [`RawParams::parse_form`].
    pub fn parse_long_form(text: &[u8]) -> Result<Self, ParamsError> {
        Self::parse(text, MAX_FORM_PARAMS)
    }

    fn parse(text: &[u8], most: usize) -> Result<Self, ParamsError> {
        let mut pairs = Vec::with_capacity(8);
        for piece in text.split(|byte| *byte == b'&').filter(|piece| !piece.is_empty()) {
            if pairs.len() >= most {
                return Err(ParamsError::TooMany);
            }
            let equals = piece.iter().position(|byte| *byte == b'=').unwrap_or(piece.len());
            let (name, value) = piece.split_at(equals);
            let name = decode(name)?;
            let value = decode(value.strip_prefix(b"=").unwrap_or(value))?;
            pairs.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self { pairs })
    }

    /// Parameters from pairs that were decoded elsewhere (a JSON body, a request object).
    ///
    /// # Errors
    /// [`ParamsError::TooMany`]; [`ParamsError::NotText`] for a NUL, which a form cannot carry either.
    pub fn from_pairs(pairs: Vec<(String, String)>) -> Result<Self, ParamsError> {
        if pairs.len() > MAX_PARAMS {
            Err(ParamsError::TooMany)
        } else if pairs
            .iter()
            .any(|(name, value)| name.contains('\0') || value.contains('\0'))
        {
            Err(ParamsError::NotText)
        } else {
            Ok(Self { pairs })
        }
    }

    /// Refuses a name that occurs twice, but for those in `repeatable` whose standard lets them repeat.
    ///
    /// # Errors
    /// [`ParamsError::Duplicate`] with the name.
    pub fn refuse_duplicates(&self, repeatable: &[&str]) -> Result<(), ParamsError> {
        let mut seen = BTreeSet::new();
        for (name, _) in &self.pairs {
            if !repeatable.contains(&name.as_str()) && !seen.insert(name.as_str()) {
                return Err(ParamsError::Duplicate(name.clone()));
            }
        }
        Ok(())
    }

    /// Whether `name` occurs more than once, with any values.
    #[must_use]
    pub fn is_repeated(&self, name: &str) -> bool {
        self.pairs.iter().filter(|(other, _)| other == name).count() > 1
    }

    /// The value of `name`, if it was sent with one. With duplicates, the first.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(other, value)| other == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// All non-empty values of a parameter that may repeat.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs
            .iter()
            .filter(move |(other, value)| other == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// Every pair in order, empty values included.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The same but for parameters of these names.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Self {
        let left = self.pairs.iter().filter(|(name, _)| !names.contains(&name.as_str()));
        Self {
            pairs: left.cloned().collect(),
        }
    }

    /// Whether nothing was sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Writes the parameters as `application/x-www-form-urlencoded` text.
    #[must_use]
    pub fn to_form(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.pairs {
            if !text.is_empty() {
                text.push('&');
            }
            encode_into(name, &mut text);
            text.push('=');
            encode_into(value, &mut text);
        }
        text
    }
}

/// Appends `text` percent-encoded so that it survives as a query or form value everywhere: everything but RFC 3986
/// unreserved characters is escaped.
pub fn encode_into(text: &str, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for nibble in [byte >> 4, byte & 0xF] {
                out.push(char::from(HEX.get(usize::from(nibble)).copied().unwrap_or(b'0')));
            }
        }
    }
}

/// Decodes one form-encoded piece (`+` is a space).
///
/// # Errors
/// Broken percent-encoding, bytes that are not UTF-8, a NUL.
pub fn decode(piece: &[u8]) -> Result<Cow<'_, str>, ParamsError> {
    // Without a way out in the middle, so that many bytes are looked at in one step.
    let is_marked = piece.iter().fold(false, |found, byte| {
        found | (*byte == b'%') | (*byte == b'+') | (*byte == 0)
    });
    if !is_marked {
        return std::str::from_utf8(piece)
            .map(Cow::Borrowed)
            .map_err(|_| ParamsError::NotText);
    }
    let mut bytes = Vec::with_capacity(piece.len());
    let mut rest = piece;
    // Piece by piece: most of a value stands for itself.
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'%' | b'+')) {
        let (plain, marked) = rest.split_at(at);
        bytes.extend_from_slice(plain);
        rest = match marked {
            [b'+', left @ ..] => {
                bytes.push(b' ');
                left
            }
            [b'%', high, low, left @ ..] => {
                let byte = digit(*high).zip(digit(*low)).map(|(high, low)| high << 4 | low);
                bytes.push(byte.ok_or(ParamsError::BadPercentEncoding)?);
                left
            }
            _ => return Err(ParamsError::BadPercentEncoding),
        };
    }
    bytes.extend_from_slice(rest);
    if bytes.contains(&0) {
        return Err(ParamsError::NotText);
    }
    String::from_utf8(bytes)
        .map(Cow::Owned)
        .map_err(|_| ParamsError::NotText)
}

/// The value of a hexadecimal digit.
const fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_empty_value_counts_as_absent() {
        let params = RawParams::parse_form(b"state=&scope=a+b&flag").unwrap();
        assert_eq!(params.get("state"), None);
        assert_eq!(params.get("flag"), None);
        assert_eq!(params.get("scope"), Some("a b"));
    }

    #[test]
    fn duplicates_are_refused_unless_their_standard_lets_them_repeat() {
        let params = RawParams::parse_form(b"resource=a&resource=b&state=x&state=x").unwrap();
        assert_eq!(
            params.refuse_duplicates(&["resource"]),
            Err(ParamsError::Duplicate("state".to_owned()))
        );
        assert_eq!(params.all("resource").collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn what_was_decoded_elsewhere_has_no_nul_either() {
        for (name, value) in [("nonce", "a\0b"), ("a\0b", "x")] {
            let pairs = vec![
                ("state".to_owned(), "x".to_owned()),
                (name.to_owned(), value.to_owned()),
            ];
            assert_eq!(RawParams::from_pairs(pairs), Err(ParamsError::NotText));
        }
    }

    #[test]
    fn broken_encodings_are_refused() {
        assert_eq!(RawParams::parse_form(b"a=%ZZ"), Err(ParamsError::BadPercentEncoding));
        assert_eq!(RawParams::parse_form(b"a=%4"), Err(ParamsError::BadPercentEncoding));
        assert_eq!(RawParams::parse_form(b"a=%C0%80"), Err(ParamsError::NotText));
        assert_eq!(RawParams::parse_form(b"a=%ED%A0%80"), Err(ParamsError::NotText));
        assert_eq!(RawParams::parse_form(b"a=%00"), Err(ParamsError::NotText));
        assert_eq!(RawParams::parse_form(b"a=\0"), Err(ParamsError::NotText));
    }

    #[test]
    fn a_hundred_thousand_pairs_are_refused_at_the_limit() {
        assert_eq!(
            RawParams::parse_form("a=b&".repeat(100_000).as_bytes()),
            Err(ParamsError::TooMany)
        );
    }

    proptest! {
        #[test]
        fn text_round_trips(pairs in prop::collection::vec(("[^\0]{1,12}", "[^\0]{0,20}"), 0..10)) {
            let params = RawParams::from_pairs(pairs).unwrap();
            prop_assert_eq!(RawParams::parse_form(params.to_form().as_bytes()).unwrap(), params);
        }

        #[test]
        fn parsing_never_panics(text in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = RawParams::parse_form(&text);
        }
    }
}
