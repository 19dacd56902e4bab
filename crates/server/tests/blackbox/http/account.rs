//! A user's own pages: what they show, what their forms do, and to whom they do nothing.

use crate::admin::stage::Api;
use crate::harness::flow::post_as;
use crate::harness::html::{Form, Page};
use crate::harness::key::now;
use crate::harness::realm::demo;
use crate::harness::{Agent, Flow, Launch, Reply, Server};

const PAGES: [&str; 7] = [
    "account",
    "account/apps",
    "account/sessions",
    "account/password",
    "account/two-step",
    "account/passkeys",
    "account/providers",
];

/// The address of a page of the account.
pub(crate) fn at(flow: &Flow, page: &str) -> String {
    format!("{}/{page}", flow.realm.issuer())
}

/// A page as the browser of this flow sees it.
pub(crate) async fn page(flow: &mut Flow, page: &str) -> Page {
    let url = at(flow, page);
    flow.browser.get(&url).await.page(200)
}

/// Follows the redirect of a form that was taken.
pub(crate) async fn taken(flow: &mut Flow, form: &Form) -> Page {
    let reply = flow.submit(form).await;
    assert_eq!(reply.status, 303, "{}", reply.body);
    let url = flow.absolute(reply.header("location").unwrap());
    flow.browser.get(&url).await.page(200)
}

/// A flow of a client that its user allowed something, with tokens.
async fn connected(realm: &crate::harness::Realm, user: usize) -> (Flow, crate::harness::flow::Tokens) {
    let mut flow = Flow::new(realm, "ledger-desktop")
        .user(user)
        .with("scope", "openid offline_access invoices:read customers:read");
    let tokens = flow.tokens().await;
    (flow, tokens)
}

/// The page of the only application.
pub(crate) async fn only_app(flow: &mut Flow) -> String {
    let apps = page(flow, "account/apps").await;
    let mut links = apps.elements.iter().filter_map(|element| element.get("href"));
    let link = links
        .find(|link| link.contains("/account/apps/"))
        .expect("an application");
    link.rsplit_once("account/apps")
        .map(|(_, id)| format!("account/apps{id}"))
        .unwrap()
}

/// The session cookie alone, as another tab or a thief would hold it.
fn copy(flow: &Flow) -> Agent {
    Agent::with_cookies(flow.browser.cookies.clone())
}

async fn asks_to_sign_in(agent: &mut Agent, url: &str) -> bool {
    agent.get(url).await.page(200).by_id("login-submit").is_some()
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_led_through_the_login_and_back() {
    let server = Server::start(Launch::demo());
    let mut flow = Flow::new(&server.realm(), "ledger-desktop");
    for path in PAGES {
        assert!(asks_to_sign_in(&mut Agent::new(), &at(&flow, path)).await, "{path}");
    }
    let login = page(&mut flow, "account/sessions").await;
    let form = flow.login_form(&login);
    let reply = flow.submit(&form).await;
    assert_eq!(reply.status, 303, "{}", reply.body);
    assert_eq!(
        flow.absolute(reply.header("location").unwrap()),
        at(&flow, "account/sessions")
    );
    page(&mut flow, "account/sessions").await.form_with("sessions-all");
}

#[tokio::test]
async fn the_pages_are_kept_by_nobody_and_framed_by_nobody() {
    let mut flow = Flow::logged_in_as(&demo().realm(), "ledger-desktop", 0).await;
    for path in PAGES {
        let url = at(&flow, path);
        let reply = flow.browser.get(&url).await;
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{path}");
        let policy = reply.header("content-security-policy").unwrap();
        assert!(
            policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"),
            "{path}"
        );
        assert_eq!(reply.header("x-frame-options"), Some("DENY"), "{path}");
    }
}

#[tokio::test]
async fn an_application_is_narrowed_to_what_stays_ticked() {
    let server = Server::start(Launch::demo());
    let (mut flow, tokens) = connected(&server.realm(), 0).await;
    let app = only_app(&mut flow).await;
    let mut form = page(&mut flow, &app).await.form_with("app-narrow");
    assert_eq!(form.fields.iter().filter(|(name, _)| name == "scope").count(), 4);
    form.fields
        .retain(|(name, value)| name != "scope" || value != "customers:read");
    form.set("decision", "narrow");
    // An application can have more permissions than a program sends parameters.
    form.fields
        .extend((0..150).map(|at| (format!("more-{at}"), "x".to_owned())));
    let after = taken(&mut flow, &form).await;
    let left = after.form_with("app-narrow");
    assert!(left.fields.iter().all(|(_, value)| value != "customers:read"));
    // The token that carried it is dead; a refreshed one carries less.
    let api = server.realm().client("acme-api");
    let url = server.realm().endpoint("introspection_endpoint");
    let facts = async |token: &str| {
        let reply = crate::harness::flow::post_as(&api, &url, &[("token", token)]).await;
        reply.expect(200).json()
    };
    assert_eq!(facts(tokens.access()).await["active"], false);
    let again = flow.refresh(tokens.refresh()).await.expect(200).json();
    let scope = facts(again["access_token"].as_str().unwrap()).await["scope"].clone();
    assert_eq!(scope, "openid offline_access invoices:read");
}

#[tokio::test]
async fn a_permission_that_came_after_the_page_is_not_taken_away_by_it() {
    let server = Server::start(Launch::demo());
    let mut flow = Flow::new(&server.realm(), "ledger-desktop").with("scope", "openid invoices:read");
    flow.tokens().await;
    let app = only_app(&mut flow).await;
    let mut form = page(&mut flow, &app).await.form_with("app-narrow");
    form.fields.retain(|(name, value)| name != "scope" || value != "openid");
    form.set("decision", "narrow");
    // In another tab more is allowed.
    flow.set("scope", "openid invoices:read customers:read");
    flow.tokens().await;
    let after = taken(&mut flow, &form).await.form_with("app-narrow");
    let left: Vec<_> = after
        .fields
        .iter()
        .filter(|(name, _)| name == "scope")
        .map(|(_, value)| value)
        .collect();
    assert_eq!(left, ["invoices:read", "customers:read"]);
}

#[tokio::test]
async fn ending_an_application_ends_its_tokens_at_once() {
    let server = Server::start(Launch::demo());
    let (mut flow, tokens) = connected(&server.realm(), 0).await;
    let app = only_app(&mut flow).await;
    let mut none = page(&mut flow, &app).await.form_with("app-narrow");
    none.fields.retain(|(name, _)| name != "scope");
    none.set("decision", "narrow");
    flow.submit(&none).await.page(422).form_with("app-narrow");
    let mut form = page(&mut flow, &app).await.form_with("app-end");
    form.set("decision", "end");
    taken(&mut flow, &form).await;
    flow.refresh(tokens.refresh()).await.refused(400, "invalid_grant");
    let url = at(&flow, &app);
    assert_eq!(flow.browser.get(&url).await.page(404).error(), "not_found");
    // The same form from another tab finds it gone, which is what it wanted.
    assert_eq!(flow.submit(&form).await.status, 303);
}

#[tokio::test]
async fn an_application_was_last_seen_to_do_what_an_api_needed_and_nothing_before() {
    let server = Server::start(Launch::demo());
    let realm = server.realm();
    let (mut flow, tokens) = connected(&realm, 0).await;
    let (mut other, _) = connected(&realm, 1).await;
    let app = only_app(&mut flow).await;
    let shown = async |flow: &mut Flow, app: &str| {
        let url = at(flow, app);
        let body = flow.browser.get(&url).await.expect(200).body.clone();
        body.split_once("Last used</dt><dd>")
            .map(|(_, rest)| rest.split("</dd>").next().unwrap().to_owned())
    };
    assert_eq!(shown(&mut flow, &app).await, None, "nobody saw it");
    let needs = async |scope: &str| {
        let url = realm.endpoint("introspection_endpoint");
        let needed = [("token", tokens.access()), ("scope", scope)];
        post_as(&realm.client("acme-api"), &url, &needed)
            .await
            .expect(200)
            .json()["permitted"]
            .clone()
    };
    assert_eq!(needs("payments:charge").await, false);
    assert_eq!(shown(&mut flow, &app).await, None, "it could not do that");
    assert_eq!(needs("invoices:read").await, true);
    let done = shown(&mut flow, &app).await.expect("the last use");
    assert!(done.contains("<time") && done.contains("See invoices"), "{done}");
    let apps = at(&flow, "account/apps");
    assert!(flow.browser.get(&apps).await.body.contains("last used"));
    // What somebody else allowed the same application was not touched.
    let theirs = only_app(&mut other).await;
    assert_eq!(shown(&mut other, &theirs).await, None);
}

#[tokio::test]
async fn nobody_reaches_what_is_somebody_elses() {
    let server = Server::start(Launch::demo());
    let realm = server.realm();
    let (mut mine, tokens) = connected(&realm, 0).await;
    let (mut other, _) = connected(&realm, 1).await;
    let app = only_app(&mut mine).await;
    let url = at(&other, &app);
    other.browser.get(&url).await.page(404);
    // Neither with a form of one's own, sent to the other's address.
    let own = only_app(&mut other).await;
    let mut form = page(&mut other, &own).await.form_with("app-end");
    form.set("decision", "end");
    form.action = url;
    other.submit(&form).await.page(404);
    mine.refresh(tokens.refresh()).await.expect(200);
    // The same with a session's name.
    let sessions = page(&mut mine, "account/sessions").await.form_with("sessions-all");
    let mut form = page(&mut other, "account/sessions").await.form_with("sessions-all");
    form.set("session", &"0".repeat(32));
    taken(&mut other, &form).await;
    let mut stolen = sessions;
    stolen.set("session", "all");
    other.submit(&stolen).await.page(422);
    page(&mut mine, "account").await;
}

#[tokio::test]
async fn a_form_counts_only_from_its_own_page_on_this_site() {
    let server = Server::start(Launch::demo());
    let (mut flow, _) = connected(&server.realm(), 0).await;
    let app = only_app(&mut flow).await;
    let mut form = page(&mut flow, &app).await.form_with("app-end");
    form.set("decision", "end");
    let url = at(&flow, &app);
    let foreign = flow.browser.http.post(&url).form(&form.fields);
    let foreign = foreign
        .header("origin", "https://evil.example")
        .header("sec-fetch-site", "cross-site");
    assert_eq!(flow.browser.send(foreign).await.page(403).error(), "cross_site");
    let mut bare = form.clone();
    bare.fields.retain(|(name, _)| name != "request");
    flow.submit(&bare).await.page(422);
    let mut moved = page(&mut flow, "account/sessions").await.form_with("sessions-all");
    moved.action.clone_from(&url);
    moved.set("decision", "end");
    flow.submit(&moved).await.page(422);
    assert!(flow.browser.get(&url).await.status == 200, "it must still be connected");
}

/// The form that changes the password, filled in.
async fn change(flow: &mut Flow, old: &str, new: &str, again: &str) -> Reply {
    let mut form = page(flow, "account/password").await.form_with("password-submit");
    form.set("password", old).set("new_password", new).set("again", again);
    flow.submit(&form).await
}

#[tokio::test]
async fn a_changed_password_ends_every_other_session_and_the_cookie_of_before() {
    let server = Server::start(Launch::demo());
    let (mut flow, tokens) = connected(&server.realm(), 0).await;
    let (mut elsewhere, _) = connected(&server.realm(), 0).await;
    let mut thief = copy(&flow);
    let old = flow.user.password.clone();
    change(&mut flow, &old, "short", "short").await.page(422);
    change(&mut flow, &old, "a new password", "a new passwort")
        .await
        .page(422);
    change(&mut flow, &old, &old, &old).await.page(422);
    change(&mut flow, "not the old one", "a new password", "a new password")
        .await
        .page(422);
    page(&mut elsewhere, "account/password")
        .await
        .form_with("password-submit");
    let reply = change(&mut flow, &old, "a new password", "a new password").await;
    assert_eq!(reply.status, 303, "{}", reply.body);
    page(&mut flow, "account/password").await.form_with("password-submit");
    let url = at(&flow, "account");
    assert!(asks_to_sign_in(&mut thief, &url).await);
    assert!(asks_to_sign_in(&mut elsewhere.browser, &url).await);
    flow.refresh(tokens.refresh()).await.refused(400, "invalid_grant");
    // The old one is worth nothing, the new one is.
    let mut again = Flow::new(&server.realm(), "ledger-desktop");
    let login = page(&mut again, "account").await;
    let form = again.login_form(&login);
    again.submit(&form).await.page(422);
    again.user.password = "a new password".into();
    let form = again.login_form(&login);
    assert_eq!(again.submit(&form).await.status, 303);
}

#[tokio::test]
async fn guessing_at_a_password_counts_as_guessing_at_the_login() {
    let server = Server::start(Launch::demo());
    let (mut flow, _) = connected(&server.realm(), 0).await;
    for guess in 0..100 {
        let reply = change(&mut flow, &format!("guess {guess}"), "a new password", "a new password").await;
        if reply.status == 429 {
            let mut other = Flow::new(&server.realm(), "ledger-desktop");
            let login = page(&mut other, "account").await;
            let form = other.login_form(&login);
            assert_eq!(other.submit(&form).await.status, 429);
            return;
        }
        assert_eq!(reply.status, 422, "{}", reply.body);
    }
    panic!("nobody was made to wait");
}

#[tokio::test]
async fn a_session_is_ended_where_it_is_not_oneself_and_everywhere() {
    let server = Server::start(Launch::demo());
    let (mut flow, _) = connected(&server.realm(), 0).await;
    let (mut elsewhere, tokens) = connected(&server.realm(), 0).await;
    let sessions = page(&mut flow, "account/sessions").await;
    let button = sessions
        .elements
        .iter()
        .find(|element| element.tag == "button" && element.is("name", "session") && !element.is("value", "all"));
    let other = button.expect("the other session").get("value").unwrap().to_owned();
    let mut form = sessions.form_with("sessions-all");
    form.set("session", &other);
    taken(&mut flow, &form).await.form_with("sessions-all");
    let url = at(&flow, "account");
    assert!(asks_to_sign_in(&mut elsewhere.browser, &url).await);
    // The session ended in the middle: the form leads through the login.
    let mut form = page(&mut flow, "account/sessions").await.form_with("sessions-all");
    form.set("session", "all");
    let mut second = flow.browser.cookies.clone();
    flow.submit(&form).await.page(200);
    assert!(asks_to_sign_in(&mut flow.browser, &url).await);
    second.retain(|_, value| !value.is_empty());
    flow.browser = Agent::with_cookies(second);
    flow.submit(&form).await.page(200).form_with("login-submit");
    elsewhere.refresh(tokens.refresh()).await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn a_session_that_goes_on_after_a_changed_password_ends_when_it_would_have() {
    let server = Server::start(Launch::demo());
    let (mut flow, _) = connected(&server.realm(), 0).await;
    let api = Api::ops(&server.realm()).await;
    let id = api.user_id(&flow.user.username).await;
    let sessions = format!("/users/{id}/sessions");
    let before = api.all(&sessions, 10).await;
    let old = flow.user.password.clone();
    let until = |session: &serde_json::Value| session["expires_at"].as_i64().unwrap() - i64::try_from(now()).unwrap();
    let most = until(&before[0]);
    let reply = change(&mut flow, &old, "a new password", "a new password").await;
    assert_eq!(reply.status, 303, "{}", reply.body);
    let after = api.all(&sessions, 10).await;
    assert_eq!((before.len(), after.len()), (1, 1), "{after:?}");
    assert_ne!(before[0]["id"], after[0]["id"], "another session, under another cookie");
    for kept in ["expires_at", "logged_in_at", "user_id"] {
        assert_eq!(before[0][kept], after[0][kept], "{kept}");
    }
    // The browser keeps the cookie until then and no longer.
    let cookies = reply.set_cookies();
    let ages: Vec<i64> = cookies
        .iter()
        .filter_map(|cookie| cookie.split("Max-Age=").nth(1)?.split(';').next()?.parse().ok())
        .filter(|age| *age > 0)
        .collect();
    // The end is told in whole seconds, and so is what is left: each of them rounded down.
    let left = until(&after[0]) - 1..=most;
    assert!(ages.iter().any(|age| left.contains(age)), "{left:?}: {cookies:?}");
}
