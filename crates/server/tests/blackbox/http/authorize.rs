//! What `prompt`, `max_age` and the form of a request make of it.

use crate::attack::stage::stage;
use crate::harness::Flow;

#[tokio::test]
async fn prompt_login_and_max_age_ask_for_the_password_again() {
    for (name, value) in [("prompt", "login"), ("max_age", "0")] {
        let mut flow = Flow::logged_in_as(&stage().realm, "rp", 1).await.with(name, value);
        flow.ask().await.page(200).form_with("login-submit");
    }
}

#[tokio::test]
async fn prompt_consent_asks_again_although_it_was_allowed_before() {
    let mut flow = Flow::logged_in_as(&stage().realm, "poster", 1).await;
    assert!(flow.answer().await.contains_key("code"));
    assert!(
        flow.ask()
            .await
            .redirect("https://poster.example/cb")
            .contains_key("code")
    );
    flow.set("prompt", "consent");
    flow.ask().await.page(200).form_with("consent-allow");
}

#[tokio::test]
async fn form_post_carries_the_code_in_a_form() {
    let mut flow = Flow::logged_in_as(&stage().realm, "hostile", 1)
        .await
        .with("response_mode", "form_post");
    let page = flow.ask().await.page(200);
    let form = flow.decide(&page, "allow").await.page(200).form(1);
    assert_eq!(form.action, "https://hostile.example/cb");
    assert!(form.fields.iter().any(|(name, _)| name == "code"));
}
