//! The file that says where addresses are: one that cannot be used is told of at the start, and changes nothing at a reload.

use super::installation::wait_for;
use super::migrated;
use crate::http::places::browser;
use grantd_testkit::places::{Known, database};

#[test]
fn a_file_of_places_that_cannot_be_used_is_told_at_the_start() {
    let installation = migrated();
    let config = format!("{}\n[places]\nfile = \"places.mmdb\"\n", installation.config());
    std::fs::write(installation.file(), config).unwrap();
    let file = installation.folder.path().join("places.mmdb");
    let refused = |says: &str| {
        let done = installation.run(&["serve"]);
        assert_eq!(done.code, 2, "{}", done.error);
        let told: Vec<&str> = done.error.lines().filter(|line| line.contains("places.file")).collect();
        assert!(matches!(told[..], [line] if line.contains(says)), "{}", done.error);
    };
    refused("mend the path, or take the key away");
    std::fs::write(&file, "no such database").unwrap();
    refused("fetch it again, or take the key away");

    std::fs::write(&file, known_as("Germany")).unwrap();
    drop(installation.serve());
}

/// A file that knows one network.
fn known_as(country: &str) -> Vec<u8> {
    let country = [("en", country)];
    let known = Known {
        network: "192.0.2.0/24",
        city: &[],
        country: &country,
    };
    database("Test-Country", &[known])
}

#[tokio::test]
async fn what_is_looked_up_is_the_files_of_the_last_reload_that_was_right() {
    let installation = migrated();
    let config = installation
        .config()
        .replace("trusted_proxies = []", "trusted_proxies = [\"127.0.0.1\"]");
    std::fs::write(
        installation.file(),
        format!("{config}\n[places]\nfile = \"places.mmdb\"\n"),
    )
    .unwrap();
    let file = installation.folder.path().join("places.mmdb");
    std::fs::write(&file, known_as("Germany")).unwrap();
    let user = installation.json(&["user", "create", "ada@example.com", "-o", "json"]);
    let mut serving = installation.serve();

    let mut ada = browser("192.0.2.7");
    let at = |path: &str| format!("http://localhost:{}{path}", installation.port);
    let sessions = at("/account/sessions");
    let mut form = ada.get(&sessions).await.page(200).form_with("login-submit");
    form.set("username", "ada@example.com")
        .set("password", user["password"].as_str().unwrap());
    ada.post(&at(&form.action), &form.fields).await.expect(303);
    let page = ada.get(&sessions).await.expect(200).body.clone();
    assert!(page.contains("192.0.2.7") && page.contains("Germany"), "{page}");

    std::fs::write(&file, "damaged meanwhile").unwrap();
    serving.signal("HUP");
    let line = wait_for(&mut serving.log, "the old one stays in force");
    assert!(
        line.contains("places.file") && line.contains("fetch it again"),
        "{line}"
    );
    let page = ada.get(&sessions).await.expect(200).body.clone();
    assert!(page.contains("Germany"), "{page}");

    std::fs::write(&file, known_as("France")).unwrap();
    serving.signal("HUP");
    wait_for(&mut serving.log, "configuration reloaded");
    let page = ada.get(&sessions).await.expect(200).body.clone();
    assert!(page.contains("France") && !page.contains("Germany"), "{page}");
}
