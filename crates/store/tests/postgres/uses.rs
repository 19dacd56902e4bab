//! What is counted of something while it is removed: whoever counts holds it, and whoever removes it sees what was counted.

use super::two_nodes;
use crate::suite::sample::{REALM, Sample, at};
use grantd_core::change::{PurgeKind, Write};
use grantd_core::record::Holder;
use grantd_store::Store;
use grantd_store::postgres::PostgresStore;
use std::sync::Arc;
use tokio_postgres::{Client, NoTls};

async fn connection(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Counts a use in a task of its own, and returns once that waits for somebody, or is done.
async fn begins_to_count(node: &Arc<PostgresStore>, holder: &Holder, seen_by: &Client) -> tokio::task::JoinHandle<()> {
    const WAITING: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
         AND wait_event_type = 'Lock'";
    let (node, holder) = (Arc::clone(node), holder.clone());
    let counting = tokio::spawn(async move {
        let sample = Sample::new();
        let rows = vec![sample.uses(holder, Some("invoices:read"), 3)];
        sample.put(&*node, vec![Write::CountUses(rows)]).await;
    });
    while !counting.is_finished() && seen_by.query_one(WAITING, &[]).await.unwrap().get::<_, i64>(0) == 0 {
        seen_by.batch_execute("SELECT pg_stat_clear_snapshot()").await.unwrap();
    }
    counting
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_removed_meanwhile_is_counted_no_more() {
    let (backend, nodes) = two_nodes().await;
    let sample = Sample::new();
    let (grant, key) = (sample.grant("ada", "books"), sample.api_key(None));
    let writes = vec![
        Write::InsertClient(Box::new(sample.client("ledger"))),
        Write::InsertGrant(Box::new(grant.clone())),
        Write::InsertApiKey(Box::new(key.clone())),
    ];
    sample.put(&*nodes[0], writes).await;
    let remover = connection(&backend.database.url).await;
    for (table, holder) in [
        ("grants", Holder::Grant(grant.id)),
        ("api_keys", Holder::ApiKey(key.id)),
        ("clients", Holder::Client("ledger".into())),
    ] {
        remover
            .batch_execute(&format!("BEGIN; DELETE FROM {table}"))
            .await
            .unwrap();
        let counting = begins_to_count(&nodes[0], &holder, &remover).await;
        remover.batch_execute("COMMIT").await.unwrap();
        counting.await.unwrap();
        assert!(nodes[1].uses(REALM, &holder).await.unwrap().is_empty(), "{table}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_is_counting_is_left_for_the_next_time() {
    let (backend, nodes) = two_nodes().await;
    let sample = Sample::new();
    let grant = sample.grant("ada", "ledger");
    let holder = Holder::Grant(grant.id);
    sample
        .put(&*nodes[0], vec![Write::InsertGrant(Box::new(grant.clone()))])
        .await;
    let end = Write::EndGrant {
        id: grant.id,
        at: at(8),
    };
    sample.put(&*nodes[0], vec![end]).await;
    let purge = || Write::Purge {
        kind: PurgeKind::Grant,
        before: at(9),
        limit: 10,
    };
    let counter = connection(&backend.database.url).await;
    let counts = format!(
        "BEGIN; SELECT 1 FROM grants FOR KEY SHARE; \
         INSERT INTO uses VALUES ('{REALM}', '{holder}', 'invoices:read', 1, 3, 3)"
    );
    counter.batch_execute(&counts).await.unwrap();
    assert_eq!(sample.put(&*nodes[0], vec![purge()]).await, 0);
    counter.batch_execute("COMMIT").await.unwrap();
    assert_eq!(nodes[1].uses(REALM, &holder).await.unwrap().len(), 1);
    assert_eq!(sample.put(&*nodes[0], vec![purge()]).await, 1);
    assert!(nodes[1].uses(REALM, &holder).await.unwrap().is_empty());
}
