//! How a store is opened, and why it may not be.

use super::link::{self, Links};
use std::path::PathBuf;
use std::time::Duration;

/// How a [`PostgresStore`](super::PostgresStore) connects.
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    /// Connections at most; a quarter of them (1 to 4) carry pipelined reads.
    pub connections: usize,
    /// How many group-committed statements are on their way at a time. Measured: 6 are about 1.5 times as fast as 3
    /// and twice as fast as 1, where the disk's latency is the limit; 10 gain nothing.
    pub committers: usize,
    /// How long making a connection may take.
    pub connect_timeout: Duration,
    /// How long a caller waits for a free connection.
    pub wait_timeout: Duration,
    /// How long the server works on a statement, waiting for locks included.
    pub statement_timeout: Duration,
    /// Bring an older schema up to date, rather than refuse it. An empty database is always set up.
    pub migrate: bool,
    /// PEM file with the certificate authorities to trust; the system's if absent. Used with `sslmode=require`,
    /// `verify-ca` and `verify-full`, which all verify the certificate and the host name.
    pub root_certificates: Option<PathBuf>,
}

impl PostgresOptions {
    /// The connections that these options and a URL ask for. libpq's two verifying modes are what `require` means here.
    ///
    /// # Errors
    /// [`OpenError::BadUrl`] for a URL that cannot be read; those of [`Links::new`].
    pub(super) fn links(&self, url: &str) -> Result<Links, OpenError> {
        let url = url
            .replace("sslmode=verify-full", "sslmode=require")
            .replace("sslmode=verify-ca", "sslmode=require");
        let mut config: tokio_postgres::Config = url
            .parse()
            .map_err(|error: tokio_postgres::Error| OpenError::BadUrl(link::chain(&error)))?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(OpenError::BadUrl("it names no host".to_owned()));
        }
        config.connect_timeout(self.connect_timeout);
        if config.get_application_name().is_none() {
            config.application_name("grantd");
        }
        Links::new(config, self)
    }
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            connections: 16,
            committers: 6,
            connect_timeout: Duration::from_secs(3),
            wait_timeout: Duration::from_secs(3),
            statement_timeout: Duration::from_secs(5),
            migrate: false,
            root_certificates: None,
        }
    }
}

/// Why a PostgreSQL store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL or the certificates are not valid. The text never repeats the URL, which can hold a password.
    #[error("the storage URL is not valid: {0}")]
    BadUrl(String),
    /// The server does not answer: exit code 3.
    #[error("PostgreSQL cannot be reached: {0}")]
    Unreachable(String),
    /// The server answers but does not let this user in: a wrong password, an unknown user or database.
    #[error("PostgreSQL refused the connection: {0}")]
    Refused(String),
    /// A newer version of the program has been here.
    #[error(
        "the database has schema {found}, this program knows up to {known}: run the newer program, or restore a backup"
    )]
    NewerSchema {
        /// The schema that is there.
        found: u32,
        /// The newest that this program knows.
        known: u32,
    },
    /// The schema is older and may not be changed now.
    #[error("the database has schema {found}, this program needs {known}: run `grantd migrate up` first")]
    NeedsMigration {
        /// The schema that is there.
        found: u32,
        /// The one that is needed.
        known: u32,
    },
    /// A migration that was applied is not the one that this program has.
    #[error("migration {0} in the database is not the one this program knows: it was made by a different build")]
    ChecksumDiffers(u32),
    /// A statement of a migration failed, or the database's notes make no sense.
    #[error("the schema cannot be read or changed: {0}")]
    Damaged(String),
}

impl OpenError {
    /// Whether trying again later can help (exit code 3).
    #[must_use]
    pub const fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable(_))
    }
}
