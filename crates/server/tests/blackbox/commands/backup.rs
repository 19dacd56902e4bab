//! `grantd backup` and `grantd restore`: a copy made beside the running server is whole and can be put back, and what is no such
//! copy is refused before anything is touched.

use super::installation::Installation;
use super::{machine, migrated, one_clear_line, token};
use crate::harness::launch::{finish, grantd};
use serde_json::{Value, json};

fn shown(installation: &Installation, client: &Value) -> i32 {
    installation
        .run(&["client", "show", client["client_id"].as_str().unwrap()])
        .code
}

#[tokio::test]
async fn a_copy_made_beside_the_running_server_brings_back_what_was_there() {
    let installation = migrated();
    let file = installation.folder.path().join("copy.db");
    let file = file.to_str().unwrap();
    let serving = installation.serve();
    let before = machine(&installation, "Before");
    let made = installation.json(&["backup", file, "--verify", "-o", "json"]);
    assert_eq!(
        (&made["verified"], made["bytes"].as_u64() > Some(0)),
        (&json!(true), true)
    );
    let after = machine(&installation, "After");
    assert_eq!(installation.run(&["backup", file]).code, 2, "a copy is not replaced");
    let running = installation.run(&["restore", file, "--replace"]);
    assert_eq!(running.code, 3, "{}", running.error);
    one_clear_line(&running, "stop the server first");
    assert_eq!(
        token(installation.port, &before).await.status(),
        200,
        "nothing was touched"
    );
    drop(serving);
    let there = installation.run(&["restore", file]);
    assert_eq!(there.code, 2, "{}", there.error);
    one_clear_line(&there, "--replace moves it aside");
    assert_eq!(
        installation.json(&["restore", file, "--replace", "-o", "json"])["restored"],
        true
    );
    assert_eq!((shown(&installation, &before), shown(&installation, &after)), (0, 1));
    let serving = installation.serve();
    assert_eq!(token(installation.port, &before).await.status(), 200);
    drop(serving);
    assert_eq!(
        installation.run(&["restore", file, "--replace"]).code,
        2,
        "what was moved aside is not replaced either"
    );
}

/// Whole lines, none of which is drawn over another.
pub(crate) fn is_plain(text: &str) -> bool {
    !text.contains(['\r', '\u{1b}', '%']) && (text.is_empty() || text.ends_with('\n'))
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_a_copy_and_none_is_left_half_done() {
    use std::os::unix::fs::PermissionsExt as _;
    let installation = migrated();
    let folder = installation.folder.path().join("copies");
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("copy.db");
    let made = installation.run(&["backup", file.to_str().unwrap()]);
    assert_eq!(made.code, 0, "{}", made.error);
    assert!(is_plain(&made.error), "a pipe gets no progress: {:?}", made.error);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    let missing = folder.join("missing/copy.db");
    assert_eq!(installation.run(&["backup", missing.to_str().unwrap()]).code, 3);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let restored = installation.run(&["restore", file.to_str().unwrap(), "--replace"]);
    assert_eq!(restored.code, 0, "{}", restored.error);
    assert!(
        is_plain(&restored.error),
        "a pipe gets no progress: {:?}",
        restored.error
    );
    let database = std::fs::metadata(installation.database()).unwrap();
    assert_eq!(database.permissions().mode() & 0o777, 0o600, "whatever the copy's were");
}

#[test]
fn what_is_no_copy_of_this_servers_is_refused_and_says_why() {
    let installation = migrated();
    installation.run(&["keys", "list"]);
    let file = installation.folder.path().join("copy.db");
    assert_eq!(installation.run(&["backup", file.to_str().unwrap()]).code, 0);
    let refused = |name: &str, bytes: &[u8]| {
        let file = installation.folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        let done = installation.run(&["restore", file.to_str().unwrap(), "--verify"]);
        assert_eq!(done.code, 3, "{name}: {}", done.error);
        let database = std::fs::read(installation.database()).unwrap();
        assert_eq!(
            installation.run(&["restore", file.to_str().unwrap(), "--replace"]).code,
            3
        );
        assert_eq!(
            std::fs::read(installation.database()).unwrap(),
            database,
            "{name}: nothing was touched"
        );
        done
    };
    let mut whole = std::fs::read(&file).unwrap();
    one_clear_line(
        &refused("text", b"this is no database, however long it may be"),
        "not a database",
    );
    one_clear_line(&refused("empty", b""), "there is nothing in it");
    let half = whole.len() / 2;
    refused("half", &whole[..half]);
    // A page in the middle that was overwritten.
    whole[half..half + 4096].fill(0x5a);
    refused("damaged", &whole);
    let other = migrated();
    let done = other.run(&["restore", file.to_str().unwrap(), "--verify"]);
    assert_eq!(done.code, 2, "sealed under another master key: {}", done.error);
    assert_eq!(
        installation.run(&["restore", file.to_str().unwrap(), "--verify"]).code,
        0
    );
}

#[test]
fn a_server_on_postgresql_or_in_memory_is_told_what_to_do_instead() {
    let run = |more: &[&str]| finish(grantd().args(["backup", "copy.db"]).args(more));
    let elsewhere = run(&["--storage", "postgres://nobody@localhost/nothing"]);
    assert_eq!(elsewhere.code, 2);
    one_clear_line(&elsewhere, "pg_dump");
    assert_eq!(run(&["--data", ":memory:"]).code, 2);
}
