//! Rows of token exchange: whoever asks for more than the token that was sent, for longer, or for somewhere else.

use super::dpop::{new_key, proof};
use super::stage::Stage;
use super::{Rows, rows};
use crate::harness::flow::post_as;
use crate::harness::{Agent, Flow, Reply};
use serde_json::Value;

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "M01" => somebody_elses_token,
    "M02" => a_token_that_is_over,
    "M04" => another_audience,
    "M05" => more_scope,
    "M06" => another_type_of_token,
    "M08" => who_acts,
    "M09" => a_public_client,
    "M10" => types_that_do_not_fit,
    "M12" => no_longer_than_the_subject,
    "M13" => a_bound_token,
    "M14" => ends_with_its_subject,
};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";
/// The API behind the gateway.
const LEDGER: &str = "https://ledger.internal/";

async fn users_token(s: S) -> (Flow, String) {
    let mut flow = s
        .user("ledger-web")
        .await
        .with("scope", "openid customers:read invoices:read");
    let token = flow.tokens().await.access().to_owned();
    (flow, token)
}

/// Exchanges a token as this client, with more parameters; an empty value takes a default away.
async fn exchange_as(s: S, client: &str, token: &str, more: &[(&str, &str)]) -> Reply {
    let defaults = [
        ("grant_type", GRANT),
        ("subject_token", token),
        ("subject_token_type", ACCESS),
        ("audience", LEDGER),
    ];
    let kept = defaults
        .into_iter()
        .filter(|(name, _)| more.iter().all(|(other, _)| other != name));
    let form: Vec<_> = kept
        .chain(more.iter().copied())
        .filter(|(_, value)| !value.is_empty())
        .collect();
    post_as(&s.realm.client(client), &s.realm.token(), &form).await
}

async fn exchange(s: S, token: &str, more: &[(&str, &str)]) -> Reply {
    exchange_as(s, "gateway", token, more).await
}

async fn exchanged(s: S, token: &str) -> Value {
    exchange(s, token, &[]).await.expect(200).json()
}

/// What an API that the token is for is told.
async fn introspected(s: S, token: &str) -> Value {
    let url = s.realm.endpoint("introspection_endpoint");
    let api = s.realm.client("ledger-api");
    post_as(&api, &url, &[("token", token)]).await.expect(200).json()
}

async fn somebody_elses_token(s: S) {
    let mut elsewhere = Flow::logged_in_as(&s.other, "ledger-web", 0).await;
    let foreign = elsewhere.tokens().await.access().to_owned();
    exchange(s, &foreign, &[]).await.refused(400, "invalid_request");
    for text in ["", "x", "eyJhbGciOiJub25lIn0.e30."] {
        exchange(s, text, &[]).await.refused(400, "invalid_request");
    }
    // Issued to a client whose tokens the gateway may not exchange.
    let mut rp = s.user("rp").await.with("scope", "openid customers:read");
    let token = rp.tokens().await.access().to_owned();
    exchange(s, &token, &[]).await.refused(400, "invalid_request");
}

async fn a_token_that_is_over(s: S) {
    let (flow, token) = users_token(s).await;
    flow.post_as_client(&s.realm.endpoint("revocation_endpoint"), &[("token", &*token)])
        .await
        .expect(200);
    exchange(s, &token, &[]).await.refused(400, "invalid_request");
}

async fn another_audience(s: S) {
    let (_, token) = users_token(s).await;
    for audience in ["http://localhost:8400/api", "https://nobody.example/", "ledger-web"] {
        exchange(s, &token, &[("audience", audience)])
            .await
            .refused(400, "invalid_target");
        exchange(s, &token, &[("audience", ""), ("resource", audience)])
            .await
            .refused(400, "invalid_target");
    }
    // Both may be named, more than once; a client that the realm does not name may nothing.
    let both = [("audience", LEDGER), ("resource", LEDGER), ("resource", LEDGER)];
    exchange(s, &token, &both).await.expect(200);
    exchange_as(s, "signless", &token, &[])
        .await
        .refused(400, "unauthorized_client");
}

async fn more_scope(s: S) {
    let (_, token) = users_token(s).await;
    for scope in [
        "customers:read customers:delete",
        "invoices:*",
        "*",
        "openid",
        "grantd:clients:read",
        "nonsense",
    ] {
        exchange(s, &token, &[("scope", scope)])
            .await
            .refused(400, "invalid_scope");
    }
    let tokens = exchange(s, &token, &[("scope", "customers:read")])
        .await
        .expect(200)
        .json();
    assert_eq!(tokens["scope"], "customers:read");
    assert_eq!(exchanged(s, &token).await["scope"], "customers:read invoices:read");
}

async fn another_type_of_token(s: S) {
    let (_, token) = users_token(s).await;
    for kind in ["refresh_token", "id_token", "saml2"] {
        let urn = format!("urn:ietf:params:oauth:token-type:{kind}");
        exchange(s, &token, &[("requested_token_type", &urn)])
            .await
            .refused(400, "invalid_request");
    }
    let tokens = exchange(s, &token, &[("requested_token_type", ACCESS)])
        .await
        .expect(200)
        .json();
    assert_eq!(tokens["issued_token_type"], ACCESS);
    assert_eq!(tokens["token_type"], "Bearer");
    assert!(
        tokens["refresh_token"].is_null() && tokens["id_token"].is_null(),
        "{tokens}"
    );
}

async fn who_acts(s: S) {
    let (flow, token) = users_token(s).await;
    let mut token = exchanged(s, &token).await["access_token"].as_str().unwrap().to_owned();
    let facts = introspected(s, &token).await;
    assert_eq!(facts["act"], serde_json::json!({ "sub": "gateway" }));
    assert_eq!(facts["client_id"], "gateway");
    assert_eq!(facts["tenant"], flow.user.tenants[0]);
    for depth in 2..=5 {
        token = exchanged(s, &token).await["access_token"].as_str().unwrap().to_owned();
        let mut act = introspected(s, &token).await["act"].clone();
        for _ in 1..depth {
            act = act["act"].clone();
        }
        assert_eq!(act, serde_json::json!({ "sub": "gateway" }));
    }
    exchange(s, &token, &[]).await.refused(400, "invalid_request");
    // An actor is who its own token says.
    let own = post_as(
        &s.realm.client("gateway"),
        &s.realm.token(),
        &[("grant_type", "client_credentials")],
    )
    .await;
    let own = own.expect(200).json()["access_token"].as_str().unwrap().to_owned();
    let (_, token) = users_token(s).await;
    let actor = [("actor_token", &*own), ("actor_token_type", ACCESS)];
    exchange(s, &token, &actor).await.expect(200);
    exchange(s, &token, &[("actor_token", &*token), ("actor_token_type", ACCESS)])
        .await
        .refused(400, "invalid_request");
    exchange(s, &token, &[("actor_token", &*own)])
        .await
        .refused(400, "invalid_request");
}

async fn a_public_client(s: S) {
    let (_, token) = users_token(s).await;
    exchange_as(s, "public-gateway", &token, &[])
        .await
        .refused(400, "unauthorized_client");
    exchange_as(s, "ledger-web", &token, &[])
        .await
        .refused(400, "unauthorized_client");
}

async fn types_that_do_not_fit(s: S) {
    let mut flow = s.user("ledger-web").await.with("scope", "openid customers:read");
    let tokens = flow.tokens().await;
    let id_token = tokens.0["id_token"].as_str().unwrap().to_owned();
    let refresh = tokens.refresh().to_owned();
    for (token, kind) in [(&id_token, "id_token"), (&refresh, "refresh_token")] {
        let urn = format!("urn:ietf:params:oauth:token-type:{kind}");
        for said in [&*urn, ACCESS, "urn:ietf:params:oauth:token-type:jwt", ""] {
            exchange(s, token, &[("subject_token_type", said)])
                .await
                .refused(400, "invalid_request");
        }
    }
}

async fn no_longer_than_the_subject(s: S) {
    let (_, token) = users_token(s).await;
    let ends = introspected_by_client(s, &token).await["exp"].as_u64().unwrap();
    let derived = exchanged(s, &token).await["access_token"].as_str().unwrap().to_owned();
    let facts = introspected(s, &derived).await;
    assert!(facts["exp"].as_u64().unwrap() <= ends, "{facts}");
}

async fn introspected_by_client(s: S, token: &str) -> Value {
    let url = s.realm.endpoint("introspection_endpoint");
    let client = s.realm.client("ledger-web");
    post_as(&client, &url, &[("token", token)]).await.expect(200).json()
}

async fn a_bound_token(s: S) {
    let mut flow = s.user("ledger-web").await;
    let code = flow.code().await;
    let key = new_key();
    let mut agent = Agent::new();
    let request = agent
        .http
        .post(s.realm.token())
        .basic_auth("ledger-web", flow.client.secret.as_ref());
    let request = request
        .header("dpop", proof(&key, &s.realm.token()))
        .form(&flow.redemption(&code));
    let bound = agent.send(request).await.expect(200).json();
    assert_eq!(bound["token_type"], "DPoP");
    let token = bound["access_token"].as_str().unwrap();
    exchange(s, token, &[]).await.refused(400, "invalid_request");
}

async fn ends_with_its_subject(s: S) {
    let (flow, token) = users_token(s).await;
    let first = exchanged(s, &token).await["access_token"].as_str().unwrap().to_owned();
    let second = exchanged(s, &first).await["access_token"].as_str().unwrap().to_owned();
    for derived in [&first, &second] {
        assert_eq!(introspected(s, derived).await["active"], true);
    }
    flow.post_as_client(&s.realm.endpoint("revocation_endpoint"), &[("token", &*token)])
        .await
        .expect(200);
    for derived in [&first, &second] {
        assert_eq!(introspected(s, derived).await["active"], false);
        exchange(s, derived, &[]).await.refused(400, "invalid_request");
    }
}
