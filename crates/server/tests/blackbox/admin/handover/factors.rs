//! What users of the app have at this server beside: a fresh login of the app is enough to change it, since it opens nothing
//! here, unless they may log in here as well.

use super::*;
use crate::harness::key::fresh;
use crate::http::account::{at, page, taken};
use crate::http::two_step::set_up;

#[tokio::test]
async fn whoever_the_app_logs_in_changes_their_second_step_whatever_methods_it_names() {
    let (realm, subject) = (realm(), format!("customer-{}", fresh()));
    let api = app(&realm).await;
    let mut flow = Flow::new(&realm, "ledger-web");
    let here = at(&flow, "account/two-step");
    let question = login_challenge(&flow.browser.get(&here).await);
    let user = json!({ "username": format!("{subject}@example.com") });
    let login = json!({ "subject": subject, "user": user, "amr": ["pwd"] });
    let to = accepted(&api, &question, login).await;
    assert_eq!(flow.browser.get(&to).await.status, 303);
    set_up(&mut flow).await;
    let mut off = page(&mut flow, "account/two-step").await.form_with("two-step-off");
    off.set("decision", "off");
    // Who administers a tenant may log in here, too, where the second step counts.
    let ops = Api::ops(&realm).await;
    let place = format!("/tenants/acme-berlin/members/{subject}");
    ops.put(&place, json!({ "role": "owner" })).await.expect(200);
    carried_out(&flow.submit(&off).await, LOGIN, "login_challenge");
    assert_eq!(ops.delete(&place).await.status, 204);
    let mut off = page(&mut flow, "account/two-step").await.form_with("two-step-off");
    off.set("decision", "off");
    taken(&mut flow, &off).await.form_with("two-step-begin");
}
