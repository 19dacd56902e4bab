//! The commands of an installation: init, config, serve, migrate, keys, client, user; and what each says when the
//! installation is damaged. Every failure is one clear message and the exit code that scripts rely on.

pub(crate) mod backup;
mod clients;
mod doctor;
pub(crate) mod installation;
mod login;
mod places;
mod recover;
mod reload;
mod shape;
mod verify;

use crate::harness::launch::{Failed, finish, grantd};
use installation::{Installation, wait_for};
use serde_json::Value;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;

/// Between two looks at a running server: a loop without a pause would meet the limits on wrong secrets, and see those.
const POLL: std::time::Duration = std::time::Duration::from_millis(50);

async fn token(port: u16, client: &Value) -> reqwest::Response {
    let form = [("grant_type", "client_credentials")];
    reqwest::Client::new()
        .post(format!("http://localhost:{port}/token"))
        .basic_auth(client["client_id"].as_str().unwrap(), client["client_secret"].as_str())
        .form(&form)
        .send()
        .await
        .unwrap()
}

fn migrated() -> Installation {
    let installation = Installation::new();
    let done = installation.run(&["migrate", "up"]);
    assert_eq!(done.code, 0, "{}", done.error);
    installation
}

/// A client that is a machine, made by a command.
fn machine(installation: &Installation, name: &str) -> Value {
    installation.json(&[
        "client",
        "create",
        "--name",
        name,
        "--kind",
        "machine",
        "--scope",
        "items:read",
        "-o",
        "json",
    ])
}

#[tokio::test]
async fn an_installation_from_init_to_a_token() {
    let installation = migrated();
    assert_eq!(
        finish(grantd().args(["config", "check"]).arg(installation.file())).code,
        0
    );
    let serving = installation.serve();
    let client = machine(&installation, "Export");
    assert_eq!(token(installation.port, &client).await.status(), 200);
    let id = client["client_id"].as_str().unwrap();
    let listed = installation.json(&["client", "list", "-o", "json"]);
    assert_eq!(listed["clients"][0]["client_id"], id);
    assert!(
        !listed.to_string().contains(client["client_secret"].as_str().unwrap()),
        "a list shows no secret"
    );
    let rotated = installation.json(&["client", "rotate-secret", id, "-o", "json"]);
    let shown = installation.json(&["client", "show", id, "-o", "json"]);
    assert_eq!(shown["secrets"].as_array().unwrap().len(), 2);
    assert_eq!(
        token(installation.port, &client).await.status(),
        200,
        "the old secret works until it ends"
    );
    // The running server sees the new secret within a second.
    let seen = async {
        while token(installation.port, &rotated).await.status() != 200 {
            tokio::time::sleep(POLL).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), seen)
        .await
        .unwrap();
    assert_eq!(installation.run(&["client", "delete", id]).code, 2, "deleting asks");
    assert_eq!(installation.run(&["client", "delete", id, "--yes"]).code, 0);
    let gone = async {
        while token(installation.port, &rotated).await.status() != 401 {
            tokio::time::sleep(POLL).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), gone)
        .await
        .unwrap();
    drop(serving);
}

#[test]
fn a_new_client_starts_with_what_the_realm_says_and_speaks_one_of_its_dialects() {
    let installation = migrated();
    let file = installation.folder.path().join("realms/main.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let create = |more: &[&'static str]| {
        let mut arguments = vec!["client", "create", "--name", "New", "--kind", "machine", "-o", "json"];
        arguments.extend(more);
        arguments
    };
    let scopes = |client: &Value| client["scopes"].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        scopes(&installation.json(&create(&[]))),
        "",
        "nothing unless the realm says so"
    );
    let dialect = "\n[dialects.old]\njson_bodies = true\n";
    std::fs::write(&file, format!("new_client_permissions = \"all\"\n{text}{dialect}")).unwrap();
    let made = installation.json(&create(&["--dialect", "old"]));
    assert_eq!(scopes(&made), "items:read items:write");
    let id = made["client_id"].as_str().unwrap();
    assert_eq!(
        installation.json(&["client", "show", id, "-o", "json"])["dialect"],
        "old"
    );
    assert_eq!(
        scopes(&installation.json(&create(&["--scope", "items:read"]))),
        "items:read"
    );
    assert_eq!(installation.json(&create(&["--dialect", "standard"]))["name"], "New");
    let unknown = installation.run(&create(&["--dialect", "other"]));
    assert_eq!(unknown.code, 2);
    assert!(
        unknown.error.contains("the realm has no dialect 'other'"),
        "{}",
        unknown.error
    );
}

#[tokio::test]
async fn a_wrong_configuration_at_reload_changes_nothing_and_a_right_one_is_taken() {
    let installation = migrated();
    let mut serving = installation.serve();
    let right = installation.config();
    std::fs::write(installation.file(), format!("{right}\n[nonsense]\nx = 1\n")).unwrap();
    serving.signal("HUP");
    let line = wait_for(&mut serving.log, "the old one stays in force");
    assert!(line.contains("nonsense"), "{line}");
    let metadata = format!(
        "http://localhost:{}/.well-known/oauth-authorization-server",
        installation.port
    );
    assert_eq!(reqwest::get(&metadata).await.unwrap().status(), 200);
    std::fs::write(installation.file(), right).unwrap();
    serving.signal("HUP");
    wait_for(&mut serving.log, "configuration reloaded");
    assert_eq!(reqwest::get(&metadata).await.unwrap().status(), 200);
    serving.signal("TERM");
    assert_eq!(serving.child.wait().unwrap().code(), Some(0), "an orderly end");
}

#[test]
fn keys_rotate_and_the_old_one_stays_published() {
    let installation = migrated();
    let keys = |value: &Value, state: &str| {
        let of_state = value["keys"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|key| key["state"] == state && key["alg"] == "ES256");
        of_state
            .map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let before = installation.json(&["keys", "list", "-o", "json"]);
    let after = installation.json(&["keys", "rotate", "--alg", "ES256", "--force", "-o", "json"]);
    assert_eq!(keys(&after, "active").len(), 1);
    assert_eq!(keys(&after, "retired"), keys(&before, "active"));
    assert_eq!(installation.run(&["keys", "rotate", "--alg", "HS256"]).code, 2);
}

#[test]
fn a_password_never_stands_in_the_arguments() {
    let installation = migrated();
    let made = installation.json(&["user", "create", "ada@example.com", "-o", "json"]);
    assert!(made["password"].as_str().unwrap().len() >= 20);
    assert_ne!(
        installation.run(&["user", "create", " ADA@example.com "]).code,
        0,
        "one account whatever the case"
    );
    let mut child = installation
        .command(&[
            "user",
            "set-password",
            "ada@example.com",
            "--password-stdin",
            "-o",
            "json",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"correct horse\n").unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success());
    assert!(!String::from_utf8_lossy(&done.stdout).contains("correct horse"));
    let none = installation.run(&["user", "reset-second-step", "ada@example.com"]);
    one_clear_line(&none, "no second step");
    let none = installation.run(&["user", "remove-passkeys", "ada@example.com"]);
    one_clear_line(&none, "no passkeys");
}

#[test]
fn init_never_touches_what_is_there() {
    let installation = Installation::new();
    let before = installation.config();
    let again = finish(grantd().arg("init").arg(installation.folder.path()));
    assert_eq!(again.code, 2);
    assert!(again.error.contains("exists"), "{}", again.error);
    assert_eq!(installation.config(), before);
}

#[test]
fn what_was_not_made_yet_has_no_schema_and_a_look_at_it_makes_nothing() {
    let installation = Installation::new();
    let before = installation.json(&["migrate", "status", "-o", "json"]);
    assert_eq!(before["schema"], 0);
    let told = installation.run(&["migrate", "status"]);
    assert_eq!(told.code, 0, "{}", told.error);
    assert!(told.output.contains("`grantd migrate up`"), "{}", told.output);
    assert!(!installation.database().exists());
    let after = installation.json(&["migrate", "up", "-o", "json"]);
    assert_eq!(
        (&after["schema"], &after["needed"]),
        (&before["needed"], &before["needed"])
    );
}

#[test]
fn a_taken_port_ends_with_exit_code_4_and_says_so() {
    let installation = migrated();
    let _taken = TcpListener::bind(("127.0.0.1", installation.port)).unwrap();
    let failed = installation.run(&["serve"]);
    assert_eq!(failed.code, 4);
    one_clear_line(&failed, "taken");
}

#[test]
fn a_missing_master_key_ends_with_exit_code_2_and_nothing_is_made_in_its_place() {
    let installation = migrated();
    let key = installation.folder.path().join("master.key");
    std::fs::remove_file(&key).unwrap();
    let failed = installation.run(&["serve"]);
    assert_eq!(failed.code, 2, "{}", failed.error);
    assert!(failed.error.contains("master"), "{}", failed.error);
    assert!(!key.exists());
}

#[test]
fn a_foreign_master_key_ends_with_exit_code_2_and_loses_nothing() {
    let installation = migrated();
    assert_eq!(installation.run(&["keys", "list"]).code, 0);
    let key = installation.folder.path().join("master.key");
    let right = std::fs::read(&key).unwrap();
    std::fs::write(&key, "11".repeat(32)).unwrap();
    let failed = installation.run(&["serve"]);
    assert_eq!(failed.code, 2, "{}", failed.error);
    std::fs::write(&key, right).unwrap();
    assert_eq!(
        installation.run(&["keys", "list"]).code,
        0,
        "the right key still opens everything"
    );
}

#[test]
fn a_damaged_database_ends_with_exit_code_3_and_is_left_as_it_is() {
    let installation = migrated();
    std::fs::write(installation.database(), b"this is no database, however long it may be").unwrap();
    remove_journal(&installation.database());
    let failed = installation.run(&["serve"]);
    assert_eq!(failed.code, 3, "{}", failed.error);
    one_clear_line(&failed, "not a database");
    let after = std::fs::read(installation.database()).unwrap();
    assert_eq!(after, b"this is no database, however long it may be");
}

#[test]
fn an_unreachable_database_ends_with_exit_code_3() {
    let installation = Installation::new();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://nobody@127.0.0.1:{port}/nothing");
    let folder = tempfile::tempdir().unwrap();
    let failed = finish(
        grantd()
            .args(["dev", "--listen", "127.0.0.1:0", "--storage", &url, "--data"])
            .arg(folder.path()),
    );
    assert_eq!(failed.code, 3, "{}", failed.error);
    drop(installation);
    // What no server could be reached by is a matter of configuration.
    for wrong in ["postgres://", "postgres://nobody@127.0.0.1:1/nothing?sslmode=bogus"] {
        let failed = finish(
            grantd()
                .args(["dev", "--listen", "127.0.0.1:0", "--storage", wrong, "--data"])
                .arg(folder.path()),
        );
        assert_eq!(failed.code, 2, "{}", failed.error);
        one_clear_line(&failed, "the storage URL is not valid");
    }
}

#[test]
fn a_wrong_configuration_names_file_line_and_key() {
    let installation = Installation::new();
    let text = installation.config();
    std::fs::write(
        installation.file(),
        text.replace("[limits]", "[limits]\nbody_bites = 3"),
    )
    .unwrap();
    let failed = installation.run(&["serve"]);
    assert_eq!(failed.code, 2);
    assert!(
        failed.error.contains("grantd.toml:") && failed.error.contains("body_bites"),
        "{}",
        failed.error
    );
}

fn one_clear_line(failed: &Failed, text: &str) {
    assert!(failed.error.contains(text), "{}", failed.error);
    let lines = failed.error.lines().filter(|line| !line.starts_with('{')).count();
    assert!(lines <= 2 && !failed.error.contains("panicked"), "{}", failed.error);
}

/// The write-ahead log belongs to the database that was there before.
fn remove_journal(database: &Path) {
    for suffix in ["-wal", "-shm"] {
        let mut name = database.as_os_str().to_owned();
        name.push(suffix);
        // Only there when a connection was cut off.
        let _ = std::fs::remove_file(name);
    }
}
