//! The words of DPoP (RFC 9449): the address that a proof is for, in the form in which two of them are compared. Must not
//! know keys or signatures.

/// A request's address without query and fragment (RFC 9449 sections 4.2 and 4.3), normalised as RFC 3986 sections 6.2.2
/// and 6.2.3 say: scheme and host in lower case, no default port, `/` for an empty path, percent-encodings in upper case, and
/// none of what needs none. Dot segments are no part of any address here, so they are not removed, and lead nowhere.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TargetUri(String);

/// The longest address that is read, in bytes, without query and fragment.
const MAX_URI: usize = 2048;

impl TargetUri {
    /// Reads an absolute http or https URI; `None` for anything else, and for one with user information. What is in query and
    /// fragment does not matter.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.split(['?', '#']).next()?;
        if text.len() > MAX_URI || !text.bytes().all(|byte| matches!(byte, b'!'..=b'~')) {
            return None;
        }
        let (scheme, rest) = text.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let authority = authority.to_ascii_lowercase();
        let default_port = match scheme.as_str() {
            "https" => "443",
            "http" => "80",
            _ => return None,
        };
        let (host, port) = host_and_port(&authority)?;
        let (colon, port) = if port.is_empty() || port == default_port {
            ("", "")
        } else {
            (":", port)
        };
        let path = if path.is_empty() { "/" } else { path };
        let path = normal_encodings(path)?;
        Some(Self(format!("{scheme}://{host}{colon}{port}{path}")))
    }
}

/// Host and port, of which there is at most one and which may be empty (RFC 3986 section 3.2); an IPv6 address has colons of
/// its own, within brackets. `None` for anything else, and for user information.
fn host_and_port(authority: &str) -> Option<(&str, &str)> {
    let end = if authority.starts_with('[') {
        authority.find(']')? + 1
    } else {
        authority.find(':').unwrap_or(authority.len())
    };
    let (host, rest) = authority.split_at_checked(end)?;
    let port = if rest.is_empty() { "" } else { rest.strip_prefix(':')? };
    let fits = !host.is_empty() && !host.contains('@') && port.bytes().all(|byte| byte.is_ascii_digit());
    fits.then_some((host, port))
}

/// Percent-encodings of unreserved characters give way to the characters, and the others have digits in upper case (RFC 3986
/// sections 6.2.2.1 and 6.2.2.2). `None` where a percent sign begins none.
fn normal_encodings(path: &str) -> Option<String> {
    let mut parts = path.split('%');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        let is_encoding = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let byte = u8::from_str_radix(digits, 16).ok().filter(|_| is_encoding)?;
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&digits.to_ascii_uppercase());
        }
        out.push_str(rest);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn same(one: &str, other: &str) -> bool {
        TargetUri::parse(one).unwrap() == TargetUri::parse(other).unwrap()
    }

    #[test]
    fn query_and_fragment_do_not_count() {
        for other in [
            "https://id.example/token?x=1",
            "https://id.example/token#f",
            "https://id.example/token?x=1#f",
            "https://id.example/token?https://other.example/",
        ] {
            assert!(same("https://id.example/token", other), "{other}");
        }
        // Whatever is in them.
        let long = format!("https://id.example/token?{}", "x".repeat(MAX_URI));
        assert!(same("https://id.example/token", &long));
        assert!(same(
            "https://id.example/token",
            "https://id.example/token?q=Zo\u{eb} <z>#%"
        ));
        let longest = format!("https://id.example/{}", "x".repeat(MAX_URI - 19));
        assert!(same(&longest, &format!("{longest}?y")));
        assert_eq!(TargetUri::parse(&format!("{longest}x")), None);
    }

    #[test]
    fn what_the_standard_calls_equal_is_equal() {
        assert!(same("HTTPS://ID.example:443/a%2f", "https://id.example/a%2F"));
        assert!(same(
            "https://id.example/%7eada/%61%2D%2e%5F",
            "https://id.example/~ada/a-._"
        ));
        assert!(!same("https://id.example/a%2Fb", "https://id.example/a/b"));
        assert!(!same("https://id.example/%2561", "https://id.example/%61"));
        assert!(same("http://id.example:80", "http://id.example/"));
        assert!(same("https://id.example:/a", "https://id.example/a"));
    }

    #[test]
    fn an_address_has_one_port() {
        for text in [
            "http://localhost:8503:80/token",
            "http://localhost:8503:/token",
            "http://localhost::/token",
            "https://id.example:443:443/",
            "http://[::1]:8503:80/token",
            "http://[::1]:8503:/token",
            "http://[::1]80/token",
            "http://[::1/token",
            "http://localhost:80x/token",
            "http://localhost:+80/token",
            "http://:80/token",
        ] {
            assert_eq!(TargetUri::parse(text), None, "{text}");
        }
        assert!(same("http://[::1]:80/token", "http://[::1]/token"));
        assert!(same("http://[::1]:8503/token", "http://[::1]:8503/token"));
        assert!(!same("http://[::1]:8503/token", "http://[::1]/token"));
        // What ends like the default port is not it.
        assert!(!same("http://localhost:8080/token", "http://localhost:80/token"));
        assert!(!same("http://[::80]/token", "http://[::]/token"));
    }

    #[test]
    fn another_scheme_host_port_or_path_is_another_address() {
        for other in [
            "http://id.example/token",
            "https://id.example.evil/token",
            "https://id.example:8443/token",
            "https://id.example/Token",
            "https://id.example/token/",
            "https://id.example//token",
            "https://id.example/x/../token",
        ] {
            assert!(!same("https://id.example/token", other), "{other}");
        }
    }

    #[test]
    fn what_is_no_http_address_is_refused() {
        for text in [
            "",
            "/token",
            "id.example/token",
            "ftp://id.example/",
            "https://",
            "https:///a",
            "https://u@h/",
            "https://h/ a",
            "https://h/\u{e9}",
            "https://h/%",
            "https://h/%4",
            "https://h/%+1",
            "https://h/%%34%31",
        ] {
            assert_eq!(TargetUri::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_is_stable(text in "\\PC{0,80}", rest in "[a-zA-Z0-9:/%?#@.\\[\\]-]{0,60}") {
            let _ = TargetUri::parse(&text);
            if let Some(once) = TargetUri::parse(&format!("https://{rest}")) {
                prop_assert_eq!(TargetUri::parse(&once.0), Some(once));
            }
        }

        #[test]
        fn query_and_fragment_are_not_read(rest in "[a-zA-Z0-9:/%@.\\[\\]-]{0,60}", mark in "[?#]", more in "\\PC{0,80}") {
            let address = format!("https://{rest}");
            prop_assert_eq!(TargetUri::parse(&format!("{address}{mark}{more}")), TargetUri::parse(&address));
        }
    }
}
