//! `grantd client`: applications, from the command line. Everything is audited.

mod create;
mod findings;
mod kind;
mod lines;
mod usage;

pub use create::{Create, Format};
pub use kind::Kind;

use super::CliFault;
use super::open::{Listing, Opened, Which, open};
use super::output::{Output, Shown};
use crate::config::Environment;
use clap::Subcommand;
use grantd_core::admin::client;
use grantd_core::record::ClientRecord;
use grantd_protocol::{Seconds, Secret};
use grantd_store::Store;
use serde_json::{Value, json};

/// Manage clients (applications).
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a client; its secret is shown once.
    Create(Box<Create>),
    /// List the clients of a realm.
    List(Listing),
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
    /// What a client has, uses, and could do without, as far as uses were reported.
    Usage(usage::Asked),
    /// Take from a client what it could do without.
    Trim {
        /// Which client.
        #[command(flatten)]
        asked: usage::Asked,
        /// Do it without asking.
        #[arg(long)]
        yes: bool,
    },
    /// List what clients would break if it were enforced, where `[enforcement]` only reports.
    Findings(Listing),
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
        Command::List(asked) => list(&asked, environment).await,
        Command::Show(one) => {
            let opened = open(&one.which, environment).await?;
            one.output.object(&described(&opened.client(&one.client_id).await?));
            Ok(())
        }
        Command::RotateSecret { one, keep_seconds } => rotate(&one, Seconds(keep_seconds), environment).await,
        Command::Usage(asked) => usage::show(&asked, environment).await,
        Command::Trim { asked, yes } => usage::take(&asked, yes, environment).await,
        Command::Findings(asked) => findings::list(&asked, environment).await,
        Command::Delete { one, yes } => delete(&one, yes, environment).await,
    }
}

async fn list(asked: &Listing, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(&asked.which, environment).await?;
    let (realm, shape) = (&opened.realm.realm.name, &asked.shape);
    let page = opened
        .store
        .clients(realm, asked.after.as_deref(), shape.limit())
        .await?;
    let line = |client: &ClientRecord| {
        let state = if client.enabled { "" } else { "  (disabled)" };
        let method = client.auth_method.as_str();
        format!("{:<26} {method:<20} {}{state}", client.client_id, client.name)
    };
    let go_on = |last: &ClientRecord| format!("--after {}", last.client_id);
    shape.output.page("clients", &page, described, line, go_on);
    Ok(())
}

async fn rotate(one: &One, keep: Seconds, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(&one.which, environment).await?;
    let before = opened.client(&one.client_id).await?;
    let edit = client::rotate(&before, keep, &opened.deed()).map_err(CliFault::usage)?;
    opened.commit(edit.change, changed_meanwhile).await?;
    shown_once(&edit.after.record, edit.after.secret.as_ref(), one.output);
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
    let edit = client::delete(&before, &opened.deed());
    opened.commit(edit.change, changed_meanwhile).await?;
    let id = &before.client_id;
    one.output.done(&json!({ "deleted": id }), &format!("deleted {id}"));
    Ok(())
}

fn changed_meanwhile() -> String {
    "the client was changed at the same time; try again".to_owned()
}

/// The new client or secret. It cannot be shown again: only its hash is kept.
fn shown_once(client: &ClientRecord, secret: Option<&Secret>, output: Output) {
    let line = format!("client_id:     {}", client.client_id);
    let secret = secret.map(|secret| Shown {
        member: "client_secret",
        label: "client_secret: ",
        what: "secret",
        secret,
    });
    output.made(described(client), &line, secret);
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
        "optional_scopes": client.optional_scopes,
        "post_logout_redirect_uris": client.post_logout_redirect_uris,
        "resources": client.resources,
        "tenant": client.tenant,
        "role": client.role,
        "dialect": client.dialect,
        "secrets": secrets,
        "jwks": client.jwks,
        "require_pushed_authorization_requests": client.duties.pushes,
        "require_signed_request_object": client.duties.signs,
        "dpop_bound_access_tokens": client.duties.binds,
        "tls_client_certificate_bound_access_tokens": client.duties.binds_to_certificate,
        "certificate_subject": client.certificate_subject,
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
}
