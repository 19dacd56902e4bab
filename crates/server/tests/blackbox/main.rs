//! The built binary, driven from outside: over HTTP, its command line and its ready line, as users and attackers do.
//! One test binary, so that the harness is compiled and linked once.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod admin;
mod attack;
mod commands;
mod contract;
mod crashes;
mod gate;
mod guide;
mod harness;
pub(crate) mod http;
mod import;
mod races;
mod stage;
mod standards;
mod status_list;
mod unused;
mod uses;
