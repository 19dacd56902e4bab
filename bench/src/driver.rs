//! The handle that `compare` holds on a `load` process.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command as Process, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::job::{Command, Reply, Slice};
use crate::script::{Script, Value};
use crate::serving::sibling;

/// A generator, ended when dropped.
#[derive(Debug)]
pub struct Load {
    child: Child,
    commands: ChildStdin,
    replies: BufReader<ChildStdout>,
}

/// The number of a target within its generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TargetId(usize);

impl Load {
    /// Starts a generator.
    ///
    /// # Errors
    /// When the program is missing.
    pub fn start() -> Result<Self> {
        let mut child = Process::new(sibling("load")?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let commands = child.stdin.take().context("no standard input")?;
        let replies = BufReader::new(child.stdout.take().context("no standard output")?);
        Ok(Self {
            child,
            commands,
            replies,
        })
    }

    /// Connects to a server.
    ///
    /// # Errors
    /// When the server does not accept that many connections.
    pub fn open(
        &mut self,
        address: SocketAddr,
        connections: usize,
        script: Script,
        watch: Vec<u32>,
    ) -> Result<TargetId> {
        match self.ask(&Command::Open {
            address,
            connections,
            script,
            watch,
        })? {
            Reply::Opened(target) => Ok(TargetId(target)),
            other => bail!("unexpected answer of the generator: {other:?}"),
        }
    }

    /// Adds values to a target's script.
    ///
    /// # Errors
    /// When the generator ended.
    pub fn add(&mut self, TargetId(target): TargetId, values: Vec<Value>) -> Result<()> {
        self.ask(&Command::Add { target, values }).map(drop)
    }

    /// Drives a target for `seconds`, or until `requests` were sent.
    ///
    /// # Errors
    /// When the server ended, or the generator did.
    pub fn slice(&mut self, TargetId(target): TargetId, seconds: f64, requests: Option<u64>) -> Result<Slice> {
        match self.ask(&Command::Slice {
            target,
            seconds,
            requests,
        })? {
            Reply::Slice(slice) => Ok(slice),
            other => bail!("unexpected answer of the generator: {other:?}"),
        }
    }

    /// Sends `requests` requests, all of which have to be answered well, and gives what the script took from them.
    ///
    /// # Errors
    /// When one was not answered well; the first such answer is in the message.
    pub fn gather(&mut self, target: TargetId, requests: u64) -> Result<Vec<Value>> {
        let slice = self.slice(target, 600.0, Some(requests))?;
        refuse_failures(&slice)?;
        Ok(slice.collected)
    }

    /// Closes a target's connections.
    ///
    /// # Errors
    /// When the generator ended.
    pub fn close(&mut self, TargetId(target): TargetId) -> Result<()> {
        self.ask(&Command::Close { target }).map(drop)
    }

    fn ask(&mut self, command: &Command) -> Result<Reply> {
        let mut line = serde_json::to_string(command)?;
        line.push('\n');
        self.commands
            .write_all(line.as_bytes())
            .context("the generator ended")?;
        let mut answer = String::new();
        self.replies.read_line(&mut answer)?;
        match serde_json::from_str(&answer).context("the generator ended")? {
            Reply::Failed(why) => bail!("{why}"),
            reply => Ok(reply),
        }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A figure counts only when every reply was good: refusing is cheaper than answering.
///
/// # Errors
/// When there was any other reply, with the first of them.
pub fn refuse_failures(slice: &Slice) -> Result<()> {
    if slice.bad() > 0 {
        let example = slice
            .first_refusal
            .as_ref()
            .or(slice.first_error.as_ref())
            .map_or("", |text| text.as_str());
        bail!(
            "{} of {} requests were not answered well, first: {example}",
            slice.bad(),
            slice.bad() + slice.good
        );
    }
    if slice.good == 0 {
        bail!("no request was answered");
    }
    Ok(())
}
