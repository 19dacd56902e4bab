//! Where sessions are, by a file that says it: to users on their own page, and to operators on a user's.

use super::account::at;
use super::console::Operator;
use crate::harness::{Agent, Flow, Launch, Server};
use grantd_testkit::places::{Known, database};

const BERLIN: &str = "192.0.2.7";

/// A browser at this address, as the proxy in front of the server says it.
pub(crate) fn browser(address: &str) -> Agent {
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("x-forwarded-for", address.parse().unwrap());
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .resolve("localhost", ([127, 0, 0, 1], 0).into())
        .default_headers(headers);
    Agent::over(http.build().unwrap())
}

/// The user's own page of sessions, in this language.
async fn sessions(flow: &mut Flow, language: &str) -> String {
    let url = at(flow, "account/sessions");
    let request = flow.browser.http.get(url).header("accept-language", language);
    flow.browser.send(request).await.expect(200).body.clone()
}

async fn logged_in_at(server: &Server, address: &str) -> Flow {
    let mut flow = Flow::new(&server.realm(), "ledger-desktop");
    flow.browser = browser(address);
    flow.log_in().await;
    flow
}

#[tokio::test]
async fn a_session_shows_the_place_of_its_address_in_the_readers_language() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("places.mmdb");
    let known = Known {
        network: "192.0.2.0/24",
        city: &[("en", "Berlin <b>")],
        country: &[("en", "Germany"), ("de", "Deutschland")],
    };
    std::fs::write(&file, database("Test-City", &[known])).unwrap();
    let server = Server::start(Launch::demo().env("GRANTD__PLACES__FILE", file.to_str().unwrap()));
    let mut flow = logged_in_at(&server, BERLIN).await;
    for (language, country) in [("en", "Germany"), ("de", "Deutschland"), ("ja", "Germany")] {
        let page = sessions(&mut flow, language).await;
        assert!(page.contains(BERLIN) && page.contains(country), "{language}: {page}");
        assert!(
            page.contains("Berlin &lt;b&gt;") && !page.contains("Berlin <b>"),
            "{page}"
        );
    }
    // Of an address that the file does not know there is only the address.
    let mut elsewhere = logged_in_at(&server, "198.51.100.7").await;
    let page = sessions(&mut elsewhere, "en").await;
    assert!(page.contains("198.51.100.7"), "{page}");
    assert_eq!(page.matches("Germany").count(), 1, "the other session's: {page}");

    let mut operator = Operator::log_in(&server).await;
    let page = operator
        .get(&format!("/sessions?username={}", flow.user.username))
        .await;
    for part in ["Place</", "Germany", BERLIN] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
}

#[tokio::test]
async fn without_a_file_only_networks_that_are_nowhere_have_words() {
    let server = Server::start(Launch::demo());
    let mut flow = logged_in_at(&server, BERLIN).await;
    let mut operator = Operator::log_in(&server).await;
    let below = format!("/sessions?username={}", flow.user.username);
    let page = operator.get(&below).await;
    assert!(
        page.body.contains(BERLIN) && !page.body.contains("Place</"),
        "{}",
        page.body
    );
    for (address, words) in [
        ("127.0.0.1", "the computer that this server runs on"),
        ("10.1.2.3", "a private network"),
    ] {
        logged_in_at(&server, address).await;
        let page = sessions(&mut flow, "en").await;
        assert!(page.contains(address) && page.contains(words), "{page}");
    }
    let page = operator.get(&below).await;
    assert!(page.body.contains("a private network"), "{}", page.body);
}
