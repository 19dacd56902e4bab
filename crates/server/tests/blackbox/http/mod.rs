//! What the routes do over HTTP when nobody attacks them; one module for each.

pub(crate) mod account;
mod authorize;
mod by_reference;
mod consent;
mod console;
mod console_deeds;
mod console_tenants;
mod details;
mod device;
mod discovery;
mod exchange;
mod fapi;
mod faults;
mod introspect;
mod jwt_bearer;
mod login;
mod logout;
mod metrics;
pub(crate) mod passkeys;
mod portal;
mod register;
pub(crate) mod reset;
mod seeds;
mod signed_responses;
mod step_up;
pub(crate) mod two_step;
pub(crate) mod upstream;
