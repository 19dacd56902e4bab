//! The accept loop of one listener, from its first connection to its orderly end. Must not know HTTP.

use super::answer::{Observe, Service, Shared};
use super::connection::{Signals, drive};
use super::proxy::TrustedProxies;
use super::{Limits, Threads, Tls};
use crate::shutdown::{self, Shutdown};
use grantd_protocol::Entropy;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// How long the loop waits when the process is out of file descriptors: accepting again at once would only spin.
const PAUSE_AFTER_FAULT: Duration = Duration::from_millis(100);
/// How long connections that were told to close may take to do so.
const CLOSING: Duration = Duration::from_secs(1);
/// How often the log says that every slot is taken.
const SAID_EVERY: Duration = Duration::from_secs(10);

/// A listener that is bound and not served yet.
#[derive(Debug)]
pub struct Listener {
    /// The bound socket.
    pub socket: TcpListener,
    /// TLS, or cleartext without.
    pub tls: Option<Arc<Tls>>,
    /// Limits and timeouts.
    pub limits: Limits,
    /// The proxies that are believed.
    pub trusted: TrustedProxies,
    /// Where its connections live; on the runtime that serves it without.
    pub threads: Option<Arc<Threads>>,
}

/// Serves a listener until `shutdown`, then lets running requests finish within the drain timeout. Returns when every
/// connection has ended.
pub async fn serve<S: Service, O: Observe>(
    listener: Listener,
    service: S,
    observer: Arc<O>,
    entropy: Arc<dyn Entropy>,
    mut shutdown: Shutdown,
) {
    let Listener {
        socket,
        tls,
        limits,
        trusted,
        threads,
    } = listener;
    let most = u32::try_from(limits.max_connections.clamp(1, Semaphore::MAX_PERMITS)).unwrap_or(u32::MAX);
    let slots = Arc::new(Semaphore::new(most as usize));
    let drain_timeout = limits.drain_timeout;
    let shared = Arc::new(Shared {
        limits,
        trusted,
        entropy,
        service,
        observer,
    });
    let (killer, kill) = shutdown::channel();
    let mut full = Full::default();
    loop {
        if slots.available_permits() == 0 {
            full.tell(&*shared.observer, most);
        }
        let slot = tokio::select! {
            biased;
            () = shutdown.requested() => break,
            slot = Arc::clone(&slots).acquire_owned() => slot,
        };
        let accepted = tokio::select! {
            biased;
            () = shutdown.requested() => break,
            accepted = accept(&socket) => accepted,
        };
        let (tls, shared) = (tls.clone(), Arc::clone(&shared));
        let signals = Signals {
            stop: shutdown.clone(),
            kill: kill.clone(),
        };
        match &threads {
            None => drop(tokio::spawn(async move {
                drive(accepted, tls, shared, None, signals).await;
                drop(slot);
            })),
            Some(threads) => {
                // A socket belongs to the runtime it was made on. One that cannot move is gone already.
                let (socket, address) = accepted;
                let Ok(socket) = socket.into_std() else { continue };
                threads.run(|turns| async move {
                    if let Ok(socket) = TcpStream::from_std(socket) {
                        drive((socket, address), tls, shared, Some(turns), signals).await;
                    }
                    drop(slot);
                });
            }
        }
    }
    // From here on a client is refused by the kernel and can go to another node.
    drop(socket);
    let everybody_left = || slots.acquire_many(most);
    if tokio::time::timeout(drain_timeout, everybody_left()).await.is_err() {
        let left = (most as usize).saturating_sub(slots.available_permits());
        tracing::warn!(
            connections = left,
            "requests did not finish in time; their connections are closed"
        );
        killer.fire();
        let _closed = tokio::time::timeout(CLOSING, everybody_left()).await;
    }
}

/// Says that every slot is taken: each time to the metrics, and to the log now and then.
#[derive(Default)]
struct Full {
    last_said: Option<Instant>,
}

impl Full {
    fn tell<O: Observe>(&mut self, observer: &O, most: u32) {
        observer.full();
        let now = Instant::now();
        if self.last_said.is_none_or(|last| now.duration_since(last) >= SAID_EVERY) {
            self.last_said = Some(now);
            tracing::warn!(
                connections = most,
                "as many connections are open as may be; further ones wait"
            );
        }
    }
}

async fn accept(socket: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match socket.accept().await {
            Ok(accepted) => return accepted,
            Err(fault) if concerns_one_connection(&fault) => {}
            Err(fault) => {
                tracing::error!(%fault, "connections cannot be accepted");
                tokio::time::sleep(PAUSE_AFTER_FAULT).await;
            }
        }
    }
}

/// The client went away before it was accepted.
fn concerns_one_connection(fault: &io::Error) -> bool {
    matches!(
        fault.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::ConnectionRefused
    )
}
