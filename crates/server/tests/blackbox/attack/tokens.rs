//! Rows of whoever presents or asks about tokens: userinfo, introspection, revocation.

use super::stage::Stage;
use super::{Rows, rows};
use crate::harness::flow::post_as;
use crate::harness::{Flow, Launch, Reply, Server};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "F16" => id_token_at_userinfo,
    "F17" => foreign_tokens,
    "F18" => a_kid_that_is_not_in_use,
    "F20" => mangled,
    "N01" => introspection_without_authentication,
    "N02" => a_public_client_introspects,
    "N04" => somebody_elses_token,
    "N05" => dead_tokens_alike,
    "N06" => scanning,
    "N09" => revoking_somebody_elses,
    "N10" => revoking_the_unknown,
    "N12" => revoking_without_a_store,
    "N13" => wrong_hints,
    "N14" => a_bare_challenge,
    "N16" => two_tokens,
    "N17" => without_openid,
    "N18" => id_token_at_userinfo,
};

async fn userinfo(s: S, token: &str) -> Reply {
    let mut agent = s.agent();
    agent
        .send(agent.http.get(s.realm.endpoint("userinfo_endpoint")).bearer_auth(token))
        .await
}

async fn with_openid(s: S) -> (Flow, Value) {
    let mut flow = s
        .user("ledger-web")
        .await
        .with("scope", "openid profile customers:read");
    let tokens = flow.tokens().await.0;
    (flow, tokens)
}

fn invalid_token(reply: &Reply) {
    assert_eq!(reply.status, 401, "{}", reply.body);
    let challenge = reply.header("www-authenticate").unwrap();
    assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
}

async fn id_token_at_userinfo(s: S) {
    let (_, tokens) = with_openid(s).await;
    assert_eq!(
        userinfo(s, tokens["access_token"].as_str().unwrap())
            .await
            .expect(200)
            .json()["name"],
        "Ada Example"
    );
    invalid_token(&userinfo(s, tokens["id_token"].as_str().unwrap()).await);
}

/// The same header and claims with another `kid`, signed by a key of our own.
fn forge(token: &str, kid: Option<&str>) -> String {
    let mut parts = token.split('.');
    let mut header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts.next().unwrap()).unwrap()).unwrap();
    if let Some(kid) = kid {
        header["kid"] = json!(kid);
    }
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        parts.next().unwrap()
    );
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let signature = key
        .sign(&aws_lc_rs::rand::SystemRandom::new(), signed.as_bytes())
        .unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
}

async fn foreign_tokens(s: S) {
    let (mut flow, tokens) = with_openid(s).await;
    let token = tokens["access_token"].as_str().unwrap();
    let mut elsewhere = Flow::logged_in_as(&s.other, "ledger-web", 0)
        .await
        .with("scope", "openid");
    let foreign = elsewhere.tokens().await;
    for bad in [foreign.access(), &forge(token, None)] {
        invalid_token(&userinfo(s, bad).await);
        assert_eq!(flow.introspect(bad).await, json!({"active": false}));
    }
}

async fn a_kid_that_is_not_in_use(s: S) {
    let (mut flow, tokens) = with_openid(s).await;
    let token = tokens["access_token"].as_str().unwrap();
    let keys = s.agent().get(&s.realm.endpoint("jwks_uri")).await.json();
    let mut kids: Vec<String> = keys["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect();
    kids.extend([
        "retired".to_owned(),
        "../../key".to_owned(),
        "' OR 1=1".to_owned(),
        String::new(),
    ]);
    for kid in kids {
        let forged = forge(token, Some(&kid));
        invalid_token(&userinfo(s, &forged).await);
        assert_eq!(flow.introspect(&forged).await, json!({"active": false}));
    }
}

async fn mangled(s: S) {
    let (mut flow, tokens) = with_openid(s).await;
    let token = tokens["access_token"].as_str().unwrap();
    let without_signature = token.rsplit_once('.').unwrap().0;
    let payload = token.split('.').nth(1).unwrap();
    let unsigned = format!(
        "{}.{payload}.",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"at+jwt"}"#)
    );
    for bad in [
        without_signature,
        &format!("{without_signature}."),
        payload,
        "..",
        &unsigned,
        &format!("{token}.x"),
        &token[..token.len() - 1],
    ] {
        invalid_token(&userinfo(s, bad).await);
        assert_eq!(flow.introspect(bad).await, json!({"active": false}));
    }
    assert_eq!(userinfo(s, &"a".repeat(1024 * 1024)).await.status, 431);
    let mut agent = s.agent();
    let url = s.realm.endpoint("userinfo_endpoint");
    let request = agent.http.get(&url).header("authorization", &b"Bearer \xff\xfe"[..]);
    let status = agent.send(request).await.status;
    assert!(matches!(status, 400 | 401), "{status}");
    let introspect = s.realm.endpoint("introspection_endpoint");
    flow.post_as_client(&introspect, &[("token", "a".repeat(1024 * 1024))])
        .await
        .refused(413, "invalid_request");
}

async fn introspection_without_authentication(s: S) {
    let url = s.realm.endpoint("introspection_endpoint");
    let (_, tokens) = with_openid(s).await;
    let token = tokens["access_token"].as_str().unwrap();
    s.agent()
        .post(&url, &[("token", token)])
        .await
        .refused(401, "invalid_client");
    s.agent()
        .post(&url, &[("token", token), ("client_id", "ledger-web")])
        .await
        .refused(401, "invalid_client");
}

async fn a_public_client_introspects(s: S) {
    let mut flow = s.user("ledger-desktop").await;
    let tokens = flow.tokens().await;
    let url = s.realm.endpoint("introspection_endpoint");
    let reply = flow.post_as_client(&url, &[("token", tokens.access())]).await;
    assert!(matches!(reply.status, 400 | 401 | 403), "{}", reply.body);
    assert!(reply.json()["active"].is_null());
}

async fn somebody_elses_token(s: S) {
    let (_, tokens) = with_openid(s).await;
    let url = s.realm.endpoint("introspection_endpoint");
    for member in ["access_token", "refresh_token"] {
        let token = tokens[member].as_str().unwrap();
        let stranger = post_as(&s.realm.client("rp"), &url, &[("token", token)]).await;
        assert_eq!(stranger.expect(200).body, r#"{"active":false}"#);
    }
    // The API that the token is for may ask about it, about a refresh token it may not.
    let api = s.realm.client("acme-api");
    let about = |member: &str| [("token", tokens[member].as_str().unwrap().to_owned())];
    assert_eq!(post_as(&api, &url, &about("access_token")).await.json()["active"], true);
    assert_eq!(
        post_as(&api, &url, &about("refresh_token")).await.body,
        r#"{"active":false}"#
    );
}

async fn dead_tokens_alike(s: S) {
    let (mut flow, tokens) = with_openid(s).await;
    let token = tokens["access_token"].as_str().unwrap();
    flow.post_as_client(&s.realm.endpoint("revocation_endpoint"), &[("token", token)])
        .await
        .expect(200);
    let url = s.realm.endpoint("introspection_endpoint");
    for dead in [token, "garbage", "gd_at_garbage", "gd_rt_garbage", "a.b.c"] {
        let reply = flow.post_as_client(&url, &[("token", dead)]).await;
        assert_eq!(
            (reply.status, reply.body.as_str()),
            (200, r#"{"active":false}"#),
            "{dead}"
        );
        assert_eq!(reply.header("cache-control"), Some("no-store"));
    }
    assert_eq!(
        flow.introspect(tokens["refresh_token"].as_str().unwrap()).await["active"],
        true
    );
}

async fn scanning(s: S) {
    // Whoever cannot authenticate is made to wait; the address is one that no other row uses.
    let url = s.realm.endpoint("introspection_endpoint");
    let mut agent = s.agent();
    for attempt in 0..1_000 {
        let form = [("token", format!("gd_at_{attempt}"))];
        let request = agent.http.post(&url).basic_auth("acme-api", Some("wrong")).form(&form);
        let reply = agent.send(request.header("x-forwarded-for", "198.51.100.6")).await;
        if reply.status == 429 {
            assert!(reply.header("retry-after").is_some());
            return;
        }
        reply.refused(401, "invalid_client");
    }
    panic!("nobody was made to wait");
}

async fn revoking_somebody_elses(s: S) {
    let (mut flow, tokens) = with_openid(s).await;
    let url = s.realm.endpoint("revocation_endpoint");
    for member in ["access_token", "refresh_token"] {
        let token = tokens[member].as_str().unwrap();
        post_as(&s.realm.client("rp"), &url, &[("token", token)]).await;
        assert_eq!(flow.introspect(token).await["active"], true);
    }
}

async fn revoking_the_unknown(s: S) {
    let flow = s.flow("ledger-web");
    for token in ["garbage", "gd_rt_x", "a.b.c"] {
        let reply = flow
            .post_as_client(&s.realm.endpoint("revocation_endpoint"), &[("token", token)])
            .await;
        assert_eq!((reply.status, reply.body.as_str()), (200, ""));
    }
}

async fn revoking_without_a_store(_: S) {
    let postgres = grantd_testkit::PostgresServer::start(grantd_testkit::Durability::Relaxed).unwrap();
    let database = postgres.empty_database().await.unwrap();
    let server = Server::start(Launch::demo().storage(&database.tcp_url));
    let mut flow = Flow::new(&server.realm(), "ledger-web");
    let tokens = flow.tokens().await;
    let revoke = flow.realm.endpoint("revocation_endpoint");
    postgres.crash().unwrap();
    let reply = flow.post_as_client(&revoke, &[("token", tokens.refresh())]).await;
    reply.refused(503, "temporarily_unavailable");
    postgres.start_again().unwrap();
    let waiting = async {
        while flow
            .post_as_client(&revoke, &[("token", tokens.refresh())])
            .await
            .status
            != 200
        {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), waiting)
        .await
        .unwrap();
    assert_eq!(flow.introspect(tokens.refresh()).await["active"], false);
}

async fn wrong_hints(s: S) {
    let (mut flow, tokens) = with_openid(s).await;
    let (access, refresh) = (
        tokens["access_token"].as_str().unwrap(),
        tokens["refresh_token"].as_str().unwrap(),
    );
    let introspect = s.realm.endpoint("introspection_endpoint");
    for (token, hint) in [
        (access, "refresh_token"),
        (refresh, "access_token"),
        (access, "nonsense"),
    ] {
        let reply = flow
            .post_as_client(&introspect, &[("token", token), ("token_type_hint", hint)])
            .await;
        assert_eq!(reply.expect(200).json()["active"], true);
    }
    let revoke = s.realm.endpoint("revocation_endpoint");
    flow.post_as_client(&revoke, &[("token", refresh), ("token_type_hint", "access_token")])
        .await
        .expect(200);
    assert_eq!(flow.introspect(refresh).await["active"], false);
}

async fn a_bare_challenge(s: S) {
    let reply = s.agent().get(&s.realm.endpoint("userinfo_endpoint")).await;
    assert_eq!(reply.status, 401);
    let challenge = reply.header("www-authenticate").unwrap();
    assert!(
        challenge.starts_with("Bearer") && !challenge.contains("error"),
        "{challenge}"
    );
}

async fn two_tokens(s: S) {
    let (_, tokens) = with_openid(s).await;
    let token = tokens["access_token"].as_str().unwrap();
    let mut agent = s.agent();
    let url = s.realm.endpoint("userinfo_endpoint");
    let request = agent
        .http
        .post(&url)
        .bearer_auth(token)
        .form(&[("access_token", token)]);
    agent.send(request).await.refused(400, "invalid_request");
    let request = agent
        .http
        .get(&url)
        .bearer_auth(token)
        .header("authorization", "Bearer other");
    agent.send(request).await.refused(400, "invalid_request");
    // One in the address is none, and a second one all the same.
    let in_address = format!("{url}?access_token={token}");
    let request = agent.http.get(&in_address).bearer_auth(token);
    agent.send(request).await.refused(400, "invalid_request");
    let request = agent.http.post(&in_address).form(&[("access_token", token)]);
    agent.send(request).await.refused(400, "invalid_request");
}

async fn without_openid(s: S) {
    let tokens = s
        .user("ledger-web")
        .await
        .with("scope", "customers:read")
        .tokens()
        .await;
    let reply = userinfo(s, tokens.access()).await;
    reply.refused(403, "insufficient_scope");
    let challenge = reply.header("www-authenticate").unwrap();
    assert!(
        challenge.contains("error=\"insufficient_scope\"") && challenge.contains("scope=\"openid\""),
        "{challenge}"
    );
}
