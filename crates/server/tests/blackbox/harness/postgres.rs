//! One PostgreSQL server for the run; a fresh database for each test that asks.

use grantd_testkit::{Durability, PostgresServer};
use std::sync::OnceLock;

/// The URL of an empty database.
pub(crate) async fn fresh_database() -> String {
    static SERVER: OnceLock<PostgresServer> = OnceLock::new();
    let server = SERVER.get_or_init(|| PostgresServer::start(Durability::Relaxed).unwrap());
    server.empty_database().await.unwrap().tcp_url
}
