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
