//! The device flow from begin to end, and how guessing its codes is stopped.

use crate::harness::device::Device;
use crate::harness::flow::post_as;
use crate::harness::realm::demo;
use crate::harness::{Flow, Launch, Server};

#[tokio::test]
async fn a_device_gets_what_its_user_allowed_in_the_tenant_that_was_chosen() {
    let realm = demo().realm();
    let device = Device::begin(
        &realm,
        "ledger-desktop",
        &[("scope", "openid offline_access invoices:read")],
    )
    .await;
    assert_eq!(device.told["expires_in"], 600);
    let page = device.text("verification_uri");
    assert_eq!(page, format!("{}/device", realm.issuer()));
    assert_eq!(
        device.text("verification_uri_complete"),
        format!("{page}?user_code={}", device.text("user_code"))
    );
    device.poll().await.refused(400, "authorization_pending");
    let mut user = Flow::new(&realm, "ledger-desktop");
    let page = device.answered(&mut user, "allow").await;
    assert!(page.body.contains("Device connected"), "{}", page.body);
    let tokens = device.poll().await.expect(200).json();
    assert_eq!(tokens["scope"], "openid offline_access invoices:read");
    assert!(tokens["id_token"].is_string());
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ];
    let again = post_as(&device.client, &realm.token(), &form).await.expect(200).json();
    let api = realm.client("acme-api");
    let url = realm.endpoint("introspection_endpoint");
    let token = again["access_token"].as_str().unwrap();
    let facts = post_as(&api, &url, &[("token", token)]).await.expect(200).json();
    assert_eq!(facts["active"], true);
    assert_eq!(facts["tenant"], user.user.tenants[0]);
}

#[tokio::test]
async fn what_is_advertised_is_what_is_offered() {
    let metadata = &demo().realm().0["metadata"];
    let grants: Vec<_> = metadata["grant_types_supported"].as_array().unwrap().clone();
    assert!(
        grants.contains(&"urn:ietf:params:oauth:grant-type:device_code".into()),
        "{grants:?}"
    );
    assert!(metadata["device_authorization_endpoint"].is_string());
}

#[tokio::test]
async fn whoever_types_codes_at_random_is_made_to_wait() {
    let server = Server::start(Launch::demo());
    let realm = server.realm();
    let device = Device::begin(&realm, "ledger-desktop", &[]).await;
    let mut user = Flow::new(&realm, "ledger-desktop");
    for guess in 0..100 {
        let reply = device.enter(&mut user, "BCDF-GHJK").await;
        if reply.status == 429 {
            assert!(guess >= 5, "an honest user mistypes a few times");
            // Not even the right code is looked at now.
            device.enter(&mut user, device.text("user_code")).await.page(429);
            return;
        }
        assert!(reply.page(422).by_id("consent-allow").is_none());
    }
    panic!("nobody was made to wait");
}

#[tokio::test]
async fn nobody_learns_which_codes_there_are_before_they_log_in() {
    let realm = demo().realm();
    let device = Device::begin(&realm, "ledger-desktop", &[]).await;
    let mut pages = Vec::new();
    for code in [device.text("user_code"), "BCDF-GHJK"] {
        let mut user = Flow::new(&realm, "ledger-desktop");
        let page = user.browser.get(device.text("verification_uri")).await.page(200);
        let mut form = page.form_with("device-submit");
        form.set("user_code", code);
        let reply = user.submit(&form).await;
        reply.page(200).form_with("login-submit");
        // Everything but the sealed ticket, and the challenge that is made of it.
        let sealed = |line: &&str| line.contains("name=\"request\"") || line.contains("data-challenge=\"");
        let body = reply.body.lines().filter(|line| !sealed(line));
        pages.push(body.map(str::to_owned).collect::<Vec<_>>());
    }
    assert_eq!(pages[0], pages[1]);
}
