//! What only PostgreSQL can get wrong: waiting for locks, lost connections, several nodes, opening.

mod failover;
mod figures;
mod opening;
mod racing;
mod uses;

use crate::backend::postgres::Postgres;
use crate::suite::Backend;
use grantd_store::postgres::PostgresStore;
use std::sync::Arc;

/// One database and two nodes on it.
async fn two_nodes() -> (Postgres, [Arc<PostgresStore>; 2]) {
    let backend = Postgres::fresh().await;
    let nodes = [Arc::new(backend.open().await), Arc::new(backend.open().await)];
    (backend, nodes)
}
