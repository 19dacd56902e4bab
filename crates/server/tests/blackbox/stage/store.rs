//! PostgreSQL for the stage: one server for the whole run, a database for each test.

use grantd_testkit::{Durability, PostgresServer};
use std::sync::OnceLock;

/// The run's server; it ends with the process.
static SERVER: OnceLock<PostgresServer> = OnceLock::new();

/// An empty database of its own, as a URL.
pub(crate) async fn database() -> String {
    let server = SERVER.get_or_init(|| PostgresServer::start(Durability::Relaxed).expect("PostgreSQL"));
    server.empty_database().await.expect("a database").tcp_url
}

/// A server for a test that stops it, with a database: everything acknowledged is on its disk.
pub(crate) async fn own_postgres() -> (PostgresServer, String) {
    let server = PostgresServer::start(Durability::Full).expect("PostgreSQL");
    let database = server.empty_database().await.expect("a database");
    (server, database.tcp_url)
}
