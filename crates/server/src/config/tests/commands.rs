//! `grantd config` as its caller sees it.

use super::examples::EXAMPLES;
use crate::cli::config::{Answer, ConfigArgs, run};
use crate::config::Environment;
use clap::{Args as _, FromArgMatches as _};
use std::path::Path;

fn answer(arguments: &[&str]) -> Answer {
    let command = ConfigArgs::augment_args(clap::Command::new("config"));
    let matches = command
        .try_get_matches_from(std::iter::once("config").chain(arguments.iter().copied()))
        .unwrap();
    run(&ConfigArgs::from_arg_matches(&matches).unwrap(), &Environment::new())
}

fn example(name: &str) -> String {
    Path::new(EXAMPLES).join(name).display().to_string()
}

#[test]
fn a_check_says_ok_and_what_it_found() {
    let answer = answer(&["check", &example("realms/demo.toml")]);
    assert!(answer.wrong.is_empty());
    insta::assert_snapshot!(answer.text, @r#"
    ok
      realm acme at http://localhost:8400: 14 permissions, 2 roles, 1 resource
    "#);
}

#[test]
fn a_check_of_the_server_file_covers_its_realms_and_warns() {
    let answer = answer(&["check", &example("grantd.toml")]);
    assert!(answer.wrong.is_empty(), "{:?}", answer.wrong);
    insta::assert_snapshot!(answer.text.replace(EXAMPLES, "EXAMPLES"), @r#"
    ok
      listens on 127.0.0.1:8400 without TLS
      stores in sqlite:EXAMPLES/data/grantd.db
      realm acme at http://localhost:8400: 14 permissions, 2 roles, 1 resource
    warning: there is no master key: set master_key_file or GRANTD__MASTER_KEY before `grantd serve`
    warning: EXAMPLES/realms/demo.toml: [demo] is seeded by `grantd dev` only; `grantd serve` ignores it
    "#);
}

#[test]
fn a_file_is_named_alone_or_as_by_other_commands() {
    let file = example("realms/demo.toml");
    for command in ["check", "show"] {
        let named = answer(&[command, "--config", &file]);
        assert!(named.wrong.is_empty(), "{:?}", named.wrong);
        assert_eq!(named.text, answer(&[command, &file]).text);
    }
}

#[test]
fn what_would_not_start_is_not_called_right() {
    let folder = tempfile::tempdir().unwrap();
    let realm = |name: &str, issuer: &str| {
        let text = format!("name = '{name}'\ndisplay_name = 'A'\nissuer = '{issuer}'\n");
        std::fs::write(folder.path().join(format!("{name}.toml")), text).unwrap();
    };
    realm("a", "http://localhost:8400");
    realm("b", "http://localhost:8400/par");
    let server = folder.path().join("grantd.toml");
    let check = |realms: &str| {
        std::fs::write(&server, format!("realms = {realms}\n")).unwrap();
        answer(&["check", server.to_str().unwrap()])
    };
    assert!(check("['a.toml']").wrong.is_empty());
    let clash = check("['a.toml', 'b.toml']");
    let [told] = clash.wrong.as_slice() else {
        panic!("{:?}", clash.wrong)
    };
    assert!(
        told.to_string()
            .contains("the realms 'a' and 'b' both answer at localhost:8400/par"),
        "{told}"
    );
    assert!(check("[]").text.contains("warning: it names no realm"));
}

#[test]
fn named_loosenings_are_warnings() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("realm.toml");
    let text = "name = 'a'\ndisplay_name = 'A'\nissuer = 'http://id.example'\ninsecure_http = true\n\
                pkce = 'public-clients'\n[access_token]\ntyp = 'JWT'\n[refresh_token]\nrotation = 'off'\n";
    std::fs::write(&file, text).unwrap();
    let answer = answer(&["check", file.to_str().unwrap()]);
    insta::assert_snapshot!(answer.text.replace(&folder.path().display().to_string(), "DIR"), @r#"
    ok
      realm a at http://id.example: 0 permissions, 0 roles, 0 resources
    warning: DIR/realm.toml:4: insecure_http: tokens and passwords may travel unencrypted
    warning: DIR/realm.toml:5: pkce: confidential clients may leave PKCE out, so a stolen code is stopped by their secret alone
    warning: DIR/realm.toml:7: access_token.typ: nothing but its claims tells an access token from an ID token
    warning: DIR/realm.toml:9: refresh_token.rotation: a stolen refresh token works until it ends, unseen
    "#);
}

#[test]
fn problems_are_lines_for_people_and_members_for_programs() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("realm.toml");
    std::fs::write(
        &file,
        "name = 'a'\ndisplay_name = 'A'\nissuer = 'https://a.example'\npkcs = 1\n",
    )
    .unwrap();
    let people = answer(&["check", file.to_str().unwrap()]);
    assert_eq!((people.text.as_str(), people.wrong.len()), ("", 1));
    let programs = answer(&["check", file.to_str().unwrap(), "-o", "json"]);
    let json: serde_json::Value = serde_json::from_str(&programs.text).unwrap();
    assert_eq!(json["ok"], false);
    assert_eq!(json["problems"][0]["line"], 4);
    assert_eq!(json["problems"][0]["fix"], "did you mean \"pkce\"?");
}

#[test]
fn a_missing_file_says_how_to_get_one() {
    let answer = answer(&["check", "/nowhere/grantd.toml"]);
    let shown: Vec<String> = answer.wrong.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"/nowhere/grantd.toml:1: cannot be read: No such file or directory (os error 2); `grantd init` writes a first one"#);
}

#[test]
fn each_kind_of_file_has_a_schema() {
    for (kind, member) in [
        ("server", "listen"),
        ("realm", "issuer"),
        ("permissions", "permissions"),
    ] {
        let schema: serde_json::Value = serde_json::from_str(&answer(&["schema", kind]).text).unwrap();
        assert!(schema["properties"][member].is_object(), "{kind}");
    }
}

#[test]
fn shown_values_are_toml_or_json() {
    let file = example("realms/demo.toml");
    assert!(
        answer(&["show", &file])
            .text
            .contains("issuer = \"http://localhost:8400\"  # ")
    );
    let json: serde_json::Value = serde_json::from_str(&answer(&["show", &file, "-o", "json"]).text).unwrap();
    assert_eq!(json["access_token"]["lifetime"]["value"], "1h");
}
