//! Splitting the `http(s)` addresses of a configuration into origin and path without rewriting a byte of them: an
//! issuer is compared byte for byte, so a parser's normal form would be another issuer.

/// The scheme and authority of an absolute `http(s)` URL, and the path behind them (empty, or with its slash).
/// `None` for anything else.
#[must_use]
pub(crate) fn split(url: &str) -> Option<(&str, &str)> {
    let authority_at = ["https://", "http://"]
        .into_iter()
        .find(|scheme| url.starts_with(scheme))?
        .len();
    let rest = url.get(authority_at..)?;
    let length = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    (length > 0).then(|| url.split_at_checked(authority_at + length))?
}

/// The `host[:port]` of an origin, as the `Host` header says it.
#[must_use]
pub(crate) fn host(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, host)| host)
}

/// The host of an origin without its port.
#[must_use]
pub(crate) fn host_name(origin: &str) -> &str {
    let host = host(origin);
    if host.starts_with('[') {
        return host.find(']').and_then(|end| host.get(..=end)).unwrap_or(host);
    }
    host.split_once(':').map_or(host, |(name, _)| name)
}

/// Whether an origin is this very computer.
#[must_use]
pub(crate) fn is_loopback(origin: &str) -> bool {
    let name = host_name(origin);
    matches!(name, "localhost" | "[::1]")
        || name.ends_with(".localhost")
        || name
            .parse::<std::net::Ipv4Addr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_splits_into_origin_and_path_unchanged() {
        assert_eq!(split("https://a.example/t1"), Some(("https://a.example", "/t1")));
        assert_eq!(split("http://[::1]:8400"), Some(("http://[::1]:8400", "")));
        assert_eq!(split("https://a?x"), Some(("https://a", "?x")));
        for other in ["", "/t1", "ftp://a", "https://", "https:///x", "HTTPS://a"] {
            assert_eq!(split(other), None, "{other}");
        }
    }

    #[test]
    fn loopback_is_this_computer_only() {
        for origin in [
            "http://localhost:8400",
            "http://127.0.0.9",
            "http://[::1]:1",
            "http://a.localhost",
        ] {
            assert!(is_loopback(origin), "{origin}");
        }
        for origin in [
            "http://localhost.example",
            "http://127.0.0.1.example",
            "http://10.0.0.1",
        ] {
            assert!(!is_loopback(origin), "{origin}");
        }
    }
}
