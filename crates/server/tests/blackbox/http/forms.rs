//! Forms of our own pages: a field that comes twice is a malformed form, on every page by the same rule. Boxes, of which any
//! number can be ticked, are the exception.

use super::account::page;
use super::console::{Operator, posting};
use crate::attack::stage::stage;
use crate::harness::html::Form;
use crate::harness::realm::demo;
use crate::harness::{Flow, Launch, Reply, Server};
use std::collections::BTreeSet;

/// What may come more than once.
const BOXES: &[&str] = &["scope"];

fn is_refused(reply: &Reply, field: &str) {
    assert_eq!(reply.status, 400, "{field}: {}", reply.body);
    assert_eq!(reply.page(400).error(), "invalid_request", "{field}");
    assert_eq!(reply.header("location"), None, "{field}");
}

/// The form's fields once for each that can come twice: behind what stands there, and before it.
fn doubled(form: &Form) -> Vec<(String, Vec<(String, String)>)> {
    let names: BTreeSet<String> = form.fields.iter().map(|(name, _)| name.clone()).collect();
    let names = names.into_iter().filter(|name| !BOXES.contains(&name.as_str()));
    let twice = |name: String| {
        let (mut behind, mut before) = (form.fields.clone(), form.fields.clone());
        behind.push((name.clone(), "x".to_owned()));
        before.insert(0, (name.clone(), String::new()));
        [(name.clone(), behind), (name, before)]
    };
    names.flat_map(twice).collect()
}

/// Sends the form with each of its fields twice.
async fn refuses_each_twice(flow: &mut Flow, form: &mut Form) {
    let whole = form.fields.clone();
    let all = doubled(form);
    assert!(all.len() >= 4, "{whole:?}");
    for (name, fields) in all {
        form.fields = fields;
        is_refused(&flow.submit(form).await, &name);
    }
    form.fields = whole;
}

#[tokio::test]
async fn a_field_of_the_login_or_of_a_consent_that_comes_twice_is_a_malformed_form() {
    let mut flow = Flow::new(&stage().realm, "ledger-web").user(3);
    let page = flow.ask().await.page(200);
    let mut login = flow.login_form(&page);
    refuses_each_twice(&mut flow, &mut login).await;
    let mut flow = Flow::logged_in_as(&stage().realm, "ledger-web", 0)
        .await
        .with("prompt", "consent")
        .with("scope", "openid email customers:read");
    let mut consent = flow.ask().await.page(200).form_with("consent-allow");
    consent.set("tenant", "acme-tokyo").set("decision", "allow");
    refuses_each_twice(&mut flow, &mut consent).await;
    // Boxes are a list; and as it was shown the form is good.
    consent.fields.push(("scope".to_owned(), "email".to_owned()));
    consent.fields.push(("scope".to_owned(), "email".to_owned()));
    let reply = flow.submit(&consent).await;
    assert!(flow.carried_on(&reply).contains_key("code"));
}

#[tokio::test]
async fn a_field_that_comes_twice_is_refused_for_devices_in_the_account_and_at_logout() {
    let mut flow = Flow::logged_in_as(&demo().realm(), "ledger-desktop", 0).await;
    let mut device = page(&mut flow, "device").await.form_with("device-submit");
    device.set("user_code", "BCDF-GHJK");
    refuses_each_twice(&mut flow, &mut device).await;
    let mut password = page(&mut flow, "account/password").await.form_with("password-submit");
    let old = flow.user.password.clone();
    password
        .set("password", &old)
        .set("new_password", "a new password")
        .set("again", "a new password");
    refuses_each_twice(&mut flow, &mut password).await;
    let url = flow.realm.endpoint("end_session_endpoint");
    let asked = flow.browser.get(&url).await.page(200);
    let mut logout = asked.form_with("logout-submit");
    logout.set("decision", "logout");
    refuses_each_twice(&mut flow, &mut logout).await;
    page(&mut flow, "account/password").await.form_with("password-submit");
}

#[tokio::test]
async fn a_field_that_comes_twice_is_refused_in_the_console() {
    let server = Server::start(Launch::demo());
    let mut operator = Operator::log_in(&server).await;
    let shown = operator.get("/applications/new").await.page(200);
    let mut form = shown.form(posting(&shown));
    form.set("name", "Twice")
        .set("kind", "web")
        .set("redirect_uris", "https://twice.example/cb");
    let all = doubled(&form);
    assert!(all.len() >= 8, "{:?}", form.fields);
    for (name, fields) in all {
        is_refused(&operator.send(&form.action, &fields).await, &name);
    }
    let listed = operator.get("/applications").await;
    assert!(!listed.body.contains("Twice"), "nothing was made");
}
