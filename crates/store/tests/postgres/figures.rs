//! Figures, printed when asked for: `cargo test -p grantd-store --profile dist -- --ignored --nocapture figures`.

use crate::suite::sample::{NOW, Sample, at};
use grantd_core::change::{Guard, Write};
use grantd_store::Store;
use grantd_store::postgres::{PostgresOptions, PostgresStore};
use grantd_testkit::{Durability, PostgresServer};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const SLICE: Duration = Duration::from_secs(3);
const TASKS: usize = 64;

#[expect(clippy::disallowed_methods, reason = "measuring reads the monotonic clock")]
fn now() -> Instant {
    Instant::now()
}

/// How often per second `TASKS` tasks together do what `act` does.
async fn rate<F, Done>(act: F) -> f64
where
    F: Fn(usize) -> Done + Send + Sync + Clone + 'static,
    Done: Future<Output = ()> + Send,
{
    let begin = now();
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let act = act.clone();
        tasks.spawn(async move {
            let mut count = 0_u32;
            while begin.elapsed() < SLICE {
                act(task).await;
                count += 1;
            }
            count
        });
    }
    let count: u32 = tasks.join_all().await.into_iter().sum();
    f64::from(count) / begin.elapsed().as_secs_f64()
}

/// Single inserts of like rows by pgbench with as many clients.
fn pgbench(server: &PostgresServer, database: &str) -> String {
    let script = std::env::temp_dir().join(format!("grantd-pgbench-{}.sql", std::process::id()));
    // Ids as ours, time-ordered; a colon before a letter would be a variable of pgbench.
    let sql = "INSERT INTO access_tokens SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), \
         12, '0') || substr(md5(random()::text), 1, 20))::uuid, 'main', NULL, 'ledger', NULL, NULL, \
         'ledger', NULL, 'invoices.read', '', 'https://id.example', 1800000000000, 1800000300000, NULL;\n";
    std::fs::write(&script, sql).unwrap();
    let output = Command::new(server.programs().join("pgbench"))
        .args([
            "-n", "-M", "prepared", "-c", "64", "-j", "2", "-T", "3", "-U", "postgres", "-f",
        ])
        .arg(&script)
        .arg("-h")
        .arg(server.socket_folder())
        .args(["-p", &server.port().to_string(), database])
        .output()
        .unwrap();
    std::fs::remove_file(&script).unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find(|line| line.starts_with("tps"));
    line.unwrap_or("no figure").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, for a quiet machine"]
async fn group_commit_against_single_inserts() {
    let server = PostgresServer::start(Durability::Full).unwrap();
    let database = server.empty_database().await.unwrap();
    let store = Arc::new(
        PostgresStore::connect(&database.url, &PostgresOptions::default())
            .await
            .unwrap(),
    );
    let sample = Arc::new(Sample::new());
    let consent = sample.consent("ada", "ledger");
    sample.put(&*store, consent.writes()).await;
    let mut families = Vec::new();
    for _ in 0..TASKS {
        let family = sample.family(&consent);
        families.push(family.id);
        sample.put(&*store, vec![Write::InsertFamily(Box::new(family))]).await;
    }
    let (families, grant) = (Arc::new(families), consent.grant.id);
    for _ in 0..3 {
        println!("pgbench single inserts: {}", pgbench(&server, &database.name));
        let (node, rows) = (Arc::clone(&store), Arc::clone(&sample));
        let inserts = rate(move |_| {
            let (node, rows) = (Arc::clone(&node), Arc::clone(&rows));
            async move {
                let token = Write::InsertAccess(Box::new(rows.own_access("ledger")));
                rows.put(&*node, vec![token]).await;
            }
        })
        .await;
        println!("group-committed inserts/s: {inserts:.0}");
        let (node, rows, ids) = (Arc::clone(&store), Arc::clone(&sample), Arc::clone(&families));
        let guarded = rate(move |task| {
            let (node, rows, id) = (Arc::clone(&node), Arc::clone(&rows), ids[task]);
            async move {
                let generation = Some(0);
                let (to, idle_expires_at) = (0, at(600));
                let rotation = Write::RotateFamily {
                    id,
                    to,
                    at: NOW,
                    rotated_for: None,
                    idle_expires_at,
                };
                let token = Write::InsertAccess(Box::new(rows.own_access("ledger")));
                let guards = vec![Guard::FamilyAt { id, generation }, Guard::GrantLive(grant)];
                node.commit(rows.change(guards, vec![rotation, token])).await.unwrap();
            }
        })
        .await;
        println!("guarded commits/s (rotation and token): {guarded:.0}");
        let (node, families) = (Arc::clone(&store), Arc::clone(&families));
        let reads = rate(move |task| {
            let (node, id) = (Arc::clone(&node), families[task]);
            async move {
                node.family(id).await.unwrap();
            }
        })
        .await;
        println!("family reads/s: {reads:.0}");
    }
}
