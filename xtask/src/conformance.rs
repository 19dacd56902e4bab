//! `cargo xtask test --only conformance`: client libraries and MCP clients in three languages, driven against the built
//! server over TLS. Installs what they are locked to; knows nothing of what they check (`conformance/clients`,
//! `conformance/mcp`).

use crate::machine;
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The command that runs both suites against the server that was built below `target`.
///
/// # Errors
/// When something that is needed is missing and cannot be installed from here.
pub(crate) fn command(target: &Path) -> Result<Command> {
    let suites = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance");
    let installed = target.join("conformance");
    let python = |name: &str, requirements: &str| machine::python(&installed.join(name), &suites.join(requirements));
    let own = python("python", "clients/requirements.txt")?;
    let first = python("mcp-python-1", "mcp/python/sdk1.txt")?;
    let second = python("mcp-python-2", "mcp/python/sdk2.txt")?;
    let clients = machine::node(&installed.join("clients-node"), &suites.join("clients/node"))?;
    let mcp = machine::node(&installed.join("mcp-node"), &suites.join("mcp/node"))?;
    let go = machine::go(&suites.join("clients/go"), &installed.join("clients-go"))?;
    let mut command = Command::new(own);
    command
        .arg("-B")
        .arg(suites.join("stage/run.py"))
        .args(["clients", "mcp"])
        .env("GRANTD", target.join("ci/grantd"))
        .env("CLIENTS_NODE", clients)
        .env("CLIENTS_GO", go)
        .env("STAGE_NODE", brought_node(&mcp))
        .env("MCP_NODE", mcp)
        .env("MCP_PYTHON_1", first)
        .env("MCP_PYTHON_2", second);
    Ok(command)
}

/// The Node that runs the programs. Some need a newer one than distributions have: a locked package brings it, where there
/// is one for this machine.
fn brought_node(packages: &Path) -> PathBuf {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    let brought = packages.join(format!("node_modules/node-linux-{architecture}/bin/node"));
    if brought.is_file() {
        brought
    } else {
        PathBuf::from("node")
    }
}
