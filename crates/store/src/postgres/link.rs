//! Connections: made, kept, and what their errors mean. It must not know a table.

use super::options::{OpenError, PostgresOptions};
use crate::{Read, StoreFault};
use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Config, Error, NoTls, Row};
use tokio_postgres_rustls::MakeRustlsConnect;

/// What every session is set to. Change statements look again at rows that they waited for, which is what
/// READ COMMITTED does; all statements find rows by key, so a plan that is made once stays right.
const SESSION: &str = "SET default_transaction_isolation = 'read committed'";
/// What a compatible engine may not know.
const TUNING: &str = "SET plan_cache_mode = force_generic_plan";

/// Connections for statements that need one to themselves, and a few that many reads share by pipelining.
pub(super) struct Links {
    pool: Pool,
    lanes: Vec<Mutex<Option<Arc<Object>>>>,
    next_lane: std::sync::atomic::AtomicUsize,
    connections: usize,
    patience: Duration,
}

impl Links {
    /// Prepares the pool; nothing is connected yet.
    pub(super) fn new(config: Config, options: &PostgresOptions) -> Result<Self, OpenError> {
        let manager = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let manager = if config.get_ssl_mode() == SslMode::Require {
            let tls = MakeRustlsConnect::new(super::tls::client_config(options)?);
            Manager::from_config(config, tls, manager)
        } else {
            Manager::from_config(config, NoTls, manager)
        };
        let timeout = options.statement_timeout;
        let prepare = Hook::async_fn(move |client: &mut deadpool_postgres::ClientWrapper, _| {
            Box::pin(async move {
                let limit = format!("{SESSION}; SET statement_timeout = {}", timeout.as_millis());
                client.batch_execute(&limit).await.map_err(HookError::Backend)?;
                match client.batch_execute(TUNING).await {
                    Err(error) if error.as_db_error().is_none() => Err(HookError::Backend(error)),
                    _ => Ok(()),
                }
            })
        });
        let connections = options.connections.max(2);
        let pool = Pool::builder(manager)
            .max_size(connections)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(options.wait_timeout))
            .create_timeout(Some(options.connect_timeout))
            .recycle_timeout(Some(options.connect_timeout))
            .post_create(prepare)
            .build()
            .map_err(|error| OpenError::Unreachable(error.to_string()))?;
        Ok(Self {
            pool,
            lanes: (0..(connections / 4).clamp(1, 4)).map(|_| Mutex::new(None)).collect(),
            next_lane: std::sync::atomic::AtomicUsize::new(0),
            connections,
            // The server ends a statement first; this is for a server that no longer answers at all.
            patience: options.statement_timeout + Duration::from_secs(1),
        })
    }

    /// A connection of one's own.
    pub(super) async fn own(&self) -> Result<Object, Lost> {
        self.pool.get().await.map_err(|error| match error {
            PoolError::Backend(error) => Lost::from(error),
            PoolError::PostCreateHook(HookError::Backend(error)) => Lost::from(error),
            other => Lost::Unreachable(other.to_string()),
        })
    }

    /// How long an answer may take.
    pub(super) const fn patience(&self) -> Duration {
        self.patience
    }

    /// Reads over a shared connection, and over others if that was lost: after a failover every idle connection can
    /// be a dead one that nobody has noticed yet.
    pub(super) async fn read(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Read<Vec<Row>> {
        let reading = async {
            let mut outcome = self.read_once(sql, values).await;
            for _ in 0..=self.connections {
                match outcome {
                    Err(Lost::Connection(_)) => outcome = self.read_once(sql, values).await,
                    settled => return settled,
                }
            }
            outcome
        };
        match tokio::time::timeout(self.patience, reading).await {
            Ok(result) => result.map_err(Lost::into_fault),
            Err(_) => Err(StoreFault::Unavailable("no answer in time".to_owned())),
        }
    }

    async fn read_once(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, Lost> {
        let client = self.shared().await?;
        let statement = client.prepare_cached(sql).await?;
        Ok(client.query(&statement, values).await?)
    }

    /// A connection that others use at the same time. The lock is held while it is being made, so that one task
    /// connects and the others wait for it; it is never held while something is read.
    async fn shared(&self) -> Result<Arc<Object>, Lost> {
        let turn = self.next_lane.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let lane = self.lanes.get(turn % self.lanes.len());
        let Some(lane) = lane else {
            return Err(Lost::Unreachable("no connection is configured".to_owned()));
        };
        let mut lane = lane.lock().await;
        if let Some(client) = lane.as_ref().filter(|client| !client.is_closed()) {
            return Ok(Arc::clone(client));
        }
        // Given back first: it counts against the pool's size.
        *lane = None;
        let client = Arc::new(self.own().await?);
        *lane = Some(Arc::clone(&client));
        Ok(client)
    }
}

/// Why a statement has no result.
#[derive(Debug)]
pub(super) enum Lost {
    /// There is no connection: nothing was sent.
    Unreachable(String),
    /// The connection ended after something was sent: it is unknown whether it was done.
    Connection(String),
    /// The server could not serialise it with others; it was not done and can be tried again.
    Race,
    /// A row that must be unique exists already; the constraint's name.
    Taken(String),
    /// The server is alive but will not do it now.
    Refused(String),
    /// The statement or the data makes no sense to the server.
    Broken(String),
}

impl From<Error> for Lost {
    fn from(error: Error) -> Self {
        let Some(answer) = error.as_db_error() else {
            let is_link = error.is_closed()
                || std::error::Error::source(&error).is_some_and(|source| source.is::<std::io::Error>());
            let text = chain(&error);
            return if is_link {
                Self::Connection(text)
            } else {
                Self::Broken(text)
            };
        };
        let code = answer.code();
        // The message of a unique violation has no values in it; its detail, which has, is never read.
        let text = format!("{} ({})", answer.message(), code.code());
        if *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED {
            Self::Race
        } else if *code == SqlState::UNIQUE_VIOLATION {
            Self::Taken(answer.constraint().unwrap_or_default().to_owned())
        } else if [
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CRASH_SHUTDOWN,
            SqlState::CANNOT_CONNECT_NOW,
        ]
        .contains(code)
            || code.code().starts_with("08")
        {
            Self::Connection(text)
        } else if code.code().starts_with("57")
            || code.code().starts_with("53")
            || *code == SqlState::LOCK_NOT_AVAILABLE
            || *code == SqlState::READ_ONLY_SQL_TRANSACTION
        {
            Self::Refused(text)
        } else {
            Self::Broken(text)
        }
    }
}

impl Lost {
    /// As the callers of the store see it.
    pub(super) fn into_fault(self) -> StoreFault {
        match self {
            Self::Unreachable(text) | Self::Connection(text) | Self::Refused(text) => StoreFault::Unavailable(text),
            Self::Race => StoreFault::Unavailable("too many races for the same rows".to_owned()),
            Self::Taken(constraint) => StoreFault::Corrupt(format!("an inserted row exists already ({constraint})")),
            Self::Broken(text) => StoreFault::Corrupt(text),
        }
    }
}

/// An error with its causes: the outermost alone says only that there was one.
pub(super) fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
