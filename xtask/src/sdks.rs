//! `cargo xtask test --only sdk-...`: each SDK's own tests, run against the built server. Knows how what they need is
//! installed, and nothing of what they test (`spec/vectors/scenarios.md`).

use crate::machine;
use anyhow::Result;
use std::path::Path;
use std::process::Command;

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
