//! The client's scenarios of `spec/vectors/scenarios.md` against the built server.

use crate::person::approve;
use crate::process::Server;
use grantd_sdk::client::{FileTokenStore, Login, TokenManagerBuilder};
use grantd_sdk::testing::FakeClock;
use grantd_sdk::{
    ApiClient, ApiKey, BoxFuture, Clock, Credentials, Error, PrivateKey, Request, ReqwestTransport, Response,
    SystemClock, TokenManager, TokenSource as _, Transport, TransportError, Verifier,
};
use http::Method;
use std::collections::HashSet;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const CALLBACK: &str = "http://localhost:3000/callback";

/// The real transport, and how many forms it posted.
#[derive(Clone)]
struct Counted {
    inner: ReqwestTransport,
    posted: Arc<AtomicUsize>,
}

impl Counted {
    fn new() -> Counted {
        Counted {
            inner: ReqwestTransport::new().unwrap(),
            posted: Arc::default(),
        }
    }

    fn posted(&self) -> usize {
        self.posted.load(Ordering::SeqCst)
    }
}

impl Transport for Counted {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        self.posted
            .fetch_add(usize::from(request.method() == Method::POST), Ordering::SeqCst);
        self.inner.send(request)
    }
}

fn machine(server: &Server, credentials: Credentials) -> (Counted, TokenManager) {
    let counted = Counted::new();
    let manager = TokenManager::builder(server.issuer(), credentials)
        .scopes(["invoices:read"])
        .transport(counted.clone())
        .build()
        .unwrap();
    (counted, manager)
}

fn nightly(server: &Server) -> Credentials {
    Credentials::secret("nightly-export", server.secret("nightly-export"))
}

fn builder(server: &Server) -> TokenManagerBuilder {
    let credentials = Credentials::secret("ledger-web", server.secret("ledger-web"));
    TokenManager::builder(server.issuer(), credentials).scopes(["offline_access", "invoices:read"])
}

async fn logged_in(server: &Server, builder: TokenManagerBuilder) -> TokenManager {
    let login: Login = builder.login(CALLBACK).unwrap();
    let pending = login.begin(&[]).await.unwrap();
    let callback = approve(server, pending.url(), CALLBACK).await;
    login.finish(&callback, &pending, "ada").await.unwrap()
}

async fn token(manager: &TokenManager) -> String {
    manager.token().await.unwrap().expose().to_owned()
}

fn verifier(server: &Server) -> Verifier {
    Verifier::builder(server.issuer(), server.api()).build().unwrap()
}

/// A directory of this test's own, taken away at its end.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Directory {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Directory(path)
    }

    fn store(&self) -> FileTokenStore {
        FileTokenStore::new(&self.0)
    }

    fn tokens(&self) -> Vec<PathBuf> {
        let files = std::fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().path());
        files
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .collect()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
#[ignore = "needs GRANTD_BIN"]
async fn acquire() {
    let server = Server::start();
    let (_, manager) = machine(&server, nightly(&server));
    let principal = verifier(&server).verify(&token(&manager).await).await.unwrap();
    assert_eq!(
        (principal.client_id(), principal.scopes().as_str()),
        (Some("nightly-export"), "invoices:read")
    );
}

#[tokio::test]
#[ignore = "needs GRANTD_BIN"]
async fn acquire_with_every_way_to_authenticate() {
    let server = Server::start();
    let secret = server.secret("nightly-export");
    let key = PrivateKey::from_jwk(&server.private_jwk("nightly-sync")).unwrap();
    for credentials in [
        nightly(&server),
        Credentials::secret_post("nightly-export", secret),
        Credentials::private_key("nightly-sync", key),
    ] {
        let client_id = credentials.client_id().to_owned();
        let (_, manager) = machine(&server, credentials);
        let principal = verifier(&server).verify(&token(&manager).await).await.unwrap();
        assert_eq!(principal.client_id(), Some(client_id.as_str()));
    }
    let wrong = Credentials::secret("nightly-export", "no such secret, with signs: +&%ä");
    let error = machine(&server, wrong).1.token().await.unwrap_err();
    assert!(
        matches!(&error, Error::OAuth(refusal) if refusal.code == "invalid_client"),
        "{error}"
    );
}

#[tokio::test]
#[ignore = "needs GRANTD_BIN"]
async fn cache() {
    let server = Server::start();
    let (counted, manager) = machine(&server, nightly(&server));
    let first = token(&manager).await;
    assert_eq!(token(&manager).await, first);
    assert_eq!(counted.posted(), 1);
    assert_ne!(token(&manager.with_scopes(["customers:read"]).unwrap()).await, first);
    assert_ne!(token(&manager.for_resource(server.api()).unwrap()).await, first);
    assert_eq!(counted.posted(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs GRANTD_BIN"]
async fn single_flight() {
    let server = Server::start();
    let (counted, manager) = machine(&server, nightly(&server));
    let all: Vec<_> = (0..100)
        .map(|_| {
            let manager = manager.clone();
            tokio::spawn(async move { token(&manager).await })
        })
        .collect();
    let mut tokens = HashSet::new();
    for one in all {
        tokens.insert(one.await.unwrap());
    }
    assert_eq!((counted.posted(), tokens.len()), (1, 1));
}

#[tokio::test]
#[ignore = "needs GRANTD_BIN"]
async fn code_with_pkce() {
    let server = Server::start();
    let counted = Counted::new();
    let login = builder(&server).transport(counted.clone()).login(CALLBACK).unwrap();
    let pending = login.begin(&[]).await.unwrap();
    let callback = approve(&server, pending.url(), CALLBACK).await;
    assert!(callback.contains("iss="), "{callback}");
    for wrong in [
        callback.replace("state=", "state=x"),
        callback.replace("iss=http", "iss=x"),
    ] {
        assert!(
            matches!(login.finish(&wrong, &pending, "ada").await, Err(Error::Callback(_))),
            "{wrong}"
        );
    }
    assert_eq!(counted.posted(), 0);
    let manager = login.finish(&callback, &pending, "ada").await.unwrap();
    let principal = verifier(&server).verify(&token(&manager).await).await.unwrap();
    assert_eq!(principal.client_id(), Some("ledger-web"));
    assert!(principal.permits("invoices:read"));
}

/// An hour later: the token is old. What is obtained from now on is young.
#[derive(Clone, Copy)]
struct Later;

impl Clock for Later {
    fn now(&self) -> i64 {
        SystemClock.now() + 3_599_000
    }

    fn sleep(&self, pause: Duration) -> BoxFuture<'static, ()> {
        SystemClock.sleep(pause)
    }
}

/// Not a test: the second process of the next one. It finds the stored token too old, and wants another.
#[tokio::test]
#[ignore = "run by rotation_in_two_processes"]
#[expect(clippy::disallowed_methods, reason = "the other process says what to do")]
async fn other_process() {
    let Ok(directory) = std::env::var("SDK_TEST_STORE") else {
        return;
    };
    let credentials = Credentials::secret("ledger-web", std::env::var("SDK_TEST_SECRET").unwrap());
    let counted = Counted::new();
    let manager = TokenManager::builder(std::env::var("SDK_TEST_ISSUER").unwrap(), credentials)
        .scopes(["offline_access", "invoices:read"])
        .store(FileTokenStore::new(directory))
        .transport(counted.clone())
        .clock(Later)
        .for_user("ada", None)
        .await
        .unwrap();
    println!("<{} {}>", token(&manager).await, counted.posted());
}

#[tokio::test]
#[ignore = "needs GRANTD_BIN"]
async fn rotation_in_two_processes() {
    let (server, directory) = (Server::start(), Directory::new("rotation"));
    let first = token(&logged_in(&server, builder(&server).store(directory.store())).await).await;
    let run = || {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "server_client::other_process", "--ignored", "--nocapture"])
            .env("SDK_TEST_STORE", &directory.0)
            .env("SDK_TEST_ISSUER", server.issuer())
            .env("SDK_TEST_SECRET", server.secret("ledger-web"))
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap()
    };
    let outcomes = [run(), run()].map(|process| {
        let output = String::from_utf8(process.wait_with_output().unwrap().stdout).unwrap();
        let line = output
            .split_once('<')
            .and_then(|(_, rest)| rest.split_once('>'))
            .expect("an outcome")
            .0;
        let (token, posted) = line.split_once(' ').unwrap();
        (token.to_owned(), posted.parse::<usize>().unwrap())
    });
    assert_eq!(outcomes[0].0, outcomes[1].0);
    assert_ne!(outcomes[0].0, first);
    assert_eq!(outcomes[0].1 + outcomes[1].1, 1);
    let clock = FakeClock::at(SystemClock.now() + 8_000_000);
    let later = builder(&server)
        .store(directory.store())
        .clock(clock)
        .for_user("ada", None)
        .await
        .unwrap();
    assert_ne!(token(&later).await, outcomes[0].0, "the refresh token is alive");
}

#[tokio::test]
#[ignore = "needs GRANTD_BIN"]
async fn invalid_grant_ends_the_login() {
    let (server, directory) = (Server::start(), Directory::new("ends"));
    let clock = FakeClock::at(SystemClock.now());
    let manager = logged_in(&server, builder(&server).store(directory.store()).clock(clock.clone())).await;
    assert_eq!(directory.tokens().len(), 1);
    let tokens = manager.tokens().await.unwrap();
    let twin = builder(&server).for_user("ada", tokens.refresh_token()).await.unwrap();
    twin.revoke().await.unwrap();
    clock.advance(3_600_000);
    for _ in 0..2 {
        let error = manager.token().await.unwrap_err();
        assert!(matches!(&error, Error::LoginRequired(_)), "{error}");
    }
    assert!(directory.tokens().is_empty());
}

#[tokio::test]
#[ignore = "needs GRANTD_BIN"]
async fn api_key() {
    use crate::client_calls::serve;
    use axum::routing::get;
    use grantd_sdk::verifier::RequireScopes;
    let server = Server::start();
    let api = Verifier::builder(server.issuer(), server.api())
        .introspection(Credentials::secret("acme-api", server.secret("acme-api")))
        .build()
        .unwrap();
    let requests = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&requests);
    let router = axum::Router::new()
        .route(
            "/",
            get(
                |axum::Extension(principal): axum::Extension<grantd_sdk::Principal>| async move {
                    principal.subject().to_owned()
                },
            ),
        )
        .layer(RequireScopes::new(api, ["invoices:write"]))
        .layer(axum::middleware::map_request(move |request: axum::extract::Request| {
            seen.fetch_add(1, Ordering::SeqCst);
            async move { request }
        }));
    let base = serve(router).await;
    let call = async |key: &str| {
        let client = ApiClient::new(ApiKey::new(key).unwrap(), &base).unwrap();
        client.get("").send().await.unwrap()
    };
    assert!(
        call(server.api_key())
            .await
            .text()
            .await
            .unwrap()
            .starts_with("api_key:")
    );
    assert_eq!(call(&format!("{}x", server.api_key())).await.status(), 401);
    assert_eq!(requests.load(Ordering::SeqCst), 2);
}
