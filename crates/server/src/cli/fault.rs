//! Why a command ends with something else than success: one message that says what to do, and the exit code that
//! scripts rely on.

use crate::config::Problems;
use crate::error::Fault;
use crate::keys::{KeyFault, MasterKeyFault};
use grantd_store::StoreFault;
use grantd_store::{postgres, sqlite};
use std::fmt;

/// Exit codes; part of the command line's contract.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExitCode {
    /// Wrong usage or configuration.
    Usage = 2,
    /// The store cannot be reached or used.
    Storage = 3,
    /// An address is taken.
    Address = 4,
    /// Anything else.
    Other = 1,
}

/// Why a command failed.
#[derive(Debug)]
pub struct CliFault {
    /// The exit code.
    pub code: ExitCode,
    /// What went wrong and what to do.
    pub message: String,
}

impl CliFault {
    /// Wrong usage or configuration.
    #[must_use]
    pub fn usage(message: impl fmt::Display) -> Self {
        Self {
            code: ExitCode::Usage,
            message: message.to_string(),
        }
    }

    /// The store.
    #[must_use]
    pub fn storage(message: impl fmt::Display) -> Self {
        Self {
            code: ExitCode::Storage,
            message: message.to_string(),
        }
    }

    /// Anything else.
    #[must_use]
    pub fn other(message: impl fmt::Display) -> Self {
        Self {
            code: ExitCode::Other,
            message: message.to_string(),
        }
    }
}

impl fmt::Display for CliFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl From<Problems> for CliFault {
    fn from(problems: Problems) -> Self {
        Self::usage(problems)
    }
}

impl From<StoreFault> for CliFault {
    fn from(fault: StoreFault) -> Self {
        Self::storage(fault)
    }
}

impl From<postgres::OpenError> for CliFault {
    fn from(error: postgres::OpenError) -> Self {
        match error {
            postgres::OpenError::BadUrl(_) => Self::usage(error),
            other => Self::storage(other),
        }
    }
}

impl From<sqlite::OpenError> for CliFault {
    fn from(error: sqlite::OpenError) -> Self {
        Self::storage(error)
    }
}

impl From<MasterKeyFault> for CliFault {
    fn from(fault: MasterKeyFault) -> Self {
        Self::usage(fault)
    }
}

impl From<KeyFault> for CliFault {
    fn from(fault: KeyFault) -> Self {
        match fault {
            KeyFault::Store(fault) => Self::storage(fault),
            other => Self::usage(other),
        }
    }
}

impl From<Fault> for CliFault {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Store(fault) => Self::storage(fault),
            other => Self::other(other),
        }
    }
}
