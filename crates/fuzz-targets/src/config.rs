//! Configuration: any text is either accepted or refused with places that exist.

use grantd::config::{self, Environment, Place, Problems};
use std::path::Path;

/// A realm's file.
pub fn config_realm(data: &[u8]) {
    // A file that the text names would be read.
    let Some(text) = text(data).filter(|text| !text.contains("permissions_file")) else {
        return;
    };
    match config::parse_realm(Path::new("nowhere/realm.toml"), text) {
        Ok(realm) => {
            assert!(!realm.realm.name.is_empty(), "a realm has a name");
            assert!(!realm.endpoints.routes().is_empty(), "a realm has addresses");
        }
        Err(problems) => assert_placed(&problems, text),
    }
}

/// `grantd.toml`.
pub fn config_server(data: &[u8]) {
    let Some(text) = text(data) else { return };
    match config::parse_server(Path::new("nowhere/grantd.toml"), text) {
        Ok(server) => assert!(!server.listen.is_empty(), "a server listens"),
        Err(problems) => assert_placed(&problems, text),
    }
}

/// The environment, a line for each variable.
pub fn config_environment(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    // A file that a variable names would be read.
    let environment: Environment = pairs
        .filter(|(name, _)| !name.ends_with("_FILE"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    if let Err(problems) = config::server_without_file(&environment) {
        assert!(!problems.0.is_empty(), "a refusal has a reason");
        for problem in &problems.0 {
            match &problem.place {
                Place::Environment(name) => assert!(environment.contains_key(&**name), "a variable that is set"),
                place => assert_eq!(place, &Place::Default, "no file was read"),
            }
        }
    }
}

fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

fn assert_placed(problems: &Problems, text: &str) {
    assert!(!problems.0.is_empty(), "a refusal has a reason");
    let lines = text.matches('\n').count() + 1;
    for problem in &problems.0 {
        assert!(!problem.message.is_empty(), "a refusal says why");
        let Place::File { line, .. } = &problem.place else {
            assert!(
                matches!(problem.place, Place::File { .. }),
                "a refusal names a line: {problem}"
            );
            continue;
        };
        assert!((1..=lines).contains(line), "the line exists: {problem}");
    }
    assert!(
        !problems.to_string().contains("fault of grantd"),
        "no refusal without a reason"
    );
}
