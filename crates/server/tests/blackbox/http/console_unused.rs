//! Registrations that nobody uses: listed and expired by the admin API, and on the console's page of them.

use super::console::Operator;
use super::kept::{forget_session, form, log_in, operators};
use crate::admin::stage::Api;
use crate::harness::registration::{desktop, register};
use crate::harness::{Launch, Server};
use grantd_core::change::{Change, Write};
use grantd_protocol::entropy::counted::Counted;
use grantd_protocol::id::ChangeId;
use grantd_protocol::{Seconds, Timestamp};
use grantd_store::Store;
use grantd_store::sqlite::{Options, SqliteStore};
use serde_json::{Value, json};

/// For how long nothing was heard of those that are old: less than after what they leave by themselves.
const AGE: Seconds = Seconds(40 * 86_400);
const MONTH: u32 = 30 * 86_400;
const LIST: &str = "/registrations/unused?unused_for=2592000";

/// Lets time pass for clients.
async fn age(data: &std::path::Path, ids: &[&str]) {
    let store = SqliteStore::open(&data.join("grantd.db"), &Options::default()).unwrap();
    let (entropy, mut writes) = (Counted::default(), Vec::new());
    for id in ids {
        let mut client = store.client("acme", id).await.unwrap().unwrap();
        client.created_at = client.created_at.minus(AGE);
        client.updated_at = client.updated_at.minus(AGE);
        client.version += 1;
        writes.push(Write::UpdateClient(Box::new(client)));
    }
    let id = ChangeId::draw(Timestamp::from_secs(1_800_000_000), &entropy);
    store.commit(Change::new(id, writes)).await.unwrap();
}

/// The names of a list, in order.
async fn names(api: &Api) -> Vec<String> {
    let mut names: Vec<String> = api
        .all(LIST, 2)
        .await
        .iter()
        .map(|client| client["name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn what_registered_itself_and_nobody_uses_is_expired_many_at_once() {
    let data = tempfile::tempdir().unwrap();
    let launch = Launch::demo().data(data.path());
    let mut server = Server::start(launch.clone());
    let realm = server.realm();
    let mut ids = Vec::new();
    for name in ["Alpha", "Beta", "Gamma", "Young"] {
        let said = register(&realm, &desktop(name, json!({}))).await.expect(201).json();
        ids.push(said["client_id"].as_str().unwrap().to_owned());
    }
    let [alpha, beta, gamma, young] = &ids[..] else {
        panic!("{ids:?}")
    };
    server.stop();
    age(data.path(), &[alpha, beta, gamma]).await;
    let server = Server::start(launch);
    let api = Api::ops(&server.realm()).await;
    assert_eq!(names(&api).await, ["Alpha", "Beta", "Gamma"]);

    // Whatever is not as old, or no registration, stays.
    let asked = |ids: &[&str]| json!({ "unused_for": MONTH, "client_ids": ids });
    let path = "/registrations/unused/expire";
    let said = api.post(path, asked(&[alpha, young, "ledger-web", "nobody"])).await;
    let said = said.expect(200).json();
    assert_eq!(said["expired"], json!([alpha]));
    assert_eq!(said["kept"], json!([young, "ledger-web", "nobody"]));
    api.get(&format!("/clients/{young}")).await.expect(200);
    api.get(&format!("/clients/{alpha}")).await.expect(404);
    let lines = api.all("/audit?action=client.expired", 10).await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0]["target"], json!(format!("client:{alpha}")));
    assert_ne!(lines[0]["actor"], "system");
    // Once more: it is gone.
    let again = api.post(path, asked(&[alpha])).await.expect(200).json();
    assert_eq!(again["kept"], json!([alpha]));

    // The console lists them with a box for each, and takes what is ticked.
    let mut operator = Operator::log_in(&server).await;
    let page = operator.get("/registrations/unused?days=30").await;
    assert!(
        page.body.contains("Beta") && page.body.contains("Gamma"),
        "{}",
        page.body
    );
    assert!(
        !page.body.contains("Young") && !page.body.contains("Alpha"),
        "{}",
        page.body
    );
    // One that could not be taken comes back about the same days, and the same stretch of the list.
    let first = api.get(&format!("{LIST}&limit=1")).await.expect(200).json();
    let below = format!(
        "/registrations/unused?days=30&cursor={}",
        first["next"].as_str().unwrap()
    );
    let listed = |body: &str| ["Beta", "Gamma"].map(|name| body.contains(name));
    let shown = operator.get(&below).await;
    assert_eq!(
        listed(&shown.body).iter().filter(|there| **there).count(),
        1,
        "{}",
        shown.body
    );
    let mut late = form(&mut operator, &below).await;
    for (field, value) in &mut late.fields {
        if field == "client_id" {
            value.clear();
        }
    }
    forget_session(&mut operator);
    let login = operator.send(&late.action, &late.fields).await;
    let (username, password) = operators(&server);
    let back = log_in(&mut operator, &login, (&username, &password)).await;
    assert_eq!(listed(&back.body), listed(&shown.body), "{}", back.body);
    assert!(back.body.contains("nothing was done yet"), "{}", back.body);
    assert_eq!(names(&api).await, ["Beta", "Gamma"]);
    // Sent to another session of the same user it is shown again at once, and not taken either.
    let again = operator.send(&late.action, &late.fields).await;
    assert_eq!(
        (again.status, listed(&again.body)),
        (400, listed(&shown.body)),
        "{}",
        again.body
    );

    let reply = operator
        .fill("/registrations/unused?days=30", &[("client_id", beta)])
        .await;
    assert_eq!(reply.status, 303, "{}", reply.body);
    assert_eq!(names(&api).await, ["Gamma"]);
    let page = operator.get("/registrations/unused?days=365").await;
    assert!(!page.body.contains("Gamma"), "{}", page.body);
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused() {
    let server = Server::start(Launch::demo());
    let api = Api::ops(&server.realm()).await;
    for bad in ["1", "0", "-1", "x", "86399", "315360001", "99999999999999999999"] {
        let reply = api.get(&format!("/registrations/unused?unused_for={bad}")).await;
        assert_eq!(reply.status, 400, "{bad}");
    }
    let path = "/registrations/unused/expire";
    for bad in [
        json!({}),
        json!({ "unused_for": 60, "client_ids": [] }),
        json!({ "unused_for": MONTH, "client_ids": "all" }),
        json!({ "unused_for": MONTH, "client_ids": ["a"], "all": true }),
    ] {
        let reply = api.post(path, bad.clone()).await;
        assert_eq!(reply.status, 422, "{bad}");
    }
    let empty = api.post(path, json!({ "unused_for": MONTH, "client_ids": [] })).await;
    assert_eq!(
        empty.expect(200).json(),
        json!({ "expired": Value::Array(Vec::new()), "kept": [] })
    );
}
