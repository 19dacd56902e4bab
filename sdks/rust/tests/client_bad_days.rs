//! What a client does about a server that fails, work that panics, and a program without a runtime; authorization requests that
//! are pushed; and keys that are kept.

use crate::client_tokens::{machine, token, user};
use crate::support::{manager, until};
use grantd_sdk::testing::{Endpoint, FakeIssuer, Fault};
use grantd_sdk::{
    Algorithm, BoxFuture, Credentials, DpopKey, Error, PrivateKey, Request, Response, TokenManager, TokenSource as _,
    Transport, TransportError,
};
use std::collections::HashMap;

fn refused(status: u16, body: &str, retry_after: Option<&str>) -> Fault {
    Fault::Reply {
        status,
        body: body.to_owned(),
        headers: retry_after
            .map(|seconds| ("Retry-After", seconds.to_owned()))
            .into_iter()
            .collect(),
    }
}

#[tokio::test]
async fn after_a_failure_there_is_a_pause_as_long_as_the_server_asks_for() {
    let cases = [
        (Fault::Network, 1_000),
        (Fault::reply(500, "down"), 1_000),
        (refused(429, "{}", None), 1_000),
        (refused(429, "{}", Some("7")), 7_000),
        (refused(429, "{}", Some("0")), 1_000),
        (refused(503, "{}", Some("0")), 1_000),
        (refused(503, "{}", Some("3600")), 60_000),
        (refused(500, "{}", Some("7")), 1_000),
        (refused(401, r#"{"error":"invalid_client"}"#, None), 5_000),
        (refused(400, r#"{"error":"unauthorized_client"}"#, None), 5_000),
        (refused(400, r#"{"error":"invalid_scope"}"#, None), 1_000),
    ];
    for (fault, pause) in cases {
        let (issuer, manager) = machine();
        issuer.fail_always(Endpoint::Token, fault.clone());
        let failure = manager.token().await.unwrap_err().to_string();
        for (step, requests) in [(0, 1), (pause - 1, 1), (1, 2), (pause - 1, 2)] {
            issuer.clock().advance(step);
            assert_eq!(manager.token().await.unwrap_err().to_string(), failure);
            assert_eq!(issuer.count(Endpoint::Token), requests, "{fault:?} {step}");
        }
        // A clock that goes back makes no pause longer.
        issuer.mend();
        issuer.clock().advance(-86_400_000);
        token(&manager).await;
    }
}

#[tokio::test]
async fn outside_of_a_runtime_a_kept_token_is_handed_out_and_nothing_panics() {
    let (issuer, manager) = machine();
    let first = token(&manager).await;
    issuer.clock().advance(3_560_000);
    let elsewhere = std::thread::spawn({
        let manager = manager.clone();
        move || {
            let mut future = Box::pin(async move { manager.token().await.unwrap().expose().to_owned() });
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            match future.as_mut().poll(&mut context) {
                std::task::Poll::Ready(token) => token,
                std::task::Poll::Pending => "nothing".to_owned(),
            }
        }
    });
    assert_eq!(elsewhere.join().unwrap(), first);
    assert_eq!(issuer.count(Endpoint::Token), 1);
    // The next one inside refreshes.
    token(&manager).await;
    until(|| issuer.count(Endpoint::Token) == 2).await;
}

#[tokio::test]
async fn a_transport_that_panics_is_an_error_of_its_own() {
    struct Boom;
    impl Transport for Boom {
        fn send(&self, _: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
            panic!("on purpose")
        }
    }
    let manager = TokenManager::builder("https://id.example.test", Credentials::secret("a", "b")).transport(Boom);
    let error = manager.build().unwrap().token().await.unwrap_err();
    assert_eq!(error.to_string(), "what was under way panicked");
}

#[tokio::test]
async fn required_pushed_request() {
    let issuer = FakeIssuer::new().unwrap();
    let flow = |builder: grantd_sdk::client::TokenManagerBuilder| builder.login("http://localhost/cb").unwrap();
    let query =
        |url: &str| -> HashMap<String, String> { url::Url::parse(url).unwrap().query_pairs().into_owned().collect() };
    let plain = flow(manager(&issuer)).begin(&[]).await.unwrap();
    assert_eq!(query(plain.url())["response_type"], "code");
    assert_eq!(issuer.count(Endpoint::PushedAuthorization), 0);

    issuer.set_metadata("require_pushed_authorization_requests", true);
    let key = DpopKey::generate().unwrap();
    let clients = [
        Credentials::secret("client", "a secret"),
        Credentials::secret_post("client", "a secret"),
        Credentials::private_key("client", PrivateKey::generate(Algorithm::ES256).unwrap()),
    ];
    for credentials in clients {
        let builder = TokenManager::builder(issuer.issuer(), credentials)
            .transport(issuer.clone())
            .clock(issuer.clock())
            .scopes(["a:read"])
            .dpop(key.clone());
        let login = flow(builder);
        let pending = login
            .begin(&[("prompt", "login"), ("login_hint", "ada")])
            .await
            .unwrap();
        let carried = query(pending.url());
        let mut names: Vec<&str> = carried.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(
            (names, carried["client_id"].as_str()),
            (vec!["client_id", "request_uri"], "client")
        );
        let pushed = issuer.seen().pop().unwrap();
        assert_eq!(pushed.endpoint, Endpoint::PushedAuthorization);
        for (name, value) in [
            ("response_type", "code"),
            ("client_id", "client"),
            ("redirect_uri", "http://localhost/cb"),
            ("scope", "a:read"),
            ("code_challenge_method", "S256"),
            ("prompt", "login"),
            ("login_hint", "ada"),
        ] {
            assert_eq!(pushed.form[name], value, "{name}");
        }
        let is_proven = pushed.headers.contains_key("authorization")
            || pushed.form.contains_key("client_secret")
            || pushed.form.contains_key("client_assertion");
        assert!(is_proven && pushed.headers.contains_key("dpop"));
        let callback = issuer.approve(pending.url()).unwrap();
        token(&login.finish(&callback, &pending, "ada").await.unwrap()).await;
    }
    issuer.fail_next(Endpoint::PushedAuthorization, Fault::refusal("invalid_request"));
    let refused = flow(manager(&issuer)).begin(&[]).await;
    assert!(matches!(refused, Err(Error::OAuth(refusal)) if refusal.code == "invalid_request"));
    for name in ["client_id", "request_uri", "request"] {
        let own = flow(manager(&issuer)).begin(&[(name, "x")]).await;
        assert!(matches!(own, Err(Error::Configuration(_))), "{name}");
    }
}

#[tokio::test]
async fn requests_are_pushed_where_the_program_asks_for_it() {
    let issuer = FakeIssuer::new().unwrap();
    let login = manager(&issuer).login("http://localhost/cb").unwrap().pushed();
    login.begin(&[]).await.unwrap();
    assert_eq!(issuer.count(Endpoint::PushedAuthorization), 1);
}

#[tokio::test]
async fn a_key_can_be_kept_for_the_next_start() {
    for algorithm in [Algorithm::ES256, Algorithm::EdDSA, Algorithm::RS256] {
        let key = PrivateKey::generate(algorithm).unwrap();
        let pem = key.to_pem().unwrap();
        assert!(pem.expose().lines().all(|line| line.len() <= 64));
        assert_eq!(
            PrivateKey::from_pem(algorithm, pem.expose()).unwrap().thumbprint(),
            key.thumbprint()
        );
    }
    let issuer = FakeIssuer::new().unwrap();
    let key = DpopKey::generate().unwrap();
    let store = std::sync::Arc::new(grantd_sdk::client::MemoryTokenStore::default());
    let builder = || manager(&issuer).store(std::sync::Arc::clone(&store));
    let first = token(&user(&issuer, builder().dpop(key.clone())).await).await;
    let pem = key.to_pem().unwrap();
    assert!(!format!("{pem:?} {key:?}").contains("PRIVATE"));
    let kept = PrivateKey::from_pem(Algorithm::ES256, pem.expose())
        .map(DpopKey::from_key)
        .unwrap();
    let back = builder().dpop(kept).for_user("ada", None).await.unwrap();
    assert_eq!(token(&back).await, first);
    for wrong in [
        "",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
    ] {
        assert!(matches!(
            PrivateKey::from_pem(Algorithm::ES256, wrong),
            Err(Error::Configuration(_))
        ));
    }
}
