//! Forms that could not be taken, since they were open for too long or the session ended in the middle: what was filled in is
//! there again, for the same user alone, and nothing is done with it unasked.

use super::account::{only_app, page as page_of};
use super::console::{Operator, posting};
use super::portal::{ADA, BOB, developer};
use crate::harness::html::Form;
use crate::harness::{Flow, Launch, Reply, Server};

const TYPED: &str = "Ledger <i>& \"Sons\"";
const SHOWN: &str = "Ledger &lt;i&gt;&amp; &quot;Sons&quot;";

/// The form that posts on a page below the area.
pub(super) async fn form(operator: &mut Operator, below: &str) -> Form {
    let page = operator.get(below).await.page(200);
    page.form(posting(&page))
}

/// An operator who is about to give an application another name: on which page, and the form that was not sent yet.
async fn about_to_rename(server: &Server) -> (Operator, String, Form) {
    let mut operator = Operator::log_in(server).await;
    let id = operator.application("Books", "machine").await;
    let below = format!("/applications/{id}/settings");
    let mut filled = form(&mut operator, &below).await;
    filled.set("name", TYPED);
    (operator, below, filled)
}

/// Lets a browser's session end.
pub(super) fn forget_session(operator: &mut Operator) {
    operator.agent.cookies.retain(|name, _| !name.contains("_session_"));
}

/// Whether a reply has the browser keep what was filled in.
pub(super) fn keeps(reply: &Reply) -> bool {
    let mut set = reply.all("set-cookie").into_iter();
    set.any(|cookie| cookie.contains("_kept_") && !cookie.contains("Max-Age=0"))
}

/// Logs in by the form that a reply is; gives the page that the browser is led to.
pub(super) async fn log_in(operator: &mut Operator, login: &Reply, (username, password): (&str, &str)) -> Reply {
    let mut form = login.page(200).form_with("login-submit");
    form.set("username", username).set("password", password);
    let reply = operator.send(&form.action, &form.fields).await;
    assert_eq!(reply.status, 303, "{}", reply.body);
    let back = operator.absolute(reply.header("location").unwrap());
    operator.visit(&back).await
}

/// Who operates the demo: name and password.
pub(super) fn operators(server: &Server) -> (String, String) {
    let text = |name: &str| server.ready["console"][name].as_str().unwrap().to_owned();
    (text("username"), text("password"))
}

#[tokio::test]
async fn what_was_filled_in_is_there_after_a_login_in_the_middle_and_is_done_when_it_is_sent_again() {
    let server = Server::start(Launch::demo());
    let (mut operator, below, filled) = about_to_rename(&server).await;
    forget_session(&mut operator);
    let login = operator.send(&filled.action, &filled.fields).await;
    assert!(
        login.body.contains("session ended in the middle") && keeps(&login),
        "{}",
        login.body
    );
    let (username, password) = operators(&server);
    let back = log_in(&mut operator, &login, (&username, &password)).await;
    assert!(
        back.body.contains(SHOWN) && back.body.contains("nothing was done yet"),
        "{}",
        back.body
    );
    let again = back.page(200);
    let again = again.form(posting(&again));
    let plain = operator.get(&below).await;
    assert!(
        !plain.body.contains(SHOWN) && plain.body.contains("Books"),
        "it is given back once"
    );
    assert_eq!(operator.send(&again.action, &again.fields).await.status, 303);
    assert!(operator.get(&below).await.body.contains(SHOWN));
}

#[tokio::test]
async fn what_somebody_changed_meanwhile_is_not_overwritten_by_what_was_filled_in_before() {
    let server = Server::start(Launch::demo());
    let (mut operator, below, filled) = about_to_rename(&server).await;
    assert_eq!(operator.fill(&below, &[("name", "Accounts")]).await.status, 303);
    forget_session(&mut operator);
    let login = operator.send(&filled.action, &filled.fields).await;
    let (username, password) = operators(&server);
    let back = log_in(&mut operator, &login, (&username, &password)).await.page(200);
    let again = back.form(posting(&back));
    assert_eq!(operator.send(&again.action, &again.fields).await.status, 409);
    assert!(operator.get(&below).await.body.contains("Accounts"));
}

#[tokio::test]
async fn a_form_of_an_earlier_session_of_the_same_user_is_shown_again_and_does_nothing() {
    let server = Server::start(Launch::demo());
    let (mut operator, below, filled) = about_to_rename(&server).await;
    let mut later = Operator::log_in(&server).await;
    let shown = later.send(&filled.action, &filled.fields).await;
    assert!(
        shown.body.contains(SHOWN) && shown.body.contains("open for too long"),
        "{}",
        shown.body
    );
    assert!(operator.get(&below).await.body.contains("Books"));
    let again = shown.page(400);
    let again = again.form(posting(&again));
    assert_eq!(later.send(&again.action, &again.fields).await.status, 303);
    assert!(operator.get(&below).await.body.contains(SHOWN));
}

#[tokio::test]
async fn nobody_else_sees_what_was_filled_in() {
    let server = Server::start(Launch::demo());
    let mut ada = developer(&server, ADA).await;
    let mut filled = form(&mut ada, "/applications/new").await;
    filled.set("name", TYPED).set("kind", "machine");
    // Somebody else's session in another browser.
    let mut bob = developer(&server, BOB).await;
    let refused = bob.send(&filled.action, &filled.fields).await;
    assert!(!refused.body.contains(SHOWN), "{}", refused.body);
    assert_eq!(refused.page(400).error(), "form_expired");
    // Somebody else who logs in where it was sent.
    forget_session(&mut ada);
    let login = ada.send(&filled.action, &filled.fields).await;
    assert!(keeps(&login), "{}", login.body);
    assert!(!login.body.contains(SHOWN), "{}", login.body);
    let back = log_in(&mut ada, &login, BOB).await;
    assert!(back.status == 200 && !back.body.contains(SHOWN), "{}", back.body);
    assert!(!back.body.contains("nothing was done yet"), "{}", back.body);
}

#[tokio::test]
async fn what_no_page_of_ours_sent_is_kept_for_nobody() {
    let server = Server::start(Launch::demo());
    let mut operator = Operator::log_in(&server).await;
    let mut filled = form(&mut operator, "/applications/new").await;
    filled.set("name", TYPED);
    let other = form(&mut operator, "/roles/new").await;
    forget_session(&mut operator);
    let ticket = |value: &str| {
        let mut forged = filled.clone();
        forged.set("request", value);
        forged.fields
    };
    let other = other.fields.iter().find(|(name, _)| name == "request").unwrap();
    for fields in [ticket(""), ticket("AAAA"), ticket(&other.1)] {
        let login = operator.send(&filled.action, &fields).await;
        assert!(login.status == 200 && !keeps(&login), "{}", login.body);
    }
    let foreign = operator.send_from(&filled.action, &filled.fields, "cross-site").await;
    assert!(!keeps(&foreign), "{}", foreign.body);
}

#[tokio::test]
async fn what_the_browser_keeps_is_good_for_its_own_page_and_unharmed_alone() {
    let server = Server::start(Launch::demo());
    let mut operator = Operator::log_in(&server).await;
    let mut filled = form(&mut operator, "/applications/new").await;
    filled.set("name", TYPED);
    let session = operator.agent.cookies.clone();
    forget_session(&mut operator);
    let login = operator.send(&filled.action, &filled.fields).await;
    assert!(keeps(&login));
    let (name, value) = operator
        .agent
        .cookies
        .iter()
        .find(|(name, _)| name.contains("_kept_"))
        .unwrap();
    assert!(value.len() <= 2400, "{}", value.len());
    let (name, value) = (name.clone(), value.clone());
    operator.agent.cookies = session;
    let mut harmed = value.clone();
    let last = if harmed.pop() == Some('A') { 'B' } else { 'A' };
    harmed.push(last);
    let shown = async |operator: &mut Operator, below: &str, value: &str| {
        operator.agent.cookies.insert(name.clone(), value.to_owned());
        operator.get(below).await.body.contains(SHOWN)
    };
    assert!(!shown(&mut operator, "/roles/new", &value).await);
    for bad in [&*harmed, "", "x", &"A".repeat(2400)] {
        assert!(!shown(&mut operator, "/applications/new", bad).await, "{bad}");
    }
    assert!(shown(&mut operator, "/applications/new", &value).await);
}

#[tokio::test]
async fn a_password_is_not_kept_and_of_too_much_only_that_nothing_was_done() {
    let server = Server::start(Launch::demo());
    let mut operator = Operator::log_in(&server).await;
    let (username, password) = operators(&server);
    let mut filled = form(&mut operator, "/users/new").await;
    filled
        .set("username", "carla@example.com")
        .set("password", "never-shown-again");
    forget_session(&mut operator);
    let login = operator.send(&filled.action, &filled.fields).await;
    let back = log_in(&mut operator, &login, (&username, &password)).await;
    assert!(back.body.contains("carla@example.com"), "{}", back.body);
    assert!(!back.body.contains("never-shown-again"), "{}", back.body);

    // What says nothing twice cannot be made smaller.
    let long: String = (0..1200_u32)
        .map(|number| format!("{:x}", number.wrapping_mul(2_654_435_761)))
        .collect();
    let mut filled = form(&mut operator, "/applications/new").await;
    filled.set("name", &long);
    forget_session(&mut operator);
    let login = operator.send(&filled.action, &filled.fields).await;
    let back = log_in(&mut operator, &login, (&username, &password)).await;
    assert!(
        !back.body.contains(&long) && back.body.contains("nothing was done yet"),
        "{}",
        back.body
    );
    assert!(!back.body.contains("is here again"), "{}", back.body);
}

#[tokio::test]
async fn boxes_of_an_application_stay_as_they_were_ticked() {
    let server = Server::start(Launch::demo());
    let mut flow = Flow::new(&server.realm(), "ledger-desktop").with("scope", "openid invoices:read customers:read");
    flow.tokens().await;
    let app = only_app(&mut flow).await;
    let mut narrowed = page_of(&mut flow, &app).await.form_with("app-narrow");
    narrowed
        .fields
        .retain(|(name, value)| name != "scope" || value != "customers:read");
    narrowed.set("decision", "narrow");
    flow.browser.cookies.retain(|name, _| !name.contains("_session_"));
    let login = flow.submit(&narrowed).await.page(200);
    let form = flow.login_form(&login);
    assert_eq!(flow.submit(&form).await.status, 303);
    let ticked = |form: &Form| -> Vec<String> {
        let scopes = form.fields.iter().filter(|(name, _)| name == "scope");
        scopes.map(|(_, value)| value.clone()).collect()
    };
    let back = page_of(&mut flow, &app).await.form_with("app-narrow");
    assert_eq!(ticked(&back), ["openid", "invoices:read"]);
    let plain = page_of(&mut flow, &app).await.form_with("app-narrow");
    assert_eq!(
        ticked(&plain),
        ["openid", "invoices:read", "customers:read"],
        "nothing was taken away"
    );
}
