//! What the README, the examples and the manifest say holds.

use crate::process::Server;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

const README: &str = include_str!("../README.md");

fn sources(folder: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.is_file())
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect()
}

#[test]
fn every_scenario_has_its_test() {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec/vectors/scenarios.md");
    let table = std::fs::read_to_string(table).unwrap();
    let all = table.lines().filter(|line| line.starts_with('|')).count();
    let rows = table.lines().filter_map(|line| {
        let (name, rest) = line.strip_prefix("| `")?.split_once("` | ")?;
        let (place, _) = rest.split_once(" | ")?;
        Some((name, ["fake", "server"].iter().position(|known| *known == place)? == 1))
    });
    let rows: Vec<(&str, bool)> = rows.collect();
    // All but the two heads, so that none is passed over because of how it is written.
    assert!(rows.len() > 30 && rows.len() == all - 2 * 2);
    let tests = sources("tests");
    for (name, is_with_server) in rows {
        let (_, before) = tests
            .split_once(&format!("async fn {name}()"))
            .map(|(before, _)| ("", before))
            .unwrap_or_else(|| panic!("{name}"));
        let attributes = before.rsplit("\n\n").next().unwrap();
        assert_eq!(attributes.contains("needs GRANTD_BIN"), is_with_server, "{name}");
    }
}

#[test]
fn the_first_example_is_the_readmes_first_snippet_but_for_the_address() {
    let snippet = README
        .split("```rust,no_run\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let pasted = "    let issuer = \"http://localhost:8400\";\n";
    assert!(snippet.contains(pasted));
    let tested = snippet.replace(pasted, "    let issuer = &std::env::var(\"GRANTD_ISSUER\")?;\n");
    assert!(include_str!("../examples/first.rs").ends_with(&format!("]\n\n{tested}")));
}

#[test]
fn who_only_calls_compiles_neither_axum_nor_tower() {
    let manifest = include_str!("../Cargo.toml");
    let tree = |features: &str| {
        let output = Command::new(env!("CARGO"))
            .args([
                "tree",
                "--offline",
                "--package",
                "grantd-sdk",
                "--edges",
                "normal",
                "--prefix",
                "none",
            ])
            .args(["--no-default-features", "--features", features])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let names = |features: &str| -> Vec<String> {
        tree(features)
            .lines()
            .filter_map(|line| line.split(' ').next().map(str::to_owned))
            .collect()
    };
    let client = names("client");
    assert!(client.contains(&"reqwest".to_owned()));
    for other in ["axum", "axum-core", "miniz_oxide", "reqwest-middleware"] {
        assert!(!client.contains(&other.to_owned()), "{other}");
    }
    assert!(names("axum").contains(&"axum-core".to_owned()));
    for feature in ["client", "verifier", "tower", "axum", "reqwest-middleware", "testing"] {
        assert!(manifest.contains(&format!("\n{feature} = [")), "{feature}");
        assert!(README.contains(&format!("| `{feature}`")), "{feature}");
    }
}

/// A built example.
fn example(name: &str) -> Command {
    let built = std::env::current_exe().unwrap();
    let folder: PathBuf = built.ancestors().nth(2).unwrap().join("examples");
    Command::new(folder.join(name))
}

fn output(command: &mut Command) -> (bool, String) {
    let Output { status, stdout, .. } = command.output().unwrap();
    (status.success(), String::from_utf8(stdout).unwrap())
}

#[test]
#[ignore = "needs GRANTD_BIN"]
fn the_first_snippet_runs_against_the_server() {
    let server = Server::start();
    let mut first = example("first");
    first
        .env("GRANTD_ISSUER", server.issuer())
        .env("GRANTD_SECRET", server.secret("nightly-export"));
    assert_eq!(
        output(&mut first),
        (true, "nightly-export may invoices:read\n".to_owned())
    );
}

/// Ends with its owner.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "needs GRANTD_BIN"]
fn the_vendors_client_calls_the_api() {
    let server = Server::start();
    let mut api = example("axum_api");
    api.env("GRANTD_ISSUER", server.issuer())
        .env("GRANTD_API_SECRET", server.secret("acme-api"))
        .env("ACME_LISTEN", "127.0.0.1:0")
        .stdout(Stdio::piped());
    let mut api = Running(api.spawn().unwrap());
    let mut base = String::new();
    BufReader::new(api.0.stdout.take().unwrap())
        .read_line(&mut base)
        .unwrap();
    let vendor = |scopes: &str| {
        let mut vendor = example("vendor_client");
        vendor
            .env("GRANTD_ISSUER", server.issuer())
            .env("ACME_BASE", base.trim());
        vendor
            .env("GRANTD_SECRET", server.secret("nightly-export"))
            .env("ACME_SCOPES", scopes);
        vendor
    };
    let created = output(vendor("customers:*").arg("Bob Example"));
    assert_eq!(
        created,
        (true, "created c2\nc1 Ada Example\nc2 Bob Example\n".to_owned())
    );
    let lacking = vendor("customers:read").arg("Nobody").output().unwrap();
    assert!(!lacking.status.success());
    let said = String::from_utf8(lacking.stderr).unwrap();
    assert!(said.contains("customers:write"), "{said}");
    let listed = output(&mut vendor("customers:read"));
    assert_eq!(listed, (true, "c1 Ada Example\nc2 Bob Example\n".to_owned()));
    // Without a token, and with what is no key.
    let mut stranger = vendor("customers:read");
    assert!(!output(stranger.env("ACME_KEY", "no-such-key")).0);
}
