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

/// Makes sure that a Chromium and Node are there, the packages of the browser checks, and the commands of the guides.
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
    // What the guides have people type.
    for program in ["curl", "openssl", "python3"] {
        if which(program).is_none() {
            install(program, program)?;
        }
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

/// Makes sure that there is a Python with these locked packages in an environment of its own; hands over its
/// interpreter.
///
/// # Errors
/// When there is none and it cannot be installed from here; says what to install.
pub(crate) fn python(environment: &Path, requirements: &Path) -> Result<PathBuf> {
    let has_venv = || {
        let probe = Command::new("python3").args(["-c", "import venv, ensurepip"]).output();
        probe.is_ok_and(|output| output.status.success())
    };
    if !has_venv() {
        install("python3 python3-venv", "Python 3.9 or newer with venv")?;
    }
    let interpreter = environment.join("bin/python");
    let wanted = std::fs::read_to_string(requirements).with_context(|| requirements.display().to_string())?;
    let stamp = environment.join("requirements.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(interpreter);
    }
    run(
        "python3",
        Command::new("python3").args(["-m", "venv", "--clear"]).arg(environment),
    )?;
    let mut pip = Command::new(&interpreter);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        "-r",
    ]);
    run("pip install", pip.arg(requirements))?;
    std::fs::write(&stamp, wanted)?;
    Ok(interpreter)
}

/// Makes sure that there is Node, with a copy of these programs beside their locked packages; hands over the directory
/// of the copy.
///
/// # Errors
/// When there is none and it cannot be installed from here; says what to install.
pub(crate) fn node(copy: &Path, programs: &Path) -> Result<PathBuf> {
    if which("node").is_none() || which("npm").is_none() {
        install("nodejs npm", "Node.js 20 or newer with npm")?;
    }
    if which("curl").is_none() {
        install("curl", "curl")?;
    }
    std::fs::create_dir_all(copy)?;
    let lock = std::fs::read(programs.join("package-lock.json"))?;
    let is_installed = std::fs::read(copy.join("node_modules/.installed")).is_ok_and(|installed| installed == lock);
    for entry in std::fs::read_dir(programs)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), copy.join(entry.file_name()))?;
        }
    }
    if !is_installed {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund", "--silent"]);
        run("npm ci", npm.current_dir(copy))?;
        std::fs::write(copy.join("node_modules/.installed"), lock)?;
    }
    Ok(copy.to_path_buf())
}

/// Makes sure that there is Go, and builds a program from its locked modules; hands over its path.
///
/// # Errors
/// When there is none and it cannot be installed from here; says what to install.
pub(crate) fn go(program: &Path, output: &Path) -> Result<PathBuf> {
    has_go()?;
    let mut build = Command::new("go");
    build.args(["build", "-mod=readonly", "-o"]).arg(output).arg(".");
    run("go build (Go 1.21 or newer)", build.current_dir(program))?;
    Ok(output.to_path_buf())
}

/// The oldest Go that fetches by itself the version that a module asks for.
const OLDEST_GO: (u32, u32) = (1, 21);

/// Makes sure that there is a Go, and that it is not too old. What Debian 12 has under that name is.
///
/// # Errors
/// When there is none and it cannot be installed from here, or only an old one; says what to install.
pub(crate) fn has_go() -> Result<()> {
    let wanted = "Go 1.21 or newer, which fetches the version that go.mod names";
    if which("go").is_none() {
        install("golang-go", wanted)?;
    }
    let output = Command::new("go").args(["env", "GOVERSION"]).output();
    let said = String::from_utf8(output.context("go could not be started")?.stdout)?;
    match go_version(said.trim()) {
        Some(version) if version >= OLDEST_GO => Ok(()),
        _ => bail!(
            "missing: {wanted}. Here is {}: install a newer one (golang.org, or backports), put it first in PATH and run \
             the tests again.",
            said.trim()
        ),
    }
}

/// Major and minor number of `go1.26.8`, `go1.22rc1` and the like.
fn go_version(text: &str) -> Option<(u32, u32)> {
    let (major, rest) = text.strip_prefix("go")?.split_once('.')?;
    let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    Some((major.parse().ok()?, rest.get(..end)?.parse().ok()?))
}

/// Runs a command; a failure names it.
pub(crate) fn run(what: &str, command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("{what} could not be started"))?;
    if status.success() {
        Ok(())
    } else {
        bail!("{what} failed: {command:?}")
    }
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

#[cfg(test)]
mod tests {
    use super::{OLDEST_GO, go_version};

    #[test]
    fn an_old_go_is_told_from_a_new_one() {
        for (text, is_good) in [
            ("go1.26.8", true),
            ("go1.21", true),
            ("go1.22rc1", true),
            ("go2.0", true),
            ("go1.19.8", false),
            ("go1.9", false),
            ("devel", false),
            ("", false),
        ] {
            assert_eq!(
                go_version(text).is_some_and(|version| version >= OLDEST_GO),
                is_good,
                "{text}"
            );
        }
    }
}
