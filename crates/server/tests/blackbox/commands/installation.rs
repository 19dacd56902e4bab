//! An installation made by `grantd init`, and the server that runs from it.

use crate::harness::launch::{Failed, finish, grantd};
use serde_json::Value;
use std::io::BufReader;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

/// An installation made by `grantd init`, its listener at a free port.
pub(crate) struct Installation {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) port: u16,
}

impl Installation {
    pub(crate) fn new() -> Self {
        Self::speaking("http")
    }

    /// One whose issuer has this scheme.
    pub(crate) fn speaking(scheme: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let issuer = format!("{scheme}://localhost:{port}");
        let made = finish(grantd().arg("init").arg(folder.path()).args(["--issuer", &issuer]));
        assert_eq!(made.code, 0, "{}", made.error);
        let new = Self { folder, port };
        let text = new
            .config()
            .replace("127.0.0.1:8400", &format!("127.0.0.1:{port}"))
            .replace("127.0.0.1:9090", "127.0.0.1:0");
        std::fs::write(new.file(), text).unwrap();
        new
    }

    pub(crate) fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("grantd.toml")
    }

    pub(crate) fn config(&self) -> String {
        std::fs::read_to_string(self.file()).unwrap()
    }

    pub(crate) fn database(&self) -> std::path::PathBuf {
        self.folder.path().join("data/grantd.db")
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Failed {
        finish(self.command(arguments))
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> &'static mut Command {
        let mut command = grantd();
        command
            .args(arguments)
            .arg("--config")
            .arg(self.file())
            .current_dir(self.folder.path());
        Box::leak(Box::new(command))
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let done = self.run(arguments);
        assert_eq!(done.code, 0, "{arguments:?}: {}", done.error);
        serde_json::from_str(&done.output).unwrap_or_else(|_| panic!("{arguments:?}: {}", done.output))
    }

    /// Serves until dropped; returns once requests are answered.
    pub(crate) fn serve(&self) -> Serving {
        let mut child = self
            .command(&["serve"])
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        wait_for(&mut log, "serves");
        Serving { child, log }
    }
}

/// A server that runs.
pub(crate) struct Serving {
    pub(crate) child: Child,
    pub(crate) log: BufReader<std::process::ChildStderr>,
}

impl Serving {
    pub(crate) fn signal(&self, name: &str) {
        let done = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(self.child.id().to_string())
            .status()
            .unwrap();
        assert!(done.success());
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn wait_for(log: &mut impl std::io::BufRead, text: &str) -> String {
    let mut seen = String::new();
    loop {
        let mut line = String::new();
        assert!(
            log.read_line(&mut line).unwrap() > 0,
            "the log ended without {text:?}: {seen}"
        );
        if line.contains(text) {
            return line;
        }
        seen.push_str(&line);
    }
}
