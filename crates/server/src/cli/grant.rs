//! `grantd grant`: what users allowed applications, from the command line.

use super::CliFault;
use super::open::{Which, open};
use super::output::Output;
use super::print;
use crate::config::Environment;
use clap::Subcommand;
use grantd_core::admin::grant;
use grantd_protocol::id::GrantId;
use grantd_store::{GrantFilter, Store};
use serde_json::{Value, json};

/// List or end what users allowed applications.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List grants, the oldest first.
    List {
        /// Which server and realm.
        #[command(flatten)]
        which: Which,
        /// By this user alone: the name that the user types to log in.
        #[arg(long)]
        username: Option<String>,
        /// To this client alone.
        #[arg(long)]
        client_id: Option<String>,
        /// In this tenant alone.
        #[arg(long)]
        tenant: Option<String>,
        /// Begin after this grant.
        #[arg(long)]
        after: Option<String>,
        /// At most so many.
        #[arg(long, default_value_t = 100)]
        limit: u32,
        /// How the answer looks.
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// End a grant with everything that hangs off it.
    End {
        /// Which server and realm.
        #[command(flatten)]
        which: Which,
        /// The grant.
        id: String,
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
        Command::List {
            which,
            username,
            client_id,
            tenant,
            after,
            limit,
            output,
        } => {
            let opened = open(&which, environment).await?;
            let user = match username {
                Some(username) => Some(opened.user(&username).await?.id.to_string()),
                None => None,
            };
            let filter = GrantFilter {
                user,
                client_id,
                tenant,
            };
            let after = after.as_deref().map(parsed).transpose()?;
            let realm = &opened.realm.realm.name;
            let page = opened.store.grants(realm, &filter, after, limit.clamp(1, 1000)).await?;
            let rows: Vec<Value> = page.rows.iter().map(grant::view).collect();
            match output {
                Output::Json => print::json(&json!({ "grants": rows, "more": page.more })),
                Output::Text => {
                    for row in &page.rows {
                        let tenant = row.tenant.as_deref().unwrap_or("-");
                        print::line(&format!(
                            "{}  {:<24} {:<24} {tenant}  {}",
                            row.id, row.user, row.client_id, row.scope
                        ));
                    }
                    if let Some(last) = page.rows.last().filter(|_| page.more) {
                        print::note(&format!("There are more: --after {}", last.id));
                    }
                }
            }
            Ok(())
        }
        Command::End { which, id, output } => {
            let opened = open(&which, environment).await?;
            let found = opened.store.grant_by_id(parsed(&id)?).await?;
            let found = found.filter(|grant| grant.realm == opened.realm.realm.name && grant.is_live(opened.now()));
            let found = found.ok_or_else(|| CliFault::other(format!("there is no grant '{id}'")))?;
            let edit = grant::end(&found, &opened.deed());
            opened
                .commit(edit.change, || {
                    "the grant was changed at the same time; try again".to_owned()
                })
                .await?;
            match output {
                Output::Json => print::json(&json!({ "ended": id })),
                Output::Text => print::line(&format!("ended {id}")),
            }
            Ok(())
        }
    }
}

fn parsed(id: &str) -> Result<GrantId, CliFault> {
    GrantId::parse(id).ok_or_else(|| CliFault::usage(format!("'{id}' is not the id of a grant")))
}
