//! `grantd doctor` on an installation: each thing that is wrong is found, with the exit code of its kind.

use super::installation::Installation;
use super::migrated;
use serde_json::Value;

/// What was looked at, and whether it was right.
fn looked(installation: &Installation) -> (i32, Vec<(String, bool)>) {
    let done = installation.run(&["doctor", "-o", "json"]);
    let told: Value = serde_json::from_str(&done.output).unwrap_or_else(|_| panic!("{}", done.error));
    let checks = told["checks"].as_array().unwrap().iter();
    let check = |one: &Value| (one["name"].as_str().unwrap().to_owned(), one["ok"] == true);
    (done.code, checks.map(check).collect())
}

fn wrong(installation: &Installation) -> (i32, Vec<String>) {
    let (code, checks) = looked(installation);
    let wrong = checks.into_iter().filter(|(_, right)| !right);
    (code, wrong.map(|(name, _)| name).collect())
}

#[test]
fn a_running_installation_is_well_and_one_that_does_not_run_is_not_reached() {
    let installation = migrated();
    let serving = installation.serve();
    let (code, checks) = looked(&installation);
    assert_eq!(code, 0, "{checks:?}");
    assert_eq!(checks.len(), 6);
    drop(serving);
    assert_eq!(wrong(&installation), (1, vec!["issuer of main".to_owned()]));
}

#[test]
fn another_master_key_and_an_operator_without_an_account_are_found() {
    let installation = migrated();
    let realm = installation.folder.path().join("realms/main.toml");
    let text = std::fs::read_to_string(&realm).unwrap();
    std::fs::write(&realm, format!("{text}\n[[operators]]\nusername = 'olga'\n")).unwrap();
    let serving = installation.serve();
    assert_eq!(wrong(&installation), (1, vec!["operators of main".to_owned()]));
    installation.json(&["admin", "recover", "olga", "-o", "json"]);
    assert_eq!(wrong(&installation), (0, Vec::new()));
    std::fs::write(installation.folder.path().join("master.key"), "11".repeat(32)).unwrap();
    assert_eq!(wrong(&installation), (2, vec!["signing keys of main".to_owned()]));
    drop(serving);
    std::fs::write(installation.database(), b"this is no database, however long it may be").unwrap();
    let (code, found) = wrong(&installation);
    assert_eq!((code, found.contains(&"storage".to_owned())), (3, true));
}
