//! `[[upstream]]`: what a realm may say of other providers, and what is refused.

use crate::config::{Problems, load_realm, parse_realm};
use grantd_core::realm::{LinkBy, Unknown, Upstream};
use std::path::Path;

const HEAD: &str = "name = 'acme'\ndisplay_name = 'Acme'\nissuer = 'https://id.example'\n";
const GUIDE: &str = include_str!("../../../../../docs/guide/upstream.md");

/// One provider that is right, with these lines beside.
fn table(more: &str) -> String {
    format!("[[upstream]]\nname = 'corp'\ntitle = 'Corp'\nissuer = 'https://idp.example'\nclient_id = 'x'\n{more}\n")
}

fn with_secret(more: &str) -> String {
    table(&format!("client_secret = 'hush'\n{more}"))
}

fn read(text: &str) -> Result<Vec<Upstream>, String> {
    let text = format!("{HEAD}{text}");
    match parse_realm(Path::new("realm.toml"), &text) {
        Ok(config) => Ok(config.realm.upstreams.clone()),
        Err(Problems(problems)) => Err(problems.iter().map(|problem| format!("{problem}\n")).collect()),
    }
}

#[track_caller]
fn refused(text: &str, says: &str) {
    let told = read(text)
        .err()
        .unwrap_or_else(|| panic!("nothing was wrong with\n{text}"));
    assert!(told.contains(says), "{told}");
    assert!(!told.contains("hush"), "{told}");
}

#[test]
fn what_is_not_said_is_strict() {
    let upstreams = read(&with_secret("")).unwrap();
    let [upstream] = upstreams.as_slice() else {
        panic!("{upstreams:?}")
    };
    assert_eq!((upstream.link_by, upstream.unknown), (LinkBy::Nothing, Unknown::Refuse));
    assert!(!upstream.hands_on_methods && upstream.domains.is_empty());
    assert_eq!(upstream.scopes, ["openid", "email", "profile"]);
    assert_eq!(upstream.client_secret.expose(), "hush");
    assert!(!format!("{upstream:?}").contains("hush"));
}

#[test]
fn settings_that_operators_read_have_no_secret_in_them() {
    let demo = "[[demo.users]]\nusername = 'ada@example.com'\npassword = 'correct-horse'\n";
    let text = format!("{HEAD}{}{demo}", with_secret(""));
    let config = parse_realm(Path::new("realm.toml"), &text).unwrap();
    let settings = config.settings.to_string();
    assert!(settings.contains("https://idp.example"), "{settings}");
    assert!(
        !settings.contains("hush") && !settings.contains("correct-horse"),
        "{settings}"
    );
    for elsewhere in ["demo", "permissions", "roles"] {
        assert!(config.settings.get(elsewhere).is_none(), "{elsewhere}");
    }
}

#[test]
fn a_word_about_mail_addresses_loosens_and_is_reported() {
    let loosened = |more: &str| {
        let text = format!("{HEAD}{}", with_secret(more));
        parse_realm(Path::new("realm.toml"), &text).unwrap().loosenings.len()
    };
    assert_eq!(loosened("link_by = 'verified_email'"), loosened("") + 1);
}

#[test]
fn a_provider_is_on_the_public_internet_or_on_this_very_computer() {
    for issuer in [
        "https://idp.example/realms/a",
        "http://localhost:8080/a",
        "http://127.0.0.1:1",
    ] {
        let text = with_secret("").replace("https://idp.example", issuer);
        assert_eq!(&*read(&text).unwrap()[0].issuer, issuer);
    }
    for issuer in [
        "http://idp.example",
        "https://10.0.0.1",
        "https://localhost",
        "https://idp.example?x=1",
        "https://idp.example/#x",
        "http://a@localhost",
        "ftp://idp.example",
        "idp.example",
        "",
    ] {
        refused(
            &with_secret("").replace("https://idp.example", issuer),
            "upstream[0].issuer",
        );
    }
}

#[test]
fn what_is_wrong_with_a_table_is_named() {
    refused(&table(""), "client_secret: is needed");
    refused(&with_secret("client_secret_file = 'x'"), "client_secret: is needed");
    refused(
        &table("client_secret_file = 'there-is-no-such-file'"),
        "client_secret_file: cannot read",
    );
    refused(&with_secret("scopes = ['email']"), "must have openid");
    refused(&with_secret("scopes = ['openid', 'a b']"), "scopes");
    refused(&with_secret("link_by = 'email'"), "link_by");
    refused(&with_secret("unknown = 'invite'"), "unknown");
    refused(&with_secret("allowed_domains = ['@example.com']"), "allowed_domains");
    refused(&with_secret("").replace("corp", "Corp Login"), "name");
    refused(
        &format!("{0}{0}", with_secret("")),
        "has the name or the issuer of another one",
    );
    let handed = format!(
        "{}[interaction]\nlogin_url = 'https://app.example/login'\n",
        with_secret("")
    );
    refused(&handed, "cannot stand beside interaction.login_url");
}

#[test]
fn the_guides_table_is_read_as_it_is_written_with_its_secret_in_a_file() {
    let table = GUIDE.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("corp.secret"), "from-the-file\n").unwrap();
    let file = folder.path().join("realm.toml");
    std::fs::write(&file, format!("{HEAD}{table}")).unwrap();
    let config = load_realm(&file).unwrap();
    assert_eq!(config.realm.upstreams[0].client_secret.expose(), "from-the-file");
}
