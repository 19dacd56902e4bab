//! Programs of a distribution's packages, unpacked and not installed, so that no service starts. Must not know what they are
//! tested with.
#![expect(clippy::print_stdout, reason = "a chore talks to its caller")]

use crate::machine::{run, which};
use anyhow::{Context as _, Result, bail};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program of a distribution's package of the same name: the installed one, or else the package's own, unpacked into a
/// folder, so that nothing is installed and no service starts.
///
/// # Errors
/// When it is not there and the package cannot be fetched; says what to install.
pub(crate) fn packaged(name: &str, program: &str, folder: &Path) -> Result<PathBuf> {
    let unpacked = folder.join(name).join(program);
    let usual = Path::new("/").join(program);
    let found = which(name).or_else(|| [usual, unpacked.clone()].into_iter().find(|path| path.is_file()));
    if let Some(found) = found {
        return Ok(found);
    }
    unpack(name, &[name], folder)?;
    if unpacked.is_file() {
        Ok(unpacked)
    } else {
        bail!("the package {name} has no {program}")
    }
}

/// What RabbitMQ of a distribution is made of, its Erlang included.
const RABBITMQ: &[&str] = &[
    "erlang-asn1",
    "erlang-base",
    "erlang-crypto",
    "erlang-eldap",
    "erlang-ftp",
    "erlang-inets",
    "erlang-mnesia",
    "erlang-os-mon",
    "erlang-parsetools",
    "erlang-public-key",
    "erlang-runtime-tools",
    "erlang-snmp",
    "erlang-ssl",
    "erlang-syntax-tools",
    "erlang-tftp",
    "erlang-tools",
    "erlang-xmerl",
    "rabbitmq-server",
];

/// The directory below which RabbitMQ lies as if it were installed there: `/` where it is, else a folder.
///
/// # Errors
/// When it is not there and the packages cannot be fetched; says what to install.
pub(crate) fn rabbitmq(folder: &Path) -> Result<PathBuf> {
    let root = folder.join("rabbitmq-server");
    let has_it = |root: &Path| root.join("usr/lib/rabbitmq").is_dir() && root.join("usr/lib/erlang").is_dir();
    if has_it(Path::new("/")) {
        return Ok(PathBuf::from("/"));
    }
    if !has_it(&root) {
        unpack("rabbitmq-server", RABBITMQ, folder)?;
    }
    Ok(root)
}

/// Unpacks packages into `folder/name`, one over the other.
fn unpack(name: &str, packages: &[&str], folder: &Path) -> Result<()> {
    let missing = format!("missing: {name}. Install it (Debian: apt-get install {name}) and run the tests again.");
    if which("apt-get").is_none() || which("dpkg-deb").is_none() {
        bail!(missing);
    }
    println!("fetching the package {name}");
    std::fs::create_dir_all(folder)?;
    let mut fetch = Command::new("apt-get");
    let fetch = fetch.args(["download", "-qq"]).args(packages).current_dir(folder);
    run("apt-get download", fetch).context(missing)?;
    for entry in std::fs::read_dir(folder)? {
        let package = entry?.path();
        let file = package.file_name().and_then(|file| file.to_str()).unwrap_or_default();
        let is_wanted = file.split_once('_').is_some_and(|(own, _)| packages.contains(&own));
        if is_wanted {
            let mut unpack = Command::new("dpkg-deb");
            run("dpkg-deb", unpack.arg("-x").arg(&package).arg(folder.join(name)))?;
        }
    }
    Ok(())
}

/// Where the libraries are that an unpacked HAProxy needs beside the usual ones; nowhere where it is installed.
///
/// # Errors
/// When their packages cannot be fetched; says what to install.
pub(crate) fn haproxy_libraries(haproxy: &Path, programs: &Path) -> Result<OsString> {
    if !haproxy.starts_with(programs) {
        return Ok(OsString::new());
    }
    let place = format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH);
    let mut folders = Vec::new();
    for (package, library) in [
        ("liblua5.3-0", "liblua5.3.so.0"),
        ("libopentracing-c-wrapper0", "libopentracing-c-wrapper.so.0"),
        ("libopentracing1", "libopentracing.so.1"),
    ] {
        let found = packaged(package, &format!("{place}/{library}"), programs)?;
        folders.extend(found.parent().map(Path::to_path_buf));
    }
    Ok(std::env::join_paths(folders)?)
}
