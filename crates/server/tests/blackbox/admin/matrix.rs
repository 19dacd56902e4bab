//! Who may do what: every route of the document times every kind of caller. Routes, permissions and whether a tenant's
//! token is let in come from the document, which is made from the same table as the routes.

use super::stage::{Api, Request, realm, server, token};
use crate::harness::{Agent, Flow};
use serde_json::{Value, json};
use std::time::Duration;

/// One route.
struct Row {
    method: String,
    pattern: String,
    permission: String,
    tenants: bool,
}

fn rows(document: &Value) -> Vec<Row> {
    let mut rows = Vec::new();
    for (pattern, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            rows.push(Row {
                method: method.to_uppercase(),
                pattern: pattern.clone(),
                permission: operation["security"][0]["oauth2"][0].as_str().unwrap().to_owned(),
                tenants: operation["x-tenant-tokens"].as_bool().unwrap(),
            });
        }
    }
    assert!(rows.len() > 40, "{}", rows.len());
    rows
}

fn permissions(document: &Value) -> Vec<String> {
    let scopes = &document["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]["scopes"];
    scopes.as_object().unwrap().keys().cloned().collect()
}

impl Row {
    /// An address of things that do not exist, but for the tenant: what is let in changes nothing.
    fn path(&self, tenant: &str) -> String {
        let id = "00000000000000000000000000000000";
        let mut path = self.pattern.replace("{tenant}", tenant);
        while let (Some(from), Some(to)) = (path.find('{'), path.find('}')) {
            path.replace_range(from..=to, id);
        }
        path
    }

    /// A body that describes nothing that can be.
    async fn send(&self, api: &Api, tenant: &str) -> (u16, crate::harness::Reply) {
        let path = self.path(tenant);
        // A tenant that exists must not go.
        let path = if self.method == "DELETE" && self.pattern == "/tenants/{tenant}" {
            self.path("nobodys")
        } else {
            path
        };
        let body = matches!(self.method.as_str(), "POST" | "PUT" | "PATCH").then(|| json!({ "no such member": 1 }));
        let headers = Vec::new();
        let request = Request {
            method: &self.method,
            path: &path,
            body,
            headers,
        };
        let reply = api.call(request).await;
        (reply.status, reply)
    }

    fn name(&self) -> String {
        format!("{} {}", self.method, self.pattern)
    }
}

fn challenge(reply: &crate::harness::Reply) -> String {
    reply.header("www-authenticate").unwrap_or_default().to_owned()
}

/// A row of the attacks.
pub(crate) async fn nobody_gets_in_without_a_good_token_for_this_api_and_this_realm() {
    let realm = realm();
    let api = Api::of(&realm).await;
    let elsewhere = Api::ops(&server().realm_at(1)).await;
    let callers = [
        ("no token", None),
        ("garbage", Some("garbage".to_owned())),
        ("another audience", Some(token(&realm, "ops", "grantd:*", None).await)),
        ("another realm", elsewhere.token),
        (
            "the platform's token",
            Some(token(&realm, "nightly-export", "*", None).await),
        ),
    ];
    for row in rows(&api.document) {
        for (name, token) in &callers {
            let api = Api {
                token: token.clone(),
                ..api.clone()
            };
            let (status, reply) = row.send(&api, "acme-berlin").await;
            assert_eq!(status, 401, "{name}: {}", row.name());
            let challenge = challenge(&reply);
            assert!(challenge.starts_with("Bearer realm="), "{challenge}");
            assert_eq!(
                challenge.contains("invalid_token"),
                token.is_some(),
                "{name}: {challenge}"
            );
        }
    }
}

#[tokio::test]
async fn an_expired_token_opens_nothing() {
    let realm = server().realm_at(2);
    let api = Api::ops(&realm).await;
    let expired = async {
        while api.get("/realm").await.status != 401 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), expired)
        .await
        .expect("the token expires");
    for row in rows(&api.document) {
        assert_eq!(row.send(&api, "acme-berlin").await.0, 401, "{}", row.name());
    }
}

#[tokio::test]
async fn a_browsers_cookies_open_nothing() {
    let realm = realm();
    let mut flow = Flow::logged_in_as(&realm, "ledger-web", 0).await;
    for path in ["/realm", "/clients", "/users"] {
        let reply = flow.browser.get(&format!("{}/api/v1{path}", realm.issuer())).await;
        assert_eq!(reply.status, 401, "{path}");
    }
}

/// A row of the attacks.
pub(crate) async fn each_permission_opens_its_own_routes_and_no_others() {
    let realm = realm();
    let document = Api::of(&realm).await.document;
    let rows = rows(&document);
    for permission in permissions(&document) {
        let api = Api::as_client(&realm, "ops", &permission).await;
        for row in &rows {
            let (status, reply) = row.send(&api, "acme-berlin").await;
            if row.permission == permission {
                assert!(
                    !matches!(status, 401 | 403 | 500..),
                    "{permission}: {} {status}",
                    row.name()
                );
            } else {
                assert_eq!(status, 403, "{permission}: {}", row.name());
                assert_eq!(reply.json()["needed"], row.permission);
                let (error, scope) = ("error=\"insufficient_scope\"", format!("scope=\"{}\"", row.permission));
                let told = challenge(&reply);
                assert!(told.contains(error) && told.ends_with(&scope), "{told}");
            }
        }
    }
}

#[tokio::test]
async fn an_operator_gets_in_everywhere_and_a_star_nowhere() {
    let realm = realm();
    let ops = Api::ops(&realm).await;
    let star = Api::as_client(&realm, "nightly-export", "*").await;
    for row in rows(&ops.document) {
        let (status, _) = row.send(&ops, "acme-berlin").await;
        assert!(!matches!(status, 401 | 403 | 500..), "{} {status}", row.name());
        assert_eq!(row.send(&star, "acme-berlin").await.0, 403, "{}", row.name());
    }
}

#[tokio::test]
async fn a_tenants_token_gets_into_its_tenant_alone() {
    let realm = realm();
    let berlin = Api::as_client(&realm, "berlin-admin", "").await;
    let tokyo = Api::as_client(&realm, "tokyo-admin", "").await;
    for row in rows(&berlin.document) {
        let (own, _) = row.send(&berlin, "acme-berlin").await;
        let (foreign, _) = row.send(&tokyo, "acme-berlin").await;
        let (nowhere, _) = row.send(&tokyo, "nobodys").await;
        if !row.tenants {
            assert_eq!((own, foreign), (403, 403), "{}", row.name());
        } else if row.pattern.contains("{tenant}") {
            assert!(!matches!(own, 401 | 403 | 500..), "{} {own}", row.name());
            // What is another's looks like what is nobody's.
            assert_eq!(foreign, nowhere, "{}", row.name());
            assert!(matches!(foreign, 404 | 422), "{} {foreign}", row.name());
        } else {
            assert!(!matches!(own, 401 | 403 | 500..), "{} {own}", row.name());
        }
    }
}

#[tokio::test]
async fn head_is_get_without_a_body_and_other_methods_are_named() {
    let ops = Api::ops(&realm()).await;
    for row in rows(&ops.document) {
        let path = row.path("acme-berlin");
        if row.method == "GET" {
            let get = ops.get(&path).await;
            let head = ops.plain("HEAD", &path, None).await;
            assert_eq!(head.status, get.status, "{}", row.name());
            assert_eq!(head.body, "");
        }
        let reply = ops.plain("PROPFIND", &path, None).await;
        assert_eq!(reply.status, 405, "{}", row.name());
        assert!(reply.header("allow").unwrap().contains(&row.method), "{}", row.name());
        let preflight = Agent::new();
        let request = preflight
            .http
            .request(reqwest::Method::OPTIONS, format!("{}{path}", ops.base));
        let mut preflight = preflight;
        let reply = preflight.send(request.header("origin", "https://evil.example")).await;
        assert_eq!(reply.status, 204);
        assert!(
            !reply
                .headers
                .keys()
                .any(|name| name.as_str().starts_with("access-control")),
            "no CORS"
        );
    }
}

#[tokio::test]
async fn every_denied_call_leaves_a_line_in_the_audit_log() {
    let realm = realm();
    let weak = Api::as_client(&realm, "ops", "grantd:roles:read").await;
    assert_eq!(weak.get("/keys").await.status, 403);
    let lines = Api::ops(&realm)
        .await
        .get("/audit?action=api.denied&target=route:GET%20%2Fkeys&actor=client:ops")
        .await;
    let lines = lines.expect(200).json();
    assert_eq!(lines["items"][0]["detail"]["needed"], "grantd:keys:read", "{lines}");
}
