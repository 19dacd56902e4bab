//! What APIs say they need is counted, and is there after an orderly stop.

use crate::harness::Reply;
use crate::harness::flow::post_as;
use crate::harness::own::Own;
use grantd_core::record::Holder;
use grantd_store::Store;
use grantd_store::sqlite::{Options, SqliteStore};
use serde_json::{Value, json};

async fn ask(own: &Own, client: &str, form: &[(&str, &str)]) -> Value {
    let realm = own.realm();
    let url = realm.endpoint("introspection_endpoint");
    post_as(&realm.client(client), &url, &form).await.expect(200).json()
}

#[tokio::test]
async fn what_was_used_is_there_after_an_orderly_stop() {
    let mut own = Own::start(None);
    let realm = own.realm();
    let made = own.key();
    let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    assert_eq!(
        own.json(&["api-key", "list"])["api_keys"][0]["last_used_at"],
        Value::Null
    );
    for needed in ["invoices:read", "invoices:read", "invoices:write", "made:up"] {
        ask(&own, "acme-api", &[("token", key), ("scope", needed)]).await;
    }
    // A machine's token, looked at by the API and by the machine itself.
    let machine = realm.client("nightly-export");
    let form = [("grant_type", "client_credentials")];
    let tokens = post_as(&machine, &realm.token(), &form).await.expect(200).json();
    let token = tokens["access_token"].as_str().unwrap();
    let needed = [("token", token), ("scope", "customers:read invoices:read")];
    assert_eq!(ask(&own, "acme-api", &needed).await["permitted"], true);
    // A client does not say of itself what it uses, and a question without permissions counts nothing.
    assert_eq!(
        ask(&own, "nightly-export", &[("token", token), ("scope", "payments:read")]).await["permitted"],
        true
    );
    assert!(
        ask(&own, "acme-api", &[("token", token)])
            .await
            .get("permitted")
            .is_none()
    );
    own.server.stop();

    let listed = own.json(&["api-key", "list"]);
    assert_eq!(listed["api_keys"][0]["id"], id);
    assert!(listed["api_keys"][0]["last_used_at"].is_i64(), "{listed}");
    let store = SqliteStore::open(&own.data.path().join("grantd.db"), &Options::default()).unwrap();
    let counted = async |holder: Holder| {
        let rows = store.uses("acme", &holder).await.unwrap();
        let told = rows
            .iter()
            .map(|row| (row.permission.as_deref().unwrap_or("-").to_owned(), row.count));
        told.collect::<Vec<_>>()
    };
    let holder = Holder::ApiKey(grantd_protocol::id::ApiKeyId::parse(id).unwrap());
    assert_eq!(counted(holder).await, [("-".into(), 4), ("invoices:read".into(), 2)]);
    let holder = Holder::Client("nightly-export".into());
    assert_eq!(
        counted(holder).await,
        [("customers:read".into(), 1), ("invoices:read".into(), 1)]
    );
}

/// Reports of a client, as the endpoint's answer.
async fn report(own: &Own, client: &str, uses: &Value) -> Reply {
    let realm = own.realm();
    let url = realm.endpoint("grantd_usage_endpoint");
    post_as(&realm.client(client), &url, &[("uses", uses.to_string().as_str())]).await
}

#[tokio::test]
async fn what_an_api_reports_counts_as_used_by_whoever_holds_it() {
    let mut own = Own::start(None);
    let made = own.key();
    let id = made["id"].as_str().unwrap();
    let line =
        |who: &str, permission: &str, count: u64| json!({ "client_id": who, "permission": permission, "count": count });
    let key = format!("api_key:{id}");
    let uses = json!([
        line("nightly-export", "invoices:read", 5),
        line("nightly-export", "invoices:read", 2),
        line(&key, "invoices:read", 3),
        // Not held, not there, made up, and of the API itself.
        line(&key, "payments:refund", 1),
        line("nobody", "invoices:read", 1),
        line("nightly-export", "made:up", 1),
        line("acme-api", "invoices:read", 1),
    ]);
    let taken = report(&own, "acme-api", &uses).await.expect(200).json();
    assert_eq!(taken, json!({ "counted": 3, "ignored": 4 }));
    // Who is no API keeps nothing in use, and what is no report counts nothing.
    let refused = report(&own, "nightly-export", &uses).await.expect(400).json();
    assert_eq!(refused["error"], "unauthorized_client");
    let mut broken = uses.clone();
    broken[0]["count"] = json!(-1);
    for wrong in [
        broken,
        json!({}),
        json!("x"),
        json!(vec![line("nightly-export", "invoices:read", 1); 201]),
    ] {
        let refused = report(&own, "acme-api", &wrong).await.expect(400).json();
        assert_eq!(refused["error"], "invalid_request");
    }
    own.server.stop();

    let store = SqliteStore::open(&own.data.path().join("grantd.db"), &Options::default()).unwrap();
    let counted = async |holder: Holder| {
        let rows = store.uses("acme", &holder).await.unwrap();
        let told = rows
            .iter()
            .map(|row| (row.permission.clone().unwrap().to_string(), row.count));
        told.collect::<Vec<_>>()
    };
    let holder = Holder::ApiKey(grantd_protocol::id::ApiKeyId::parse(id).unwrap());
    assert_eq!(counted(holder).await, [("invoices:read".to_owned(), 3)]);
    assert_eq!(
        counted(Holder::Client("nightly-export".into())).await,
        [("invoices:read".to_owned(), 7)]
    );
    assert_eq!(counted(Holder::Client("acme-api".into())).await, []);
}

#[tokio::test]
async fn a_report_whose_answer_got_lost_counts_once() {
    let mut own = Own::start(None);
    let realm = own.realm();
    let url = realm.endpoint("grantd_usage_endpoint");
    let api = realm.client("acme-api");
    let line = |count: u64| json!([{ "client_id": "nightly-export", "permission": "invoices:read", "count": count }]);
    let named = async |id: &str, uses: Value| {
        let form = [("uses", uses.to_string()), ("report_id", id.to_owned())];
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        post_as(&api, &url, &form).await
    };
    let (once, again) = tokio::join!(named("one", line(5)), named("one", line(5)));
    let counted: u64 = [once, again]
        .into_iter()
        .map(|reply| reply.expect(200).json()["counted"].as_u64().unwrap())
        .sum();
    assert_eq!(counted, 1);
    let later = named("one", line(7)).await.expect(200).json();
    assert_eq!(later, json!({ "counted": 0, "ignored": 0 }));
    // What could not be read was not taken, so its name is free.
    named("two", json!({})).await.refused(400, "invalid_request");
    assert_eq!(named("two", line(2)).await.expect(200).json()["counted"], 1);
    for id in ["a b", &"x".repeat(129)] {
        named(id, line(1)).await.refused(400, "invalid_request");
    }
    own.server.stop();
    let store = SqliteStore::open(&own.data.path().join("grantd.db"), &Options::default()).unwrap();
    let rows = store
        .uses("acme", &Holder::Client("nightly-export".into()))
        .await
        .unwrap();
    assert_eq!(rows.iter().map(|row| row.count).sum::<u64>(), 7);
}

#[tokio::test]
async fn the_same_demo_keys_are_announced_at_every_start_and_an_ended_one_stays_ended() {
    let mut own = Own::start(None);
    let first = own.realm().0["api_keys"].clone();
    let key = first[0]["key"].as_str().unwrap().to_owned();
    assert_eq!(ask(&own, "acme-api", &[("token", &key)]).await["active"], true);
    own.server.stop();
    let data = own.data.path().to_owned();
    let again = crate::harness::Server::start(crate::harness::Launch::demo().data(&data));
    assert_eq!(again.realm().0["api_keys"], first);
    drop(again);
    let listed = own.json(&["api-key", "list"]);
    own.json(&["api-key", "revoke", listed["api_keys"][0]["id"].as_str().unwrap()]);
    let last = crate::harness::Server::start(crate::harness::Launch::demo().data(&data));
    assert_eq!(last.realm().0["api_keys"], serde_json::json!([]));
}
