//! Providers of OpenID Connect on this computer, one at each path of a listener. They say of a user what a test wants them to
//! say; some misbehave, and are called after how.

use super::Key;
use super::flow::challenge;
use super::html::{Form, Page};
use super::key::{fresh, now};
use super::{Flow, Reply};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use grantd_jose::Algorithm;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What the realm proves itself by.
pub(crate) const SECRET: &str = "provider-secret:with/odd+signs";
const CLIENT: &str = "grantd";

/// What an ID token will say, where it is not the usual.
#[derive(Clone)]
pub(crate) struct Said {
    /// Claims put in place, or taken away by `null`.
    pub(crate) claims: Vec<(&'static str, Value)>,
    /// The header.
    pub(crate) header: Value,
    /// Another key than the provider's.
    pub(crate) key: Option<Key>,
}

impl Said {
    /// The user with this subject.
    pub(crate) fn of(subject: &str) -> Self {
        Self {
            claims: vec![("sub", json!(subject))],
            header: json!({ "alg": "ES256", "kid": "one" }),
            key: None,
        }
    }

    /// The same with another claim.
    pub(crate) fn with(mut self, name: &'static str, value: Value) -> Self {
        self.claims.push((name, value));
        self
    }

    /// The same with a mail address that was verified.
    pub(crate) fn mail(self, address: &str) -> Self {
        self.with("email", json!(address)).with("email_verified", json!(true))
    }
}

struct Asked {
    params: BTreeMap<String, String>,
    said: Said,
}

struct State {
    base: String,
    key: Key,
    codes: Mutex<BTreeMap<String, Asked>>,
    paths: Mutex<Vec<String>>,
}

/// The listener.
#[derive(Clone)]
pub(crate) struct Provider(Arc<State>);

impl Provider {
    /// One that listens.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let state = Arc::new(State {
            base: format!("http://localhost:{}", listener.local_addr().unwrap().port()),
            key: Key::new(Algorithm::ES256),
            codes: Mutex::default(),
            paths: Mutex::default(),
        });
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || state.serve(stream));
            }
        });
        Self(state)
    }

    /// The table of the realm's file for the provider at this path.
    pub(crate) fn table(&self, name: &str, settings: &str) -> String {
        format!(
            "[[upstream]]\nname = \"{name}\"\ntitle = \"The {name} provider\"\nissuer = \"{}/{name}\"\n\
             client_id = \"{CLIENT}\"\nclient_secret = \"{SECRET}\"\n{settings}\n",
            self.0.base
        )
    }

    /// What a provider does with a browser that came to this address: the user logs in, and it sends them back. What is told
    /// of them is told for the code.
    pub(crate) fn answer(&self, url: &str, said: Said) -> String {
        let params = self.params(url);
        assert_eq!(params["response_type"], "code");
        assert_eq!(params["code_challenge_method"], "S256");
        assert!(params["scope"].split(' ').any(|scope| scope == "openid"));
        let code = format!("code-{}", fresh());
        let back = format!("{}?code={code}&state={}", params["redirect_uri"], params["state"]);
        let issuer = url.split("/authorize").next().unwrap();
        let asked = Asked { params, said };
        self.0.codes.lock().unwrap().insert(code, asked);
        if issuer.ends_with("/names") {
            format!("{back}&iss={issuer}")
        } else {
            back
        }
    }

    /// What it is asked by an address.
    pub(crate) fn params(&self, url: &str) -> BTreeMap<String, String> {
        assert!(url.starts_with(&self.0.base), "{url}");
        let url = url::Url::parse(url).unwrap();
        url.query_pairs().into_owned().collect()
    }

    /// How often a path was asked for.
    pub(crate) fn count(&self, path: &str) -> usize {
        self.0
            .paths
            .lock()
            .unwrap()
            .iter()
            .filter(|asked| *asked == path)
            .count()
    }
}

impl State {
    fn serve(&self, mut stream: TcpStream) {
        let Some((path, head, body)) = received(&mut stream) else {
            return;
        };
        self.paths.lock().unwrap().push(path.clone());
        let (name, place) = path[1..].split_once('/').unwrap_or_default();
        match place {
            ".well-known/openid-configuration" => self.metadata(name, &mut stream),
            "jwks" => {
                let mut key = self.key.public.clone();
                key["kid"] = json!("one");
                reply(&mut stream, "200 OK", &json!({ "keys": [key] }).to_string());
            }
            "token" => match self.redeemed(name, &head, &body) {
                Some(tokens) => reply(&mut stream, "200 OK", &tokens.to_string()),
                None => reply(&mut stream, "400 Bad Request", r#"{"error":"invalid_grant"}"#),
            },
            _ => reply(&mut stream, "404 Not Found", "{}"),
        }
    }

    fn metadata(&self, name: &str, stream: &mut TcpStream) {
        let issuer = format!("{}/{name}", self.base);
        let mut document = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "jwks_uri": format!("{issuer}/jwks"),
        });
        match name {
            "names" => document["authorization_response_iss_parameter_supported"] = json!(true),
            "form" => document["token_endpoint_auth_methods_supported"] = json!(["client_secret_post"]),
            "liar" => document["issuer"] = json!("https://accounts.example"),
            "inside" => document["token_endpoint"] = json!("http://10.0.0.1/token"),
            "huge" => document["padding"] = json!("x".repeat(1024 * 1024)),
            "moved" => {
                let head = format!(
                    "HTTP/1.1 302 Found\r\nLocation: {}/corp/jwks\r\nContent-Length: 0\r\n\r\n",
                    self.base
                );
                let _ = stream.write_all(head.as_bytes());
                return;
            }
            "slow" => {
                // One byte of many, and then nothing until the other side has had enough.
                let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{";
                let _ = stream.write_all(head.as_bytes());
                let _ = stream.read(&mut [0; 16]);
                return;
            }
            _ => {}
        }
        reply(stream, "200 OK", &document.to_string());
    }

    /// Tokens for a code that is redeemed as it must be: once, by whom it is for, with the verifier.
    fn redeemed(&self, name: &str, head: &str, body: &str) -> Option<Value> {
        let form: BTreeMap<String, String> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let asked = self.codes.lock().unwrap().remove(form.get("code")?)?;
        let mut encoded = String::new();
        grantd_protocol::params::encode_into(SECRET, &mut encoded);
        let basic = format!(
            "authorization: basic {}",
            STANDARD.encode(format!("{CLIENT}:{encoded}"))
        );
        let has_basic = head.lines().any(|line| line.eq_ignore_ascii_case(&basic));
        let has_secret = if name == "form" {
            form.get("client_secret")? == SECRET && !head.to_lowercase().contains("authorization:")
        } else {
            has_basic && !form.contains_key("client_secret")
        };
        let fits = has_secret
            && form["grant_type"] == "authorization_code"
            && form["redirect_uri"] == asked.params["redirect_uri"]
            && challenge(&form["code_verifier"]) == asked.params["code_challenge"];
        fits.then(|| {
            let mut claims = json!({
                "iss": format!("{}/{name}", self.base), "aud": CLIENT, "nonce": asked.params["nonce"], "iat": now(),
                "exp": now() + 300, "auth_time": now(),
            });
            for (name, value) in asked.said.claims {
                claims.as_object_mut().unwrap().remove(name);
                if !value.is_null() {
                    claims[name] = value;
                }
            }
            let key = asked.said.key.as_ref().unwrap_or(&self.key);
            json!({ "access_token": "a", "token_type": "Bearer", "id_token": key.sign(&asked.said.header, &claims) })
        })
    }
}

/// Path, head and body of a request.
fn received(stream: &mut TcpStream) -> Option<(String, String, String)> {
    let (mut held, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&held).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.to_lowercase();
            let length = length.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
            if body.len() >= length {
                let path = head.split(' ').nth(1)?.to_owned();
                return Some((path, head.to_owned(), body.to_owned()));
            }
        }
        match stream.read(&mut buffer) {
            Ok(length @ 1..) => held.extend_from_slice(&buffer[..length]),
            _ => return None,
        }
    }
}

fn reply(stream: &mut TcpStream, status: &str, body: &str) {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    // Whoever has read enough may be gone.
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(body.as_bytes());
}

/// The form with a provider's button.
#[track_caller]
pub(crate) fn button(page: &Page, name: &str) -> Form {
    let count = page.elements.iter().filter(|element| element.tag == "form").count();
    let mut forms = (1..=count).map(|number| page.form(number));
    let ending = format!("/login/with/{name}");
    forms
        .find(|form| form.action.ends_with(&ending))
        .unwrap_or_else(|| panic!("no button for {name}"))
}

/// Presses a provider's button on the login page of a flow.
pub(crate) async fn leave(flow: &mut Flow, name: &str) -> Reply {
    let page = flow.ask().await.page(200);
    flow.submit(&button(&page, name)).await
}

/// Where the page leads that a button leads to.
#[track_caller]
pub(crate) fn way(reply: &Reply) -> String {
    let page = reply.page(200);
    let link = page
        .by_id("continue")
        .unwrap_or_else(|| panic!("no way on: {}", reply.body));
    link.get("href").unwrap().to_owned()
}
