//! Starts the built binary and talks to it as a browser, a client or an attacker would. It knows the published
//! contract (ready line, forms, endpoints) and nothing of the code.

pub(crate) mod agent;
pub(crate) mod authenticator;
pub(crate) mod device;
pub(crate) mod flow;
pub(crate) mod html;
pub(crate) mod key;
pub(crate) mod launch;
pub(crate) mod own;
pub(crate) mod postgres;
pub(crate) mod provider;
pub(crate) mod raw;
pub(crate) mod realm;
pub(crate) mod registration;
pub(crate) mod server;
pub(crate) mod signer;

pub(crate) use agent::{Agent, Reply};
pub(crate) use flow::Flow;
pub(crate) use key::Key;
pub(crate) use launch::Launch;
pub(crate) use realm::Realm;
pub(crate) use server::Server;
