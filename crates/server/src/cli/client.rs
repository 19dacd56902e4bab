//! `grantd client`: applications, from the command line. Everything is audited.

use super::CliFault;
use super::open::{Opened, Which, open};
use super::output::Output;
use super::print;
use crate::config::Environment;
use crate::new_client::{NewClient, draw_secret, make, remember};
use clap::{Subcommand, ValueEnum};
use futures_util::future::join_all;
use grantd_core::change::{Change, Guard, Write};
use grantd_core::record::client::GrantType;
use grantd_core::record::{AuditRecord, ClientRecord, TokenEndpointAuthMethod, TokenFormat};
use grantd_protocol::id::{AuditId, ChangeId};
use grantd_protocol::redirect_uri::ApplicationType;
use grantd_protocol::{ScopeSet, Seconds, Secret};
use grantd_store::{CommitError, Store};
use serde_json::{Value, json};
use std::io::BufRead as _;
use std::path::PathBuf;
use std::sync::Arc;

/// How many clients of an import are written at the same time.
const AT_ONCE: usize = 256;

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

/// What kind of program a client is; each sets what is right for it.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Kind {
    /// A program on a web server: a secret, the code flow, refresh tokens.
    Web,
    /// A program on a device: no secret, the code flow, refresh tokens.
    Native,
    /// A program in a browser: no secret, the code flow.
    Spa,
    /// A program that acts for itself: a secret, client credentials.
    Machine,
    /// An API that introspects tokens: a secret, no grant.
    ResourceServer,
}

/// A new client.
#[derive(Debug, clap::Args)]
pub struct Create {
    /// Which server and realm.
    #[command(flatten)]
    which: Which,
    /// The name that users see.
    #[arg(long, required_unless_present = "from_jsonl")]
    name: Option<String>,
    /// What kind of program it is.
    #[arg(long, value_enum, default_value = "web")]
    kind: Kind,
    /// Where codes may be sent; repeatable.
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// The most it may ever be permitted; repeatable, or separated by spaces. Patterns such as invoices:* are allowed.
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// What a request without scope asks for; all of its scopes where absent.
    #[arg(long = "default-scope", value_name = "SCOPE")]
    default_scopes: Vec<String>,
    /// A resource that it is, and may introspect tokens for; repeatable.
    #[arg(long = "resource", value_name = "URI")]
    resources: Vec<String>,
    /// Opaque or JWT access tokens, where it differs from the realm.
    #[arg(long, value_enum)]
    token_format: Option<Format>,
    /// The tenant that a machine client acts in.
    #[arg(long, requires = "role")]
    tenant: Option<String>,
    /// The role that it has there.
    #[arg(long, requires = "tenant")]
    role: Option<String>,
    /// Make many: a file of JSON lines with the members name, kind, `client_id`, `redirect_uris`, scopes, `default_scopes`, `token_format`.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["name", "redirect_uris", "scopes"])]
    from_jsonl: Option<PathBuf>,
    /// How the answer looks.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// Token formats on the command line.
#[derive(Clone, Copy, Debug, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Opaque.
    Opaque,
    /// JWT.
    Jwt,
}

/// Runs a command.
///
/// # Errors
/// What is told to the caller.
pub async fn run(command: Command, environment: &Environment) -> Result<(), CliFault> {
    match command {
        Command::Create(create) => self::create(*create, environment).await,
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

async fn create(create: Create, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(&create.which, environment).await?;
    let wanted = match &create.from_jsonl {
        Some(file) => read_lines(file)?,
        None => vec![from_arguments(&create)?],
    };
    let mut wanted = wanted.into_iter();
    loop {
        // Commits that come together share one transaction in the store: a thousand clients take a second, not a minute.
        let some = wanted.by_ref().take(AT_ONCE).map(|new| create_one(&opened, new));
        let some = join_all(some).await;
        if some.is_empty() {
            return Ok(());
        }
        // What was made is shown before the first failure is told: a secret that is not shown is lost.
        let mut failed = None;
        for made in some {
            match made {
                Ok((record, secret)) => shown_once(&record, secret.as_ref(), create.output),
                Err(fault) => failed = failed.or(Some(fault)),
            }
        }
        if let Some(fault) = failed {
            return Err(fault);
        }
    }
}

async fn create_one(opened: &Opened, new: NewClient) -> Result<(ClientRecord, Option<Secret>), CliFault> {
    let name = new.name.clone();
    let made = make(new, &opened.realm.realm, opened.now(), opened.entropy());
    let (record, mut change, secret) = made.map_err(|error| CliFault::usage(format!("client '{name}': {error}")))?;
    change.writes.push(opened.audit(
        "client.created",
        &record.client_id,
        json!({ "after": described(&record) }),
    ));
    opened
        .commit(change, || format!("there is a client '{}' already", record.client_id))
        .await?;
    Ok((record, secret))
}

fn from_arguments(create: &Create) -> Result<NewClient, CliFault> {
    let scopes = scope_set(&create.scopes)?;
    let default_scopes = if create.default_scopes.is_empty() {
        scopes.clone()
    } else {
        scope_set(&create.default_scopes)?
    };
    let mut new = of_kind(create.kind, create.name.clone().unwrap_or_default());
    new.redirect_uris.clone_from(&create.redirect_uris);
    new.scopes = scopes;
    new.default_scopes = default_scopes;
    new.resources = create
        .resources
        .iter()
        .map(|resource| resource.as_str().into())
        .collect();
    new.token_format = create.token_format.map(Into::into);
    new.service = create
        .tenant
        .as_deref()
        .zip(create.role.as_deref())
        .map(|(tenant, role)| (tenant.into(), role.into()));
    Ok(new)
}

fn scope_set(texts: &[String]) -> Result<ScopeSet, CliFault> {
    ScopeSet::parse(&texts.join(" ")).map_err(CliFault::usage)
}

/// What is right for a kind of program.
fn of_kind(kind: Kind, name: String) -> NewClient {
    let (auth_method, grant_types) = match kind {
        Kind::Web => (
            TokenEndpointAuthMethod::ClientSecretBasic,
            vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        ),
        Kind::Native | Kind::Spa => (
            TokenEndpointAuthMethod::None,
            vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        ),
        Kind::Machine => (
            TokenEndpointAuthMethod::ClientSecretBasic,
            vec![GrantType::ClientCredentials],
        ),
        Kind::ResourceServer => (TokenEndpointAuthMethod::ClientSecretBasic, Vec::new()),
    };
    NewClient {
        name,
        client_id: None,
        client_secret: None,
        application_type: if matches!(kind, Kind::Native) {
            ApplicationType::Native
        } else {
            ApplicationType::Web
        },
        auth_method,
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        grant_types,
        scopes: ScopeSet::empty(),
        default_scopes: ScopeSet::empty(),
        optional_scopes: ScopeSet::empty(),
        token_format: None,
        service: None,
        resources: Vec::new(),
    }
}

impl From<Format> for TokenFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Opaque => Self::Opaque,
            Format::Jwt => Self::Jwt,
        }
    }
}

/// One line of an import.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    name: String,
    #[serde(default)]
    client_id: Option<String>,
    #[serde(default)]
    redirect_uris: Vec<String>,
    grant_types: Vec<GrantType>,
    token_endpoint_auth_method: TokenEndpointAuthMethod,
    #[serde(default)]
    token_format: Option<Format>,
    scopes: Vec<String>,
    #[serde(default)]
    default_scopes: Option<Vec<String>>,
}

fn read_lines(file: &PathBuf) -> Result<Vec<NewClient>, CliFault> {
    let reader = std::fs::File::open(file).map_err(|cause| CliFault::usage(format!("{}: {cause}", file.display())))?;
    let mut clients = Vec::new();
    for (index, line) in std::io::BufReader::new(reader).lines().enumerate() {
        let at =
            |problem: &dyn std::fmt::Display| CliFault::usage(format!("{}:{}: {problem}", file.display(), index + 1));
        let line = line.map_err(|cause| at(&cause))?;
        if line.trim().is_empty() {
            continue;
        }
        let line: Line = serde_json::from_str(&line).map_err(|cause| at(&cause))?;
        clients.push(from_line(line)?);
    }
    Ok(clients)
}

fn from_line(line: Line) -> Result<NewClient, CliFault> {
    let scopes = scope_set(&line.scopes)?;
    Ok(NewClient {
        client_id: line.client_id.map(Into::into),
        auth_method: line.token_endpoint_auth_method,
        redirect_uris: line.redirect_uris,
        grant_types: line.grant_types,
        default_scopes: line
            .default_scopes
            .map_or(Ok(scopes.clone()), |scopes| scope_set(&scopes))?,
        scopes,
        token_format: line.token_format.map(Into::into),
        ..of_kind(Kind::Web, line.name)
    })
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
    if before.is_public() {
        return Err(CliFault::usage("a public client has no secret"));
    }
    let now = opened.now();
    let secret = draw_secret(opened.entropy());
    let mut after = before.clone();
    after.version += 1;
    after.updated_at = now;
    after.secrets.retain(|old| old.expires_at.is_none_or(|end| now < end));
    // At most two live at a time: the newest of the old ones, until its end, and the new one.
    after.secrets.truncate(1);
    for old in &mut after.secrets {
        let end = now.plus(keep);
        old.expires_at = Some(old.expires_at.map_or(end, |earlier| earlier.min(end)));
    }
    after.secrets.insert(0, remember(&secret, now));
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
        .map(|secret| json!({ "last_four": secret.last_four, "created_at": secret.created_at.secs(), "expires_at": secret.expires_at.map(grantd_protocol::Timestamp::secs) }))
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
        "secrets": secrets,
        "enabled": client.enabled,
        "created_at": client.created_at.secs(),
    })
}

impl Opened {
    async fn client(&self, client_id: &str) -> Result<ClientRecord, CliFault> {
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
