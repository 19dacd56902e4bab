//! Rows of a forgotten password: letters that an attacker words, links that are used by somebody else.

use super::stage::Stage;
use super::{Rows, rows};
use crate::harness::html::Page;
use crate::harness::{Flow, Launch, Reply, Server};
use crate::http::account::at;
use crate::http::reset::{ask, choose, link, links};

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "P02" => known_and_unknown_alike,
    "P09" => a_host_of_the_attackers,
    "P10" => a_link_of_somebody_else,
    "P20" => names_that_are_no_address,
};

/// Asks with these lines in the header.
async fn ask_with(server: &Server, username: &str, lines: &[(&str, &str)]) -> Reply {
    let mut flow = Flow::new(&server.realm(), "ledger-web");
    let url = at(&flow, "reset");
    let mut form = flow.browser.get(&url).await.page(200).form_with("reset-submit");
    form.set("username", username);
    let mut request = flow.browser.http.post(flow.absolute(&form.action)).form(&form.fields);
    for (name, value) in lines {
        request = request.header(*name, *value);
    }
    flow.browser.send(request).await
}

async fn known_and_unknown_alike(_: S) {
    let server = Server::start(Launch::demo());
    let known = ask(&server, "ada@example.com").await;
    for unknown in ["nobody@example.com", "ada", "", "ada@example.com.evil.example"] {
        let told = ask(&server, unknown).await;
        assert_eq!(told.set_cookies().len(), known.set_cookies().len(), "{unknown}");
        if !unknown.is_empty() {
            assert_eq!(
                (told.status, told.body),
                (known.status, known.body.clone()),
                "{unknown}"
            );
        }
    }
}

async fn a_host_of_the_attackers(_: S) {
    let server = Server::start(Launch::demo());
    for name in [
        "x-forwarded-host",
        "forwarded",
        "x-host",
        "x-original-url",
        "origin",
        "referer",
    ] {
        let value = if name == "forwarded" {
            "host=evil.example;proto=https"
        } else {
            "https://evil.example/"
        };
        let reply = ask_with(&server, "ada@example.com", &[(name, value)]).await;
        assert!(reply.status < 500, "{name}: {}", reply.body);
    }
    ask(&server, "ada@example.com").await.page(200);
    link(&server, 0).await;
    let log = server.log();
    let letters: Vec<_> = log.lines().filter(|line| line.contains("?token=")).collect();
    assert!(!letters.is_empty());
    for letter in letters {
        assert!(
            letter.contains(&format!("{}/reset?token=", server.realm().issuer())),
            "{letter}"
        );
        assert!(!letter.contains("evil.example"), "{letter}");
    }
}

async fn a_link_of_somebody_else(_: S) {
    let server = Server::start(Launch::demo());
    ask(&server, "bob@example.com").await.page(200);
    let of_bob = link(&server, 0).await;
    // Whom the link is for stands in the link, whatever the form says.
    let mut thief = Flow::new(&server.realm(), "ledger-web");
    let mut form = thief.browser.get(&of_bob).await.page(200).form_with("reset-choose");
    form.set("username", "ada@example.com")
        .set("user", "ada@example.com")
        .set("new_password", "a password of the thief")
        .set("again", "a password of the thief");
    thief.submit(&form).await.page(200);
    let mut ada = Flow::new(&server.realm(), "ledger-web");
    ada.log_in().await.expect(200);
    // Used up; and no other text leads anywhere.
    choose_refused(&server, &of_bob).await;
    for changed in [
        of_bob[..of_bob.len() - 1].to_owned(),
        format!("{of_bob}A"),
        of_bob.replace("token=", "token=A"),
        format!("{of_bob}&token=x"),
    ] {
        choose_refused(&server, &changed).await;
    }
}

async fn choose_refused(server: &Server, link: &str) {
    let mut flow = Flow::new(&server.realm(), "ledger-web");
    let reply = flow.browser.get(link).await;
    assert_eq!(reply.status, 400, "{link}: {}", reply.body);
    assert!(Page::read(&reply.body).by_id("reset-choose").is_none());
}

async fn names_that_are_no_address(_: S) {
    let server = Server::start(Launch::demo());
    for name in [
        "ada@example.com\r\nBcc: evil@example.com",
        "ada@example.com\nSubject: hello",
        "ada@example.com@evil.example",
        "ada@example.com,evil@example.com",
        "ada@example.com;evil@example.com",
        "<ada@example.com> evil@example.com",
        "\"ada@example.com\"@evil.example",
        "ada@example.com\0",
    ] {
        let reply = ask(&server, name).await;
        assert!(matches!(reply.status, 200 | 400 | 422), "{name:?}: {}", reply.status);
    }
    assert!(!server.log().contains("?token="), "a letter went out");
    ask(&server, "ada@example.com").await.page(200);
    let real = link(&server, 0).await;
    assert_eq!(links(&server).len(), 1, "{}", server.log());
    let mut flow = Flow::new(&server.realm(), "ledger-web");
    choose(&mut flow, &real, "a new password", "a new password")
        .await
        .page(200);
}
