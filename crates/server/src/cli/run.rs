//! A server that is built becomes one that runs: listeners, background jobs, signals, and an orderly end.

use super::start::{Built, Mode, bind, places, serving};
use super::{CliFault, background, serve as serve_command};
use crate::app::App;
use crate::config::{Environment, LogLevel, RealmConfig, ServerConfig};
use crate::dispatch;
use crate::keys::MasterKey;
use crate::metrics::{Internal, Readiness};
use crate::net::body::BodyLimits;
use crate::net::proxy::{Network, TrustedProxies};
use crate::net::tls::TlsSettings;
use crate::net::{AsksClients, Limits, Listener, Threads, Tls, serve};
use crate::shutdown::{self, Shutdown, Trigger};
use crate::telemetry::{AccessLog, Observation};
use crate::usage::Flush;
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;

/// How long the last counters may take to be written.
const LAST_FLUSH: Duration = Duration::from_secs(5);

/// A running server.
pub struct Running {
    /// Where metrics and health are served, if anywhere.
    pub internal: Option<SocketAddr>,
    app: Arc<App>,
    master: Arc<MasterKey>,
    mode: Mode,
    tls: Option<Arc<Tls>>,
    trigger: Trigger,
    tasks: Vec<JoinHandle<()>>,
    /// The internal listener, which is stopped last.
    last: (Trigger, Vec<JoinHandle<()>>),
    readiness: Arc<Readiness>,
    reload: Option<(PathBuf, Environment)>,
    /// What the process was started with.
    begun_with: ServerConfig,
    signals: Signals,
}

/// Begins to serve on the bound listeners.
///
/// # Errors
/// TLS files that cannot be used, an internal address that is taken.
pub async fn run(
    config: &ServerConfig,
    built: Built,
    listeners: Vec<TcpListener>,
    mode: Mode,
) -> Result<Running, CliFault> {
    let signals = Signals::watch()?;
    let Built { app, master } = built;
    raise_descriptors(config.limits.max_connections);
    let (trigger, stop) = shutdown::channel();
    let tls = tls(config)?;
    let trusted = trusted(config)?;
    let body_limits = BodyLimits {
        max_bytes: config.limits.body_bytes,
        timeout: config.limits.body_timeout,
    };
    let observer = Arc::new(Observation::new(access_log(config), Arc::clone(&app.metrics)));
    let threads = Arc::new(Threads::start().map_err(CliFault::other)?);
    let mut tasks = Vec::new();
    for socket in listeners {
        let listener = Listener {
            socket,
            tls: tls.clone(),
            limits: limits(config),
            trusted: trusted.clone(),
            threads: Some(Arc::clone(&threads)),
        };
        let server = Arc::clone(&app);
        let service = move |request: http::Request<hyper::body::Incoming>, peer| {
            let app = Arc::clone(&server);
            async move {
                let (parts, body) = request.into_parts();
                dispatch::serve(&app, &parts, body, body_limits, &peer).await
            }
        };
        tasks.push(tokio::spawn(serve(
            listener,
            service,
            Arc::clone(&observer),
            Arc::clone(&app.entropy),
            stop.clone(),
        )));
    }
    let readiness = Arc::new(Readiness::default());
    readiness.keys_are_loaded();
    // Whoever watches learns from it that the others are stopping.
    let (last_trigger, last_stop) = shutdown::channel();
    let mut last = Vec::new();
    let internal = serve_internal(config, &app, &readiness, mode, &last_stop, &mut last).await?;
    tasks.extend(background::spawn(&app, config.purge, &stop));
    Ok(Running {
        internal,
        app,
        master,
        mode,
        tls,
        trigger,
        tasks,
        last: (last_trigger, last),
        readiness,
        reload: None,
        begun_with: ServerConfig {
            realms: Vec::new(),
            ..config.clone()
        },
        signals,
    })
}

/// What the process is told from outside. Watched before anybody hears that it is ready: whoever waits for that may send
/// one at once, and an unwatched one ends the process.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn watch() -> Result<Self, CliFault> {
        let watch = |kind| signal(kind).map_err(CliFault::other);
        Ok(Self {
            terminate: watch(SignalKind::terminate())?,
            interrupt: watch(SignalKind::interrupt())?,
            hangup: watch(SignalKind::hangup())?,
        })
    }
}

/// Lets the process have as many descriptors as it may: the soft limit is often 1024, far below what `max_connections`
/// promises. Where even the hard limit is too low, the log says so.
fn raise_descriptors(connections: usize) {
    /// The store, the log, the listeners.
    const OTHERS: u64 = 100;
    let wanted = u64::try_from(connections).unwrap_or(u64::MAX).saturating_add(OTHERS);
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(descriptors) if descriptors < wanted => tracing::warn!(
            descriptors,
            connections,
            "fewer descriptors than limits.max_connections needs; raise the hard limit (RLIMIT_NOFILE)"
        ),
        Ok(_) => {}
        Err(fault) => tracing::warn!(%fault, "the limit on descriptors cannot be read or raised"),
    }
}

async fn serve_internal(
    config: &ServerConfig,
    app: &Arc<App>,
    readiness: &Arc<Readiness>,
    mode: Mode,
    stop: &Shutdown,
    tasks: &mut Vec<JoinHandle<()>>,
) -> Result<Option<SocketAddr>, CliFault> {
    let wanted = match mode {
        // Any free port: several development servers stand side by side.
        Mode::Development => Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        Mode::Production => config.internal_listen,
    };
    let Some(wanted) = wanted else { return Ok(None) };
    let socket = bind(wanted).await?;
    let address = socket.local_addr().map_err(CliFault::other)?;
    let listener = Listener {
        socket,
        tls: None,
        limits: Limits::default(),
        trusted: TrustedProxies::default(),
        threads: None,
    };
    let service = Internal {
        store: Arc::clone(&app.store),
        metrics: Arc::clone(&app.metrics),
        readiness: Arc::clone(readiness),
    };
    let unlogged = Arc::new(Observation::new(
        AccessLog::Off,
        Arc::new(crate::metrics::Metrics::new()),
    ));
    tasks.push(tokio::spawn(serve(
        listener,
        service,
        unlogged,
        Arc::clone(&app.entropy),
        stop.clone(),
    )));
    Ok(Some(address))
}

/// A line for each request, at the levels that want one.
fn access_log(config: &ServerConfig) -> AccessLog {
    if config.log.level >= LogLevel::Info {
        AccessLog::ALL
    } else {
        AccessLog::Off
    }
}

fn limits(config: &ServerConfig) -> Limits {
    let limits = &config.limits;
    Limits {
        max_connections: limits.max_connections,
        max_uri_bytes: limits.uri_bytes,
        max_header_bytes: limits.header_bytes,
        handshake_timeout: limits.handshake_timeout,
        header_timeout: limits.header_timeout,
        drain_timeout: limits.stop_timeout,
        ..Limits::default()
    }
}

fn trusted(config: &ServerConfig) -> Result<TrustedProxies, CliFault> {
    let networks = config
        .trusted_proxies
        .iter()
        .map(|cidr| cidr.to_string().parse::<Network>());
    networks
        .collect::<Result<Vec<_>, _>>()
        .map(|networks| TrustedProxies::new(networks).saying_certificates(config.client_certificate_header))
        .map_err(CliFault::usage)
}

fn tls(config: &ServerConfig) -> Result<Option<Arc<Tls>>, CliFault> {
    let settings = tls_settings(config);
    let tls = settings.map(|settings| Tls::load(&settings)).transpose();
    tls.map(|tls| tls.map(Arc::new)).map_err(CliFault::usage)
}

fn tls_settings(config: &ServerConfig) -> Option<TlsSettings> {
    let tls = config.tls.as_ref()?;
    Some(TlsSettings {
        certificate: tls.cert_file.clone(),
        private_key: tls.key_file.clone(),
        asks: asks(&config.realms),
    })
}

/// Clients are asked for certificates where a realm has a use for them.
fn asks(realms: &[Arc<RealmConfig>]) -> AsksClients {
    let names: BTreeSet<String> = realms
        .iter()
        .flat_map(|config| config.asks_for_certificates_at())
        .collect();
    // A name that is an address is never sent (RFC 6066 section 3).
    let is_address = |name: &String| name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    AsksClients {
        nameless: names.iter().any(is_address),
        names,
    }
}

impl Running {
    /// Reads this file again at SIGHUP.
    pub fn reload_from(&mut self, file: PathBuf, environment: Environment) {
        self.reload = Some((file, environment));
    }

    /// Waits for SIGTERM or SIGINT, then lets requests under way finish.
    ///
    /// # Errors
    /// When signals cannot be waited for.
    pub async fn until_stopped(mut self) -> Result<(), CliFault> {
        loop {
            tokio::select! {
                _ = self.signals.terminate.recv() => break,
                _ = self.signals.interrupt.recv() => break,
                _ = self.signals.hangup.recv() => self.reload().await,
            }
        }
        tracing::info!("stopping: no new connections, requests under way may finish");
        self.readiness.is_stopping();
        self.trigger.fire();
        // A task that panicked has been logged by the runtime; the others still end in order.
        for task in self.tasks {
            let _ = task.await;
        }
        let (trigger, tasks) = self.last;
        trigger.fire();
        for task in tasks {
            let _ = task.await;
        }
        // The last requests are answered: what they used is written. A store that is down does not hold the stop up.
        // Refused requests are few rows, and what is made of the one says nothing about the other.
        let last = async {
            let refused = self.app.flush_refused().await;
            let used = self.app.flush_uses(Flush::Everything).await;
            (refused, used)
        };
        match tokio::time::timeout(LAST_FLUSH, last).await {
            Ok((refused, used)) => {
                if let Err(fault) = refused {
                    tracing::warn!(%fault, "the last refused requests are lost");
                }
                if let Err(fault) = used {
                    tracing::warn!(%fault, "the last uses of permissions are lost");
                }
            }
            Err(_) => {
                tracing::warn!(
                    "the last uses of permissions, or refused requests, are lost: the store does not answer"
                );
            }
        }
        Ok(())
    }

    /// Takes the file as it is now, or, if it is wrong, stays with what is served and says why.
    async fn reload(&self) {
        let Some((file, environment)) = &self.reload else {
            return;
        };
        match self.try_reload(file, environment).await {
            Ok(realms) => tracing::info!(realms, "configuration reloaded"),
            Err(fault) => tracing::error!(%fault, "the new configuration is wrong; the old one stays in force"),
        }
    }

    async fn try_reload(&self, file: &std::path::Path, environment: &Environment) -> Result<usize, CliFault> {
        let config = serve_command::load(file, environment)?;
        let places = places(&config)?;
        let certificate = match (&self.tls, tls_settings(&config)) {
            (Some(tls), Some(settings)) => Some((tls, Tls::read(&settings).map_err(CliFault::usage)?)),
            _ => None,
        };
        let ambient = (&self.app.clock, &self.app.entropy);
        let _alone = self.app.replacing.lock().await;
        let fresh = serving(&config.realms, &self.app.store, &self.master, self.mode, ambient).await?;
        // Nothing can fail any more: all of it counts from now on, or none did.
        let realms = fresh.realms.len();
        if let Some((tls, certificate)) = certificate {
            tls.take(certificate);
        }
        self.app.serve(fresh);
        self.app.limit(config.rate_limits);
        self.app.place(places);
        let waiting = self.begun_with.changed_for_a_restart(&config);
        if !waiting.is_empty() {
            tracing::warn!(
                keys = waiting.join(", "),
                "these keys changed and count from the next start on; until then the process keeps what it began with"
            );
        }
        Ok(realms)
    }
}
