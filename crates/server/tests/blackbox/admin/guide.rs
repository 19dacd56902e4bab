//! The commands of the guide to the admin API, run by a shell as they stand there.

use super::stage::{Api, realm_text};
use crate::harness::{Launch, Server};
use std::process::Command;

const GUIDE: &str = include_str!("../../../../../docs/guide/admin-api.md");

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_guide_work_as_they_stand_there() {
    let server = Server::start(Launch::demo().realm(realm_text("acme", "http://localhost:8400")));
    let realm = server.realm();
    let blocks: Vec<&str> = GUIDE
        .split("```sh\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert_eq!(blocks.len(), 4);
    let script = format!("set -eu\n{}", blocks.join("\necho\n"));
    let output = Command::new("/bin/sh")
        .args(["-c", &script])
        .env("ISSUER", realm.issuer())
        .env("OPS_SECRET", realm.client("ops").secret.unwrap())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{}\n{told}",
        String::from_utf8_lossy(&output.stderr)
    );
    for expected in ["\"next\":", "\"client_secret\":", "\"name\":\"Billing API\""] {
        assert!(told.contains(expected), "{expected}: {told}");
    }
    let api = Api::ops(&realm).await;
    assert_eq!(
        api.get("/clients/acme-api").await.expect(200).json()["name"],
        "Billing API"
    );
}
