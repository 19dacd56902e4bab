//! `grantd session`: where a user is logged in, from the command line.

use super::CliFault;
use super::open::{Which, open};
use super::output::Output;
use super::print;
use crate::config::Environment;
use clap::Subcommand;
use grantd_core::admin::user;
use grantd_store::Store;
use serde_json::{Value, json};

/// List or end a user's sessions.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List where a user is logged in, the newest first.
    List(Whose),
    /// Log a user out everywhere; refresh tokens end too.
    End(Whose),
}

/// A user.
#[derive(Debug, clap::Args)]
pub struct Whose {
    /// Which server and realm.
    #[command(flatten)]
    which: Which,
    /// What the user types to log in.
    username: String,
    /// How the answer looks.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// Runs a command.
///
/// # Errors
/// What is told to the caller.
pub async fn run(command: Command, environment: &Environment) -> Result<(), CliFault> {
    match command {
        Command::List(whose) => list(&whose, environment).await,
        Command::End(whose) => end(&whose, environment).await,
    }
}

async fn list(whose: &Whose, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(&whose.which, environment).await?;
    let user = opened.user(&whose.username).await?;
    let found = opened.store.sessions_of(&user.realm, &user.id, None, 1000).await?;
    let live = found.rows.iter().filter(|session| session.is_live(opened.now()));
    match whose.output {
        Output::Json => {
            let rows: Vec<Value> = live
                .map(|session| {
                    json!({
                        "id": session.id,
                        "created_at": session.created_at.secs(),
                        "expires_at": session.expires_at.secs(),
                        "address": session.address,
                        "user_agent": session.user_agent,
                    })
                })
                .collect();
            print::json(&json!({ "sessions": rows }));
        }
        Output::Text => {
            for session in live {
                let address = session.address.as_deref().unwrap_or("-");
                print::line(&format!(
                    "{}  {address:<20} {}",
                    session.id,
                    session.user_agent.as_deref().unwrap_or("-")
                ));
            }
        }
    }
    Ok(())
}

async fn end(whose: &Whose, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(&whose.which, environment).await?;
    let before = opened.user(&whose.username).await?;
    let edit = user::log_out(&before, &opened.deed());
    opened
        .commit(edit.change, || {
            "the user was changed at the same time; try again".to_owned()
        })
        .await?;
    let line = format!("logged out {}", before.username);
    whose.output.done(&json!({ "logged_out": before.id }), &line);
    Ok(())
}
