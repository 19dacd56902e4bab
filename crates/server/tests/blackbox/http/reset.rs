//! A forgotten password: the letter, the link that is good once, and answers that tell nobody who has an account.

use super::account::at;
use crate::harness::html::{Form, Page};
use crate::harness::{Agent, Flow, Launch, Reply, Server};

/// Asks for a letter in a new browser.
pub(crate) async fn ask(server: &Server, username: &str) -> Reply {
    let mut flow = Flow::new(&server.realm(), "ledger-web");
    let url = at(&flow, "reset");
    let mut form = flow.browser.get(&url).await.page(200).form_with("reset-submit");
    form.set("username", username);
    flow.submit(&form).await
}

/// The links in the letters that were written so far.
pub(crate) fn links(server: &Server) -> Vec<String> {
    let log = server.log();
    let pieces = log.split("?token=").skip(1).map(|piece| {
        let end = piece.find(|letter: char| !letter.is_ascii_alphanumeric() && !"-_".contains(letter));
        piece[..end.unwrap_or(piece.len())].to_owned()
    });
    pieces.collect()
}

/// The link of the letter that this many others were written before. Letters are written after the answer.
pub(crate) async fn link(server: &Server, before: usize) -> String {
    for _ in 0..600 {
        if let Some(token) = links(server).get(before) {
            return format!("{}/reset?token={token}", server.realm().issuer());
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("no letter: {}", server.log());
}

/// The form behind a link, filled in.
pub(crate) async fn choose(flow: &mut Flow, link: &str, new: &str, again: &str) -> Reply {
    let mut form = flow.browser.get(link).await.page(200).form_with("reset-choose");
    form.set("new_password", new).set("again", again);
    flow.submit(&form).await
}

async fn signs_in(server: &Server, password: &str) -> bool {
    let mut flow = Flow::new(&server.realm(), "ledger-web");
    let page = flow.ask().await.page(200);
    let mut form = flow.login_form(&page);
    form.set("password", password);
    flow.submit(&form).await.status == 303
}

#[tokio::test]
async fn a_link_sets_a_password_once_and_ends_what_was_there() {
    let server = Server::start(Launch::demo());
    let mut flow = Flow::new(&server.realm(), "ledger-desktop").with("scope", "openid offline_access invoices:read");
    let tokens = flow.tokens().await;
    ask(&server, &flow.user.username).await.page(200);
    ask(&server, &flow.user.username).await.page(200);
    let (first, second) = (link(&server, 0).await, link(&server, 1).await);
    let mut mailed = Flow::new(&server.realm(), "ledger-web");
    choose(&mut mailed, &first, "short", "short").await.page(422);
    choose(&mut mailed, &first, "a new password", "another one")
        .await
        .page(422);
    let mut form = mailed.browser.get(&first).await.page(200).form_with("reset-choose");
    form.set("new_password", "a new password")
        .set("again", "a new password");
    mailed.submit(&form).await.page(200);
    // Neither the same link nor the one beside it, nor the form that is still open.
    mailed.browser.get(&first).await.page(400);
    mailed.browser.get(&second).await.page(400);
    mailed.submit(&form).await.page(400);
    assert!(!signs_in(&server, &flow.user.password).await);
    assert!(signs_in(&server, "a new password").await);
    flow.refresh(tokens.refresh()).await.refused(400, "invalid_grant");
    let url = at(&flow, "account");
    assert!(flow.browser.get(&url).await.page(200).by_id("login-submit").is_some());
}

#[tokio::test]
async fn of_many_who_use_one_link_at_once_one_sets_the_password() {
    let server = Server::start(Launch::demo());
    ask(&server, "ada@example.com").await.page(200);
    let link = link(&server, 0).await;
    // All of them have the page open before the first one sends it.
    let mut racers = Vec::new();
    for racer in 0..6 {
        let mut flow = Flow::new(&server.realm(), "ledger-web");
        let mut form = flow.browser.get(&link).await.page(200).form_with("reset-choose");
        let new = format!("a new password {racer}");
        form.set("new_password", &new).set("again", &new);
        racers.push((flow, form));
    }
    let race = |(mut flow, form): (Flow, Form)| tokio::spawn(async move { flow.submit(&form).await.status });
    let tries: Vec<_> = racers.into_iter().map(race).collect();
    let mut seen = Vec::new();
    for one in tries {
        seen.push(one.await.unwrap());
    }
    seen.sort_unstable();
    assert_eq!(seen, [200, 400, 400, 400, 400, 400]);
}

#[tokio::test]
async fn the_answer_tells_nobody_who_has_an_account() {
    let server = Server::start(Launch::demo());
    // What differs from one page to the next is the address of assets at most, and that does not.
    let known = ask(&server, "ada@example.com").await;
    let unknown = ask(&server, "nobody@example.com").await;
    assert_eq!((known.status, &known.body), (unknown.status, &unknown.body));
    link(&server, 0).await;
    for odd in ["", " ", &"x".repeat(4000), "a@b\r\nBcc: c@d"] {
        assert_eq!(ask(&server, odd).await.body, known.body, "{odd:?}");
    }
    // More letters than a few are not sent, and the answer stays the same.
    for _ in 0..5 {
        assert_eq!(ask(&server, "ADA@example.com ").await.body, known.body);
    }
    ask(&server, "bob@example.com").await;
    link(&server, 3).await;
    assert_eq!(links(&server).len(), 4, "three to the one, one to the other");
}

#[tokio::test]
async fn what_is_no_link_of_ours_leads_nowhere() {
    let server = Server::start(Launch::demo());
    let mut flow = Flow::new(&server.realm(), "ledger-web");
    let url = at(&flow, "reset");
    let asked = flow.browser.get(&url).await.page(200).form_with("reset-submit");
    let own = asked
        .fields
        .iter()
        .find(|(name, _)| name == "request")
        .unwrap()
        .1
        .clone();
    for token in ["x", &own] {
        flow.browser.get(&format!("{url}?token={token}")).await.page(400);
    }
    // The form of another browser is none.
    let mut thief = Flow::new(&server.realm(), "ledger-web");
    thief.browser = Agent::new();
    let mut form = asked.clone();
    form.set("username", "ada@example.com");
    let again: Page = thief.submit(&form).await.page(422);
    again.form_with("reset-submit");
    // A foreign site asks for nothing.
    let foreign = flow
        .browser
        .http
        .post(&url)
        .form(&form.fields)
        .header("origin", "https://evil.example");
    assert_eq!(flow.browser.send(foreign).await.page(403).error(), "cross_site");
    assert!(links(&server).is_empty());
}
