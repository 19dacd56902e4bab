//! Where PostgreSQL's programs are and who runs them. It must not know what they are run for.

use super::TestServerError;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The folder of PostgreSQL's programs.
pub(super) struct Binaries(PathBuf);

/// An account of the operating system.
#[derive(Clone, Copy)]
pub(super) struct Account {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl Binaries {
    /// The newest of Debian's side-by-side versions, or what PATH has.
    pub(super) fn find() -> Option<Self> {
        let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let newest = versions
            .filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path())))
            .filter(|(_, path)| path.join("bin/initdb").is_file())
            .max();
        let in_path = || {
            let path = std::env::var_os("PATH")?;
            std::env::split_paths(&path).find(|folder| folder.join("initdb").is_file())
        };
        newest.map(|(_, path)| path.join("bin")).or_else(in_path).map(Self)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.0
    }

    /// A command that runs one of the programs as `account`.
    pub(super) fn command(&self, program: &str, account: Option<Account>) -> Command {
        as_account(Command::new(self.0.join(program)), account)
    }
}

/// Lets a command run as `account`, in a folder that everybody may enter.
pub(super) fn as_account(mut command: Command, account: Option<Account>) -> Command {
    if let Some(account) = account {
        command.gid(account.gid).uid(account.uid);
    }
    command.current_dir("/");
    command
}

/// Root runs the server as `postgres`; anybody else runs it as themselves.
pub(super) fn account_to_use() -> Result<Option<Account>, TestServerError> {
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
    if !is_root {
        return Ok(None);
    }
    let accounts = std::fs::read_to_string("/etc/passwd")?;
    let account = accounts.lines().find_map(|line| {
        let mut fields = line.strip_prefix("postgres:")?.split(':').skip(1);
        let uid = fields.next()?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some(Account { uid, gid })
    });
    account.map(Some).ok_or(TestServerError::NoAccount)
}

/// Runs a command to its end. The server that `pg_ctl` leaves behind writes to its own log, not to this pipe.
pub(super) fn run(command: &mut Command) -> Result<(), TestServerError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(TestServerError::Program {
        program,
        output: format!("{}: {}", output.status, String::from_utf8_lossy(&said)),
    })
}
