//! `grantd serve`: the server of a configuration file. SIGHUP reads the file again; a wrong one changes nothing.

use super::CliFault;
use super::open::{master_key, store};
use super::print;
use super::start::{self, Mode, bind, build};
use crate::config::{self, Environment, ServerConfig};
use clap::Args as ClapArgs;
use std::path::{Path, PathBuf};

/// Run the server of a configuration file.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The configuration file.
    #[arg(long, value_name = "FILE", default_value = "grantd.toml")]
    config: PathBuf,
    /// Bring the database's schema up to date first.
    #[arg(long)]
    migrate: bool,
}

/// The configuration of a server that serves something.
///
/// # Errors
/// Everything that is wrong with it, or that it names no realm.
pub(super) fn load(file: &Path, environment: &Environment) -> Result<ServerConfig, CliFault> {
    let server = config::load_server(file, environment)?;
    if server.realms.is_empty() {
        return Err(CliFault::usage(format!(
            "{} names no realm: add its file to realms = [..]",
            file.display()
        )));
    }
    Ok(server)
}

/// Runs the server until it is told to stop.
///
/// # Errors
/// What is told to the caller.
pub async fn run(args: Args, environment: &Environment) -> Result<(), CliFault> {
    let server = load(&args.config, environment)?;
    start::log(&server)?;
    let mut listeners = Vec::new();
    for address in &server.listen {
        listeners.push(bind(*address).await?);
    }
    let master = master_key(&server)?;
    let store = store(&server.storage, args.migrate).await?;
    let built = build(&server, store, master, Mode::Production).await?;
    let mut running = super::run::run(&server, built, listeners, Mode::Production).await?;
    for address in &server.listen {
        print::note(&format!("grantd serves {} realm(s) on {address}", server.realms.len()));
    }
    running.reload_from(args.config, environment.clone());
    running.until_stopped().await
}
