//! Ends the server when the process that started it ends, even by SIGKILL: a shell waits on a pipe whose other end
//! only that process holds. It must not know what the server is used for.

use super::binaries::{Account, Binaries, as_account};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The waiting shell. Dropping it stops the server and removes its files before it returns.
pub(super) struct Watchdog(Child);

/// Signals of the terminal reach the whole process group; the shell outlives them to do its work.
const SCRIPT: &str = r#"trap '' INT TERM HUP QUIT
read -r _
"$1/pg_ctl" -D "$2/data" stop -m immediate -w
rm -rf "$2"
"#;

impl Watchdog {
    pub(super) fn start(binaries: &Binaries, account: Option<Account>, home: &Path) -> std::io::Result<Self> {
        let mut shell = as_account(Command::new("/bin/sh"), account);
        shell.args(["-c", SCRIPT, "watchdog"]).arg(binaries.folder()).arg(home);
        shell
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map(Self)
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // Nobody is left to tell if the shell cannot be waited for.
        let _ = self.0.wait();
    }
}
