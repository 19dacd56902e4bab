//! How many requests were refused: those of unknown clients too, in numbers that operators read.

use super::stage::{Api, realm_text, token_with};
use crate::harness::{Agent, Launch, Realm, Server};
use crate::http::console::Operator;
use serde_json::{Value, json};

/// How often a request was refused there for this.
fn count(told: &Value, endpoint: &str, error: &str) -> u64 {
    let reasons = told["reasons"].as_array().unwrap().iter();
    let mut of = reasons.filter(|reason| reason["endpoint"] == endpoint && reason["error"] == error);
    of.next().map_or(0, |reason| reason["count"].as_u64().unwrap())
}

async fn told(api: &Api) -> Value {
    let told = api.get("/refusals").await.expect(200).json();
    let by_hour = told["hours"].as_array().unwrap().iter();
    let sum: u64 = by_hour.map(|hour| hour["count"].as_u64().unwrap()).sum();
    assert_eq!(told["count"], sum, "{told}");
    told
}

async fn lost(realm: &Realm) {
    let url = format!(
        "{}?client_id=nobody&response_type=code",
        realm.endpoint("authorization_endpoint")
    );
    assert_eq!(Agent::new().get(&url).await.status, 400);
}

#[tokio::test]
async fn refused_requests_are_counted_by_hour_and_reason_whoever_sent_them() {
    let server = Server::start(
        Launch::demo()
            .realm(realm_text("acme", "http://localhost:8400"))
            .realm(realm_text("other", "http://localhost:8400/other")),
    );
    let (realm, other) = (server.realm(), server.realm_at(1));
    let (api, elsewhere) = (Api::ops(&realm).await, Api::ops(&other).await);
    assert_eq!(told(&api).await["count"], 0);
    for _ in 0..3 {
        token_with(&realm, "nobody", "wrong", "", None)
            .await
            .refused(401, "invalid_client");
    }
    lost(&realm).await;
    lost(&realm).await;
    lost(&other).await;
    let found = told(&api).await;
    let counted = [("token", "invalid_client"), ("authorize", "invalid_client")];
    assert_eq!(counted.map(|(at, why)| count(&found, at, why)), [3, 2], "{found}");
    assert_eq!(
        found["reasons"][0]["endpoint"], "token",
        "the most frequent first: {found}"
    );
    assert_eq!(found["hours"].as_array().unwrap().len(), 24);
    assert_eq!(told(&elsewhere).await["count"], 1, "each realm by itself");

    let mut operator = Operator::log_in(&server).await;
    let page = operator.get("").await;
    for part in ["Requests refused, by hour", "invalid_client"] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
}

#[tokio::test]
async fn refusals_are_told_of_hours_that_make_sense() {
    let realm = super::stage::realm();
    let api = Api::ops(&realm).await;
    let week = api.get("/refusals?hours=168").await.expect(200).json();
    assert_eq!(week["hours"].as_array().unwrap().len(), 168);
    for odd in ["0", "169", "-1", "x", "9223372036854775808"] {
        let reply = api.get(&format!("/refusals?hours={odd}")).await;
        assert_eq!(reply.status, 400, "{odd}: {}", json!(reply.body));
    }
}
