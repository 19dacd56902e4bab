//! Protected routes of tower and axum: what passes, what is refused, and how (`replies` of `spec/vectors/scenarios.md`).

use crate::support::{App, api};
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use grantd_sdk::testing::FakeIssuer;
use grantd_sdk::verifier::{Challenges, Claims, RequireScopes, Scheme};
use grantd_sdk::{DpopKey, Principal, Refusal};
use serde::Deserialize;
use serde_json::{Value, json};
use tower::ServiceExt as _;

#[derive(Deserialize)]
struct Own {
    department: String,
}

async fn behind_layer(Extension(principal): Extension<Principal>) -> String {
    principal.subject().to_owned()
}

async fn own_claims(claims: Claims<Own>) -> Json<Value> {
    Json(json!({ "subject": claims.principal.subject(), "department": claims.claims.department }))
}

async fn step_up(
    axum::extract::State(app): axum::extract::State<App>,
    principal: Principal,
) -> Result<&'static str, Refusal> {
    app.verifier.authorize(&principal, &["b:write"])?;
    Ok("in")
}

fn app() -> (FakeIssuer, Router) {
    let (issuer, builder) = api();
    let challenges = Challenges {
        realm: Some("ledger".to_owned()),
        resource_metadata: Some("https://api.example.test/.well-known/oauth-protected-resource".to_owned()),
        schemes: vec![Scheme::Bearer, Scheme::Dpop],
    };
    let verifier = builder.challenges(challenges).build().unwrap();
    let router = Router::new()
        .route(
            "/layer",
            get(behind_layer).layer(RequireScopes::new(verifier.clone(), ["a:read"])),
        )
        .route("/claims", get(own_claims))
        .route("/step", post(step_up))
        .with_state(App { verifier });
    (issuer, router)
}

struct Got {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

async fn send(router: &Router, request: axum::http::request::Builder) -> Got {
    let response = router
        .clone()
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, 1 << 16).await.unwrap();
    Got {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

fn bearer(path: &str, token: &str) -> axum::http::request::Builder {
    Request::get(path)
        .header("host", "api.example.test")
        .header("authorization", format!("Bearer {token}"))
}

#[tokio::test]
async fn replies() {
    let (issuer, router) = app();
    let got = send(&router, Request::get("/layer")).await;
    assert_eq!(got.status, 401);
    assert_eq!(got.headers["cache-control"], "no-store");
    let challenges: Vec<&str> = got
        .headers
        .get_all("www-authenticate")
        .iter()
        .map(|value| value.to_str().unwrap())
        .collect();
    let metadata = "resource_metadata=\"https://api.example.test/.well-known/oauth-protected-resource\"";
    assert_eq!(
        challenges,
        [
            format!("Bearer realm=\"ledger\", scope=\"a:read\", {metadata}"),
            format!("DPoP realm=\"ledger\", algs=\"ES256 RS256 PS256 EdDSA\", scope=\"a:read\", {metadata}"),
        ]
    );
    assert_eq!(
        serde_json::from_str::<Value>(&got.body).unwrap()["error"],
        "missing_token"
    );

    let token = issuer.mint(json!({ "scope": "b:read" })).unwrap();
    let got = send(&router, bearer("/layer", &token)).await;
    assert_eq!(got.status, 403);
    assert!(
        got.headers["www-authenticate"]
            .to_str()
            .unwrap()
            .contains("error=\"insufficient_scope\"")
    );
    assert_eq!(serde_json::from_str::<Value>(&got.body).unwrap()["scope"], "a:read");

    let token = issuer.mint(json!({ "scope": "a:*" })).unwrap();
    let got = send(&router, bearer("/layer", &token)).await;
    assert_eq!((got.status, got.body.as_str()), (StatusCode::OK, "user-1"));
}

#[tokio::test]
async fn claims_of_ones_own_type_are_read_from_a_verified_token_alone() {
    let (issuer, router) = app();
    let good = issuer.mint(json!({ "department": "sales" })).unwrap();
    let got = send(&router, bearer("/claims", &good)).await;
    assert_eq!(
        serde_json::from_str::<Value>(&got.body).unwrap(),
        json!({ "subject": "user-1", "department": "sales" })
    );
    let without = issuer.mint(json!({})).unwrap();
    assert_eq!(send(&router, bearer("/claims", &without)).await.status, 401);
    assert_eq!(send(&router, bearer("/claims", &format!("{good}x"))).await.status, 401);
    assert_eq!(send(&router, Request::get("/claims")).await.status, 401);
}

#[tokio::test]
async fn a_handler_can_ask_for_more_than_its_route() {
    let (issuer, router) = app();
    for (scope, status) in [("b:read", StatusCode::FORBIDDEN), ("b:*", StatusCode::OK)] {
        let token = issuer.mint(json!({ "scope": scope })).unwrap();
        let request = Request::post("/step").header("authorization", format!("Bearer {token}"));
        assert_eq!(send(&router, request).await.status, status);
    }
}

#[tokio::test]
async fn a_bound_token_passes_a_route_with_its_proof_once() {
    let (issuer, router) = app();
    let key = DpopKey::generate().unwrap();
    let claims = json!({ "scope": "a:read", "cnf": { "jkt": key.thumbprint() } });
    let token = issuer.mint(claims).unwrap();
    let url = url::Url::parse("https://api.example.test/layer?page=1").unwrap();
    let now = grantd_sdk::Clock::now(&issuer.clock()) / 1000;
    let proof = key.proof("GET", &url, now, Some(&token)).unwrap();
    let request = || {
        let request = Request::get("/layer?page=1").header("host", "api.example.test");
        request
            .header("authorization", format!("DPoP {token}"))
            .header("dpop", &proof)
    };
    assert_eq!(send(&router, request()).await.status, 200);
    let again = send(&router, request()).await;
    assert_eq!(again.status, 401);
    assert!(again.body.contains("invalid_dpop_proof"), "{}", again.body);
    assert_eq!(send(&router, bearer("/layer", &token)).await.status, 401);
}

#[tokio::test]
async fn nobody_can_bring_a_principal_along() {
    // Identity comes from the credential alone: an extension is set by the layer, never by a header.
    let (issuer, router) = app();
    let token = issuer.mint(json!({ "scope": "a:read", "exp": 1, "iat": 0 })).unwrap();
    let request = bearer("/layer", &token).header("x-grantd-subject", "admin");
    assert_eq!(send(&router, request).await.status, 401);
}
