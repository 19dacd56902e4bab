//! The authorization server's decisions. Facts come in as records, a [`change::Change`] and a reply go out; nothing
//! here reads a clock, draws randomness by itself, waits, or knows a store, HTTP or HTML.

pub mod account;
pub mod admin;
pub mod api_key;
pub mod attempts;
pub mod authorize;
pub mod change;
pub mod client_auth;
pub mod client_metadata;
pub mod details;
pub mod dpop;
pub mod explain;
#[cfg(test)]
mod fixture;
pub mod gate;
pub mod grant;
pub mod handover;
pub mod least_privilege;
pub mod logout;
pub mod passkey;
pub mod permission;
pub mod realm;
pub mod record;
pub mod refresh_value;
pub mod refusal;
pub mod registration;
pub mod second_factor;
pub mod single_use;
pub mod status_list;
pub mod stored_hash;
pub mod subject;
pub mod tenant_app;
pub mod tightening;
pub mod token;
pub mod upstream;
pub mod usage_report;
pub mod webhook;

pub use refusal::Refusal;
pub use single_use::SingleUse;
