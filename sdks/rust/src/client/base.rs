//! Where an API is: which addresses are below it, and may see its credential. Must not know how requests are sent.

use crate::error::Error;
use crate::exchange::is_secure;
use url::Url;

/// An API's address. Its path ends with a slash.
#[derive(Clone, Debug)]
pub(super) struct Base(Url);

impl Base {
    /// Reads an address, with or without a slash at its end.
    ///
    /// # Errors
    /// [`Error::Configuration`] when it is not https (or http on this computer), or has user information, a query or a
    /// fragment.
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let malformed = "the API's address must be https (http on this computer), without user information and query";
        let url = Url::parse(text).ok().filter(|url| is_secure(url) && is_plain(url));
        let url = url.filter(|_| !text.contains(['?', '#']));
        let mut url = url.ok_or_else(|| Error::configuration(malformed))?;
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(Self(url))
    }

    pub(super) fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Scheme, host and port.
    pub(super) fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// An address below the API's: `customers` and `/customers` are the same, and an absolute one is itself.
    ///
    /// # Errors
    /// [`Error::Configuration`] when it is not below.
    pub(super) fn address(&self, path: &str) -> Result<Url, Error> {
        let is_absolute = path
            .split_once("://")
            .is_some_and(|(scheme, _)| !scheme.contains(['/', '?', '#']));
        let url = if is_absolute {
            Url::parse(path).ok()
        } else {
            let relative = path.strip_prefix('/').unwrap_or(path);
            // What begins with two slashes names a host.
            let is_path = !relative.starts_with(['/', '\\']);
            is_path.then(|| self.0.join(&format!("./{relative}")).ok()).flatten()
        };
        url.filter(|url| self.covers(url))
            .ok_or_else(|| Error::configuration("the address is not below the API's"))
    }

    /// Whether an address is below the API's.
    pub(super) fn covers(&self, url: &Url) -> bool {
        let is_below = url.path().starts_with(self.0.path()) || format!("{}/", url.path()) == self.0.path();
        url.origin() == self.0.origin() && is_below && is_plain(url) && !climbs(url.path())
    }
}

/// Whether a server that decodes a path before it reads it would leave it: `..%2f` is no part of its own for an address, and is one
/// for such a server.
fn climbs(path: &str) -> bool {
    if !path.contains('%') {
        return false;
    }
    let decoded = path.to_ascii_lowercase().replace("%2e", ".");
    let decoded = decoded.replace("%2f", "/").replace("%5c", "\\");
    decoded.split(['/', '\\']).any(|part| matches!(part, "." | ".."))
}

/// Without user information: it would be sent too, or be shown.
fn is_plain(url: &Url) -> bool {
    url.username().is_empty() && url.password().is_none()
}
