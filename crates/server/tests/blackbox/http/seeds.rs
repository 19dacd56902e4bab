//! `grantd dev` again over the same data: what the realm's file says of the demo clients now is what they are.

use crate::harness::{Agent, Launch, Server};

const REALM: &str = include_str!("seeds.toml");

#[tokio::test]
async fn a_second_start_brings_the_demo_clients_up_to_date() {
    let data = tempfile::tempdir().unwrap();
    for (text, good, bad) in [
        (REALM.to_owned(), "https://old.example/cb", "https://new.example/cb"),
        (
            REALM.replace("https://old.example/cb", "https://new.example/cb"),
            "https://new.example/cb",
            "https://old.example/cb",
        ),
    ] {
        let mut server = Server::start(Launch::demo().realm(text).data(data.path()));
        let realm = server.realm();
        let client = realm.client("web-app");
        assert_eq!(client.redirect_uri, good);
        assert_eq!(client.secret.as_deref(), Some("web-app-secret-0123456789"));
        for (uri, status) in [(good, 303), (bad, 400)] {
            let params = [("client_id", "web-app"), ("redirect_uri", uri), ("prompt", "none")];
            let params = params.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let reply = Agent::new().query(&realm.authorize(), &params).await;
            assert_eq!(reply.status, status, "{uri}: {}", reply.body);
        }
        server.stop();
    }
}
