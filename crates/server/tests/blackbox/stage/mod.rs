//! The stage of the races and the crashes: realms made for them, servers on a store that outlives them, and a client
//! that decides itself when the last byte of a request leaves. It must not know the server's code, only its contract.

mod browser;
mod node;
mod realm;
mod store;
mod wire;

pub(crate) use browser::{Member, REDIRECT_URI, VERIFIER};
pub(crate) use node::{Node, Stage};
pub(crate) use realm::{IDP, MACHINE, ROBOT, Realm, USER, WEB, robot_key};
pub(crate) use store::own_postgres;
pub(crate) use wire::{Prepared, Reply, race};

/// How often something is repeated: the variable's number, or the default.
#[expect(clippy::disallowed_methods, reason = "a flag of the test run, not configuration")]
pub(crate) fn repetitions(variable: &str, default: usize) -> usize {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}
