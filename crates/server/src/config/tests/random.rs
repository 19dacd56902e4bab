//! No text, however wrong, makes the configuration panic; and what is shown reads back as it was.

use crate::config::{DEMO_REALM, Environment, parse_realm, server_without_file, show_realm};
use proptest::prelude::*;
use std::path::Path;

/// One line of the example replaced: nearly right is where parsers break.
fn mutated() -> impl Strategy<Value = String> {
    let lines = DEMO_REALM.lines().count();
    let value = prop_oneof![
        Just("1".to_owned()),
        Just("-1".to_owned()),
        Just("[]".to_owned()),
        Just("{}".to_owned()),
        Just("[[1], {a = 2}]".to_owned()),
        Just("1979-05-27".to_owned()),
        Just("nan".to_owned()),
        Just("''".to_owned()),
        Just("0xFFFFFFFFFFFFFFFFF".to_owned()),
        "\"[ -~]{0,40}\"",
        "'\\PC{0,20}'",
    ];
    (0..lines, value, any::<bool>()).prop_map(|(at, value, drop)| {
        let change = |(index, line): (usize, &str)| match line.split_once('=') {
            _ if index != at => format!("{line}\n"),
            _ if drop => String::new(),
            Some((key, _)) => format!("{key}= {value}\n"),
            None => format!("{value} = 1\n"),
        };
        DEMO_REALM.lines().enumerate().map(change).collect()
    })
}

proptest! {
    #[test]
    fn any_text_is_a_realm_or_a_list_of_problems(text in "\\PC{0,200}|([a-z_.\\[\\]\"'=\\n {},0-9]{0,200})") {
        if let Err(problems) = parse_realm(Path::new("realm.toml"), &text) {
            prop_assert!(!problems.0.is_empty());
        }
    }

    #[test]
    fn a_nearly_right_realm_is_a_realm_or_a_list_of_problems(text in mutated()) {
        if let Err(problems) = parse_realm(Path::new("realm.toml"), &text) {
            prop_assert!(!problems.0.is_empty());
            prop_assert!(problems.0.iter().all(|problem| !problem.to_string().contains('\n')), "{problems}");
        }
    }

    #[test]
    fn any_environment_is_a_configuration_or_a_list_of_problems(
        key in "GRANTD__(LISTEN|STORAGE|LOG|LOG__LEVEL|LIMITS__BODY_BYTES|TLS__KEY_FILE|RATE_LIMITS__LOGIN__PER_USER|[A-Z_]{0,9})",
        text in "\\PC{0,40}",
    ) {
        let environment = Environment::from([(key, text)]);
        if let Err(problems) = server_without_file(&environment) {
            prop_assert!(!problems.0.is_empty());
        }
    }
}

#[test]
fn what_is_shown_of_a_realm_reads_back_but_for_its_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("demo.toml");
    std::fs::write(&file, DEMO_REALM).unwrap();
    let shown = show_realm(&file).unwrap();
    assert!(!shown.json.to_string().contains("correct-horse"));
    let shown = shown.toml;
    assert!(!shown.contains("correct-horse"));
    let secret = "# password = (redacted)";
    let private_key = DEMO_REALM.lines().find(|line| line.starts_with("private_jwk")).unwrap();
    assert!(!shown.contains(private_key));
    let again = shown.lines().map(|line| {
        let line = if line.starts_with(secret) {
            "password = 'a new password'"
        } else if line.starts_with("# private_jwk = (redacted)") {
            private_key
        } else {
            line
        };
        format!("{line}\n")
    });
    let again: String = again.collect();
    std::fs::write(&file, &again).unwrap();
    // Values alone: the comments behind them name other lines now.
    let values = |text: &str| -> Vec<String> {
        let lines = text
            .lines()
            .map(|line| line.split("  # ").next().unwrap_or_default().to_owned());
        lines.collect()
    };
    let shown_again = show_realm(&file).unwrap_or_else(|problems| panic!("{problems}\n{again}"));
    assert_eq!(values(&shown_again.toml), values(&shown));
}
