//! A running `grantd dev`: its ready line, its log, and its end, which comes with the test process even when that is
//! killed.

use super::{Launch, Realm};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A running server.
pub(crate) struct Server {
    /// The ready line.
    pub(crate) ready: Value,
    launch: Launch,
    folder: Option<tempfile::TempDir>,
    child: Child,
    watchdog: Watchdog,
    log: Arc<Mutex<String>>,
    /// What came on standard output after the ready line.
    rest: Option<std::thread::JoinHandle<String>>,
}

impl Server {
    /// Starts one and waits until it is ready.
    pub(crate) fn start(launch: Launch) -> Self {
        Self::start_in(launch, tempfile::tempdir().unwrap())
    }

    fn start_in(launch: Launch, folder: tempfile::TempDir) -> Self {
        let mut command = launch.command(folder.path());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let watchdog = Watchdog::over(child.id());
        let log = Arc::new(Mutex::new(String::new()));
        let mut errors = child.stderr.take().unwrap();
        let kept = Arc::clone(&log);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = errors.read(&mut buffer) {
                lock(&kept).push_str(&String::from_utf8_lossy(&buffer[..length]));
            }
        });
        let (line, rest) = first_line(&mut child);
        let ready = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("no ready line but {line:?}; the log says {}", lock(&log)));
        Self {
            ready,
            launch,
            folder: Some(folder),
            child,
            watchdog,
            log,
            rest: Some(rest),
        }
    }

    /// The first realm of the ready line.
    pub(crate) fn realm(&self) -> Realm {
        self.realm_at(0)
    }

    /// A realm of the ready line.
    pub(crate) fn realm_at(&self, index: usize) -> Realm {
        Realm(self.ready["realms"][index].clone())
    }

    /// The listener's port.
    pub(crate) fn port(&self) -> u16 {
        let issuer = self.realm().issuer();
        let authority = issuer.split("//").nth(1).unwrap().split('/').next().unwrap().to_owned();
        authority.rsplit(':').next().unwrap().parse().unwrap()
    }

    /// The process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has written on standard error so far.
    pub(crate) fn log(&self) -> String {
        lock(&self.log).clone()
    }

    /// Resident memory, in KiB.
    pub(crate) fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Asks it to stop, as an operator does, and waits; gives what came on standard output after the ready line.
    pub(crate) fn stop(&mut self) -> String {
        let status = Command::new("kill").arg(self.pid().to_string()).status().unwrap();
        assert!(status.success());
        self.child.wait().unwrap();
        self.watchdog.dismiss();
        self.rest.take().map(|rest| rest.join().unwrap()).unwrap_or_default()
    }

    /// Kills it as a power cut would and starts it again over the same data.
    pub(crate) fn restart_after_crash(mut self) -> Self {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.watchdog.dismiss();
        let folder = self.folder.take().unwrap();
        Self::start_in(self.launch.clone(), folder)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.watchdog.dismiss();
    }
}

fn lock(log: &Mutex<String>) -> std::sync::MutexGuard<'_, String> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The first line of standard output; a server that says nothing for a minute is broken.
fn first_line(child: &mut Child) -> (String, std::thread::JoinHandle<String>) {
    let (sender, receiver) = std::sync::mpsc::channel();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let rest = std::thread::spawn(move || {
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        sender.send(line).unwrap();
        let mut rest = String::new();
        output.read_to_string(&mut rest).unwrap();
        rest
    });
    (receiver.recv_timeout(Duration::from_secs(60)).unwrap_or_default(), rest)
}

/// A shell that kills the server when the pipe to this process breaks: servers that tests share live in statics, which
/// are never dropped.
struct Watchdog {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Watchdog {
    fn over(pid: u32) -> Self {
        let mut shell = Command::new("/bin/sh")
            .args(["-c", "trap '' INT TERM HUP; read -r _ || kill -9 \"$1\"", "watchdog"])
            .arg(pid.to_string())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let pipe = shell.stdin.take();
        Self { shell, pipe }
    }

    fn dismiss(&mut self) {
        if let Some(mut pipe) = self.pipe.take() {
            // A shell that is gone needs no dismissal.
            let _ = pipe.write_all(b"done\n");
            drop(pipe);
            let _ = self.shell.wait();
        }
    }
}
