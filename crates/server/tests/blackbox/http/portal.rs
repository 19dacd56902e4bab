//! The developers' portal: an application from its first draft to everybody's use, its refused requests in words, the flow
//! that its developer tries out, and whom none of it is open to.

use super::console::{Operator, posting};
use crate::harness::html::Page;
use crate::harness::{Agent, Launch, Reply, Server};
use std::collections::BTreeSet;

pub(crate) const ADA: (&str, &str) = ("ada@example.com", "correct-horse-ada");
pub(crate) const BOB: (&str, &str) = ("bob@example.com", "correct-horse-bob");
pub(crate) const REDIRECT: &str = "https://books.example/cb";

/// Somebody at the portal.
pub(crate) async fn developer(server: &Server, (username, password): (&str, &str)) -> Operator {
    let mut developer = Operator::at(&format!("{}/developers", server.realm().issuer()));
    developer.sign_in(username, password).await;
    developer
}

/// Makes an application of a kind; gives its id and its secret.
pub(crate) async fn made(developer: &mut Operator, name: &str, kind: &str) -> (String, String) {
    let values = [("name", name), ("kind", kind), ("redirect_uris", REDIRECT)];
    let reply = developer.fill("/applications/new", &values).await;
    if reply.status == 303 {
        let id = reply.header("location").unwrap().rsplit('/').next().unwrap();
        return (id.to_owned(), String::new());
    }
    assert_eq!(reply.status, 200, "{}", reply.body);
    (
        between(&reply.body, "id=\"object-id\">", "<"),
        between(&reply.body, "data-secret>", "<"),
    )
}

fn between(text: &str, begin: &str, end: &str) -> String {
    let (_, rest) = text.split_once(begin).unwrap_or_else(|| panic!("no {begin} in {text}"));
    rest.split(end).next().unwrap().trim().to_owned()
}

/// Gives an application a permission.
pub(crate) async fn permit(developer: &mut Operator, id: &str, scope: &str) {
    let reply = developer
        .fill(&format!("/applications/{id}/permissions"), &[("scope", scope)])
        .await;
    assert_eq!(reply.status, 303, "{}", reply.body);
}

pub(crate) fn authorize(server: &Server, id: &str, redirect: &str) -> String {
    let query = [
        ("response_type", "code"),
        ("client_id", id),
        ("redirect_uri", redirect),
        ("scope", "invoices:read"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
    ];
    let url = url::Url::parse_with_params(&format!("{}/authorize", server.realm().issuer()), query);
    url.unwrap().into()
}

async fn wrong_secret(server: &Server, id: &str) -> Reply {
    wrong_code(server, id, "wrong").await
}

async fn wrong_code(server: &Server, id: &str, secret: &str) -> Reply {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", "x"),
        ("client_id", id),
        ("client_secret", secret),
    ];
    Agent::new().post(&server.realm().token(), &form).await
}

#[tokio::test]
async fn every_page_of_the_portal_is_shown_in_every_language() {
    let server = Server::start(Launch::demo());
    let mut ada = developer(&server, ADA).await;
    let (id, _) = made(&mut ada, "Books", "web").await;
    wrong_secret(&server, &id).await.refused(401, "invalid_client");
    for language in ["en", "de", "ja"] {
        ada.language = language;
        let (mut seen, mut next) = (BTreeSet::new(), vec![ada.url.clone()]);
        while let Some(url) = next.pop() {
            if !seen.insert(url.clone()) {
                continue;
            }
            let reply = ada.visit(&url).await;
            assert_eq!(reply.status, 200, "{url}: {}", reply.body);
            assert!(!reply.body.contains("data-error"), "{url}");
            let page = Page::read(&reply.body);
            let links = page.elements.iter().filter_map(|element| element.get("href"));
            next.extend(
                links
                    .filter(|link| link.starts_with("/developers"))
                    .map(|link| ada.absolute(link)),
            );
        }
        assert!(seen.len() > 12, "{} pages in {language}: {seen:?}", seen.len());
    }
}

#[tokio::test]
async fn a_developer_registers_and_debugs_an_application() {
    let server = Server::start(Launch::demo());
    let mut ada = developer(&server, ADA).await;
    let (id, secret) = made(&mut ada, "Books", "web").await;
    assert!(secret.len() > 20);
    permit(&mut ada, &id, "invoices:read").await;
    // A redirect URI with a slash too many: the page has the id under which the log has the rest.
    let refused = ada.visit(&authorize(&server, &id, &format!("{REDIRECT}/"))).await;
    assert_eq!(refused.status, 400);
    let logs = ada.get(&format!("/applications/{id}/logs")).await;
    assert!(
        logs.body.contains("Only the trailing slash differs") && logs.body.contains(REDIRECT),
        "{}",
        logs.body
    );
    let named = between(&refused.body, "<dd><code>", "<");
    assert!(logs.body.contains(&named), "{}", logs.body);
    // A wrong code: the description names the request.
    let told = wrong_code(&server, &id, &secret).await;
    let description = told.json()["error_description"].as_str().unwrap().to_owned();
    let named = between(&description, "(request ", ")");
    let found = ada.get(&format!("/applications/{id}/logs?request={named}")).await.body;
    assert!(found.contains(&named), "{found}");
    // A wrong secret: told like that of a client that is not there, and in the log all the same.
    let told = wrong_secret(&server, &id).await;
    assert!(!told.body.contains("(request "), "{}", told.body);
    let logs = ada.get(&format!("/applications/{id}/logs")).await.body;
    assert!(logs.contains("client_secret_basic"), "{logs}");
    assert!(!found.contains("trailing slash"), "the filter holds");
    let other = ada
        .get(&format!("/applications/{id}/logs?endpoint=authorize"))
        .await
        .body;
    assert!(!other.contains(&named));
}

#[tokio::test]
async fn a_draft_is_closed_to_others_until_an_operator_has_approved_it() {
    let server = Server::start(Launch::demo());
    let mut ada = developer(&server, ADA).await;
    let (id, _) = made(&mut ada, "Books", "web").await;
    permit(&mut ada, &id, "invoices:read").await;
    let ask = authorize(&server, &id, REDIRECT);
    let mut bob = developer(&server, BOB).await;
    let is_asked = |reply: &Reply| reply.body.contains("name=\"decision\"");
    assert!(is_asked(&ada.visit(&ask).await), "its developer can try it");
    let closed = bob.visit(&ask).await;
    assert!(
        closed.status == 400 && closed.body.contains("not open yet"),
        "{}",
        closed.body
    );
    let logs = ada.get(&format!("/applications/{id}/logs")).await.body;
    assert!(logs.contains("test user"), "{logs}");
    // A test user, by a name in any case.
    let review = format!("/applications/{id}/review");
    assert_eq!(ada.fill(&review, &[("testers", "Bob@Example.com")]).await.status, 303);
    assert!(is_asked(&bob.visit(&ask).await));
    assert_eq!(ada.fill(&review, &[("testers", "")]).await.status, 303);
    assert!(!is_asked(&bob.visit(&ask).await));
    // Submitted: an operator's turn. What they look at cannot be changed meanwhile.
    assert_eq!(ada.fill(&format!("/applications/{id}/submit"), &[]).await.status, 303);
    assert!(!is_asked(&bob.visit(&ask).await));
    let settings = format!("/applications/{id}/settings");
    let other_name = [("name", "Bank"), ("redirect_uris", REDIRECT)];
    assert_eq!(ada.fill(&settings, &other_name).await.status, 409);
    let mut operator = Operator::log_in(&server).await;
    let without = operator.fill(&review, &[("verdict", "reject")]).await;
    assert_eq!(without.status, 422, "a rejection has a reason");
    assert_eq!(operator.fill(&review, &[("verdict", "approve")]).await.status, 303);
    assert!(is_asked(&bob.visit(&ask).await));
    // Suspended: known to nobody.
    let reason = [("verdict", "suspend"), ("reason", "It sends spam.")];
    assert_eq!(operator.fill(&review, &reason).await.status, 303);
    assert_eq!(bob.visit(&ask).await.status, 400);
    assert!(ada.get(&review).await.body.contains("It sends spam."));
    let audit = operator.get("/audit").await.body;
    for action in ["client.submitted", "client.approved", "client.suspended"] {
        assert!(audit.contains(action), "{action}");
    }
}

/// Every page about somebody else's application, read and sent, and every id in an address.
#[tokio::test]
async fn somebody_elses_application_looks_like_none() {
    let server = Server::start(Launch::demo());
    let (mut ada, mut bob) = (developer(&server, ADA).await, developer(&server, BOB).await);
    let (hers, _) = made(&mut ada, "Adas private ledger", "web").await;
    let (his, _) = made(&mut bob, "Bobs", "web").await;
    assert_ne!(hers, his);
    assert!(!bob.get("").await.body.contains("Adas private"));
    let pages = [
        "",
        "/rotate",
        "/permissions",
        "/permissions/preview",
        "/trim",
        "/tokens",
        "/tokens/new",
        "/users",
        "/logs",
        "/settings",
        "/delete",
        "/review",
        "/submit",
        "/withdraw",
        "/try",
        "/try/back",
        "/secrets/1/end",
    ];
    for page in pages {
        for id in [&*hers, "ledger-desktop", "ops", "nobody"] {
            let below = format!("/applications/{id}{page}");
            let read = bob.get(&below).await;
            assert_eq!(read.status, 404, "{below}");
            assert!(!read.body.contains("Adas private"), "{below}");
            // A ticket is good for its own page alone.
            let form = bob.get(&format!("/applications/{his}/settings")).await.page(200);
            let form = form.form(posting(&form));
            let sent = bob.send(&format!("{}{below}", bob.url), &form.fields).await;
            assert!(matches!(sent.status, 400 | 404), "{below}: {}", sent.status);
        }
    }
    // His own try with her application in the address.
    let mixed = bob.get(&format!("/applications/{his}/try/back?code=x&state=y")).await;
    assert!(mixed.body.contains("over"), "{}", mixed.body);
    for elsewhere in [
        "/users",
        "/audit",
        "/keys",
        "/settings",
        "/tenants",
        "/permissions",
        "/tokens",
    ] {
        assert_eq!(bob.get(elsewhere).await.status, 404, "{elsewhere}");
    }
    assert_eq!(ada.get(&format!("/applications/{hers}")).await.status, 200);
}

#[tokio::test]
async fn a_form_from_elsewhere_and_one_of_another_session_do_nothing() {
    let server = Server::start(Launch::demo());
    let mut ada = developer(&server, ADA).await;
    let (id, _) = made(&mut ada, "Books", "web").await;
    let below = format!("/applications/{id}/delete");
    let page = ada.get(&below).await.page(200);
    let form = page.form(posting(&page));
    assert_eq!(
        ada.send_from(&form.action, &form.fields, "cross-site").await.status,
        403
    );
    let mut again = developer(&server, ADA).await;
    assert_eq!(again.send(&form.action, &form.fields).await.status, 400);
    assert_eq!(ada.get(&format!("/applications/{id}")).await.status, 200);
    assert_eq!(ada.send(&form.action, &form.fields).await.status, 303);
    assert_eq!(ada.get(&format!("/applications/{id}")).await.status, 404);
}

#[tokio::test]
async fn a_flood_costs_a_few_lines_and_hides_no_other_mistake() {
    let server = Server::start(Launch::demo());
    let mut ada = developer(&server, ADA).await;
    let (id, _) = made(&mut ada, "Books", "web").await;
    ada.visit(&authorize(&server, &id, "https://books.example/other")).await;
    for _ in 0..60 {
        wrong_secret(&server, &id).await;
        wrong_secret(&server, "nobody-at-all").await;
    }
    let logs = ada.get(&format!("/applications/{id}/logs")).await.body;
    let lines = logs.matches("token invalid_client").count();
    // A minute can begin in the middle.
    assert!((1..=20).contains(&lines), "{lines}");
    assert!(logs.contains("Only the path differs"), "{logs}");
}

#[tokio::test]
async fn names_and_requests_that_somebody_chose_run_nothing() {
    let server = Server::start(Launch::demo());
    let mut ada = developer(&server, ADA).await;
    let name = "\"><script>alert(1)</script><img src=x onerror=alert(1)>";
    let (id, _) = made(&mut ada, name, "web").await;
    let evil = "https://books.example/<script>alert(1)</script>\r\n[admin]\u{1b}[31m";
    ada.visit(&authorize(&server, &id, evil)).await;
    for page in ["", "/logs", "/review", "/users", "/try", "/delete", "/settings"] {
        let reply = ada.get(&format!("/applications/{id}{page}")).await;
        assert!(
            !reply.body.contains("<script>") && !reply.body.contains("<img"),
            "{page}"
        );
        assert!(!reply.body.contains('\u{1b}'), "{page}");
    }
}

#[tokio::test]
async fn the_real_flow_is_tried_out_and_shows_no_secret() {
    let server = Server::start(Launch::demo());
    let mut ada = developer(&server, ADA).await;
    let (id, secret) = made(&mut ada, "Books", "web").await;
    permit(&mut ada, &id, "invoices:read").await;
    let below = format!("/applications/{id}/try");
    assert_eq!(ada.fill(&below, &[]).await.status, 303, "the address is registered");
    let begun = ada.fill(&below, &[("scopes", "invoices:read")]).await;
    assert_eq!(begun.status, 303, "{}", begun.body);
    let asked = ada.absolute(begun.header("location").unwrap());
    let consent = ada.visit(&asked).await.page(200);
    let mut form = consent.form_with("consent-allow");
    form.set("decision", "allow");
    if let Some(tenant) = form.offered("tenant").first() {
        form.set("tenant", tenant);
    }
    let allowed = ada.send(&form.action, &form.fields).await;
    let carried = Page::read(&allowed.body);
    let back = carried
        .addresses()
        .into_iter()
        .find(|url| url.starts_with("http") && url.contains("/try/back?"))
        .expect("a way back");
    let page = ada.visit(&back).await.page(200);
    let mut form = page.form(posting(&page));
    form.set("secret", &secret);
    let done = ada.send(&form.action, &form.fields).await;
    assert!(done.status == 200 && done.body.contains("It works"), "{}", done.body);
    assert!(
        done.body.contains("&amp;scope=invoices:read"),
        "the request as it was: {}",
        done.body
    );
    assert!(!done.body.contains(&secret), "the secret is not shown again");
    // Somebody else's session cannot go on with it, nor the same one again.
    let mut bob = developer(&server, BOB).await;
    assert_eq!(bob.visit(&back).await.status, 404);
    let twice = ada.send(&form.action, &form.fields).await;
    assert!(!twice.body.contains("It works"), "{}", twice.body);
}

#[tokio::test]
async fn who_is_not_let_in_learns_that_and_nothing_else() {
    let text = "name = \"shop\"\ndisplay_name = \"Shop\"\nissuer = \"http://localhost:8400\"\n\
        [[permissions]]\nname = \"orders:read\"\ndescription = \"See orders\"\nrisk = \"read\"\n\
        [portal]\nenabled = true\nwho = \"listed\"\nusers = [\"ada\"]\npermissions = [\"orders:read\"]\n\
        [[demo.users]]\nusername = \"ada\"\npassword = \"correct-horse-ada\"\n\
        [[demo.users]]\nusername = \"bob\"\npassword = \"correct-horse-bob\"\n";
    let server = Server::start(Launch::demo().realm(text));
    let mut bob = Operator::at(&format!("{}/developers", server.realm().issuer()));
    let refused = bob.sign_in("bob", "correct-horse-bob").await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    assert_eq!(bob.get("/applications/new").await.status, 403);
    let mut ada = developer(&server, ("ada", "correct-horse-ada")).await;
    let refused = ada
        .fill("/applications/new", &[("name", "Job"), ("kind", "machine")])
        .await;
    assert_eq!(refused.status, 422, "machines are not let in: {}", refused.body);
    assert_eq!(
        made(&mut ada, "Tool", "mcp").await.1,
        "",
        "a public client has no secret"
    );
}
