//! What is chosen in the console and the portal out of the catalogue, and what stands there by name: permissions of applications,
//! keys, tokens and roles; and applications, users and tenants in lists.

use super::console::{Operator, posting};
use super::portal::{ADA, developer, made};
use crate::harness::html::Page;
use crate::harness::{Flow, Launch, Reply, Server};
use std::sync::OnceLock;

/// A server on which nobody takes away what another test has.
fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(Launch::demo()))
}

/// The boxes of a field, and whether each is ticked.
fn boxes(page: &Page, name: &str) -> Vec<(String, bool)> {
    let named = page.elements.iter().filter(|element| element.is("name", name));
    let boxes = named.filter(|element| element.is("type", "checkbox"));
    let told = boxes.map(|one| (one.get("value").unwrap().to_owned(), one.get("checked").is_some()));
    told.collect()
}

fn offers(page: &Page, name: &str, scope: &str) -> bool {
    boxes(page, name).iter().any(|(offered, _)| offered == scope)
}

fn ticked(page: &Page, name: &str) -> Vec<String> {
    let ticked = boxes(page, name).into_iter().filter(|(_, ticked)| *ticked);
    ticked.map(|(scope, _)| scope).collect()
}

/// Fills the form of a page with boxes that are ticked and other fields, and sends it.
async fn tick(operator: &mut Operator, below: &str, name: &str, scopes: &[&str], others: &[(&str, &str)]) -> Reply {
    let page = operator.get(below).await.page(200);
    let mut form = page.form(posting(&page));
    form.fields.retain(|(known, _)| known != name);
    for scope in scopes {
        assert!(offers(&page, name, scope), "there is no box for {scope} on {below}");
        form.fields.push((name.to_owned(), (*scope).to_owned()));
    }
    for (name, value) in others {
        form.set(name, value);
    }
    operator.send(&form.action, &form.fields).await
}

#[tokio::test]
async fn an_application_is_given_scopes_about_its_users_and_given_them_again() {
    let mut operator = Operator::log_in(server()).await;
    let id = operator.application("Knows its users", "web").await;
    let below = format!("/applications/{id}/permissions");
    let wanted = ["openid", "offline_access", "invoices:*", "customers:read"];
    for _ in 0..2 {
        assert_eq!(tick(&mut operator, &below, "scope", &wanted, &[]).await.status, 303);
        let mut kept = ticked(&operator.get(&below).await.page(200), "scope");
        kept.sort();
        assert_eq!(kept, ["customers:read", "invoices:*", "offline_access", "openid"]);
        assert_eq!(tick(&mut operator, &below, "scope", &[], &[]).await.status, 303);
        assert!(ticked(&operator.get(&below).await.page(200), "scope").is_empty());
    }
    // Nobody logs in to a machine.
    let machine = operator.application("Knows nobody", "machine").await;
    let page = operator
        .get(&format!("/applications/{machine}/permissions"))
        .await
        .page(200);
    assert!(!offers(&page, "scope", "openid") && offers(&page, "scope", "invoices:read"));
}

#[tokio::test]
async fn a_developer_chooses_from_what_the_realm_lets_developers_ask_for() {
    let mut ada = developer(server(), ADA).await;
    let (id, _) = made(&mut ada, "Chosen", "web").await;
    let below = format!("/applications/{id}/permissions");
    let page = ada.get(&below).await.page(200);
    for there in [
        "openid",
        "offline_access",
        "invoices:*",
        "invoices:void",
        "customers:read",
    ] {
        assert!(offers(&page, "scope", there), "{there}");
    }
    for not_there in [
        "address",
        "customers:*",
        "customers:delete",
        "*",
        "grantd:clients:read",
        "grantd:*",
    ] {
        assert!(!offers(&page, "scope", not_there), "{not_there}");
    }
    let wanted = ["openid", "invoices:*"];
    assert_eq!(tick(&mut ada, &below, "scope", &wanted, &[]).await.status, 303);
    // The picture beside them follows.
    let picture = ada.get(&format!("{below}/preview")).await.body;
    assert!(
        picture.contains("Know who you are") && picture.contains("invoices:*"),
        "{picture}"
    );
}

#[tokio::test]
async fn the_permissions_of_a_key_are_chosen_and_stay_ticked_after_a_mistake() {
    let mut operator = Operator::log_in(server()).await;
    let page = operator.get("/api-keys/new").await.page(200);
    assert!(offers(&page, "scopes", "invoices:void") && offers(&page, "scopes", "*"));
    // A key is no way into an account or into the administration.
    assert!(!offers(&page, "scopes", "openid") && !offers(&page, "scopes", "grantd:users:read"));
    let wanted = ["invoices:*", "customers:read"];
    let wrong = [("name", "Chosen key"), ("tenant", "acme-berlin"), ("days", "a week")];
    let again = tick(&mut operator, "/api-keys/new", "scopes", &wanted, &wrong).await;
    assert_eq!(again.status, 422);
    assert!(again.body.contains("Write a whole number of days"), "{}", again.body);
    let mut kept = ticked(&Page::read(&again.body), "scopes");
    kept.sort();
    assert_eq!(kept, ["customers:read", "invoices:*"]);
    let right = [("name", "Chosen key"), ("tenant", "acme-berlin"), ("days", "7")];
    let made = tick(&mut operator, "/api-keys/new", "scopes", &wanted, &right).await;
    assert!(made.status == 200 && made.body.contains("data-secret"), "{}", made.body);
    // A tenant's administrators choose from what they may do themselves.
    let mut ada = Operator::at(&operator.url);
    ada.sign_in(ADA.0, ADA.1).await;
    ada.url.push_str("/of/acme-berlin");
    let page = ada.get("/api-keys/new").await.page(200);
    assert!(offers(&page, "scopes", "invoices:*") && !offers(&page, "scopes", "grantd:members:read"));
    let account = ada.get("/service-accounts/acme-berlin/new").await.page(200);
    assert!(offers(&account, "scopes", "grantd:members:*") && !offers(&account, "scopes", "grantd:users:read"));
}

#[tokio::test]
async fn a_token_by_hand_is_offered_what_its_application_may_ask_for() {
    let mut operator = Operator::log_in(server()).await;
    let id = operator.application("Two permissions", "web").await;
    let permissions = format!("/applications/{id}/permissions");
    let held = ["openid", "invoices:read", "customers:*"];
    assert_eq!(tick(&mut operator, &permissions, "scope", &held, &[]).await.status, 303);
    let new = format!("/applications/{id}/tokens/new");
    let page = operator.get(&new).await.page(200);
    let offered: Vec<String> = boxes(&page, "scopes").into_iter().map(|(scope, _)| scope).collect();
    let expected = [
        "customers:*",
        "customers:read",
        "customers:write",
        "customers:delete",
        "invoices:read",
    ];
    assert_eq!(offered, expected);
    let values = [
        ("name", "By hand"),
        ("user", ADA.0),
        ("tenant", "acme-berlin"),
        ("days", "1"),
    ];
    let made = tick(&mut operator, &new, "scopes", &expected[1..], &values).await;
    assert!(made.status == 200 && made.body.contains("data-secret"), "{}", made.body);
    // The list has names, and the token's own page all that it permits.
    let list = operator.get(&format!("/applications/{id}/tokens")).await.body;
    assert!(list.contains(ADA.0) && list.contains("Acme Berlin GmbH"), "{list}");
    let one = list
        .split("/console/tokens/")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let one = operator.get(&format!("/tokens/{one}")).await.body;
    for told in ["By hand", "Two permissions", ADA.0, "Acme Berlin GmbH"]
        .iter()
        .chain(&expected[1..])
    {
        assert!(one.contains(told), "{told} in {one}");
    }
}

#[tokio::test]
async fn lists_say_names_where_they_have_ids() {
    let server = server();
    let mut flow = Flow::new(&server.realm(), "ledger-desktop").user(0);
    flow.tokens().await;
    let mut operator = Operator::log_in(server).await;
    let user = operator.get("/users?username=ada%40example.com").await.body;
    let id = user.split("/console/users/").skip(1).find_map(|rest| {
        let id = rest.split('"').next()?;
        (id.len() > 15).then(|| id.to_owned())
    });
    let id = id.unwrap();
    for below in ["/tokens?client=ledger-desktop", "/grants?client=ledger-desktop"] {
        let list = operator.get(below).await.body;
        let (_, rows) = list.split_once("<tbody>").unwrap();
        assert!(
            rows.contains("Ledger Desktop") && rows.contains(ADA.0),
            "{below}: {rows}"
        );
        assert!(rows.contains(&format!("/console/users/{id}\"")), "{below}: {rows}");
    }
    assert!(operator.get("").await.body.contains(">Ledger Desktop<"));
    let places = operator.get(&format!("/users/{id}")).await.body;
    assert!(places.contains("Acme Tokyo KK"), "{places}");
    let accounts = operator.get("/service-accounts/acme-berlin").await.body;
    assert!(
        accounts.contains("Service accounts of") && accounts.contains("Acme Berlin GmbH"),
        "{accounts}"
    );
    // The log says who it was, and keeps what it is searched by.
    operator.application("Told of in the log", "machine").await;
    let log = operator.get("/audit?action=client.created").await.body;
    let (_, rows) = log.split_once("<tbody>").unwrap();
    assert!(
        rows.contains("Told of in the log") && rows.contains(">operator<"),
        "{rows}"
    );
    assert!(rows.contains("via console") && rows.contains("client:"), "{rows}");
    // A tenant's administrators learn what applications that act there are called, and who of their members lets them.
    let mut ada = Operator::at(&operator.url);
    ada.sign_in(ADA.0, ADA.1).await;
    ada.url.push_str("/of/acme-berlin");
    for below in ["/tokens", "/grants"] {
        let list = ada.get(below).await.body;
        let Some((_, rows)) = list.split_once("<tbody>") else {
            continue;
        };
        assert!(
            !rows.contains("<code>acme-berlin</code>"),
            "all of them are there: {rows}"
        );
    }
}

#[tokio::test]
async fn the_catalogue_is_searched_by_name_group_and_words() {
    let mut operator = Operator::log_in(server()).await;
    for (wanted, found) in [
        ("VOID", "invoices:void"),
        ("credit%20notes", "invoices:read"),
        ("refund", "payments:refund"),
    ] {
        let list = operator.get(&format!("/permissions?q={wanted}")).await.body;
        assert!(
            list.contains(found) && !list.contains("customers:write"),
            "{wanted}: {list}"
        );
    }
    let nothing = operator.get("/permissions?q=no-such-thing").await.body;
    assert!(nothing.contains("Nothing matches"), "{nothing}");
}

#[tokio::test]
async fn a_user_gets_another_password_and_another_name_and_a_tenant_another_name() {
    let server = Server::start(Launch::demo());
    let mut operator = Operator::log_in(&server).await;
    let new = [("username", "carol@example.com"), ("password", "correct-horse-carol")];
    let made = operator.fill("/users/new", &new).await;
    let home = made.header("location").unwrap().to_owned();
    let (_, below) = home.split_once("/console").unwrap();
    let page = |what: &str| format!("{below}/{what}");
    let short = operator.fill(&page("password"), &[("password", "short")]).await;
    assert!(
        short.status == 422 && short.body.contains("password-error"),
        "{}",
        short.body
    );
    let set = operator
        .fill(&page("password"), &[("password", "another-horse-carol")])
        .await;
    assert_eq!(set.status, 303, "{}", set.body);
    let taken = operator.fill(&page("rename"), &[("username", ADA.0)]).await;
    assert!((409..=422).contains(&taken.status), "{}", taken.body);
    let renamed = operator
        .fill(&page("rename"), &[("username", "caroline@example.com")])
        .await;
    assert_eq!(renamed.status, 303, "{}", renamed.body);
    let account = format!("{}/account", server.realm().issuer());
    for (name, password, gets_in) in [
        ("caroline@example.com", "correct-horse-carol", false),
        ("carol@example.com", "another-horse-carol", false),
        ("caroline@example.com", "another-horse-carol", true),
    ] {
        let mut carol = Operator::at(&account);
        let form = carol.get("").await.page(200);
        let mut form = form.form_with("login-submit");
        form.set("username", name).set("password", password);
        let answer = carol.send(&form.action, &form.fields).await;
        assert_eq!(answer.status == 303, gets_in, "{name} {password}: {}", answer.body);
    }
    let name = [("name", "Acme Berlin AG")];
    assert_eq!(operator.fill("/tenants/acme-berlin/rename", &name).await.status, 303);
    assert!(
        operator
            .get("/tenants/acme-berlin")
            .await
            .body
            .contains("Acme Berlin AG")
    );
}

#[tokio::test]
async fn users_are_found_by_how_their_names_begin() {
    let server = Server::start(Launch::demo());
    let mut operator = Operator::log_in(&server).await;
    for name in ["Zoe.Alpha@example.com", "zoe.beta@example.com", "zoo@example.com"] {
        let new = [("username", name), ("password", "correct-horse-zoe")];
        assert_eq!(operator.fill("/users/new", &new).await.status, 303);
    }
    let found = operator.get("/users?username=ZOE").await.body;
    let (_, rows) = found.split_once("<tbody>").unwrap();
    assert!(rows.contains("Zoe.Alpha@") && rows.contains("zoe.beta@"), "{rows}");
    assert!(!rows.contains("zoo@") && !rows.contains(ADA.0), "{rows}");
    let one = operator
        .get("/users?username=zoe.beta%40example.com&sort=-created")
        .await
        .body;
    assert!(one.contains("zoe.beta@") && !one.contains("Zoe.Alpha@"), "{one}");
    assert!(
        operator
            .get("/users?username=zof")
            .await
            .body
            .contains("Nothing matches")
    );
}
