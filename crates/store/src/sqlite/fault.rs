//! SQLite's errors as the store's: what may pass by waiting, and what will not.

use crate::StoreFault;
use rusqlite::{Error, ErrorCode};

/// What a failed statement means. The texts of SQLite's errors name tables and columns, never values.
pub(super) fn fault(error: Error) -> StoreFault {
    match error.sqlite_error_code() {
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::ReadOnly
            | ErrorCode::PermissionDenied
            | ErrorCode::OutOfMemory
            | ErrorCode::OperationInterrupted,
        ) => StoreFault::Unavailable(error.to_string()),
        Some(_) => StoreFault::Corrupt(error.to_string()),
        // A column of another type or an unreadable value. The message could repeat a value: it is left out.
        None => match error {
            Error::InvalidColumnType(index, name, kind) => {
                StoreFault::Corrupt(format!("column {index} ({name}) is of type {kind}"))
            }
            Error::FromSqlConversionFailure(index, ..) => StoreFault::Corrupt(format!("column {index} is unreadable")),
            Error::QueryReturnedNoRows => StoreFault::Corrupt("a row that must exist does not".to_owned()),
            _ => StoreFault::Corrupt("a statement does not fit the schema".to_owned()),
        },
    }
}
