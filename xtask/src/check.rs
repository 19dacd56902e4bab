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
