//! One realm of the ready line: addresses, users, clients.

use super::Server;
use grantd_jose::{Algorithm, HeaderPolicy, JwkSet, Jws, VerifyingKey};
use serde_json::Value;

/// A realm as the ready line describes it.
#[derive(Clone)]
pub(crate) struct Realm(pub(crate) Value);

/// A client as the ready line describes it.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    /// Its `client_id`.
    pub(crate) id: String,
    /// Its secret, unless it is public.
    pub(crate) secret: Option<String>,
    /// Its first redirect URI.
    pub(crate) redirect_uri: String,
}

/// A user as the ready line describes it.
#[derive(Clone, Debug)]
pub(crate) struct User {
    /// What they type.
    pub(crate) username: String,
    /// Their password.
    pub(crate) password: String,
    /// Their tenants.
    pub(crate) tenants: Vec<String>,
}

impl Realm {
    /// The issuer identifier.
    pub(crate) fn issuer(&self) -> String {
        text(&self.0["issuer"])
    }

    /// A member of the metadata document that is an address.
    pub(crate) fn endpoint(&self, name: &str) -> String {
        text(&self.0["metadata"][name])
    }

    /// The authorization endpoint.
    pub(crate) fn authorize(&self) -> String {
        self.endpoint("authorization_endpoint")
    }

    /// The token endpoint.
    pub(crate) fn token(&self) -> String {
        self.endpoint("token_endpoint")
    }

    /// The client with this id.
    pub(crate) fn client(&self, id: &str) -> Client {
        let clients = self.0["clients"].as_array().unwrap();
        let accounts = self.0["service_accounts"].as_array().unwrap();
        let found = clients.iter().chain(accounts).find(|client| client["client_id"] == id);
        let found = found.unwrap_or_else(|| panic!("no client {id}"));
        Client {
            id: id.to_owned(),
            secret: found["client_secret"].as_str().map(str::to_owned),
            redirect_uri: found["redirect_uris"][0].as_str().unwrap_or_default().to_owned(),
        }
    }

    /// The key that a demo client announces.
    pub(crate) fn key_of(&self, id: &str) -> super::Key {
        let clients = self.0["clients"].as_array().unwrap();
        let found = clients.iter().find(|client| client["client_id"] == id);
        super::Key::of_jwk(&found.unwrap()["private_jwk"])
    }

    /// What a JWT says that this realm signed: its header's `typ` and `alg`, and its claims.
    pub(crate) async fn signed(&self, token: &str) -> (Option<String>, String, Value) {
        let keys = super::Agent::new().get(&self.endpoint("jwks_uri")).await;
        let keys = JwkSet::parse(keys.body.as_bytes(), 20).unwrap();
        let jws = Jws::parse(token, &HeaderPolicy::STRICT).unwrap();
        let header = jws.header();
        let key = keys.candidates(header.kid(), header.alg()).next().unwrap();
        let key = VerifyingKey::from_jwk(key, &Algorithm::ALL).unwrap();
        let claims = jws.verify(&key).unwrap().claims().unwrap();
        let (typ, alg) = (header.typ().map(str::to_owned), header.alg().as_str().to_owned());
        (typ, alg, Value::Object(claims.members().clone()))
    }

    /// A user, by position.
    pub(crate) fn user(&self, index: usize) -> User {
        let user = &self.0["users"][index];
        User {
            username: text(&user["username"]),
            password: text(&user["password"]),
            tenants: user["tenants"].as_array().unwrap().iter().map(text).collect(),
        }
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("not a text: {value}"))
        .to_owned()
}

/// A server that several tests share, started by the first.
pub(crate) fn demo() -> &'static Server {
    static SERVER: std::sync::OnceLock<Server> = std::sync::OnceLock::new();
    SERVER.get_or_init(|| Server::start(super::Launch::demo()))
}
