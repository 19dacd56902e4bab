//! What is picked out of many in the console: tenants by their names where they are few, by any id where they are many. And what
//! stands above lists in which nothing is, and after something was made.

use super::console::Operator;
use crate::harness::{Flow, Launch, Server};
use std::collections::BTreeSet;

/// The choices of a field, and whether they are all there is.
fn offered(body: &str) -> (usize, bool) {
    let is_choice = body.contains("<select class=\"input input--select\" id=\"tenant\"");
    (body.matches("<option value=").count(), is_choice)
}

async fn with_tenants(operator: &mut Operator, count: usize) {
    for number in 0..count {
        let (id, name) = (format!("branch-{number}"), format!("Branch {number}"));
        let made = operator.fill("/tenants/new", &[("id", &id), ("name", &name)]).await;
        assert_eq!(made.status, 303, "{}", made.body);
    }
}

#[tokio::test]
async fn a_tenant_is_chosen_by_name_where_there_are_few_and_by_any_id_where_there_are_many() {
    let server = Server::start(Launch::demo());
    let mut operator = Operator::log_in(&server).await;
    let few = operator.get("/api-keys/new").await.body;
    assert!(few.contains("Acme Berlin GmbH (acme-berlin)"), "{few}");
    assert!(offered(&few).1, "{few}");
    // Coming from the tenant's own page it is chosen already.
    let chosen = operator.get("/api-keys/new?tenant=acme-berlin").await.body;
    assert!(chosen.contains("<option value=\"acme-berlin\" selected>"), "{chosen}");
    with_tenants(&mut operator, 55).await;
    let many = operator.get("/api-keys/new").await.body;
    assert_eq!(offered(&many), (50, false), "{many}");
    let key = [("name", "Nightly"), ("scopes", "invoices:read")];
    let with = |tenant| [key[0], key[1], ("tenant", tenant)];
    // A part of a name finds those that are like it.
    let again = operator.fill("/api-keys/new", &with("ranch 54")).await;
    assert_eq!(again.status, 422, "{}", again.body);
    assert_eq!(offered(&again.body), (1, false), "{}", again.body);
    assert!(again.body.contains("<option value=\"branch-54\">"));
    let made = operator.fill("/api-keys/new", &with("branch-54")).await;
    assert!(made.status == 200 && made.body.contains("data-secret"), "{}", made.body);
    // The way back is called as the page that it leads to.
    let back = made.body.split("head__back").nth(1).unwrap();
    let back = back.split("</a>").next().unwrap();
    assert!(back.contains("/api-keys\"") && back.contains("API keys"), "{back}");
    let found = operator.get("/tenants?q=RANCH%2054").await.body;
    assert!(found.contains("branch-54") && !found.contains("branch-53"), "{found}");
}

#[tokio::test]
async fn nothing_narrows_a_list_of_nothing_and_what_narrows_one_can_be_taken_away() {
    let server = Server::start(Launch::demo());
    let mut operator = Operator::log_in(&server).await;
    let nothing = operator.get("/grants").await.body;
    assert!(!nothing.contains("role=\"search\""), "{nothing}");
    let next = nothing.split("class=\"empty\"").nth(1).unwrap();
    assert!(next.contains("/applications\">"), "{next}");
    let no_hit = operator.get("/grants?tenant=acme-berlin").await.body;
    assert!(
        no_hit.contains("role=\"search\"") && no_hit.contains("Nothing matches"),
        "{no_hit}"
    );
    let cleared = no_hit.split("class=\"empty\"").nth(1).unwrap();
    assert!(
        cleared.contains("/grants\">") && cleared.contains("Clear the filters"),
        "{cleared}"
    );
    // A user is asked for by name or id.
    let user = operator.get("/users?username=ada%40example.com").await.body;
    assert!(user.contains("ada@example.com"));
    let grants = operator.get("/grants?user=ada%40example.com").await;
    assert_eq!(grants.status, 200, "{}", grants.body);
}

/// The addresses that pages link below this one.
fn linked(body: &str, below: &str) -> BTreeSet<String> {
    let links = body.split("href=\"").skip(1);
    let links = links.filter_map(|rest| rest.split('"').next());
    let behind = links.filter_map(|link| link.split_once(below).map(|(_, rest)| rest));
    let ids = behind.filter_map(|rest| rest.split(['/', '?']).next());
    ids.filter(|id| !id.is_empty() && *id != "new")
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn a_list_is_narrowed_to_one_user_by_name_and_by_id() {
    let server = Server::start(Launch::demo());
    let mut operator = Operator::log_in(&server).await;
    let mut users = Vec::new();
    for index in [0, 1] {
        let mut flow = Flow::new(&server.realm(), "ledger-desktop").user(index);
        flow.tokens().await;
        let name = flow.user.username;
        let found = operator.get(&format!("/users?username={name}")).await.body;
        let ids = linked(&found, "/users/");
        assert_eq!(ids.len(), 1, "{name}: {found}");
        users.push((name, ids.into_iter().next().unwrap()));
    }
    let mut seen = BTreeSet::new();
    for (name, id) in &users {
        let by_name = operator.get(&format!("/grants?user={name}")).await.body;
        let grants = linked(&by_name, "/grants/");
        assert_eq!(grants.len(), 1, "{by_name}");
        let by_id = operator.get(&format!("/grants?user={id}")).await.body;
        assert_eq!(linked(&by_id, "/grants/"), grants, "{by_id}");
        assert!(by_name.contains(id.as_str()), "{by_name}");
        seen.extend(grants);
    }
    assert_eq!(seen.len(), 2, "each has their own");
    let nobody = operator.get("/grants?user=nobody%40example.com").await;
    assert_eq!(
        (nobody.status, linked(&nobody.body, "/grants/").len()),
        (200, 0),
        "{}",
        nobody.body
    );
}
