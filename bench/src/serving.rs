//! Processes that the comparison starts: they say on standard output when they are ready, and end with their handle.
//!
//! It must not know what they serve.
#![expect(clippy::disallowed_methods, reason = "measuring code reads the monotonic clock")]

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// A child process that is stopped when this is dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    /// Between the start of the process and its first line.
    pub took: Duration,
}

impl Running {
    /// Starts `command` and waits for its first line.
    ///
    /// # Errors
    /// When it cannot be started, ends without a line, or says nothing for `patience`.
    pub fn start(command: &mut Command, patience: Duration) -> Result<(Self, String)> {
        let name = format!("{}", command.get_program().to_string_lossy());
        let started = Instant::now();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{name} cannot be started"))?;
        let stdout = child.stdout.take().context("no standard output")?;
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
            drop(sender.send(lines.next()));
            // Whatever else it says is read, so that it never waits for a full pipe.
            lines.for_each(drop);
        });
        let mut running = Self {
            child,
            took: Duration::ZERO,
        };
        match receiver.recv_timeout(patience) {
            Ok(Some(line)) => {
                running.took = started.elapsed();
                Ok((running, line))
            }
            Ok(None) => bail!("{name} ended with {} before it was ready", running.child.wait()?),
            Err(_) => bail!("{name} was not ready within {} s", patience.as_secs()),
        }
    }

    /// The process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks the process to end (SIGTERM) and waits; after 20 s it is ended by force.
    ///
    /// # Errors
    /// When it cannot be signalled.
    pub fn stop(mut self) -> Result<()> {
        Command::new("kill")
            .arg(self.child.id().to_string())
            .status()
            .context("sending SIGTERM")?;
        let deadline = Instant::now() + Duration::from_secs(20);
        while Instant::now() < deadline {
            if self.child.try_wait()?.is_some() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        bail!("the process did not end within 20 s of SIGTERM")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself; there is nobody left to tell.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A program of this workspace, built beside the running one.
///
/// # Errors
/// When it is not there, with the command that makes it.
pub fn sibling(name: &str) -> Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    if !path.is_file() {
        bail!("{} is missing; `cargo xtask bench` builds it", path.display());
    }
    Ok(path)
}

/// A directory of its own that goes with this handle.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes an empty directory below `parent`, or below the system's directory for temporary files.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(parent: Option<&std::path::Path>, name: &str) -> Result<Self> {
        let parent = parent.map_or_else(std::env::temp_dir, std::path::Path::to_path_buf);
        let path = parent.join(format!("grantd-bench-{name}-{}", std::process::id()));
        drop(std::fs::remove_dir_all(&path));
        std::fs::create_dir_all(&path).with_context(|| format!("making {}", path.display()))?;
        Ok(Self(path))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &std::path::Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}
