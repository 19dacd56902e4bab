//! The two kinds of address that pages contain. Both are parsed once, so that no template can turn a value from outside
//! into a link that runs code or leaves the origin by accident. Neither knows which addresses are registered.

use serde::Serialize;

use crate::error::InvalidValue;

/// An address on this origin: `/login`, `/t1/authorize?x=1`. Form targets, logos and the asset prefix are of this kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct LocalUrl(String);

impl LocalUrl {
    /// Accepts a path that begins with exactly one slash.
    ///
    /// # Errors
    /// [`InvalidValue::LocalUrl`] for `//host`, `/\host` (browsers read both as another host), relative and absolute
    /// URLs, and anything with whitespace, control or non-ASCII characters.
    pub fn parse(url: &str) -> Result<Self, InvalidValue> {
        let printable = url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        if url.starts_with('/') && !url.starts_with("//") && printable {
            Ok(Self(url.to_owned()))
        } else {
            Err(InvalidValue::LocalUrl)
        }
    }

    /// One of the samples' own addresses.
    pub(crate) fn of_sample(url: &'static str) -> Self {
        Self(url.to_owned())
    }

    /// The address as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The absolute URL that carries a browser back to a client, custom schemes included (RFC 8252 section 7.1).
///
/// It often holds an authorization code, so it has no `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct CarryUrl(String);

/// Schemes that browsers resolve inside the page or on the local disk instead of leaving for an application.
const IN_PAGE_SCHEMES: [&str; 8] = [
    "javascript",
    "data",
    "vbscript",
    "blob",
    "filesystem",
    "file",
    "about",
    "view-source",
];

impl CarryUrl {
    /// Accepts an absolute URL with any scheme that leaves the page.
    ///
    /// # Errors
    /// [`InvalidValue::CarryUrl`] for a relative URL, whitespace, control or non-ASCII characters (browsers drop some of
    /// them before they look at the scheme), and schemes that run in the page.
    pub fn parse(url: &str) -> Result<Self, InvalidValue> {
        let scheme = scheme_of(url).ok_or(InvalidValue::CarryUrl)?;
        let printable = url.bytes().all(|byte| byte.is_ascii_graphic());
        let in_page = IN_PAGE_SCHEMES
            .iter()
            .any(|refused| refused.eq_ignore_ascii_case(scheme));
        if printable && !in_page {
            Ok(Self(url.to_owned()))
        } else {
            Err(InvalidValue::CarryUrl)
        }
    }

    /// One of the samples' own addresses.
    pub(crate) fn of_sample(url: &'static str) -> Self {
        Self(url.to_owned())
    }

    /// The URL as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The scheme in front of the first colon, when it has the form of RFC 3986 section 3.1.
fn scheme_of(url: &str) -> Option<&str> {
    let (scheme, _) = url.split_once(':')?;
    let starts_well = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
    let rest_is_well = scheme
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    (starts_well && rest_is_well).then_some(scheme)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_address_stays_on_this_origin() {
        for good in ["/", "/t1/", "/login?x=1&y=%20"] {
            assert!(LocalUrl::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "login",
            "//evil.example",
            "/\\evil.example",
            "https://a.example/",
            "/a b",
            "/a\n",
            "/\u{e9}",
        ] {
            assert_eq!(LocalUrl::parse(bad), Err(InvalidValue::LocalUrl), "{bad}");
        }
    }

    #[test]
    fn a_carry_address_never_runs_in_the_page() {
        for good in [
            "https://a.example/cb?code=1&state=%22",
            "http://127.0.0.1:3000/",
            "com.example.app:/cb",
            "x:y",
        ] {
            assert!(CarryUrl::parse(good).is_ok(), "{good}");
        }
        let bad = [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "java\tscript:alert(1)",
            " javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "blob:https://a/b",
            "file:///etc/passwd",
            "/callback",
            "//evil.example",
            "",
            "1a:b",
            "https://a b",
            "view-source:https://a",
        ];
        for bad in bad {
            assert!(CarryUrl::parse(bad).is_err(), "{bad}");
        }
    }
}
