//! Status codes, headers, and who is believed.

use super::{api_key, ask, bearer, nginx, stage, token};
use crate::harness::flow::post_as;
use crate::harness::{Agent, Reply};
use std::io::{Read as _, Write as _};

const NAMES: [&str; 6] = [
    "x-grantd-subject",
    "x-grantd-client",
    "x-grantd-tenant",
    "x-grantd-scopes",
    "x-grantd-grant",
    "x-grantd-token-id",
];

fn identity(reply: &Reply) -> Vec<String> {
    NAMES
        .iter()
        .map(|name| reply.header(name).unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_pass_is_200_with_every_identity_header_and_spoofed_ones_are_replaced() {
    let s = stage();
    let token = token(&s.plain, "invoices:read customers:read", None).await;
    let spoofed = [
        ("Authorization", bearer(&token)),
        ("X-Grantd-Subject", "admin".to_owned()),
        ("X-Grantd-Tenant", "globex".to_owned()),
        ("X-Original-Method", "GET".to_owned()),
        ("X-Original-URL", "https://api.example/v1".to_owned()),
    ];
    let headers: Vec<(&str, &str)> = spoofed.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let url = format!("{}/gate/nginx?scope=invoices:read", s.plain.issuer());
    let reply = ask(&url, &headers).await;
    assert_eq!((reply.status, reply.body.as_str()), (200, ""));
    let told = identity(&reply);
    assert_eq!(
        told[..5],
        ["nightly-export", "nightly-export", "-", "invoices:read", "-"]
    );
    assert!(told[5].len() > 10, "{told:?}");
    assert_eq!(reply.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn a_key_passes_in_its_header_and_as_a_bearer_but_not_in_both() {
    let s = stage();
    let key = api_key(&s.routed);
    let as_bearer = bearer(&key);
    for header in [("x-api-key", key.as_str()), ("authorization", as_bearer.as_str())] {
        let told = identity(nginx(&s.routed, "GET", "/v1/invoices/7", &[header]).await.expect(200));
        assert!(told[0].starts_with("api_key:"), "{told:?}");
        assert_eq!(told[1..5], ["-", "acme-berlin", "invoices:read", "-"]);
    }
    let both = [("x-api-key", key.as_str()), ("authorization", as_bearer.as_str())];
    nginx(&s.routed, "GET", "/v1/invoices/7", &both).await.expect(401);
    // A token in the header of keys is no key.
    let token = token(&s.routed, "invoices:read", None).await;
    nginx(&s.routed, "GET", "/v1/invoices/7", &[("x-api-key", &token)])
        .await
        .expect(401);
}

#[tokio::test]
async fn no_token_and_a_bad_token_are_401_with_a_challenge() {
    let s = stage();
    let reply = nginx(&s.routed, "GET", "/v1/invoices/7", &[]).await;
    assert_eq!(reply.status, 401);
    let challenge = reply.all("www-authenticate").remove(0);
    let document = format!(
        "resource_metadata=\"http://localhost:{}/.well-known/oauth-protected-resource/api\"",
        s.server.port()
    );
    assert!(challenge.starts_with("Bearer realm=\"routed\""), "{challenge}");
    assert!(
        challenge.contains("scope=\"invoices:read\"") && challenge.contains(&document),
        "{challenge}"
    );
    assert!(!challenge.contains("error="), "{challenge}");
    for bad in ["Bearer x", "Bearer eyJhbGciOiJub25lIn0.e30.", "bearer  rk"] {
        let reply = nginx(&s.routed, "GET", "/v1/invoices/7", &[("authorization", bad)]).await;
        assert_eq!(reply.status, 401);
        assert!(reply.all("www-authenticate")[0].contains("error=\"invalid_token\""));
        assert!(NAMES.iter().all(|name| reply.header(name).is_none()));
    }
}

#[tokio::test]
async fn nginx_is_told_every_challenge_in_one_line_and_others_in_two() {
    let s = stage();
    let reply = nginx(&s.routed, "GET", "/v1/invoices/7", &[]).await;
    let [line] = reply.all("www-authenticate").try_into().unwrap();
    assert!(
        line.starts_with("Bearer realm=") && line.contains(", DPoP realm="),
        "{line}"
    );
    let headers = [
        ("x-forwarded-method", "GET"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "api.example"),
        ("x-forwarded-uri", "/v1/invoices/7"),
    ];
    let reply = ask(&format!("{}/gate/caddy", s.routed.issuer()), &headers).await;
    assert_eq!(reply.all("www-authenticate").len(), 2);
}

#[tokio::test]
async fn a_missing_permission_is_403_that_names_all_of_them() {
    let s = stage();
    let token = token(&s.routed, "invoices:write", None).await;
    let reply = nginx(
        &s.routed,
        "POST",
        "/v1/invoices/7",
        &[("authorization", &bearer(&token))],
    )
    .await;
    reply.refused(403, "insufficient_scope");
    let challenge = reply.all("www-authenticate").remove(0);
    assert!(
        challenge.contains("scope=\"invoices:write invoices:send\""),
        "{challenge}"
    );
}

#[tokio::test]
async fn a_revoked_token_is_refused_at_once() {
    let s = stage();
    for format in [&s.plain, &s.routed] {
        let token = token(format, "invoices:read", None).await;
        let bearer = bearer(&token);
        let url = if format.issuer() == s.plain.issuer() {
            "?scope=invoices:read"
        } else {
            ""
        };
        let url = format!("{}/gate/nginx{url}", format.issuer());
        let headers = [
            ("authorization", bearer.as_str()),
            ("x-original-method", "GET"),
            ("x-original-url", "https://api.example/v1/invoices/7"),
        ];
        ask(&url, &headers).await.expect(200);
        let form = [("token", token.as_str())];
        post_as(
            &format.client("nightly-export"),
            &format.endpoint("revocation_endpoint"),
            &form,
        )
        .await
        .expect(200);
        ask(&url, &headers).await.expect(401);
    }
}

#[tokio::test]
async fn a_token_of_another_realm_or_another_api_is_refused() {
    let s = stage();
    let foreign = token(&s.plain, "invoices:read", None).await;
    nginx(
        &s.routed,
        "GET",
        "/v1/invoices/7",
        &[("authorization", &bearer(&foreign))],
    )
    .await
    .expect(401);
    let own = token(&s.routed, "invoices:read", None).await;
    let reply = nginx(&s.routed, "GET", "/other", &[("authorization", &bearer(&own))]).await;
    reply.refused(401, "invalid_token");
    let challenge = reply.all("www-authenticate").remove(0);
    assert!(
        challenge.contains("https://other.example/.well-known/oauth-protected-resource/v1"),
        "{challenge}"
    );
    let other = token(&s.routed, "invoices:read", Some("https://other.example/v1")).await;
    nginx(&s.routed, "GET", "/other", &[("authorization", &bearer(&other))])
        .await
        .expect(200);
}

#[tokio::test]
async fn each_proxy_asks_in_its_own_way() {
    let s = stage();
    let bearer = bearer(&token(&s.routed, "invoices:read", None).await);
    let gate = format!("{}/gate", s.routed.issuer());
    for proxy in ["traefik", "caddy"] {
        let mut headers = vec![
            ("authorization", bearer.as_str()),
            ("x-forwarded-method", "GET"),
            ("x-forwarded-proto", "wss"),
            ("x-forwarded-host", "api.example"),
            ("x-forwarded-uri", "/v1/invoices/7?x=1"),
        ];
        ask(&format!("{gate}/{proxy}"), &headers).await.expect(200);
        headers.remove(1);
        ask(&format!("{gate}/{proxy}"), &headers)
            .await
            .refused(403, "access_denied");
    }
    // Envoy asks with the request's own method, below a prefix, under the request's own host.
    let mut agent = Agent::new();
    for (method, path, status) in [
        ("GET", "/v1/invoices/7?x=1", 200),
        ("HEAD", "/v1/invoices/7", 200),
        ("DELETE", "/v1/invoices/7", 403),
        ("GET", "/v1/x%5cy", 403),
        ("GET", "//v1/invoices/7", 403),
    ] {
        let url = format!("http://127.0.0.1:{}/routed/gate/envoy{path}", s.server.port());
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let request = agent.http.request(method, url).header("host", "api.example");
        let reply = agent.send(request.header("authorization", &bearer)).await;
        assert_eq!(reply.status, status, "{path} {}", reply.body);
    }
    // A host that no route names leads nowhere.
    let url = format!("http://127.0.0.1:{}/routed/gate/envoy/v1/invoices/7", s.server.port());
    let request = agent
        .http
        .get(url)
        .header("host", "evil.example")
        .header("authorization", &bearer);
    assert_eq!(agent.send(request).await.status, 421);
}

#[tokio::test]
async fn without_routes_the_query_says_what_is_needed_and_never_the_clients_own() {
    let s = stage();
    let bearer = bearer(&token(&s.plain, "invoices:read", None).await);
    let gate = format!("{}/gate", s.plain.issuer());
    let ask = async |proxy: &str, query: &str, uri: &str| {
        let headers = [
            ("authorization", bearer.as_str()),
            ("x-forwarded-method", "GET"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "api.example"),
            ("x-forwarded-uri", uri),
        ];
        super::ask(&format!("{gate}/{proxy}{query}"), &headers).await.status
    };
    assert_eq!(ask("traefik", "?scope=invoices:read", "/v1?scope=").await, 200);
    assert_eq!(ask("traefik", "?scope=invoices:write", "/v1").await, 403);
    for query in [
        "",
        "?",
        "?scop=invoices:read",
        "?scope=invoices:raed",
        "?scope=a&scope=b",
        "?resource=https://no.example",
    ] {
        assert_ne!(ask("traefik", query, "/v1").await, 200, "{query}");
    }
    // Caddy puts the client's query behind an address without one.
    assert_eq!(ask("caddy", "?scope=invoices:read", "/v1?x=1").await, 200);
    assert_eq!(
        ask("caddy", "?scope=invoices:read", "/v1?scope=invoices:read").await,
        403
    );
    assert_eq!(ask("envoy/v1", "?scope=invoices:read", "/v1").await, 403);
    // nginx may tell nothing at all, where its own configuration says everything.
    let url = format!(
        "{gate}/nginx?scope=invoices:read&resource=http://localhost:{}/api",
        s.server.port()
    );
    super::ask(&url, &[("authorization", &bearer)]).await.expect(200);
}

#[tokio::test]
async fn a_realm_with_routes_is_not_weakened_by_a_query() {
    let s = stage();
    let bearer = bearer(&token(&s.routed, "invoices:read", None).await);
    let headers = [
        ("authorization", bearer.as_str()),
        ("x-original-method", "GET"),
        ("x-original-url", "https://api.example/admin/x"),
    ];
    let gate = format!("{}/gate/nginx", s.routed.issuer());
    ask(&gate, &headers).await.refused(403, "insufficient_scope");
    ask(&format!("{gate}?scope=invoices:read"), &headers)
        .await
        .refused(403, "access_denied");
}

#[tokio::test]
async fn whatever_the_guarded_request_says_of_its_body_nobody_waits_for_it() {
    let s = stage();
    let token = token(&s.plain, "invoices:read", None).await;
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", s.server.port())).unwrap();
    let head = format!(
        "POST /gate/nginx?scope=invoices:read HTTP/1.1\r\nhost: localhost:{}\r\ncontent-length: 9999\r\n\
         authorization: Bearer {token}\r\n\r\n",
        s.server.port()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream
        .set_read_timeout(Some(std::time::Duration::from_secs(60)))
        .unwrap();
    let mut reply = [0; 15];
    stream.read_exact(&mut reply).unwrap();
    assert_eq!(&reply, b"HTTP/1.1 200 OK");
}
