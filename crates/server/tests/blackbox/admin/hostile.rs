//! Malformed input: never a success, never a 5xx; and a store that does not answer is a 503.

use super::stage::{Api, realm, realm_text};
use crate::harness::{Agent, Launch, Server};
use crate::stage::own_postgres;
use serde_json::json;

async fn raw(api: &Api, method: &str, path: &str, kind: Option<&str>, body: Vec<u8>) -> u16 {
    let mut agent = Agent::new();
    let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
    let mut request = agent.http.request(method, format!("{}{path}", api.base)).body(body);
    if let Some(kind) = kind {
        request = request.header("content-type", kind);
    }
    if let Some(token) = &api.token {
        request = request.bearer_auth(token);
    }
    let reply = agent.send(request).await;
    if reply.status >= 400 {
        assert_eq!(
            reply.header("content-type"),
            Some("application/problem+json"),
            "{path}: {}",
            reply.body
        );
        assert_eq!(reply.json()["status"], reply.status);
    }
    reply.status
}

#[tokio::test]
async fn bodies_that_are_no_json_object_are_refused() {
    let api = Api::ops(&realm()).await;
    let json = Some("application/json");
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    let long = format!("{{\"name\":\"{}\"}}", "x".repeat(70 * 1024));
    let cases: Vec<(Option<&str>, Vec<u8>, u16)> = vec![
        (json, b"".to_vec(), 400),
        (json, b"{".to_vec(), 400),
        (json, b"[]".to_vec(), 400),
        (json, b"null".to_vec(), 400),
        (json, b"\xff\xfe".to_vec(), 400),
        (json, br#"{"name":"a","name":"b"}"#.to_vec(), 400),
        (json, br#"{"name":"a"} x"#.to_vec(), 400),
        (json, format!("{{\"name\":{deep}}}").into_bytes(), 400),
        (json, br#"{"name":"\u0000"}"#.to_vec(), 422),
        (json, br#"{"name":1e400}"#.to_vec(), 400),
        (json, long.into_bytes(), 413),
        (None, b"{}".to_vec(), 415),
        (Some("application/json; charset=utf-16"), b"{}".to_vec(), 415),
        (Some("application/json; charset=UTF-8"), b"{}".to_vec(), 422),
        (Some("text/plain"), b"{}".to_vec(), 415),
        (Some("application/x-www-form-urlencoded"), b"name=x".to_vec(), 415),
        (Some("application/merge-patch+json"), b"{}".to_vec(), 415),
    ];
    for (kind, body, status) in cases {
        let shown = String::from_utf8_lossy(&body).chars().take(60).collect::<String>();
        assert_eq!(
            raw(&api, "POST", "/clients", kind, body).await,
            status,
            "{kind:?} {shown}"
        );
    }
    assert_eq!(
        raw(
            &api,
            "PATCH",
            "/clients/ops",
            Some("application/merge-patch+json"),
            b"{}".to_vec()
        )
        .await,
        200
    );
}

#[tokio::test]
async fn odd_addresses_lead_nowhere() {
    let api = Api::ops(&realm()).await;
    let mut long = "/clients/".to_owned();
    long.push_str(&"a".repeat(3000));
    for path in [
        "/",
        "",
        "/clients/",
        "//clients",
        "/Clients",
        "/clients/%00",
        "/clients/%ff",
        "/clients/%2e%2e",
        "/clients/a/b/c",
        "/clients/ops%00",
        "/users/..%2fclients",
        "/tenants/%2e/members",
        "/tokens/%20",
        "/grants/zz",
        "/sessions/",
        &long,
    ] {
        let status = raw(&api, "GET", path, None, Vec::new()).await;
        assert!(matches!(status, 404 | 405), "{path}: {status}");
    }
    for path in [
        "/clients?%",
        "/clients?a=%ff",
        "/clients?cursor=%00",
        "/users?username=%00",
        "/tokens?client=%00&state=live",
    ] {
        let status = raw(&api, "GET", path, None, Vec::new()).await;
        assert!(status < 500, "{path}: {status}");
    }
}

#[tokio::test]
async fn authorization_headers_that_make_no_sense_are_refused() {
    let api = Api::of(&realm()).await;
    let mut agent = Agent::new();
    for header in [
        "",
        "Bearer",
        "Bearer ",
        "Basic b3BzOm9wcw==",
        "Bearer a b c",
        "bearer \u{7f}x",
        "DPoP x",
        "Bearer at_xxx",
    ] {
        let request = agent.http.get(format!("{}/realm", api.base));
        let Ok(value) = reqwest::header::HeaderValue::from_bytes(header.as_bytes()) else {
            continue;
        };
        let reply = agent.send(request.header("authorization", value)).await;
        assert!(matches!(reply.status, 400 | 401), "{header:?}: {}", reply.status);
    }
    // A token in the query or the body is none.
    let good = Api::ops(&realm()).await.token.unwrap();
    let reply = agent.get(&format!("{}/realm?access_token={good}", api.base)).await;
    assert_eq!(reply.status, 401);
}

#[tokio::test]
async fn every_member_of_every_body_takes_any_json_without_a_fault() {
    let api = Api::ops(&realm()).await;
    let oddities = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1.5),
        json!(""),
        json!("\u{202e}x"),
        json!([]),
        json!([[]]),
        json!({}),
        json!([null, 1, "x", {}]),
    ];
    for (pattern, operations) in api.document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let Some(name) = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str() else {
                continue;
            };
            let schema = api.document.pointer(name.trim_start_matches('#')).unwrap();
            let mut path = pattern.clone();
            while let (Some(from), Some(to)) = (path.find('{'), path.find('}')) {
                let kind = &path[from + 1..to];
                let id = if kind == "tenant" {
                    "acme-berlin"
                } else if kind == "client_id" {
                    "acme-api"
                } else {
                    "nobody"
                };
                path.replace_range(from..=to, id);
            }
            for member in schema["properties"].as_object().unwrap().keys() {
                for oddity in &oddities {
                    // Beside a mistake, so that nothing is changed.
                    let body = json!({ member.as_str(): oddity, "no such member": 1 });
                    let status = raw(
                        &api,
                        &method.to_uppercase(),
                        &path,
                        Some("application/json"),
                        body.to_string().into_bytes(),
                    )
                    .await;
                    assert!(matches!(status, 404 | 409 | 422), "{method} {path} {body}: {status}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_store_that_is_down_is_a_503_and_nothing_pretends() {
    let (postgres, url) = own_postgres().await;
    let server = Server::start(
        Launch::demo()
            .realm(realm_text("acme", "http://localhost:8400"))
            .storage(&url),
    );
    let api = Api::ops(&server.realm()).await;
    api.get("/clients").await.expect(200);
    postgres.crash().expect("PostgreSQL stops");
    for (method, path, body) in [
        ("GET", "/clients", None),
        ("GET", "/tokens", None),
        ("POST", "/clients", Some(json!({ "name": "x" }))),
        ("DELETE", "/clients/ops", None),
    ] {
        let reply = api.plain(method, path, body).await;
        assert_eq!(reply.status, 503, "{method} {path}: {}", reply.body);
        assert!(!reply.body.contains("postgres"), "{}", reply.body);
    }
}
