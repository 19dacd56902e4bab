//! How much and how often: sizes, timeouts and rates.

use crate::config::kind::{Count, RateOrOff, Span};
use crate::config::section::Section;
use grantd_protocol::Seconds;
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
    /// Pushed authorization requests.
    pub par: RateRules,
    /// Introspection.
    pub introspect: RateRules,
    /// Revocation.
    pub revoke: RateRules,
    /// Userinfo.
    pub userinfo: RateRules,
    /// The admin API.
    pub api: RateRules,
    /// Registration of clients, and its management.
    pub register: RateRules,
    /// Devices that begin to wait, and the codes that users type for them.
    pub device: RateRules,
}

impl RateLimits {
    /// No limit at all: for measurements and tests.
    pub const OFF: Self = Self {
        authorize: RateRules::OFF,
        login: RateRules::OFF,
        token: RateRules::OFF,
        par: RateRules::OFF,
        introspect: RateRules::OFF,
        revoke: RateRules::OFF,
        userinfo: RateRules::OFF,
        api: RateRules::OFF,
        register: RateRules::OFF,
        device: RateRules::OFF,
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

/// Reads `[limits]`.
pub(in crate::config) fn read(section: &mut Section<'_>) -> Option<Limits> {
    const BYTES: Count = Count {
        least: 1024,
        most: 16 * 1024 * 1024,
    };
    const TIMEOUT: Span = Span { least: 1, most: 600 };
    let header_bytes = section.or("header_bytes", "All header lines of a request together.", &BYTES, 8192);
    let uri_bytes = section.or("uri_bytes", "The request's target.", &BYTES, 8192);
    let body_bytes = section.or("body_bytes", "A request's body.", &BYTES, 65536);
    let json_depth = section.or(
        "json_depth",
        "How deep JSON may nest.",
        &Count { least: 2, most: 128 },
        32,
    );
    let connections = Count {
        least: 1,
        most: 1_000_000,
    };
    let max_connections = section.or(
        "max_connections",
        "Connections that are open at the same time.",
        &connections,
        10_000,
    );
    let handshake = section.or("handshake_timeout", "For the TLS handshake.", &TIMEOUT, "10s");
    let header = section.or(
        "header_timeout",
        "For the arrival of a request's header.",
        &TIMEOUT,
        "10s",
    );
    let body = section.or("body_timeout", "For the arrival of a request's body.", &TIMEOUT, "10s");
    let stop = section.or(
        "stop_timeout",
        "For requests under way when the server stops.",
        &TIMEOUT,
        "20s",
    );
    let duration = |seconds: Seconds| Duration::from_secs(u64::from(seconds.get()));
    Some(Limits {
        header_bytes: header_bytes?,
        uri_bytes: uri_bytes?,
        body_bytes: body_bytes?,
        json_depth: json_depth?,
        max_connections: max_connections?,
        handshake_timeout: duration(handshake?),
        header_timeout: duration(header?),
        body_timeout: duration(body?),
        stop_timeout: duration(stop?),
    })
}

/// Reads `[rate_limits]`. The defaults leave an honest platform alone and stop a guesser: only logins are limited per
/// user, and what a client does is limited per client, since many clients share an address.
pub(in crate::config) fn read_rates(section: &mut Section<'_>) -> Option<RateLimits> {
    let defaults = |client, user, address| move |section: &mut Section<'_>| rules(section, client, user, address);
    let authorize = section.section(
        "authorize",
        "The authorization endpoint and its pages.",
        defaults("off", "off", "20/s, burst 100"),
    );
    let login = section.section(
        "login",
        "Attempts to log in.",
        defaults("off", "10/m, burst 10", "60/m, burst 60"),
    );
    let token = section.section(
        "token",
        "The token endpoint.",
        defaults("200/s, burst 400", "off", "1000/s, burst 2000"),
    );
    let doc = "Pushed authorization requests.";
    let par = section.section("par", doc, defaults("100/s, burst 200", "off", "200/s, burst 400"));
    let introspect = section.section(
        "introspect",
        "Introspection.",
        defaults("5000/s, burst 10000", "off", "off"),
    );
    let revoke = section.section("revoke", "Revocation.", defaults("100/s, burst 200", "off", "off"));
    let userinfo = section.section("userinfo", "Userinfo.", defaults("200/s, burst 400", "off", "off"));
    let api = section.section(
        "api",
        "The admin API.",
        defaults("50/s, burst 200", "off", "100/s, burst 400"),
    );
    let register = section.section(
        "register",
        "Registration of clients, and its management.",
        defaults("off", "off", "10/m, burst 30"),
    );
    let device = section.section(
        "device",
        "Devices that begin to wait, and the codes that users type for them.",
        defaults("10/s, burst 100", "10/m, burst 10", "60/m, burst 60"),
    );
    Some(RateLimits {
        authorize: authorize?,
        login: login?,
        token: token?,
        par: par?,
        introspect: introspect?,
        revoke: revoke?,
        userinfo: userinfo?,
        api: api?,
        register: register?,
        device: device?,
    })
}

fn rules(section: &mut Section<'_>, client: &str, user: &str, address: &str) -> Option<RateRules> {
    let per_client = section.or("per_client", "For each client.", &RateOrOff, client);
    let per_user = section.or("per_user", "For each user name.", &RateOrOff, user);
    let per_address = section.or("per_address", "For each address, IPv6 by /64.", &RateOrOff, address);
    Some(RateRules {
        per_client: per_client?,
        per_user: per_user?,
        per_address: per_address?,
    })
}
