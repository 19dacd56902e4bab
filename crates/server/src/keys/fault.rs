//! Why keys are not there. Messages name what to do and carry nothing of a key.

use grantd_core::record::KeyState;
use grantd_jose::{Algorithm, KeyError};
use grantd_store::StoreFault;
use std::path::PathBuf;

/// Why there is no master key. Each is a matter of configuration: the command ends with exit code 2.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyFault {
    /// The file does not exist.
    #[error("there is no master key at {}: restore the file, or run `grantd init` for a new installation", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A new key would replace one that is there.
    #[error("a master key exists already at {}: it is not replaced", path.display())]
    Exists {
        /// Where it is.
        path: PathBuf,
    },
    /// Others can read it.
    #[error("the master key {} can be read by others (mode {mode:04o}): run `chmod 600 {}`", path.display(), path.display())]
    Exposed {
        /// Where it is.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is not 64 hexadecimal digits.
    #[error("{} is not a master key: it must hold exactly 64 hexadecimal digits", path.display())]
    Malformed {
        /// Where it is.
        path: PathBuf,
    },
    /// The file system refused.
    #[error("the master key {} cannot be read or written: {cause}", path.display())]
    Io {
        /// Where it is.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
}

/// Why a realm's signing keys cannot be used or changed.
#[derive(Debug, thiserror::Error)]
pub enum KeyFault {
    /// A stored key does not open: the master key is another one than the one it was sealed under, or the row was
    /// tampered with. A matter of configuration: exit code 2.
    #[error(
        "the master key does not open signing key {kid} of realm {realm}: it is not the master key this database was \
         made with; put the original file back"
    )]
    WrongMasterKey {
        /// The realm's name.
        realm: String,
        /// The key.
        kid: String,
    },
    /// A stored key opened but makes no sense.
    #[error("signing key {kid} of realm {realm} is damaged")]
    Damaged {
        /// The realm's name.
        realm: String,
        /// The key.
        kid: String,
    },
    /// The ring has no active key for this algorithm.
    #[error("realm {realm} has no active {alg} key")]
    NoActiveKey {
        /// The realm's name.
        realm: String,
        /// The algorithm.
        alg: Algorithm,
    },
    /// Other nodes changed the keys each time this one tried.
    #[error("the keys of realm {realm} kept changing under this one's feet; try again")]
    Contended {
        /// The realm's name.
        realm: String,
    },
    /// aws-lc refused to make or encode a key.
    #[error("a signing key could not be made: {0}")]
    Generation(#[from] KeyError),
    /// The thread that made a key ended early.
    #[error("making a signing key was interrupted")]
    Interrupted,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreFault),
}

/// The name of a state, for messages and lists.
pub(super) const fn state_name(state: KeyState) -> &'static str {
    match state {
        KeyState::Next => "next",
        KeyState::Active => "active",
        KeyState::Retired => "retired",
    }
}
