//! One process of the server, and the stage that several processes, beside or after one another, share: the realms'
//! files, the data directory and the store.

use super::Realm;
use super::realm::realm_file;
use serde_json::Value;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// Far beyond what a start takes on a busy machine.
const START: Duration = Duration::from_secs(120);

/// What outlives a process.
pub(crate) struct Stage {
    folder: TempDir,
    realms: Vec<PathBuf>,
    storage: Option<String>,
    environment: Vec<(&'static str, String)>,
}

/// A running server.
pub(crate) struct Node {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Its metrics.
    pub(crate) metrics: String,
    process: Child,
}

impl Stage {
    /// Realms with the sections in which they differ, on SQLite, or on the database of the URL.
    pub(crate) fn new(realms: &[(Realm, &str)], storage: Option<String>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let realms = realms
            .iter()
            .map(|(realm, settings)| realm_file(folder.path(), *realm, settings))
            .collect();
        Self {
            folder,
            realms,
            storage,
            environment: Vec::new(),
        }
    }

    /// Sets a variable in the processes that are started from now on.
    pub(crate) fn with(mut self, variable: &'static str, value: &str) -> Self {
        self.environment.push((variable, value.to_owned()));
        self
    }

    /// The data directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The arguments that name this stage's store to a command.
    pub(crate) fn store_arguments(&self) -> Vec<String> {
        let mut arguments = vec!["--data".to_owned(), self.data().display().to_string()];
        if let Some(url) = &self.storage {
            arguments.extend(["--storage".to_owned(), url.clone()]);
        }
        arguments
    }

    /// The file of one of the realms.
    pub(crate) fn realm(&self, index: usize) -> &Path {
        &self.realms[index]
    }

    /// Starts a process, and returns when it is ready.
    pub(crate) async fn start(&self) -> Node {
        let mut command = self.command();
        command
            .arg("dev")
            .args(["--listen", "127.0.0.1:0", "-o", "json"])
            .args(self.store_arguments());
        for realm in &self.realms {
            command.arg("--realm").arg(realm);
        }
        let mut process = command.stdout(Stdio::piped()).spawn().expect("the server starts");
        let mut lines = BufReader::new(process.stdout.take().expect("standard output")).lines();
        let line = tokio::time::timeout(START, lines.next_line())
            .await
            .expect("ready in time");
        let line = line
            .expect("standard output")
            .expect("the server says that it is ready");
        let said: Value = serde_json::from_str(&line).expect("one line of JSON");
        Node {
            address: said["listen"]
                .as_str()
                .expect("an address")
                .parse()
                .expect("an address"),
            metrics: said["metrics"].as_str().expect("an address").to_owned(),
            process,
        }
    }

    /// Runs another command of the binary to its end; its standard output as JSON.
    pub(crate) async fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_slice(&self.run(arguments).await).expect("JSON")
    }

    /// Runs another command of the binary to its end; its standard output.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Vec<u8> {
        let output = self
            .command()
            .args(arguments)
            .args(self.store_arguments())
            .output()
            .await
            .expect("the command runs");
        let (said, meant) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(output.status.success(), "{arguments:?}: {meant}{said}");
        output.stdout
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_grantd"));
        command
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .kill_on_drop(true)
            .stdin(Stdio::null());
        command
    }
}

impl Node {
    /// Ends the process at once, as a power cut would, and waits until it is gone.
    pub(crate) async fn kill(mut self) {
        self.process.kill().await.expect("the process ends");
    }

    /// The same for a process that others still talk to; nobody waits for its end.
    pub(crate) fn kill_now(&self) {
        self.signal("-KILL");
    }

    /// Asks the process to stop, as a service manager does.
    pub(crate) fn terminate(&self) {
        self.signal("-TERM");
    }

    fn signal(&self, signal: &str) {
        let id = self.process.id().expect("a running process").to_string();
        let sent = std::process::Command::new("kill")
            .args([signal, &id])
            .status()
            .expect("kill runs");
        assert!(sent.success());
    }

    /// Waits until the process has ended by itself.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let end = tokio::time::timeout(START, self.process.wait()).await;
        end.expect("the process ends in time").expect("an exit status")
    }
}
