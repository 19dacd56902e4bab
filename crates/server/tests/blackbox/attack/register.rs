//! Rows of whoever registers clients, or names a document as one. Only such documents as must never be asked for: the
//! server of the tests has the real internet behind it.

use super::stage::Stage;
use super::{Rows, rows};
use crate::harness::registration::{desktop, manage, register};
use crate::harness::{Flow, Reply};
use serde_json::{Value, json};

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "J01" => without_redirect_uris,
    "J02" => schemes_that_run_code,
    "J04" => fragments_wildcards_userinfo,
    "J05" => private_schemes_without_a_dot,
    "J06" => addresses_inside,
    "J08" => names_that_deceive,
    "J09" => two_kinds_of_keys,
    "J10" => types_that_do_not_fit,
    "J12" => more_than_is_allowed,
    "J13" => statements_of_nobody,
    "J14" => ids_and_secrets_of_ones_own,
    "J18" => malformed_bearer,
    "J20" => the_token_of_before,
    "J21" => more_by_replacement,
    "J22" => sectors,
    "K01" => document_without_tls,
    "K02" => document_without_a_path,
    "K04" => document_with_a_fragment,
    "K05" => document_with_user_information,
    "K06" => document_on_an_address,
};

async fn refused(s: S, changes: Value, error: &str) {
    let reply = register(&s.realm, &desktop("Attacker", changes.clone())).await;
    assert_eq!(reply.status, 400, "{changes}: {}", reply.body);
    reply.refused(400, error);
}

async fn refused_uri(s: S, uri: &str) {
    for kind in ["native", "web"] {
        refused(
            s,
            json!({ "application_type": kind, "redirect_uris": [uri] }),
            "invalid_redirect_uri",
        )
        .await;
    }
}

async fn without_redirect_uris(s: S) {
    for uris in [json!([]), json!(null), json!([""])] {
        refused(s, json!({ "redirect_uris": uris }), "invalid_redirect_uri").await;
    }
}

async fn schemes_that_run_code(s: S) {
    for uri in [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://a.example/1",
    ] {
        refused_uri(s, uri).await;
    }
}

async fn fragments_wildcards_userinfo(s: S) {
    for uri in [
        "https://a.example/cb#",
        "https://a.example/cb#f",
        "https://*.a.example/cb",
        "https://a.example/*",
        "https://u:p@a.example/cb",
        "https://a.example@evil.example/cb",
        "http://a.example/cb",
    ] {
        refused_uri(s, uri).await;
    }
}

async fn private_schemes_without_a_dot(s: S) {
    refused_uri(s, "myapp:/callback").await;
    refused_uri(s, "myapp://callback").await;
}

async fn addresses_inside(s: S) {
    for member in ["jwks_uri", "logo_uri", "sector_identifier_uri"] {
        for url in [
            "https://127.0.0.1/x",
            "https://10.0.0.1/x",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]/x",
            "https://[fd00::1]/x",
            "https://localhost/x",
            "https://2130706433/x",
            "http://metadata.google.internal/",
        ] {
            refused(s, json!({ member: url }), "invalid_client_metadata").await;
        }
    }
    refused(
        s,
        json!({ "request_uris": ["https://127.0.0.1/x"] }),
        "invalid_client_metadata",
    )
    .await;
}

async fn names_that_deceive(s: S) {
    for name in [
        "<script>alert(1)</script>",
        "Bank\u{202E}knaB",
        "Bank\u{200B}",
        "a\r\nSet-Cookie: x=y",
        &"x".repeat(10_000),
    ] {
        refused(s, json!({ "client_name": name }), "invalid_client_metadata").await;
    }
}

async fn two_kinds_of_keys(s: S) {
    refused(
        s,
        json!({ "jwks": { "keys": [] }, "jwks_uri": "https://a.example/jwks.json" }),
        "invalid_client_metadata",
    )
    .await;
    let private = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A" }] });
    refused(s, json!({ "jwks": private }), "invalid_client_metadata").await;
}

async fn types_that_do_not_fit(s: S) {
    for changes in [
        json!({ "grant_types": ["implicit"], "response_types": ["token"] }),
        json!({ "response_types": ["token"] }),
        json!({ "grant_types": ["client_credentials"] }),
        json!({ "grant_types": ["refresh_token"], "response_types": ["code"] }),
        json!({ "grant_types": ["password"], "response_types": [] }),
    ] {
        refused(s, changes, "invalid_client_metadata").await;
    }
}

async fn more_than_is_allowed(s: S) {
    refused(s, json!({ "scope": "team:manage" }), "invalid_client_metadata").await;
    let said = register(
        &s.realm,
        &desktop(
            "Greedy",
            json!({ "scope": "* team:manage grantd:clients:write customers:read" }),
        ),
    )
    .await;
    let said = said.expect(201).json();
    let scope = said["scope"].as_str().unwrap();
    assert!(
        !scope.contains("team") && !scope.contains("grantd") && !scope.split(' ').any(|one| one == "*"),
        "{scope}"
    );
    let mut flow = Flow::registered_and_logged_in(&s.realm, &said, 1).await;
    flow.set("scope", "customers:read team:manage *");
    let granted = flow.tokens().await.0["scope"].as_str().unwrap().to_owned();
    assert!(
        !granted.contains("team") && !granted.split(' ').any(|one| one == "*"),
        "{granted}"
    );
}

async fn statements_of_nobody(s: S) {
    refused(
        s,
        json!({ "software_statement": "eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4In0." }),
        "invalid_software_statement",
    )
    .await;
    refused(s, json!({ "software_statement": "x" }), "invalid_software_statement").await;
    refused(
        s,
        json!({ "software_statement": "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4In0.AAAA" }),
        "unapproved_software_statement",
    )
    .await;
}

async fn ids_and_secrets_of_ones_own(s: S) {
    let metadata = json!({
        "client_id": "ledger-web",
        "client_secret": "chosen",
        "registration_access_token": "chosen",
        "client_id_issued_at": 0,
        "redirect_uris": ["https://chooser.example/cb"],
    });
    let said = register(&s.realm, &metadata).await.expect(201).json();
    assert_ne!(said["client_id"], "ledger-web");
    assert_ne!(said["client_secret"], "chosen");
    assert_ne!(said["registration_access_token"], "chosen");
    assert_ne!(said["client_id_issued_at"], 0);
}

async fn registered(s: S, name: &str) -> Value {
    let metadata =
        json!({ "client_name": name, "redirect_uris": ["https://managed.example/cb"], "scope": "customers:read" });
    register(&s.realm, &metadata).await.expect(201).json()
}

/// Every way of asking is refused in the same way, and none breaks anything.
async fn malformed_bearer(s: S) {
    let said = registered(s, "Malformed").await;
    let url = said["registration_client_uri"].as_str().unwrap();
    let mut agent = s.agent();
    for header in [
        "Bearer",
        "Bearer ",
        "bearer x",
        "Bearer \u{00e9}",
        "Basic Zm9vOmJhcg==",
        "Bearer a b",
        "",
    ] {
        for method in ["GET", "PUT", "DELETE"] {
            let request = agent.http.request(method.parse().unwrap(), url);
            let request = request.header("authorization", header.as_bytes());
            let reply: Reply = agent.send(request).await;
            assert!(matches!(reply.status, 400 | 401), "{header:?} {}", reply.status);
        }
    }
    let reply = agent.get(url).await;
    reply.refused(401, "invalid_token");
    assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
    let token = said["registration_access_token"].as_str().unwrap();
    let elsewhere =
        json!({ "registration_client_uri": url.replace(said["client_id"].as_str().unwrap(), "ledger-web") });
    manage("GET", &elsewhere, token, None)
        .await
        .refused(401, "invalid_token");
}

async fn the_token_of_before(s: S) {
    let said = registered(s, "Rotated").await;
    let token = said["registration_access_token"].as_str().unwrap();
    let put = json!({ "client_id": said["client_id"], "redirect_uris": ["https://managed.example/cb"] });
    manage("PUT", &said, token, Some(&put)).await.expect(200);
    for method in ["GET", "PUT", "DELETE"] {
        manage(method, &said, token, Some(&put))
            .await
            .refused(401, "invalid_token");
    }
}

async fn more_by_replacement(s: S) {
    let said = registered(s, "Grown").await;
    let token = said["registration_access_token"].as_str().unwrap();
    let put = |scope: &str| json!({ "client_id": said["client_id"], "redirect_uris": ["https://managed.example/cb"], "scope": scope, "grant_types": ["authorization_code", "client_credentials"] });
    manage("PUT", &said, token, Some(&put("team:manage")))
        .await
        .refused(400, "invalid_client_metadata");
    let grown = manage(
        "PUT",
        &said,
        token,
        Some(&put("customers:read team:manage grantd:clients:write *")),
    )
    .await;
    let grown = grown.expect(200).json();
    assert!(!grown["scope"].as_str().unwrap().contains("team"), "{grown}");
    assert_eq!(grown["grant_types"], json!(["authorization_code"]));
}

async fn sectors(s: S) {
    refused(
        s,
        json!({ "sector_identifier_uri": "https://a.example/sector.json" }),
        "invalid_client_metadata",
    )
    .await;
    refused(s, json!({ "subject_type": "pairwise" }), "invalid_client_metadata").await;
}

/// An unknown client like any other: a page with 400 that leads nowhere.
async fn no_document(s: S, client_ids: &[&str]) {
    let mut unknown = s
        .flow("rp")
        .with("client_id", "nobody")
        .with("redirect_uri", "https://evil.example/cb");
    let expected = unknown.ask().await.page(400).error();
    for client_id in client_ids {
        let mut flow = s
            .flow("rp")
            .with("client_id", client_id)
            .with("redirect_uri", "https://evil.example/cb");
        let page = flow.ask().await.page(400);
        assert_eq!(page.error(), expected, "{client_id}");
        assert!(
            page.addresses().iter().all(|address| !address.contains("evil.example")),
            "{client_id}"
        );
    }
}

async fn document_without_tls(s: S) {
    no_document(
        s,
        &[
            "http://agent.invalid/client.json",
            "ftp://agent.invalid/client.json",
            "file:///etc/passwd",
        ],
    )
    .await;
}

async fn document_without_a_path(s: S) {
    no_document(
        s,
        &[
            "https://agent.invalid",
            "https://agent.invalid/",
            "https://agent.invalid?x",
        ],
    )
    .await;
}

async fn document_with_a_fragment(s: S) {
    no_document(
        s,
        &[
            "https://agent.invalid/client.json#",
            "https://agent.invalid/client.json#f",
        ],
    )
    .await;
}

async fn document_with_user_information(s: S) {
    no_document(
        s,
        &[
            "https://u@agent.invalid/client.json",
            "https://u:p@agent.invalid/client.json",
            "https://@agent.invalid/client.json",
        ],
    )
    .await;
}

async fn document_on_an_address(s: S) {
    no_document(
        s,
        &[
            "https://127.0.0.1/client.json",
            "https://127.1/client.json",
            "https://2130706433/client.json",
            "https://0x7f000001/client.json",
            "https://0177.0.0.1/client.json",
            "https://[::1]/client.json",
            "https://[::ffff:127.0.0.1]/client.json",
            "https://[::ffff:7f00:1]/client.json",
            "https://169.254.169.254/client.json",
            "https://localhost/client.json",
            "https://localhost./client.json",
            "https://LOCALHOST/client.json",
            "https://metadata.google.internal/client.json",
        ],
    )
    .await;
}
