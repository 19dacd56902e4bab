//! Token exchange (RFC 8693) from the user's token to the API at the end of the chain, on both databases: who acts, who may,
//! and what ends with what.

use crate::admin::stage::Api;
use crate::attack::stage::realm_file;
use crate::harness::flow::post_as;
use crate::harness::launch::{finish, grantd};
use crate::harness::postgres::fresh_database;
use crate::harness::{Flow, Launch, Realm, Reply, Server};
use crate::status_list::{is_over, until};
use serde_json::{Value, json};

const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";
const LEDGER: &str = "https://ledger.internal/";

/// The gateway is named in the tokens of the web client, and may pass its own on to itself; the second may exchange what
/// says nothing of it; the third has a row for both, and is named in neither.
const MORE: &str = r#"
[[demo.clients]]
name = "Third Gateway"
kind = "machine"
client_id = "third"
grant_types = ["client_credentials", "token_exchange"]
scopes = ["*"]
default_scopes = ["customers:read"]
[[token_exchange]]
client_id = "third"
subject_clients = ["ledger-web", "rp"]
resources = ["https://ledger.internal/"]
scopes = ["customers:*"]
[[token_exchange]]
client_id = "signless"
subject_clients = ["rp"]
resources = ["https://ledger.internal/"]
scopes = ["customers:*"]
"#;

fn realm(format: &str) -> String {
    let named = (
        "subject_clients = [\"ledger-web\", \"gateway\"]",
        "subject_clients = [\"ledger-web\", \"gateway\"]\nmay_act = true",
    );
    let format = ("format = \"jwt\"", format!("format = \"{format}\""));
    let file = realm_file("acme", "http://localhost:8400", &[(format.0, &format.1)]);
    assert!(file.contains(named.0));
    file.replace(named.0, named.1) + MORE
}

async fn exchange(realm: &Realm, client: &str, token: &str) -> Reply {
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token", token),
        ("subject_token_type", ACCESS),
        ("audience", LEDGER),
    ];
    post_as(&realm.client(client), &realm.token(), &form).await
}

async fn told(realm: &Realm, client: &str, token: &str) -> Value {
    let url = realm.endpoint("introspection_endpoint");
    let reply = post_as(&realm.client(client), &url, &[("token", token)]).await;
    reply.expect(200).json()
}

fn token(reply: &Reply) -> String {
    reply.expect(200).json()["access_token"].as_str().unwrap().to_owned()
}

async fn a_chain(server: &Server, is_jwt: bool) {
    let realm = server.realm();
    let gateway = json!({ "sub": "gateway" });
    let mut flow = Flow::new(&realm, "ledger-web").with("scope", "openid customers:read invoices:read");
    let first = flow.tokens().await;
    assert_eq!(flow.introspect(first.access()).await["may_act"], gateway);
    if is_jwt {
        let (_, _, claims) = realm.signed(first.access()).await;
        assert_eq!((&claims["may_act"], claims.get("act")), (&gateway, None));
    }
    // Whom it does not name does not get anything for it, and it is not harmed by the attempt.
    exchange(&realm, "signless", first.access())
        .await
        .refused(400, "invalid_request");
    only_the_named_one(&realm, first.access()).await;
    let second = token(&exchange(&realm, "gateway", first.access()).await);
    let third = token(&exchange(&realm, "gateway", &second).await);
    let facts = told(&realm, "ledger-api", &third).await;
    assert_eq!(facts["act"], json!({ "sub": "gateway", "act": gateway }));
    assert_eq!(facts["may_act"], gateway, "it is the gateway's own by now");
    assert_eq!(facts["scope"], "customers:read invoices:read");
    if is_jwt {
        let (_, _, claims) = realm.signed(&third).await;
        assert_eq!((&claims["act"], &claims["may_act"]), (&facts["act"], &gateway));
        assert_eq!(claims["aud"], LEDGER);
    }
    // The middle of the chain ends: what was made of it ends, what it was made of does not.
    let revoke = realm.endpoint("revocation_endpoint");
    post_as(&realm.client("gateway"), &revoke, &[("token", &*second)])
        .await
        .expect(200);
    assert_eq!(told(&realm, "ledger-api", &third).await, json!({ "active": false }));
    exchange(&realm, "gateway", &third)
        .await
        .refused(400, "invalid_request");
    assert_eq!(flow.introspect(first.access()).await["active"], true);
    // And the family's end reaches every link.
    let again = token(&exchange(&realm, "gateway", first.access()).await);
    flow.post_as_client(&revoke, &[("token", first.refresh())])
        .await
        .expect(200);
    assert_eq!(told(&realm, "ledger-api", &again).await, json!({ "active": false }));
}

/// The realm lets the third client exchange tokens of this application, and the token names another one. Neither by itself nor
/// behind a token of the one that is named does it get anything.
async fn only_the_named_one(realm: &Realm, subject: &str) {
    let own = async |client: &str| {
        let form = [("grant_type", "client_credentials")];
        let reply = post_as(&realm.client(client), &realm.token(), &form).await;
        token(&reply)
    };
    exchange(realm, "third", subject).await.refused(400, "invalid_request");
    for actor in ["third", "gateway"] {
        let acting = own(actor).await;
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token", subject),
            ("subject_token_type", ACCESS),
            ("actor_token", &*acting),
            ("actor_token_type", ACCESS),
            ("audience", LEDGER),
        ];
        let reply = post_as(&realm.client("third"), &realm.token(), &form).await;
        reply.refused(400, "invalid_request");
    }
}

/// Tokens of a client that no row names say nothing, and the row that takes them does not ask for it.
async fn unnamed(server: &Server) {
    let realm = server.realm();
    let mut flow = Flow::new(&realm, "rp").with("scope", "openid customers:read");
    let tokens = flow.tokens().await;
    assert_eq!(flow.introspect(tokens.access()).await.get("may_act"), None);
    // The third may do so too: what kept it off before was who was named, and not its row.
    let made = token(&exchange(&realm, "third", tokens.access()).await);
    assert_eq!(told(&realm, "ledger-api", &made).await["act"]["sub"], "third");
    let made = token(&exchange(&realm, "signless", tokens.access()).await);
    let facts = told(&realm, "ledger-api", &made).await;
    assert_eq!((&facts["act"]["sub"], facts.get("may_act")), (&json!("signless"), None));
    exchange(&realm, "gateway", tokens.access())
        .await
        .refused(400, "invalid_request");
}

#[tokio::test]
async fn a_chain_says_who_acts_and_who_may_and_ends_from_its_beginning_on() {
    let server = Server::start(Launch::demo().realm(realm("jwt")));
    a_chain(&server, true).await;
    unnamed(&server).await;
}

#[tokio::test]
async fn a_chain_of_opaque_tokens_on_postgresql() {
    let server = Server::start(Launch::demo().realm(realm("opaque")).storage(&fresh_database().await));
    a_chain(&server, false).await;
    unnamed(&server).await;
}

/// A tenant's block reaches what the application exchanged, which hangs off what another application was given, and every link
/// that was made of it since; whoever asks is told the same.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_blocked_application_exchanged_is_over_with_all_that_came_of_it() {
    const TENANT: &str = "acme-berlin";
    let data = tempfile::tempdir().unwrap();
    let text = realm_file("acme", "http://localhost:8400", &[]);
    let server = Server::start(Launch::demo().data(data.path()).realm(&text));
    let realm = server.realm();
    let api = Api::ops(&realm).await;
    let publisher = json!({ "verified_domain": "gateways.example" });
    api.patch("/clients/gateway", publisher).await.expect(200);
    let said = async |state: &str| {
        let path = format!("/tenants/{TENANT}/apps/gateway");
        api.put(&path, json!({ "state": state })).await.expect(200);
    };
    let verified = |token: &str| {
        let file = data.path().join("realm.toml");
        std::fs::write(&file, text.replace("http://localhost:8400", &realm.issuer())).unwrap();
        let mut command = grantd();
        command.args(["verify", token, "-o", "json", "--data"]).arg(data.path());
        finish(command.arg("--realm").arg(file)).output
    };
    let mut flow = Flow::new(&realm, "ledger-web").with("scope", "openid customers:read invoices:read");
    flow.set("tenant", TENANT);
    let first = flow.tokens().await;
    let second = token(&exchange(&realm, "gateway", first.access()).await);
    let third = token(&exchange(&realm, "gateway", &second).await);
    for live in [&second, &third] {
        assert_eq!(told(&realm, "ledger-api", live).await["tenant"], TENANT);
        until(&realm, live, false).await;
    }

    said("blocked").await;
    for over in [&second, &third] {
        assert_eq!(told(&realm, "ledger-api", over).await, json!({ "active": false }));
        until(&realm, over, true).await;
        let why = verified(over);
        assert!(
            why.contains("its tenant blocked the application that exchanged it"),
            "{why}"
        );
        exchange(&realm, "gateway", over).await.refused(400, "invalid_request");
    }
    exchange(&realm, "gateway", first.access())
        .await
        .refused(400, "invalid_request");
    // Nobody blocked the application that the user allowed this.
    assert_eq!(flow.introspect(first.access()).await["active"], true);
    assert!(!is_over(&realm, first.access()).await);
    flow.refresh(first.refresh()).await.expect(200);

    // As with a client that was disabled: nothing was ended, so what has not expired counts again, for everybody who asks.
    said("allowed").await;
    assert_eq!(told(&realm, "ledger-api", &third).await["active"], true);
    until(&realm, &third, false).await;
}
