//! `cargo xtask test`: everything that must hold, suite by suite, each with the time it took. What a suite needs of
//! the machine is installed first or named.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a chore talks to its caller and measures how long suites take"
)]

use crate::{check, conformance, machine, packages, sdks};
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// One suite.
struct Suite {
    name: &'static str,
    run: fn() -> Result<()>,
}

const SUITES: &[Suite] = &[
    Suite {
        name: "format",
        run: || cargo(&["fmt", "--all", "--check"]),
    },
    Suite {
        name: "house rules",
        run: check::run,
    },
    Suite {
        name: "licences and sources",
        run: licences,
    },
    Suite {
        name: "clippy",
        run: || {
            cargo(&[
                "clippy",
                "--profile",
                "ci",
                "--workspace",
                "--all-targets",
                "--quiet",
                "--",
                "-D",
                "warnings",
            ])
        },
    },
    Suite {
        name: "build",
        run: || cargo(&["test", "--profile", "ci", "--workspace", "--no-run", "--quiet"]),
    },
    Suite {
        name: "tests",
        run: || cargo(&["test", "--profile", "ci", "--workspace", "--quiet", "--no-fail-fast"]),
    },
    Suite {
        name: "pages in a browser",
        run: pages,
    },
    Suite {
        name: "platforms",
        run: platforms,
    },
    Suite {
        name: "gate",
        run: gate,
    },
    Suite {
        name: "brokers",
        run: brokers,
    },
    Suite {
        name: "bench",
        run: bench,
    },
    Suite {
        name: "conformance",
        run: || {
            build_server()?;
            succeed(&mut conformance::command(&target_directory()?)?)
        },
    },
    Suite {
        name: "sdk-go",
        run: || {
            build_server()?;
            let mut commands = sdks::go(&target_directory()?)?;
            commands.iter_mut().try_for_each(succeed)
        },
    },
    Suite {
        name: "sdk-python",
        run: || {
            build_server()?;
            succeed(&mut sdks::python(&target_directory()?)?)
        },
    },
    Suite {
        name: "sdk-rust",
        run: || {
            build_server()?;
            let target = target_directory()?;
            for mut command in sdks::rust_features() {
                succeed(&mut command)?;
            }
            // Everything with everything's features, as "build" had it, so that nothing compiles a second time.
            let mut tests = cargo_command(&["test", "--profile", "ci", "--workspace", "--quiet"]);
            tests.args(["--test", "sdk", "--examples", "--", "--ignored"]);
            succeed(tests.env("GRANTD_BIN", target.join("ci/grantd")))
        },
    },
    Suite {
        // Each published crate of the SDK for Rust, built from its archive against those of the others, as if they were published.
        name: "sdk-rust-packages",
        run: || succeed(&mut sdks::packages(&target_directory()?)),
    },
    Suite {
        name: "sdk-typescript",
        run: || {
            build_server()?;
            sdks::typescript(&target_directory()?, succeed)
        },
    },
];

/// What proptest draws from.
const SEED: &str = "PROPTEST_RNG_SEED";

/// Without it no later suite has anything to run.
const NEEDED: &str = "build";

/// Runs the suites, or those that `--only` names. One that fails does not keep the others from being run: who mends one
/// thing wants to know about the rest.
///
/// # Errors
/// The names of the suites that failed.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let only = only(arguments)?;
    let wanted = |suite: &&Suite| only.is_empty() || only.contains(&suite.name);
    machine::postgres()?;
    let mut times = Vec::new();
    let mut failed = Vec::new();
    for suite in SUITES.iter().filter(wanted) {
        println!("== {}", suite.name);
        let began = Instant::now();
        let outcome = (suite.run)();
        let seconds = began.elapsed().as_secs();
        match outcome {
            Ok(()) => println!("== {}: ok in {seconds} s", suite.name),
            Err(reason) => {
                println!("== {}: FAILED in {seconds} s: {reason:#}", suite.name);
                failed.push(suite.name);
            }
        }
        times.push((suite.name, seconds));
        if failed.contains(&NEEDED) {
            break;
        }
    }
    println!();
    for (name, seconds) in &times {
        println!("{seconds:>5} s  {name}");
    }
    println!("{} passed, {} failed", times.len() - failed.len(), failed.len());
    if failed.is_empty() {
        Ok(())
    } else {
        bail!("failed: {}", failed.join(", "))
    }
}

fn only(arguments: &[String]) -> Result<Vec<&str>> {
    let mut only = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match (argument.as_str(), rest.next()) {
            ("--only", Some(name)) if SUITES.iter().any(|suite| suite.name == name) => only.push(name.as_str()),
            _ => bail!(
                "usage: cargo xtask test [--only SUITE]..., SUITE one of: {}",
                SUITES.iter().map(|suite| suite.name).collect::<Vec<_>>().join(", ")
            ),
        }
    }
    Ok(only)
}

fn cargo(arguments: &[&str]) -> Result<()> {
    succeed(&mut cargo_command(arguments))
}

fn cargo_command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    // One commit, one verdict: what property tests draw is the same in every run. Whoever wants to look further sets
    // the seed, or runs a property by itself with more cases.
    if std::env::var_os(SEED).is_none() {
        command.env(SEED, "1");
    }
    command.args(arguments);
    command
}

fn succeed(command: &mut Command) -> Result<()> {
    if command.status()?.success() {
        Ok(())
    } else {
        bail!("{command:?} failed")
    }
}

/// `deny.toml`, where cargo-deny is at hand. Not its advisories: they need the network, and a run that could not ask has
/// found nothing.
fn licences() -> Result<()> {
    let Some(program) = machine::which("cargo-deny") else {
        println!("cargo-deny is not installed: skipped (cargo install cargo-deny --locked)");
        return Ok(());
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let arguments = [
        "--locked",
        "--log-level",
        "error",
        "check",
        "licenses",
        "bans",
        "sources",
    ];
    succeed(Command::new(program).args(arguments).current_dir(root))
}

/// Every page in a real Chromium: accessibility, markup, nothing blocked by the content security policy, a picture of each;
/// then a running server as people use it, and the guides as they are written.
fn pages() -> Result<()> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/pages/tests/browser");
    machine::browser(&directory)?;
    succeed(
        Command::new("node")
            .args(["screens.mjs", "check"])
            .current_dir(&directory),
    )?;
    build_server()?;
    succeed(
        Command::new("node")
            .arg("live.mjs")
            .env("GRANTD", target_directory()?.join("ci/grantd"))
            .current_dir(&directory),
    )
}

/// Makes the pictures of every page, and the sheets that show them.
///
/// # Errors
/// When the browser is missing, a page of a running server has faults, or the pictures take more room than they may.
pub(crate) fn screens() -> Result<()> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/pages/tests/browser");
    machine::browser(&directory)?;
    build_server()?;
    succeed(
        Command::new("node")
            .args(["screens.mjs", "strip"])
            .env("GRANTD", target_directory()?.join("ci/grantd"))
            .current_dir(&directory),
    )
}

/// The example realms of platforms, driven by clients of their kinds: curl, Python and Node, with web apps of both.
fn platforms() -> Result<()> {
    build_server()?;
    let target = target_directory()?;
    let suites = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/platforms");
    let clients = target.join("platforms");
    let python = machine::python(&clients.join("python"), &suites.join("requirements.txt"))?;
    let node = machine::node(&clients.join("node"), &suites.join("node"))?;
    succeed(
        Command::new(python)
            .args(["-B", "-m", "unittest", "discover", "-s"])
            .arg(&suites)
            .env("GRANTD", target.join("ci/grantd"))
            .env("PLATFORM_NODE", node),
    )
}

/// The gate behind real proxies, and its guide as it is written.
fn gate() -> Result<()> {
    build_server()?;
    let target = target_directory()?;
    let programs = target.join("proxies");
    let nginx = packages::packaged("nginx", "usr/sbin/nginx", &programs)?;
    let caddy = packages::packaged("caddy", "usr/bin/caddy", &programs)?;
    let haproxy = packages::packaged("haproxy", "usr/sbin/haproxy", &programs)?;
    let libraries = packages::haproxy_libraries(&haproxy, &programs)?;
    packages::packaged("curl", "usr/bin/curl", &programs)?;
    let suites = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/gate");
    let node = machine::node(&programs.join("node"), &suites.join("node"))?;
    // In no distribution's packages, but in one of Python's.
    let python = machine::python(&programs.join("envoy"), &suites.join("requirements.txt"))?;
    succeed(
        Command::new("python3")
            .args(["-B", "-m", "unittest", "discover", "-s"])
            .arg(&suites)
            .env("GRANTD", target.join("ci/grantd"))
            .env("GATE_NGINX", nginx)
            .env("GATE_CADDY", caddy)
            .env("GATE_NODE", node)
            .env("GATE_HAPROXY", haproxy)
            .env("GATE_ENVOY", python.with_file_name("envoy"))
            .env("GATE_LIBRARIES", libraries),
    )
}

/// The tokens at Debian's RabbitMQ, as the example says it.
fn brokers() -> Result<()> {
    build_server()?;
    let target = target_directory()?;
    let suites = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/brokers");
    let python = machine::python(&target.join("brokers/python"), &suites.join("requirements.txt"))?;
    let root = packages::rabbitmq(&target.join("brokers/rabbitmq"))?;
    succeed(
        Command::new(python)
            .args(["-B", "-m", "unittest", "discover", "-s"])
            .arg(&suites)
            .env("GRANTD", target.join("ci/grantd"))
            .env("BROKER_ROOT", root),
    )
}

/// Every scenario of the measurement, once and briefly, and every figure that is none. Nothing is asserted about speed.
fn bench() -> Result<()> {
    build_server()?;
    cargo(&[
        "build",
        "--profile",
        "ci",
        "--package",
        "grantd-bench",
        "--bins",
        "--quiet",
    ])?;
    let programs = target_directory()?.join("ci");
    succeed(Command::new(programs.join("compare")).arg("--smoke"))
}

fn build_server() -> Result<()> {
    cargo(&["build", "--profile", "ci", "--package", "grantd", "--quiet"])
}

/// Where this very program was built: `<target>/<profile>/xtask`.
fn target_directory() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let target = own.ancestors().nth(2).context("xtask lies in a target directory")?;
    Ok(target.to_path_buf())
}
