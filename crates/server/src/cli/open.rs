//! Which server a command is about: its configuration, its store, its master key. A command can run beside the
//! running server on the same store; the server's caches see what it writes within a second.

use super::CliFault;
use super::output::Output;
use crate::config::{self, Environment, RealmConfig, Storage};
use crate::keys::{MasterKey, MasterKeyFault};
use grantd_core::admin::{Actor, Deed};
use grantd_core::change::{Change, Write};
use grantd_core::record::AuditRecord;
use grantd_protocol::Entropy;
use grantd_protocol::id::AuditId;
use grantd_store::memory::MemoryStore;
use grantd_store::postgres::{PostgresOptions, PostgresStore};
use grantd_store::sqlite::{Options, SqliteStore};
use grantd_store::{AnyStore, CommitError, Store};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The database's file name in a data directory.
pub const DATABASE: &str = "grantd.db";
/// The master key's file name in a data directory.
pub const MASTER_KEY: &str = "master.key";

/// Which server, and which of its realms.
#[derive(Clone, Debug, clap::Args)]
pub struct Which {
    /// The configuration file of a server that runs by `grantd serve`.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The data directory of a server that runs by `grantd dev`.
    #[arg(long, value_name = "DIR", default_value = "grantd-data", conflicts_with = "config")]
    pub data: PathBuf,
    /// Where that server keeps its data, if not in the directory: postgres://user@host/database.
    #[arg(long, value_name = "URL", conflicts_with = "config")]
    pub storage: Option<String>,
    /// The realm: its name, or its file where there is no configuration file.
    #[arg(long, value_name = "NAME|FILE")]
    pub realm: Option<String>,
}

impl Which {
    /// Where the store is.
    ///
    /// # Errors
    /// Wrong configuration.
    pub fn storage(&self, environment: &Environment) -> Result<Storage, CliFault> {
        match &self.config {
            Some(file) => Ok(config::load_server(file, environment)?.storage),
            None => dev_storage(self.storage.as_deref(), &self.data),
        }
    }

    /// The master key.
    ///
    /// # Errors
    /// It is missing or unusable.
    pub fn master_key(&self, environment: &Environment) -> Result<Arc<MasterKey>, CliFault> {
        match &self.config {
            Some(file) => master_key(&config::load_server(file, environment)?),
            None => Ok(Arc::new(MasterKey::load(&self.data.join(MASTER_KEY))?)),
        }
    }

    /// The realm.
    ///
    /// # Errors
    /// There is none of that name, or several and none was named.
    pub fn realm(&self, environment: &Environment) -> Result<Arc<RealmConfig>, CliFault> {
        let realms = match (&self.config, &self.realm) {
            (Some(file), _) => config::load_server(file, environment)?.realms,
            (None, Some(file)) if Path::new(file).is_file() => {
                return Ok(Arc::new(config::load_realm(Path::new(file))?));
            }
            (None, _) => vec![Arc::new(config::built_in_demo_realm()?)],
        };
        match (&self.realm, realms.as_slice()) {
            (None, [only]) => Ok(Arc::clone(only)),
            (None, _) => Err(CliFault::usage(format!(
                "name the realm with --realm: {}",
                names(&realms)
            ))),
            (Some(name), realms) => {
                let found = realms.iter().find(|config| *config.realm.name == **name).cloned();
                found.ok_or_else(|| CliFault::usage(format!("there is no realm '{name}'; known: {}", names(realms))))
            }
        }
    }
}

fn names(realms: &[Arc<RealmConfig>]) -> String {
    realms
        .iter()
        .map(|config| config.realm.name.to_string())
        .collect::<Vec<_>>()
        .join(", ")
}

/// The storage of a development server.
///
/// # Errors
/// A text that names none.
pub fn dev_storage(storage: Option<&str>, data: &Path) -> Result<Storage, CliFault> {
    match storage {
        Some(text) => Storage::parse(text, data).map_err(|problem| CliFault::usage(format!("--storage {problem}"))),
        None if data == Path::new(":memory:") => Ok(Storage::Memory),
        None => Ok(Storage::Sqlite(data.join(DATABASE))),
    }
}

/// The master key of a configured server.
///
/// # Errors
/// None is configured, or it is unusable.
pub fn master_key(server: &config::ServerConfig) -> Result<Arc<MasterKey>, CliFault> {
    match &server.master_key {
        Some(key) => Ok(Arc::clone(key)),
        None => Err(MasterKeyFault::Missing {
            path: server.data_dir.join(MASTER_KEY),
        }
        .into()),
    }
}

/// Opens the store, its schema up to date.
///
/// # Errors
/// It cannot be reached, is damaged, or is newer than this program.
pub async fn store(storage: &Storage, migrate: bool) -> Result<AnyStore, CliFault> {
    Ok(match storage {
        Storage::Memory => AnyStore::Memory(Box::new(MemoryStore::new())),
        Storage::Sqlite(path) => {
            if let Some(directory) = path.parent() {
                std::fs::create_dir_all(directory)
                    .map_err(|cause| CliFault::storage(format!("cannot create {}: {cause}", directory.display())))?;
            }
            AnyStore::Sqlite(SqliteStore::open(
                path,
                &Options {
                    migrate,
                    ..Options::default()
                },
            )?)
        }
        Storage::Postgres(url) => {
            let options = PostgresOptions {
                migrate,
                ..PostgresOptions::default()
            };
            AnyStore::Postgres(PostgresStore::connect(url.expose(), &options).await?)
        }
    })
}

/// Which page of a list, for lists in the order of ids.
#[derive(Debug, clap::Args)]
pub struct Listing {
    /// Which server and realm.
    #[command(flatten)]
    pub which: Which,
    /// Begin after this id.
    #[arg(long)]
    pub after: Option<String>,
    /// How much, and how it looks.
    #[command(flatten)]
    pub shape: Shape,
}

/// How long a list is and how it looks.
#[derive(Debug, clap::Args)]
pub struct Shape {
    /// At most so many.
    #[arg(long, default_value_t = 100)]
    limit: u32,
    /// How the answer looks.
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Output,
}

impl Shape {
    /// Rows at most, within what a store reads at once.
    #[must_use]
    pub fn limit(&self) -> u32 {
        self.limit.clamp(1, 1000)
    }
}

/// Everything a command on records needs.
pub struct Opened {
    /// The store.
    pub store: AnyStore,
    /// The realm.
    pub realm: Arc<RealmConfig>,
    /// Who does it.
    pub actor: Actor,
    /// The system's randomness.
    pub entropy: crate::ambient::SystemEntropy,
    /// The system's clock.
    pub clock: crate::ambient::SystemClock,
}

/// Opens them. The schema must be up to date: a command never changes it by surprise.
///
/// # Errors
/// See the parts.
pub async fn open(which: &Which, environment: &Environment) -> Result<Opened, CliFault> {
    let realm = which.realm(environment)?;
    let store = store(&which.storage(environment)?, false).await?;
    let realm = crate::roles::beside(&store, std::slice::from_ref(&realm))
        .await?
        .pop()
        .unwrap_or(realm);
    Ok(Opened {
        store,
        realm,
        actor: Actor::command_line(),
        entropy: crate::ambient::SystemEntropy,
        clock: crate::ambient::SystemClock,
    })
}

impl Opened {
    /// The instant now.
    #[must_use]
    pub fn now(&self) -> grantd_protocol::Timestamp {
        crate::ambient::Clock::now(&self.clock)
    }

    /// A deed of the command line.
    #[must_use]
    pub fn deed(&self) -> Deed<'_> {
        Deed {
            realm: &self.realm.realm,
            actor: &self.actor,
            address: None,
            now: self.now(),
            entropy: &self.entropy,
            secrets: &self.entropy,
        }
    }

    /// The randomness as decisions take it.
    #[must_use]
    pub fn entropy(&self) -> &dyn Entropy {
        &self.entropy
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
