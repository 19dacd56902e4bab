//! The requests as bytes: what each kind of caller sends to which endpoint.
//!
//! It must not know what is compared with what.

use std::net::SocketAddr;

use anyhow::Result;

use crate::flow::encode;
use crate::product::{Realm, endpoint};
use crate::script::{Expected, Script, Source, Template, VALUE};
use crate::seed::{Client, REDIRECT_URI};

/// The pair of RFC 7636 appendix B: the measurement has no secrets to keep.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// A request for whatever the client gets by default.
pub(crate) const DEFAULT_SCOPES: &str = "grant_type=client_credentials";

/// The path and query of an authorization request of `client`.
///
/// # Errors
/// When the endpoint is not on plain HTTP.
pub fn authorization(realm: &Realm, client: &Client, scopes: &[String]) -> Result<(SocketAddr, String)> {
    let (at, path) = endpoint(&realm.metadata.authorization_endpoint)?;
    let (client, asked) = (encode(&client.client_id), pushed_body(scopes));
    Ok((at, format!("{path}?client_id={client}&{asked}")))
}

/// What an authorization request asks for, and with it what is pushed of one (RFC 9126 section 2.1).
pub(crate) fn pushed_body(scopes: &[String]) -> String {
    format!(
        "response_type=code&redirect_uri={}&scope={}&state=bench&code_challenge={CHALLENGE}&code_challenge_method=S256",
        encode(REDIRECT_URI),
        encode(&scopes.join(" ")),
    )
}

/// The path and query of an authorization request that was pushed; its value is the reference.
pub(crate) fn authorization_by_reference(path: &str, client: &Client) -> String {
    format!("{path}?client_id={}&request_uri={VALUE}", encode(&client.client_id))
}

pub(crate) fn plain(templates: Vec<Template>) -> Script {
    Script {
        templates,
        source: Source::Templates,
        replies: vec![Expected::OK],
    }
}

/// `host` is what the ceiling and the product are addressed as; the product serves its issuer's host and no other.
pub(crate) fn posts(path: &str, host: SocketAddr, clients: &[Client], body: &str) -> Vec<Template> {
    clients
        .iter()
        .map(|client| Template {
            head: format!(
                "POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {}\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\n",
                client.authorization()
            ),
            body: Some(body.to_owned()),
        })
        .collect()
}

/// `client_credentials` with a proof of possession for a value.
pub(crate) fn bound_posts(path: &str, host: SocketAddr, clients: &[Client], scopes: &[String]) -> Vec<Template> {
    let mut templates = posts(path, host, clients, &issue_body(scopes));
    for template in &mut templates {
        template.head.push_str(&format!("DPoP: {VALUE}\r\n"));
    }
    templates
}

/// What nginx asks about a request that came with a token, which is the value.
pub(crate) fn gate(path: &str, host: SocketAddr) -> String {
    let headers = format!(
        "X-Original-Method: GET\r\nX-Original-URL: https://api.bench.example/v1/orders/7\r\n\
         Authorization: Bearer {VALUE}\r\n"
    );
    get(path, host, &headers)
}

/// `client_credentials` as the dialect of the realm file spells it.
pub(crate) fn dialect_posts(path: &str, host: SocketAddr, clients: &[Client], scopes: &[String]) -> Vec<Template> {
    let scope = machine_scopes(scopes).join(",");
    clients
        .iter()
        .map(|client| Template {
            head: format!(
                "POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {}\r\nContent-Type: application/json\r\n",
                client.authorization()
            ),
            body: Some(format!(r#"{{"grantType":"client_credentials","scope":"{scope}"}}"#)),
        })
        .collect()
}

/// The path of an authorization request, with one parameter more.
pub(crate) fn with_parameter(path: &str, parameter: &str) -> String {
    format!("{path}&{parameter}")
}

pub(crate) fn get(path: &str, host: SocketAddr, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}")
}

pub(crate) fn issue_body(scopes: &[String]) -> String {
    let scope = encode(&machine_scopes(scopes).join(" "));
    format!("grant_type=client_credentials&scope={scope}")
}

/// Two scopes are what a machine client usually asks for; offline access is not for it.
fn machine_scopes(scopes: &[String]) -> Vec<&str> {
    let platform = scopes.iter().map(String::as_str).filter(|scope| is_platform(scope));
    platform.take(2).collect()
}

pub(crate) fn code_body() -> String {
    format!(
        "grant_type=authorization_code&redirect_uri={}&code_verifier={VERIFIER}&code=",
        encode(REDIRECT_URI)
    )
}

fn is_platform(scope: &str) -> bool {
    !matches!(
        scope,
        "openid" | "profile" | "email" | "phone" | "address" | "offline_access"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_client_does_not_ask_for_what_belongs_to_a_user() {
        let scopes = ["openid", "orders:read", "offline_access", "orders:write", "x"].map(str::to_owned);
        assert_eq!(
            issue_body(&scopes),
            "grant_type=client_credentials&scope=orders%3Aread%20orders%3Awrite"
        );
    }
}
