//! `cargo xtask bench-sdks`: what verifying costs in each SDK beside the bare check of the signature, one after the other, so that
//! none is measured beside another. Must not know what is measured: the benchmarks print that.
#![expect(clippy::print_stdout, reason = "a chore talks to its caller")]

use crate::{machine, sdks};
use anyhow::{Context as _, Result, bail};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// Runs all of them; `--write FILE` keeps what they print.
///
/// # Errors
/// When something that is needed is missing, or a benchmark fails.
pub(crate) fn run(arguments: &[String], target: &Path) -> Result<()> {
    let file = match arguments {
        [] => None,
        [flag, file] if flag == "--write" => Some(file),
        _ => bail!("usage: cargo xtask bench-sdks [--write FILE]"),
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let mut text = format!("{HEADING}\n{}\n", place(&root)?);
    for (name, mut command) in commands(&root, target)? {
        println!("== {name}");
        let figures = said(&mut command)?;
        print!("{figures}");
        let lines: String = figures.lines().map(|line| format!("- {line}\n")).collect();
        write!(text, "\n## {name}\n\n{lines}")?;
    }
    match file {
        Some(file) => std::fs::write(file, text).with_context(|| file.clone()),
        None => Ok(()),
    }
}

const HEADING: &str = "# What verifying costs in the SDKs\n\nMade by `cargo xtask bench-sdks --write sdks/RESULTS.md`; do not edit by \
hand. The bare signature is the call of the cryptography below, with key and signature ready and nothing read. Slices take turns \
within one run; a ratio is the median over the turns, 1 being a verifier that costs nothing beside the signature.\n";

/// The benchmarks, by what a reader calls them.
fn commands(root: &Path, target: &Path) -> Result<Vec<(&'static str, Command)>> {
    machine::has_go()?;
    let mut go = Command::new("go");
    go.args(["run", "./bench", "6"]).current_dir(root.join("sdks/go"));
    let sdk = root.join("sdks/python");
    let mut python = Command::new(machine::python(
        &target.join("sdk-python"),
        &sdk.join("requirements.txt"),
    )?);
    python
        .args(["-B", "bench/verify.py", "6"])
        .env("PYTHONPATH", "src")
        .current_dir(sdk);
    let mut rust = Command::new(env!("CARGO"));
    rust.args(["bench", "--quiet", "--package", "grantd-sdk", "--bench", "verify"])
        .args(["--features", "testing", "--target-dir"])
        .arg(target)
        .current_dir(root);
    let mut typescript = Command::new("npm");
    typescript
        .args(["run", "--silent", "bench"])
        .current_dir(sdks::typescript_copy(root, target)?);
    Ok(vec![
        ("Go", go),
        ("Python", python),
        ("Rust", rust),
        ("TypeScript", typescript),
    ])
}

/// Day, commit and machine, as `bench/RESULTS.md` has them.
fn place(root: &Path) -> Result<String> {
    let of = |program: &str, arguments: &[&str]| -> Result<String> {
        let mut command = Command::new(program);
        Ok(said(command.args(arguments).current_dir(root))?.trim().to_owned())
    };
    let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or("unknown processor", |rest| rest.trim_start_matches([' ', '\t', ':']));
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    Ok(format!(
        "{}, commit {}; {} x {model}, {}; load average {} when it began.",
        of("date", &["-u", "+%Y-%m-%d %H:%M UTC"])?,
        of(
            "git",
            &["describe", "--always", "--abbrev=12", "--dirty=, with local changes"]
        )?,
        std::thread::available_parallelism().map_or(0, usize::from),
        of("uname", &["-sr"])?,
        load.split(' ').next().unwrap_or("unknown"),
    ))
}

fn said(command: &mut Command) -> Result<String> {
    let output = command.stderr(std::process::Stdio::inherit()).output();
    let output = output.with_context(|| format!("{command:?} could not be started"))?;
    if !output.status.success() {
        bail!("{command:?} failed");
    }
    Ok(String::from_utf8(output.stdout)?)
}
