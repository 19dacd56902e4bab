//! The store fails under the authorization endpoint. A client that is certain hears of it; where it is not, nothing is
//! sent anywhere.

use crate::harness::postgres::fresh_database;
use crate::harness::{Flow, Launch, Server};

/// No connection may be made now (class 57 of SQLSTATE): what a database that shuts down says.
const AWAY: &str = "CREATE FUNCTION away() RETURNS boolean LANGUAGE plpgsql AS \
     $$ BEGIN RAISE EXCEPTION 'away' USING ERRCODE = '57P03'; END $$; \
     CREATE VIEW sessions AS SELECT * FROM hidden WHERE away()";

#[tokio::test]
async fn a_store_that_fails_is_told_to_the_client_that_is_known_and_to_nobody_else() {
    let url = fresh_database().await;
    let server = Server::start(Launch::demo().storage(&url));
    let realm = server.realm();
    let client_id = realm.0["clients"][0]["client_id"].as_str().unwrap().to_owned();
    let mut flow = Flow::new(&realm, &client_id);
    assert!(flow.answer().await.contains_key("code"));
    let database = administer(&url).await;

    for (damage, error) in [
        ("ALTER TABLE sessions RENAME TO hidden", "server_error"),
        (AWAY, "temporarily_unavailable"),
    ] {
        database.batch_execute(damage).await.unwrap();
        for prompt in ["", "none"] {
            flow.set("prompt", prompt);
            let reply = flow.ask().await;
            let told = reply.redirect(flow.redirect_uri());
            assert_eq!(told["error"], error, "{told:?}");
            assert_eq!(told["state"], "st a/te");
            assert_eq!(told["iss"], realm.issuer());
            assert!(!told["error_description"].contains("sessions"), "{told:?}");
        }
    }
    database
        .batch_execute("ALTER TABLE clients RENAME TO hidden_clients")
        .await
        .unwrap();
    flow.set("client_id", "nobody-knows");
    flow.ask().await.page(500);
}

async fn administer(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}
