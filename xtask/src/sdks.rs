//! `cargo xtask test --only sdk-...`: each SDK's own tests, run against the built server. What an SDK is locked to is
//! installed below the target directory; knows nothing of what it tests (`spec/vectors/scenarios.md`).

use crate::machine;
use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs the TypeScript SDK's tests against the server that was built below `target`, where nobody else does: what one run
/// compiles another one loads, so the second waits until the first is over.
///
/// # Errors
/// When something that is needed is missing and cannot be installed from here; what `run` says.
pub(crate) fn typescript(target: &Path, run: impl FnOnce(&mut Command) -> Result<()>) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let place = target.join("sdk-typescript");
    std::fs::create_dir_all(&place)?;
    // Held until this function ends.
    let alone = std::fs::File::create(place.join(".alone"))?;
    alone.lock()?;
    let copy = typescript_copy(&root, target)?;
    let mut command = Command::new("npm");
    command
        .args(["test", "--silent"])
        .current_dir(copy)
        .env("GRANTD_BIN", target.join("ci/grantd"))
        .env("GRANTD_VECTORS", root.join("spec/vectors"));
    run(&mut command)
}

/// A copy of the TypeScript SDK below `target`, beside what it is locked to.
///
/// # Errors
/// As [`typescript`].
pub(crate) fn typescript_copy(root: &Path, target: &Path) -> Result<PathBuf> {
    let sdk = root.join("sdks/typescript");
    let copy = machine::node(&target.join("sdk-typescript"), &sdk)?;
    // A file that was removed must not go on being tested.
    for part in ["src", "test", "bench", "examples", "build", "dist"] {
        if copy.join(part).exists() {
            std::fs::remove_dir_all(copy.join(part))?;
        }
        if sdk.join(part).exists() && !["build", "dist"].contains(&part) {
            copy_tree(&sdk.join(part), &copy.join(part))?;
        }
    }
    Ok(copy)
}

/// The command that checks the Python SDK (style, types, vectors, scenarios, wheel) against the server that was built below
/// `target`.
///
/// # Errors
/// When something that is needed is missing and cannot be installed from here.
pub(crate) fn python(target: &Path) -> Result<Command> {
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sdks/python");
    let interpreter = machine::python(&target.join("sdk-python"), &sdk.join("requirements.txt"))?;
    let mut command = Command::new(interpreter);
    command
        .args(["-B", "check.py", "--server"])
        .env("GRANTD_BIN", target.join("ci/grantd"))
        .current_dir(sdk);
    Ok(command)
}

/// The command that packs the crates of the Rust SDK and builds each from its archive, against those of the others as if they
/// were published.
pub(crate) fn packages(target: &Path) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["package", "--quiet", "--allow-dirty", "--target-dir"])
        .arg(target.join("sdk-rust"));
    for package in ["grantd-jose", "grantd-protocol", "grantd-sdk"] {
        command.args(["--package", package]);
    }
    command
}

/// The commands that see that the Rust SDK has no warnings with any of its features alone, and with none.
pub(crate) fn rust_features() -> Vec<Command> {
    let features = [
        "",
        "client",
        "verifier",
        "tower",
        "axum",
        "reqwest-middleware",
        "testing",
    ];
    let command = |feature: &&str| {
        let mut command = Command::new(env!("CARGO"));
        command
            .args(["clippy", "--profile", "ci", "--quiet", "--package", "grantd-sdk"])
            .args(["--no-default-features", "--features", feature, "--", "-D", "warnings"]);
        command
    };
    features.iter().map(command).collect()
}

/// The commands that check the Go SDK (vet, vectors, scenarios and examples under the race detector, the bench briefly)
/// against the server that was built below `target`.
///
/// # Errors
/// When something that is needed is missing and cannot be installed from here.
pub(crate) fn go(target: &Path) -> Result<Vec<Command>> {
    machine::has_go()?;
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sdks/go");
    let runs: [&[&str]; 3] = [
        &["vet", "./..."],
        &["test", "-race", "-count=1", "./..."],
        &["run", "./bench", "0.1"],
    ];
    let command = |arguments: &&[&str]| {
        let mut command = Command::new("go");
        command
            .args(*arguments)
            .current_dir(&sdk)
            .env("GRANTD_BIN", target.join("ci/grantd"));
        command
    };
    Ok(runs.iter().map(command).collect())
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    let entries = std::fs::read_dir(from).with_context(|| from.display().to_string())?;
    for entry in entries {
        let entry = entry?;
        let there = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &there)?;
        } else {
            std::fs::copy(entry.path(), there)?;
        }
    }
    Ok(())
}
