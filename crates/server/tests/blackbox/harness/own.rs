//! A server of its own whose data commands work on, beside it and after it has stopped.

use super::launch::{Failed, finish, grantd};
use super::{Launch, Realm, Server};
use crate::attack::stage::DEMO;
use serde_json::Value;

/// The server and its data.
pub(crate) struct Own {
    /// The server.
    pub(crate) server: Server,
    /// Its data directory.
    pub(crate) data: tempfile::TempDir,
    storage: Option<String>,
}

impl Own {
    /// Starts one with the demo realm, in a file or in the database at this URL.
    pub(crate) fn start(storage: Option<String>) -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut launch = Launch::demo().data(data.path()).env("GRANTD__LOG__LEVEL", "debug");
        if let Some(url) = &storage {
            launch = launch.storage(url);
        }
        Self {
            server: Server::start(launch),
            data,
            storage,
        }
    }

    /// The demo realm.
    pub(crate) fn realm(&self) -> Realm {
        self.server.realm()
    }

    /// Runs a command on the data.
    pub(crate) fn run(&self, command: &[&str]) -> Failed {
        self.run_with(("", ""), command)
    }

    /// Runs a command on the data, with something else in place of a text of the realm's file.
    pub(crate) fn run_with(&self, (text, other): (&str, &str), command: &[&str]) -> Failed {
        assert!(DEMO.contains(text), "{text}");
        // `dev` moves the realm's addresses to its port; commands read the same from a file.
        let realm = self.data.path().join("realm.toml");
        let moved = DEMO.replace("http://localhost:8400", &self.realm().issuer());
        std::fs::write(&realm, moved.replacen(text, other, 1)).unwrap();
        let mut run = grantd();
        run.args(command).arg("--data").arg(self.data.path());
        if let Some(url) = &self.storage {
            run.args(["--storage", url]);
        }
        finish(run.arg("--realm").arg(realm))
    }

    /// Runs a command that must succeed; its answer.
    pub(crate) fn json(&self, command: &[&str]) -> Value {
        let done = self.run(&[command, &["-o", "json"]].concat());
        assert_eq!(done.code, 0, "{}", done.error);
        serde_json::from_str(&done.output).unwrap()
    }

    /// An API key of the demo tenant.
    pub(crate) fn key(&self) -> Value {
        let tenant = ["--tenant", "acme-berlin", "--scope", "invoices:read"];
        self.json(&[&["api-key", "create", "--name", "T"], &tenant[..]].concat())
    }
}
