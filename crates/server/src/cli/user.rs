//! `grantd user`: people, from the command line. A password is read from standard input or drawn; it never stands in
//! the arguments, where every other process could read it.

use super::CliFault;
use super::open::{Which, open};
use super::output::Output;
use super::print;
use crate::accounts::password::{PasswordPool, PasswordPoolSettings};
use crate::config::Environment;
use clap::Subcommand;
use grantd_core::change::{Change, Guard, Write};
use grantd_core::record::UserRecord;
use grantd_protocol::entropy::draw_alphanumeric;
use grantd_protocol::id::ChangeId;
use grantd_protocol::{Entropy, Secret};
use grantd_store::Store;
use serde_json::{Map, Value, json};
use std::io::Read as _;
use std::sync::Arc;

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
    List {
        /// Which server and realm.
        #[command(flatten)]
        which: Which,
        /// Begin after this user id.
        #[arg(long)]
        after: Option<String>,
        /// At most so many.
        #[arg(long, default_value_t = 100)]
        limit: u32,
        /// How the answer looks.
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Set a user's password; ends all sessions and refresh tokens of the user.
    SetPassword(Who),
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
        Command::List {
            which,
            after,
            limit,
            output,
        } => list(&which, after.as_deref(), limit, output, environment).await,
        Command::SetPassword(who) => set_password(&who, environment).await,
    }
}

async fn create(
    who: &Who,
    name: Option<String>,
    email: Option<String>,
    environment: &Environment,
) -> Result<(), CliFault> {
    let opened = open(&who.which, environment).await?;
    let key = UserRecord::key_of(&who.username);
    if key.is_empty() || key.len() > 320 || key.chars().any(char::is_control) {
        return Err(CliFault::usage(
            "a user name has 1 to 320 characters, none of them control characters",
        ));
    }
    let (hash, drawn) = password(who, opened.entropy()).await?;
    let now = opened.now();
    let mut claims: Map<String, Value> = Map::new();
    claims.extend(name.map(|name| ("name".to_owned(), name.into())));
    claims.extend(email.map(|email| ("email".to_owned(), email.into())));
    let realm = Arc::clone(&opened.realm.realm.name);
    let record = UserRecord {
        realm: Arc::clone(&realm),
        id: draw_alphanumeric(opened.entropy(), 22).into(),
        version: 1,
        username: who.username.trim().to_owned(),
        password_hash: Some(hash),
        password_changed_at: now,
        claims,
        enabled: true,
        created_at: now,
    };
    let id = Arc::clone(&record.id);
    let audit = opened.audit("user.created", &id, json!({ "username": record.username }));
    let change = Change {
        id: ChangeId::draw(now, opened.entropy()),
        guards: vec![Guard::UsernameFree { realm, key }],
        writes: vec![Write::InsertUser(Box::new(record)), audit],
    };
    opened
        .commit(change, || format!("there is a user '{}' already", who.username))
        .await?;
    told(who, &id, drawn.as_ref());
    Ok(())
}

async fn set_password(who: &Who, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(&who.which, environment).await?;
    let realm = Arc::clone(&opened.realm.realm.name);
    let found = opened
        .store
        .user_by_key(&realm, &UserRecord::key_of(&who.username))
        .await?;
    let mut user =
        found.ok_or_else(|| CliFault::other(format!("the realm '{realm}' has no user '{}'", who.username)))?;
    let (hash, drawn) = password(who, opened.entropy()).await?;
    let now = opened.now();
    let (id, version) = (Arc::clone(&user.id), user.version);
    // The row is replaced at the next version, and ending the user's sessions raises it once more.
    user.version += 1;
    user.password_hash = Some(hash);
    user.password_changed_at = now;
    let audit = opened.audit("user.password_set", &id, json!({}));
    let change = Change {
        id: ChangeId::draw(now, opened.entropy()),
        guards: vec![Guard::UserAt {
            realm: Arc::clone(&realm),
            id: Arc::clone(&id),
            version,
        }],
        writes: vec![
            Write::UpdateUser(Box::new(user)),
            Write::EndUser {
                realm,
                user: Arc::clone(&id),
                at: now,
            },
            audit,
        ],
    };
    opened
        .commit(change, || {
            "the user is disabled or was changed at the same time".to_owned()
        })
        .await?;
    told(who, &id, drawn.as_ref());
    Ok(())
}

/// The hash of the password, and the password itself where it was drawn.
async fn password(who: &Who, entropy: &dyn Entropy) -> Result<(String, Option<Secret>), CliFault> {
    let (password, drawn) = if who.password_stdin {
        let mut text = String::new();
        std::io::stdin()
            .take(4096)
            .read_to_string(&mut text)
            .map_err(CliFault::usage)?;
        (Secret::new(text.trim_end_matches(['\r', '\n']).to_owned()), None)
    } else {
        let drawn = Secret::new(draw_alphanumeric(entropy, 20));
        (drawn.clone(), Some(drawn))
    };
    if password.expose().chars().count() < 8 {
        return Err(CliFault::usage("a password has at least 8 characters"));
    }
    let pool = PasswordPool::new(PasswordPoolSettings { workers: 1, waiting: 1 }, entropy);
    let hash = pool.hash(password, entropy).await.map_err(CliFault::usage)?;
    Ok((hash, drawn))
}

fn told(who: &Who, id: &str, drawn: Option<&Secret>) {
    match who.output {
        Output::Json => {
            let mut value = json!({ "id": id, "username": who.username });
            if let (Some(members), Some(drawn)) = (value.as_object_mut(), drawn) {
                members.insert("password".into(), drawn.expose().into());
            }
            print::json(&value);
        }
        Output::Text => {
            print::line(&format!("user:     {id}"));
            if let Some(drawn) = drawn {
                print::line(&format!("password: {}", drawn.expose()));
                print::note("The password is not shown again.");
            }
        }
    }
}

async fn list(
    which: &Which,
    after: Option<&str>,
    limit: u32,
    output: Output,
    environment: &Environment,
) -> Result<(), CliFault> {
    let opened = open(which, environment).await?;
    let page = opened
        .store
        .users(&opened.realm.realm.name, after, limit.clamp(1, 1000))
        .await?;
    match output {
        Output::Json => {
            let row = |user: &UserRecord| json!({ "id": user.id, "username": user.username, "enabled": user.enabled, "created_at": user.created_at.secs() });
            print::json(&json!({ "users": page.rows.iter().map(row).collect::<Vec<_>>(), "more": page.more }));
        }
        Output::Text => {
            for user in &page.rows {
                let state = if user.enabled { "" } else { "  (disabled)" };
                print::line(&format!("{:<26} {}{state}", user.id, user.username));
            }
            if page.more {
                print::note(&format!(
                    "There are more: --after {}",
                    page.rows.last().map_or("", |user| &user.id)
                ));
            }
        }
    }
    Ok(())
}
