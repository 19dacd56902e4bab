//! What users of the app have at this server beside: they add nothing to it, and a fresh login of the app is enough to take it
//! away, since it opens nothing here, unless they may log in here as well.

use super::*;
use crate::harness::key::fresh;
use crate::http::account::{at, page, taken};
use crate::http::two_step::set_up;

/// A browser in which the app says that somebody is there, by a password alone.
async fn came(realm: &Realm, subject: &str) -> Flow {
    let api = app(realm).await;
    let mut flow = Flow::new(realm, "ledger-web");
    let here = at(&flow, "account/two-step");
    let question = login_challenge(&flow.browser.get(&here).await);
    let user = json!({ "username": format!("{subject}@example.com") });
    let login = json!({ "subject": subject, "user": user, "amr": ["pwd"] });
    let to = accepted(&api, &question, login).await;
    assert_eq!(flow.browser.get(&to).await.status, 303);
    flow
}

/// Makes somebody an owner of a tenant, or takes that back.
async fn promote(realm: &Realm, subject: &str, is_owner: bool) {
    let ops = Api::ops(realm).await;
    let place = format!("/tenants/acme-berlin/members/{subject}");
    if is_owner {
        ops.put(&place, json!({ "role": "owner" })).await.expect(200);
    } else {
        assert_eq!(ops.delete(&place).await.status, 204);
    }
}

#[tokio::test]
async fn whoever_the_app_logs_in_adds_nothing_that_would_let_them_in_once_they_administer_something() {
    let (realm, subject) = (realm(), format!("customer-{}", fresh()));
    let mut flow = came(&realm, &subject).await;
    let own = page(&mut flow, "account/two-step").await;
    assert!(own.by_id("two-step-begin").is_none(), "it must not be offered");
    let keys = page(&mut flow, "account/passkeys").await;
    assert!(keys.by_id("passkey-add").is_none(), "it must not be offered");
    // A page from while they could.
    promote(&realm, &subject, true).await;
    let mut begin = page(&mut flow, "account/two-step").await.form_with("two-step-begin");
    begin.set("decision", "begin");
    let mut confirm = flow.submit(&begin).await.page(200).form_with("two-step-confirm");
    confirm.set("decision", "confirm").set("otp", "123456");
    let mut add = page(&mut flow, "account/passkeys").await.form_with("passkey-add");
    add.set("client_data", "e30").set("attestation", "oA");
    promote(&realm, &subject, false).await;
    for form in [begin, confirm, add] {
        let after = flow.submit(&form).await.page(422);
        assert!(after.by_id("two-step-secret").is_none(), "no secret is shown");
        assert!(after.by_id("recovery-codes").is_none(), "no codes are shown");
    }
}

#[tokio::test]
async fn whoever_the_app_logs_in_takes_their_second_step_away_whatever_methods_it_names() {
    let (realm, subject) = (realm(), format!("customer-{}", fresh()));
    let mut flow = came(&realm, &subject).await;
    // They administered a tenant when they set it up.
    promote(&realm, &subject, true).await;
    set_up(&mut flow).await;
    promote(&realm, &subject, false).await;
    let own = page(&mut flow, "account/two-step").await;
    assert!(
        own.by_id("two-step-codes").is_none(),
        "new codes would let somebody in as well"
    );
    let mut codes = own.form_with("two-step-off");
    let mut off = codes.clone();
    off.set("decision", "off");
    codes.set("decision", "codes");
    flow.submit(&codes).await.page(422);
    // Who administers a tenant may log in here, too, where the second step counts.
    promote(&realm, &subject, true).await;
    carried_out(&flow.submit(&off).await, LOGIN, "login_challenge");
    promote(&realm, &subject, false).await;
    let mut off = page(&mut flow, "account/two-step").await.form_with("two-step-off");
    off.set("decision", "off");
    let after = taken(&mut flow, &off).await;
    assert!(after.by_id("two-step-off").is_none(), "it must be off");
}
