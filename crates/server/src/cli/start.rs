//! From configuration to a running server: the parts are built, the listeners bound, and everything is kept until the
//! process is told to stop. `dev` and `serve` differ in where their configuration comes from, not in what they run.

use super::CliFault;
use super::fault::ExitCode;
use crate::accounts::password::{PasswordPool, PasswordPoolSettings};
use crate::ambient::{BufferedEntropy, Clock, SystemClock, SystemEntropy};
use crate::app::{App, Parts, Serving};
use crate::config::{self, RealmConfig, ServerConfig};
use crate::keys::{MasterKey, Purpose, Ring, RingSettings, Schedule};
use crate::mail::Mailer;
use crate::mail::outbox::Outbox;
use crate::metrics::Metrics;
use crate::oauth::jwks;
use crate::outbound::{Fetcher, SystemInternet};
use crate::places::Places;
use crate::realm::ServedRealm;
use crate::roles;
use crate::router::Router;
use crate::telemetry;
use grantd_core::realm::PairwiseKey;
use grantd_core::realm::Realm;
use grantd_jose::{Algorithm, strict_json};
use grantd_pages::Pages;
use grantd_protocol::{Entropy, Seconds};
use grantd_store::AnyStore;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Built, not yet listening.
pub struct Built {
    /// The server.
    pub app: Arc<App>,
    /// The master key, for what is made beside it.
    pub master: Arc<MasterKey>,
}

/// Whether this is for trying out or for real.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// `grantd dev`.
    Development,
    /// `grantd serve`.
    Production,
}

/// Begins the process's log.
///
/// # Errors
/// Never for a configuration that was accepted.
pub fn log(config: &ServerConfig) -> Result<(), CliFault> {
    let format = match config.log.format {
        config::LogFormat::Json => telemetry::LogFormat::Json,
        config::LogFormat::Text => telemetry::LogFormat::Text,
    };
    telemetry::begin(&telemetry::LogSettings {
        format,
        filter: config.log.level.as_str().to_owned(),
    })
    .map_err(CliFault::usage)
}

/// Each of these is proved slowly once in its life, so that a narrow place for them is enough.
const IMPORTED_SECRETS: PasswordPoolSettings = PasswordPoolSettings { workers: 1, waiting: 8 };

/// Builds the server.
///
/// # Errors
/// Configuration, keys or store.
pub async fn build(
    config: &ServerConfig,
    store: AnyStore,
    master: Arc<MasterKey>,
    mode: Mode,
) -> Result<Built, CliFault> {
    let entropy: Arc<dyn Entropy> = Arc::new(BufferedEntropy::new(SystemEntropy));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let store = Arc::new(store);
    let pages = Pages::new(None).map_err(CliFault::usage)?;
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let settings = PasswordPoolSettings {
        workers: cores,
        waiting: 64,
    };
    let passwords = PasswordPool::new(settings, &*entropy);
    let imported_secrets = PasswordPool::new(IMPORTED_SECRETS, &*entropy);
    let serving = serving(&config.realms, &store, &master, mode, (&clock, &entropy)).await?;
    let mailer = match (&config.mail, mode) {
        (Some(mail), _) => Mailer::new(mail).map_err(CliFault::usage)?,
        (None, Mode::Development) => Mailer::Kept(Outbox::default()),
        (None, Mode::Production) => Mailer::Nowhere,
    };
    let metrics = Arc::new(Metrics::new());
    let parts = Parts {
        store,
        clock,
        entropy,
        pages,
        passwords,
        mailer,
        imported_secrets,
        metrics,
        json: strict_json::Limits {
            max_bytes: config.limits.body_bytes,
            max_depth: config.limits.json_depth,
        },
        fetcher: fetcher()?,
        rate_limits: config.rate_limits,
        places: places(config)?,
        serving,
    };
    Ok(Built {
        app: App::new(parts, &master),
        master,
    })
}

/// The file that says where addresses are.
///
/// # Errors
/// One that cannot be used.
pub fn places(config: &ServerConfig) -> Result<Places, CliFault> {
    Places::load(config.places.as_deref()).map_err(CliFault::usage)
}

/// The way out, with the system's resolver and certificate authorities.
fn fetcher() -> Result<Fetcher, CliFault> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    Fetcher::new(Arc::new(SystemInternet), roots).map_err(CliFault::other)
}

/// The realms with their keys, their routes and the roles of the database.
///
/// # Errors
/// Two realms at one address, a key that does not open, a store that does not answer. A role of the database that would
/// bring a realm an address which is taken is none: addresses stay as the files alone have them.
pub async fn serving(
    realms: &[Arc<RealmConfig>],
    store: &Arc<AnyStore>,
    master: &MasterKey,
    mode: Mode,
    (clock, entropy): (&Arc<dyn Clock>, &Arc<dyn Entropy>),
) -> Result<Serving, CliFault> {
    let of_files = realms;
    let realms = roles::beside(&**store, of_files).await?;
    let router = match Router::new(&realms) {
        Ok(router) => router,
        Err(clash) => {
            let router = Router::new(of_files).map_err(CliFault::usage)?;
            roles::say_clash(&clash);
            router
        }
    };
    let router = Arc::new(router);
    roles::say(&realms);
    let mut served = Vec::with_capacity(realms.len());
    for config in &realms {
        let settings = ring_settings(&config.realm);
        let ring = Ring::open(
            Arc::clone(store),
            settings,
            master,
            Arc::clone(clock),
            Arc::clone(entropy),
        )
        .await?;
        served.push(ServedRealm::new(
            with_names(config, master),
            Arc::new(ring),
            mode == Mode::Development,
        ));
    }
    Ok(Serving { router, realms: served })
}

/// The realm with the key that names its users to sectors, which no file has.
#[must_use]
pub fn with_names(config: &RealmConfig, master: &MasterKey) -> Arc<RealmConfig> {
    let mut realm = Realm::clone(&config.realm);
    realm.openid.pairwise = PairwiseKey::new(&master.subkey(Purpose::Pairwise));
    Arc::new(RealmConfig {
        realm: Arc::new(realm),
        ..config.clone()
    })
}

/// What a realm's keys are for: the algorithms that it signs with, and ES256 and RS256 in any case, so that a change
/// of configuration finds its key published already.
#[must_use]
pub fn ring_settings(realm: &Realm) -> RingSettings {
    let mut algorithms = vec![Algorithm::ES256, Algorithm::RS256];
    for wanted in [realm.access.algorithm, realm.id_token.algorithm] {
        if !algorithms.contains(&wanted) {
            algorithms.push(wanted);
        }
    }
    let longest = realm.access.lifetime.max(realm.id_token.lifetime);
    RingSettings {
        realm: Arc::clone(&realm.name),
        algorithms,
        types: ["JWT", "at+jwt", grantd_core::logout::token::TYP]
            .map(str::to_owned)
            .to_vec(),
        schedule: Schedule {
            publish_ahead: Seconds(jwks::MAX_AGE * 2),
            ..Schedule::every_90_days(longest)
        },
    }
}

/// Binds an address.
///
/// # Errors
/// With its own exit code where the port is taken.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, CliFault> {
    TcpListener::bind(address).await.map_err(|cause| match cause.kind() {
        std::io::ErrorKind::AddrInUse => CliFault {
            code: ExitCode::Address,
            message: format!("{address} is taken by another program: stop that, or listen on another address"),
        },
        _ => CliFault::usage(format!("cannot listen on {address}: {cause}")),
    })
}
