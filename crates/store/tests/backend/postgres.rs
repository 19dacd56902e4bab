//! The store in PostgreSQL: one throw-away server for this run, one database for each test.

use crate::suite::Backend;
use grantd_store::postgres::{PostgresOptions, PostgresStore};
use grantd_testkit::{Database, Durability, PostgresServer};
use std::sync::LazyLock;

/// It ends with this process, whatever ends that.
static SERVER: LazyLock<PostgresServer> =
    LazyLock::new(|| PostgresServer::start(Durability::Relaxed).unwrap_or_else(|error| panic!("{error}")));

pub struct Postgres {
    pub database: Database,
}

pub fn server() -> &'static PostgresServer {
    &SERVER
}

pub fn options() -> PostgresOptions {
    PostgresOptions {
        connections: 4,
        committers: 2,
        // Many tests share two cores, and a machine may stand still for seconds.
        connect_timeout: std::time::Duration::from_secs(30),
        wait_timeout: std::time::Duration::from_secs(30),
        statement_timeout: std::time::Duration::from_secs(30),
        ..PostgresOptions::default()
    }
}

impl Backend for Postgres {
    type Store = PostgresStore;

    async fn fresh() -> Self {
        let migrate = async |url: String| {
            PostgresStore::up(&url, &options()).await.unwrap();
        };
        let database = server().fresh_database(migrate).await.unwrap();
        Self { database }
    }

    async fn open(&self) -> PostgresStore {
        PostgresStore::connect(&self.database.url, &options()).await.unwrap()
    }
}

crate::suite::run_on!(crate::backend::postgres::Postgres, durable);
