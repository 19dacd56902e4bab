//! How each store is made for a test, and the suite run on it.

mod memory;
pub mod postgres;
mod sqlite;
