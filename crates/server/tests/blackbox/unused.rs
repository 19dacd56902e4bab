//! Registrations that nobody uses leave, and those that somebody uses stay; rules that are only tried out let requests pass and
//! say whom they would have refused.

use crate::stage::{MACHINE, Member, Prepared, REDIRECT_URI, Realm, Stage};
use grantd_core::change::{Change, Write};
use grantd_core::record::{Holder, UseRecord};
use grantd_protocol::entropy::counted::Counted;
use grantd_protocol::id::ChangeId;
use grantd_protocol::{Seconds, Timestamp};
use grantd_store::Store;
use grantd_store::sqlite::{Options, SqliteStore};
use serde_json::{Value, json};
use std::time::Duration;

const REALM: Realm = Realm("unused");
/// Longer than the lifetime that is configured.
const AGE: Seconds = Seconds(7200);

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_that_nobody_uses_leaves_and_one_that_is_used_stays() {
    let settings = "[registration]\nmode = \"open\"\nscopes = [\"things:read\"]\nunused_lifetime = \"1h\"";
    let stage = Stage::new(&[(REALM, settings)], None);
    let node = stage.start().await;
    let mut ids = Vec::new();
    for name in ["Forgotten", "Young", "Disabled"] {
        let body =
            json!({ "client_name": name, "redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none" });
        let request = Prepared::post_json(node.address, &REALM.path("register"), &body.to_string());
        let reply = request.send().await.expect("a reply");
        assert_eq!(reply.status, 201, "{}", reply.body);
        ids.push(reply.text("client_id"));
    }
    node.kill().await;
    // Time passes for all but one of them.
    let store = SqliteStore::open(&stage.data().join("grantd.db"), &Options::default()).expect("the store");
    for (index, id) in ids.iter().enumerate() {
        let mut client = store.client(REALM.0, id).await.expect("a read").expect("a client");
        if index == 1 {
            continue;
        }
        client.created_at = client.created_at.minus(AGE);
        client.updated_at = client.updated_at.minus(AGE);
        client.enabled = index != 2;
        client.version += 1;
        let id = ChangeId::draw(Timestamp::from_secs(1_800_000_000), &Counted::default());
        let id = ChangeId::from_bytes(
            id.as_bytes()
                .map(|byte| byte.wrapping_add(u8::try_from(index).unwrap())),
        );
        store
            .commit(Change::new(id, vec![Write::UpdateClient(Box::new(client))]))
            .await
            .expect("a commit");
    }
    drop(store);
    let _node = stage.start().await;
    let names = async || {
        let realm = stage.realm(0).display().to_string();
        let listed = stage.json(&["client", "list", "-o", "json", "--realm", &realm]).await;
        let clients = listed["clients"].as_array().expect("clients").clone();
        clients
            .iter()
            .map(|client| client["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let gone = async {
        while names().await.contains(&"Forgotten".to_owned()) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), gone)
        .await
        .expect("it leaves");
    let left = names().await;
    assert!(
        ["Young", "Disabled", "Web"]
            .iter()
            .all(|name| left.contains(&(*name).to_owned())),
        "{left:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_is_tried_out_lets_requests_pass_and_names_who_breaks_it() {
    let settings = "[enforcement]\npkce = \"report\"\naudience = \"report\"\ndpop = \"report\"";
    let stage = Stage::new(&[(REALM, settings)], None);
    let node = stage.start().await;
    for _ in 0..3 {
        let reply = REALM.client_credentials(&node).send().await.expect("a reply");
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
    // A code with PKCE, and without a resource.
    let member = Member::log_in(&node, REALM).await;
    let code = member.code(&node).await.expect("a code");
    assert_eq!(REALM.exchange(&node, &code).send().await.expect("a reply").status, 200);
    let realm = stage.realm(0).display().to_string();
    let found = async {
        loop {
            let listed = stage
                .json(&["client", "findings", "-o", "json", "--realm", &realm])
                .await;
            let findings = listed["findings"].as_array().expect("findings").clone();
            if findings.len() >= 4 {
                return findings;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let findings = tokio::time::timeout(Duration::from_secs(60), found)
        .await
        .expect("they are written");
    let told: Vec<_> = findings
        .iter()
        .map(|finding| {
            (
                finding["client_id"].as_str().unwrap(),
                finding["rule"].as_str().unwrap(),
            )
        })
        .collect();
    let (machine, web) = ("machine-app", "web-app");
    assert_eq!(
        told,
        [
            (machine, "audience"),
            (machine, "dpop"),
            (web, "audience"),
            (web, "dpop")
        ]
    );
    assert_eq!(findings[0]["count"], 3);
    assert!(
        findings.iter().all(|finding| finding["last_at"].is_i64()),
        "{}",
        Value::from(findings)
    );
}

const UNUSED: &str = r#"
[enforcement]
unused_permissions = "report"
[[permissions]]
name = "things:write"
group = "Things"
description = "Change things"
risk = "change"
"#;

/// Taking away what is not used is tried out as well: who asks for it by name is named, and gets it.
#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_a_permission_that_it_does_not_use_is_named_and_gets_it() {
    let stage = Stage::new(&[(REALM, UNUSED)], None);
    let node = stage.start().await;
    assert_eq!(
        REALM.client_credentials(&node).send().await.expect("a reply").status,
        200
    );
    node.kill().await;
    age(&stage, MACHINE.0).await;
    let node = stage.start().await;
    let scoped = async |scope: &str| {
        let fields = [("grant_type", "client_credentials"), ("scope", scope)];
        let reply = REALM
            .form(&node, "token", MACHINE, &fields)
            .send()
            .await
            .expect("a reply");
        assert_eq!(reply.status, 200, "{}", reply.body);
    };
    scoped("things:read").await;
    let realm = stage.realm(0).display().to_string();
    let findings = async || {
        let listed = stage
            .json(&["client", "findings", "-o", "json", "--realm", &realm])
            .await;
        listed["findings"].as_array().expect("findings").clone()
    };
    scoped("things:read things:write").await;
    let found = async {
        loop {
            let found = findings().await;
            if !found.is_empty() {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let found = tokio::time::timeout(Duration::from_secs(60), found)
        .await
        .expect("it is written");
    assert_eq!(found.len(), 1);
    assert_eq!(
        (&found[0]["client_id"], &found[0]["rule"]),
        (&json!(MACHINE.0), &json!("unused_permissions"))
    );
    assert_eq!(found[0]["count"], 1, "what it uses it may ask for");
}

/// A client that is there for long, and whose uses were reported for as long: it reads things.
async fn age(stage: &Stage, client_id: &str) {
    let store = SqliteStore::open(&stage.data().join("grantd.db"), &Options::default()).expect("the store");
    let mut client = store
        .client(REALM.0, client_id)
        .await
        .expect("a read")
        .expect("a client");
    let (day, now) = (Seconds(86_400), client.created_at);
    let long_ago = now.minus(Seconds(90 * day.get()));
    client.created_at = long_ago;
    client.version += 1;
    let used = UseRecord {
        realm: REALM.0.into(),
        holder: Holder::Client(client_id.into()),
        permission: Some("things:read".into()),
        count: 1,
        first_used_at: long_ago,
        last_used_at: now,
    };
    let writes = vec![Write::UpdateClient(Box::new(client)), Write::CountUses(vec![used])];
    let id = ChangeId::draw(Timestamp::from_secs(1_800_000_000), &Counted::default());
    store.commit(Change::new(id, writes)).await.expect("a commit");
}
