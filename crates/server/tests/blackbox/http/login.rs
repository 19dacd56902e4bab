//! What a login leaves behind for the request that asked for it.

use crate::attack::stage::stage;
use crate::harness::{Agent, Flow};

#[tokio::test]
async fn the_note_of_a_login_is_worth_nothing_in_another_browser() {
    let mut asked = Flow::new(&stage().realm, "rp").user(1).with("prompt", "login");
    let page = asked.ask().await.page(200);
    let form = asked.login_form(&page);
    let reply = asked.submit(&form).await;
    let back = asked.absolute(reply.header("location").unwrap());
    assert!(back.contains("grantd_login="), "{back}");

    // Another browser has the session even, but not the cookie that the note is bound to.
    let mut stolen = asked.browser.cookies.clone();
    stolen.retain(|name, _| !name.contains("_browser_"));
    assert_ne!(stolen.len(), asked.browser.cookies.len());
    let page = Agent::with_cookies(stolen).get(&back).await.page(200);
    assert!(page.by_id("login-submit").is_some(), "it must be asked again");

    // Where the login was, it counts.
    let reply = asked.browser.get(&back).await;
    assert!(!reply.body.contains("login-submit"), "{}", reply.body);
    // And for no other request.
    let other = back.replacen("state=", "state=x", 1);
    assert_ne!(other, back);
    asked.browser.get(&other).await.page(200).form_with("login-submit");
}

/// Sends the request, logs in, and gives the address that the browser is sent back to, before it goes there.
async fn logged_in_again(flow: &mut Flow) -> String {
    let page = flow.ask().await.page(200);
    let form = flow.login_form(&page);
    let reply = flow.submit(&form).await;
    flow.absolute(reply.header("location").unwrap())
}

#[tokio::test]
async fn a_login_that_a_request_asked_for_stands_in_for_one_answer() {
    let mut flow = Flow::new(&stage().other, "once-asked").user(1);
    flow.set("tenant", &flow.user.tenants[0].clone());
    assert!(flow.answer().await.contains_key("code"));
    // Allowed before, so that the login leads straight to a code: once.
    flow.set("prompt", "login");
    let back = logged_in_again(&mut flow).await;
    let reply = flow.browser.get(&back).await;
    assert!(flow.carried_on(&reply).contains_key("code"));
    for _ in 0..2 {
        flow.browser.get(&back).await.page(200).form_with("login-submit");
    }
}

#[tokio::test]
async fn a_consent_after_a_login_that_was_asked_for_is_given_once_for_it() {
    let mut flow = Flow::new(&stage().other, "ledger-web")
        .user(1)
        .with("prompt", "login consent");
    let back = logged_in_again(&mut flow).await;
    // To look at the page again answers nothing.
    flow.browser.get(&back).await.page(200).form_with("consent-allow");
    let page = flow.browser.get(&back).await.page(200);
    let reply = flow.decide(&page, "allow").await;
    assert!(flow.carried_on(&reply).contains_key("code"));
    // Neither the page's own form nor the way back to it does without another login now.
    let again = flow.decide(&page, "allow").await;
    again.page(200).form_with("login-submit");
    flow.browser.get(&back).await.page(200).form_with("login-submit");
    // A page that no login led to can be answered as often as it is sent.
    flow.set("prompt", "consent");
    let page = flow.ask().await.page(200);
    for _ in 0..2 {
        let reply = flow.decide(&page, "allow").await;
        assert!(flow.carried_on(&reply).contains_key("code"));
    }
}
