//! Throw-away servers and files for tests and benches. It must not know grantd's schema, store or protocol: whoever needs a
//! migrated database passes the migration in.

pub mod places;
pub mod postgres;

pub use postgres::{Database, Durability, PostgresServer, TestServerError};
