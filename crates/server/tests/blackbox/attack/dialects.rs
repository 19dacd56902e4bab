//! Rows about dialects: what two readers of one request could read in two ways. On a server of their own, with the
//! payments example as it is shipped.

use super::stage::Stage;
use super::{Rows, rows};
use crate::harness::html::Page;
use crate::harness::{Agent, Launch, Realm, Reply, Server};
use serde_json::{Value, json};
use std::sync::OnceLock;

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "W01" => both_forms_of_one_parameter,
    "W02" => two_spellings,
    "W03" => two_client_ids_at_authorize,
    "W04" => two_redirect_uris_at_authorize,
    "W05" => credentials_in_the_query,
    "W06" => basic_and_body,
    "W07" => a_json_member_twice,
    "W08" => values_that_are_no_texts,
    "W09" => nesting,
    "W10" => one_body_announced_as_the_other,
    "W11" => names_that_look_alike,
    "W12" => comma_and_space,
    "W13" => code_and_refresh_token,
    "W14" => which_clients_were_moved,
    "W15" => a_realm_without_dialects,
};

const FILE: &str = include_str!("../../../../../examples/platforms/payments-camelcase.toml");
const MACHINE: &str = "3675930941412424316";
const MOVED: &str = "3675930941412424317";
const WEB: &str = "3675930941412424101";
const REDIRECT: &str = "http://localhost:3000/callback";

fn realm() -> &'static (Server, Realm) {
    static PAYMENTS: OnceLock<(Server, Realm)> = OnceLock::new();
    PAYMENTS.get_or_init(|| {
        let inferring = FILE.replace("json_bodies = true", "json_bodies = true\ninfer_grant_type = true");
        let server = Server::start(Launch::demo().realm(inferring));
        let realm = server.realm();
        (server, realm)
    })
}

/// Sends a body to the token endpoint as a client.
async fn send(client: &str, kind: &str, body: impl Into<Vec<u8>>) -> Reply {
    let realm = &realm().1;
    let secret = realm.client(client).secret.unwrap();
    let mut agent = Agent::new();
    let request = agent.http.post(realm.token()).basic_auth(client, Some(secret));
    let request = request.header("content-type", kind).body(body.into());
    agent.send(request).await
}

async fn send_json(client: &str, body: &Value) -> Reply {
    send(client, "application/json", body.to_string()).await
}

async fn send_form(client: &str, body: &str) -> Reply {
    send(client, "application/x-www-form-urlencoded", body).await
}

/// Sends an authorization request; it must end on a page here.
async fn stays_here(query: &str) {
    let (_, realm) = realm();
    let reply = Agent::new().get(&format!("{}?{query}", realm.authorize())).await;
    let page: Page = reply.page(400);
    assert_eq!(page.refresh, None);
    assert!(page.by_id("continue").is_none());
}

async fn both_forms_of_one_parameter(_: S) {
    for body in [
        json!({"grantType": "client_credentials", "grant_type": "client_credentials"}),
        json!({"grantType": "client_credentials", "grant_type": ""}),
        json!({"grantType": "client_credentials", "clientId": MACHINE, "client_id": MACHINE}),
    ] {
        send_json(MACHINE, &body).await.refused(400, "invalid_request");
    }
    let body = "grantType=client_credentials&grant_type=client_credentials";
    send_form(MACHINE, body).await.refused(400, "invalid_request");
}

async fn two_spellings(_: S) {
    for body in [
        "grantType=client_credentials&client_id=3675930941412424316",
        "grant_type=client_credentials&clientId=3675930941412424316",
        "grantType=refresh_token&refresh_token=x",
    ] {
        send_form(MACHINE, body).await.refused(400, "invalid_request");
    }
}

async fn two_client_ids_at_authorize(_: S) {
    for other in [WEB, MACHINE, "x"] {
        stays_here(&format!(
            "responseType=code&clientId={WEB}&client_id={other}&redirectUri={REDIRECT}"
        ))
        .await;
        stays_here(&format!(
            "responseType=code&client_id={other}&clientId={WEB}&redirectUri={REDIRECT}"
        ))
        .await;
    }
}

async fn two_redirect_uris_at_authorize(_: S) {
    for other in [REDIRECT, "http://127.0.0.1:3000/callback", "https://evil.example"] {
        stays_here(&format!(
            "responseType=code&clientId={WEB}&redirectUri={REDIRECT}&redirect_uri={other}"
        ))
        .await;
        stays_here(&format!(
            "responseType=code&clientId={WEB}&redirect_uri={other}&redirectUri={REDIRECT}"
        ))
        .await;
    }
}

async fn credentials_in_the_query(_: S) {
    let (_, realm) = realm();
    let secret = realm.client(MACHINE).secret.unwrap();
    let mut agent = Agent::new();
    let url = format!("{}?clientId={MACHINE}&clientSecret={secret}", realm.token());
    let request = agent.http.post(url).json(&json!({"grantType": "client_credentials"}));
    agent.send(request).await.refused(401, "invalid_client");
    // Beside a token in the header, one in the address is a second one in either spelling.
    for name in ["accessToken", "access_token"] {
        let url = format!("{}?{name}=x", realm.endpoint("userinfo_endpoint"));
        let request = agent.http.get(url).bearer_auth("unknown");
        agent.send(request).await.refused(400, "invalid_request");
    }
}

async fn basic_and_body(_: S) {
    let secret = realm().1.client(MACHINE).secret.unwrap();
    for member in [json!({"clientSecret": secret}), json!({"clientId": WEB})] {
        let mut body = json!({"grantType": "client_credentials"});
        let (Value::Object(body_members), Value::Object(more)) = (&mut body, member) else {
            unreachable!()
        };
        body_members.extend(more);
        send_json(MACHINE, &body).await.refused(400, "invalid_request");
    }
}

async fn a_json_member_twice(_: S) {
    for body in [
        r#"{"grantType":"client_credentials","grantType":"client_credentials"}"#,
        r#"{"grantType":"refresh_token","gr\u0061ntType":"client_credentials"}"#,
        r#"{"grantType":"client_credentials","resource":"a","resource":"b"}"#,
    ] {
        let reply = send(MACHINE, "application/json", body).await;
        reply.refused(400, "invalid_request");
    }
}

async fn values_that_are_no_texts(_: S) {
    for value in [
        json!(1),
        json!(null),
        json!(true),
        json!(["client_credentials"]),
        json!({"a": "b"}),
        json!(1e300),
    ] {
        let reply = send_json(MACHINE, &json!({"grantType": value})).await;
        reply.refused(400, "invalid_request");
        let reply = send_json(MACHINE, &json!({"grantType": "client_credentials", "unknown": value})).await;
        reply.refused(400, "invalid_request");
    }
}

async fn nesting(_: S) {
    let (server, _) = realm();
    let before = server.resident_kib();
    for _ in 0..20 {
        for piece in ["[", r#"{"a":"#] {
            let bomb = format!(r#"{{"grantType":{}"#, piece.repeat(60_000 / piece.len()));
            let reply = send(MACHINE, "application/json", bomb).await;
            reply.refused(400, "invalid_request");
        }
    }
    assert!(server.resident_kib() < before + 32 * 1024);
}

async fn one_body_announced_as_the_other(_: S) {
    let json = r#"{"grantType":"client_credentials"}"#;
    send_form(MACHINE, json).await.refused(400, "invalid_request");
    for (kind, body) in [
        ("application/json", "grantType=client_credentials"),
        ("application/json; charset=utf-16", json),
        ("application/json, application/x-www-form-urlencoded", json),
        ("application/jsonx", json),
        ("text/plain", json),
        ("multipart/form-data; boundary=x", json),
    ] {
        let reply = send(MACHINE, kind, body).await;
        reply.refused(400, "invalid_request");
    }
}

async fn names_that_look_alike(_: S) {
    for name in [
        "GrantType",
        "granttype",
        "GRANTTYPE",
        "grant-type",
        "grant\u{422}ype",
        "grantTyp\u{435}",
        "grantType\u{200b}",
        "grantType ",
    ] {
        let reply = send_json(MACHINE, &json!({name: "client_credentials"})).await;
        reply.refused(400, "invalid_request");
    }
}

async fn comma_and_space(_: S) {
    for scope in [
        "manage_payment,manage_store get_user_profile",
        "manage_payment, manage_store",
        "manage_payment manage_store",
    ] {
        let body = json!({"grantType": "client_credentials", "scope": scope});
        send_json(MACHINE, &body).await.refused(400, "invalid_scope");
    }
    let reply = send_form(
        MACHINE,
        "grant_type=client_credentials&scope=manage_payment,manage_store",
    )
    .await;
    reply.refused(400, "invalid_scope");
}

async fn code_and_refresh_token(_: S) {
    for body in [
        json!({"code": "x", "refreshToken": "y"}),
        json!({"code": "x", "refreshToken": "y", "grantType": ""}),
    ] {
        send_json(WEB, &body).await.refused(400, "invalid_request");
    }
    send_form(WEB, "code=x&refresh_token=y")
        .await
        .refused(400, "invalid_request");
}

async fn which_clients_were_moved(_: S) {
    let (_, realm) = realm();
    let body = json!({"grantType": "client_credentials"});
    let told = send_json(MOVED, &body).await;
    assert!(told.body.contains("standard form"), "{}", told.body);
    let mut bodies = Vec::new();
    for (id, secret) in [(MOVED, "wrong"), (MACHINE, "wrong"), ("1111111111111111111", "wrong")] {
        let mut agent = Agent::new();
        let request = agent.http.post(realm.token()).basic_auth(id, Some(secret)).json(&body);
        let reply = agent.send(request).await;
        reply.refused(401, "invalid_client");
        bodies.push(reply.body);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "without the secret all clients look alike: {bodies:?}");
}

async fn a_realm_without_dialects(s: S) {
    let secret = s.realm.client("nightly-export").secret.unwrap();
    let post = |agent: &Agent| {
        agent
            .http
            .post(s.realm.token())
            .basic_auth("nightly-export", Some(secret.clone()))
    };
    let mut agent = s.agent();
    let request = post(&agent).json(&json!({"grant_type": "client_credentials"}));
    agent.send(request).await.refused(400, "invalid_request");
    let request = post(&agent).form(&[("grantType", "client_credentials")]);
    agent.send(request).await.refused(400, "invalid_request");
    // An unknown name is ignored, whatever it looks like.
    let request = post(&agent).form(&[("grant_type", "client_credentials"), ("grantType", "refresh_token")]);
    agent.send(request).await.expect(200);
}
