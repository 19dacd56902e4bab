//! Rows of client authentication.

use super::stage::Stage;
use super::{Rows, rows};
use crate::harness::Reply;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "E01" => basic_and_body,
    "E02" => basic_and_assertion,
    "E04" => two_ids,
    "E05" => encoded_basic,
    "E06" => malformed_basic,
    "E08" => wrong_and_unknown_alike,
    "E09" => another_method_than_registered,
    "E10" => public_with_a_secret,
};

/// Asks for a token with this `Authorization` and these members.
async fn ask(s: S, authorization: Option<&str>, form: &[(&str, &str)]) -> Reply {
    let mut agent = s.agent();
    let mut all = vec![("grant_type", "client_credentials")];
    all.extend_from_slice(form);
    let mut request = agent.http.post(s.realm.token()).form(&all);
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    agent.send(request).await
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

fn secret(s: S, id: &str) -> String {
    s.realm.client(id).secret.unwrap()
}

async fn basic_and_body(s: S) {
    let secret = secret(s, "nightly-export");
    let header = basic("nightly-export", &secret);
    ask(s, Some(&header), &[("client_secret", &secret)])
        .await
        .refused(400, "invalid_request");
    ask(s, Some(&header), &[("client_id", "nightly-export")])
        .await
        .expect(200);
}

async fn basic_and_assertion(s: S) {
    let header = basic("nightly-export", &secret(s, "nightly-export"));
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let reply = ask(
        s,
        Some(&header),
        &[("client_assertion_type", kind), ("client_assertion", "a.b.c")],
    )
    .await;
    reply.refused(400, "invalid_request");
}

async fn two_ids(s: S) {
    let header = basic("nightly-export", &secret(s, "nightly-export"));
    let reply = ask(s, Some(&header), &[("client_id", "ledger-web")]).await;
    assert!(matches!(reply.status, 400 | 401), "{}", reply.body);
    assert!(reply.json()["access_token"].is_null());
}

async fn encoded_basic(s: S) {
    let secret = secret(s, "nightly-export");
    let encoded: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
    ask(s, Some(&basic("nightly%2Dexport", &encoded)), &[])
        .await
        .expect(200);
    ask(s, Some(&basic("nightly%2Dexport%3A%C3%A9", &encoded)), &[])
        .await
        .refused(401, "invalid_client");
}

async fn malformed_basic(s: S) {
    let encoded = |text: &str| format!("Basic {}", STANDARD.encode(text));
    let long = format!("Basic {}", "A".repeat(6 * 1024));
    for header in [
        encoded("nightly-export:%zz"),
        encoded("no-colon"),
        encoded(":"),
        "Basic !!!".to_owned(),
        "Basic".to_owned(),
        "Basic /////w==".to_owned(),
        long,
    ] {
        let reply = ask(s, Some(&header), &[]).await;
        assert!(
            matches!(reply.status, 400 | 401),
            "{header}: {} {}",
            reply.status,
            reply.body
        );
        let error = reply.json()["error"].as_str().unwrap().to_owned();
        reply.refused(if error == "invalid_client" { 401 } else { 400 }, &error);
    }
    let huge = format!("Basic {}", "A".repeat(64 * 1024));
    assert_eq!(ask(s, Some(&huge), &[]).await.status, 431);
}

async fn wrong_and_unknown_alike(s: S) {
    let wrong = ask(s, Some(&basic("nightly-export", "wrong")), &[]).await;
    let unknown = ask(s, Some(&basic("no-such-client", "wrong")), &[]).await;
    wrong.refused(401, "invalid_client");
    assert_eq!((wrong.status, wrong.told()), (unknown.status, unknown.told()));
    for reply in [wrong, unknown] {
        assert!(reply.header("www-authenticate").unwrap().starts_with("Basic "));
    }
    let in_body = async |id| ask(s, None, &[("client_id", id), ("client_secret", "wrong")]).await;
    let (wrong, unknown) = (in_body("nightly-export").await, in_body("no-such-client").await);
    assert_eq!((wrong.status, wrong.told()), (unknown.status, unknown.told()));
}

async fn another_method_than_registered(s: S) {
    let secret = secret(s, "poster");
    let (header, form) = (
        basic("poster", &secret),
        [("client_id", "poster"), ("client_secret", secret.as_str())],
    );
    ask(s, Some(&header), &[]).await.refused(401, "invalid_client");
    // Authenticated as registered, it fails for what it asks and not for who it is.
    ask(s, None, &form).await.refused(400, "unauthorized_client");
}

async fn public_with_a_secret(s: S) {
    let reply = ask(
        s,
        None,
        &[("client_id", "ledger-desktop"), ("client_secret", "made-up")],
    )
    .await;
    reply.refused(401, "invalid_client");
    ask(s, Some(&basic("ledger-desktop", "made-up")), &[])
        .await
        .refused(401, "invalid_client");
}
