//! Connection tickets: made for a credential, used once, dead with it.

use super::{api_key, bearer, nginx, stage, token};
use crate::harness::flow::post_as;
use crate::harness::{Agent, Realm, Reply};

async fn asked(realm: &Realm, headers: &[(&str, &str)]) -> Reply {
    let mut agent = Agent::new();
    let mut request = agent.http.post(format!("{}/gate/ticket", realm.issuer()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    agent.send(request).await
}

async fn ticket(realm: &Realm, token: &str) -> String {
    let reply = asked(realm, &[("authorization", &bearer(token))]).await;
    let body = reply.expect(200).json();
    assert_eq!(body["expires_in"], 60);
    body["ticket"].as_str().unwrap().to_owned()
}

async fn used(realm: &Realm, path: &str, ticket: &str) -> Reply {
    nginx(realm, "GET", &format!("{path}?access_token={ticket}"), &[]).await
}

#[tokio::test]
async fn a_ticket_opens_one_connection() {
    let s = stage();
    let token = token(&s.routed, "invoices:read", None).await;
    let ticket = ticket(&s.routed, &token).await;
    let reply = used(&s.routed, "/hub", &ticket).await;
    assert_eq!(reply.expect(200).header("x-grantd-client"), Some("nightly-export"));
    used(&s.routed, "/hub", &ticket).await.refused(401, "invalid_token");
    assert!(!s.server.log().contains(&ticket));
}

#[tokio::test]
async fn a_refused_call_spends_no_ticket_and_no_header_takes_one() {
    let s = stage();
    let token = token(&s.routed, "invoices:read", None).await;
    let ticket = ticket(&s.routed, &token).await;
    used(&s.routed, "/admin/x", &ticket).await.expect(401);
    nginx(&s.routed, "GET", "/hub", &[("authorization", &bearer(&ticket))])
        .await
        .expect(401);
    used(&s.plain, "/hub", &ticket).await.expect(403);
    used(&s.routed, "/v1/invoices/7", &ticket).await.expect(200);
}

#[tokio::test]
async fn a_ticket_dies_with_its_token() {
    let s = stage();
    let token = token(&s.routed, "invoices:read", None).await;
    let ticket = ticket(&s.routed, &token).await;
    let client = s.routed.client("nightly-export");
    post_as(
        &client,
        &s.routed.endpoint("revocation_endpoint"),
        &[("token", token.as_str())],
    )
    .await
    .expect(200);
    used(&s.routed, "/hub", &ticket).await.refused(401, "invalid_token");
}

#[tokio::test]
async fn a_ticket_is_made_for_a_good_credential_in_a_header_alone() {
    let s = stage();
    let key = api_key(&s.routed);
    let made = asked(&s.routed, &[("x-api-key", &key)]).await.expect(200).json();
    used(&s.routed, "/hub", made["ticket"].as_str().unwrap())
        .await
        .expect(200);
    let token = token(&s.routed, "invoices:read", None).await;
    let ticket = ticket(&s.routed, &token).await;
    for headers in [
        &[("authorization", "Bearer bad")][..],
        &[("authorization", &bearer(&ticket))],
        &[("x-api-key", "bad")],
        &[("x-api-key", &token)],
    ] {
        let reply = asked(&s.routed, headers).await;
        reply.refused(401, "invalid_token");
        let told = reply.all("www-authenticate").join(" ");
        assert!(told.contains("error=\"invalid_token\""), "{headers:?} {told}");
    }
    let bare = asked(&s.routed, &[]).await;
    let told = bare.expect(401).all("www-authenticate").join(" ");
    assert!(told.contains("Bearer realm=") && !told.contains("error"), "{told}");
    for headers in [
        &[("authorization", &*bearer(&token)), ("x-api-key", &key)][..],
        &[("authorization", &bearer(&key)), ("authorization", &bearer(&token))],
    ] {
        asked(&s.routed, headers).await.refused(400, "invalid_request");
    }
    // Changed, of another realm, or made up.
    let foreign = super::token(&s.plain, "invoices:read", None).await;
    let foreign = self::ticket(&s.plain, &foreign).await;
    for bad in [
        format!("{ticket}A"),
        ticket.replace("ct_", "ct_A"),
        foreign,
        "ct_".into(),
        "ct_AAAA".into(),
    ] {
        used(&s.routed, "/hub", &bad).await.refused(401, "invalid_token");
    }
}
