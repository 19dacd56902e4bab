//! `cargo xtask bench`: builds the programs that are measured and those that measure, then hands over.
//!
//! It must not measure anything itself: what it is built with (`dev`) is not what figures are taken with (`dist`).

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

/// Builds under `[profile.dist]` and runs `compare` with `arguments`, in the repository's root.
///
/// # Errors
/// When a build fails, or the comparison does.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("xtask lies below the repository's root")?;
    let target = target_directory()?;
    build(root, &target, &["--package", "grantd-bench", "--bins"])?;
    // The ceilings alone need no product, and can be measured while it does not compile.
    if !arguments.iter().any(|argument| argument == "ceilings") && !is_help(arguments) {
        build(root, &target, &["--package", "grantd", "--bin", "grantd"])?;
    }
    let status = Command::new(target.join("dist").join("compare"))
        .args(arguments)
        .current_dir(root)
        .status()?;
    if !status.success() {
        bail!("the comparison ended with {status}");
    }
    Ok(())
}

fn is_help(arguments: &[String]) -> bool {
    arguments
        .iter()
        .any(|argument| argument == "--help" || argument == "-h")
}

fn build(root: &Path, target: &Path, what: &[&str]) -> Result<()> {
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["build", "--quiet", "--profile", "dist", "--target-dir"])
        .arg(target)
        .args(what)
        .current_dir(root);
    let status = command.status().context("cargo cannot be started")?;
    if !status.success() {
        bail!("`cargo build --profile dist {}` failed", what.join(" "));
    }
    Ok(())
}

/// Where this very program was built: `<target>/<profile>/xtask`.
pub(crate) fn target_directory() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let target = own.ancestors().nth(2).context("xtask lies in a target directory")?;
    Ok(target.to_path_buf())
}
