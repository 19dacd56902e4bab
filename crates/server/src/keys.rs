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

use grantd_core::record::KeyRecord;

pub use checked::CheckedTokens;
pub use fault::{KeyFault, MasterKeyFault};
pub use master::{MasterKey, Purpose};
pub use ring::{Ring, RingSettings};
pub use rotation::{RotationOutcome, Schedule};
pub use signer::Signer;
pub use snapshot::{KeySummary, PublishedKeys, Snapshot};

/// Whether this master key is the one that all of these signing keys were sealed under.
///
/// # Errors
/// Says of the first that does not open why not.
pub fn all_open(keys: &[KeyRecord], master: &MasterKey) -> Result<(), KeyFault> {
    let sealer = master.sealer(Purpose::KeyWrapping);
    keys.iter().try_for_each(|key| sealed::open(key, &sealer).map(drop))
}
