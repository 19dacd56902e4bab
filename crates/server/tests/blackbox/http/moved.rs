//! A client registers another address while somebody looks at its consent page: nothing goes where the page did not say.

use crate::attack::stage::stage;
use crate::harness::Flow;
use crate::harness::registration::{desktop, manage, register};
use serde_json::json;

#[tokio::test]
async fn an_answer_never_goes_to_an_address_that_was_registered_while_the_page_was_open() {
    let realm = &stage().realm;
    for decision in ["allow", "deny"] {
        let metadata = desktop(
            &format!("Moves at {decision}"),
            json!({ "redirect_uris": ["https://known.example/callback"] }),
        );
        let made = register(realm, &metadata).await.expect(201).json();
        let mut flow = Flow::registered_and_logged_in(realm, &made, 1).await;
        // The only address there is need not be named.
        flow.params.retain(|(name, _)| name != "redirect_uri");
        let page = flow.ask().await;
        assert!(page.body.contains("known.example"), "{}", page.body);
        let mut form = page.page(200).form_with("consent-allow");
        form.set("decision", decision);

        let mut moved = metadata.clone();
        moved["client_id"] = made["client_id"].clone();
        moved["redirect_uris"] = json!(["https://elsewhere.example/callback"]);
        let token = made["registration_access_token"].as_str().unwrap();
        manage("PUT", &made, token, Some(&moved)).await.expect(200);

        let reply = flow.submit(&form).await;
        let told = reply.page(400);
        assert!(told.by_id("continue").is_none(), "{}", reply.body);
        assert_eq!(told.error(), "client_moved");
        for says in ["changed the address", "nothing was allowed", "start again"] {
            assert!(reply.body.contains(says), "{says}: {}", reply.body);
        }
        assert!(!reply.body.contains("elsewhere.example"), "{}", reply.body);
        // Whoever begins again is shown the new address.
        let page = flow.ask().await;
        assert!(page.body.contains("elsewhere.example"), "{}", page.body);
    }
}
