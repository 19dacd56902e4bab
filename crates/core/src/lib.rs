//! The authorization server's decisions. Facts come in as records, a [`change::Change`] and a reply go out; nothing
//! here reads a clock, draws randomness by itself, waits, or knows a store, HTTP or HTML.

pub mod change;
pub mod permission;
pub mod realm;
pub mod record;
