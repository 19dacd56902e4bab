//! The client's scenarios of `spec/vectors/scenarios.md` that are about calls of an API: a real one, over a socket.

use crate::support::{api_key, manager};
use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use grantd_sdk::client::AuthMiddleware;
use grantd_sdk::testing::{Endpoint, FakeIssuer};
use grantd_sdk::{ApiClient, Error, ReqwestTransport, TokenManager, TokenSource as _, Transport as _};
use std::collections::HashSet;
use std::sync::{Arc, Mutex};

/// What an API got: the credential and the body of each request.
type Seen = Arc<Mutex<Vec<(HeaderMap, String)>>>;
/// What it answers to the request of this number, which has these headers.
type Answer = Arc<dyn Fn(usize, &HeaderMap) -> Response + Send + Sync>;

/// Serves on this computer until the test ends; gives the address.
pub(crate) async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    format!("http://{address}/")
}

async fn answering(answer: impl Fn(usize, &HeaderMap) -> Response + Send + Sync + 'static) -> (String, Seen) {
    let seen = Seen::default();
    let router = Router::new()
        .fallback(handle)
        .with_state((Arc::clone(&seen), Arc::new(answer) as Answer));
    (serve(router).await, seen)
}

async fn handle(State((seen, answer)): State<(Seen, Answer)>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let mut seen = seen.lock().unwrap();
    seen.push((parts.headers.clone(), String::from_utf8(body.to_vec()).unwrap()));
    answer(seen.len(), &parts.headers)
}

fn refused(status: StatusCode, challenge: &str) -> Response {
    (status, [(header::WWW_AUTHENTICATE, challenge.to_owned())]).into_response()
}

const INVALID: &str = r#"Bearer error="invalid_token""#;

fn machine() -> (FakeIssuer, TokenManager) {
    let issuer = FakeIssuer::new().unwrap();
    (issuer.clone(), manager(&issuer).scopes(["a:read"]).build().unwrap())
}

fn credentials(seen: &Seen) -> Vec<String> {
    let seen = seen.lock().unwrap();
    seen.iter()
        .map(|(headers, _)| headers["authorization"].to_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn retry_once_on_401() {
    let (issuer, manager) = machine();
    let (base, seen) = answering(|number, _| match number {
        1 | 3 | 4 => refused(StatusCode::UNAUTHORIZED, INVALID),
        _ => "yes".into_response(),
    })
    .await;
    let client = ApiClient::new(manager.clone(), &base).unwrap();
    manager.token().await.unwrap();
    let order = || client.post("x").with(|request| request.body("order")).send();
    assert_eq!(order().await.unwrap().text().await.unwrap(), "yes");
    let sent = credentials(&seen);
    assert_eq!(sent.len(), 2);
    assert_ne!(sent[0], sent[1]);
    assert_eq!(order().await.unwrap().status(), 401);
    assert_eq!((credentials(&seen).len(), issuer.count(Endpoint::Token)), (4, 3));
    assert!(seen.lock().unwrap().iter().all(|(_, body)| body == "order"));
}

#[tokio::test]
async fn a_token_that_was_just_obtained_is_not_replaced_when_it_is_refused() {
    let (issuer, manager) = machine();
    let (base, _) = answering(|_, _| StatusCode::UNAUTHORIZED.into_response()).await;
    let client = ApiClient::new(manager, &base).unwrap();
    assert_eq!(client.get("x").send().await.unwrap().status(), 401);
    assert_eq!(issuer.count(Endpoint::Token), 1);
}

#[tokio::test]
async fn no_retry_on_insufficient_scope() {
    let (issuer, manager) = machine();
    let challenge = r#"Bearer error="insufficient_scope", scope="a:read a:write""#;
    let (base, seen) = answering(move |_, _| refused(StatusCode::FORBIDDEN, challenge)).await;
    let client = ApiClient::new(manager.clone(), &base).unwrap();
    manager.token().await.unwrap();
    let error = client.get("x").send().await.unwrap_err();
    assert!(
        matches!(&error, Error::InsufficientScope { scopes } if scopes == &["a:read", "a:write"]),
        "{error}"
    );
    assert_eq!((credentials(&seen).len(), issuer.count(Endpoint::Token)), (1, 1));
}

#[tokio::test]
async fn no_retry_of_a_stream() {
    let (issuer, manager) = machine();
    let (base, seen) = answering(|_, _| refused(StatusCode::UNAUTHORIZED, INVALID)).await;
    let client = ApiClient::new(manager.clone(), &base).unwrap();
    manager.token().await.unwrap();
    let parts = axum::body::Body::from("part").into_data_stream();
    let request = client
        .post("x")
        .with(|request| request.body(reqwest::Body::wrap_stream(parts)));
    assert_eq!(request.send().await.unwrap().status(), 401);
    assert_eq!((credentials(&seen).len(), issuer.count(Endpoint::Token)), (1, 1));
}

#[tokio::test]
async fn a_retry_drops_only_the_refused_token() {
    let (issuer, manager) = machine();
    let first = format!("Bearer {}", manager.token().await.unwrap().expose());
    let bad = first.clone();
    let (base, seen) = answering(move |_, headers| {
        let is_bad = headers["authorization"] == bad.as_str();
        if is_bad {
            refused(StatusCode::UNAUTHORIZED, INVALID)
        } else {
            "in".into_response()
        }
    })
    .await;
    let client = ApiClient::new(manager, &base).unwrap();
    let all: Vec<_> = (0..50)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.get("x").send().await.unwrap().status() })
        })
        .collect();
    for one in all {
        assert_eq!(one.await.unwrap(), 200);
    }
    assert_eq!(issuer.count(Endpoint::Token), 2);
    assert_eq!(credentials(&seen).into_iter().collect::<HashSet<_>>().len(), 2);
}

#[tokio::test]
async fn an_api_key_is_not_sent_again() {
    let (base, seen) = answering(|_, _| refused(StatusCode::UNAUTHORIZED, INVALID)).await;
    let client = ApiClient::new(api_key("key-1"), &base).unwrap();
    assert_eq!(client.get("x").send().await.unwrap().status(), 401);
    let seen = seen.lock().unwrap();
    assert_eq!((seen.len(), seen[0].0["x-api-key"].to_str().unwrap()), (1, "key-1"));
}

#[tokio::test]
async fn a_credential_goes_to_no_other_origin_than_the_apis_and_never_in_clear() {
    let (issuer, manager) = machine();
    let client = ApiClient::new(manager.clone(), "https://api.example.test/v1/").unwrap();
    for elsewhere in [
        "https://evil.example.test/",
        "//evil.example.test/",
        "https://api.example.test:444/",
    ] {
        assert!(
            matches!(client.get(elsewhere).send().await, Err(Error::Configuration(_))),
            "{elsewhere}"
        );
    }
    assert!(matches!(
        ApiClient::new(manager, "http://api.example.test/"),
        Err(Error::Configuration(_))
    ));
    assert_eq!(issuer.count(Endpoint::Token), 0);
}

#[tokio::test]
async fn a_redirect_of_the_api_takes_the_credential_nowhere() {
    let (_, manager) = machine();
    let (elsewhere, others) = answering(|_, _| "in".into_response()).await;
    let (base, _) = answering(move |_, _| {
        (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, elsewhere.clone())]).into_response()
    })
    .await;
    let client = ApiClient::new(manager, &base).unwrap();
    assert_eq!(client.get("x").send().await.unwrap().status(), 307);
    assert!(others.lock().unwrap().is_empty());
}

#[tokio::test]
async fn below_the_base() {
    let (issuer, manager) = machine();
    let paths = Arc::new(Mutex::new(Vec::new()));
    let router = Router::new().fallback({
        let paths = Arc::clone(&paths);
        async move |request: Request| {
            let has_credential = request.headers().contains_key("authorization");
            paths.lock().unwrap().push((request.uri().to_string(), has_credential));
        }
    });
    let origin = serve(router).await.trim_end_matches('/').to_owned();
    for base in [format!("{origin}/v1"), format!("{origin}/v1/")] {
        let client = ApiClient::new(manager.clone(), &base).unwrap();
        let absolute = format!("{origin}/v1/customers");
        for (path, expected) in [
            ("customers", "/v1/customers"),
            ("/customers", "/v1/customers"),
            (absolute.as_str(), "/v1/customers"),
            ("a/../customers", "/v1/customers"),
            ("customers:export", "/v1/customers:export"),
            ("?page=2", "/v1/?page=2"),
            ("", "/v1/"),
            ("files/a%2Fb%2e", "/v1/files/a%2Fb%2e"),
            (
                "search?at=https://elsewhere.example",
                "/v1/search?at=https://elsewhere.example",
            ),
        ] {
            client.get(path).send().await.unwrap();
            assert_eq!(
                paths.lock().unwrap().pop(),
                Some((expected.to_owned(), true)),
                "{base} {path}"
            );
        }
        let asked = issuer.count(Endpoint::Token);
        let outside = format!("{origin}/admin");
        let beside = format!("{origin}/v10");
        let user = format!("{}/v1/x", origin.replace("//", "//user@"));
        for path in [
            "../admin",
            "/../admin",
            "customers/../../admin",
            "customers/%2e%2e/%2E%2e/admin",
            "..\\admin",
            "..%2fadmin",
            "customers/..%2F..%2Fadmin",
            "%2e%2e%2fadmin",
            "customers/..%5c..%5Cadmin",
            ".%2E",
            "%2F.%2e/admin",
            "//evil.example.test/x",
            "/\\evil.example.test/x",
            "\\\\evil.example.test/x",
            "https://evil.example.test/v1/x",
            outside.as_str(),
            beside.as_str(),
            user.as_str(),
        ] {
            let error = client.get(path).send().await.unwrap_err();
            assert!(matches!(error, Error::Configuration(_)), "{base} {path}: {error}");
            // A request of one's own too.
            if let Ok(url) = url::Url::parse(path) {
                let request = reqwest::Request::new(reqwest::Method::GET, url);
                assert!(
                    matches!(client.execute(request).await, Err(Error::Configuration(_))),
                    "{path}"
                );
            }
        }
        assert_eq!((paths.lock().unwrap().len(), issuer.count(Endpoint::Token)), (0, asked));
    }
    for base in [
        "https://user:hunter2@api.example.test/",
        "https://api.example.test/?x=1",
        "https://api.example.test/#x",
        "api.example.test",
        "/v1",
        "",
    ] {
        let error = ApiClient::new(manager.clone(), base).map(|_| ()).unwrap_err();
        assert!(matches!(&error, Error::Configuration(_)), "{base}");
        assert!(!format!("{error:?} {error}").contains("hunter2"));
        assert!(matches!(
            AuthMiddleware::new(manager.clone(), base),
            Err(Error::Configuration(_))
        ));
    }
}

#[tokio::test]
async fn the_middleware_gives_no_credential_to_what_is_not_below_its_base() {
    let (_, manager) = machine();
    let (at, seen) = answering(|_, _| "in".into_response()).await;
    let middleware = AuthMiddleware::new(manager, &format!("{at}v1")).unwrap();
    let client = reqwest_middleware::ClientBuilder::new(reqwest::Client::new())
        .with(middleware)
        .build();
    for (path, has_credential) in [("v1/x", true), ("v1", true), ("v10", false), ("admin", false)] {
        client.get(format!("{at}{path}")).send().await.unwrap();
        let (headers, _) = seen.lock().unwrap().pop().unwrap();
        assert_eq!(headers.contains_key("authorization"), has_credential, "{path}");
    }
}

#[tokio::test]
async fn a_middleware_on_a_client_that_follows_redirects_says_that_the_credential_left() {
    let (elsewhere, _) = answering(|_, _| "in".into_response()).await;
    let (base, _) =
        answering(move |_, _| (StatusCode::FOUND, [(header::LOCATION, elsewhere.clone())]).into_response()).await;
    let middleware = AuthMiddleware::new(api_key("key-1"), &base).unwrap();
    let client = reqwest_middleware::ClientBuilder::new(reqwest::Client::new())
        .with(middleware)
        .build();
    let error = client.get(format!("{base}x")).send().await.unwrap_err();
    let reqwest_middleware::Error::Middleware(error) = error else {
        panic!("{error}")
    };
    assert!(matches!(error.downcast_ref(), Some(Error::Redirected { .. })));
}

#[tokio::test]
async fn no_client_made_here_follows_a_redirect_whatever_it_is_made_of() {
    let (elsewhere, others) = answering(|_, _| "in".into_response()).await;
    let (base, _) = answering(move |_, _| {
        (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, elsewhere.clone())]).into_response()
    })
    .await;
    let http = || reqwest::Client::builder().redirect(reqwest::redirect::Policy::limited(5));
    let client = ApiClient::with_http(api_key("key-1"), &base, http()).unwrap();
    assert_eq!(client.get("x").send().await.unwrap().status(), 307);
    let middleware = AuthMiddleware::new(api_key("key-1"), &base).unwrap();
    let client = middleware.client(http()).unwrap();
    assert_eq!(client.get(format!("{base}x")).send().await.unwrap().status(), 307);
    let transport = ReqwestTransport::with_builder(http()).unwrap();
    let request = http::Request::post(format!("{base}token")).body(bytes::Bytes::from("client_secret=x"));
    assert_eq!(transport.send(request.unwrap()).await.unwrap().status(), 307);
    assert!(others.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_time_limit_of_the_transports_own_is_a_time_out() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let http = reqwest::Client::builder().read_timeout(std::time::Duration::from_millis(10));
    let transport = ReqwestTransport::with_builder(http).unwrap();
    let request = http::Request::get(url).body(bytes::Bytes::new()).unwrap();
    let error = transport.send(request).await.unwrap_err();
    assert!(matches!(error, grantd_sdk::TransportError::Timeout), "{error:?}");
}

#[tokio::test]
async fn an_api_that_is_not_there_is_a_typed_error_with_its_cause() {
    let (_, manager) = machine();
    let client = ApiClient::new(manager, "http://127.0.0.1:1/").unwrap();
    let error = client.get("secret-path?token=x").send().await.unwrap_err();
    assert!(matches!(&error, Error::Network { .. }), "{error}");
    assert!(std::error::Error::source(&error).is_some());
    assert!(!format!("{error:?}").contains("secret-path"), "{error:?}");
}

#[tokio::test]
async fn the_middleware_does_the_same_and_leaves_other_origins_alone() {
    let (issuer, manager) = machine();
    manager.token().await.unwrap();
    let (base, seen) = answering(|number, _| match number {
        1 => refused(StatusCode::UNAUTHORIZED, INVALID),
        _ => "yes".into_response(),
    })
    .await;
    let (elsewhere, others) = answering(|_, _| "in".into_response()).await;
    let client = reqwest_middleware::ClientBuilder::new(reqwest::Client::new())
        .with(AuthMiddleware::new(manager, &base).unwrap())
        .build();
    assert_eq!(
        client
            .get(format!("{base}x"))
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap(),
        "yes"
    );
    assert_eq!((credentials(&seen).len(), issuer.count(Endpoint::Token)), (2, 2));
    client.get(elsewhere).send().await.unwrap();
    assert!(!others.lock().unwrap()[0].0.contains_key("authorization"));
}
