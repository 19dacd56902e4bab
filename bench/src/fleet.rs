//! The load generator as `compare` sees it: each target's connections, shared out over as many threads as there are cores.
//!
//! One thread is not enough: on two cores it got a quarter less out of the plain ceiling than two do, and a
//! ceiling that is measured too low flatters the product.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};

use crate::engine::Target;
use crate::histogram::Histogram;
use crate::job::{Command, Reply, Slice};
use crate::procfs;
use crate::script::{Feed, Script, Value};

/// One server, driven by several threads.
#[derive(Debug)]
pub struct Fleet {
    parts: Vec<Target>,
    watch: Vec<u32>,
    /// The part that gets the next value.
    turn: usize,
}

impl Fleet {
    /// Connects, with the connections shared out evenly.
    ///
    /// # Errors
    /// When the server does not accept them.
    pub fn open(address: SocketAddr, connections: usize, script: &Script, watch: Vec<u32>) -> Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = cores.min(connections).max(1);
        let parts = (0..threads)
            .map(|part| {
                let share = connections / threads + usize::from(part < connections % threads);
                // Each begins elsewhere, so that all clients take part however short the slice.
                let first = part * script.templates.len() / threads;
                Target::open(address, share, Feed::new(script.clone()).beginning_at(first))
            })
            .collect::<Result<_>>()?;
        Ok(Self { parts, watch, turn: 0 })
    }

    /// Shares values out in their order, so that the oldest of each part are the oldest of all.
    pub fn add(&mut self, values: Vec<Value>) {
        let mut shares: Vec<Vec<Value>> = self.parts.iter().map(|_| Vec::new()).collect();
        for value in values {
            let part = self.turn % self.parts.len().max(1);
            if let Some(share) = shares.get_mut(part) {
                share.push(value);
            }
            self.turn += 1;
        }
        for (part, share) in self.parts.iter_mut().zip(shares) {
            part.add(share);
        }
    }

    /// Drives the server from all threads at once.
    ///
    /// # Errors
    /// When a watched process is gone, or a thread fails.
    pub fn slice(&mut self, seconds: f64, requests: Option<u64>) -> Result<Slice> {
        let count = self.parts.len().max(1) as u64;
        let (server_before, own_before) = (self.server_cpu()?, own_cpu()?);
        let slices = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..count)
                .zip(&mut self.parts)
                .map(|(part, target)| {
                    let share = requests.map(|all| all / count + u64::from(part < all % count));
                    scope.spawn(move || target.slice(seconds, share))
                })
                .collect();
            let ended = threads
                .into_iter()
                .map(|thread| thread.join().map_err(|_| anyhow!("a thread panicked"))?);
            ended.collect::<Result<Vec<_>>>()
        })?;
        let mut all = sum(slices);
        all.server_cpu = self.server_cpu()?.saturating_sub(server_before).as_secs_f64();
        all.own_cpu = own_cpu()?.saturating_sub(own_before).as_secs_f64();
        Ok(all)
    }

    fn server_cpu(&self) -> Result<Duration> {
        let times = self.watch.iter().map(|pid| procfs::cpu_of_tree(*pid));
        times
            .sum::<Result<_>>()
            .context("the server ended during the measurement")
    }
}

fn own_cpu() -> Result<Duration> {
    procfs::cpu_of_tree(std::process::id())
}

fn sum(slices: Vec<Slice>) -> Slice {
    let mut all = Slice::default();
    let mut latencies = Histogram::default();
    for slice in slices {
        latencies.merge(&Histogram::from_pairs(&slice.latencies));
        for (status, count) in slice.statuses {
            *all.statuses.entry(status).or_default() += count;
        }
        all.good += slice.good;
        all.seconds = all.seconds.max(slice.seconds);
        all.errors += slice.errors;
        all.reconnects += slice.reconnects;
        all.waiting += slice.waiting;
        all.collected.extend(slice.collected);
        all.first_error = all.first_error.or(slice.first_error);
        all.first_refusal = all.first_refusal.or(slice.first_refusal);
    }
    all.latencies = latencies.to_pairs();
    all
}

/// All targets of one generator.
#[derive(Debug, Default)]
pub struct Fleets {
    targets: Vec<Option<Fleet>>,
}

impl Fleets {
    /// Does what one line asks.
    ///
    /// # Errors
    /// When the target does not exist or the server cannot be driven.
    pub fn obey(&mut self, command: Command) -> Result<Reply> {
        Ok(match command {
            Command::Open {
                address,
                connections,
                script,
                watch,
            } => {
                self.targets
                    .push(Some(Fleet::open(address, connections, &script, watch)?));
                Reply::Opened(self.targets.len() - 1)
            }
            Command::Add { target, values } => {
                self.target(target)?.add(values);
                Reply::Done
            }
            Command::Slice {
                target,
                seconds,
                requests,
            } => Reply::Slice(self.target(target)?.slice(seconds, requests)?),
            Command::Close { target } => {
                if let Some(slot) = self.targets.get_mut(target) {
                    *slot = None;
                }
                Reply::Done
            }
        })
    }

    fn target(&mut self, number: usize) -> Result<&mut Fleet> {
        match self.targets.get_mut(number) {
            Some(Some(target)) => Ok(target),
            _ => bail!("there is no target {number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slices_of_all_threads_add_up_and_take_as_long_as_the_longest() {
        let slice = |good, seconds, error: Option<&str>| Slice {
            good,
            statuses: [(200, good)].into(),
            seconds,
            errors: error.iter().count() as u64,
            first_error: error.map(str::to_owned),
            latencies: vec![(100, good)],
            waiting: 3,
            ..Slice::default()
        };
        let all = sum(vec![slice(10, 1.0, None), slice(30, 2.0, Some("lost"))]);
        assert_eq!((all.good, all.bad(), all.waiting), (40, 1, 6));
        assert_eq!(all.rate(), 20.0);
        assert_eq!(all.first_error.as_deref(), Some("lost"));
        assert_eq!(all.latencies, [(100, 40)]);
    }
}
