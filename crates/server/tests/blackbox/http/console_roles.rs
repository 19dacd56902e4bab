//! Roles in the console: made, changed and deleted on pages; those of the file are read there.

use super::console::{Operator, posting};
use crate::harness::{Launch, Reply, Server};

async fn make(operator: &mut Operator, name: &str, permissions: &str) -> Reply {
    let values = [
        ("name", name),
        ("description", "The desk"),
        ("permissions", permissions),
    ];
    operator.fill("/roles/new", &values).await
}

/// The names that the list has, from its first page.
async fn names(operator: &mut Operator) -> Vec<String> {
    let list = operator.get("/roles").await.page(200);
    let links = list.elements.iter().filter_map(|element| element.get("href"));
    let below = links.filter_map(|link| link.split_once("/console/roles/").map(|(_, name)| name.to_owned()));
    below.filter(|name| name != "new").collect()
}

#[tokio::test]
async fn a_role_is_made_changed_and_deleted() {
    let server = Server::start(Launch::demo());
    let mut operator = Operator::log_in(&server).await;
    assert_eq!(names(&mut operator).await, ["member", "owner"]);
    let refused = make(&mut operator, "desk", "made:up").await;
    assert!(
        refused.status == 422 && refused.body.contains("permissions-error"),
        "{}",
        refused.body
    );
    assert_eq!(make(&mut operator, "owner", "invoices:read").await.status, 409);
    let made = make(&mut operator, "desk", "invoices:*\ncustomers:read\n").await;
    assert_eq!(made.status, 303, "{}", made.body);
    assert_eq!(names(&mut operator).await, ["desk", "member", "owner"]);

    let old = operator.get("/roles/desk").await.page(200);
    let mut stale = old.form(posting(&old));
    let changed = operator
        .fill("/roles/desk", &[("permissions", "invoices:read"), ("description", "")])
        .await;
    assert_eq!(changed.status, 303, "{}", changed.body);
    let page = operator.get("/roles/desk").await;
    let is_ticked = |page: &Reply, scope: &str| page.body.contains(&format!("value=\"{scope}\" checked"));
    assert!(
        is_ticked(&page, "invoices:read") && !is_ticked(&page, "customers:read"),
        "{}",
        page.body
    );
    stale.set("permissions", "*");
    let refused = operator.send(&stale.action, &stale.fields).await;
    assert_eq!(refused.status, 409, "somebody changed it since the page was opened");
    assert!(!is_ticked(&operator.get("/roles/desk").await, "*"));

    let deleted = operator.fill("/roles/desk/delete", &[]).await;
    assert_eq!(deleted.status, 303, "{}", deleted.body);
    assert_eq!(operator.get("/roles/desk").await.status, 404);
    for action in ["created", "changed", "deleted"] {
        let lines = operator.get(&format!("/audit?action=role.{action}")).await;
        assert!(lines.body.contains("via console"), "{action}");
    }
}

#[tokio::test]
async fn a_role_of_the_file_has_no_form_and_one_that_somebody_has_says_so() {
    let server = Server::start(Launch::demo());
    let mut operator = Operator::log_in(&server).await;
    let page = operator.get("/roles/owner").await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("name=\"permissions\"") && !page.body.contains("/roles/owner/delete"));
    let answer = operator.fill("/roles/owner/delete", &[]).await;
    assert_eq!(answer.status, 409, "{}", answer.body);
    make(&mut operator, "desk", "invoices:read").await;
    let account = [("name", "Desk"), ("role", "desk")];
    let made = operator.fill("/service-accounts/acme-berlin/new", &account).await;
    assert!(made.body.contains("data-secret"), "{}", made.body);
    assert!(operator.get("/roles/desk").await.body.contains("name--accounts\">1<"));
    let refused = operator.fill("/roles/desk/delete", &[]).await;
    assert!(
        refused.status == 409 && refused.body.contains("1 service accounts"),
        "{}",
        refused.body
    );
    assert_eq!(operator.get("/roles/desk").await.status, 200);
}
