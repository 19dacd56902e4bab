//! The database's size follows what is alive: rows whose time is over leave it, and the file stops growing.

use crate::stage::{Node, Prepared, Realm, Stage, race};
use std::path::Path;
use std::time::Duration;

const REALM: Realm = Realm("brief");
/// Tokens of one round.
const TOKENS: u64 = 2_000;
/// Requests at the same time.
const AT_ONCE: usize = 50;
const DEADLINE: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
async fn the_file_does_not_grow_with_tokens_whose_time_is_over() {
    let settings = "[access_token]\nformat = \"opaque\"\nlifetime = \"1s\"";
    let stage = Stage::new(&[(REALM, settings)], None);
    let stage = stage
        .with("GRANTD__PURGE__INTERVAL", "1s")
        .with("GRANTD__PURGE__GRACE", "0s");
    let mut sizes = Vec::new();
    for _ in 0..5 {
        let mut node = stage.start().await;
        issue(&node).await;
        purged(&node, TOKENS).await;
        // A stop writes the log into the database, so that what is measured is rows.
        node.terminate();
        assert!(node.ended().await.success());
        sizes.push(size(&stage.data()));
    }
    assert!(
        sizes[4] <= sizes[0] + sizes[0] / 2,
        "the files of each round, in bytes: {sizes:?}"
    );
}

async fn issue(node: &Node) {
    let requests: Vec<Prepared> = (0..AT_ONCE).map(|_| REALM.client_credentials(node)).collect();
    for _ in 0..TOKENS / AT_ONCE as u64 {
        for reply in race(requests.clone()).await {
            assert_eq!(reply.status, 200, "{}", reply.body);
        }
    }
}

/// Waits until so many access tokens have left.
async fn purged(node: &Node, tokens: u64) {
    let gone = async {
        while count(node).await < tokens {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(DEADLINE, gone).await.expect("the rows leave");
    assert_eq!(count(node).await, tokens);
}

async fn count(node: &Node) -> u64 {
    let text = reqwest::get(&node.metrics)
        .await
        .expect("metrics")
        .text()
        .await
        .expect("metrics");
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("grantd_rows_purged_total{kind=\"access\"} "));
    line.map_or(0, |number| number.parse().expect("a number"))
}

/// The database and what lies beside it.
fn size(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).expect("the data directory");
    files
        .map(|file| file.expect("a file").metadata().expect("its size").len())
        .sum()
}
