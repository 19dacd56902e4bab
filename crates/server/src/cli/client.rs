//! `grantd client`: applications, from the command line. Everything is audited.

mod create;

pub use create::{Create, Format, Kind};

use super::CliFault;
use super::open::{Opened, Which, open};
use super::output::Output;
use super::print;
use crate::config::Environment;
use clap::Subcommand;
use grantd_core::admin::client::{draw_secret, with_secret};
use grantd_core::change::{Change, Guard, Write};
use grantd_core::record::{AuditRecord, ClientRecord};
use grantd_protocol::id::{AuditId, ChangeId};
use grantd_protocol::{Seconds, Secret};
use grantd_store::{CommitError, Store};
use serde_json::{Value, json};
use std::sync::Arc;

/// Manage clients (applications).
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a client; its secret is shown once.
    Create(Box<Create>),
    /// List the clients of a realm.
    List {
        /// Which server and realm.
        #[command(flatten)]
        which: Which,
        /// Begin after this client id.
        #[arg(long)]
        after: Option<String>,
        /// At most so many.
        #[arg(long, default_value_t = 100)]
        limit: u32,
        /// How the answer looks.
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Show a client.
    Show(One),
    /// Make a second secret; the old ones end after a while.
    RotateSecret {
        /// Which client.
        #[command(flatten)]
        one: One,
        /// How long the old secrets go on working, in seconds.
        #[arg(long, default_value_t = 86_400)]
        keep_seconds: u32,
    },
    /// Delete a client; its grants and tokens end.
    Delete {
        /// Which client.
        #[command(flatten)]
        one: One,
        /// Do it without asking.
        #[arg(long)]
        yes: bool,
    },
}

/// One client.
#[derive(Debug, clap::Args)]
pub struct One {
    /// Which server and realm.
    #[command(flatten)]
    which: Which,
    /// The client's id.
    client_id: String,
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
        Command::Create(create) => create::create(*create, environment).await,
        Command::List {
            which,
            after,
            limit,
            output,
        } => list(&which, after.as_deref(), limit, output, environment).await,
        Command::Show(one) => {
            let opened = open(&one.which, environment).await?;
            show(&opened.client(&one.client_id).await?, one.output);
            Ok(())
        }
        Command::RotateSecret { one, keep_seconds } => rotate(&one, Seconds(keep_seconds), environment).await,
        Command::Delete { one, yes } => delete(&one, yes, environment).await,
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
        .clients(&opened.realm.realm.name, after, limit.clamp(1, 1000))
        .await?;
    match output {
        Output::Json => {
            let rows: Vec<Value> = page.rows.iter().map(described).collect();
            print::json(&json!({ "clients": rows, "more": page.more }));
        }
        Output::Text => {
            for client in &page.rows {
                let state = if client.enabled { "" } else { "  (disabled)" };
                print::line(&format!(
                    "{:<26} {:<20} {}{state}",
                    client.client_id,
                    client.auth_method.as_str(),
                    client.name
                ));
            }
            if page.more {
                let last = page.rows.last().map_or("", |client| &client.client_id);
                print::note(&format!("There are more: --after {last}"));
            }
        }
    }
    Ok(())
}

async fn rotate(one: &One, keep: Seconds, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(&one.which, environment).await?;
    let before = opened.client(&one.client_id).await?;
    if !before.auth_method.has_secret() {
        let method = before.auth_method.as_str();
        return Err(CliFault::usage(format!(
            "a client that authenticates by {method} has no secret"
        )));
    }
    let now = opened.now();
    let secret = draw_secret(opened.entropy());
    let after = with_secret(&before, &secret, keep, now);
    let audit = opened.audit(
        "client.secret_rotated",
        &after.client_id,
        json!({ "old_secrets_end_in_seconds": keep.get() }),
    );
    let change = opened.update(&before, vec![Write::UpdateClient(Box::new(after.clone())), audit]);
    opened
        .commit(change, || {
            "the client was changed at the same time; try again".to_owned()
        })
        .await?;
    shown_once(&after, Some(&secret), one.output);
    Ok(())
}

async fn delete(one: &One, yes: bool, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(&one.which, environment).await?;
    let before = opened.client(&one.client_id).await?;
    if !yes {
        return Err(CliFault::usage(format!(
            "this ends every grant and token of '{}' ({}); say --yes to do it",
            before.name, before.client_id
        )));
    }
    let (realm, client_id) = (Arc::clone(&before.realm), Arc::clone(&before.client_id));
    let audit = opened.audit("client.deleted", &client_id, json!({ "before": described(&before) }));
    let change = opened.update(
        &before,
        vec![
            Write::DeleteClient {
                realm,
                client_id,
                at: opened.now(),
            },
            audit,
        ],
    );
    opened
        .commit(change, || {
            "the client was changed at the same time; try again".to_owned()
        })
        .await?;
    match one.output {
        Output::Json => print::json(&json!({ "deleted": before.client_id })),
        Output::Text => print::line(&format!("deleted {}", before.client_id)),
    }
    Ok(())
}

fn show(client: &ClientRecord, output: Output) {
    match output {
        Output::Json => print::json(&described(client)),
        Output::Text => print::line(&serde_json::to_string_pretty(&described(client)).unwrap_or_default()),
    }
}

/// The new client or secret. It cannot be shown again: only its hash is kept.
fn shown_once(client: &ClientRecord, secret: Option<&Secret>, output: Output) {
    match output {
        Output::Json => {
            let mut value = described(client);
            if let (Some(members), Some(secret)) = (value.as_object_mut(), secret) {
                members.insert("client_secret".into(), secret.expose().into());
            }
            print::json(&value);
        }
        Output::Text => {
            print::line(&format!("client_id:     {}", client.client_id));
            if let Some(secret) = secret {
                print::line(&format!("client_secret: {}", secret.expose()));
                print::note("The secret is not shown again.");
            }
        }
    }
}

/// What may be shown of a client: of its secrets the last characters and the dates.
fn described(client: &ClientRecord) -> Value {
    let secrets: Vec<Value> = client
        .secrets
        .iter()
        .map(|secret| json!({ "last_four": secret.last_four, "created_at": secret.created_at.secs(), "expires_at": secret.expires_at.map(grantd_protocol::Timestamp::secs), "imported": matches!(secret.hash, grantd_core::record::SecretProof::Imported(_)) }))
        .collect();
    json!({
        "client_id": client.client_id,
        "name": client.name,
        "application_type": client.application_type,
        "token_endpoint_auth_method": client.auth_method,
        "grant_types": client.grant_types,
        "redirect_uris": client.redirect_uris,
        "scopes": client.scopes,
        "default_scopes": client.default_scopes,
        "resources": client.resources,
        "tenant": client.tenant,
        "role": client.role,
        "dialect": client.dialect,
        "secrets": secrets,
        "jwks": client.jwks,
        "require_pushed_authorization_requests": client.duties.pushes,
        "require_signed_request_object": client.duties.signs,
        "dpop_bound_access_tokens": client.duties.binds,
        "enabled": client.enabled,
        "created_at": client.created_at.secs(),
    })
}

impl Opened {
    /// A client of the realm.
    ///
    /// # Errors
    /// There is none, or the store.
    pub(super) async fn client(&self, client_id: &str) -> Result<ClientRecord, CliFault> {
        let realm = &self.realm.realm.name;
        let found = self.store.client(realm, client_id).await?;
        found.ok_or_else(|| CliFault::other(format!("the realm '{realm}' has no client '{client_id}'")))
    }

    fn update(&self, before: &ClientRecord, writes: Vec<Write>) -> Change {
        let guard = Guard::ClientAt {
            realm: Arc::clone(&before.realm),
            client_id: Arc::clone(&before.client_id),
            version: before.version,
        };
        Change {
            id: ChangeId::draw(self.now(), self.entropy()),
            guards: vec![guard],
            writes,
        }
    }

    /// A line of the audit log for a deed of the command line.
    #[must_use]
    pub fn audit(&self, action: &str, target: &str, detail: Value) -> Write {
        let now = self.now();
        let object = action.split('.').next().unwrap_or_default();
        Write::Audit(Box::new(AuditRecord {
            id: AuditId::draw(now, self.entropy()),
            realm: Arc::clone(&self.realm.realm.name),
            at: now,
            actor: "cli".to_owned(),
            action: action.to_owned(),
            target: format!("{object}:{target}"),
            address: None,
            detail,
        }))
    }

    /// Commits; a conflict is told in the caller's words.
    ///
    /// # Errors
    /// The conflict, or the store.
    pub async fn commit(&self, change: Change, conflict: impl FnOnce() -> String) -> Result<(), CliFault> {
        match self.store.commit(change).await {
            Ok(_) => Ok(()),
            Err(CommitError::Conflict) => Err(CliFault::other(conflict())),
            Err(CommitError::Fault(fault)) => Err(fault.into()),
        }
    }
}
