//! The guide about keys says what works: its commands are run, and its settings are read.

use crate::harness::Key;
use crate::harness::launch::{finish, grantd};
use grantd_jose::Algorithm;
use serde_json::json;
use std::path::Path;

const GUIDE: &str = include_str!("../../../../docs/guide/sender-constraint.md");

/// The fenced blocks of a language; none for commands.
fn blocks(language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = GUIDE.lines();
    while let Some(line) = lines.next() {
        let Some(found) = line.strip_prefix("```") else {
            continue;
        };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if found == language {
            blocks.push(block.join("\n"));
        }
    }
    blocks
}

#[test]
fn the_commands_of_the_guide_work_and_its_settings_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let made = finish(
        grantd()
            .arg("init")
            .arg(folder.path())
            .args(["--issuer", "http://localhost:8400"]),
    );
    assert_eq!(made.code, 0, "{}", made.error);
    let keys = json!({ "keys": [Key::new(Algorithm::ES256).public] });
    std::fs::write(folder.path().join("keys.json"), keys.to_string()).unwrap();
    let authority = rcgen::generate_simple_self_signed(["clients.example".to_owned()]).unwrap();
    for folder in [folder.path().to_owned(), folder.path().join("realms")] {
        std::fs::write(folder.join("clients-ca.pem"), authority.cert.pem()).unwrap();
    }
    take_certificates(&folder.path().join("realms"));
    let commands = blocks("");
    assert!(!commands.is_empty());
    for line in commands.iter().flat_map(|block| block.lines()) {
        let mut words = split(line).into_iter();
        assert_eq!(words.next().as_deref(), Some("grantd"), "{line}");
        let mut command = grantd();
        command
            .args(words)
            .args(["--config", "grantd.toml"])
            .current_dir(folder.path());
        let done = finish(&mut command);
        assert_eq!(done.code, 0, "{line}: {}", done.error);
        assert!(done.output.contains("client_id"), "{line}: {}", done.output);
    }
    let settings = blocks("toml");
    assert!(!settings.is_empty());
    for (index, block) in settings.iter().enumerate() {
        let file = folder.path().join(format!("settings-{index}.toml"));
        let head = "name = \"shop\"\ndisplay_name = \"Shop\"\nissuer = \"http://localhost:8400\"\n";
        std::fs::write(&file, format!("{head}{block}\n")).unwrap();
        let done = finish(grantd().args(["config", "check"]).arg(&file));
        assert_eq!(done.code, 0, "{block}: {}", done.error);
    }
}

/// Gives the realm what the guide says of certificates, which its commands need.
fn take_certificates(realms: &Path) {
    let settings = blocks("toml")
        .into_iter()
        .find(|block| block.contains("[mtls]"))
        .unwrap();
    let (methods, table) = settings.split_once("\n\n").unwrap();
    let mut files = std::fs::read_dir(realms).unwrap().map(|entry| entry.unwrap().path());
    let file = files
        .find(|path| path.extension().is_some_and(|kind| kind == "toml"))
        .unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{methods}\n{text}\n{table}\n")).unwrap();
}

/// Words, of which some are quoted.
fn split(line: &str) -> Vec<String> {
    let parts = line.split('"').enumerate();
    let words = parts.flat_map(|(index, part)| match index % 2 {
        0 => part.split_whitespace().map(str::to_owned).collect(),
        _ => vec![part.to_owned()],
    });
    words.collect()
}
