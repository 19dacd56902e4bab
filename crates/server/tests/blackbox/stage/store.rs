//! A PostgreSQL server of its own for a test that stops it.

use grantd_testkit::{Durability, PostgresServer};

/// A server that keeps what it acknowledged, and an empty database in it.
pub(crate) async fn own_postgres() -> (PostgresServer, String) {
    let server = PostgresServer::start(Durability::Full).expect("PostgreSQL");
    let database = server.empty_database().await.expect("a database");
    (server, database.tcp_url)
}
