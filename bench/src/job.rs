//! What `compare` asks of the `load` process, one JSON line each way.
//!
//! The generator is a process of its own so that its processor time can be told from everything else, and it stays
//! alive across slices so that connections are warm and chains of refresh tokens go on.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::script::{Script, Value};

/// A request to the generator.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Connects to a server; targets are numbered from 0 in the order they are opened.
    Open {
        /// Where it listens.
        address: SocketAddr,
        /// Connections, each with one request in flight.
        connections: usize,
        /// What to send.
        script: Script,
        /// Processes whose processor time (descendants included) belongs to this target.
        watch: Vec<u32>,
    },
    /// Adds values to a target's script.
    Add {
        /// The target.
        target: usize,
        /// The values.
        values: Vec<Value>,
    },
    /// Drives one target, and no other, until a limit is reached or its script runs dry.
    Slice {
        /// The target.
        target: usize,
        /// Longest time, in seconds.
        seconds: f64,
        /// Most requests.
        requests: Option<u64>,
    },
    /// Closes a target's connections; its number is not used again.
    Close {
        /// The target.
        target: usize,
    },
}

/// The generator's answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The number of the target that was opened.
    Opened(usize),
    /// Done.
    Done,
    /// What a slice measured.
    Slice(Slice),
    /// Why it could not be done.
    Failed(String),
}

/// One slice.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Slice {
    /// Time until the limit was reached or the last reply came.
    pub seconds: f64,
    /// Replies within that time that were as the script expects.
    pub good: u64,
    /// Replies that were complete within that time, by status.
    pub statuses: std::collections::BTreeMap<u16, u64>,
    /// Requests without a reply that can be measured.
    pub errors: u64,
    /// The first of those errors, in words.
    pub first_error: Option<String>,
    /// Status and body of the first reply that was not.
    pub first_refusal: Option<String>,
    /// Connections that the server closed after a complete reply.
    pub reconnects: u64,
    /// Latencies, as [`crate::histogram::Histogram::to_pairs`].
    pub latencies: Vec<(usize, u64)>,
    /// Processor time of the watched processes, in seconds.
    pub server_cpu: f64,
    /// Processor time of the generator itself, in seconds.
    pub own_cpu: f64,
    /// What the script took from replies and does not send itself.
    pub collected: Vec<Value>,
    /// Values that still wait.
    pub waiting: usize,
}

impl Slice {
    /// Replies that were not as expected, and errors.
    #[must_use]
    pub fn bad(&self) -> u64 {
        self.statuses.values().sum::<u64>().saturating_sub(self.good) + self.errors
    }

    /// Good replies per second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        if self.seconds > 0.0 {
            self.good as f64 / self.seconds
        } else {
            0.0
        }
    }

    /// Microseconds of the server's processor time per good reply.
    #[must_use]
    pub fn server_micros(&self) -> f64 {
        if self.good > 0 {
            self.server_cpu * 1e6 / self.good as f64
        } else {
            0.0
        }
    }
}
