//! Addresses of the public web: URLs that somebody else chose and that may be shown, or fetched, and the network
//! addresses that a fetch may reach. What is not certainly public is refused. Must not know who fetches.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::{Host, Url};

/// The longest URL that is read, in bytes.
pub const MAX_URL: usize = 2048;

/// Why a text is not an address of the public web.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum WebUrlError {
    /// Empty, too long, not a URL, or not in the one spelling that every parser reads alike.
    #[error("must be an absolute URL in its canonical spelling, of at most 2048 characters")]
    Spelling,
    /// Another scheme than https.
    #[error("must be an https URL")]
    Scheme,
    /// A user name or password.
    #[error("must not have user information")]
    UserInfo,
    /// A fragment, even an empty one.
    #[error("must not have a fragment")]
    Fragment,
    /// A port of its own.
    #[error("must not name a port")]
    Port,
    /// An IP address in any spelling, a name of this computer or of a local network.
    #[error("must be on a public host, by its name")]
    Host,
    /// No path, or the root alone.
    #[error("must have a path")]
    Path,
}

/// An https URL on a public host that is given by its name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WebUrl(Url);

impl WebUrl {
    /// Reads a URL. It must be written as URL parsers write it: lower-case host, no default port, no dot segments, ASCII
    /// only. So no two parsers can disagree about where it leads, and it compares byte for byte.
    ///
    /// # Errors
    /// See [`WebUrlError`].
    pub fn parse(text: &str) -> Result<Self, WebUrlError> {
        let url = canonical(text)?;
        if url.scheme() != "https" {
            return Err(WebUrlError::Scheme);
        }
        if url.port().is_some() {
            return Err(WebUrlError::Port);
        }
        match url.host() {
            Some(Host::Domain(name)) if is_public_name(name) => Ok(Self(url)),
            _ => Err(WebUrlError::Host),
        }
    }

    /// The host's name.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The URL as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Path and query, as they stand in a request.
    #[must_use]
    pub fn path_and_query(&self) -> &str {
        self.as_str()
            .strip_prefix("https://")
            .and_then(|rest| rest.strip_prefix(self.host()))
            .filter(|rest| !rest.is_empty())
            .unwrap_or("/")
    }

    /// Whether there is a path beyond the root.
    #[must_use]
    pub fn has_path(&self) -> bool {
        self.0.path().len() > 1
    }
}

/// A text that is a URL, spelled as its parser would.
fn canonical(text: &str) -> Result<Url, WebUrlError> {
    if text.is_empty() || text.len() > MAX_URL || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(WebUrlError::Spelling);
    }
    if text.contains('#') {
        return Err(WebUrlError::Fragment);
    }
    let url = Url::parse(text).map_err(|_| WebUrlError::Spelling)?;
    if !url.username().is_empty() || url.password().is_some() || authority(text).contains('@') {
        return Err(WebUrlError::UserInfo);
    }
    // `https://host` is written with its slash; that is the one difference that is let through.
    if url.as_str() == text || url.as_str().strip_suffix('/') == Some(text) {
        Ok(url)
    } else {
        Err(WebUrlError::Spelling)
    }
}

fn authority(text: &str) -> &str {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    rest.split(['/', '?', '\\']).next().unwrap_or(rest)
}

/// Whether a page may name the URL as a client's home page or terms: https anywhere, or http on this computer, where
/// clients are developed. It is shown, never fetched.
#[must_use]
pub fn is_showable(text: &str) -> bool {
    canonical(text).is_ok_and(|url| match url.scheme() {
        "https" => url.host().is_some(),
        "http" => crate::redirect_uri::is_loopback(text),
        _ => false,
    })
}

/// Scheme, host and port of an http or https URL; `None` for anything else. A port that is not named is the scheme's own.
#[must_use]
pub fn origin_parts(text: &str) -> Option<(String, String, u16)> {
    let url = Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let host = url.host_str()?.to_owned();
    Some((url.scheme().to_owned(), host, url.port_or_known_default()?))
}

/// Whether a host's name is one that the public name system can know: at least two labels, and not one of the names
/// that are reserved for this computer and for local networks (RFC 6761, RFC 6762, RFC 8375, RFC 9476).
#[must_use]
pub fn is_public_name(name: &str) -> bool {
    const RESERVED: &[&str] = &[
        "localhost",
        "local",
        "internal",
        "intranet",
        "private",
        "corp",
        "home",
        "lan",
        "alt",
        "onion",
        "arpa",
    ];
    let labels: Vec<&str> = name.split('.').collect();
    let is_label = |label: &&str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_')
    };
    let last = labels.last().copied().unwrap_or_default();
    name.len() <= 253
        && labels.len() >= 2
        && labels.iter().all(is_label)
        && !last.bytes().all(|byte| byte.is_ascii_digit())
        && !RESERVED.contains(&last)
}

/// Whether a network address is one of the public internet: not this host, a private or shared network, a link, a
/// transition mechanism that leads to one of those, or a range that is reserved (RFC 6890 and the IANA registries).
#[must_use]
pub fn is_public_address(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = matches!(
        (a, b, c),
        // This network, private use, loopback.
        (0 | 10 | 127, _, _)
            // Shared address space of carriers (RFC 6598).
            | (100, 64..=127, _)
            // Link-local; clouds serve their instances' credentials there.
            | (169, 254, _)
            | (172, 16..=31, _)
            // IETF protocols, documentation, the 6to4 relay.
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            // Benchmarks, documentation.
            | (198, 18..=19, _)
            | (198, 51, 100)
            | (203, 0, 113)
            // Multicast, reserved, broadcast.
            | (224.., _, _)
    );
    !is_special
}

/// Only global unicast (2000::/3) is public, without what is carved out of it. Addresses that carry an IPv4 address
/// (mapped, compatible, NAT64) lie outside of it; 6to4 and Teredo lie inside and are refused.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let is_global_unicast = a & 0xe000 == 0x2000;
    let is_special = match a {
        // IETF protocols, Teredo among them (2001::/23), and documentation (2001:db8::/32).
        0x2001 => b < 0x0200 || b == 0x0db8,
        // 6to4.
        0x2002 => true,
        // Documentation (3fff::/20).
        0x3fff => b < 0x1000,
        _ => false,
    };
    is_global_unicast && !is_special
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_canonical_https_urls_on_public_names_are_web_urls() {
        for good in [
            "https://app.example.com/oauth/client.json",
            "https://app.example.com/",
            "https://app.example.com/a?b=c",
            "https://xn--bcher-kva.example.com/x",
        ] {
            assert!(WebUrl::parse(good).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("", WebUrlError::Spelling),
            ("app.example.com/x", WebUrlError::Spelling),
            ("http://app.example.com/x", WebUrlError::Scheme),
            ("javascript:alert(1)", WebUrlError::Scheme),
            ("https://App.example.com/x", WebUrlError::Spelling),
            ("https://app.example.com/a/../x", WebUrlError::Spelling),
            ("https://app.example.com/./x", WebUrlError::Spelling),
            ("https://app.example.com/%2e%2e/x", WebUrlError::Spelling),
            ("https://app.example.com:443/x", WebUrlError::Spelling),
            ("https://app.example.com:8443/x", WebUrlError::Port),
            ("https://app.example.com\\x", WebUrlError::Spelling),
            ("https://bücher.example.com/x", WebUrlError::Spelling),
            ("https://app.example.com/x#", WebUrlError::Fragment),
            ("https://app.example.com/x#f", WebUrlError::Fragment),
            ("https://u@app.example.com/x", WebUrlError::UserInfo),
            ("https://u:p@app.example.com/x", WebUrlError::UserInfo),
            ("https://@app.example.com/x", WebUrlError::UserInfo),
            ("https://localhost/x", WebUrlError::Host),
            ("https://app.localhost/x", WebUrlError::Host),
            ("https://localhost./x", WebUrlError::Host),
            ("https://app.example.com./x", WebUrlError::Host),
            ("https://intranet/x", WebUrlError::Host),
            ("https://metadata.google.internal/x", WebUrlError::Host),
            ("https://127.0.0.1/x", WebUrlError::Host),
            ("https://93.184.216.34/x", WebUrlError::Host),
            ("https://2130706433/x", WebUrlError::Spelling),
            ("https://0x7f.1/x", WebUrlError::Spelling),
            ("https://0177.0.0.1/x", WebUrlError::Spelling),
            ("https://127.1/x", WebUrlError::Spelling),
            ("https://[::1]/x", WebUrlError::Host),
            ("https://[::ffff:7f00:1]/x", WebUrlError::Host),
            ("https://[::ffff:127.0.0.1]/x", WebUrlError::Spelling),
            ("https://①②⑦.0.0.1/x", WebUrlError::Spelling),
        ] {
            assert_eq!(WebUrl::parse(bad), Err(why), "{bad}");
        }
    }

    #[test]
    fn path_and_query_are_sent_as_they_were_written() {
        let path = |text| WebUrl::parse(text).unwrap().path_and_query().to_owned();
        assert_eq!(path("https://a.example.com/b/%20c?d=e"), "/b/%20c?d=e");
        assert_eq!(path("https://a.example.com"), "/");
        assert!(!WebUrl::parse("https://a.example.com/").unwrap().has_path());
    }

    #[test]
    fn special_addresses_of_every_kind_are_not_public() {
        for text in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.8.8.8",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:0:7f00:1::",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:808:808::1",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public_address(text.parse().unwrap()), "{text}");
        }
        for text in [
            "8.8.8.8",
            "93.184.216.34",
            "100.63.0.1",
            "100.128.0.1",
            "172.32.0.1",
            "192.0.3.1",
            "2606:4700::1",
        ] {
            assert!(is_public_address(text.parse().unwrap()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_what_is_read_is_what_was_written(text in "\\PC{0,80}") {
            if let Ok(url) = WebUrl::parse(&text) {
                prop_assert!(url.as_str() == text || url.as_str() == text.clone() + "/");
            }
        }

        #[test]
        fn an_ipv4_address_inside_an_ipv6_one_is_never_public(bits in any::<u32>()) {
            let v4 = Ipv4Addr::from(bits);
            let [a, b, c, d] = v4.octets().map(u16::from);
            for address in [
                v4.to_ipv6_mapped(),
                v4.to_ipv6_compatible(),
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, a << 8 | b, c << 8 | d),
                Ipv6Addr::new(0x2002, a << 8 | b, c << 8 | d, 0, 0, 0, 0, 1),
            ] {
                prop_assert!(!is_public_address(address.into()));
            }
        }
    }
}
