//! The decisions of the admin API: who may do what to which object, what a changed object looks like, and what is
//! written for it, with its guards and its line in the audit log. It must not know HTTP, a route or a store.

pub mod actor;
pub mod api_key;
pub mod app;
pub mod application;
pub mod client;
pub mod deed;
pub mod fields;
pub mod grant;
pub mod idempotency;
pub mod import;
pub mod member;
pub mod permission;
pub mod recover;
pub mod refused;
pub mod role;
pub mod service_account;
pub mod tenant;
pub mod token;
pub mod turn;
pub mod usage;
pub mod user;
pub mod webhook;

pub use actor::Actor;
pub use deed::{Deed, Edit};
pub use fields::{Fields, Wrong};
pub use refused::Refused;
