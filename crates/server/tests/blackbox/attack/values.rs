//! Rows of the authorization request whose values are nearly right: ids, addresses, types, scopes, hints and references
//! beside those that were written down first.

use super::stage::{Stage, accepted, sent_back, stays_here};
use super::{Rows, rows};
use crate::harness::{Flow, Reply};
use serde_json::json;
use std::net::TcpListener;

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "Y01" => ids_that_look_alike,
    "Y02" => addresses_that_look_alike,
    "Y03" => addresses_twice,
    "Y04" => loopback_by_other_names,
    "Y05" => types_that_are_missing,
    "Y06" => modes_that_carry_tokens,
    "Y07" => states_that_end_lines,
    "Y08" => scopes_of_other_characters,
    "Y09" => ages_that_are_no_numbers,
    "Y10" => somebody_else_by_claims,
    "Y11" => resources_that_are_none,
    "Y12" => references_to_elsewhere,
    "Y13" => details_that_nobody_declared,
    "Y14" => consent_to_more_than_was_asked,
};

async fn ids_that_look_alike(s: S) {
    let unknown = stays_here(s.flow("rp").with("client_id", "nobody-knows-it")).await;
    for id in [
        "RP",
        "rp ",
        " rp",
        "rp\0",
        "rp\r\nset-cookie: a=b",
        "rp%00",
        "r\u{440}",
        "*",
        "rp,ledger-web",
        "../rp",
        "'--",
        &"r".repeat(4000),
    ] {
        let page = stays_here(s.flow("rp").with("client_id", id)).await;
        assert!(
            page.by_id("error").is_some() && page.elements.len() == unknown.elements.len(),
            "{id:?} is told apart"
        );
    }
}

async fn addresses_that_look_alike(s: S) {
    for uri in [
        "https://rp.example/cb\r\nset-cookie: a=b",
        "https://rp.example/./cb",
        "https://rp.example/cb?",
        "https://rp.example/cb&",
        "https://rp.example/cb;x",
        "https://rp.example/cb%00",
        "https://rp.example/cb%0d%0a",
        "https://rp.example:443/cb",
        "https://rp.example:0443/cb",
        "https://rp.example\\@evil.example/cb",
        "https://rp.example%2f@evil.example/cb",
        "https://evil.example/https://rp.example/cb",
        "https://evil.example?https://rp.example/cb",
        "https://evil.example#https://rp.example/cb",
        "https:rp.example/cb",
        "https:/rp.example/cb",
        "https:///rp.example/cb",
        "https://rp.example/cb ",
        " https://rp.example/cb",
        "HTTPS://rp.example/cb",
        "https://rp.example/cb\u{200b}",
        "https://rp\u{3002}example/cb",
        "https://xn--rp-6kc.example/cb",
        "https://rp.exampl\u{ff45}/cb",
        "vbscript:msgbox(1)",
        "file:///etc/passwd",
        "blob:https://rp.example/x",
        "about:blank",
        "/cb",
        "cb",
        "*",
        "https://*.example/cb",
    ] {
        let page = stays_here(s.flow("rp").with("redirect_uri", uri)).await;
        let leading = page
            .addresses()
            .into_iter()
            .find(|address| address.contains(uri.trim()));
        assert!(
            leading.is_none() || uri == "cb" || uri == "*" || uri == "/cb",
            "{uri:?}: {leading:?}"
        );
    }
}

async fn addresses_twice(s: S) {
    for second in [
        "https://rp.example/cb",
        "https://evil.example/cb",
        "https://rp.example/other",
    ] {
        let page = stays_here(s.flow("rp").also("redirect_uri", second)).await;
        assert!(!page.addresses().iter().any(|address| address.contains("evil.example")));
    }
    stays_here(
        s.flow("ledger-web")
            .with("redirect_uri", "")
            .also("redirect_uri[]", "https://rp.example/cb")
            .also("redirect_uri", ""),
    )
    .await;
}

async fn loopback_by_other_names(s: S) {
    for uri in [
        "http://127.0.0.2:3000/callback",
        "http://127.1:3000/callback",
        "http://0x7f.0.0.1:3000/callback",
        "http://2130706433:3000/callback",
        "http://0177.0.0.1:3000/callback",
        "http://0.0.0.0:3000/callback",
        "http://[::ffff:127.0.0.1]:3000/callback",
        "http://[::1]:3000/callback",
        "https://127.0.0.1:3000/callback",
        "http://127.0.0.1:3000/callback/",
        "http://127.0.0.1:3000/callback#x",
        "http://u@127.0.0.1:3000/callback",
        "http://127.0.0.1@evil.example:3000/callback",
        "http://127.0.0.1:3000@evil.example/callback",
        "http://127.0.0.1:3000:80/callback",
        "http://127.0.0.1:3000\\@evil.example/callback",
    ] {
        stays_here(s.flow("native-4").with("redirect_uri", uri)).await;
    }
    for uri in [
        "http://LOCALHOST:3000/callback",
        "http://localhost.:3000/callback",
        "http://localhost.evil.example:3000/callback",
    ] {
        stays_here(s.flow("ledger-desktop").with("redirect_uri", uri)).await;
    }
}

async fn types_that_are_missing(s: S) {
    sent_back(s.flow("rp").with("response_type", ""), "invalid_request").await;
    for kind in ["none", "CODE", "code,token", "code%20token", "id_token token", "device"] {
        sent_back(s.flow("rp").with("response_type", kind), "unsupported_response_type").await;
    }
    sent_back(s.flow("rp").also("response_type", "code"), "invalid_request").await;
}

async fn modes_that_carry_tokens(s: S) {
    for mode in [
        "fragment",
        "web_message",
        "okta_post_message",
        "QUERY",
        "query fragment",
    ] {
        sent_back(s.flow("rp").with("response_mode", mode), "invalid_request").await;
    }
}

async fn states_that_end_lines(s: S) {
    for state in [
        "a\r\nx-injected: 1\r\n\r\n<b>",
        "%0d%0a",
        "\u{2028}\u{202e}",
        "a&code=stolen&iss=evil",
        "#code=x",
    ] {
        let mut flow = s.flow("rp").with("prompt", "none").with("state", state);
        let reply = flow.ask().await;
        let told = reply.redirect("https://rp.example/cb");
        assert_eq!(told["state"], state);
        assert_eq!(told["iss"], s.realm.issuer());
        assert!(!told.contains_key("code") && reply.header("x-injected").is_none());
    }
}

async fn scopes_of_other_characters(s: S) {
    for scope in [
        "openid\topenid",
        "openid\nemail",
        "customers:read\"",
        "customers\\read",
        "c\u{fc}stomers:read",
        "openid\u{a0}email",
    ] {
        sent_back(s.flow("rp").with("scope", scope), "invalid_scope").await;
    }
}

async fn ages_that_are_no_numbers(s: S) {
    for age in [
        "-1",
        "1e9",
        "1.5",
        "0x10",
        " 1",
        "99999999999999999999999",
        "NaN",
        "\u{661}",
    ] {
        let reply = s.flow("rp").with("max_age", age).ask().await;
        let told = reply.redirect("https://rp.example/cb");
        assert_eq!(told["error"], "invalid_request", "{age}");
    }
    for age in ["0", "4294967295", "9223372036854775807", "18446744073709551615"] {
        let reply = s.flow("rp").with("max_age", age).ask().await;
        assert!(matches!(reply.status, 200 | 303), "{age}: {}", reply.status);
    }
}

/// OpenID Connect Core section 5.5.1: who is asked for by name is answered about, or nobody is.
async fn somebody_else_by_claims(s: S) {
    let claims = json!({ "id_token": { "sub": { "value": "somebody-else" } } }).to_string();
    let flow = s.user("rp").await.with("scope", "openid").with("claims", &claims);
    sent_back(flow.with("prompt", "none"), "login_required").await;
    for broken in [
        "x",
        "[]",
        "1",
        "\"x\"",
        "{\"id_token\":1}",
        "{\"id_token\":{\"sub\":1}}",
        "{\"id_token\":{},\"id_token\":{}}",
    ] {
        let flow = s.flow("rp").with("scope", "openid").with("claims", broken);
        sent_back(flow, "invalid_request").await;
    }
}

async fn resources_that_are_none(s: S) {
    for resource in [
        "http://localhost:8400/api#x",
        "http://localhost:8400/api?x=1",
        "http://localhost:8400/API",
        "http://localhost:8400/api/../api",
        "/api",
        "api",
        "urn:x",
        "http://u@localhost:8400/api",
        "javascript:alert(1)",
        "http://localhost:8400/api http://localhost:8400/api",
    ] {
        sent_back(s.flow("rp").with("resource", resource), "invalid_target").await;
    }
    let both = s
        .flow("rp")
        .with("resource", "http://localhost:8400/api")
        .also("resource", "https://evil.example");
    sent_back(both, "invalid_target").await;
}

/// No reference but our own is ever followed: a socket of the attacker hears nothing.
async fn references_to_elsewhere(s: S) {
    let trap = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    trap.set_nonblocking(true).unwrap();
    let there = trap.local_addr().unwrap();
    for reference in [
        format!("http://{there}/request"),
        format!("https://{there}/request"),
        format!("http://localhost:{}/request", there.port()),
        "urn:ietf:params:oauth:request_uri:made-up".to_owned(),
        "urn:ietf:params:oauth:request_uri:".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let mut flow = s.flow("rp");
        flow.params = vec![
            ("client_id".to_owned(), "rp".to_owned()),
            ("request_uri".to_owned(), reference.clone()),
        ];
        let reply = flow.ask().await;
        assert!(matches!(reply.status, 303 | 400), "{reference}: {}", reply.status);
        assert!(
            reply
                .header("location")
                .is_none_or(|to| to.starts_with("https://rp.example/cb"))
        );
        let mut pushed = s.flow("rp");
        pushed.set("request_uri", &reference);
        push(&pushed).await.refused(400, "invalid_request");
    }
    let heard = trap.accept().map(|(_, from)| from);
    assert!(heard.is_err(), "somebody asked: {heard:?}");
}

async fn push(flow: &Flow) -> Reply {
    let url = flow.realm.endpoint("pushed_authorization_request_endpoint");
    flow.post_as_client(&url, &flow.params).await
}

async fn details_that_nobody_declared(s: S) {
    let deep = format!("{}{}", "[{\"a\":".repeat(200), "1");
    for details in [
        "x",
        "{}",
        "[1]",
        "[[]]",
        "[{}]",
        "[{\"type\":1}]",
        "[{\"type\":\"no_such\"}]",
        "[{\"type\":\"payment_initiation\"}]",
        "[{\"type\":\"payment_initiation\",\"type\":\"payment_initiation\"}]",
        "[{\"type\":\"payment_initiation\",\"__proto__\":{}}]",
        &deep,
    ] {
        let flow = s.flow("ledger-web").with("authorization_details", details);
        sent_back(flow, "invalid_authorization_details").await;
    }
    // A client that never registered the type.
    let flow = s
        .flow("rp")
        .with("authorization_details", "[{\"type\":\"payment_initiation\"}]");
    sent_back(flow, "invalid_authorization_details").await;
}

/// The consent form is the user's to fill in, and what it can say is bounded by the request and by the user's own place.
async fn consent_to_more_than_was_asked(s: S) {
    let asked = || async {
        s.user("ledger-web")
            .await
            .with("scope", "openid email customers:read")
            .with("prompt", "consent")
    };
    let mut flow = asked().await;
    let page = flow.ask().await.page(200);
    let mut form = page.form_with("consent-allow");
    for more in [
        "invoices:read",
        "*",
        "customers:*",
        "grantd:clients:write",
        "offline_access",
    ] {
        form.fields.push(("scope".to_owned(), more.to_owned()));
    }
    if let Some(tenant) = form.offered("tenant").first() {
        form.set("tenant", tenant);
    }
    form.set("decision", "allow");
    let reply = flow.submit(&form).await;
    if reply.status == 200 {
        let code = flow.carried_on(&reply)["code"].clone();
        let tokens = flow.redeem(&code).await.expect(200).json();
        let granted = tokens["scope"].as_str().unwrap();
        for one in granted.split(' ') {
            assert!(["openid", "email", "customers:read"].contains(&one), "{granted}");
        }
    } else {
        reply.page(400);
    }
    for (name, value) in [
        ("tenant", "nobodys"),
        ("tenant", ""),
        ("decision", "ALLOW"),
        ("decision", ""),
    ] {
        let mut flow = asked().await;
        let page = flow.ask().await.page(200);
        let mut form = page.form_with("consent-allow");
        if let Some(tenant) = form.offered("tenant").first() {
            form.set("tenant", tenant);
        }
        form.set("decision", "allow").set(name, value);
        let reply = flow.submit(&form).await;
        assert!(!reply.body.contains("code="), "{name}={value}: {}", reply.body);
        assert!(reply.status < 500);
    }
    accepted(s.flow("ledger-web").with("scope", "openid email customers:read")).await;
}
