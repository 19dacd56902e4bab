//! What the routes do over HTTP when nobody attacks them; one module for each.

mod account;
mod authorize;
mod by_reference;
mod consent;
mod console;
mod details;
mod device;
mod discovery;
mod fapi;
mod faults;
mod introspect;
mod jwt_bearer;
mod login;
mod logout;
mod metrics;
pub(crate) mod passkeys;
mod register;
mod reset;
mod seeds;
mod signed_responses;
mod step_up;
mod two_step;
