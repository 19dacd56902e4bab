//! `grantd admin`: what only whoever can open the database may do.

use super::CliFault;
use super::object;
use super::open::{Opened, Which, open};
use super::output::{Output, Shown};
use super::print;
use super::seed::page_address;
use super::user::hashed;
use crate::config::Environment;
use crate::router::has_console;
use clap::Subcommand;
use grantd_core::account::mail_address;
use grantd_core::admin::recover::recover;
use grantd_core::admin::user;
use grantd_core::record::UserRecord;
use grantd_protocol::Secret;
use grantd_protocol::entropy::draw_alphanumeric;
use grantd_store::Store;
use serde_json::json;

/// What only whoever can open the database may do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Let an operator in again: a new password, no second step, not shut out; makes the account where there is none.
    Recover(Recover),
}

/// Whom to let in.
#[derive(Debug, clap::Args)]
pub struct Recover {
    /// Which server and realm.
    #[command(flatten)]
    which: Which,
    /// One of the realm's [[operators]]; may be left out where there is only one.
    username: Option<String>,
    /// How the answer looks.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// Runs a command.
///
/// # Errors
/// What is told to the caller.
pub async fn run(command: Command, environment: &Environment) -> Result<(), CliFault> {
    let Command::Recover(asked) = command;
    let opened = open(&asked.which, environment).await?;
    let username = operator(&opened, asked.username.as_deref())?;
    let password = Secret::new(draw_alphanumeric(opened.entropy(), 20));
    let hash = hashed(password.clone(), opened.entropy()).await?;
    let key = UserRecord::key_of(&username);
    let edit = match opened.store.user_by_key(&opened.realm.realm.name, &key).await? {
        Some(before) => recover(&before, hash, &opened.deed()),
        None => {
            let wanted = user::read(&object(json!({ "username": username }))).map_err(super::refused)?;
            user::create(wanted, Some(hash), &opened.deed()).map_err(super::refused)?
        }
    };
    opened
        .commit(edit.change, || {
            "the account was changed at the same time; try again".to_owned()
        })
        .await?;
    let realm = &opened.realm;
    let console = has_console(realm, &realm.realm.issuer).then(|| format!("{}/console", page_address(realm)));
    let mail = mail_address(&edit.after);
    let value = json!({ "id": edit.after.id, "username": edit.after.username, "console": console, "mail": mail });
    let secret = Shown {
        member: "password",
        label: "password: ",
        what: "password",
        secret: &password,
    };
    asked
        .output
        .made(value, &format!("operator: {}", edit.after.username), Some(secret));
    match mail {
        Some(mail) => print::note(&format!("Letters to them, a new password's among them, go to {mail}.")),
        None => print::note("No letters reach them: the account has no mail address."),
    }
    match console {
        Some(url) => print::note(&format!("Log in at {url}, and change it there.")),
        None => print::note("The realm has no console: its [api] is off."),
    }
    Ok(())
}

/// The operator that is meant.
fn operator(opened: &Opened, asked: Option<&str>) -> Result<String, CliFault> {
    let operators = &opened.realm.realm.operators;
    let named = || operators.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    let mut all = operators.keys();
    match (asked, all.next(), all.next()) {
        (_, None, _) => Err(CliFault::usage(format!(
            "the realm '{}' has no operators: name them as [[operators]] in its file",
            opened.realm.realm.name
        ))),
        (None, Some(only), None) => Ok(only.clone()),
        (None, ..) => Err(CliFault::usage(format!("name one of the operators: {}", named()))),
        (Some(asked), ..) if operators.contains_key(&UserRecord::key_of(asked)) => Ok(asked.to_owned()),
        (Some(asked), ..) => Err(CliFault::usage(format!(
            "'{asked}' is none of the realm's operators: {}",
            named()
        ))),
    }
}
