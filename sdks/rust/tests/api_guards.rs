//! Guards of routes: that they are put together rightly, that several verify a request once, and that whoever runs the API hears
//! of what they refuse.

use crate::support::{App, api, asking, authorization, facts, reason};
use axum::body::Body;
use axum::extract::Extension;
use axum::http::Request;
use axum::routing::{MethodRouter, get};
use axum::{Router, response::Response};
use grantd_sdk::testing::{Endpoint, FakeIssuer, Fault};
use grantd_sdk::verifier::{Claims, Reason, RequireScopes, VerifierBuilder};
use grantd_sdk::{Clock as _, DpopKey, Error, Principal, Refusal, Verifier, covers};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tower::ServiceExt as _;

async fn subject(principal: Principal) -> String {
    principal.subject().to_owned()
}

async fn call(router: &Router, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = Request::get(path).header("host", "api.example.test");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    router
        .clone()
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap()
}

/// A bound token, and what makes headers with a new proof for it.
struct Bound {
    issuer: FakeIssuer,
    key: DpopKey,
    token: String,
}

impl Bound {
    fn of(issuer: &FakeIssuer, client_id: &str) -> Self {
        let key = DpopKey::generate().unwrap();
        let claims = json!({ "scope": "a:read b:read", "client_id": client_id, "cnf": { "jkt": key.thumbprint() } });
        Self {
            issuer: issuer.clone(),
            token: issuer.mint(claims).unwrap(),
            key,
        }
    }

    fn proof(&self, path: &str) -> String {
        let url = url::Url::parse(&format!("https://api.example.test{path}")).unwrap();
        let now = self.issuer.clock().now() / 1000;
        self.key.proof("GET", &url, now, Some(&self.token)).unwrap()
    }

    async fn call(&self, router: &Router, path: &str) -> u16 {
        let headers = [
            ("authorization", &*format!("DPoP {}", self.token)),
            ("dpop", &self.proof(path)),
        ];
        call(router, path, &headers).await.status().as_u16()
    }
}

#[tokio::test]
async fn needed_permissions_are_single() {
    let (issuer, builder) = api();
    let verifier = builder.build().unwrap();
    for wrong in ["", "a:read b:read", " a:read", "a\"b", "a\\b", "ä"] {
        let verifier = verifier.clone();
        let made = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| RequireScopes::new(verifier, [wrong])));
        assert!(made.is_err(), "{wrong:?}");
    }
    for (held, wanted) in [("*", "a b"), ("a:*", "a:b c"), ("a", ""), ("*", "")] {
        assert!(!covers(held, wanted), "{held:?} {wanted:?}");
    }
    let token = issuer.mint(json!({ "scope": "* a:read b:read" })).unwrap();
    let principal = verifier.verify(&token).await.unwrap();
    assert!(!principal.permits("a:read b:read"));
    let headers = authorization(&format!("Bearer {token}"));
    let asked = verifier.authenticate(&facts(&headers), &["a:read b:read"]).await;
    assert_eq!(reason(asked), Reason::Scope);
}

#[tokio::test]
async fn options_are_checked() {
    let none: [&str; 0] = [];
    type Change = fn(VerifierBuilder) -> VerifierBuilder;
    let wrong: [(&str, Change); 14] = [
        ("leeway", |builder| builder.leeway(301)),
        ("time limit", |builder| builder.timeout(Duration::ZERO)),
        ("no name", |builder| builder.types([""])),
        ("audience", |builder| builder.audience("")),
        ("origin", |builder| builder.origin("api.example.test")),
        ("origin's path", |builder| builder.origin("https://api.example.test/v1")),
        ("origin's query", |builder| builder.origin("https://api.example.test?")),
        ("origin's fragment", |builder| {
            builder.origin("https://api.example.test/#")
        }),
        ("a blank", |builder| builder.origin(" https://api.example.test")),
        ("no slashes", |builder| builder.origin("https:api.example.test")),
        ("a dot", |builder| builder.origin("https://api.example.test/.")),
        ("origin's user", |builder| {
            builder.origin("https://u:p@api.example.test")
        }),
        ("tenant", |builder| builder.tenant_claim("")),
        ("usage", |builder| asking(builder).usage(Duration::ZERO)),
    ];
    for (name, change) in wrong {
        assert!(
            matches!(change(api().1).build(), Err(Error::Configuration(_))),
            "{name}"
        );
    }
    assert!(matches!(api().1.types(none).build(), Err(Error::Configuration(_))));
    for leeway in [0, 300] {
        api().1.leeway(leeway).origin("http://localhost:8080/").build().unwrap();
    }
    let (issuer, _) = api();
    let manager = || crate::support::manager(&issuer);
    assert!(matches!(
        manager().timeout(Duration::ZERO).build(),
        Err(Error::Configuration(_))
    ));
    assert!(matches!(manager().resource("").build(), Err(Error::Configuration(_))));
    for redirect_uri in ["", "/cb", "https://app.example.test/cb#x"] {
        assert!(
            matches!(manager().login(redirect_uri), Err(Error::Configuration(_))),
            "{redirect_uri}"
        );
    }
    for issuer in [
        "https://u:hunter2@id.example.test",
        "id.example.test",
        "ftp://id.example.test",
    ] {
        let builder = Verifier::builder(issuer, "api");
        assert!(!format!("{builder:?}").contains("hunter2"));
        assert!(matches!(builder.build(), Err(Error::Configuration(_))), "{issuer}");
        let builder = grantd_sdk::TokenManager::builder(issuer, grantd_sdk::Credentials::secret("a", "b"));
        assert!(!format!("{builder:?}").contains("hunter2"));
        assert!(matches!(builder.build(), Err(Error::Configuration(_))), "{issuer}");
    }
}

#[tokio::test]
async fn a_bound_token_passes_a_route_of_a_nested_router() {
    let (issuer, builder) = api();
    let verifier = builder.build().unwrap();
    let inner = Router::new().route(
        "/customers",
        get(subject).layer(RequireScopes::new(verifier.clone(), ["a:read"])),
    );
    let router = Router::new().nest("/v1", inner).with_state(App { verifier });
    let bound = Bound::of(&issuer, "client");
    assert_eq!(bound.call(&router, "/v1/customers").await, 200);
}

#[tokio::test]
async fn several_guards() {
    let (issuer, builder) = api();
    let verifier = builder.build().unwrap();
    let guarded = |scope: &'static str| -> MethodRouter<App> {
        let inner = get(subject).layer::<_, Infallible>(RequireScopes::new(verifier.clone(), [scope]));
        inner.layer(RequireScopes::new(verifier.clone(), ["a:read"]))
    };
    let router = Router::new()
        .route("/both", guarded("b:read"))
        .route("/more", guarded("c:read"))
        .with_state(App {
            verifier: verifier.clone(),
        });
    let bound = Bound::of(&issuer, "client");
    assert_eq!(bound.call(&router, "/both").await, 200);
    assert_eq!(bound.call(&router, "/more").await, 403);
}

#[tokio::test]
async fn a_principal_of_another_verifier_does_not_count() {
    let (issuer, builder) = api();
    let (ours, others) = (
        builder.clone().build().unwrap(),
        builder.audience("https://other.example.test").build(),
    );
    let others = others.unwrap();
    let none: [&str; 0] = [];
    let for_others = issuer.mint(json!({ "aud": "https://other.example.test" })).unwrap();
    let for_both = issuer
        .mint(json!({ "aud": ["https://other.example.test", issuer.audience()] }))
        .unwrap();
    let router = Router::new()
        .route("/", get(subject))
        .route(
            "/claims",
            get(|claims: Claims<Value>| async move { claims.claims["sub"].to_string() }),
        )
        .layer(RequireScopes::new(others, none))
        .with_state(App { verifier: ours });
    for path in ["/", "/claims"] {
        let status = async |token: &str| {
            let bearer = format!("Bearer {token}");
            call(&router, path, &[("authorization", &bearer)])
                .await
                .status()
                .as_u16()
        };
        assert_eq!(
            (status(&for_others).await, status(&for_both).await),
            (401, 200),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_principal_of_another_credential_does_not_count() {
    let (issuer, builder) = api();
    let verifier = builder.build().unwrap();
    let require = || RequireScopes::new(verifier.clone(), ["a:read"]);
    let token = |scope: &str| format!("Bearer {}", issuer.mint(json!({ "scope": scope })).unwrap());
    // What is between two guards gives the request another credential, or none.
    for (other, expected) in [
        (Some(token("a:read")), 200),
        (Some(token("")), 403),
        (Some("Bearer x".to_owned()), 401),
        (None, 401),
    ] {
        let exchange = axum::middleware::map_request(move |mut request: Request<Body>| {
            let other = other.clone();
            async move {
                request.headers_mut().remove("authorization");
                let other = other.map(|other| other.parse().unwrap());
                other.map(|other| request.headers_mut().insert("authorization", other));
                request
            }
        });
        let route = get(subject)
            .layer::<_, Infallible>(require())
            .layer::<_, Infallible>(exchange);
        let router = Router::new().route("/", route.layer(require()));
        let router = router.with_state(App {
            verifier: verifier.clone(),
        });
        let got = call(&router, "/", &[("authorization", &token("a:read"))]).await;
        assert_eq!(got.status(), expected);
    }
}

#[tokio::test]
async fn basic_beside_a_key() {
    let (issuer, builder) = api();
    let verifier = asking(builder).build().unwrap();
    let key = issuer.mint_api_key(json!({}));
    let both = |other: &str| crate::support::and(authorization(other), "x-api-key", &key);
    let headers = both("Basic dXNlcjpwYXNz");
    verifier.authenticate(&facts(&headers), &[]).await.unwrap();
    for scheme in ["Bearer x", "DPoP x", "bearer"] {
        let headers = both(scheme);
        let outcome = verifier.authenticate(&facts(&headers), &[]).await;
        assert_eq!(reason(outcome), Reason::Twice, "{scheme}");
    }
}

#[tokio::test]
async fn what_a_request_presents_does_not_print() {
    let headers = authorization("Bearer the-token");
    let mut facts = grantd_sdk::verifier::RequestFacts::new("GET", "https://h/?access_token=in-the-query", &headers);
    facts.certificate = Some(b"certificate".as_slice().into());
    let shown = format!("{facts:?}");
    assert!(
        !shown.contains("the-token") && !shown.contains("in-the-query"),
        "{shown}"
    );
}

#[tokio::test]
async fn a_reply_that_refuses_carries_its_refusal_to_middleware_further_out() {
    let (issuer, builder) = api();
    let verifier = builder.build().unwrap();
    issuer.fail_always(Endpoint::Jwks, Fault::status(500));
    let none: [&str; 0] = [];
    let router = Router::new()
        .route("/layer", get(|Extension(_): Extension<Principal>| async {}))
        .layer(RequireScopes::new(verifier.clone(), none))
        .route("/own", get(subject))
        .with_state(App { verifier });
    let bearer = format!("Bearer {}", issuer.mint(json!({})).unwrap());
    for path in ["/layer", "/own"] {
        let response = call(&router, path, &[("authorization", &bearer)]).await;
        let refusal = response.extensions().get::<Refusal>().unwrap();
        assert_eq!(
            (response.status().as_u16(), refusal.reason()),
            (503, Reason::Unavailable)
        );
        assert!(std::error::Error::source(refusal).is_some());
    }
}

#[tokio::test]
async fn refusals_are_told() {
    type Told = Arc<Mutex<Vec<(String, &'static str, String)>>>;
    let (issuer, builder) = api();
    let told = Told::default();
    let verifier = asking(builder).on_refusal({
        let told = Arc::clone(&told);
        move |refusal, request| {
            let cause = std::error::Error::source(refusal).map_or_else(String::new, ToString::to_string);
            let path = request.uri.path().to_owned();
            let line = (path, refusal.reason().name(), cause);
            told.lock().unwrap().push(line);
            panic!("what goes wrong here changes no reply");
        }
    });
    let verifier = verifier.build().unwrap();
    #[derive(serde::Deserialize)]
    struct Own {
        department: u8,
    }
    let router = Router::new()
        .route("/own", get(subject))
        .route(
            "/claims",
            get(|claims: Claims<Own>| async move { claims.claims.department.to_string() }),
        )
        .route(
            "/layer",
            get(subject).layer(RequireScopes::new(verifier.clone(), ["a:read"])),
        )
        .with_state(App {
            verifier: verifier.clone(),
        });
    issuer.fail_next(
        Endpoint::Introspection,
        Fault::reply(401, r#"{"error":"invalid_client"}"#),
    );
    let misfit = format!("Bearer {}", issuer.mint(json!({ "department": "sales" })).unwrap());
    let status = async |path: &str, credential: &str| {
        call(&router, path, &[("authorization", credential)])
            .await
            .status()
            .as_u16()
    };
    let statuses = [
        status("/own", "Bearer opaque").await,
        status("/layer", &misfit).await,
        status("/claims", &misfit).await,
        status("/own", &misfit).await,
    ];
    assert_eq!(statuses, [503, 403, 401, 200]);
    // Nobody but a guard tells: the bare verification hands its refusal to whoever asked.
    let _ = verifier.verify("eyJ.x.y").await;
    let seen = told.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    let expected = [
        ("/own", "unavailable", "invalid_client"),
        ("/layer", "scope", ""),
        ("/claims", "claim", "the claims do not fit"),
    ];
    assert_eq!(seen.len(), expected.len(), "{seen:?}");
    for (one, (path, reason, cause)) in seen.iter().zip(expected) {
        assert_eq!((one.0.as_str(), one.1, one.2.as_str()), (path, reason, cause));
    }
}

#[tokio::test]
async fn proof_memory_bounds() {
    let (issuer, builder) = api();
    assert!(matches!(
        builder.clone().proof_memory_size(1).build(),
        Err(Error::Configuration(_))
    ));
    let verifier = builder.proof_memory_size(6).build().unwrap();
    let router = Router::new().route("/x", get(subject)).with_state(App { verifier });
    let (one, other) = (Bound::of(&issuer, "one"), Bound::of(&issuer, "other"));
    // Another key of the same client is the same client.
    let again = Bound::of(&issuer, "one");
    for bound in [&one, &again, &one] {
        assert_eq!(bound.call(&router, "/x").await, 200);
    }
    assert_eq!(
        (one.call(&router, "/x").await, again.call(&router, "/x").await),
        (503, 503)
    );
    for _ in 0..3 {
        assert_eq!(other.call(&router, "/x").await, 200);
    }
    assert_eq!(Bound::of(&issuer, "third").call(&router, "/x").await, 503);
    issuer.clock().advance(71_000);
    assert_eq!(Bound::of(&issuer, "third").call(&router, "/x").await, 200);
    assert_eq!(one.call(&router, "/x").await, 200);
}
