//! The server that these tests share, and a program that calls its admin API.

use super::shape;
use crate::harness::agent::Reply;
use crate::harness::{Agent, Launch, Realm, Server};
use serde_json::Value;
use std::sync::OnceLock;

/// Clients beside those of the demo realm.
pub(crate) const MORE: &str = include_str!("clients.toml");

const DEMO: &str = include_str!("../../../../../examples/realms/demo.toml");

/// The realm of these tests.
pub(crate) fn realm_text(name: &str, issuer: &str) -> String {
    let text = DEMO
        .replace("name = \"acme\"", &format!("name = \"{name}\""))
        .replace("issuer = \"http://localhost:8400\"", &format!("issuer = \"{issuer}\""));
    text + MORE
}

/// The server with two realms alike, but that proofs at the second need nonces, and one whose tokens live for a second.
pub(crate) fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let brief = realm_text("brief", "http://localhost:8400/brief").replacen(
            "\nlifetime = \"1h\"",
            "\nlifetime = \"1s\"",
            1,
        );
        Server::start(
            Launch::demo()
                .realm(realm_text("acme", "http://localhost:8400"))
                .realm(realm_text("other", "http://localhost:8400/other").replace("nonces = false", "nonces = true"))
                .realm(brief),
        )
    })
}

/// The first realm.
pub(crate) fn realm() -> Realm {
    server().realm()
}

/// A program that calls the API with one token.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) base: String,
    pub(crate) document: Value,
    pub(crate) token: Option<String>,
    pub(crate) http: reqwest::Client,
}

/// One call.
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) body: Option<Value>,
    pub(crate) headers: Vec<(&'a str, &'a str)>,
}

impl Api {
    /// Without a token.
    pub(crate) async fn of(realm: &Realm) -> Self {
        let mut agent = Agent::new();
        let reply = agent.get(&format!("{}/api/openapi.json", realm.issuer())).await;
        Self {
            http: agent.http,
            base: format!("{}/api/v1", realm.issuer()),
            document: reply.expect(200).json(),
            token: None,
        }
    }

    /// The operators' machine, with everything.
    pub(crate) async fn ops(realm: &Realm) -> Self {
        Self::as_client(realm, "ops", "grantd:*").await
    }

    /// A client's own token for the API with these scopes.
    pub(crate) async fn as_client(realm: &Realm, client_id: &str, scope: &str) -> Self {
        let api = Self::of(realm).await;
        let token = token(realm, client_id, scope, Some(&api.base)).await;
        api.with(&token)
    }

    /// The same with another token.
    pub(crate) fn with(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// Calls, and holds the reply against the document.
    pub(crate) async fn call(&self, request: Request<'_>) -> Reply {
        let url = format!("{}{}", self.base, request.path);
        let method = reqwest::Method::from_bytes(request.method.as_bytes()).unwrap();
        let mut builder = self.http.request(method, url);
        if let Some(token) = &self.token {
            builder = builder.bearer_auth(token);
        }
        if let Some(body) = &request.body {
            builder = builder
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        let reply = Agent::over(self.http.clone()).send(builder).await;
        let path = request.path.split('?').next().unwrap();
        let kind = reply.header("content-type").unwrap_or_default();
        if request.method != "HEAD" {
            shape::holds(&self.document, request.method, path, reply.status, kind, &reply.body);
        }
        reply
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.plain("GET", path, None).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.plain("DELETE", path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.plain("POST", path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.plain("PATCH", path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Reply {
        self.plain("PUT", path, Some(body)).await
    }

    pub(crate) async fn plain(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        let headers = Vec::new();
        self.call(Request {
            method,
            path,
            body,
            headers,
        })
        .await
    }

    /// Every item of a list, page by page.
    pub(crate) async fn all(&self, path: &str, limit: u32) -> Vec<Value> {
        let separator = if path.contains('?') { '&' } else { '?' };
        let (mut items, mut next) = (Vec::new(), None::<String>);
        loop {
            let cursor = next.map(|next| format!("&cursor={next}")).unwrap_or_default();
            let page = self.get(&format!("{path}{separator}limit={limit}{cursor}")).await;
            let page = page.expect(200).json();
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(cursor) => next = Some(cursor.to_owned()),
                None => return items,
            }
        }
    }

    /// The id of the user who logs in with this name.
    pub(crate) async fn user_id(&self, username: &str) -> String {
        let found = self.get(&format!("/users?username={username}")).await;
        found.expect(200).json()["items"][0]["id"].as_str().unwrap().to_owned()
    }
}

/// A client's own token.
pub(crate) async fn token(realm: &Realm, client_id: &str, scope: &str, resource: Option<&str>) -> String {
    let client = realm.client(client_id);
    token_with(realm, client_id, client.secret.as_deref().unwrap(), scope, resource)
        .await
        .expect(200)
        .json()["access_token"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// The reply to a client that asks for a token with this secret.
pub(crate) async fn token_with(
    realm: &Realm,
    client_id: &str,
    secret: &str,
    scope: &str,
    resource: Option<&str>,
) -> Reply {
    let mut form = vec![
        ("grant_type", "client_credentials"),
        ("client_id", client_id),
        ("client_secret", secret),
    ];
    form.extend((!scope.is_empty()).then_some(("scope", scope)));
    form.extend(resource.map(|resource| ("resource", resource)));
    Agent::new().post(&realm.token(), &form).await
}
