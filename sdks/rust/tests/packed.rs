//! The package as somebody gets it: packed together with the two crates that it is published with, and used in an empty
//! project by the README's first snippet, as pasted.

use crate::process::Server;
use std::path::{Path, PathBuf};
use std::process::Command;

const HERE: &str = env!("CARGO_MANIFEST_DIR");
const README: &str = include_str!("../README.md");
const PACKAGES: [&str; 3] = ["grantd-jose", "grantd-protocol", "grantd-sdk"];

/// Profiles as the workspace has them, so that what both need of others is compiled once.
const PROFILES: &str = r#"
[profile.dev]
debug = "line-tables-only"

[profile.ci]
inherits = "dev"
opt-level = 1
lto = "off"
incremental = false
"#;

#[test]
#[ignore = "needs GRANTD_BIN"]
fn the_packed_crates_run_the_first_snippet_in_an_empty_project() {
    let server = Server::start();
    let (target, profile) = built();
    let place = target.join("sdk-rust");
    let project = place.join("project");
    if project.exists() {
        std::fs::remove_dir_all(&project).unwrap();
    }
    std::fs::create_dir_all(project.join("src")).unwrap();
    pack(&place, &project);
    std::fs::write(project.join("Cargo.toml"), manifest()).unwrap();
    std::fs::copy(Path::new(HERE).join("../../Cargo.lock"), project.join("Cargo.lock")).unwrap();
    std::fs::write(project.join("src/main.rs"), first_snippet(server.issuer())).unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["run", "--offline", "--quiet", "--profile", &profile, "--target-dir"])
        .arg(&target)
        .env("GRANTD_SECRET", server.secret("nightly-export"))
        .current_dir(&project);
    assert_eq!(run(&mut cargo), "nightly-export may invoices:read\n");
}

/// The target directory and the profile that this test was built with.
fn built() -> (PathBuf, String) {
    let program = std::env::current_exe().unwrap();
    let folder = program.ancestors().nth(2).unwrap();
    let name = folder.file_name().unwrap().to_str().unwrap();
    let profile = if name == "debug" { "dev" } else { name };
    (folder.parent().unwrap().to_owned(), profile.to_owned())
}

/// Packs the crates below `place`, and unpacks what came of it into the project.
fn pack(place: &Path, project: &Path) {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args([
        "package",
        "--no-verify",
        "--allow-dirty",
        "--offline",
        "--quiet",
        "--target-dir",
    ]);
    cargo.arg(place).current_dir(HERE);
    run(PACKAGES
        .iter()
        .fold(&mut cargo, |cargo, package| cargo.args(["--package", package])));
    for package in PACKAGES {
        let archive = place.join("package").join(format!("{}.crate", folder(package)));
        run(Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(project));
    }
}

/// A package's folder in its archive.
fn folder(package: &str) -> String {
    format!("{package}-{}", env!("CARGO_PKG_VERSION"))
}

/// A project that knows nothing of the repository: the packed crates stand in for published ones.
fn manifest() -> String {
    let (_, rest) = README.split_once("\ncargo add tokio --features ").unwrap();
    let features = rest
        .lines()
        .next()
        .unwrap()
        .split(',')
        .map(|name| format!("\"{name}\","));
    let features: String = features.collect();
    let patches = PACKAGES.map(|package| format!("{package} = {{ path = \"{}\" }}\n", folder(package)));
    format!(
        "[package]\nname = \"first-program\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
         grantd-sdk = \"{}\"\ntokio = {{ version = \"1\", features = [{features}] }}\n\n\
         [patch.crates-io]\n{}{PROFILES}",
        env!("CARGO_PKG_VERSION"),
        patches.concat()
    )
}

/// As pasted, but for the port.
fn first_snippet(issuer: &str) -> String {
    let (_, rest) = README.split_once("```rust,no_run\n").unwrap();
    let (snippet, _) = rest.split_once("```").unwrap();
    assert!(snippet.contains("\"http://localhost:8400\""));
    snippet.replace("http://localhost:8400", issuer)
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{said}");
    String::from_utf8(output.stdout).unwrap()
}
