//! `grantd role`: roles of the database, from the command line. The decisions are the admin API's.

use super::CliFault;
use super::object;
use super::open::{Opened, Which, open};
use super::output::Output;
use crate::config::Environment;
use clap::Subcommand;
use grantd_core::admin::role::{self, There};
use grantd_core::record::RoleRecord;
use grantd_store::{Page, Store};
use serde_json::{Map, Value, json};

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
    /// Change what a role permits, for everybody who has it, at once.
    Edit {
        /// Which role.
        #[command(flatten)]
        one: One,
        /// A permission or pattern that it permits, in the place of all that it permitted; may be repeated.
        #[arg(long = "permission", value_name = "SCOPE", conflicts_with_all = ["add", "remove"])]
        permissions: Vec<String>,
        /// A permission or pattern that it permits as well; may be repeated.
        #[arg(long, value_name = "SCOPE")]
        add: Vec<String>,
        /// A permission or pattern, as it stands in the role, that it does not permit any more; may be repeated.
        #[arg(long, value_name = "SCOPE")]
        remove: Vec<String>,
        /// What it is for; an empty one takes it away.
        #[arg(long)]
        description: Option<String>,
    },
    /// Delete a role that nobody has.
    Delete(One),
}

/// What shall become of a role.
struct Wanted {
    permissions: Vec<String>,
    add: Vec<String>,
    remove: Vec<String>,
    description: Option<String>,
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
        Command::Edit {
            one,
            permissions,
            add,
            remove,
            description,
        } => {
            let wanted = Wanted {
                permissions,
                add,
                remove,
                description,
            };
            edit(&one, wanted, environment).await
        }
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

async fn edit(one: &One, wanted: Wanted, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(&one.which, environment).await?;
    let before = opened.stored_role(&one.name).await?;
    let body = wanted.body(&before)?;
    let edit = role::update(&before, &body, &opened.deed()).map_err(super::refused)?;
    opened.commit(edit.change, changed_meanwhile).await?;
    one.output.object(&role::view(&edit.after));
    Ok(())
}

impl Wanted {
    /// The same as the admin API takes it.
    fn body(self, before: &RoleRecord) -> Result<Map<String, Value>, CliFault> {
        let mut body = Map::new();
        if let Some(text) = self.description {
            let text = Some(text).filter(|text| !text.trim().is_empty());
            body.insert("description".to_owned(), text.into());
        }
        let permits = |scope: &String| before.permissions.contains(scope);
        if let Some(unknown) = self.remove.iter().find(|scope| !permits(scope)) {
            let name = &before.name;
            return Err(CliFault::usage(format!("the role '{name}' has no entry '{unknown}'")));
        }
        if !self.permissions.is_empty() {
            body.insert("permissions".to_owned(), self.permissions.into());
        } else if !self.add.is_empty() || !self.remove.is_empty() {
            let has = before.permissions.iter().map(str::to_owned);
            let mut all: Vec<String> = has.filter(|scope| !self.remove.contains(scope)).collect();
            for scope in self.add {
                if !all.contains(&scope) {
                    all.push(scope);
                }
            }
            body.insert("permissions".to_owned(), all.into());
        }
        if body.is_empty() {
            return Err(CliFault::usage(
                "nothing to change: say --permission, --add, --remove or --description",
            ));
        }
        Ok(body)
    }
}

async fn delete(one: &One, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(&one.which, environment).await?;
    let realm = &opened.realm.realm;
    let before = opened.stored_role(&one.name).await?;
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
    /// A role of the database.
    async fn stored_role(&self, name: &str) -> Result<RoleRecord, CliFault> {
        let realm = &self.realm.realm;
        let stored = self.store.roles(&realm.name).await?;
        match stored.into_iter().find(|role| *role.name == *name) {
            Some(found) => Ok(found),
            None if realm.is_role_of_file(name) => Err(CliFault::other(role::of_file(name))),
            None => Err(self.no_role(name)),
        }
    }

    fn no_role(&self, name: &str) -> CliFault {
        CliFault::other(format!("the realm '{}' has no role '{name}'", self.realm.realm.name))
    }
}
