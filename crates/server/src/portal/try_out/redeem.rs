//! A code at the token endpoint of this very process: the request that an application would send, the reply, and what its
//! tokens say. What is shown of secrets are their first characters.

use crate::config::Endpoint;
use crate::error::{Failure, Fault};
use crate::interaction::home::endpoint_path;
use crate::oauth::token;
use crate::request::Request;
use crate::signed_in::{Halt, Visit};
use grantd_jose::base64url_decode;
use grantd_protocol::RawParams;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Map, Value};

/// Members whose values are not shown.
const SECRETS: &[&str] = &[
    "access_token",
    "refresh_token",
    "id_token",
    "code",
    "code_verifier",
    "client_secret",
];

/// What came of a code.
pub(super) struct Redeemed {
    /// The request, without its secrets.
    pub(super) request: String,
    /// The reply, without its tokens.
    pub(super) reply: String,
    /// What the tokens say that can be read.
    pub(super) decoded: Vec<String>,
    status: StatusCode,
}

impl Redeemed {
    /// Whether tokens came back.
    pub(super) fn is_good(&self) -> bool {
        self.status.is_success()
    }
}

/// Sends the code to the token endpoint.
///
/// # Errors
/// When the request cannot be made; what the endpoint refuses is a reply.
pub(super) async fn redeem(
    visit: &Visit<'_>,
    client_id: &str,
    code: &str,
    redirect_uri: &str,
    verifier: &str,
    secret: Option<&str>,
) -> Result<Redeemed, Halt> {
    let broken = || Failure::Fault(Fault::Broken("a token request could not be made"));
    let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut sent = vec![
        own("grant_type", "authorization_code"),
        own("client_id", client_id),
        own("code", code),
        own("redirect_uri", redirect_uri),
        own("code_verifier", verifier),
    ];
    sent.extend(secret.map(|secret| own("client_secret", secret)));
    let page = visit.request;
    let url = page.realm.config.endpoints.url(Endpoint::Token);
    let request = shown_request(url, &sent);
    let params = RawParams::from_pairs(sent).map_err(|_| broken())?;
    let made = http::Request::builder()
        .method(Method::POST)
        .uri(endpoint_path(&page.realm.config, page.issuer, Endpoint::Token))
        .header(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        )
        .body(());
    let (parts, ()) = made.map_err(|_| broken())?.into_parts();
    let asked = Request {
        parts: &parts,
        body: params.to_form().into(),
        drawn_browser: std::sync::OnceLock::new(),
        concerned: std::sync::OnceLock::new(),
        shown_certificate: None,
        ..*page
    };
    // Boxed: it is as large as its largest grant.
    let reply = Box::pin(token::handle(&asked)).await;
    let status = reply.status();
    let body = reply.into_body().collect().await.map_err(|_| broken())?.to_bytes();
    let members: Map<String, Value> = serde_json::from_slice(&body).unwrap_or_default();
    Ok(Redeemed {
        request,
        reply: shown_reply(status, &members),
        decoded: ["access_token", "id_token"]
            .into_iter()
            .filter_map(|name| decoded(name, &members))
            .collect(),
        status,
    })
}

fn shown_request(url: &str, sent: &[(String, String)]) -> String {
    let mut text = format!("POST {url}\n");
    for (name, value) in sent {
        let value = if SECRETS.contains(&name.as_str()) {
            masked(value)
        } else {
            value.clone()
        };
        text.push_str(&format!("\n  {name}={value}"));
    }
    text
}

fn shown_reply(status: StatusCode, members: &Map<String, Value>) -> String {
    let mut shown = members.clone();
    for name in SECRETS {
        if let Some(value) = shown.get_mut(*name) {
            *value = masked(value.as_str().unwrap_or_default()).into();
        }
    }
    format!(
        "{status}\n\n{}",
        serde_json::to_string_pretty(&shown).unwrap_or_default()
    )
}

/// What a token says, where it is a JWT; its signature is left out, so that what is shown is none.
fn decoded(name: &str, members: &Map<String, Value>) -> Option<String> {
    let token = members.get(name)?.as_str()?;
    let mut pieces = token.split('.');
    let (header, payload) = (pieces.next()?, pieces.next()?);
    pieces.next()?;
    let read = |piece: &str| -> Option<String> {
        let value: Value = serde_json::from_slice(&base64url_decode(piece).ok()?).ok()?;
        serde_json::to_string_pretty(&value).ok()
    };
    Some(format!("{name}\n\n{}\n.\n{}", read(header)?, read(payload)?))
}

/// The beginning of a secret.
pub(super) fn masked(secret: &str) -> String {
    let begin: String = secret.chars().take(6).filter(|one| !one.is_control()).collect();
    format!("{begin}…")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn no_secret_is_shown_and_no_token_that_could_be_used() {
        let token = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl";
        let Value::Object(members) = json!({ "access_token": token, "refresh_token": "rt_abcdefghijkl", "scope": "a" })
        else {
            panic!()
        };
        let reply = shown_reply(StatusCode::OK, &members);
        assert!(reply.contains("\"rt_abc…\"") && !reply.contains("defghijkl") && !reply.contains("c2lnbmF0dXJl"));
        let said = decoded("access_token", &members).unwrap();
        assert!(said.contains("\"ada\"") && !said.contains("c2lnbmF0dXJl"));
        let sent = [("client_secret".to_owned(), "abcdefghijkl".to_owned())];
        assert!(!shown_request("https://id.example/token", &sent).contains("ghijkl"));
        assert!(decoded("refresh_token", &members).is_none());
    }
}
