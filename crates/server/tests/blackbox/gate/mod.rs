//! The gate, asked as each proxy asks.

mod answers;
mod bound;
mod brokers;
mod routes;
mod tickets;

use crate::attack::stage::{DEMO, realm_file};
use crate::harness::flow::post_as;
use crate::harness::{Agent, Launch, Realm, Reply, Server};
use std::sync::OnceLock;

/// What the calls of the routed realm's API need.
const ROUTES: &str = include_str!("routes.toml");

/// A realm without routes, one with them, and one with message brokers.
pub(crate) struct Stage {
    server: Server,
    pub(crate) plain: Realm,
    pub(crate) routed: Realm,
    pub(crate) brokers: Realm,
}

pub(crate) fn stage() -> &'static Stage {
    static STAGE: OnceLock<Stage> = OnceLock::new();
    STAGE.get_or_init(|| {
        let routed = realm_file("routed", "http://localhost:8400/routed", &[]) + ROUTES;
        let opaque = [("format = \"jwt\"", "format = \"opaque\"")];
        let brokers = realm_file("brokers", "http://localhost:8400/brokers", &opaque) + brokers::BROKERS;
        let server = Server::start(
            Launch::demo()
                .realm(DEMO)
                .realm(routed)
                .realm(brokers)
                .env("GRANTD__LOG__LEVEL", "debug"),
        );
        Stage {
            plain: server.realm_at(0),
            routed: server.realm_at(1),
            brokers: server.realm_at(2),
            server,
        }
    })
}

/// A machine's token for these permissions, and for an API if one is named.
async fn token(realm: &Realm, scope: &str, resource: Option<&str>) -> String {
    let mut form = vec![("grant_type", "client_credentials"), ("scope", scope)];
    form.extend(resource.map(|resource| ("resource", resource)));
    let reply = post_as(&realm.client("nightly-export"), &realm.token(), &form).await;
    reply.expect(200).json()["access_token"].as_str().unwrap().to_owned()
}

fn api_key(realm: &Realm) -> String {
    realm.0["api_keys"][0]["key"].as_str().unwrap().to_owned()
}

/// A question of nginx about a request, with the headers that the request came with.
async fn nginx(realm: &Realm, method: &str, target: &str, headers: &[(&str, &str)]) -> Reply {
    let url = format!("https://api.example{target}");
    let mut all = vec![("X-Original-Method", method), ("X-Original-URL", url.as_str())];
    all.extend(headers);
    ask(&format!("{}/gate/nginx", realm.issuer()), &all).await
}

async fn ask(url: &str, headers: &[(&str, &str)]) -> Reply {
    let mut agent = Agent::new();
    let mut request = agent.http.get(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    agent.send(request).await
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}
