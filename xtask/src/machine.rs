//! What a suite needs of the machine, installed where that is possible and named where it is not.
#![expect(clippy::print_stdout, reason = "a chore talks to its caller")]

use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Makes sure that PostgreSQL's server programs are there.
///
/// # Errors
/// When they are not and cannot be installed from here; says what to install.
pub(crate) fn postgres() -> Result<()> {
    if postgres_programs().is_some() {
        return Ok(());
    }
    install("postgresql", "PostgreSQL's server programs (initdb, postgres)")?;
    postgres_programs()
        .map(|_| ())
        .context("the package postgresql was installed, but initdb is in none of the usual places")
}

fn postgres_programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let found = versions
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .find(|bin| bin.join("initdb").is_file());
    found.or_else(|| {
        which("initdb")?
            .parent()
            .map(Path::to_path_buf)
            .filter(|bin| bin.join("postgres").is_file())
    })
}

/// Makes sure that a Chromium and Node are there, and the packages of the browser checks.
///
/// # Errors
/// When they are not and cannot be installed from here; says what to install.
pub(crate) fn browser(packages: &Path) -> Result<()> {
    if which("node").is_none() || which("npm").is_none() {
        install("nodejs npm", "Node.js 20 or newer with npm")?;
    }
    if which("chromium").is_none() {
        install("chromium", "Chromium")?;
    }
    if !packages.join("node_modules").is_dir() {
        let status = Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund", "--silent"])
            .current_dir(packages)
            .status();
        if !status.context("npm could not be started")?.success() {
            bail!("npm ci failed in {}", packages.display());
        }
    }
    Ok(())
}

fn install(packages: &str, what: &str) -> Result<()> {
    if which("apt-get").is_none() || !is_root() {
        bail!("missing: {what}. Install it (Debian: apt-get install {packages}) and run the tests again.");
    }
    println!("installing {packages}");
    let run = |arguments: &[&str]| -> Result<bool> {
        let status = Command::new("apt-get")
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(std::process::Stdio::null())
            .status();
        Ok(status.context("apt-get could not be started")?.success())
    };
    let mut arguments = vec!["install", "-y", "-qq", "--no-install-recommends"];
    arguments.extend(packages.split(' '));
    if !(run(&["update", "-qq"])? && run(&arguments)?) {
        bail!("missing: {what}, and apt-get could not install it.");
    }
    Ok(())
}

/// The path of a program.
#[must_use]
pub(crate) fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|directory| directory.join(program))
        .find(|candidate| candidate.is_file())
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
