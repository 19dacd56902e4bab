//! Names of certificates' subjects: read from the text that a client registered (RFC 4514), and compared with the name in
//! a certificate. Values compare byte for byte: what a directory would fold together (case, spaces) stays apart here.

use std::fmt::Write as _;

/// The longest text that is read, in bytes.
pub const MAX_NAME: usize = 1024;

/// An attribute's type as an object identifier in digits and dots, and its value.
pub type Attribute = (String, String);

/// A name: its parts as a certificate has them, the most general first. Within a part the order means nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DistinguishedName(Vec<Vec<Attribute>>);

/// Names of attribute types (RFC 4514 section 3, and those that issuers use beside them).
const TYPES: &[(&str, &str)] = &[
    ("CN", "2.5.4.3"),
    ("SN", "2.5.4.4"),
    ("SERIALNUMBER", "2.5.4.5"),
    ("C", "2.5.4.6"),
    ("L", "2.5.4.7"),
    ("ST", "2.5.4.8"),
    ("STREET", "2.5.4.9"),
    ("O", "2.5.4.10"),
    ("OU", "2.5.4.11"),
    ("TITLE", "2.5.4.12"),
    ("GIVENNAME", "2.5.4.42"),
    ("ORGANIZATIONIDENTIFIER", "2.5.4.97"),
    ("DC", "0.9.2342.19200300.100.1.25"),
    ("UID", "0.9.2342.19200300.100.1.1"),
    ("EMAILADDRESS", "1.2.840.113549.1.9.1"),
];

impl DistinguishedName {
    /// The name of a certificate, its parts in the certificate's order.
    #[must_use]
    pub fn new(mut parts: Vec<Vec<Attribute>>) -> Self {
        parts.iter_mut().for_each(|part| part.sort());
        Self(parts)
    }

    /// Reads RFC 4514's text, in which the most special part comes first. Spaces around separators are no part of it.
    /// `None` for a malformed or empty one, and for values given as the bytes of their encoding (`#04...`).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || text.len() > MAX_NAME {
            return None;
        }
        let mut parts = Vec::new();
        let mut part = Vec::new();
        let mut rest = text;
        loop {
            let (kind, value) = rest.split_once('=')?;
            let (value, separator, after) = value_of(value)?;
            part.push((type_of(kind.trim_matches(' '))?, value));
            if separator != Some('+') {
                parts.push(std::mem::take(&mut part));
            }
            if separator.is_none() {
                break;
            }
            rest = after;
        }
        parts.reverse();
        Some(Self::new(parts))
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// An object identifier, from its name or as it is.
fn type_of(kind: &str) -> Option<String> {
    let named = TYPES.iter().find(|(name, _)| name.eq_ignore_ascii_case(kind));
    if let Some((_, identifier)) = named {
        return Some((*identifier).to_owned());
    }
    let digits = |arc: &str| !arc.is_empty() && arc.bytes().all(|byte| byte.is_ascii_digit());
    (kind.contains('.') && kind.split('.').all(digits)).then(|| kind.to_owned())
}

/// The value at the beginning of a text, what separates it from the next one, and what follows.
fn value_of(text: &str) -> Option<(String, Option<char>, &str)> {
    let mut bytes = Vec::new();
    // Up to where spaces were escaped, and so belong to the value.
    let mut kept = 0;
    let mut rest = text.trim_start_matches(' ');
    if rest.starts_with('#') {
        return None;
    }
    let separator = loop {
        let mut characters = rest.chars();
        let Some(character) = characters.next() else { break None };
        rest = characters.as_str();
        match character {
            ',' | '+' => break Some(character),
            '"' | ';' | '<' | '>' | '\0' => return None,
            '\\' => {
                rest = unescaped(rest, &mut bytes)?;
                kept = bytes.len();
            }
            other => bytes.extend(other.encode_utf8(&mut [0; 4]).bytes()),
        }
    };
    while bytes.len() > kept && bytes.last() == Some(&b' ') {
        bytes.pop();
    }
    let value = String::from_utf8(bytes).ok().filter(|value| !value.is_empty())?;
    Some((value, separator, rest))
}

/// What a backslash stands before: a special character, or two digits of a byte.
fn unescaped<'t>(rest: &'t str, bytes: &mut Vec<u8>) -> Option<&'t str> {
    let first = rest.chars().next()?;
    if " \"#+,;<=>\\".contains(first) {
        bytes.push(u8::try_from(first).ok()?);
        return rest.get(1..);
    }
    let pair = rest
        .get(..2)
        .filter(|pair| pair.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    bytes.push(u8::from_str_radix(pair, 16).ok()?);
    rest.get(2..)
}

/// As RFC 4514 writes it, with object identifiers for types; for messages.
impl std::fmt::Display for DistinguishedName {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, part) in self.0.iter().rev().enumerate() {
            for (position, (kind, value)) in part.iter().enumerate() {
                let separator = match (index, position) {
                    (0, 0) => "",
                    (_, 0) => ",",
                    _ => "+",
                };
                write!(out, "{separator}{kind}=")?;
                for character in value.chars() {
                    if " \"#+,;<=>\\".contains(character) {
                        out.write_char('\\')?;
                    }
                    out.write_char(character)?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn attribute(kind: &str, value: &str) -> Attribute {
        (kind.to_owned(), value.to_owned())
    }

    #[test]
    fn the_text_has_the_most_special_part_first_and_the_certificate_last() {
        let read = DistinguishedName::parse("CN=billing, OU=Ops + L=Bonn,O=Acme\\, Inc.,C=DE").unwrap();
        let expected = DistinguishedName::new(vec![
            vec![attribute("2.5.4.6", "DE")],
            vec![attribute("2.5.4.10", "Acme, Inc.")],
            vec![attribute("2.5.4.7", "Bonn"), attribute("2.5.4.11", "Ops")],
            vec![attribute("2.5.4.3", "billing")],
        ]);
        assert_eq!(read, expected);
        assert_ne!(
            read,
            DistinguishedName::parse("C=DE,O=Acme\\, Inc.,OU=Ops+L=Bonn,CN=billing").unwrap()
        );
    }

    #[test]
    fn escapes_are_undone() {
        let value = |text: &str| DistinguishedName::parse(text).map(|name| name.0[0][0].1.clone());
        assert_eq!(value("cn=L\\c3\\bcbeck").as_deref(), Some("Lübeck"));
        assert_eq!(value("2.5.4.3=\\ a \\ ").as_deref(), Some(" a  "));
        assert_eq!(value("CN=  a b  ").as_deref(), Some("a b"));
        assert_eq!(value("CN=\\#1\\=2\\+3").as_deref(), Some("#1=2+3"));
    }

    #[test]
    fn what_is_no_name_is_none() {
        for text in [
            "", "CN", "CN=", "=a", "CN=a,", "CN=a+", "XX=a", "CN=#0401", "CN=a\\", "CN=a\\zz", "CN=\"a\"", "CN=a;O=b",
            "CN=a\0b", "CN=\\ff", "1..2=a", ",CN=a",
        ] {
            assert!(DistinguishedName::parse(text).is_none(), "{text:?}");
        }
        assert!(DistinguishedName::parse(&format!("CN={}", "a".repeat(MAX_NAME))).is_none());
    }

    #[test]
    fn values_compare_byte_for_byte() {
        let name = |text: &str| DistinguishedName::parse(text).unwrap();
        assert_ne!(name("CN=Billing"), name("CN=billing"));
        assert_ne!(name("CN=a  b"), name("CN=a b"));
        assert_ne!(name("CN=a"), name("CN=a,O=b"));
        assert_eq!(name("cn=a"), name("2.5.4.3=a"));
    }

    proptest! {
        #[test]
        fn a_name_reads_back_from_its_text(values in prop::collection::vec("[ -~äß]{1,12}", 1..4)) {
            let parts = values.iter().map(|value| vec![attribute("2.5.4.3", value)]).collect();
            let name = DistinguishedName::new(parts);
            prop_assert_eq!(DistinguishedName::parse(&name.to_string()), Some(name));
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = DistinguishedName::parse(&text);
        }
    }
}
