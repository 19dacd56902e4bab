//! What operators end, make and take along in the console: grants, sessions, keys and the audit log as a table.

use super::console::Operator;
use crate::harness::{Flow, Launch, Server};

/// The first link of a page that begins like this, below the console, and has that in it.
fn link(operator: &Operator, body: &str, begin: &str, has: &str) -> String {
    let path = url::Url::parse(&operator.url).unwrap().path().to_owned();
    let begin = format!("{path}{begin}");
    let found = body
        .split("href=\"")
        .skip(1)
        .filter_map(|piece| piece.split('"').next())
        .find(|link| link.starts_with(&begin) && link.contains(has));
    let found = found.unwrap_or_else(|| panic!("no link {begin}...{has}: {body}"));
    found.strip_prefix(&path).unwrap().to_owned()
}

#[tokio::test]
async fn a_grant_is_ended_where_it_is_listed_and_its_tokens_with_it() {
    let server = Server::start(Launch::demo());
    let mut flow = Flow::new(&server.realm(), "ledger-desktop").user(0);
    let tokens = flow.tokens().await;
    let mut operator = Operator::log_in(&server).await;
    let list = operator.get("/grants?client=ledger-desktop").await;
    let one = link(&operator, &list.body, "/grants/", "");
    let shown = operator.get(&one).await;
    assert!(
        shown.status == 200 && shown.body.contains("Ledger Desktop"),
        "{}",
        shown.body
    );
    let end = link(&operator, &shown.body, "/grants/", "/end");
    let asks = operator.get(&end).await;
    assert!(asks.body.contains("data-") || asks.status == 200, "{}", asks.body);
    assert_eq!(operator.fill(&end, &[]).await.status, 303);
    assert!(!operator.get("/grants?client=ledger-desktop").await.body.contains(&one));
    let refused = flow.refresh(tokens.refresh()).await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    assert_eq!(operator.get(&end).await.status, 404, "what has ended is not there");
}

/// Whether an address shows the login page.
async fn asks_to_log_in(flow: &mut Flow, url: &str) -> bool {
    flow.browser.get(url).await.page(200).by_id("login-submit").is_some()
}

#[tokio::test]
async fn one_session_is_ended_and_the_others_go_on() {
    let server = Server::start(Launch::demo());
    let mut flow = Flow::logged_in_as(&server.realm(), "ledger-desktop", 0).await;
    let account = format!("{}/account", server.realm().issuer());
    assert!(!asks_to_log_in(&mut flow, &account).await);
    let mut operator = Operator::log_in(&server).await;
    let list = operator.get("/sessions?username=ada@example.com").await;
    let end = link(&operator, &list.body, "/users/", "/sessions/");
    assert_eq!(operator.fill(&end, &[]).await.status, 303);
    assert!(asks_to_log_in(&mut flow, &account).await);
    assert_eq!(operator.get("").await.status, 200, "the operator's own goes on");
}

#[tokio::test]
async fn the_audit_log_is_handed_out_as_a_table_that_runs_nothing() {
    let server = Server::start(Launch::demo());
    let mut operator = Operator::log_in(&server).await;
    operator.application("=1+1", "machine").await;
    let reply = operator.get("/audit/export?as=csv&action=client.created").await;
    assert_eq!(reply.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(
        reply.header("content-disposition"),
        Some("attachment; filename=\"audit.csv\"")
    );
    let mut lines = reply.body.lines();
    assert_eq!(lines.next(), Some("id,at,actor,action,target,address,detail"));
    assert!(lines.next().unwrap().contains("\"client.created\""), "{}", reply.body);
    assert!(
        !reply.body.contains(",=") && !reply.body.contains(",\"="),
        "{}",
        reply.body
    );
}

#[tokio::test]
async fn registrations_of_one_name_are_one_line() {
    let server = Server::start(Launch::demo());
    let mut operator = Operator::log_in(&server).await;
    let page = operator.get("/registrations").await;
    assert_eq!(page.status, 200, "{}", page.body);
    // Those that an operator made are not among them.
    operator.application("Books", "machine").await;
    assert!(!operator.get("/registrations").await.body.contains("Books"));
}
