//! Temporary.
pub mod body;
pub mod peer;
pub use peer::{Peer, RequestId};
