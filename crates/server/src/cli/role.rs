//! `grantd role`: roles of the database, from the command line. The decisions are the admin API's.

use super::CliFault;
use super::object;
use super::open::{Opened, Which, open};
use super::output::Output;
use crate::config::Environment;
use clap::Subcommand;
use grantd_core::admin::role::{self, There};
use grantd_store::{Page, Store};
use serde_json::{Value, json};

/// Manage the roles that are kept beside those of the realm's file.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a role.
    Create {
        /// Which role.
        #[command(flatten)]
        one: One,
        /// A permission or pattern that it permits; may be repeated.
        #[arg(long = "permission", value_name = "SCOPE")]
        permissions: Vec<String>,
        /// What it is for.
        #[arg(long)]
        description: Option<String>,
    },
    /// List the roles of a realm, those of its file among them.
    List {
        /// Which server and realm.
        #[command(flatten)]
        which: Which,
        /// How the answer looks.
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Show a role, and how many have it.
    Show(One),
    /// Delete a role that nobody has.
    Delete(One),
}

/// One role.
#[derive(Debug, clap::Args)]
pub struct One {
    /// Which server and realm.
    #[command(flatten)]
    which: Which,
    /// The role's name.
    name: String,
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
        Command::Create {
            one,
            permissions,
            description,
        } => create(&one, &permissions, description, environment).await,
        Command::List { which, output } => list(&which, output, environment).await,
        Command::Show(one) => show(&one, environment).await,
        Command::Delete(one) => delete(&one, environment).await,
    }
}

async fn create(
    one: &One,
    permissions: &[String],
    description: Option<String>,
    environment: &Environment,
) -> Result<(), CliFault> {
    let opened = open(&one.which, environment).await?;
    let realm = &opened.realm.realm.name;
    let turn = opened.store.attempts(role::turn_of(realm)).await?;
    let stored = opened.store.roles(realm).await?;
    let holders = opened.store.role_holders(realm, &one.name).await?;
    let there = There::beside(&one.name, turn, &stored, holders);
    let body = object(json!({ "name": one.name, "description": description, "permissions": permissions }));
    let edit = role::create(&body, there, &opened.deed()).map_err(super::refused)?;
    opened.commit(edit.change, changed_meanwhile).await?;
    one.output.object(&role::view(&edit.after));
    Ok(())
}

async fn list(which: &Which, output: Output, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(which, environment).await?;
    let stored = opened.store.roles(&opened.realm.realm.name).await?;
    let rows: Vec<Value> = role::all(&opened.realm.realm, &stored).into_values().collect();
    let text = |role: &Value, name: &str| role.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let line = |role: &Value| {
        let hides = role.get("hides_stored").and_then(Value::as_bool).unwrap_or_default();
        let hides = if hides { "  (hides one of the database)" } else { "" };
        format!("{:<26} {}{hides}", text(role, "name"), text(role, "source"))
    };
    let page = Page { rows, more: false };
    output.page("roles", &page, Value::clone, line, |role| text(role, "name"));
    Ok(())
}

async fn show(one: &One, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(&one.which, environment).await?;
    let realm = &opened.realm.realm;
    let stored = opened.store.roles(&realm.name).await?;
    let mut view = role::all(realm, &stored)
        .remove(&*one.name)
        .ok_or_else(|| opened.no_role(&one.name))?;
    if let Some(members) = view.as_object_mut() {
        let holders = opened.store.role_holders(&realm.name, &one.name).await?;
        members.insert("holders".to_owned(), role::view_holders(holders));
    }
    one.output.object(&view);
    Ok(())
}

async fn delete(one: &One, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(&one.which, environment).await?;
    let realm = &opened.realm.realm;
    let stored = opened.store.roles(&realm.name).await?;
    let before = match stored.into_iter().find(|role| *role.name == *one.name) {
        Some(before) => before,
        None if realm.is_role_of_file(&one.name) => return Err(CliFault::other(role::of_file(&one.name))),
        None => return Err(opened.no_role(&one.name)),
    };
    let holders = opened.store.role_holders(&realm.name, &one.name).await?;
    let edit = role::delete(&before, holders, &opened.deed()).map_err(super::refused)?;
    opened.commit(edit.change, changed_meanwhile).await?;
    one.output.object(&json!({ "deleted": before.name }));
    Ok(())
}

fn changed_meanwhile() -> String {
    "the role was changed, or given to somebody, at the same time; try again".to_owned()
}

impl Opened {
    fn no_role(&self, name: &str) -> CliFault {
        CliFault::other(format!("the realm '{}' has no role '{name}'", self.realm.realm.name))
    }
}
