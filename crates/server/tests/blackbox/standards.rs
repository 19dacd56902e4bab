//! The tables of rules name what shows them: tests, and rows of the attacks. Everything that they name really runs, so that no
//! rule loses its test unseen.

use crate::attack;
use std::collections::BTreeSet;
use std::path::Path;

const TABLE: &str = include_str!("../../../../docs/standards.md");

#[test]
fn every_rule_names_tests_that_are_there() {
    let known = Known::read();
    let rows = TABLE
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| rule") && !line.starts_with("| member"));
    let mut count = 0;
    for row in rows {
        let tests = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        let names: Vec<_> = quoted(tests).collect();
        assert!(!names.is_empty(), "a rule without a test: {row}");
        for name in names {
            assert!(known.runs(name), "{name} does not run: {row}");
        }
        count += 1;
    }
    assert!(count > 150, "the table was read: {count} rules");
}

/// A row of the attacks that cannot be run as data is shown by a test elsewhere, or no test can show it.
#[test]
fn what_runs_elsewhere_in_place_of_a_row_is_there() {
    let known = Known::read();
    let mut count = 0;
    for (id, reason) in attack::excused() {
        for name in quoted(reason) {
            assert!(known.runs(name), "{id}: {name} does not run");
            count += 1;
        }
    }
    assert!(count > 30, "the table was read: {count} tests");
}

fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// What really runs.
struct Known {
    tests: BTreeSet<String>,
    rows: BTreeSet<&'static str>,
}

impl Known {
    fn read() -> Self {
        let mut tests = BTreeSet::new();
        read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), &mut tests);
        Self {
            tests,
            rows: attack::checked().into_iter().collect(),
        }
    }

    fn runs(&self, name: &str) -> bool {
        self.tests.contains(name) || self.rows.contains(name)
    }
}

/// The names of all tests below a folder: functions that are marked as one, and those of the suite that every store passes.
fn read(folder: &Path, into: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            tests_of(&std::fs::read_to_string(&path).unwrap(), into);
        }
    }
}

fn tests_of(text: &str, into: &mut BTreeSet<String>) {
    let mut marked = false;
    for line in text.lines().map(str::trim_start) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            marked = true;
        } else if let Some((before, after)) = line.split_once("fn ")
            && before.split_whitespace().all(|word| matches!(word, "pub" | "async"))
        {
            let (name, rest) = after.split_once('(').unwrap_or((after, ""));
            if marked || rest.starts_with("backend: &impl Backend") {
                into.insert(name.to_owned());
            }
            marked = false;
        }
    }
}
