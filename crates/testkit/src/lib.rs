//! Throw-away servers for tests and benches. It must not know grantd's schema, store or protocol: whoever needs a
//! migrated database passes the migration in.

pub mod postgres;

pub use postgres::{Database, Durability, PostgresServer, TestServerError};
