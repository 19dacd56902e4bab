//! `grantd init`: a first configuration to change. It writes three files and replaces none.

use super::output::Output;
use crate::config::{self, Problems};
use crate::keys::{MasterKey, MasterKeyFault};
use clap::Args;
use grantd_protocol::Entropy;
use serde_json::json;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

const SERVER: &str = include_str!("../../../../examples/grantd.toml");
const REALM: &str = include_str!("init/realm.toml");

/// Arguments of `grantd init`.
#[derive(Clone, Debug, Args)]
pub struct InitArgs {
    /// The directory to write to; made if it is not there
    #[arg(default_value = ".")]
    pub directory: PathBuf,
    /// The realm's name
    #[arg(long, default_value = "main")]
    pub realm: String,
    /// The name that people see
    #[arg(long, default_value = "Main")]
    pub display_name: String,
    /// The issuer identifier, an https URL
    #[arg(long, default_value = "http://localhost:8400")]
    pub issuer: String,
    /// How to answer
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Output,
}

/// What was written.
#[derive(Clone, Debug)]
pub struct Written {
    /// `grantd.toml`.
    pub server: PathBuf,
    /// The realm's file.
    pub realm: PathBuf,
    /// The master key's.
    pub key: PathBuf,
}

impl Written {
    /// Tells what was written and how to go on.
    pub fn show(&self, output: Output) {
        let (server, realm, key) = (self.server.display(), self.realm.display(), self.key.display());
        let value = json!({ "config": self.server, "realm": self.realm, "master_key": self.key });
        let lines = format!(
            "wrote {server}\n      {realm}\n      {key} (keep a copy apart from the database's backups)\n\
             next: grantd config check {server}, then grantd serve --config {server}"
        );
        output.done(&value, &lines);
    }
}

/// Why nothing, or not everything, was written. All of them end with exit code 2.
#[derive(Debug, thiserror::Error)]
pub enum InitFault {
    /// A file is there already.
    #[error("{} exists already; nothing was written. Name another directory, or remove the file first", path.display())]
    Exists {
        /// Which.
        path: PathBuf,
    },
    /// The name or the issuer cannot be.
    #[error("{0}")]
    Wrong(Problems),
    /// The master key could not be written.
    #[error(transparent)]
    Key(#[from] MasterKeyFault),
    /// The file system refused.
    #[error("cannot write {}: {cause}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
}

/// Writes `grantd.toml`, `realms/NAME.toml` and `master.key`.
///
/// # Errors
/// See [`InitFault`]; a file that exists is never touched.
pub fn run(args: &InitArgs, entropy: &dyn Entropy) -> Result<Written, InitFault> {
    let directory = &args.directory;
    let server_file = directory.join("grantd.toml");
    let realm_file = directory.join("realms").join(format!("{}.toml", args.realm));
    let key_file = directory.join("master.key");
    let realm = realm_text(args);
    // Judged before anything is written, and before the realm's name becomes part of a path.
    config::parse_realm(Path::new("--realm, --display-name, --issuer"), &realm).map_err(InitFault::Wrong)?;
    for path in [&server_file, &realm_file, &key_file] {
        if path.symlink_metadata().is_ok() {
            return Err(InitFault::Exists { path: path.clone() });
        }
    }
    let realms = directory.join("realms");
    std::fs::create_dir_all(&realms).map_err(|cause| InitFault::Io { path: realms, cause })?;
    // The key comes first: a configuration without it would look complete.
    MasterKey::create(&key_file, entropy)?;
    write_new(&server_file, &server_text())?;
    write_new(&realm_file, &realm)?;
    Ok(Written {
        server: server_file,
        realm: realm_file,
        key: key_file,
    })
}

/// The commented example with its master key switched on.
fn server_text() -> String {
    SERVER.replace("# master_key_file = ", "master_key_file = ")
}

fn realm_text(args: &InitArgs) -> String {
    let values = [
        ("{{name}}", &args.realm),
        ("{{display_name}}", &args.display_name),
        ("{{issuer}}", &args.issuer),
    ];
    values.into_iter().fold(REALM.to_owned(), |text, (place, value)| {
        // JSON's escapes are TOML's, so a quote in a name stays inside its string.
        let quoted = serde_json::Value::from(value.as_str()).to_string();
        let inside = quoted.trim_start_matches('"').strip_suffix('"').unwrap_or_default();
        text.replace(place, inside)
    })
}

fn write_new(path: &Path, text: &str) -> Result<(), InitFault> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|cause| match cause.kind() {
        std::io::ErrorKind::AlreadyExists => InitFault::Exists { path: path.into() },
        _ => InitFault::Io {
            path: path.into(),
            cause,
        },
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::ambient::SystemEntropy;
    use crate::config::{Environment, load_server};
    use std::os::unix::fs::PermissionsExt as _;

    fn args(directory: &Path) -> InitArgs {
        InitArgs {
            directory: directory.to_owned(),
            realm: "main".to_owned(),
            display_name: "Ada \"& Sons\" {{issuer}}".to_owned(),
            issuer: "https://id.example".to_owned(),
            output: Output::Text,
        }
    }

    #[test]
    fn what_is_written_is_a_valid_configuration_with_a_private_key() {
        let folder = tempfile::tempdir().unwrap();
        run(&args(&folder.path().join("new/place")), &SystemEntropy).unwrap();
        let file = folder.path().join("new/place/grantd.toml");
        let config = load_server(&file, &Environment::new()).unwrap_or_else(|problems| panic!("{problems}"));
        assert!(config.master_key.is_some());
        assert_eq!(&*config.realms[0].realm.issuer, "https://id.example");
        let mode = std::fs::metadata(folder.path().join("new/place/master.key"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_exists_is_never_replaced_and_nothing_else_is_written() {
        for existing in ["grantd.toml", "realms/main.toml", "master.key"] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(existing);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, "mine").unwrap();
            let fault = run(&args(folder.path()), &SystemEntropy).unwrap_err();
            assert!(matches!(fault, InitFault::Exists { .. }), "{existing}: {fault}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
            let others = ["grantd.toml", "realms/main.toml", "master.key"]
                .into_iter()
                .filter(|name| *name != existing);
            assert!(
                others.into_iter().all(|name| !folder.path().join(name).exists()),
                "{existing}"
            );
        }
    }

    #[test]
    fn a_bad_name_or_issuer_is_refused_before_anything_is_written() {
        for (realm, issuer) in [("../up", "https://id.example"), ("main", "https://id.example/")] {
            let folder = tempfile::tempdir().unwrap();
            let args = InitArgs {
                realm: realm.to_owned(),
                issuer: issuer.to_owned(),
                ..args(folder.path())
            };
            assert!(matches!(run(&args, &SystemEntropy), Err(InitFault::Wrong(_))));
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }
}
