//! `grantd user`: people, from the command line. A password is read from standard input or drawn; it never stands in
//! the arguments, where every other process could read it.

use super::CliFault;
use super::object;
use super::open::{Listing, Which, open};
use super::output::{Output, Shown};
use crate::accounts::password::{PasswordPool, PasswordPoolSettings};
use crate::config::Environment;
use clap::Subcommand;
use grantd_core::admin::user;
use grantd_core::passkey::kept;
use grantd_core::record::UserRecord;
use grantd_core::second_factor;
use grantd_protocol::entropy::draw_alphanumeric;
use grantd_protocol::{Entropy, Secret};
use grantd_store::Store;
use serde_json::{Map, Value, json};
use std::io::Read as _;

/// Manage users.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a user.
    Create {
        /// Who.
        #[command(flatten)]
        who: Who,
        /// The name that applications may be told.
        #[arg(long)]
        name: Option<String>,
        /// The mail address that applications may be told.
        #[arg(long)]
        email: Option<String>,
    },
    /// List the users of a realm.
    List(Listing),
    /// Set a user's password; ends all sessions and refresh tokens of the user.
    SetPassword(Who),
    /// Take a user's second step away, where the app and the recovery codes are lost; ends all sessions and refresh tokens.
    ResetSecondStep(Named),
    /// Take all passkeys of a user away; ends all sessions and refresh tokens.
    RemovePasskeys(Named),
}

/// A user.
#[derive(Debug, clap::Args)]
pub struct Named {
    /// Which server and realm.
    #[command(flatten)]
    which: Which,
    /// What the user types to log in.
    username: String,
    /// How the answer looks.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// A user and a password.
#[derive(Debug, clap::Args)]
pub struct Who {
    /// Which server and realm.
    #[command(flatten)]
    which: Which,
    /// What the user types to log in.
    username: String,
    /// Read the password from standard input; otherwise one is drawn and shown once.
    #[arg(long)]
    password_stdin: bool,
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
        Command::Create { who, name, email } => create(&who, name, email, environment).await,
        Command::List(asked) => list(&asked, environment).await,
        Command::SetPassword(who) => set_password(&who, environment).await,
        Command::ResetSecondStep(named) => reset_second_step(&named, environment).await,
        Command::RemovePasskeys(named) => remove_passkeys(&named, environment).await,
    }
}

async fn create(
    who: &Who,
    name: Option<String>,
    email: Option<String>,
    environment: &Environment,
) -> Result<(), CliFault> {
    let opened = open(&who.which, environment).await?;
    let (password, is_drawn) = password(who, opened.entropy())?;
    let mut claims: Map<String, Value> = Map::new();
    claims.extend(name.map(|name| ("name".to_owned(), name.into())));
    claims.extend(email.map(|email| ("email".to_owned(), email.into())));
    let mut body = object(json!({ "username": who.username, "password": password.expose() }));
    if !claims.is_empty() {
        body.insert("claims".to_owned(), claims.into());
    }
    let wanted = user::read(&body).map_err(super::refused)?;
    let hash = hashed(password.clone(), opened.entropy()).await?;
    let edit = user::create(wanted, Some(hash), &opened.deed()).map_err(super::refused)?;
    opened
        .commit(edit.change, || format!("there is a user '{}' already", who.username))
        .await?;
    told(who, &edit.after.id, is_drawn.then_some(&password));
    Ok(())
}

async fn set_password(who: &Who, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(&who.which, environment).await?;
    let before = opened.user(&who.username).await?;
    if !before.enabled {
        return Err(CliFault::other(changed_meanwhile()));
    }
    let (password, is_drawn) = password(who, opened.entropy())?;
    user::password(&object(json!({ "password": password.expose() }))).map_err(super::refused)?;
    let hash = hashed(password.clone(), opened.entropy()).await?;
    // What the user may do does not matter: whoever can open the database holds everything.
    let edit = user::set_password(&before, hash, &[], &opened.deed()).map_err(super::refused)?;
    opened.commit(edit.change, changed_meanwhile).await?;
    told(who, &before.id, is_drawn.then_some(&password));
    Ok(())
}

async fn reset_second_step(named: &Named, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(&named.which, environment).await?;
    let username = &named.username;
    let before = opened.user(username).await?;
    if !before.has_second_step() {
        return Err(CliFault::other(format!("the user '{username}' has no second step")));
    }
    let edit = second_factor::reset(&before, &[], &opened.deed()).map_err(super::refused)?;
    opened.commit(edit.change, changed_meanwhile).await?;
    named.output.done(
        &json!({ "reset": before.username }),
        &format!("reset {}", before.username),
    );
    Ok(())
}

async fn remove_passkeys(named: &Named, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(&named.which, environment).await?;
    let username = &named.username;
    let before = opened.user(username).await?;
    if before.passkeys().is_empty() {
        return Err(CliFault::other(format!("the user '{username}' has no passkeys")));
    }
    let edit = kept::remove_all(&before, &[], &opened.deed()).map_err(super::refused)?;
    opened.commit(edit.change, changed_meanwhile).await?;
    let removed = before.passkeys().len();
    named.output.done(
        &json!({ "removed": removed }),
        &format!("removed {removed} of {}", before.username),
    );
    Ok(())
}

fn changed_meanwhile() -> String {
    "the user is disabled or was changed at the same time".to_owned()
}

/// The password, and whether it was drawn.
fn password(who: &Who, entropy: &dyn Entropy) -> Result<(Secret, bool), CliFault> {
    if !who.password_stdin {
        return Ok((Secret::new(draw_alphanumeric(entropy, 20)), true));
    }
    let mut text = String::new();
    std::io::stdin()
        .take(4096)
        .read_to_string(&mut text)
        .map_err(CliFault::usage)?;
    Ok((Secret::new(text.trim_end_matches(['\r', '\n']).to_owned()), false))
}

pub(super) async fn hashed(password: Secret, entropy: &dyn Entropy) -> Result<String, CliFault> {
    let pool = PasswordPool::new(PasswordPoolSettings { workers: 1, waiting: 1 }, entropy);
    pool.hash(password, entropy).await.map_err(CliFault::usage)
}

fn told(who: &Who, id: &str, drawn: Option<&Secret>) {
    let secret = drawn.map(|secret| Shown {
        member: "password",
        label: "password: ",
        what: "password",
        secret,
    });
    let value = json!({ "id": id, "username": who.username });
    who.output.made(value, &format!("user:     {id}"), secret);
}

async fn list(asked: &Listing, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(&asked.which, environment).await?;
    let (realm, shape) = (&opened.realm.realm.name, &asked.shape);
    let page = opened.store.users(realm, asked.after.as_deref(), shape.limit()).await?;
    let row = |user: &UserRecord| {
        let created_at = user.created_at.secs();
        json!({ "id": user.id, "username": user.username, "enabled": user.enabled, "created_at": created_at })
    };
    let line = |user: &UserRecord| {
        let state = if user.enabled { "" } else { "  (disabled)" };
        format!("{:<26} {}{state}", user.id, user.username)
    };
    let go_on = |last: &UserRecord| format!("--after {}", last.id);
    shape.output.page("users", &page, row, line, go_on);
    Ok(())
}
