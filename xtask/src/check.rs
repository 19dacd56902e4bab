//! `cargo xtask check`: rules of the house that no compiler knows. What the pure crates may depend on, that documents
//! name only paths that exist and link only to what is there, and that a platform's dialect is named at the edge alone.

use crate::links;
use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the crates that must stay pure may depend on, directly. Nothing here does I/O or is asynchronous.
const ALLOWED: &[(&str, &[&str])] = &[
    (
        "grantd-jose",
        &["aws-lc-rs", "base64", "serde", "serde_json", "thiserror", "zeroize"],
    ),
    (
        "grantd-protocol",
        &[
            "aws-lc-rs",
            "base64",
            "crc32fast",
            "serde",
            "serde_json",
            "subtle",
            "thiserror",
            "url",
            "zeroize",
        ],
    ),
    (
        "grantd-core",
        &[
            "base64",
            "grantd-jose",
            "grantd-protocol",
            "miniz_oxide",
            "serde",
            "serde_json",
            "subtle",
            "thiserror",
        ],
    ),
];

/// Documents whose paths must exist.
const DOCUMENTS: &[&str] = &["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"];

/// Words that no source of the product may hold: names of how and where it was made.
const FOREIGN: &[&str] = &["/work/", "/tmp/bash_jobs"];

/// What a platform's dialect can say. Behind the edge every request has the standard form, so no other file has a use
/// for these words.
const DIALECT_OPTIONS: &[&str] = &[
    "camel",
    "Camel",
    "infer_grant_type",
    "json_bodies",
    "refresh_token_expires_in",
    "scope_in_replies",
    "scope_separator",
    "Dialect {",
    "Arc<Dialect>",
    "&Dialect",
    "::Dialect",
    "ErrorShape",
    "Separator::",
];

/// Where dialects are read from files, undone and done.
const DIALECT_PLACES: &[&str] = &[
    "crates/server/src/config/",
    "crates/server/src/config.rs",
    "crates/server/src/wire/",
    "crates/server/src/wire.rs",
];

/// Runs all checks.
///
/// # Errors
/// Everything that is wrong, at once.
pub(crate) fn run() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let mut problems = dependencies(&root)?;
    problems.extend(document_paths(&root)?);
    problems.extend(links::broken(&root)?);
    problems.extend(core_is_not_async(&root)?);
    problems.extend(dialects_at_the_edge(&root)?);
    problems.extend(foreign_words(&root)?);
    if problems.is_empty() {
        Ok(())
    } else {
        bail!("{}", problems.join("\n"))
    }
}

fn dependencies(root: &Path) -> Result<Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--locked"])
        .current_dir(root)
        .output()?;
    let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
    let packages = metadata
        .get("packages")
        .unwrap_or(&Value::Null)
        .as_array()
        .context("no packages")?;
    let mut problems = Vec::new();
    for (name, allowed) in ALLOWED {
        let package = packages
            .iter()
            .find(|package| package.get("name").is_some_and(|found| found == name))
            .with_context(|| format!("no package {name}"))?;
        let normal = package
            .get("dependencies")
            .unwrap_or(&Value::Null)
            .as_array()
            .into_iter()
            .flatten()
            .filter(|dependency| dependency.get("kind").is_none_or(Value::is_null));
        for dependency in normal.filter_map(|dependency| dependency.get("name")?.as_str()) {
            if !allowed.contains(&dependency) {
                problems.push(format!("{name} must not depend on {dependency}"));
            }
        }
    }
    Ok(problems)
}

/// Every path in backticks that begins with a directory of this repository must be there.
fn document_paths(root: &Path) -> Result<Vec<String>> {
    let mut documents: Vec<PathBuf> = DOCUMENTS.iter().map(|name| root.join(name)).collect();
    for directory in ["docs/decisions", "docs/walks", "docs/guide", "docs"] {
        let entries = std::fs::read_dir(root.join(directory)).into_iter().flatten().flatten();
        documents.extend(
            entries
                .map(|entry| entry.path())
                .filter(|path| path.extension().is_some_and(|extension| extension == "md")),
        );
    }
    let mut problems = Vec::new();
    for document in documents {
        let text = std::fs::read_to_string(&document).with_context(|| document.display().to_string())?;
        for path in mentioned_paths(&text) {
            if !root.join(&path).exists() {
                problems.push(format!(
                    "{} names {path}, which does not exist",
                    document.strip_prefix(root).unwrap_or(&document).display()
                ));
            }
        }
    }
    Ok(problems)
}

fn mentioned_paths(text: &str) -> BTreeSet<String> {
    let roots = [
        "crates/",
        "docs/",
        "examples/",
        "bench/",
        "xtask/",
        "attack/",
        ".ci/",
        ".cargo/",
        "conformance/",
        "fuzz/",
        "spec/",
        "sdks/",
    ];
    let in_code = text.split('`').skip(1).step_by(2);
    let in_links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    in_code
        .chain(in_links)
        .map(|piece| piece.split(['#', ':']).next().unwrap_or_default())
        .filter(|piece| roots.iter().any(|root| piece.starts_with(root)))
        .filter(|piece| !piece.contains(['*', ' ', '<', '{', '…']))
        .map(str::to_owned)
        .collect()
}

/// The core decides; it never waits (clippy knows the clock and the randomness, this knows `async`).
fn core_is_not_async(root: &Path) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for name in ["jose", "protocol", "core"] {
        for file in sources(&root.join("crates").join(name).join("src"))? {
            let text = std::fs::read_to_string(&file)?;
            if text.contains("async fn") || text.contains(".await") {
                problems.push(format!(
                    "{} must not be asynchronous",
                    file.strip_prefix(root).unwrap_or(&file).display()
                ));
            }
        }
    }
    Ok(problems)
}

/// No source of the product but those at the edge names an option of a dialect.
fn dialects_at_the_edge(root: &Path) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for package in std::fs::read_dir(root.join("crates"))? {
        let sources_of = package?.path().join("src");
        for file in sources(&sources_of)? {
            let name = file.strip_prefix(root).unwrap_or(&file).display().to_string();
            problems.extend(dialect_options_in(&name, &std::fs::read_to_string(&file)?));
        }
    }
    Ok(problems)
}

/// What the source `name` says of a dialect and must not.
fn dialect_options_in(name: &str, text: &str) -> Vec<String> {
    if DIALECT_PLACES.iter().any(|place| name.starts_with(place)) {
        return Vec::new();
    }
    let found = DIALECT_OPTIONS.iter().filter(|word| text.contains(**word));
    found
        .map(|word| {
            format!("{name} names {word}, an option of dialects, which only the wire and the configuration know")
        })
        .collect()
}

fn foreign_words(root: &Path) -> Result<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(root)
        .output()?;
    let names = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut problems = Vec::new();
    for name in names
        .split('\0')
        .filter(|name| !name.is_empty() && !name.ends_with("xtask/src/check.rs"))
    {
        let Ok(text) = std::fs::read_to_string(root.join(name)) else {
            continue;
        };
        problems.extend(
            FOREIGN
                .iter()
                .filter(|word| text.contains(**word))
                .map(|word| format!("{name} names {word}")),
        );
    }
    Ok(problems)
}

fn sources(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(sources(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_of_a_dialect_is_found_everywhere_but_at_the_edge() {
        for line in [
            "let name = \"camelCase\";",
            "if dialect.infer_grant_type {",
            "match dialect.errors { ErrorShape::Nested => {} }",
            "fn reply(dialect: &Dialect) {}",
        ] {
            for name in [
                "crates/core/src/grant.rs",
                "crates/pages/src/view.rs",
                "crates/server/src/oauth/token.rs",
            ] {
                assert_eq!(dialect_options_in(name, line).len(), 1, "{name}: {line}");
            }
            for name in [
                "crates/server/src/wire.rs",
                "crates/server/src/wire/decode.rs",
                "crates/server/src/config/realm/dialect.rs",
            ] {
                assert!(dialect_options_in(name, line).is_empty(), "{name}: {line}");
            }
        }
    }

    #[test]
    fn the_name_of_a_clients_dialect_may_travel() {
        assert!(dialect_options_in("crates/core/src/record/client.rs", "pub dialect: Option<Arc<str>>,").is_empty());
    }

    #[test]
    fn this_repository_keeps_dialects_at_the_edge() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        assert_eq!(dialects_at_the_edge(&root).unwrap(), Vec::<String>::new());
    }
}
