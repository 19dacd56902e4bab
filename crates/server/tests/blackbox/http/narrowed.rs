//! A realm offers less to clients that register themselves than it did when they came: what is offered now counts, at every
//! use, for those that are there already too. Clients that an operator made keep what they have.

use crate::attack::stage::DEMO;
use crate::harness::device::Device;
use crate::harness::flow::post_as;
use crate::harness::registration::{desktop, manage, register};
use crate::harness::{Flow, Launch, Realm, Reply, Server};
use serde_json::{Value, json};
use std::path::Path;

/// The demo realm, which offers these grant types and scopes to clients that register themselves.
fn offering(data: &Path, grant_types: &str, scopes: &str) -> Server {
    let (before, rest) = DEMO.split_once("\n[registration]\n").unwrap();
    let (section, rest) = rest.split_once("\nauthorization_details_types").unwrap();
    assert!(section.contains("mode = \"open\"") && section.contains("grant_types"));
    let text = format!(
        "{before}\n[registration]\nmode = \"open\"\nscopes = {scopes}\ngrant_types = {grant_types}\nauthorization_details_types{rest}"
    );
    Server::start(Launch::demo().data(data).realm(text))
}

async fn refresh(flow: &Flow, token: &str) -> Reply {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
    post_as(&flow.client, &flow.realm.token(), &form).await
}

async fn begin(realm: &Realm, flow: &Flow) -> Reply {
    let url = realm.endpoint("device_authorization_endpoint");
    post_as(&flow.client, &url, &[("scope", "customers:read")]).await
}

/// What is registered, as the client is told: the server has another port since.
async fn told(realm: &Realm, registration: &Value) -> Value {
    let mut moved = registration.clone();
    let id = registration["client_id"].as_str().unwrap();
    moved["registration_client_uri"] = json!(format!("{}/{id}", realm.endpoint("registration_endpoint")));
    let token = registration["registration_access_token"].as_str().unwrap();
    manage("GET", &moved, token, None).await.expect(200).json()
}

/// The same client and user at a server that was started anew.
async fn at(realm: &Realm, registration: &Value) -> Flow {
    Flow::registered_and_logged_in(realm, registration, 1).await
}

#[tokio::test]
async fn what_a_realm_offers_no_more_is_refused_to_clients_that_registered_before() {
    let data = tempfile::tempdir().unwrap();
    let everything = r#"["authorization_code", "refresh_token", "device_code"]"#;
    let scopes = r#"["openid", "customers:read", "invoices:read"]"#;
    let mut server = offering(data.path(), everything, scopes);
    let asked = json!({
        "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        "scope": "customers:read invoices:read",
    });
    let made = register(&server.realm(), &desktop("Narrowed", asked))
        .await
        .expect(201)
        .json();
    let mut flow = at(&server.realm(), &made).await;
    let (first, second) = (flow.tokens().await, flow.tokens().await);
    refresh(&flow, first.refresh()).await.expect(200);
    begin(&server.realm(), &flow).await.expect(200);
    server.stop();

    let mut server = offering(data.path(), r#"["authorization_code"]"#, r#"["customers:read"]"#);
    let realm = server.realm();
    let mut flow = at(&realm, &made).await;
    refresh(&flow, second.refresh())
        .await
        .refused(400, "unauthorized_client");
    begin(&realm, &flow).await.refused(400, "unauthorized_client");
    let tokens = flow.tokens().await.0;
    assert_eq!(
        (tokens.get("refresh_token"), &tokens["scope"]),
        (None, &json!("customers:read"))
    );
    let says = told(&realm, &made).await;
    assert_eq!(
        (&says["grant_types"], &says["scope"]),
        (&json!(["authorization_code"]), &json!("customers:read"))
    );
    // Who came by an operator is as before.
    let mut vouched = Flow::logged_in_as(&realm, "ledger-web", 1).await;
    let own = vouched.tokens().await;
    vouched.refresh(own.refresh()).await.expect(200);
    Device::begin(&realm, "ledger-desktop", &[("scope", "customers:read")]).await;
    server.stop();

    let mut server = offering(data.path(), r#"["device_code"]"#, scopes);
    let realm = server.realm();
    let mut flow = at(&realm, &made).await;
    let page = flow.ask().await.page(400);
    let back = page.by_id("continue").unwrap().get("href").unwrap();
    assert!(back.contains("error=unauthorized_client"), "{back}");
    let response_types = told(&realm, &made).await["response_types"].clone();
    assert_eq!(response_types, json!([]));
    server.stop();

    // Nothing was lost: the offer is a matter of the realm's, and it can come back.
    let server = offering(data.path(), everything, scopes);
    let realm = server.realm();
    let mut flow = at(&realm, &made).await;
    let tokens = flow.tokens().await;
    refresh(&flow, tokens.refresh()).await.expect(200);
    assert_eq!(told(&realm, &made).await["grant_types"], made["grant_types"]);
}
