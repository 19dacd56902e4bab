//! Commands: arguments in, text and an exit code out. Nothing here decides anything about tokens.

pub mod admin;
pub mod api_key;
pub mod background;
pub mod backup;
pub mod client;
pub mod config;
pub mod dev;
pub mod doctor;
pub mod fault;
pub mod gate;
pub mod grant;
pub mod http;
pub mod import;
pub mod init;
pub mod json_lines;
pub mod keys;
pub mod login;
pub mod migrate;
pub mod open;
pub mod output;
pub mod print;
mod progress;
pub mod registration;
pub mod role;
pub mod run;
pub mod seed;
pub mod serve;
pub mod session;
pub mod start;
pub mod tenant;
pub mod token;
pub mod user;
pub mod verify;

use crate::ambient::SystemEntropy;
use crate::config::Environment;
use clap::{Parser, Subcommand};
pub use fault::{CliFault, ExitCode};
use grantd_core::admin::Refused;
use serde_json::{Map, Value};

/// The authorization server that API platforms run.
#[derive(Debug, Parser)]
#[command(name = "grantd", version, about, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a development server with demo realms, users and applications.
    Dev(dev::Args),
    /// Run the server of a configuration file.
    Serve(serve::Args),
    /// Write a configuration to begin with.
    Init(init::InitArgs),
    /// Check, show or describe configuration.
    Config(config::ConfigArgs),
    /// Look at or update the database's schema.
    #[command(subcommand)]
    Migrate(migrate::Command),
    /// Protect an API behind a reverse proxy.
    #[command(subcommand)]
    Gate(gate::Command),
    /// Look at an installation, or at an API behind the gate, and say what is wrong.
    Doctor(doctor::Args),
    /// Copy the database, while the server runs.
    Backup(backup::Backup),
    /// Put a copy of the database back, or say whether it could be.
    Restore(backup::Restore),
    /// Let an operator in again.
    #[command(subcommand)]
    Admin(admin::Command),
    /// List or rotate signing keys.
    #[command(subcommand)]
    Keys(keys::Command),
    /// Manage clients (applications).
    #[command(subcommand)]
    Client(client::Command),
    /// Take over what another server issued, from JSON lines.
    Import(import::Args),
    /// Let somebody register clients.
    #[command(subcommand)]
    Registration(registration::Command),
    /// Manage API keys.
    #[command(subcommand, name = "api-key")]
    ApiKey(api_key::Command),
    /// Log in at an issuer, with a code that is typed in a browser anywhere.
    Login(login::LogIn),
    /// End such a login.
    Logout(login::Which),
    /// Print the token of `grantd login`, or manage access tokens.
    Token(token::Args),
    /// Say whether an access token is good, and exactly why not.
    Verify(verify::Args),
    /// Manage users.
    #[command(subcommand)]
    User(user::Command),
    /// Manage tenants and their members.
    #[command(subcommand)]
    Tenant(tenant::Command),
    /// Manage roles beside those of the realm's file.
    #[command(subcommand)]
    Role(role::Command),
    /// List or end what users allowed applications.
    #[command(subcommand)]
    Grant(grant::Command),
    /// List or end a user's sessions.
    #[command(subcommand)]
    Session(session::Command),
}

/// Runs a command.
///
/// # Errors
/// What is told to the caller, with the exit code.
pub async fn run(cli: Cli, environment: &Environment) -> Result<(), CliFault> {
    match cli.command {
        Command::Dev(args) => dev::run(args, environment).await,
        Command::Serve(args) => serve::run(args, environment).await,
        Command::Init(args) => initialise(&args),
        Command::Config(command) => configuration(&command, environment),
        Command::Gate(command) => gate::run(&command),
        Command::Doctor(args) => doctor::run(args, environment).await,
        Command::Migrate(command) => migrate::run(command, environment).await,
        Command::Backup(args) => backup::backup(args, environment).await,
        Command::Restore(args) => backup::restore(args, environment).await,
        Command::Admin(command) => admin::run(command, environment).await,
        Command::Keys(command) => keys::run(command, environment).await,
        Command::Client(command) => client::run(command, environment).await,
        Command::Import(args) => import::run(args, environment).await,
        Command::Registration(command) => registration::run(command, environment).await,
        Command::ApiKey(command) => api_key::run(command, environment).await,
        Command::Login(args) => login::log_in(args, environment).await,
        Command::Logout(which) => login::log_out(&which, environment).await,
        Command::Token(args) => token::run(args, environment).await,
        Command::Verify(args) => verify::run(args, environment).await,
        Command::User(command) => user::run(command, environment).await,
        Command::Tenant(command) => tenant::run(command, environment).await,
        Command::Role(command) => role::run(command, environment).await,
        Command::Grant(command) => grant::run(command, environment).await,
        Command::Session(command) => session::run(command, environment).await,
    }
}

fn initialise(args: &init::InitArgs) -> Result<(), CliFault> {
    init::run(args, &SystemEntropy)
        .map_err(CliFault::usage)?
        .show(args.output);
    Ok(())
}

fn configuration(args: &config::ConfigArgs, environment: &Environment) -> Result<(), CliFault> {
    let answer = config::run(args, environment);
    if !answer.text.is_empty() {
        print::line(answer.text.trim_end());
    }
    if answer.wrong.is_empty() {
        Ok(())
    } else {
        Err(CliFault::usage(crate::config::Problems(answer.wrong)))
    }
}

/// A decision of the core against a command, in words for a terminal.
fn refused(refused: Refused) -> CliFault {
    match refused {
        Refused::Invalid(wrong) => {
            CliFault::usage(wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
        }
        other => CliFault::other(other),
    }
}

/// The members of an object: what a decision of the core takes as a body.
fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
