//! `grantd client create --from-jsonl`: what a line may say, and what becomes of a file with a mistake.

use crate::harness::launch::Failed;
use crate::harness::own::Own;
use serde_json::{Value, json};

fn create(own: &Own, lines: &str, more: &[&str]) -> Failed {
    let file = own.data.path().join("clients.jsonl");
    std::fs::write(&file, lines).unwrap();
    let arguments = ["client", "create", "-o", "json", "--from-jsonl", file.to_str().unwrap()];
    own.run(&[&arguments, more].concat())
}

fn made(own: &Own, lines: &[Value]) -> Vec<Value> {
    let text: Vec<String> = lines.iter().map(Value::to_string).collect();
    let done = create(own, &text.join("\n"), &[]);
    assert_eq!(done.code, 0, "{}", done.error);
    done.output
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn each_kind_of_client_has_what_is_right_for_it_and_nothing_else_has_to_be_said() {
    let own = Own::start(None);
    let redirect = json!(["http://localhost:3000/callback"]);
    let made = made(
        &own,
        &[
            json!({ "kind": "web", "name": "Web", "redirect_uris": redirect }),
            json!({ "kind": "native", "name": "Native", "redirect_uris": redirect }),
            json!({ "kind": "spa", "name": "Spa", "redirect_uris": redirect }),
            json!({ "kind": "mcp", "name": "Mcp", "redirect_uris": redirect }),
            json!({ "kind": "machine", "name": "Machine" }),
            json!({ "kind": "resource-server", "name": "Api", "resources": ["https://api.example"] }),
        ],
    );
    let seen: Vec<_> = made
        .iter()
        .map(|one| {
            let text = |name: &str| one[name].as_str().unwrap().to_owned();
            (
                text("application_type"),
                text("token_endpoint_auth_method"),
                one["grant_types"].as_array().unwrap().len(),
                one.get("client_secret").is_some(),
            )
        })
        .collect();
    let wanted = [
        ("web", "client_secret_basic", 2, true),
        ("native", "none", 2, false),
        ("web", "none", 2, false),
        ("native", "none", 2, false),
        ("web", "client_secret_basic", 1, true),
        ("web", "client_secret_basic", 0, true),
    ];
    assert_eq!(
        seen,
        wanted.map(|(kind, method, grants, secret)| (kind.to_owned(), method.to_owned(), grants, secret))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_says_all_that_the_admin_api_takes_and_a_service_account_its_place() {
    let own = Own::start(None);
    let keys = json!({ "keys": [{ "kty": "EC", "crv": "P-256", "kid": "k", "x": "K5bXp7lfxTPVM9hEwUWESR32Hg01z9SJYR-2hNxSEEE",
        "y": "IsEt5yulX2XeiesDWgGHlhYlwra-qoK8-eOyJjJCuB8" }] });
    let full = json!({
        "client_id": "old-portal", "name": "Portal", "redirect_uris": ["https://portal.example/cb"],
        "post_logout_redirect_uris": ["https://portal.example/"], "scopes": ["openid", "email", "invoices:*"],
        "default_scopes": ["openid", "invoices:read"], "optional_scopes": ["email"], "token_format": "opaque",
        "access_lifetime": 600, "require_pushed_authorization_requests": true, "require_signed_request_object": true,
        "dpop_bound_access_tokens": true, "jwks": keys, "backchannel_logout_uri": "https://portal.example/out",
        "authorization_details_types": ["payment_initiation"],
    });
    let place = |name: &str| json!({ "kind": "machine", "name": name, "tenant": "acme-berlin", "role": "member", "scopes": ["invoices:read"] });
    let made = made(&own, &[full, place("One"), place("Two"), place("Three")]);
    let portal = made.first().unwrap();
    assert_eq!(
        (&portal["client_id"], &portal["token_endpoint_auth_method"]),
        (&json!("old-portal"), &json!("private_key_jwt"))
    );
    assert_eq!(
        (&portal["optional_scopes"], &portal["default_scopes"]),
        (&json!("email"), &json!("openid invoices:read"))
    );
    for duty in [
        "require_pushed_authorization_requests",
        "require_signed_request_object",
        "dpop_bound_access_tokens",
    ] {
        assert_eq!(portal[duty], true, "{duty}");
    }
    for account in &made[1..] {
        assert_eq!(
            (&account["tenant"], &account["role"]),
            (&json!("acme-berlin"), &json!("member"))
        );
    }
    // The running server knows each by its secret.
    let realm = own.realm();
    for account in &made[1..] {
        let reply = reqwest::Client::new()
            .post(realm.token())
            .basic_auth(
                account["client_id"].as_str().unwrap(),
                account["client_secret"].as_str(),
            )
            .form(&[("grant_type", "client_credentials")])
            .send()
            .await
            .unwrap();
        assert_eq!(reply.status(), 200);
    }
}

#[test]
fn a_wrong_line_is_named_and_no_line_is_done() {
    let own = Own::start(None);
    let good = r#"{"client_id":"good-one","name":"Good","kind":"machine"}"#;
    let place = r#""name":"x","kind":"machine","tenant""#;
    let wrong = [
        (
            r#"{"name":"x","kind":"robot"}"#.to_owned(),
            "kind must be one of web, native, spa, mcp, machine, resource-server",
        ),
        (r#"{"kind":"machine"}"#.to_owned(), "name is missing"),
        (
            r#"{"name":"x","kind":"machine","scopes":["nonsense"]}"#.to_owned(),
            "scopes/0 'nonsense' is not a permission",
        ),
        (
            r#"{"name":"x","kind":"machine","colour":"red"}"#.to_owned(),
            "colour there is no such member",
        ),
        (
            r#"{"name":"x","kind":"machine","client_secret":"mine"}"#.to_owned(),
            "client_secret there is no such member",
        ),
        (
            r#"{"name":"x","kind":"machine","client_id":"a b"}"#.to_owned(),
            "client_id must have",
        ),
        (
            r#"{"name":"x","kind":"web"}"#.to_owned(),
            "redirect_uris the grant type",
        ),
        (
            format!(r#"{{{place}:"gone","role":"member"}}"#),
            "tenant there is no tenant 'gone'",
        ),
        (
            format!(r#"{{{place}:"acme-berlin","role":"king"}}"#),
            "role the realm has no role 'king'",
        ),
        (
            format!(r#"{{{place}:"acme-berlin"}}"#),
            "role a service account has a tenant and a role",
        ),
        (good.to_owned(), "client_id stands in line 2 as well"),
        ("not json".to_owned(), "malformed"),
        (r#"{"name":"x","name":"y","kind":"machine"}"#.to_owned(), "duplicate"),
        ("[]".to_owned(), "object"),
    ];
    let lines: Vec<&str> = wrong.iter().map(|(line, _)| line.as_str()).collect();
    // An empty line counts; the first one that is wrong is the third.
    let done = create(&own, &format!("\n{good}\n{}\n", lines.join("\n")), &[]);
    assert_eq!((done.code, done.output.as_str()), (2, ""), "{}", done.error);
    for (place, (line, says)) in wrong.iter().enumerate() {
        let named = format!("clients.jsonl:{}: ", place + 3);
        let found = done
            .error
            .lines()
            .any(|told| told.contains(&named) && told.to_lowercase().contains(says));
        assert!(found, "{line}: {says}\n{}", done.error);
    }
    assert_ne!(own.run(&["client", "show", "good-one"]).code, 0, "nothing was made");
    assert_eq!(create(&own, "", &["--name", "x"]).code, 2, "one or the other");
}

#[test]
fn a_client_that_is_there_already_is_named_by_its_line_and_the_others_are_made_and_shown() {
    let own = Own::start(None);
    let lines = "{\"client_id\":\"ledger-web\",\"name\":\"x\",\"kind\":\"machine\"}\n{\"client_id\":\"fresh\",\"name\":\"y\",\"kind\":\"machine\"}";
    let done = create(&own, lines, &[]);
    assert_eq!(done.code, 1, "{}", done.error);
    assert!(
        done.error
            .contains("clients.jsonl:1: there is a client 'ledger-web' already"),
        "{}",
        done.error
    );
    let shown: Value = serde_json::from_str(&done.output).unwrap();
    assert_eq!(shown["client_id"], "fresh");
    assert!(shown["client_secret"].is_string());
}
