//! The client's scenarios of `spec/vectors/scenarios.md` about logins and replies of the token endpoint.

use crate::client_tokens::{machine, token};
use crate::support::{manager, until};
use grantd_sdk::testing::{Endpoint, FakeIssuer, Fault};
use grantd_sdk::{BoxFuture, Clock, Credentials, DpopKey, Error, PrivateKey, TokenManager, TokenSource as _};
use serde_json::json;
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A clock that runs as soon as somebody sleeps, but not for time-outs.
#[derive(Clone)]
struct Eager {
    clock: grantd_sdk::testing::FakeClock,
    pauses: Arc<Mutex<Vec<u64>>>,
}

const TIMEOUT: Duration = Duration::from_millis(9_999);

impl Clock for Eager {
    fn now(&self) -> i64 {
        self.clock.now()
    }

    fn sleep(&self, pause: Duration) -> BoxFuture<'static, ()> {
        if pause == TIMEOUT {
            return self.clock.sleep(pause);
        }
        self.pauses.lock().unwrap().push(pause.as_secs());
        self.clock.advance(i64::try_from(pause.as_millis()).unwrap());
        Box::pin(async {})
    }
}

#[tokio::test]
async fn device() {
    let issuer = FakeIssuer::new().unwrap();
    let eager = Eager {
        clock: issuer.clock(),
        pauses: Arc::default(),
    };
    let flow = TokenManager::builder(issuer.issuer(), Credentials::public("tv"))
        .scopes(["a:read"])
        .transport(issuer.clone())
        .clock(eager.clone())
        .timeout(TIMEOUT)
        .device_login()
        .unwrap();
    for fault in [
        Fault::refusal("authorization_pending"),
        Fault::refusal("slow_down"),
        Fault::Network,
        Fault::refusal("authorization_pending"),
    ] {
        issuer.fail_next(Endpoint::Token, fault);
    }
    let mut shown = None;
    let manager = flow
        .login("ada", |prompt| {
            assert!(!format!("{prompt:?}").contains(&prompt.user_code));
            shown = Some(prompt.user_code.clone());
        })
        .await
        .unwrap();
    token(&manager).await;
    assert_eq!(*eager.pauses.lock().unwrap(), [5, 5, 10, 20, 20]);
    assert_eq!(shown.unwrap(), "BCDF-GHJK");
    issuer.fail_next(Endpoint::Token, Fault::refusal("access_denied"));
    assert!(matches!(flow.login("ada", |_| ()).await, Err(Error::AccessDenied(_))));
    issuer.fail_next(Endpoint::Token, Fault::refusal("expired_token"));
    assert!(matches!(flow.login("ada", |_| ()).await, Err(Error::DeviceCodeExpired)));
    issuer.fail_always(Endpoint::Token, Fault::refusal("authorization_pending"));
    assert!(matches!(flow.login("ada", |_| ()).await, Err(Error::DeviceCodeExpired)));
}

#[tokio::test]
async fn hanging_server() {
    let (issuer, manager) = machine();
    issuer.fail_next(Endpoint::Token, Fault::Hang);
    let waiting = tokio::spawn({
        let manager = manager.clone();
        async move { manager.token().await }
    });
    until(|| issuer.count(Endpoint::Token) == 1).await;
    issuer.clock().advance(10_000);
    let error = waiting.await.unwrap().unwrap_err();
    assert!(matches!(&error, Error::Timeout { .. }), "{error}");
    issuer.clock().advance(1_000);
    token(&manager).await;
}

#[tokio::test]
async fn metadata_about_another_issuer_is_refused_and_nothing_is_sent_to_it() {
    let (issuer, manager) = machine();
    issuer.set_metadata("issuer", "https://evil.example.test");
    assert!(matches!(manager.token().await, Err(Error::Discovery(_))));
    issuer.set_metadata("issuer", issuer.issuer());
    issuer.set_metadata("token_endpoint", "http://id.example.test/token");
    issuer.clock().advance(1_000);
    assert!(matches!(manager.token().await, Err(Error::Discovery(_))));
    assert_eq!(issuer.count(Endpoint::Token), 0);
}

#[tokio::test]
async fn a_redirect_of_the_token_endpoint_is_not_followed() {
    let (issuer, manager) = machine();
    let headers = vec![("location", "https://evil.example.test/".to_owned())];
    issuer.fail_next(
        Endpoint::Token,
        Fault::Reply {
            status: 307,
            body: String::new(),
            headers,
        },
    );
    assert!(matches!(manager.token().await, Err(Error::Reply { status: 307, .. })));
    assert_eq!(issuer.count(Endpoint::Token), 1);
}

#[tokio::test]
async fn a_reply_that_is_no_token_reply_is_an_error_whatever_is_wrong_with_it() {
    let wrong = [
        "<html>".to_owned(),
        "[]".to_owned(),
        r#"{"access_token":"a","access_token":"b","token_type":"Bearer"}"#.to_owned(),
        json!({ "access_token": 1, "token_type": "Bearer" }).to_string(),
        json!({ "access_token": "", "token_type": "Bearer" }).to_string(),
        json!({ "access_token": "a b", "token_type": "Bearer" }).to_string(),
        json!({ "access_token": "t", "token_type": "mac" }).to_string(),
        json!({ "access_token": "t" }).to_string(),
        json!({ "access_token": "t", "token_type": "Bearer", "expires_in": "60" }).to_string(),
        json!({ "access_token": "t", "token_type": "Bearer", "expires_in": -1 }).to_string(),
        json!({ "access_token": "t", "token_type": "Bearer", "refresh_token": null }).to_string(),
    ];
    for body in wrong {
        let (issuer, manager) = machine();
        issuer.fail_next(Endpoint::Token, Fault::reply(200, body.as_str()));
        assert!(matches!(manager.token().await, Err(Error::Reply { .. })), "{body}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_bind_the_token_to_the_key_is_not_believed() {
    let issuer = FakeIssuer::new().unwrap();
    let manager = manager(&issuer).dpop(DpopKey::generate().unwrap()).build().unwrap();
    let unbound = json!({ "access_token": "t", "token_type": "Bearer" }).to_string();
    issuer.fail_next(Endpoint::Token, Fault::reply(200, unbound));
    assert!(matches!(manager.token().await, Err(Error::Reply { .. })));
    assert!(issuer.seen().last().unwrap().headers.contains_key("dpop"));
}

#[tokio::test]
async fn a_callback_of_another_login_another_server_or_twice_is_refused_before_any_request() {
    let issuer = FakeIssuer::new().unwrap();
    let flow = TokenManager::builder(issuer.issuer(), Credentials::public("app"))
        .transport(issuer.clone())
        .clock(issuer.clock())
        .login("http://localhost/cb")
        .unwrap();
    assert!(matches!(
        flow.begin(&[("state", "mine")]).await,
        Err(Error::Configuration(_))
    ));
    let pending = flow.begin(&[("prompt", "login")]).await.unwrap();
    let good = issuer.approve(pending.url()).unwrap();
    let iss = format!(
        "&iss={}",
        url::form_urlencoded::byte_serialize(issuer.issuer().as_bytes()).collect::<String>()
    );
    assert!(good.contains(&iss));
    let bad = [
        good.replace("state=", "state=x"),
        good.replace(&iss, "&iss=https%3A%2F%2Fevil.example.test"),
        good.replace(&iss, ""),
        format!("{good}&code=again"),
        good.replace("code=code", "kode=code"),
    ];
    for callback in bad {
        let refused = flow.finish(&callback, &pending, "ada").await;
        assert!(matches!(refused, Err(Error::Callback(_))), "{callback}");
    }
    let denied = good.replace("code=code", "error=access_denied&x=");
    assert!(matches!(
        flow.finish(&denied, &pending, "ada").await,
        Err(Error::AccessDenied(_))
    ));
    assert_eq!(issuer.count(Endpoint::Token), 0);
    let kept = grantd_sdk::client::PendingLogin::from_text(pending.to_text().expose()).unwrap();
    token(&flow.finish(&good, &kept, "ada").await.unwrap()).await;
}

#[test]
fn options_that_contradict_each_other_are_refused_before_anything_is_sent() {
    let secret = || Credentials::secret("client", "secret");
    let issuer = "https://id.example.test";
    assert!(
        TokenManager::builder(issuer, Credentials::public("app"))
            .build()
            .is_err()
    );
    assert!(
        TokenManager::builder(issuer, Credentials::secret("client", ""))
            .build()
            .is_err()
    );
    assert!(
        TokenManager::builder(issuer, Credentials::secret("", "secret"))
            .build()
            .is_err()
    );
    for wrong in [
        "http://id.example.test",
        "https://id.example.test/",
        "https://id.example.test?x",
        "id.example.test",
        "",
    ] {
        assert!(TokenManager::builder(wrong, secret()).build().is_err(), "{wrong}");
    }
    assert!(TokenManager::builder("http://localhost:8400", secret()).build().is_ok());
}

#[test]
fn private_keys_are_read_as_jwk_of_every_type() {
    let keys = crate::support::vectors("keys");
    let mut seen = HashSet::new();
    for (name, jwk) in keys.as_object().unwrap().iter().flat_map(|(name, value)| {
        let inner = value
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), value.clone()));
        std::iter::once((name.clone(), value.clone())).chain(inner)
    }) {
        if jwk["d"].is_string() && jwk["kty"] != "oct" {
            let key = PrivateKey::from_jwk(&jwk.to_string());
            if jwk["n"].as_str().is_none_or(|n| n.len() > 340) {
                let key = key.unwrap_or_else(|error| panic!("{name}: {error}"));
                let public = key.public_jwk();
                let numbers = ["n", "e", "x", "y"];
                assert!(numbers.iter().all(|number| public[number] == jwk[number]), "{name}");
                seen.insert(jwk["kty"].as_str().unwrap().to_owned());
            }
        }
    }
    assert_eq!(seen.len(), 3, "{seen:?}");
}

#[tokio::test]
async fn checked_before_it_is_spent() {
    let issuer = FakeIssuer::new().unwrap();
    let login = manager(&issuer).login("http://localhost/cb").unwrap();
    let pending = login.begin(&[]).await.unwrap();
    let callback = issuer.approve(pending.url()).unwrap();
    let refused = login.finish(&callback, &pending, "").await;
    assert!(matches!(refused, Err(Error::Configuration(_))));
    assert_eq!(issuer.count(Endpoint::Token), 0);
    token(&login.finish(&callback, &pending, "ada").await.unwrap()).await;
    let device = manager(&issuer).device_login().unwrap();
    let refused = device.login("", |_| panic!("nothing is to be shown")).await;
    assert!(matches!(refused, Err(Error::Configuration(_))));
    assert_eq!(issuer.count(Endpoint::Device), 0);
}
