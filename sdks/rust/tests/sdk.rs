//! What must hold of the SDK: the vectors and scenarios that all of grantd's SDKs share (`spec/vectors`), and what is Rust's
//! alone. Tests against the built server are ignored unless asked for: `cargo xtask test --only sdk-rust`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at what it does not expect; functions beside the tests do too"
)]

mod api_bad_days;
mod api_credentials;
mod api_guards;
mod api_hosts;
mod api_input;
mod api_scenarios;
mod api_usage;
mod client_bad_days;
mod client_calls;
mod client_entries;
mod client_logins;
mod client_newest;
mod client_runtimes;
mod client_stores;
mod client_tokens;
mod documents;
mod frameworks;
mod packed;
mod person;
mod process;
mod server_api;
mod server_client;
mod support;
mod vectors_client;
mod vectors_server;
