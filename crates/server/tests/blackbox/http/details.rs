//! Rich authorization requests (RFC 9396) from the request to the token: what people see, what clients and APIs are told,
//! and what an attacker makes of it.

use crate::harness::device::Device;
use crate::harness::flow::post_as;
use crate::harness::postgres::fresh_database;
use crate::harness::realm::demo;
use crate::harness::{Flow, Launch, Realm, Reply, Server};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

fn payment(creditor: &str, actions: &[&str]) -> Value {
    json!({
        "type": "payment_initiation",
        "instructedAmount": { "amount": "123.50", "currency": "EUR" },
        "creditorName": creditor,
        "creditorAccount": { "iban": "DE02100100109307118603" },
        "actions": actions,
    })
}

fn asking(realm: &Realm, details: &Value) -> Flow {
    Flow::new(realm, "ledger-web").with("authorization_details", &details.to_string())
}

async fn with_details(flow: &Flow, grant: &[(&str, &str)], details: &Value) -> Reply {
    let text = details.to_string();
    let form: Vec<_> = grant
        .iter()
        .copied()
        .chain([("authorization_details", text.as_str())])
        .collect();
    flow.post_as_client(&flow.realm.token(), &form).await
}

/// The claims of a JWT, unverified.
fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// What the API is told of a token.
async fn told_to_the_api(realm: &Realm, token: &str) -> Value {
    let url = realm.endpoint("introspection_endpoint");
    let told = post_as(&realm.client("acme-api"), &url, &[("token", token)])
        .await
        .expect(200)
        .json();
    assert_eq!(told["active"], true);
    told
}

async fn a_payment_goes_through(realm: &Realm) {
    let all = json!([
        payment("Grocer", &["initiate", "cancel"]),
        payment("Baker", &["initiate"])
    ]);
    let mut flow = asking(realm, &all);
    let tokens = flow.tokens().await;
    assert_eq!(tokens.0["authorization_details"], all);
    assert_eq!(claims(tokens.access())["authorization_details"], all);
    assert_eq!(
        told_to_the_api(realm, tokens.access()).await["authorization_details"],
        all
    );
    assert_eq!(flow.introspect(tokens.access()).await["authorization_details"], all);
    // A part is had for one token, and all of it for the next.
    let part = json!([payment("Grocer", &["cancel"])]);
    let grant = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh())];
    let narrowed = with_details(&flow, &grant, &part).await.expect(200).json();
    assert_eq!(narrowed["authorization_details"], part);
    let token = narrowed["access_token"].as_str().unwrap();
    assert_eq!(told_to_the_api(realm, token).await["authorization_details"], part);
    let next = narrowed["refresh_token"].as_str().unwrap().to_owned();
    // More is not, and trying costs nothing.
    for more in [
        json!([payment("Grocer", &["status"])]),
        json!([payment("Thief", &["initiate"])]),
        json!([{ "type": "payment_initiation" }]),
    ] {
        let grant = [("grant_type", "refresh_token"), ("refresh_token", next.as_str())];
        with_details(&flow, &grant, &more)
            .await
            .refused(400, "invalid_authorization_details");
    }
    let again = flow.refresh(&next).await.expect(200).json();
    assert_eq!(again["authorization_details"], all);
}

#[tokio::test]
async fn a_payment_goes_through_on_sqlite() {
    a_payment_goes_through(&demo().realm()).await;
}

#[tokio::test]
async fn a_payment_goes_through_on_postgresql() {
    let server = Server::start(Launch::demo().storage(&fresh_database().await));
    a_payment_goes_through(&server.realm()).await;
}

#[tokio::test]
async fn people_read_what_is_asked_in_words_each_time_and_escaped() {
    let realm = demo().realm();
    let hostile = "<script>alert(1)</script>\"'&";
    let mut flow = asking(&realm, &json!([payment(hostile, &["initiate"])])).user(1);
    for _ in 0..2 {
        let mut reply = flow.ask().await;
        if reply.body.contains("login-submit") {
            reply = flow.log_in().await;
        }
        let page = reply.page(200);
        page.form_with("consent-allow");
        for words in ["Make a payment", "Amount", "123.50", "To", "The app may", "initiate"] {
            assert!(reply.body.contains(words), "{words}: {}", reply.body);
        }
        assert!(!reply.body.contains("<script>alert"));
        assert!(!reply.body.contains("instructedAmount"), "nobody has to read JSON");
        let answer = flow.decide(&page, "allow").await;
        assert!(flow.carried_on(&answer).contains_key("code"));
    }
    flow.set("prompt", "none");
    assert_eq!(flow.answer().await["error"], "consent_required");
}

#[tokio::test]
async fn what_is_pushed_is_what_is_shown_and_what_stands_beside_it_counts_for_nothing() {
    let realm = demo().realm();
    let pushed = json!([payment("Grocer", &["initiate"])]);
    let mut flow = asking(&realm, &pushed);
    let par = realm.endpoint("pushed_authorization_request_endpoint");
    let reply = post_as(&flow.client, &par, &flow.params).await.expect(201).json();
    flow.params = vec![
        ("client_id".into(), "ledger-web".into()),
        ("request_uri".into(), reply["request_uri"].as_str().unwrap().into()),
        (
            "authorization_details".into(),
            json!([payment("Thief", &["initiate"])]).to_string(),
        ),
    ];
    let reply = flow.log_in().await;
    assert!(reply.body.contains("Grocer") && !reply.body.contains("Thief"));
    let answer = flow.decide(&reply.page(200), "allow").await;
    let code = flow.carried_on(&answer)["code"].clone();
    let tokens = flow.redeem(&code).await.expect(200).json();
    assert_eq!(tokens["authorization_details"], pushed);
    let wrong = Flow::new(&realm, "ledger-web").with("authorization_details", "[{}]");
    post_as(&flow.client, &par, &wrong.params)
        .await
        .refused(400, "invalid_authorization_details");
}

#[tokio::test]
async fn what_cannot_be_had_is_refused_before_anybody_logs_in() {
    let realm = demo().realm();
    let deep = "[".repeat(1500);
    let twice = json!([payment("Grocer", &[]), payment("Grocer", &[])]).to_string();
    let long = json!([payment(&"x".repeat(5000), &["initiate"])]).to_string();
    let unknown = json!([{ "type": "account_takeover" }]).to_string();
    for text in [
        "x",
        "{}",
        "[]",
        "[{}]",
        "[{\"type\":1}]",
        &deep,
        &twice,
        &long,
        &unknown,
    ] {
        let mut flow = Flow::new(&realm, "ledger-web").with("authorization_details", text);
        let told = flow.ask().await.redirect(flow.redirect_uri());
        assert_eq!(told["error"], "invalid_authorization_details", "{text:.40}");
        assert_eq!(told["iss"], realm.issuer());
    }
    let good = json!([payment("Grocer", &["initiate"])]);
    let other = Flow::new(&realm, "nightly-export").client;
    let form = [
        ("grant_type", "client_credentials".to_owned()),
        ("authorization_details", good.to_string()),
    ];
    post_as(&other, &realm.token(), &form)
        .await
        .refused(400, "invalid_authorization_details");
    let mut flow = asking(&realm, &good).also("authorization_details", &good.to_string());
    let told = flow.ask().await.redirect(flow.redirect_uri());
    assert_eq!(told["error"], "invalid_request");
}

#[tokio::test]
async fn a_device_is_allowed_what_its_user_read() {
    let realm = demo().realm();
    let all = json!([payment("Grocer", &["initiate"])]);
    let text = all.to_string();
    let device = Device::begin(&realm, "ledger-desktop", &[("authorization_details", text.as_str())]).await;
    let mut user = Flow::new(&realm, "ledger-desktop");
    let reply = device.enter(&mut user, device.text("user_code")).await;
    assert!(
        reply.body.contains("Grocer") && reply.body.contains("123.50"),
        "{}",
        reply.body
    );
    user.decide(&reply.page(200), "allow").await.page(200);
    let tokens = device.poll().await.expect(200).json();
    assert_eq!(tokens["authorization_details"], all);
}

#[tokio::test]
async fn what_is_advertised_is_what_can_be_asked() {
    let realm = demo().realm();
    let types = json!(["payment_initiation"]);
    assert_eq!(realm.0["metadata"]["authorization_details_types_supported"], types);
}

/// A platform whose clients send JSON in camelCase: the array stands in the body as it is, and comes back in the same form.
#[tokio::test]
async fn in_a_dialect_with_json_details_are_the_array_that_they_are() {
    const MACHINE: &str = "3675930941412424316";
    let file = include_str!("../../../../../examples/platforms/payments-camelcase.toml");
    let machine = format!("client_id = \"{MACHINE}\"\n");
    assert!(file.contains(&machine));
    let types = r#"
[[authorization_details]]
type = "transfer"
title = "Make a transfer"
without_user = true
[[authorization_details.fields]]
name = "amount.value"
label = "Amount"
kind = "amount"
required = true
"#;
    let registered = format!("{machine}authorization_details_types = [\"transfer\"]\n");
    let server = Server::start(Launch::demo().realm(file.replace(&machine, &registered) + types));
    let realm = server.realm();
    let client = realm.client(MACHINE);
    let send = async |body: String| {
        let mut agent = crate::harness::Agent::new();
        let request = agent
            .http
            .post(realm.token())
            .basic_auth(MACHINE, client.secret.as_ref());
        agent
            .send(request.header("content-type", "application/json").body(body))
            .await
    };
    let details = json!([{ "type": "transfer", "amount": { "value": "12.50" } }]);
    for sent in [details.clone(), Value::from(details.to_string())] {
        let body = json!({ "grantType": "client_credentials", "authorizationDetails": sent });
        let told = send(body.to_string()).await.expect(200).json();
        assert_eq!(told["authorizationDetails"], details, "{told}");
        assert_eq!(
            claims(told["accessToken"].as_str().unwrap())["authorization_details"],
            details
        );
    }
    for (sent, error) in [
        (r#"[{"type":"transfer"}]"#, "invalid_authorization_details"),
        (
            r#"[{"type":"transfer","amount":{"value":"1.50","value":"9.50"}}]"#,
            "invalid_request",
        ),
        (
            r#"[{"type":"transfer","amount":{"value":1.5}}]"#,
            "invalid_authorization_details",
        ),
        (r#"{"type":"transfer"}"#, "invalid_request"),
        ("[]", "invalid_authorization_details"),
        (&"[".repeat(20_000), "invalid_request"),
    ] {
        let body = format!(r#"{{"grantType":"client_credentials","authorizationDetails":{sent}}}"#);
        send(body).await.refused(400, error);
    }
}
