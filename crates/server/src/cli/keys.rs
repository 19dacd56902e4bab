//! `grantd keys`: signing keys, from the command line. A running server sees a rotation within a second.

use super::CliFault;
use super::open::{Which, open};
use super::output::Output;
use super::print;
use super::start::ring_settings;
use crate::ambient::{Clock, SystemClock, SystemEntropy};
use crate::config::Environment;
use crate::keys::{Ring, RotationOutcome};
use clap::Subcommand;
use grantd_jose::Algorithm;
use serde_json::{Value, json};
use std::sync::Arc;

/// List or rotate signing keys.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List a realm's keys.
    List {
        /// Which server and realm.
        #[command(flatten)]
        which: Which,
        /// How the answer looks.
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Let the next key sign, and retire the one that signed.
    Rotate {
        /// Which server and realm.
        #[command(flatten)]
        which: Which,
        /// The algorithm whose key rotates; all of them where absent.
        #[arg(long)]
        alg: Option<String>,
        /// Also when verifiers may not have fetched the next key yet.
        #[arg(long)]
        force: bool,
        /// How the answer looks.
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
}

/// Runs a command.
///
/// # Errors
/// What is told to the caller.
pub async fn run(command: Command, environment: &Environment) -> Result<(), CliFault> {
    match command {
        Command::List { which, output } => {
            let (ring, _) = ring(which, environment).await?;
            listed(&ring, output);
            Ok(())
        }
        Command::Rotate {
            which,
            alg,
            force,
            output,
        } => {
            let (ring, algorithms) = ring(which, environment).await?;
            let wanted: Vec<Algorithm> = match alg {
                None => algorithms,
                Some(name) => vec![
                    name.parse()
                        .map_err(|_| CliFault::usage(format!("'{name}' is no signature algorithm")))?,
                ],
            };
            for algorithm in wanted {
                if let RotationOutcome::TooEarly { ready_at } = ring.rotate(algorithm, force, "cli").await? {
                    return Err(CliFault::other(format!(
                        "the next {} key was published too recently for all verifiers to know it; it can sign in {} s, or at once with --force",
                        algorithm.as_str(),
                        ready_at.seconds_since(Clock::now(&SystemClock))
                    )));
                }
            }
            listed(&ring, output);
            Ok(())
        }
    }
}

/// The signing keys of a realm, as a command opens them.
pub(super) async fn ring(
    which: Which,
    environment: &Environment,
) -> Result<(Ring<grantd_store::AnyStore>, Vec<Algorithm>), CliFault> {
    let master = which.master_key(environment)?;
    let opened = open(&which, environment).await?;
    let settings = ring_settings(&opened.realm.realm);
    let algorithms = settings.algorithms.clone();
    let ring = Ring::open(
        Arc::new(opened.store),
        settings,
        &master,
        Arc::new(SystemClock),
        Arc::new(SystemEntropy),
    )
    .await?;
    Ok((ring, algorithms))
}

fn listed(ring: &Ring<grantd_store::AnyStore>, output: Output) {
    let snapshot = ring.snapshot();
    match output {
        Output::Json => {
            let row = |key: crate::keys::KeySummary| json!({ "kid": key.kid, "alg": key.alg, "state": key.state, "since": key.since.secs(), "remove_at": key.remove_at.map(grantd_protocol::Timestamp::secs) });
            print::json(&json!({ "keys": snapshot.summaries().map(row).collect::<Vec<Value>>() }));
        }
        Output::Text => {
            for key in snapshot.summaries() {
                let state = format!("{:?}", key.state).to_lowercase();
                print::line(&format!("{:<45} {:<6} {state}", key.kid, key.alg));
            }
        }
    }
}
