//! `grantd.toml`: how one process listens, stores, logs and limits. Which realms it serves is named here; what a realm
//! is stands in `super::realm`. Must not know a socket or a store.

mod address;
mod limits;
mod mail;
mod purge;
pub(super) mod read;
mod storage;

pub use address::{Cidr, Tls};
pub use limits::{Limits, Rate, RateLimits, RateRules};
pub use mail::{Mail, MailSecurity};
pub use purge::Purge;
pub use storage::Storage;

use super::problem::Loosening;
use super::realm::RealmConfig;
use crate::certificate::CertificateHeader;
use crate::keys::MasterKey;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// The configuration of one process.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// The file it came from; `None` where there is none (`grantd dev`).
    pub source: Option<PathBuf>,
    /// Where the public listener listens; at least one.
    pub listen: Vec<SocketAddr>,
    /// Where `/metrics`, `/healthz` and `/readyz` are served; `None` for nowhere.
    pub internal_listen: Option<SocketAddr>,
    /// The public listener's certificate and key; `None` behind a proxy that ends TLS.
    pub tls: Option<Tls>,
    /// Proxies whose forwarded headers are believed; empty for none.
    pub trusted_proxies: Vec<Cidr>,
    /// The header in which they say what certificate they were shown.
    pub client_certificate_header: CertificateHeader,
    /// Where everything that changes at run time is kept.
    pub storage: Storage,
    /// Where files of this process live (the SQLite database, unless it is named by an absolute path).
    pub data_dir: PathBuf,
    /// What seals private keys and derives refresh tokens; `None` where none is configured.
    pub master_key: Option<Arc<MasterKey>>,
    /// Logs.
    pub log: Log,
    /// Sizes and timeouts.
    pub limits: Limits,
    /// How often one may ask.
    pub rate_limits: RateLimits,
    /// Who takes letters to users; `None` where nobody does.
    pub mail: Option<Mail>,
    /// The file that says where addresses are; `None` for none.
    pub places: Option<PathBuf>,
    /// When rows whose time is over leave the store.
    pub purge: Purge,
    /// The realms to serve; at least one for `serve`.
    pub realms: Vec<Arc<RealmConfig>>,
    /// Rules that this file loosens by name (each realm has its own).
    pub loosenings: Vec<Loosening>,
}

impl ServerConfig {
    /// The keys in which `fresh` differs from what a process takes at its start and keeps until its end.
    #[must_use]
    pub fn changed_for_a_restart(&self, fresh: &Self) -> Vec<&'static str> {
        let header = (self.client_certificate_header, fresh.client_certificate_header);
        let changed = [
            ("listen", self.listen != fresh.listen),
            ("internal_listen", self.internal_listen != fresh.internal_listen),
            ("tls", self.tls.is_some() != fresh.tls.is_some()),
            ("trusted_proxies", self.trusted_proxies != fresh.trusted_proxies),
            ("client_certificate_header", header.0 != header.1),
            ("storage", !self.storage.is(&fresh.storage)),
            ("log", self.log != fresh.log),
            ("limits", self.limits != fresh.limits),
            ("mail", !Mail::are_alike(self.mail.as_ref(), fresh.mail.as_ref())),
            ("purge", self.purge != fresh.purge),
        ];
        let changed = changed.into_iter().filter(|(_, changed)| *changed);
        changed.map(|(key, _)| key).collect()
    }
}

/// What is logged, and how it looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Log {
    /// The least severe level that is written.
    pub level: LogLevel,
    /// One line of JSON for each event, or text.
    pub format: LogFormat,
}

/// Severity of log lines.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum LogLevel {
    /// Faults only.
    Error,
    /// And what an operator should look at.
    Warn,
    /// And one line for each request.
    Info,
    /// And the steps of each request.
    Debug,
    /// And everything else.
    Trace,
}

impl LogLevel {
    /// The name in configuration, and in `tracing`'s filters.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// How log lines look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogFormat {
    /// One JSON object on each line.
    Json,
    /// For people.
    Text,
}
