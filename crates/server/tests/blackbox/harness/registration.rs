//! Clients that register themselves, and what they then do.

use super::flow::{VERIFIER, challenge};
use super::realm::Client;
use super::{Agent, Flow, Realm, Reply};
use serde_json::{Value, json};

/// Sends a registration.
pub(crate) async fn register(realm: &Realm, metadata: &Value) -> Reply {
    let mut agent = Agent::new();
    let request = agent.http.post(realm.endpoint("registration_endpoint")).json(metadata);
    agent.send(request).await
}

/// The metadata of a desktop program, with what is different. Names make clients differ that would otherwise fold.
pub(crate) fn desktop(name: &str, changes: Value) -> Value {
    let mut metadata = json!({
        "client_name": name,
        "redirect_uris": ["http://127.0.0.1:41000/callback"],
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
    });
    for (member, value) in changes.as_object().unwrap() {
        metadata[member] = value.clone();
    }
    metadata
}

/// Asks the management endpoint of a registration.
pub(crate) async fn manage(method: &str, registration: &Value, token: &str, body: Option<&Value>) -> Reply {
    let mut agent = Agent::new();
    let url = registration["registration_client_uri"].as_str().unwrap();
    let request = agent.http.request(method.parse().unwrap(), url).bearer_auth(token);
    let request = match body {
        Some(body) => request.json(body),
        None => request,
    };
    agent.send(request).await
}

impl Flow {
    /// The flow of a client that registered itself: the reply of its registration says which.
    pub(crate) fn registered(realm: &Realm, registration: &Value) -> Self {
        let client = Client {
            id: registration["client_id"].as_str().unwrap().to_owned(),
            secret: registration["client_secret"].as_str().map(str::to_owned),
            redirect_uri: registration["redirect_uris"][0].as_str().unwrap().to_owned(),
        };
        let params = [
            ("response_type", "code"),
            ("client_id", &client.id),
            ("redirect_uri", &client.redirect_uri),
            ("code_challenge", &challenge(VERIFIER)),
            ("code_challenge_method", "S256"),
            ("state", "st a/te"),
        ];
        let params = params.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Self {
            realm: realm.clone(),
            client,
            user: realm.user(0),
            browser: Agent::new(),
            params,
        }
    }

    /// The same in a browser where the user at this position is logged in already.
    pub(crate) async fn registered_and_logged_in(realm: &Realm, registration: &Value, user: usize) -> Self {
        let known = Self::logged_in_as(realm, "ledger-web", user).await;
        let mut flow = Self::registered(realm, registration);
        flow.user = known.user;
        flow.browser = known.browser;
        flow
    }
}
