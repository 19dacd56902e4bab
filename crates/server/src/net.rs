//! From a socket to a request and back: listeners, TLS, limits and timeouts, who the peer is, request bodies. It knows
//! HTTP as bytes and frames; it must not know routes, OAuth or configuration.
//!
//! hyper serves HTTP/1 or HTTP/2 as ALPN chose (cleartext is HTTP/1 only). What it does not bound is bounded here:
//! the handshake, a slow request head, an idle connection, the number of connections, the length of the URI, the Host
//! rules, and the time that stopping may take.

mod answer;
pub mod body;
mod connection;
mod listener;
mod peer;
pub mod proxy;
mod screen;
mod stream;
mod threads;
pub mod tls;
mod turns;
mod watch;

pub use answer::{ABORTED, Observe, Seen, Service};
pub use listener::{Listener, serve};
pub use peer::{Peer, RequestId};
pub use screen::is_host;
pub use threads::Threads;
pub use tls::{AsksClients, Tls};

use std::time::Duration;

/// Limits and timeouts of a listener.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections that may be open at once; more wait in the kernel's queue.
    pub max_connections: usize,
    /// The longest request target in bytes; beyond it 414.
    pub max_uri_bytes: usize,
    /// The most bytes of header names and values together; beyond it 431.
    pub max_header_bytes: usize,
    /// The most header lines; beyond it 431.
    pub max_headers: usize,
    /// How long a TLS handshake may take.
    pub handshake_timeout: Duration,
    /// How long a request head may take from its first byte, and the first one from the connection's beginning.
    pub header_timeout: Duration,
    /// How long a connection may be open without a request.
    pub idle_timeout: Duration,
    /// How long requests that run may take to finish when the server stops.
    pub drain_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 16_384,
            max_uri_bytes: 8 * 1024,
            max_header_bytes: 8 * 1024,
            max_headers: 100,
            handshake_timeout: Duration::from_secs(10),
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            drain_timeout: Duration::from_secs(30),
        }
    }
}

#[cfg(test)]
mod tests;
