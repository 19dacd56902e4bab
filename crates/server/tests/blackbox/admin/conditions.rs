//! What the document says of `If-Match` and `If-None-Match` is what the routes do with them.

use super::stage::{Api, Request, realm};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Needs more than the API to come to be: somebody's login, or a delivery that failed. Other tests do these, and the server
/// of a test stops where a route does anything else with its conditions than its row says.
const OUT_OF_REACH: [&str; 7] = [
    "{challenge}",
    "{event_id}",
    "{grant_id}",
    "{link_id}",
    "{session_id}",
    "/second-step",
    "/passkeys",
];

/// One of everything that the API can make.
async fn everything(api: &Api) -> BTreeMap<&'static str, String> {
    let made = async |path: &str, body: Value, id: &str| {
        let made = api.post(path, body).await.expect(201).json();
        made[id].as_str().unwrap().to_owned()
    };
    let tenant = made("/tenants", json!({ "id": "conditional", "name": "C" }), "id").await;
    let name = json!({ "username": "conditional@example.com", "password": "correct-horse-conditional" });
    let user = made("/users", name, "id").await;
    let machine = json!({ "name": "C", "grant_types": ["client_credentials"], "scopes": ["invoices:read"] });
    let client = made("/clients", machine, "client_id").await;
    let role = json!({ "name": "conditional", "permissions": ["invoices:read"] });
    let key = json!({ "name": "C", "tenant": tenant, "scopes": ["invoices:read"] });
    let hook = json!({ "url": "https://hooks.conditional.example/", "events": ["grant.ended"] });
    api.put(
        &format!("/tenants/{tenant}/members/{user}"),
        json!({ "role": "member" }),
    )
    .await
    .expect(200);
    let secrets = api.get(&format!("/clients/{client}/secrets")).await.expect(200).json();
    let token = api.get("/tokens?client=ops&state=live").await.expect(200).json();
    BTreeMap::from([
        ("role", made("/roles", role, "name").await),
        ("key_id", made("/api-keys", key, "id").await),
        ("webhook_id", made("/webhooks", hook, "id").await),
        ("secret_id", secrets["items"][0]["id"].as_str().unwrap().to_owned()),
        ("token_id", token["items"][0]["id"].as_str().unwrap().to_owned()),
        ("tenant", tenant),
        ("user_id", user),
        ("client_id", client),
    ])
}

/// What a route takes so that it comes as far as its conditions.
fn body(pattern: &str, method: &str) -> Option<Value> {
    let role = json!({ "role": "member" });
    match (method, pattern.rsplit('/').next().unwrap_or_default()) {
        ("GET" | "DELETE", _) => None,
        ("POST", "members") => Some(json!({ "username": "ada@example.com", "role": "member" })),
        (_, "password") => Some(json!({ "password": "correct-horse-conditional-2" })),
        (_, "app-policy") => Some(json!({ "app_policy": "open" })),
        ("PUT", _) if pattern.contains("/apps/") => Some(json!({ "state": "allowed" })),
        ("PUT", _) => Some(role),
        _ => Some(json!({})),
    }
}

/// What a route that judges no conditions does as it is asked to, again and again.
fn done(pattern: &str, things: &BTreeMap<&'static str, String>, bob: &str, number: u8) -> Value {
    match pattern {
        "/api-keys" => json!({ "name": "C", "tenant": things["tenant"], "scopes": ["invoices:read"] }),
        "/clients" => json!({ "name": "C", "grant_types": ["client_credentials"], "scopes": ["invoices:read"] }),
        "/keys/rotate" => json!({ "alg": "ES256" }),
        "/registrations/unused/expire" => json!({ "client_ids": [], "unused_for": 86_400 }),
        "/roles" => json!({ "name": format!("conditional-{number}"), "permissions": ["invoices:read"] }),
        "/tenants" => json!({ "id": format!("conditional-{number}"), "name": "C" }),
        "/tenants/{tenant}/service-accounts" => json!({ "name": "C", "role": "member" }),
        "/tokens" => json!({
            "client_id": "ledger-web", "user_id": bob, "tenant": "acme-berlin", "name": "C", "lifetime": 60,
            "scopes": ["invoices:read"],
        }),
        "/users" => json!({ "username": format!("conditional-{number}@example.com") }),
        "/webhooks" => {
            let url = format!("https://hooks.conditional.example/{number}");
            json!({ "url": url, "events": ["grant.ended"] })
        }
        other => panic!("say what {other} takes"),
    }
}

async fn status(api: &Api, method: &str, path: &str, body: Option<Value>, header: (&str, &str)) -> u16 {
    let headers = vec![header];
    let request = Request {
        method,
        path,
        body,
        headers,
    };
    api.call(request).await.status
}

#[tokio::test]
async fn conditions_are_judged_where_the_document_says_so_and_nowhere_else() {
    let api = Api::ops(&realm()).await;
    let things = everything(&api).await;
    let bob = api.user_id("bob@example.com").await;
    let account = json!({ "name": "C", "role": "member" });
    let path = format!("/tenants/{}/service-accounts", things["tenant"]);
    let account = api.post(&path, account).await.expect(201).json();
    let account = account["client_id"].as_str().unwrap();
    let (mut judged, mut shown, mut unread) = (0, 0, 0);
    for (pattern, operations) in api.document["paths"].as_object().unwrap() {
        if OUT_OF_REACH.iter().any(|piece| pattern.contains(piece)) {
            continue;
        }
        let mut path = pattern.clone();
        for (name, value) in &things {
            let is_account = *name == "client_id" && pattern.contains("service-accounts");
            path = path.replace(&format!("{{{name}}}"), if is_account { account } else { value });
        }
        assert!(!path.contains('{'), "{path}");
        for (method, operation) in operations.as_object().unwrap() {
            let method = method.to_uppercase();
            let what = format!("{method} {pattern}");
            let named: Vec<&str> = operation["parameters"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(|param| param["$ref"].as_str()?.strip_prefix("#/components/parameters/"))
                .collect();
            let body = || body(pattern, &method);
            let answers = &operation["responses"];
            assert_eq!(answers.get("304").is_some(), named.contains(&"IfNoneMatch"), "{what}");
            let changes = named.contains(&"IfMatch") || named.contains(&"IfThere");
            assert_eq!(answers.get("412").is_some(), changes, "{what}");
            if changes {
                judged += 1;
                for header in [("if-match", "\"0.0\""), ("if-none-match", "*")] {
                    // A place that nobody has is what `If-None-Match: *` asks for.
                    if header.1 == "*" && pattern.contains("/apps/") {
                        continue;
                    }
                    assert_eq!(
                        status(&api, &method, &path, body(), header).await,
                        412,
                        "{what} {header:?}"
                    );
                }
            } else if method == "GET" {
                let tag = api.get(&path).await.header("etag").unwrap_or("\"none\"").to_owned();
                for tag in [&*tag, "*"] {
                    let wanted = if named.contains(&"IfNoneMatch") { 304 } else { 200 };
                    let found = status(&api, "GET", &path, None, ("if-none-match", tag)).await;
                    // Nobody decided about the application, so there is nothing to show.
                    let wanted = if pattern.contains("/apps/") { 404 } else { wanted };
                    assert_eq!(found, wanted, "{what} {tag}");
                }
                shown += 1;
            } else {
                for (number, header) in [("if-match", "\"0.0\""), ("if-none-match", "*")]
                    .into_iter()
                    .enumerate()
                {
                    unread += 1;
                    let number = u8::try_from(number).unwrap();
                    let body = Some(done(pattern, &things, &bob, number));
                    let found = status(&api, &method, &path, body, header).await;
                    // A key rotates once verifiers had time to fetch the next one, whatever is asked beside it.
                    let is_done = matches!(found, 200 | 201) || (pattern == "/keys/rotate" && found == 409);
                    assert!(is_done, "{what} {header:?}: {found}");
                }
            }
        }
    }
    assert!(judged > 25 && shown > 20 && unread > 10, "{judged} {shown} {unread}");
}
