//! How a server is to be started: realm files, storage, data, environment. Also runs commands that are to end.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The command line of `grantd dev`.
#[derive(Clone, Default)]
pub(crate) struct Launch {
    realms: Vec<String>,
    storage: Option<String>,
    data: Option<PathBuf>,
    listen: Option<String>,
    environment: Vec<(String, String)>,
}

impl Launch {
    /// The built-in demo realm, a temporary folder, any free port.
    pub(crate) fn demo() -> Self {
        Self::default()
    }

    /// Serves a realm file with this text; repeatable.
    pub(crate) fn realm(mut self, text: impl Into<String>) -> Self {
        self.realms.push(text.into());
        self
    }

    /// Keeps data in a database elsewhere.
    pub(crate) fn storage(mut self, url: &str) -> Self {
        self.storage = Some(url.to_owned());
        self
    }

    /// Keeps data in this folder (or `:memory:`) instead of a temporary one.
    pub(crate) fn data(mut self, folder: impl AsRef<Path>) -> Self {
        self.data = Some(folder.as_ref().to_owned());
        self
    }

    /// Listens here instead of at a free port.
    pub(crate) fn listen(mut self, address: &str) -> Self {
        self.listen = Some(address.to_owned());
        self
    }

    /// Sets a variable of the server's environment.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The command. Realm files are written into `folder`, which also holds the data unless told otherwise.
    pub(crate) fn command(&self, folder: &Path) -> Command {
        let mut command = grantd();
        command.args(["dev", "-o", "json", "--listen"]);
        command.arg(self.listen.as_deref().unwrap_or("127.0.0.1:0"));
        command
            .arg("--data")
            .arg(self.data.clone().unwrap_or_else(|| folder.join("data")));
        for (index, text) in self.realms.iter().enumerate() {
            let file = folder.join(format!("realm-{index}.toml"));
            std::fs::write(&file, text).unwrap();
            command.arg("--realm").arg(file);
        }
        if let Some(storage) = &self.storage {
            command.args(["--storage", storage]);
        }
        command.envs(self.environment.iter().cloned());
        command
    }

    /// Runs the command to its end: for starts that must fail.
    pub(crate) fn fail(&self) -> Failed {
        let folder = tempfile::tempdir().unwrap();
        finish(&mut self.command(folder.path()))
    }
}

/// The binary under test.
pub(crate) fn grantd() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_grantd"));
    command.stdin(Stdio::null());
    command
}

/// What a command that ended left behind.
pub(crate) struct Failed {
    /// The exit code.
    pub(crate) code: i32,
    /// Standard error.
    pub(crate) error: String,
    /// Standard output.
    pub(crate) output: String,
}

/// Runs a command to its end.
pub(crate) fn finish(command: &mut Command) -> Failed {
    let Output { status, stdout, stderr } = command.output().unwrap();
    Failed {
        code: status.code().unwrap_or(-1),
        error: String::from_utf8_lossy(&stderr).into_owned(),
        output: String::from_utf8_lossy(&stdout).into_owned(),
    }
}
