//! Rows of the pages for somebody who is signed in, the developers' portal above all, and of what webhooks are told again: more
//! than a form asks, sessions in the place of tokens, things of somebody else in an address of one's own.

use super::stage::Stage;
use super::{Rows, rows};
use crate::admin::stage::Api;
use crate::harness::{Agent, Launch, Realm, Server};
use crate::http::console::{Operator, posting};
use crate::http::portal::{ADA, REDIRECT, developer, made, permit};
use serde_json::{Value, json};
use std::sync::OnceLock;

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "X01" => more_than_the_form_asks,
    "X02" => permissions_of_others,
    "X03" => a_session_is_no_token,
    "X04" => a_try_that_was_not_begun_here,
    "X08" => deliveries_of_others,
};

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(Launch::demo()))
}

/// An application as the admin API has it.
async fn as_it_is(realm: &Realm, id: &str) -> Value {
    let api = Api::ops(realm).await;
    api.get(&format!("/clients/{id}")).await.expect(200).json()
}

async fn more_than_the_form_asks(_: S) {
    let realm = server().realm();
    let mut ada = developer(server(), ADA).await;
    let (own, _) = made(&mut ada, "As it was", "web").await;
    let more = [
        ("scopes", "grantd:*"),
        ("scope", "*"),
        ("default_scopes", "grantd:clients:write"),
        ("tenant", "acme-berlin"),
        ("role", "owner"),
        ("origin", "console"),
        ("verified_domain", "localhost"),
        ("publisher", "localhost"),
        ("owner", "operator"),
        ("stage", "verified"),
        ("verdict", "approve"),
        ("resources", "http://localhost:8400/api"),
        ("client_id", "ledger-web"),
        ("client_secret", "chosen-by-whoever-asks"),
        ("enabled", "true"),
    ];
    for below in ["/applications/new".to_owned(), format!("/applications/{own}/settings")] {
        let page = ada.get(&below).await.page(200);
        let mut form = page.form(posting(&page));
        form.set("name", "More").set("redirect_uris", REDIRECT);
        if below.ends_with("new") {
            form.set("kind", "web");
        }
        for (name, value) in more {
            if !form.fields.iter().any(|(known, _)| known == name) {
                form.fields.push((name.to_owned(), value.to_owned()));
            }
        }
        let reply = ada.send(&form.action, &form.fields).await;
        assert!(reply.status < 500, "{below}: {}", reply.body);
        assert!(!reply.body.contains("chosen-by-whoever-asks"), "{below}");
    }
    let api = Api::ops(&realm).await;
    let clients = api.all("/clients", 100).await;
    let theirs = clients
        .iter()
        .filter(|client| client["name"] == "More" || client["client_id"] == *own);
    let mut seen = 0;
    for client in theirs {
        let whole = as_it_is(&realm, client["client_id"].as_str().unwrap()).await;
        for never in ["tenant", "role", "verified_domain"] {
            assert!(whole.get(never).is_none_or(Value::is_null), "{never}: {whole}");
        }
        for never in [
            "grantd:",
            "\"*\"",
            "ledger-web",
            "http://localhost:8400/api",
            "verified\"",
        ] {
            assert!(!whole.to_string().contains(never), "{never}: {whole}");
        }
        seen += 1;
    }
    assert!(seen >= 1);
    assert_eq!(as_it_is(&realm, "ledger-web").await["name"], "Ledger Web");
}

async fn permissions_of_others(_: S) {
    let realm = server().realm();
    let mut ada = developer(server(), ADA).await;
    let (id, _) = made(&mut ada, "Greedy", "web").await;
    permit(&mut ada, &id, "invoices:read").await;
    let before = as_it_is(&realm, &id).await["scopes"].clone();
    for scope in [
        "*",
        "grantd:*",
        "grantd:clients:read",
        "payments:*",
        "team:manage",
        "customers:*",
        "customers:delete",
        "invoices:read grantd:*",
        "INVOICES:READ",
        "no:such",
    ] {
        let reply = ada
            .fill(&format!("/applications/{id}/permissions"), &[("scope", scope)])
            .await;
        assert!(
            (400..500).contains(&reply.status),
            "{scope}: {} {}",
            reply.status,
            reply.body
        );
    }
    assert_eq!(as_it_is(&realm, &id).await["scopes"], before);
}

async fn a_session_is_no_token(_: S) {
    let realm = server().realm();
    let ada = developer(server(), ADA).await;
    let mut agent = Agent::with_cookies(ada.agent.cookies.clone());
    let api = format!("{}/api/v1", realm.issuer());
    for path in ["/clients", "/users", "/audit", "/webhooks"] {
        agent.get(&format!("{api}{path}")).await.expect(401);
    }
    agent
        .post(&format!("{api}/clients"), &[("name", "x")])
        .await
        .expect(401);
    agent.get(&realm.endpoint("userinfo_endpoint")).await.expect(401);
    let values: Vec<String> = agent.cookies.values().cloned().collect();
    for value in values {
        let mut bare = Agent::new();
        let request = bare.http.get(format!("{api}/clients")).bearer_auth(&value);
        bare.send(request).await.expect(401);
    }
    // Nor does a session open another area than those of its user, nor a page of it do anything when it is merely read.
    let console = agent.get(&format!("{}/console", realm.issuer())).await;
    let read = agent
        .get(&format!(
            "{}/developers/applications/new?name=Read&kind=web",
            realm.issuer()
        ))
        .await;
    assert!(!console.body.contains("grantd:"), "{}", console.body);
    read.expect(200);
    let clients = Api::ops(&realm).await.all("/clients", 100).await;
    assert!(clients.iter().all(|client| client["name"] != "Read"));
}

/// The `state` with which a try begins.
async fn begun(developer: &mut Operator, id: &str) -> String {
    let below = format!("/applications/{id}/try");
    assert_eq!(
        developer.fill(&below, &[]).await.status,
        303,
        "the address is registered"
    );
    let reply = developer.fill(&below, &[("scopes", "invoices:read")]).await;
    let to = developer.absolute(reply.header("location").unwrap());
    let to = url::Url::parse(&to).unwrap();
    let state = to.query_pairs().find(|(name, _)| name == "state").unwrap();
    state.1.into_owned()
}

async fn a_try_that_was_not_begun_here(_: S) {
    let mut ada = developer(server(), ADA).await;
    let (one, _) = made(&mut ada, "One", "web").await;
    let (other, _) = made(&mut ada, "Other", "web").await;
    for id in [&one, &other] {
        permit(&mut ada, id, "invoices:read").await;
    }
    let (state, foreign) = (begun(&mut ada, &one).await, begun(&mut ada, &other).await);
    let back = |id: &str, state: &str| {
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("code", "gd_code_of_the_attacker"), ("state", state)])
            .finish();
        format!("/applications/{id}/try/back?{query}")
    };
    // The form that redeems carries the code.
    let redeems = |body: &str| body.contains("gd_code_of_the_attacker");
    assert!(redeems(&ada.get(&back(&one, &state)).await.expect(200).body));
    let turned: String = state.chars().rev().collect();
    for wrong in [foreign.as_str(), &turned, &state[1..], "", "x"] {
        let reply = ada.get(&back(&one, wrong)).await;
        assert!(reply.status < 500 && !redeems(&reply.body), "{wrong}: {}", reply.body);
    }
    // Another session, of the same developer.
    let mut elsewhere = developer(server(), ADA).await;
    assert!(!redeems(&elsewhere.get(&back(&one, &state)).await.expect(200).body));
}

async fn deliveries_of_others(s: S) {
    let (api, other) = (Api::ops(&s.realm).await, Api::ops(&s.other).await);
    let webhook = async |api: &Api, event: &str| {
        let wanted = json!({ "url": "https://hooks.example.com/in", "events": [event] });
        let made = api.post("/webhooks", wanted).await.expect(201).json();
        format!("/webhooks/{}", made["id"].as_str().unwrap())
    };
    let (told, silent) = (
        webhook(&api, "client.created").await,
        webhook(&api, "tenant.created").await,
    );
    let foreign = webhook(&other, "client.created").await;
    let client = json!({ "name": "Heard of", "redirect_uris": ["https://heard.example/cb"] });
    api.post("/clients", client).await.expect(201);
    let due = api.all(&format!("{told}/deliveries"), 50).await;
    let event = due[0]["event_id"].as_str().unwrap();
    // What one was told of is nothing that another one hears, here or in another realm.
    for wrong in [&silent, &foreign] {
        api.get(&format!("{wrong}/deliveries/{event}")).await.expect(404);
        let replay = format!("{wrong}/deliveries/{event}/replay");
        assert_eq!(api.post(&replay, json!({})).await.status, 404, "{wrong}");
    }
    let replay = format!("{told}/deliveries/{event}/replay");
    other.post(&replay, json!({})).await.expect(404);
    // Told again is the same message under the same id, however often it is asked for at once.
    let (first, second) = tokio::join!(api.post(&replay, json!({})), api.post(&replay, json!({})));
    for reply in [first, second] {
        assert!(matches!(reply.status, 204 | 409), "{} {}", reply.status, reply.body);
    }
    let again = api.all(&format!("{told}/deliveries"), 50).await;
    assert_eq!(again.iter().filter(|one| one["event_id"] == event).count(), 1);
    let reader = Api::as_client(&s.realm, "ops", "grantd:webhooks:read").await;
    reader.post(&replay, json!({})).await.expect(403);
    for path in [&told, &silent] {
        api.delete(path).await.expect(204);
    }
    other.delete(&foreign).await.expect(204);
    api.post(&replay, json!({})).await.expect(404);
}
