//! The environment over the file, and the realms a file names.

use crate::config::{Environment, LogLevel, Problems, Storage, load_server, server_without_file, show_server};
use std::path::Path;
use tempfile::TempDir;

const REALM: &str = "name = 'acme'\ndisplay_name = 'Acme'\nissuer = 'https://id.example'\n";

fn folder(server: &str, realms: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("grantd.toml"), server).unwrap();
    std::fs::create_dir(folder.path().join("realms")).unwrap();
    for (name, text) in realms {
        std::fs::write(folder.path().join("realms").join(name), text).unwrap();
    }
    folder
}

fn environment(variables: &[(&str, &str)]) -> Environment {
    variables
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect()
}

fn wrong(folder: &Path) -> String {
    let Err(Problems(problems)) = load_server(&folder.join("grantd.toml"), &Environment::new()) else {
        panic!("nothing was wrong");
    };
    let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
    shown.join("\n").replace(&folder.display().to_string(), "DIR")
}

#[test]
fn the_environment_overrides_the_file_and_the_file_the_default() {
    let folder = folder("[log]\nlevel = 'warn'\n", &[("a.toml", REALM)]);
    let file = folder.path().join("grantd.toml");
    let level = |variables: &[(&str, &str)]| load_server(&file, &environment(variables)).unwrap().log.level;
    assert_eq!(level(&[]), LogLevel::Warn);
    assert_eq!(level(&[("GRANTD__LOG__LEVEL", "debug")]), LogLevel::Debug);
}

#[test]
fn a_value_can_come_from_a_file_of_its_own_without_its_line_break() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("db");
    std::fs::write(&secret, "postgres://grantd:hunter2@db.example/grantd\n").unwrap();
    let config = server_without_file(&environment(&[("GRANTD__STORAGE_FILE", secret.to_str().unwrap())])).unwrap();
    let Storage::Postgres(url) = &config.storage else {
        panic!("{:?}", config.storage)
    };
    assert_eq!(url.expose(), "postgres://grantd:hunter2@db.example/grantd");
}

#[test]
fn the_master_key_can_come_from_the_environment_but_not_from_the_file() {
    let key = "ab".repeat(32);
    let config = server_without_file(&environment(&[("GRANTD__MASTER_KEY", &key)])).unwrap();
    assert!(config.master_key.is_some());
    let folder = folder(&format!("master_key = '{key}'\n"), &[("a.toml", REALM)]);
    let message = wrong(folder.path());
    assert!(
        message.contains("must not stand in a configuration file") && !message.contains("abab"),
        "{message}"
    );
}

#[test]
fn lists_in_the_environment_are_toml_or_separated_by_commas() {
    for text in ["127.0.0.1:1,[::1]:2", "[\"127.0.0.1:1\", \"[::1]:2\"]"] {
        let config = server_without_file(&environment(&[("GRANTD__LISTEN", text)]));
        assert_eq!(config.unwrap().listen.len(), 2, "{text}");
    }
}

#[test]
fn other_variables_are_none_of_our_business() {
    assert!(server_without_file(&environment(&[("GRANTD_LOG", "x"), ("PATH", "/bin")])).is_ok());
}

#[test]
fn mistakes_of_all_realms_are_reported_together() {
    let broken = "name = 'b'\ndisplay_name = 'B'\nissuer = 'https://b.example/'\n";
    let folder = folder("", &[("a.toml", "name = 1\n"), ("b.toml", broken)]);
    insta::assert_snapshot!(wrong(folder.path()), @r#"
    DIR/realms/a.toml:1: display_name: is missing
    DIR/realms/a.toml:1: issuer: is missing
    DIR/realms/a.toml:1: name: must be a string such as "acme", not an integer
    DIR/realms/b.toml:3: issuer: "https://b.example/" must not end in a slash; write "https://b.example"
    "#);
}

#[test]
fn two_realms_share_neither_name_nor_address() {
    let other = "name = 'other'\ndisplay_name = 'B'\nissuer = 'https://id.example'\n";
    let folder = folder("", &[("a.toml", REALM), ("b.toml", REALM), ("c.toml", other)]);
    insta::assert_snapshot!(wrong(folder.path()), @r#"
    DIR/realms/b.toml:1: name: "acme" is already the name of the realm in DIR/realms/a.toml
    DIR/realms/c.toml:1: issuer: https://id.example/authorize is already an address of the realm in DIR/realms/a.toml
    DIR/realms/c.toml:1: issuer: https://id.example/authorize is already an address of the realm in DIR/realms/b.toml
    "#);
}

#[test]
fn a_pattern_that_names_no_file_is_a_mistake() {
    let folder = folder("realms = ['realms/*.toml', 'x/*/y.toml', 'realms/none.toml']\n", &[]);
    insta::assert_snapshot!(wrong(folder.path()), @r#"
    DIR/grantd.toml:1: realms: "realms/*.toml" names no file
    DIR/grantd.toml:1: realms: "x/*/y.toml" may have a * in the file's name only
    DIR/realms/none.toml:1: cannot be read: No such file or directory (os error 2); `grantd init` writes a first one
    "#);
}

#[test]
fn permissions_can_have_a_file_of_their_own_whose_mistakes_name_it() {
    let realm = format!("permissions_file = '../permissions.toml'\n{REALM}");
    let folder = folder("", &[("a.toml", &realm)]);
    let file = folder.path().join("permissions.toml");
    std::fs::write(
        &file,
        "[[permissions]]\nname = 'a:read'\ndescription = 'See'\nrisk = 'read'\n",
    )
    .unwrap();
    let config = load_server(&folder.path().join("grantd.toml"), &Environment::new()).unwrap();
    assert!(config.realms[0].realm.catalogue.get("a:read").is_some());
    std::fs::write(
        &file,
        "colour = 1\n[[permissions]]\nname = 'a:read'\ndescripton = 'See'\nrisk = 'red'\n",
    )
    .unwrap();
    insta::assert_snapshot!(wrong(folder.path()), @r#"
    DIR/realms/../permissions.toml:1: colour: is not a known key; known here: permissions
    DIR/realms/../permissions.toml:2: permissions[0].description: is missing
    DIR/realms/../permissions.toml:4: permissions[0].descripton: is not a known key; did you mean "description"?
    DIR/realms/../permissions.toml:5: permissions[0].risk: "red" is not one of "read", "change", "delete", "money", "admin"; did you mean "read"?
    "#);
}

#[test]
fn shown_values_say_where_they_came_from_and_hide_secrets() {
    let folder = folder("[log]\nlevel = 'warn'\n", &[("a.toml", REALM)]);
    let variables = environment(&[
        ("GRANTD__STORAGE", "postgres://u:hunter2@h/d"),
        ("GRANTD__LOG__FORMAT", "text"),
    ]);
    let shown = show_server(&folder.path().join("grantd.toml"), &variables).unwrap();
    let file = folder.path().join("grantd.toml").display().to_string();
    assert!(
        shown.toml.contains(&format!("level = \"warn\"  # {file}:2")),
        "{}",
        shown.toml
    );
    assert!(
        shown
            .toml
            .contains("format = \"text\"  # environment GRANTD__LOG__FORMAT")
    );
    assert!(shown.toml.contains("body_bytes = 65536  # default"));
    assert!(shown.toml.contains("storage = \"postgres://h/d\""));
    assert!(!shown.toml.contains("hunter2") && !shown.json.to_string().contains("hunter2"));
    assert_eq!(shown.json["log"]["level"]["value"], "warn");
}
