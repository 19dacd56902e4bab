//! What the routes do over HTTP when nobody attacks them; one module for each.

mod account;
mod authorize;
mod consent;
mod console;
mod device;
mod discovery;
mod faults;
mod introspect;
mod jwt_bearer;
mod login;
mod logout;
mod metrics;
mod register;
mod reset;
mod seeds;
mod two_step;
