//! Opening: migrations by several nodes at once, foreign schemas, servers that do not let us in.

use crate::backend::postgres::{options, server};
use crate::suite::lists::listed;
use crate::suite::sample::Sample;
use grantd_protocol::SecretHash;
use grantd_store::postgres::{OpenError, PostgresStore};
use grantd_store::{AccessFilter, Store};
use tokio::task::JoinSet;

async fn run(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_together_migrate_once() {
    let database = server().empty_database().await.unwrap();
    let mut nodes = JoinSet::new();
    for _ in 0..10 {
        let url = database.url.clone();
        nodes.spawn(async move { PostgresStore::up(&url, &options()).await.unwrap() });
    }
    for status in nodes.join_all().await {
        assert_eq!(status.found, status.known);
    }
    let status = PostgresStore::status(&database.url, &options()).await.unwrap();
    assert_eq!(status.found, status.known);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_database_is_set_up_when_it_is_opened() {
    let database = server().empty_database().await.unwrap();
    assert_eq!(PostgresStore::status(&database.url, &options()).await.unwrap().found, 0);
    let store = PostgresStore::connect(&database.url, &options()).await.unwrap();
    assert!(store.keys("main").await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newer_schema_and_a_foreign_one_are_refused() {
    let database = server().empty_database().await.unwrap();
    PostgresStore::up(&database.url, &options()).await.unwrap();
    run(
        &database.url,
        "INSERT INTO grantd_migrations (version, checksum) VALUES (99, '')",
    )
    .await;
    let refused = PostgresStore::connect(&database.url, &options()).await.err();
    assert!(
        matches!(refused, Some(OpenError::NewerSchema { found: 99, .. })),
        "{refused:?}"
    );
    run(
        &database.url,
        "DELETE FROM grantd_migrations WHERE version = 99; UPDATE grantd_migrations SET checksum = 'x'",
    )
    .await;
    let refused = PostgresStore::connect(&database.url, &options()).await.err();
    assert!(matches!(refused, Some(OpenError::ChecksumDiffers(1))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_refuses_and_what_does_not_answer_are_told_apart() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let url = format!("postgresql://postgres@{nobody}/any");
    let error = PostgresStore::connect(&url, &options()).await.err().unwrap();
    assert!(error.is_unreachable(), "{error}");
    let database = server().empty_database().await.unwrap();
    let unknown = database.url.replace("postgres@", "nobody@");
    let error = PostgresStore::connect(&unknown, &options()).await.err();
    assert!(matches!(error, Some(OpenError::Refused(_))), "{error:?}");
    let error = PostgresStore::connect("postgresql://u:hunter2@h/d?port=x", &options())
        .await
        .err();
    assert!(
        matches!(&error, Some(OpenError::BadUrl(text)) if !text.contains("hunter2")),
        "{error:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_that_is_wrong_is_refused_and_not_repeated() {
    let database = server().empty_database().await.unwrap();
    run(&database.url, "CREATE ROLE ada LOGIN PASSWORD 'right'").await;
    server().require_password("ada").unwrap();
    let url = |password: &str| database.tcp_url.replace("postgres@", &format!("ada:{password}@"));
    run(&database.url, "GRANT ALL ON SCHEMA public TO ada").await;
    let error = PostgresStore::connect(&url("wr0ng-one"), &options()).await.err();
    assert!(
        matches!(&error, Some(OpenError::Refused(text)) if !text.contains("wr0ng-one")),
        "{error:?}"
    );
    let store = PostgresStore::connect(&url("right"), &options()).await.unwrap();
    store.ping().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_is_asked_for_and_never_skipped() {
    // The test server has no TLS: whoever asks for it must be refused, not served in the clear.
    let database = server().empty_database().await.unwrap();
    for mode in ["require", "verify-ca", "verify-full"] {
        let url = format!("{}?sslmode={mode}", database.tcp_url);
        assert!(PostgresStore::connect(&url, &options()).await.is_err(), "{mode}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_the_first_release_is_brought_up_to_date_with_its_rows() {
    let database = server().empty_database().await.unwrap();
    let first = include_str!("../../src/postgres/migrations/0001_first.sql");
    let checksum = SecretHash::of(first.as_bytes());
    let checksum: String = checksum.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let sample = Sample::new();
    let id = sample.own_access("ledger").id;
    run(
        &database.url,
        &format!(
            "CREATE TABLE grantd_migrations (version integer PRIMARY KEY, checksum text NOT NULL, \
             applied_at timestamptz NOT NULL DEFAULT now()); {first}; \
             INSERT INTO grantd_migrations (version, checksum) VALUES (0, ''), (1, '{checksum}'); \
             INSERT INTO access_tokens (id, realm, client_id, subject, tenant, scope, audience, issuer, issued_at, \
             expires_at) VALUES ('{id}', 'main', 'ledger', 'ada', 'acme', 'invoices:read', '', 'https://id.example', \
             1, 9000000000000); \
             UPDATE access_indexed SET up_to = '{id}'"
        ),
    )
    .await;
    match PostgresStore::connect(&database.url, &options()).await {
        Err(OpenError::NeedsMigration { found, known }) => assert!(found == 1 && known > 1),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("opened"),
    }
    let status = PostgresStore::up(&database.url, &options()).await.unwrap();
    assert_eq!(status.found, status.known);
    let store = PostgresStore::connect(&database.url, &options()).await.unwrap();
    let token = store.access(id).await.unwrap().unwrap().token;
    assert_eq!((token.tenant.as_deref(), token.name), (Some("acme"), None));
    let filter = AccessFilter {
        tenant: Some("acme".to_owned()),
        ..AccessFilter::default()
    };
    assert_eq!(listed(&store, "main", &filter, 5).await, [id]);
}
