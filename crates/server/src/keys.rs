//! The server's keys: the master key and what is derived from it, and each realm's ring of signing keys with its
//! rotation. Knows the store and `jose`; must not know HTTP or tokens.

mod checked;
mod fault;
mod master;
mod ring;
mod rotation;
mod sealed;
mod signer;
mod snapshot;

pub use checked::CheckedTokens;
pub use fault::{KeyFault, MasterKeyFault};
pub use master::{MasterKey, Purpose};
pub use ring::{Ring, RingSettings};
pub use rotation::{RotationOutcome, Schedule};
pub use signer::Signer;
pub use snapshot::{KeySummary, PublishedKeys, Snapshot};
