//! What is handed over, in every way in which a request can come, and what the app can answer.

use super::*;
use crate::harness::Agent;
use crate::harness::device::Device;
use crate::harness::flow::post_as;
use crate::harness::key::fresh;

#[tokio::test]
async fn users_of_the_platform_are_made_under_its_own_ids() {
    let (realm, subject) = (realm(), format!("customer-{}", fresh()));
    let api = app(&realm).await;
    let question = login_challenge(&Flow::new(&realm, "ledger-web").ask().await);
    let path = format!("/login-requests/{question}/accept");
    let user = json!({ "username": format!("{subject}@example.com"), "claims": { "name": "Eve" } });
    let described = json!({ "subject": subject, "user": user });
    let unknown = api.put(&path, json!({ "subject": subject })).await.expect(422).json();
    assert_eq!(unknown["errors"][0]["pointer"], "/subject");
    let weak = Api::as_client(&realm, "ops", "grantd:interaction:write").await;
    let lacks = weak.put(&path, described.clone()).await.expect(403).json();
    assert_eq!(lacks["needed"], "grantd:users:write");
    let taken = json!({ "subject": subject, "user": { "username": "Bob@example.com" } });
    assert_eq!(
        api.put(&path, taken).await.expect(422).json()["errors"][0]["pointer"],
        "/username"
    );
    // Whom a token is about must not be in doubt.
    for client in ["ledger-web", "https://rp.example/client"] {
        let taken = json!({ "subject": client, "user": { "username": fresh() } });
        let refused = api.put(&path, taken).await.expect(422).json();
        assert_eq!(refused["errors"][0]["pointer"], "/subject", "{client}");
    }
    api.put(&path, described).await.expect(200);
    let made = Api::ops(&realm)
        .await
        .get(&format!("/users/{subject}"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&made["claims"]["name"], &made["has_password"]),
        (&json!("Eve"), &json!(false))
    );
}

#[tokio::test]
async fn without_a_prompt_nobody_is_sent_anywhere() {
    let mut flow = Flow::new(&realm(), "ledger-web").with("prompt", "none");
    assert_eq!(
        flow.ask().await.redirect(flow.redirect_uri())["error"],
        "login_required"
    );
    let ada = id_of(&flow.realm, "ada").await;
    let api = app(&flow.realm).await;
    let mut flow = flow.with("prompt", "");
    up_to_consent(&api, &mut flow, &ada).await;
    let mut flow = flow
        .with("prompt", "none")
        .with("tenant", "acme-berlin")
        .with("scope", "openid payments:read");
    assert_eq!(
        flow.ask().await.redirect(flow.redirect_uri())["error"],
        "consent_required"
    );
}

#[tokio::test]
async fn a_refusal_of_the_app_reaches_the_client() {
    let realm = realm();
    let api = app(&realm).await;
    let mut flow = Flow::new(&realm, "ledger-web");
    let question = login_challenge(&flow.ask().await);
    let body = json!({ "error": "login_required", "error_description": "nobody is here" });
    let to = answered(&api, &format!("/login-requests/{question}/reject"), body).await;
    let told = answer_of(&mut flow, &to).await;
    assert_eq!((&*told["error"], &*told["state"]), ("login_required", "st a/te"));
    assert!(told["error_description"].contains("nobody is here"));
    let bob = id_of(&realm, "bob").await;
    let question = up_to_consent(&api, &mut flow, &bob).await;
    let to = answered(&api, &format!("/consent-requests/{question}/reject"), json!({})).await;
    assert_eq!(answer_of(&mut flow, &to).await["error"], "access_denied");
}

#[tokio::test]
async fn a_pushed_request_with_details_and_a_signed_answer_goes_through_the_app() {
    let realm = realm();
    let api = app(&realm).await;
    let ada = id_of(&realm, "ada").await;
    let payment = |amount: &str| {
        json!({
            "type": "payment_initiation",
            "instructedAmount": { "currency": "EUR", "amount": amount },
            "creditorName": "Merchant",
            "creditorAccount": { "iban": "DE02100100109307118603" },
        })
    };
    let mut flow = Flow::new(&realm, "ledger-web")
        .with(
            "authorization_details",
            &json!([payment("10.00"), payment("20.00")]).to_string(),
        )
        .with("response_mode", "jwt");
    let url = realm.endpoint("pushed_authorization_request_endpoint");
    let params: Vec<_> = flow
        .params
        .iter()
        .filter(|(name, _)| name != "client_id")
        .cloned()
        .collect();
    let pushed = post_as(&flow.client, &url, &params).await.expect(201).json();
    flow.params = vec![
        ("client_id".into(), "ledger-web".into()),
        ("request_uri".into(), pushed["request_uri"].as_str().unwrap().into()),
    ];
    let question = up_to_consent(&api, &mut flow, &ada).await;
    let told = api
        .get(&format!("/consent-requests/{question}"))
        .await
        .expect(200)
        .json();
    assert_eq!(told["authorization_details"].as_array().unwrap().len(), 2, "{told}");
    let path = format!("/consent-requests/{question}/accept");
    let body =
        |details: Value| json!({ "scopes": ["openid"], "tenant": "acme-berlin", "authorization_details": details });
    let more = api.put(&path, body(json!([payment("30.00")]))).await.expect(422).json();
    assert_eq!(more["errors"][0]["pointer"], "/authorization_details");
    let to = answered(&api, &path, body(json!([payment("20.00")]))).await;
    let answer = flow.browser.get(&to).await.redirect(&flow.client.redirect_uri);
    assert_eq!(answer.len(), 1, "{answer:?}");
    let signed = claims(&json!(answer["response"]));
    let tokens = flow.redeem(signed["code"].as_str().unwrap()).await.expect(200).json();
    assert_eq!(tokens["authorization_details"], json!([payment("20.00")]));
}

#[tokio::test]
async fn a_devices_code_is_answered_by_the_app() {
    let realm = realm();
    let api = app(&realm).await;
    let ada = id_of(&realm, "ada").await;
    for allow in [true, false] {
        let device = Device::begin(&realm, "ledger-desktop", &[]).await;
        let mut flow = Flow::new(&realm, "ledger-desktop");
        let page = flow.browser.get(device.text("verification_uri")).await.page(200);
        let mut form = page.form_with("device-submit");
        form.set("user_code", device.text("user_code"));
        let question = carried_out(&flow.submit(&form).await, LOGIN, "login_challenge");
        let told = api.get(&format!("/login-requests/{question}")).await.expect(200).json();
        assert!(told["for"] == "device" && told.get("client").is_none(), "{told}");
        let to = accepted(&api, &question, json!({ "subject": ada })).await;
        let question = carried_out(&come_back(&mut flow, &to).await, CONSENT, "consent_challenge");
        let told = api
            .get(&format!("/consent-requests/{question}"))
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&told["client"]["client_id"], &told["for"]),
            (&json!("ledger-desktop"), &json!("device"))
        );
        if allow {
            let body = json!({ "scopes": ["openid", "invoices:read"], "tenant": "acme-berlin" });
            let to = allowed(&api, &question, body).await;
            flow.browser.get(&to).await.expect(200);
            let tokens = device.poll().await.expect(200).json();
            assert_eq!(tokens["scope"], "openid invoices:read");
            assert_eq!(
                flow.browser.get(&to).await.status,
                422,
                "the code leads nowhere any more"
            );
        } else {
            let to = answered(&api, &format!("/consent-requests/{question}/reject"), json!({})).await;
            flow.browser.get(&to).await.expect(200);
            device.poll().await.refused(400, "access_denied");
        }
    }
}

#[tokio::test]
async fn a_page_of_the_account_is_reached_through_the_app_too() {
    let realm = realm();
    let api = app(&realm).await;
    let ada = id_of(&realm, "ada").await;
    let mut flow = Flow::new(&realm, "ledger-web");
    let account = format!("{}/account", realm.issuer());
    let question = login_challenge(&flow.browser.get(&account).await);
    let told = api.get(&format!("/login-requests/{question}")).await.expect(200).json();
    assert_eq!(told["for"], "account");
    let to = accepted(&api, &question, json!({ "subject": ada, "remember": false })).await;
    let reply = flow.browser.get(&to).await;
    let cookie = reply
        .set_cookies()
        .into_iter()
        .find(|cookie| cookie.contains("session"))
        .unwrap();
    assert!(!cookie.contains("Max-Age"), "{cookie}");
    let next = flow.absolute(reply.header("location").unwrap());
    assert!(
        flow.browser
            .get(&next)
            .await
            .expect(200)
            .body
            .contains("ada@example.com")
    );
    // The console keeps its own form: the app may be what is broken.
    let console = Agent::new().get(&format!("{}/console", realm.issuer())).await;
    console.page(200).form_with("login-submit");
}

/// A row of the attacks.
pub(crate) async fn a_fresh_login_is_asked_for_and_an_old_one_refused() {
    let realm = realm();
    let api = app(&realm).await;
    let ada = id_of(&realm, "ada").await;
    let mut flow = Flow::new(&realm, "ledger-web").with("prompt", "login");
    let question = login_challenge(&flow.ask().await);
    let told = api.get(&format!("/login-requests/{question}")).await.expect(200).json();
    assert_eq!(
        (&told["fresh_login"], &told["auth_time_not_before"]),
        (&json!(true), &told["asked_at"])
    );
    let path = format!("/login-requests/{question}/accept");
    let asked_at = told["asked_at"].as_i64().unwrap();
    let old = json!({ "subject": ada, "auth_time": asked_at - 1 });
    assert_eq!(
        api.put(&path, old).await.expect(422).json()["errors"][0]["pointer"],
        "/auth_time"
    );
    // The very second of the question is not before it.
    let to = answered(&api, &path, json!({ "subject": ada, "auth_time": asked_at })).await;
    consent_challenge(&come_back(&mut flow, &to).await);
}

#[tokio::test]
async fn a_login_that_the_request_cannot_rely_on_does_not_lead_in_a_circle() {
    let realm = realm();
    let api = app(&realm).await;
    let (ada, bob) = (id_of(&realm, "ada").await, id_of(&realm, "bob").await);
    let wanted = json!({ "id_token": { "sub": { "value": ada } } }).to_string();
    let mut flow = Flow::new(&realm, "ledger-web").with("claims", &wanted);
    let question = login_challenge(&flow.ask().await);
    let to = accepted(&api, &question, json!({ "subject": bob })).await;
    let told = come_back(&mut flow, &to).await.redirect(flow.redirect_uri());
    assert_eq!(told["error"], "login_required");
}

#[tokio::test]
async fn consent_alone_can_be_the_apps_and_is_reached_over_a_page_after_our_login() {
    let realm = realm_at(2);
    let api = app(&realm).await;
    let mut flow = Flow::new(&realm, "ledger-web").user(1);
    let question = carried_out(&flow.log_in().await, CONSENT, "consent_challenge");
    // Bob is in one tenant, which need not be named.
    let to = allowed(&api, &question, json!({ "scopes": ["openid", "invoices:read"] })).await;
    assert!(answer_of(&mut flow, &to).await.contains_key("code"));
}
