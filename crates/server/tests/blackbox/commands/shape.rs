//! What holds for every command: `-o json`, a description of each argument, and 2 for wrong usage.

use crate::harness::launch::{finish, grantd};

/// Commands that print what is no report: a file for another program, or nothing until they end.
const OTHERS: &[&str] = &["serve", "gate config", "config schema"];

/// The subcommands that a help page lists.
fn below(help: &str) -> Vec<&str> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = lines.take_while(|line| !line.is_empty());
    let named = listed.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    named
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect()
}

/// Every command that does something, with its help.
fn every() -> Vec<(String, String)> {
    let (mut open, mut found) = (vec![Vec::<String>::new()], Vec::new());
    while let Some(path) = open.pop() {
        let done = finish(grantd().args(&path).arg("--help"));
        assert_eq!(done.code, 0, "{path:?}: {}", done.error);
        let names = below(&done.output);
        if names.is_empty() || done.output.contains("[OPTIONS]\n") {
            found.push((path.join(" "), done.output.clone()));
        }
        open.extend(names.iter().map(|name| {
            let mut longer = path.clone();
            longer.push((*name).to_owned());
            longer
        }));
    }
    found
}

#[test]
fn every_command_answers_programs_too() {
    let every = every();
    assert!(every.len() > 40, "{}", every.len());
    for (path, help) in every.iter().filter(|(path, _)| !OTHERS.contains(&path.as_str())) {
        assert!(
            path.is_empty() || help.contains("-o, --output"),
            "{path} has no -o json"
        );
    }
    for other in OTHERS {
        assert!(every.iter().any(|(path, _)| path == other), "{other} is gone");
    }
}

#[test]
fn wrong_usage_ends_with_exit_code_2() {
    for arguments in [
        &["nonsense"][..],
        &["client", "create", "--nonsense"],
        &["verify"],
        &["backup"],
        &["login"],
    ] {
        let done = finish(grantd().args(arguments));
        assert_eq!((done.code, done.output.as_str()), (2, ""), "{arguments:?}");
    }
}
