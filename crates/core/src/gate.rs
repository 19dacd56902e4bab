//! The gate: may a request pass to an API that was not written for tokens? A reverse proxy asks with what it knows of the
//! request; what is needed comes from the realm's routes, and whether the credential gives it is decided here. Must not
//! know any proxy, HTTP, nor how a header is sent.

pub mod broker;
pub mod decide;
pub mod identity;
pub mod mcp;
pub mod path;
pub mod route;
pub mod ticket;

pub use decide::{Decision, Refused, Sent, Used, Way, accept, decide};
pub use route::{Call, Need, RouteTable};
