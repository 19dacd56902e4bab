//! `grantd tenant`: tenants and who belongs to them, from the command line. The decisions are the admin API's.

use super::CliFault;
use super::object;
use super::open::{Listing, Opened, Which, open};
use super::output::Output;
use crate::config::Environment;
use clap::Subcommand;
use grantd_core::admin::member::{self, Facts};
use grantd_core::admin::{Edit, tenant};
use grantd_core::record::{MembershipRecord, TenantRecord, UserRecord};
use grantd_store::Store;
use serde_json::{Value, json};
use std::sync::Arc;

/// Manage tenants and their members.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a tenant.
    Create {
        /// Which server and realm.
        #[command(flatten)]
        which: Which,
        /// The name that people see.
        #[arg(long)]
        name: String,
        /// Its id; drawn where absent.
        #[arg(long)]
        id: Option<String>,
        /// How the answer looks.
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// List the tenants of a realm.
    List(Listing),
    /// Show a tenant and who belongs to it.
    Show(One),
    /// Let nobody act in a tenant any more.
    Disable(One),
    /// Let a disabled tenant be acted in again.
    Enable(One),
    /// Delete a tenant that has neither members nor service accounts.
    Delete(One),
    /// Give a user a place in a tenant, or another role there.
    AddMember {
        /// Which tenant.
        #[command(flatten)]
        one: One,
        /// What the user types to log in.
        username: String,
        /// The role, one of the realm's.
        #[arg(long)]
        role: String,
    },
    /// Take a user's place in a tenant away; what the user allowed applications there ends.
    RemoveMember {
        /// Which tenant.
        #[command(flatten)]
        one: One,
        /// What the user types to log in.
        username: String,
    },
}

/// One tenant.
#[derive(Debug, clap::Args)]
pub struct One {
    /// Which server and realm.
    #[command(flatten)]
    which: Which,
    /// The tenant's id.
    id: String,
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
            which,
            name,
            id,
            output,
        } => {
            let opened = open(&which, environment).await?;
            let mut body = object(json!({ "name": name }));
            body.extend(id.map(|id| ("id".to_owned(), id.into())));
            let edit = tenant::create(&body, &opened.deed()).map_err(super::refused)?;
            opened
                .commit(edit.change, || "there is a tenant with this id already".to_owned())
                .await?;
            output.object(&tenant::view(&edit.after));
            Ok(())
        }
        Command::List(asked) => list(&asked, environment).await,
        Command::Show(one) => show(&one, environment).await,
        Command::Disable(one) => enable(&one, false, environment).await,
        Command::Enable(one) => enable(&one, true, environment).await,
        Command::Delete(one) => delete(&one, environment).await,
        Command::AddMember { one, username, role } => add(&one, &username, &role, environment).await,
        Command::RemoveMember { one, username } => remove(&one, &username, environment).await,
    }
}

async fn list(asked: &Listing, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(&asked.which, environment).await?;
    let (realm, shape) = (&opened.realm.realm.name, &asked.shape);
    let page = opened
        .store
        .tenants(realm, asked.after.as_deref(), shape.limit())
        .await?;
    let line = |tenant: &TenantRecord| {
        let state = if tenant.enabled { "" } else { "  (disabled)" };
        format!("{:<26} {}{state}", tenant.id, tenant.name)
    };
    let go_on = |last: &TenantRecord| format!("--after {}", last.id);
    shape.output.page("tenants", &page, tenant::view, line, go_on);
    Ok(())
}

async fn show(one: &One, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(&one.which, environment).await?;
    let found = opened.tenant(&one.id).await?;
    let members = opened.store.members(&found.realm, &found.id, None, None, 1000).await?;
    let mut value = tenant::view(&found);
    if let Some(parts) = value.as_object_mut() {
        let members: Vec<Value> = members.rows.iter().map(member::view).collect();
        parts.insert("members".to_owned(), members.into());
    }
    one.output.object(&value);
    Ok(())
}

async fn enable(one: &One, enabled: bool, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(&one.which, environment).await?;
    let before = opened.tenant(&one.id).await?;
    let body = object(json!({ "enabled": enabled }));
    let edit = tenant::update(&before, &body, &opened.deed()).map_err(super::refused)?;
    opened.commit(edit.change, changed_meanwhile).await?;
    one.output.object(&tenant::view(&edit.after));
    Ok(())
}

async fn delete(one: &One, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(&one.which, environment).await?;
    let before = opened.tenant(&one.id).await?;
    let members = opened.store.members(&before.realm, &before.id, None, None, 1).await?;
    let accounts = opened
        .store
        .service_accounts(&before.realm, &before.id, None, 1)
        .await?;
    let (members, accounts) = (!members.rows.is_empty(), !accounts.rows.is_empty());
    let edit = tenant::delete(&before, members, accounts, &opened.deed()).map_err(super::refused)?;
    opened.commit(edit.change, changed_meanwhile).await?;
    one.output.object(&json!({ "deleted": before.id }));
    Ok(())
}

async fn add(one: &One, username: &str, role: &str, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(&one.which, environment).await?;
    let role = member::role(&object(json!({ "role": role })), &opened.realm.realm).map_err(super::refused)?;
    let (tenant, user, before) = place(&opened, &one.id, username).await?;
    let edit: Edit<MembershipRecord> =
        member::put(&role, facts(&tenant, &user, before.as_ref()), &opened.deed()).map_err(super::refused)?;
    opened.commit(edit.change, changed_meanwhile).await?;
    one.output.object(&member::view(&edit.after));
    Ok(())
}

async fn remove(one: &One, username: &str, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(&one.which, environment).await?;
    let (tenant, user, before) = place(&opened, &one.id, username).await?;
    let edit = member::remove(facts(&tenant, &user, before.as_ref()), &opened.deed()).map_err(super::refused)?;
    opened.commit(edit.change, changed_meanwhile).await?;
    one.output.object(&json!({ "removed": user.id, "tenant": tenant.id }));
    Ok(())
}

async fn place(
    opened: &Opened,
    id: &str,
    username: &str,
) -> Result<(TenantRecord, UserRecord, Option<MembershipRecord>), CliFault> {
    let tenant = opened.tenant(id).await?;
    let user = opened.user(username).await?;
    let places = opened.store.memberships(&tenant.realm, &user.id).await?;
    let before = places.into_iter().find(|place| place.tenant.id == tenant.id);
    Ok((tenant, user, before))
}

/// Whoever can open the database can mend a tenant that nobody manages.
const fn facts<'a>(tenant: &'a TenantRecord, user: &'a UserRecord, before: Option<&'a MembershipRecord>) -> Facts<'a> {
    Facts {
        tenant,
        user,
        before,
        another_manages: true,
    }
}

fn changed_meanwhile() -> String {
    "the tenant was changed at the same time; try again".to_owned()
}

impl Opened {
    async fn tenant(&self, id: &str) -> Result<TenantRecord, CliFault> {
        let realm = &self.realm.realm.name;
        let found = self.store.tenant(realm, id).await?;
        found.ok_or_else(|| CliFault::other(format!("the realm '{realm}' has no tenant '{id}'")))
    }

    /// The user who logs in with this name.
    ///
    /// # Errors
    /// There is none, or the store.
    pub async fn user(&self, username: &str) -> Result<UserRecord, CliFault> {
        let realm: &Arc<str> = &self.realm.realm.name;
        let found = self.store.user_by_key(realm, &UserRecord::key_of(username)).await?;
        found.ok_or_else(|| CliFault::other(format!("the realm '{realm}' has no user '{username}'")))
    }
}
