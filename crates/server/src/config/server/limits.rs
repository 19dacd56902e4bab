//! How much and how often: sizes, timeouts and rates.

use std::time::Duration;

/// Sizes and timeouts of the public listener.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// All header lines of a request together, in bytes.
    pub header_bytes: usize,
    /// The request's target, in bytes.
    pub uri_bytes: usize,
    /// A request's body, in bytes.
    pub body_bytes: usize,
    /// How deep JSON may nest.
    pub json_depth: usize,
    /// Connections that are open at the same time.
    pub max_connections: usize,
    /// For the TLS handshake.
    pub handshake_timeout: Duration,
    /// From the connection's or the last reply's end to the end of the header.
    pub header_timeout: Duration,
    /// From the end of the header to the end of the body.
    pub body_timeout: Duration,
    /// How long requests under way may take to end when the server stops.
    pub stop_timeout: Duration,
}

/// How often one may ask, by operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RateLimits {
    /// The authorization endpoint and its pages.
    pub authorize: RateRules,
    /// Attempts to log in.
    pub login: RateRules,
    /// The token endpoint.
    pub token: RateRules,
    /// Introspection.
    pub introspect: RateRules,
    /// Revocation.
    pub revoke: RateRules,
    /// Userinfo.
    pub userinfo: RateRules,
}

impl RateLimits {
    /// No limit at all: for measurements and tests.
    pub const OFF: Self = Self {
        authorize: RateRules::OFF,
        login: RateRules::OFF,
        token: RateRules::OFF,
        introspect: RateRules::OFF,
        revoke: RateRules::OFF,
        userinfo: RateRules::OFF,
    };
}

/// How often one may ask for one operation; `None` where nothing limits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RateRules {
    /// For each client.
    pub per_client: Option<Rate>,
    /// For each user name.
    pub per_user: Option<Rate>,
    /// For each address, IPv6 by /64.
    pub per_address: Option<Rate>,
}

impl RateRules {
    /// No limit.
    pub const OFF: Self = Self {
        per_client: None,
        per_user: None,
        per_address: None,
    };
}

/// A rate as GCRA takes it: one cell each `interval`, and so many at once after a pause.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    /// The time between two cells when asked steadily.
    pub interval: Duration,
    /// How many may come at once; at least 1.
    pub burst: u32,
}
