//! What must hold of every parser of outside bytes: one function of bytes for each, which parses them and asserts.
//! `fuzz` hands the functions to libFuzzer; the tests here replay its corpora on a stable compiler. The functions must
//! not know which of the two calls them, and never write or wait.
//!
//! A crate of its own, because it needs the server, which testkit must not know.

mod config;
mod json;
mod oauth;
mod server;

pub use config::{config_environment, config_realm, config_server};
pub use json::{jwk, jwk_set, jwt, strict_json};
pub use oauth::{bearer, client_auth, dpop_uri, params, pkce, redirect_uri, resource, scope};
pub use server::{accept_language, cookie, forwarded, host, network, ticket};

/// One parser and what must hold of it.
pub struct Target {
    /// Its name: that of its corpus, and of its program below `fuzz`.
    pub name: &'static str,
    /// Parses and asserts.
    pub run: fn(&[u8]),
}

/// Every target.
pub const TARGETS: &[Target] = &[
    target("accept_language", accept_language),
    target("bearer", bearer),
    target("client_auth", client_auth),
    target("config_environment", config_environment),
    target("config_realm", config_realm),
    target("config_server", config_server),
    target("cookie", cookie),
    target("dpop_uri", dpop_uri),
    target("forwarded", forwarded),
    target("host", host),
    target("jwk", jwk),
    target("jwk_set", jwk_set),
    target("jwt", jwt),
    target("network", network),
    target("params", params),
    target("pkce", pkce),
    target("redirect_uri", redirect_uri),
    target("resource", resource),
    target("scope", scope),
    target("strict_json", strict_json),
    target("ticket", ticket),
];

const fn target(name: &'static str, run: fn(&[u8])) -> Target {
    Target { name, run }
}

/// The text before the first line break and the one behind it; the whole and nothing where there is none.
fn two_lines(text: &str) -> (&str, &str) {
    text.split_once('\n').unwrap_or((text, ""))
}
