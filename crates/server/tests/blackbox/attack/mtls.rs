//! Rows of clients with certificates, and what such clients get when they do everything right.

mod people;
mod stage;

use super::stage::Stage;
use super::{Rows, rows};
use crate::harness::flow::VERIFIER;
use crate::harness::postgres::fresh_database;
use crate::harness::{Agent, Flow};
use people::{Authority, Holder};
use serde_json::json;
use stage::{Direct, Proxied, proxied};

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "H01" => |_: S| a_header_of_somebody_who_is_no_proxy(),
    "H02" => |_: S| two_headers(),
    "H04" => |_: S| a_header_beside_a_certificate(),
    "H05" => |_: S| a_certificate_that_proves_nothing(),
    "H06" => |_: S| another_clients_name(),
    "H08" => |_: S| a_bound_token_without_its_certificate(),
    "H09" => |_: S| a_chain_turned_around(),
    "H10" => |_: S| what_is_no_certificate(),
};

/// The header that the proxy of the stage sets.
const CERT: &str = "client-cert";

async fn a_header_of_somebody_who_is_no_proxy() {
    let direct = Direct::start();
    direct
        .ask(None, &[(CERT, &direct.billing.header())])
        .await
        .refused(401, "invalid_client");
    for name in [
        "x-ssl-client-cert",
        "ssl-client-cert",
        "x-forwarded-client-cert",
        "x-client-cert",
    ] {
        let reply = direct.ask(None, &[(name, &direct.billing.header())]).await;
        reply.refused(401, "invalid_client");
    }
    // Nor does a claim about an address make anybody a proxy.
    let headers = [(CERT, &*direct.billing.header()), ("x-forwarded-for", "127.0.0.1")];
    direct.ask(None, &headers).await.refused(401, "invalid_client");
}

async fn a_header_beside_a_certificate() {
    let direct = Direct::start();
    let reply = direct
        .ask(Some(&direct.other), &[(CERT, &direct.billing.header())])
        .await;
    reply.refused(401, "invalid_client");
    // The connection says who it is, whatever the header says.
    let reply = direct
        .ask(Some(&direct.billing), &[(CERT, &direct.other.header())])
        .await;
    let token = reply.expect(200).json();
    assert_eq!(token["token_type"], "Bearer");
    direct.ask(Some(&direct.billing), &[]).await.expect(200);
    let forged = Holder::self_signed("billing");
    direct.ask(Some(&forged), &[]).await.refused(401, "invalid_client");
    direct.ask(None, &[]).await.refused(401, "invalid_client");
}

async fn two_headers() {
    let stage = proxied();
    let (billing, shipping) = (stage.billing.header(), stage.shipping.header());
    stage.ask("billing", &[(CERT, &billing)]).await.expect(200);
    for second in [&billing, &shipping] {
        let reply = stage.ask("billing", &[(CERT, &billing), (CERT, second)]).await;
        reply.refused(401, "invalid_client");
    }
    let listed = format!("{billing}, {shipping}");
    stage
        .ask("billing", &[(CERT, &listed)])
        .await
        .refused(401, "invalid_client");
}

async fn a_certificate_that_proves_nothing() {
    let stage = proxied();
    let expired = stage.authority.issue_expired("billing");
    let elsewhere = Authority::new().issue("billing");
    let forged = Holder::self_signed("billing");
    for holder in [&expired, &elsewhere, &forged, &stage.own] {
        stage
            .ask("billing", &[(CERT, &holder.header())])
            .await
            .refused(401, "invalid_client");
    }
    // Its own key is what a client registered that vouches for itself; no name, and no authority, stands in for it.
    stage.ask("own", &[(CERT, &stage.own.header())]).await.expect(200);
    for holder in [&Holder::self_signed("own"), &stage.authority.issue("own")] {
        stage
            .ask("own", &[(CERT, &holder.header())])
            .await
            .refused(401, "invalid_client");
    }
    stage.ask("own", &[]).await.refused(401, "invalid_client");
}

async fn another_clients_name() {
    let stage = proxied();
    stage
        .ask("shipping", &[(CERT, &stage.billing.header())])
        .await
        .refused(401, "invalid_client");
    stage
        .ask("billing", &[(CERT, &stage.shipping.header())])
        .await
        .refused(401, "invalid_client");
    stage
        .ask("nobody", &[(CERT, &stage.billing.header())])
        .await
        .refused(401, "invalid_client");
    let secret = [
        ("grant_type", "client_credentials"),
        ("client_id", "billing"),
        ("client_secret", "x"),
    ];
    stage
        .post(&stage.realm.token(), &secret, &[(CERT, &stage.billing.header())])
        .await
        .refused(401, "invalid_client");
}

async fn a_bound_token_without_its_certificate() {
    let stage = proxied();
    let reply = stage.ask("billing", &[(CERT, &stage.billing.header())]).await;
    let token = reply.expect(200).json();
    let token = token["access_token"].as_str().unwrap();
    let told = stage.introspected(token).await;
    assert_eq!(told["cnf"], json!({ "x5t#S256": stage.billing.thumbprint() }));
    assert_eq!(told["token_type"], "Bearer");
    // With it the token is looked at, and acts for no user.
    let with = stage.userinfo(token, &[(CERT, &stage.billing.header())]).await;
    assert_eq!(with.expect(403).json()["error"], "insufficient_scope");
    let again = stage.authority.issue("billing");
    for said in [
        &[][..],
        &[(CERT, &*stage.shipping.header())],
        &[(CERT, &*again.header())],
    ] {
        let without = stage.userinfo(token, said).await;
        assert_eq!(without.expect(401).json()["error"], "invalid_token");
        assert!(without.header("www-authenticate").unwrap().contains("invalid_token"));
    }
}

async fn a_chain_turned_around() {
    let stage = proxied();
    let (between, leaf) = stage.authority.through_another("billing");
    let right = [(CERT, &*leaf.header()), ("client-cert-chain", &*between.header())];
    stage.ask("billing", &right).await.expect(200);
    let turned = [(CERT, &*between.header()), ("client-cert-chain", &*leaf.header())];
    stage.ask("billing", &turned).await.refused(401, "invalid_client");
    stage
        .ask("billing", &[(CERT, &leaf.header())])
        .await
        .refused(401, "invalid_client");
    // A chain alone shows nobody.
    stage
        .ask("billing", &[("client-cert-chain", &leaf.header())])
        .await
        .refused(401, "invalid_client");
}

async fn what_is_no_certificate() {
    let stage = proxied();
    let header = stage.billing.header();
    let cut = format!("{}:", &header[..header.len() / 2]);
    let long = format!(":{}:", "MIIB".repeat(1700));
    for said in [
        "",
        ":",
        "::",
        ":AAAA:",
        ":!!!!:",
        "x",
        &cut,
        &long,
        "-----BEGIN CERTIFICATE-----",
        "%2D%2D",
    ] {
        stage
            .ask("billing", &[(CERT, said)])
            .await
            .refused(401, "invalid_client");
        // It is no error either: whoever needs no certificate gets what it asked for.
        let api = stage.realm.client("api");
        let mut agent = Agent::new();
        let request = agent.http.post(stage.realm.endpoint("introspection_endpoint"));
        let request = request.basic_auth(&api.id, api.secret.as_ref()).header(CERT, said);
        agent.send(request.form(&[("token", "x")])).await.expect(200);
    }
}

#[tokio::test]
async fn metadata_says_where_certificates_are_asked_for_and_the_aliases_answer() {
    let stage = proxied();
    let metadata = &stage.realm.0["metadata"];
    assert_eq!(metadata["tls_client_certificate_bound_access_tokens"], true);
    let methods = metadata["token_endpoint_auth_methods_supported"].as_array().unwrap();
    assert!(methods.contains(&json!("tls_client_auth")) && methods.contains(&json!("self_signed_tls_client_auth")));
    let aliases = metadata["mtls_endpoint_aliases"].as_object().unwrap();
    let token = aliases["token_endpoint"].as_str().unwrap();
    assert!(token.starts_with("http://127.0.0.1:"), "{token}");
    let form = [("grant_type", "client_credentials"), ("client_id", "billing")];
    stage
        .post(token, &form, &[(CERT, &stage.billing.header())])
        .await
        .expect(200);
    stage.post(token, &form, &[]).await.refused(401, "invalid_client");
    for alias in aliases.values() {
        let status = Agent::new().post(alias.as_str().unwrap(), &[("x", "y")]).await.status;
        assert!((400..404).contains(&status), "{alias} {status}");
    }
    // The demo realm has nothing to do with certificates, and says nothing of them.
    let without = &super::stage::stage().realm.0["metadata"];
    assert!(without.get("mtls_endpoint_aliases").is_none());
    assert!(without.get("tls_client_certificate_bound_access_tokens").is_none());
}

/// A public client's tokens are worth nothing without its certificate, the refresh token neither.
async fn a_public_client(stage: &Proxied) {
    let mine = Holder::self_signed("app");
    let said = [(CERT, &*mine.header())];
    let mut flow = Flow::new(&stage.realm, "app");
    let code = flow.code().await;
    let redirect_uri = flow.client.redirect_uri.clone();
    let redeem = [
        ("grant_type", "authorization_code"),
        ("client_id", "app"),
        ("code", &*code),
        ("redirect_uri", &*redirect_uri),
        ("code_verifier", VERIFIER),
    ];
    let url = stage.realm.token();
    // Without a certificate nothing is bound, so nothing is issued, and nothing is spent.
    stage.post(&url, &redeem, &[]).await.refused(400, "invalid_request");
    let tokens = stage.post(&url, &redeem, &said).await.expect(200).json();
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    stage.userinfo(&text("access_token"), &said).await.expect(200);
    stage.userinfo(&text("access_token"), &[]).await.expect(401);
    let refresh_token = text("refresh_token");
    let refresh = [
        ("grant_type", "refresh_token"),
        ("client_id", "app"),
        ("refresh_token", &*refresh_token),
    ];
    let thief = Holder::self_signed("app");
    stage
        .post(&url, &refresh, &[(CERT, &thief.header())])
        .await
        .refused(400, "invalid_grant");
    stage.post(&url, &refresh, &[]).await.refused(400, "invalid_request");
    // Whoever stole the token alone has not ended anything.
    let fresh = stage.post(&url, &refresh, &said).await.expect(200).json();
    let told = stage.introspected(fresh["access_token"].as_str().unwrap()).await;
    assert_eq!(told["cnf"], json!({ "x5t#S256": mine.thumbprint() }));
}

#[tokio::test]
async fn the_tokens_of_a_public_client_are_bound_to_its_certificate() {
    a_public_client(proxied()).await;
}

#[tokio::test]
async fn the_tokens_of_a_public_client_are_bound_to_its_certificate_on_postgresql() {
    let database = fresh_database().await;
    a_public_client(&Proxied::start(Some(&database))).await;
}
