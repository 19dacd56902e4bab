//! The answer to the consent page: tenants, optional permissions.

use crate::attack::stage::stage;
use crate::harness::Flow;

async fn asked() -> (Flow, crate::harness::html::Form) {
    let flow = Flow::logged_in_as(&stage().realm, "ledger-web", 0).await;
    let mut flow = flow
        .with("prompt", "consent")
        .with("scope", "openid email customers:read");
    let mut form = flow.ask().await.page(200).form_with("consent-allow");
    form.set("decision", "allow");
    (flow, form)
}

#[tokio::test]
async fn somebody_in_two_tenants_must_choose_one_and_the_token_names_it() {
    let (mut flow, mut form) = asked().await;
    assert_eq!(form.offered("tenant"), flow.user.tenants);
    flow.submit(&form).await.page(422).form_with("consent-allow");
    form.set("tenant", "somebody-elses");
    flow.submit(&form).await.page(422).form_with("consent-allow");
    form.set("tenant", "acme-tokyo");
    let reply = flow.submit(&form).await;
    let code = flow.carried_on(&reply)["code"].clone();
    let tokens = flow.redeem(&code).await.expect(200).json();
    assert_eq!(
        flow.introspect(tokens["access_token"].as_str().unwrap()).await["tenant"],
        "acme-tokyo"
    );
}

#[tokio::test]
async fn an_optional_permission_is_granted_only_where_it_was_ticked() {
    for ticked in [false, true] {
        let (mut flow, mut form) = asked().await;
        form.set("tenant", "acme-berlin");
        form.fields.retain(|(name, _)| name != "scope");
        if ticked {
            form.set("scope", "email");
        }
        let reply = flow.submit(&form).await;
        let code = flow.carried_on(&reply)["code"].clone();
        let tokens = flow.redeem(&code).await.expect(200).json();
        assert_eq!(tokens["scope"].as_str().unwrap().contains("email"), ticked, "{tokens}");
    }
}
