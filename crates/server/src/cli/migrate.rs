//! `grantd migrate`: the database's schema.

use super::CliFault;
use super::open::{Which, store};
use super::output::Output;
use super::print;
use crate::config::{Environment, Storage};
use clap::Subcommand;
use grantd_store::postgres::{PostgresOptions, PostgresStore};
use grantd_store::sqlite;
use serde_json::json;

/// Look at or update the database's schema.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Which schema the database has, and which this program needs.
    Status {
        /// Which server.
        #[command(flatten)]
        which: Which,
        /// How the answer looks.
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Bring the schema up to date.
    Up {
        /// Which server.
        #[command(flatten)]
        which: Which,
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
    let (which, output) = match &command {
        Command::Status { which, output } | Command::Up { which, output } => (which, *output),
    };
    let storage = which.storage(environment)?;
    if matches!(command, Command::Up { .. }) {
        drop(store(&storage, true).await?);
    }
    let status = status(&storage).await?;
    match output {
        Output::Json => {
            print::json(&json!({ "storage": storage.to_string(), "schema": status.found, "needed": status.known }))
        }
        Output::Text => {
            let verdict = match status.found {
                found if found == status.known => "up to date",
                0 => "nothing is there yet; `grantd migrate up` or the first `grantd serve` makes it",
                _ => "run: grantd migrate up",
            };
            print::line(&format!(
                "{storage}: schema {}, this program needs {}: {verdict}",
                status.found, status.known
            ));
        }
    }
    Ok(())
}

/// What the database has and what this program needs.
struct Schema {
    found: u32,
    known: u32,
}

async fn status(storage: &Storage) -> Result<Schema, CliFault> {
    Ok(match storage {
        Storage::Memory => return Err(CliFault::usage("a server in memory has no schema")),
        // Looking makes nothing, and neither is it a fault that nothing was made yet.
        Storage::Sqlite(path) if matches!(path.try_exists(), Ok(false)) => Schema {
            found: 0,
            known: sqlite::migrate::KNOWN,
        },
        Storage::Sqlite(path) => {
            let status = sqlite::migrate::status(path)?;
            Schema {
                found: status.found,
                known: status.known,
            }
        }
        Storage::Postgres(url) => {
            let status = PostgresStore::status(url.expose(), &PostgresOptions::default()).await?;
            Schema {
                found: status.found,
                known: status.known,
            }
        }
    })
}
