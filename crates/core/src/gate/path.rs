//! Paths of guarded requests. The gate and the API behind it must mean the same by one: a path that two servers could read
//! in two ways is refused here and never repaired. Must not know which permissions hang off a path.

/// The longest path that is judged, in bytes.
const MAX_PATH: usize = 8 * 1024;

/// Why a path, or a pattern of paths, means nothing certain.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unclear {
    /// It does not begin with a slash, or is too long.
    #[error("it must begin with a slash")]
    Form,
    /// Bytes that no URI has, or a backslash, which some servers take for a slash.
    #[error("it has characters that no path has")]
    Character,
    /// `//`: some servers fold it, some do not.
    #[error("it has an empty segment")]
    EmptySegment,
    /// `.` or `..`, written out or encoded.
    #[error("it has a dot segment")]
    DotSegment,
    /// A dot or a space at the end of a segment: some servers drop both.
    #[error("it has a segment that ends in a dot or a space")]
    LooseEnd,
    /// `;`: some servers cut the segment there.
    #[error("it has a semicolon")]
    Parameter,
    /// A percent-encoding that is broken, not UTF-8, or of a character that must not be encoded or that means something
    /// else when it is decoded too early: letters, digits, `-._~`, `/ \ % ; ? #`, control characters.
    #[error("it has a percent-encoding that can be read in two ways")]
    Encoding,
    /// `**` somewhere else than at the end.
    #[error("** stands only at its end")]
    Pattern,
}

/// A path that every server reads in one way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GuardedPath {
    /// Decoded. A slash at the end counts for nothing: to many servers it does not.
    segments: Vec<String>,
}

impl GuardedPath {
    /// Reads a path as it stood in the request line, without the query.
    ///
    /// # Errors
    /// See [`Unclear`].
    pub fn parse(raw: &str) -> Result<Self, Unclear> {
        if raw.len() > MAX_PATH {
            return Err(Unclear::Form);
        }
        let inside = raw.strip_prefix('/').ok_or(Unclear::Form)?;
        let inside = inside.strip_suffix('/').unwrap_or(inside);
        if inside.is_empty() {
            // `/` itself; `//` is not.
            return if raw == "/" {
                Ok(Self { segments: Vec::new() })
            } else {
                Err(Unclear::EmptySegment)
            };
        }
        let segments = inside.split('/').map(segment).collect::<Result<_, _>>()?;
        Ok(Self { segments })
    }
}

fn segment(raw: &str) -> Result<String, Unclear> {
    match raw {
        "" => return Err(Unclear::EmptySegment),
        "." | ".." => return Err(Unclear::DotSegment),
        _ => {}
    }
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b';' => return Err(Unclear::Parameter),
            b'%' => encoded(rest.next(), rest.next())?,
            b'\\' | b'?' | b'#' | b'"' | b'<' | b'>' | b'^' | b'`' | b'{' | b'|' | b'}' => {
                return Err(Unclear::Character);
            }
            b'!'..=b'~' => byte,
            _ => return Err(Unclear::Character),
        });
    }
    // The control characters beyond ASCII are seen once they are decoded.
    let text = String::from_utf8(bytes).ok();
    let text = text
        .filter(|text| !text.chars().any(char::is_control))
        .ok_or(Unclear::Encoding)?;
    if text.ends_with('.') || text.ends_with(char::is_whitespace) {
        return Err(Unclear::LooseEnd);
    }
    Ok(text)
}

fn encoded(high: Option<u8>, low: Option<u8>) -> Result<u8, Unclear> {
    let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
    let (high, low) = digit(high).zip(digit(low)).ok_or(Unclear::Encoding)?;
    let byte = u8::try_from(high * 16 + low).map_err(|_| Unclear::Encoding)?;
    // An unreserved character has no reason to be encoded (RFC 3986 section 6.2.2.2); the others make one path of two.
    let is_doubtful = byte.is_ascii_alphanumeric()
        || byte.is_ascii_control()
        || matches!(
            byte,
            b'-' | b'.' | b'_' | b'~' | b'/' | b'\\' | b'%' | b';' | b'?' | b'#'
        );
    if is_doubtful { Err(Unclear::Encoding) } else { Ok(byte) }
}

/// Which paths a route is about: segments that are compared one by one, `*` for any one of them, and `**` at the end for
/// whatever follows, also nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PathPattern {
    segments: Vec<Segment>,
    and_below: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Segment {
    Is(String),
    Any,
}

impl PathPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// See [`Unclear`].
    pub fn parse(text: &str) -> Result<Self, Unclear> {
        let path = GuardedPath::parse(text)?;
        let mut segments = path.segments;
        let and_below = segments.last().is_some_and(|last| last == "**");
        if and_below {
            segments.pop();
        }
        if segments.iter().any(|segment| segment == "**") {
            return Err(Unclear::Pattern);
        }
        let segments = segments.into_iter().map(|segment| match segment.as_str() {
            "*" => Segment::Any,
            _ => Segment::Is(segment),
        });
        Ok(Self {
            segments: segments.collect(),
            and_below,
        })
    }

    /// Whether a path is one of them.
    #[must_use]
    pub fn matches(&self, path: &GuardedPath) -> bool {
        self.fits(path, |wanted, found| wanted == found)
    }

    /// Whether it would be to a server that does not tell upper from lower case.
    #[must_use]
    pub fn matches_without_case(&self, path: &GuardedPath) -> bool {
        self.fits(path, |wanted, found| wanted.to_lowercase() == found.to_lowercase())
    }

    /// Whether every path of another pattern is one of this one's too, at least to a server that does not tell upper from lower
    /// case.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let (own, others) = (self.segments.len(), other.segments.len());
        let length_fits = if self.and_below {
            own <= others
        } else {
            own == others && !other.and_below
        };
        let mut pairs = self.segments.iter().zip(&other.segments);
        length_fits
            && pairs.all(|pair| match pair {
                (Segment::Any, _) => true,
                (Segment::Is(own), Segment::Is(other)) => own.to_lowercase() == other.to_lowercase(),
                (Segment::Is(_), Segment::Any) => false,
            })
    }

    fn fits(&self, path: &GuardedPath, same: impl Fn(&str, &str) -> bool) -> bool {
        let (wanted, found) = (self.segments.len(), path.segments.len());
        let length_fits = if self.and_below {
            found >= wanted
        } else {
            found == wanted
        };
        let mut pairs = self.segments.iter().zip(&path.segments);
        length_fits
            && pairs.all(|(wanted, found)| match wanted {
                Segment::Any => true,
                Segment::Is(wanted) => same(wanted, found),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(pattern: &str, path: &str) -> bool {
        PathPattern::parse(pattern)
            .unwrap()
            .matches(&GuardedPath::parse(path).unwrap())
    }

    #[test]
    fn a_path_that_servers_read_in_two_ways_is_refused() {
        for (path, why) in [
            ("", Unclear::Form),
            ("v1", Unclear::Form),
            ("*", Unclear::Form),
            ("//", Unclear::EmptySegment),
            ("//v1", Unclear::EmptySegment),
            ("/v1//x", Unclear::EmptySegment),
            ("/v1//", Unclear::EmptySegment),
            ("/.", Unclear::DotSegment),
            ("/v1/../admin", Unclear::DotSegment),
            ("/v1/./x", Unclear::DotSegment),
            ("/v1/...", Unclear::LooseEnd),
            ("/admin./x", Unclear::LooseEnd),
            ("/admin.", Unclear::LooseEnd),
            ("/admin%20", Unclear::LooseEnd),
            ("/admin%20/x", Unclear::LooseEnd),
            ("/admin.%20/x", Unclear::LooseEnd),
            ("/admin%C2%A0", Unclear::LooseEnd),
            ("/v1/%2e%2e/admin", Unclear::Encoding),
            ("/v1/.%2E/admin", Unclear::Encoding),
            ("/v1/..;/admin", Unclear::Parameter),
            ("/v1/x;admin=1", Unclear::Parameter),
            ("/v1/x%3Badmin", Unclear::Encoding),
            ("/v1%2fadmin", Unclear::Encoding),
            ("/v1%5Cadmin", Unclear::Encoding),
            ("/v1\\admin", Unclear::Character),
            ("/%61dmin", Unclear::Encoding),
            ("/v1/%252e%252e/x", Unclear::Encoding),
            ("/v1/x%00", Unclear::Encoding),
            ("/v1/x%0d%0aHost:x", Unclear::Encoding),
            ("/v1/x%", Unclear::Encoding),
            ("/v1/x%4", Unclear::Encoding),
            ("/v1/x%zz", Unclear::Encoding),
            ("/v1/%c0%ae", Unclear::Encoding),
            ("/v1/x%C2%85", Unclear::Encoding),
            ("/v1/%c2%9b2J", Unclear::Encoding),
            ("/v1/\u{e9}", Unclear::Character),
            ("/v1/x#y", Unclear::Character),
            ("/v1/x y", Unclear::Character),
        ] {
            assert_eq!(GuardedPath::parse(path), Err(why), "{path}");
        }
        assert_eq!(
            GuardedPath::parse(&format!("/{}", "x".repeat(9000))),
            Err(Unclear::Form)
        );
    }

    #[test]
    fn an_encoding_that_is_needed_is_decoded_and_compared() {
        assert!(matches("/v1/caf%C3%A9", "/v1/caf%c3%a9"));
        assert!(matches("/v1/customers:batch", "/v1/customers%3Abatch"));
        assert!(matches("/v1/a%20b", "/v1/a%20b") && !matches("/v1/a%20b", "/v1/a+b"));
    }

    #[test]
    fn a_star_is_one_segment_and_two_are_the_rest() {
        assert!(matches("/v1/invoices/*", "/v1/invoices/7"));
        assert!(!matches("/v1/invoices/*", "/v1/invoices") && !matches("/v1/invoices/*", "/v1/invoices/7/pdf"));
        assert!(matches("/v1/*/pdf", "/v1/x/pdf") && !matches("/v1/*/pdf", "/v1/pdf"));
        for path in ["/v1", "/v1/", "/v1/x", "/v1/x/y"] {
            assert!(matches("/v1/**", path), "{path}");
        }
        assert!(!matches("/v1/**", "/v10") && !matches("/v1/**", "/"));
        assert!(matches("/**", "/") && matches("/", "/") && !matches("/", "/x"));
        assert_eq!(PathPattern::parse("/**/x"), Err(Unclear::Pattern));
        assert_eq!(PathPattern::parse("/a/../x"), Err(Unclear::DotSegment));
    }

    #[test]
    fn a_pattern_covers_another_whose_every_path_is_its_own() {
        let covers = |one: &str, other: &str| {
            PathPattern::parse(one)
                .unwrap()
                .covers(&PathPattern::parse(other).unwrap())
        };
        for (one, other) in [
            ("/**", "/**"),
            ("/**", "/v1/x"),
            ("/v1/**", "/v1"),
            ("/v1/**", "/v1/*/x/**"),
            ("/v1/*", "/v1/x"),
            ("/v1/*", "/v1/*"),
            ("/Admin/**", "/admin/x"),
        ] {
            assert!(covers(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("/v1/**", "/**"),
            ("/v1/*", "/v1/**"),
            ("/v1", "/v1/**"),
            ("/v1/x", "/v1/*"),
            ("/v1/**", "/v2/x"),
            ("/*/x", "/v1/y"),
        ] {
            assert!(!covers(one, other), "{one} {other}");
        }
    }

    #[test]
    fn a_slash_at_the_end_is_no_other_path() {
        assert!(matches("/admin", "/admin/") && matches("/admin/", "/admin"));
    }

    #[test]
    fn case_counts_but_is_seen() {
        let (pattern, path) = (
            PathPattern::parse("/admin/**").unwrap(),
            GuardedPath::parse("/ADMIN/x").unwrap(),
        );
        assert!(!pattern.matches(&path) && pattern.matches_without_case(&path));
    }

    proptest! {
        #[test]
        fn reading_never_panics_and_what_is_read_matches_itself(text in "/[a-zA-Z0-9%./;:*-]{0,40}", junk in "\\PC{0,60}") {
            let _ = GuardedPath::parse(&junk);
            let _ = PathPattern::parse(&junk);
            if let Ok(path) = GuardedPath::parse(&text) {
                prop_assert!(PathPattern::parse("/**").unwrap().matches(&path));
                prop_assert!(!text.contains("..") || !text.split('/').any(|segment| segment == ".."));
            }
        }
    }
}
