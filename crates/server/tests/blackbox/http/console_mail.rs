//! The letters of a development server in its console: who reads them, and that there are none on a server that serves people.

use super::console::Operator;
use super::reset;
use crate::commands::installation::Installation;
use crate::harness::{Launch, Server};

#[tokio::test]
async fn a_letter_is_read_in_the_console_and_its_link_sets_a_password() {
    let server = Server::start(Launch::demo());
    let mut operator = Operator::log_in(&server).await;
    assert!(operator.get("/mail").await.body.contains("No mail"));
    reset::ask(&server, "ada@example.com").await.page(200);
    // It is written after the answer.
    let link = reset::link(&server, 0).await;
    let list = operator.get("/mail").await;
    assert!(
        list.body.contains("ada@example.com") && list.body.contains("/console/mail/1\""),
        "{}",
        list.body
    );
    assert!(!list.body.contains("?token="), "the list says no secret");
    let letter = operator.get("/mail/1").await;
    let links = letter.page(200).addresses();
    assert!(links.contains(&link), "{links:?}");
    assert_eq!(operator.agent.get(&link).await.status, 200);
    for none in ["/mail/2", "/mail/0", "/mail/01", "/mail/x", "/mail/1/1"] {
        assert_eq!(operator.get(none).await.status, 404, "{none}");
    }
}

#[tokio::test]
async fn who_may_not_set_passwords_does_not_read_letters_with_links_that_do() {
    let realm = "name = \"shop\"\ndisplay_name = \"Shop\"\nissuer = \"http://localhost:8400\"\n\
                 [[operators]]\nusername = \"reader\"\npermissions = [\"grantd:users:read\"]\n";
    let server = Server::start(Launch::demo().realm(realm));
    let mut operator = Operator::log_in(&server).await;
    assert!(!operator.get("").await.body.contains("/console/mail"));
    for below in ["/mail", "/mail/1"] {
        assert_eq!(operator.get(below).await.status, 403, "{below}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_serves_people_has_no_page_of_letters() {
    let installation = Installation::new();
    let file = installation.folder.path().join("realms/main.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let operators = "\n[[operators]]\nusername = \"root@example.com\"\npermissions = [\"grantd:*\"]\n";
    std::fs::write(&file, format!("{text}{operators}")).unwrap();
    assert_eq!(installation.run(&["migrate", "up"]).code, 0);
    let made = installation.json(&["user", "create", "root@example.com", "-o", "json"]);
    let _serving = installation.serve();
    let mut operator = Operator::at(&format!("http://localhost:{}/console", installation.port));
    let home = operator
        .sign_in("root@example.com", made["password"].as_str().unwrap())
        .await;
    assert!(
        home.status == 200 && !home.body.contains("/console/mail"),
        "{}",
        home.body
    );
    for below in ["/mail", "/mail/1", "/design"] {
        assert_eq!(operator.get(below).await.status, 404, "{below}");
    }
}
