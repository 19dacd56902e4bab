//! From where a realm takes the documents of clients that describe themselves.

/// Which documents a realm takes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DocumentPolicy {
    /// Whether it takes any.
    pub enabled: bool,
    /// Domains that it takes them from, with everything below them; empty for all.
    pub allow: Vec<String>,
    /// Domains that it never takes them from.
    pub deny: Vec<String>,
}

impl DocumentPolicy {
    /// Whether a document may be fetched from this host.
    #[must_use]
    pub fn admits(&self, host: &str) -> bool {
        let is_within = |domain: &String| {
            host == domain
                || host
                    .strip_suffix(domain.as_str())
                    .is_some_and(|rest| rest.ends_with('.'))
        };
        self.enabled && (self.allow.is_empty() || self.allow.iter().any(is_within)) && !self.deny.iter().any(is_within)
    }
}
