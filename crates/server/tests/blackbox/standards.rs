//! The table of rules in `docs/standards.md` names tests: every one of them is there, so that no rule loses its test unseen.

use std::path::Path;

const TABLE: &str = include_str!("../../../../docs/standards.md");

#[test]
fn every_rule_names_tests_that_are_there() {
    let mut sources = String::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), &mut sources);
    let rows = TABLE
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| rule"));
    let mut count = 0;
    for row in rows {
        let tests = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        let names: Vec<_> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "a rule without a test: {row}");
        for name in names {
            assert!(sources.contains(&format!("fn {name}(")), "{name} is gone: {row}");
        }
        count += 1;
    }
    assert!(count > 50, "the table was read: {count} rules");
}

/// Every Rust file below a folder, one behind the other.
fn read(folder: &Path, into: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}
