//! Whether a request is sent again: once, and never to ask for a permission that the token lacks
//! (`spec/vectors/retries.json`).

use super::www_authenticate::{Challenge, parse_challenges};

/// What a client does after a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Drop the token, get another, send again.
    NewToken,
    /// Send again with the nonce of the reply (RFC 9449 section 9).
    Nonce,
    /// Nothing: the reply is the caller's.
    None,
}

/// What the decision is made of.
#[derive(Clone, Copy, Debug)]
pub struct Replied<'r> {
    /// The reply's status.
    pub status: u16,
    /// The values of its `WWW-Authenticate`.
    pub www_authenticate: &'r [&'r str],
    /// Whether it has a `DPoP-Nonce`.
    pub has_nonce: bool,
    /// Whether the token was there already, and not obtained for this very request.
    pub cached: bool,
    /// Whether the body can be sent again.
    pub replayable: bool,
    /// Counts from 1. A retry for a nonce comes on top.
    pub attempt: u32,
}

/// Decides.
#[must_use]
pub fn retry(replied: &Replied<'_>) -> Retry {
    if replied.status != 401 || !replied.replayable {
        return Retry::None;
    }
    let errors = of_tokens(replied.www_authenticate, "error");
    if errors.iter().any(|error| error == "use_dpop_nonce") {
        return if replied.has_nonce { Retry::Nonce } else { Retry::None };
    }
    let is_worth_it = replied.cached && replied.attempt == 1;
    if is_worth_it && errors.iter().all(|error| error == "invalid_token") {
        Retry::NewToken
    } else {
        Retry::None
    }
}

/// The scopes that an API says a call needs (RFC 6750 section 3.1); `None` when it said nothing of the kind.
#[must_use]
pub fn needed_scopes(www_authenticate: &[&str]) -> Option<Vec<String>> {
    let lacking = of_all(www_authenticate).find(|challenge| challenge.get("error") == Some("insufficient_scope"))?;
    let scopes = lacking.get("scope").unwrap_or_default().split(' ');
    Some(scopes.filter(|scope| !scope.is_empty()).map(str::to_owned).collect())
}

fn of_tokens(values: &[&str], name: &str) -> Vec<String> {
    of_all(values)
        .filter_map(|challenge| challenge.get(name).map(str::to_owned))
        .collect()
}

fn of_all<'v>(values: &'v [&'v str]) -> impl Iterator<Item = Challenge> + 'v {
    let all = values.iter().flat_map(|value| parse_challenges(value));
    all.filter(|challenge| matches!(challenge.scheme.as_str(), "bearer" | "dpop"))
}
