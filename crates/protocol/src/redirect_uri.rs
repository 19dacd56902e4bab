//! Redirect URIs: what may be registered, and when a presented one is a registered one.
//!
//! Comparison is byte for byte against the raw registered text (OAuth 2.1 section 2.3.1). Nothing is normalised and
//! no URL parser takes part in the comparison, so no parser's idea of equality can be turned against us. The one
//! exception is the loopback port of native apps (RFC 8252 section 7.3).

use serde::{Deserialize, Serialize};

/// The longest redirect URI that can be registered, in bytes.
pub const MAX_REDIRECT_URI: usize = 2048;

/// What kind of program a client is (OpenID Connect Registration section 2, `application_type`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApplicationType {
    /// A program on a web server or in a browser page.
    #[default]
    Web,
    /// A program installed on a device.
    Native,
}

/// Why a URI cannot be registered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RedirectUriError {
    /// Empty or longer than [`MAX_REDIRECT_URI`].
    #[error("a redirect URI must have 1 to 2048 characters")]
    Length,
    /// Control characters, spaces, backslashes, non-ASCII characters and the like.
    #[error("a redirect URI must consist of URI characters only; encode everything else")]
    Characters,
    /// Not `scheme:...`.
    #[error("a redirect URI must be absolute")]
    NotAbsolute,
    /// Capital letters in the scheme: browsers take `HTTPS:` for `https:`, and whoever compares bytes does not.
    #[error("the scheme of a redirect URI must be in lower case")]
    SchemeCase,
    /// RFC 6749 section 3.1.2: no fragment, not even an empty one.
    #[error("a redirect URI must not have a fragment")]
    Fragment,
    /// A user name or password before the host.
    #[error("a redirect URI must not have user information")]
    UserInfo,
    /// A `*` in it.
    #[error("a redirect URI must not have a wildcard")]
    Wildcard,
    /// `http` to a host that is not the loopback interface.
    #[error("a redirect URI may use http on localhost, 127.0.0.1 and [::1] only")]
    PlainHttp,
    /// A scheme that runs code or reads local data in a browser.
    #[error("a redirect URI must not use this scheme")]
    ForbiddenScheme,
    /// RFC 8252 section 7.1: private-use schemes are domain names in reverse.
    #[error("a private-use scheme must be a reversed domain name, with a dot")]
    PrivateSchemeWithoutDot,
    /// A private-use scheme for a web application.
    #[error("a private-use scheme is for native applications")]
    PrivateSchemeForWeb,
    /// No host, or a port that is not 1 to 65535.
    #[error("a redirect URI must have a valid host and port")]
    Authority,
}

/// Checks a URI that somebody wants to register.
///
/// # Errors
/// See [`RedirectUriError`].
pub fn check_registrable(uri: &str, application_type: ApplicationType) -> Result<(), RedirectUriError> {
    if uri.is_empty() || uri.len() > MAX_REDIRECT_URI {
        return Err(RedirectUriError::Length);
    }
    if uri.contains('#') {
        return Err(RedirectUriError::Fragment);
    }
    if uri.contains('*') {
        return Err(RedirectUriError::Wildcard);
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?[]@!$&'()+,;=%".contains(&byte);
    if !uri.bytes().all(allowed) || !percent_encoding_is_whole(uri) {
        return Err(RedirectUriError::Characters);
    }
    let (scheme, rest) = uri.split_once(':').ok_or(RedirectUriError::NotAbsolute)?;
    let scheme_is_valid = scheme.starts_with(|character: char| character.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    if !scheme_is_valid {
        return Err(RedirectUriError::NotAbsolute);
    }
    if scheme.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(RedirectUriError::SchemeCase);
    }
    match scheme {
        "https" => check_authority(rest).map(|_| ()),
        "http" => {
            check_authority(rest)?;
            loopback_parts(uri).map(|_| ()).ok_or(RedirectUriError::PlainHttp)
        }
        "javascript" | "data" | "vbscript" | "file" | "blob" | "about" | "filesystem" | "ftp" | "ws" | "wss"
        | "view-source" => Err(RedirectUriError::ForbiddenScheme),
        private if !private.contains('.') => Err(RedirectUriError::PrivateSchemeWithoutDot),
        _ if application_type == ApplicationType::Web => Err(RedirectUriError::PrivateSchemeForWeb),
        _ if authority(rest).is_some_and(|authority| authority.contains('@')) => Err(RedirectUriError::UserInfo),
        _ => Ok(()),
    }
}

/// Whether `presented` is `registered`: the same bytes, or, for a native app and two loopback URIs, the same bytes
/// but for the port.
#[must_use]
pub fn matches(registered: &str, presented: &str, application_type: ApplicationType) -> bool {
    if registered == presented {
        return true;
    }
    application_type == ApplicationType::Native
        && match (loopback_parts(registered), loopback_parts(presented)) {
            (Some(registered), Some(presented)) => registered == presented,
            _ => false,
        }
}

/// Whether the URI leads to this very computer over http: `127.0.0.1`, `[::1]` or `localhost`.
#[must_use]
pub fn is_loopback(uri: &str) -> bool {
    loopback_parts(uri).is_some()
}

/// A loopback URI without its port: what stays the same when a native app listens elsewhere the next time. `None` for
/// any other URI.
#[must_use]
pub fn without_loopback_port(uri: &str) -> Option<String> {
    loopback_parts(uri).map(|(host, tail)| format!("http://{host}{tail}"))
}

/// The scheme and host as a person should see them: `https://app.example` or `com.example.app:`.
#[must_use]
pub fn shown_host(uri: &str) -> &str {
    let Some((scheme, rest)) = uri.split_once(':') else {
        return uri;
    };
    match rest.strip_prefix("//") {
        // In any spelling: the host of one that was registered long ago is shown, too.
        Some(rest) if is_web(scheme) => rest.find(['/', '?']).and_then(|end| rest.get(..end)).unwrap_or(rest),
        _ => uri.get(..=scheme.len()).unwrap_or(uri),
    }
}

/// Whether a browser opens a web page for this scheme.
#[must_use]
pub const fn is_web(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
}

/// The loopback URI's host and everything behind the port; `None` when it is not exactly of that form.
fn loopback_parts(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let host = ["127.0.0.1", "[::1]", "localhost"]
        .into_iter()
        .find(|host| rest.starts_with(host))?;
    let rest = rest.strip_prefix(host)?;
    let tail = match rest.strip_prefix(':') {
        Some(port_and_tail) => {
            let end = port_and_tail.find(['/', '?']).unwrap_or(port_and_tail.len());
            let (port, tail) = port_and_tail.split_at_checked(end)?;
            if !is_port(port) {
                return None;
            }
            tail
        }
        None => rest,
    };
    (tail.is_empty() || tail.starts_with(['/', '?'])).then_some((host, tail))
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0') && text.parse::<u16>().is_ok()
}

/// What stands between `//` and the path, if the URI has it.
fn authority(rest: &str) -> Option<&str> {
    let rest = rest.strip_prefix("//")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    rest.get(..end)
}

fn check_authority(rest: &str) -> Result<&str, RedirectUriError> {
    let authority = authority(rest).ok_or(RedirectUriError::Authority)?;
    if authority.contains('@') {
        return Err(RedirectUriError::UserInfo);
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let host_is_valid = if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        address.parse::<std::net::Ipv6Addr>().is_ok()
    } else {
        !host.is_empty()
            && host
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
            && !host.ends_with('.')
            && !host.starts_with('.')
    };
    if host_is_valid && port.is_none_or(is_port) {
        Ok(host)
    } else {
        Err(RedirectUriError::Authority)
    }
}

fn percent_encoding_is_whole(uri: &str) -> bool {
    uri.split('%').skip(1).all(|piece| {
        let mut digits = piece.bytes().take(2);
        digits.next().is_some_and(|digit| digit.is_ascii_hexdigit())
            && digits.next().is_some_and(|digit| digit.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests;
