//! The console of a tenant's administrators: their own tenant, and nothing else.

use super::console::{Operator, posting};
use crate::admin::stage::Api;
use crate::harness::{Flow, Launch, Server};
use std::sync::OnceLock;

/// The demo realm: its first user owns one tenant and is a mere member of the other.
const OWN: &str = "acme-berlin";
const FOREIGN: &str = "acme-tokyo";

/// A server on which nobody's place is changed.
fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(Launch::demo()))
}

fn url(server: &Server) -> String {
    server.ready["console"]["url"].as_str().unwrap().to_owned()
}

/// A user of the demo realm in front of the console.
async fn user(server: &Server, number: usize) -> Operator {
    let user = &server.ready["realms"][0]["users"][number];
    let mut operator = Operator::at(&url(server));
    let text = |name: &str| user[name].as_str().unwrap().to_owned();
    operator.sign_in(&text("username"), &text("password")).await;
    operator
}

/// The administrator, within their tenant.
async fn administrator(server: &Server) -> Operator {
    let mut administrator = user(server, 0).await;
    administrator.url = format!("{}/of/{OWN}", url(server));
    administrator
}

/// The id of the first user, as the list of members links to it by name.
async fn id_of(operator: &mut Operator, below: &str, name: &str) -> String {
    let page = operator.get(below).await.page(200);
    let mut links = page.elements.iter().filter_map(|element| element.get("href"));
    let reply = operator.get(below).await;
    // The bar has the name of whoever looks, too.
    let (_, work) = reply.body.split_once("<main").unwrap();
    let (before, _) = work.split_once(name).expect("the member");
    let link = before.rsplit("href=\"").next().unwrap().split('"').next().unwrap();
    assert!(links.any(|other| other == link), "{link}");
    link.rsplit('/').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_tenants_administrator_is_led_to_their_own_tenant() {
    let mut administrator = user(server(), 0).await;
    let reply = administrator.get("").await;
    assert_eq!(reply.status, 303, "{}", reply.body);
    assert!(reply.header("location").unwrap().ends_with("/console/of/acme-berlin"));
    administrator.url = format!("{}/of/{OWN}", url(server()));
    let page = administrator.get("").await.page(200);
    let links: Vec<&str> = page.elements.iter().filter_map(|element| element.get("href")).collect();
    for open in ["/api-keys", "/service-accounts"] {
        assert!(links.iter().any(|link| link.ends_with(open)), "{open}: {links:?}");
    }
    for closed in ["/users", "/applications", "/keys", "/audit", "/settings", "/tenants"] {
        assert!(!links.iter().any(|link| link.ends_with(closed)), "{closed}: {links:?}");
    }
    let reply = administrator.get("").await;
    assert!(
        reply.body.contains("bob@example.com"),
        "members are called by their names"
    );
}

#[tokio::test]
async fn nothing_of_the_realm_or_of_another_tenant_opens() {
    let mut administrator = administrator(server()).await;
    let id = "00000000000000000000000000000000";
    let mut closed: Vec<String> = [
        "applications",
        "applications/new",
        "users",
        "users/new",
        "sessions",
        "keys",
        "audit",
    ]
    .iter()
    .chain(&[
        "audit/export",
        "audit/export?as=csv",
        "settings",
        "registrations",
        "findings",
        "least-privilege",
    ])
    .chain(&["tenants", "tenants/new", "keys/ES256/rotate"])
    .map(|page| format!("/{page}"))
    .collect();
    for page in [
        "",
        "/state",
        "/delete",
        "/members/new",
        "/apps",
        "/apps-policy",
        "/apps/ledger-web/block",
    ] {
        closed.push(format!("/tenants/{FOREIGN}{page}"));
    }
    for page in [
        format!("/tenants/{FOREIGN}/members/{id}"),
        format!("/tenants/{FOREIGN}/members/{id}/remove"),
    ] {
        closed.push(page);
    }
    for page in ["", "/new", "/tokyo", "/tokyo/rotate", "/tokyo/delete"] {
        closed.push(format!("/service-accounts/{FOREIGN}{page}"));
    }
    for below in &closed {
        let reply = administrator.get(below).await;
        assert!(
            matches!(reply.status, 403 | 404),
            "{below}: {} {}",
            reply.status,
            reply.body
        );
        assert!(!reply.body.contains("Tokyo administration"), "{below}");
    }
    // Neither by the address of a tenant that they do not look after.
    administrator.url = format!("{}/of/{FOREIGN}", url(server()));
    for below in ["", "/api-keys", "/service-accounts"] {
        assert_eq!(administrator.get(below).await.status, 403, "{below}");
    }
}

#[tokio::test]
async fn a_form_does_nothing_in_another_tenant() {
    let mut administrator = administrator(server()).await;
    let own = format!("/tenants/{OWN}/members/new");
    let page = administrator.get(&own).await.page(200);
    let mut form = page.form(posting(&page));
    form.set("username", "ada@example.com").set("role", "member");
    let foreign = form.action.replace(&own, &format!("/tenants/{FOREIGN}/members/new"));
    assert_ne!(foreign, form.action);
    assert_eq!(administrator.send(&foreign, &form.fields).await.status, 400);
    let of_foreign = form.action.replace(&format!("/of/{OWN}"), &format!("/of/{FOREIGN}"));
    assert_eq!(administrator.send(&of_foreign, &form.fields).await.status, 403);
}

#[tokio::test]
async fn an_api_key_of_an_administrator_is_of_their_tenant_whatever_the_form_says() {
    let mut administrator = administrator(server()).await;
    let page = administrator.get("/api-keys/new").await.page(200);
    let mut form = page.form(posting(&page));
    form.set("name", "Reporting").set("scopes", "invoices:read");
    form.fields.push(("tenant".to_owned(), FOREIGN.to_owned()));
    let made = administrator.send(&form.action, &form.fields).await;
    assert_eq!(made.status, 200, "{}", made.body);
    assert!(made.body.contains("data-secret"), "{}", made.body);
    let list = administrator.get("/api-keys").await;
    assert!(list.body.contains("Reporting") && list.body.contains(OWN) && !list.body.contains(FOREIGN));
    let mut operator = Operator::log_in(server()).await;
    let list = operator.get(&format!("/api-keys?tenant={FOREIGN}")).await;
    assert!(!list.body.contains("Reporting"), "{}", list.body);
}

#[tokio::test]
async fn members_come_go_and_change_and_the_last_administrator_stays() {
    let server = Server::start(Launch::demo());
    let mut administrator = administrator(&server).await;
    let bob = id_of(&mut administrator, "", "bob@example.com").await;
    let ada = id_of(&mut administrator, "", "ada@example.com").await;
    let at = |user: &str, page: &str| format!("/tenants/{OWN}/members/{user}{page}");
    let remove = administrator.fill(&at(&ada, "/remove"), &[]).await;
    assert_eq!(remove.status, 409, "{}", remove.body);
    let demote = administrator.fill(&at(&ada, ""), &[("role", "member")]).await;
    assert_eq!(demote.status, 409, "{}", demote.body);
    assert_eq!(administrator.fill(&at(&bob, "/remove"), &[]).await.status, 303);
    assert!(!administrator.get("").await.body.contains("bob@example.com"));
    let add = format!("/tenants/{OWN}/members/new");
    let unknown = [("username", "nobody@example.com"), ("role", "member")];
    assert_eq!(administrator.fill(&add, &unknown).await.status, 422);
    let back = [("username", "BOB@example.com"), ("role", "owner")];
    assert_eq!(administrator.fill(&add, &back).await.status, 303);
    let twice = administrator.fill(&add, &back).await;
    assert_eq!(
        twice.status, 422,
        "whoever is a member is changed, not added: {}",
        twice.body
    );
    // Now somebody else can manage the tenant.
    assert_eq!(
        administrator.fill(&at(&ada, ""), &[("role", "member")]).await.status,
        303
    );
    assert_eq!(administrator.get("").await.status, 403, "a role counts as it is now");
}

#[tokio::test]
async fn who_has_a_name_in_the_realm_is_told_a_few_times_and_never_unseen() {
    let server = Server::start(Launch::demo());
    let mut administrator = administrator(&server).await;
    let page = administrator
        .get(&format!("/tenants/{OWN}/members/new"))
        .await
        .page(200);
    let mut form = page.form(posting(&page));
    form.set("role", "member");
    let mut told = Vec::new();
    for number in 0..21 {
        form.set("username", &format!("nobody-{number}@example.com"));
        told.push(administrator.send(&form.action, &form.fields).await.status);
    }
    assert_eq!(told[..20], [422; 20]);
    assert_eq!(told[20], 429);
    form.set("username", "bob@example.com");
    let known = administrator.send(&form.action, &form.fields).await;
    assert_eq!(known.status, 429, "somebody who is there is no exception");
    let mut operator = Operator::log_in(&server).await;
    let audit = operator.get("/audit?action=api.denied").await;
    assert!(audit.body.contains(OWN), "{}", audit.body);
    let add = format!("/tenants/{OWN}/members/new");
    let values = [("username", "nobody@example.com"), ("role", "member")];
    assert_eq!(
        operator.fill(&add, &values).await.status,
        422,
        "operators see the list of users"
    );
}

#[tokio::test]
async fn a_service_account_is_made_given_another_secret_and_deleted_by_its_tenant() {
    let server = Server::start(Launch::demo());
    let mut administrator = administrator(&server).await;
    let new = format!("/service-accounts/{OWN}/new");
    let made = administrator
        .fill(&new, &[("name", "Nightly"), ("role", "member")])
        .await;
    assert_eq!(made.status, 200, "{}", made.body);
    let between = |body: &str, from: &str, to: &str| {
        let (_, rest) = body.split_once(from).expect(from);
        rest.split(to).next().unwrap().to_owned()
    };
    let first = between(&made.body, "data-secret>", "<");
    let id = between(&made.body, "id=\"object-id\">", "<");
    let one = |page: &str| format!("/service-accounts/{OWN}/{id}{page}");
    let rotated = administrator.fill(&one("/rotate"), &[("keep", "0")]).await;
    assert_ne!(between(&rotated.body, "data-secret>", "<"), first);
    assert!(administrator.get(&one("")).await.body.contains("Nightly"));
    let wide = administrator
        .fill(&new, &[("name", "Wide"), ("role", "member"), ("scopes", "grantd:*")])
        .await;
    assert_ne!(wide.status, 303, "{}", wide.body);
    assert_eq!(administrator.fill(&one("/delete"), &[]).await.status, 303);
    assert_eq!(administrator.get(&one("")).await.status, 404);
}

#[tokio::test]
async fn an_administrator_says_which_applications_of_others_are_let_in() {
    let server = Server::start(Launch::demo());
    let ops = Api::ops(&server.realm()).await;
    let publisher = serde_json::json!({ "verified_domain": "ledgerly.example" });
    ops.patch("/clients/ledger-web", publisher).await.expect(200);
    let mut flow = Flow::new(&server.realm(), "ledger-web").with("tenant", OWN);
    let tokens = flow.tokens().await;
    let mut administrator = administrator(&server).await;
    let list = administrator.get("/apps").await;
    assert!(
        list.body.contains("In use, not decided") && list.body.contains("ledger-web"),
        "{}",
        list.body
    );
    let policy = format!("/tenants/{OWN}/apps-policy");
    assert_eq!(
        administrator.fill(&policy, &[("app_policy", "approval")]).await.status,
        303
    );
    assert!(administrator.get("/apps").await.body.contains("Wait for approval"));
    let one = |page: &str| format!("/tenants/{OWN}/apps/ledger-web{page}");
    let undecided = administrator.get(&one("")).await;
    assert!(undecided.body.contains("Not decided") && undecided.body.contains("Ledger Web"));
    // Any id can stand in an address: what no consent page tells of has no name there.
    let machine = administrator
        .get(&format!("/tenants/{OWN}/apps/nightly-export/block"))
        .await;
    assert!(machine.body.contains("nightly-export") && !machine.body.contains("Nightly Export"));
    let asks = administrator.get(&one("/block")).await;
    assert!(asks.body.contains("ends at once, with its tokens"), "{}", asks.body);
    assert_eq!(
        flow.introspect(tokens.access()).await["active"],
        true,
        "a page ends nothing"
    );
    assert_eq!(administrator.fill(&one("/block"), &[]).await.status, 303);
    assert_eq!(flow.introspect(tokens.access()).await["active"], false);
    let list = administrator.get("/apps?state=blocked").await;
    assert!(list.body.contains("Ledger Web") && !list.body.contains("In use, not decided"));
    assert_eq!(administrator.fill(&one("/forget"), &[]).await.status, 303);
    assert!(administrator.get(&one("")).await.body.contains("Not decided"));
    // The platform's own are nobody's to block but the operators'.
    let own = administrator
        .fill(&format!("/tenants/{OWN}/apps/ledger-desktop/block"), &[])
        .await;
    assert_eq!(own.status, 409, "{}", own.body);
    let mut operator = Operator::log_in(&server).await;
    assert_eq!(operator.fill(&one("/allow"), &[]).await.status, 303);
    let all = operator.get("/apps?state=allowed").await;
    assert!(
        all.body.contains("Ledger Web") && all.body.contains(OWN),
        "{}",
        all.body
    );
}
