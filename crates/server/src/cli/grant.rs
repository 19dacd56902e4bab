//! `grantd grant`: what users allowed applications, from the command line.

use super::CliFault;
use super::open::{Shape, Which, open};
use super::output::Output;
use crate::config::Environment;
use clap::Subcommand;
use grantd_core::admin::grant;
use grantd_core::record::GrantRecord;
use grantd_protocol::id::GrantId;
use grantd_store::{GrantFilter, Store};
use serde_json::json;

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
        /// How much, and how it looks.
        #[command(flatten)]
        shape: Shape,
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
            shape,
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
                newest_first: false,
            };
            let after = after.as_deref().map(parsed).transpose()?;
            let realm = &opened.realm.realm.name;
            let page = opened.store.grants(realm, &filter, after, shape.limit()).await?;
            let line = |row: &GrantRecord| {
                let tenant = row.tenant.as_deref().unwrap_or("-");
                format!(
                    "{}  {:<24} {:<24} {tenant}  {}",
                    row.id, row.user, row.client_id, row.scope
                )
            };
            let go_on = |last: &GrantRecord| format!("--after {}", last.id);
            shape.output.page("grants", &page, grant::view, line, go_on);
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
            output.done(&json!({ "ended": id }), &format!("ended {id}"));
            Ok(())
        }
    }
}

fn parsed(id: &str) -> Result<GrantId, CliFault> {
    GrantId::parse(id).ok_or_else(|| CliFault::usage(format!("'{id}' is not the id of a grant")))
}
