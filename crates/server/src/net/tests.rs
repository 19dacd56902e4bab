//! The listener on real sockets, spoken to in raw bytes.

mod http1;
mod http2;
mod stopping;
mod tls;
mod turns;

use super::body::{self, BodyLimits};
use super::proxy::TrustedProxies;
use super::*;
use crate::ambient::SystemEntropy;
use crate::shutdown::{self, Trigger};
use axum::body::Body;
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// A generous bound for waits: a test that reaches it has failed.
const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(300);

/// Limits whose timeouts no test waits for by accident.
fn patient() -> Limits {
    Limits {
        handshake_timeout: LONG,
        header_timeout: LONG,
        idle_timeout: LONG,
        drain_timeout: LONG,
        ..Limits::default()
    }
}

/// Remembers the status of every request.
#[derive(Default)]
struct Witness(Mutex<Vec<StatusCode>>, Notify);

impl Observe for Witness {
    fn full(&self) {
        self.1.notify_one();
    }

    fn finished(&self, seen: &Seen<'_>) {
        self.0.lock().unwrap().push(seen.response.status());
    }
}

/// Opens and closes the `/gate` of a test server.
#[derive(Default)]
struct Gate {
    entered: Notify,
    open: Notify,
}

struct House {
    address: SocketAddr,
    trigger: Trigger,
    serving: JoinHandle<()>,
    witness: Arc<Witness>,
    gate: Arc<Gate>,
}

impl House {
    async fn open(limits: Limits) -> Self {
        Self::open_with(limits, None, TrustedProxies::default()).await
    }

    /// Connections live on threads of their own, as they do in the program, and every reply waits for its turn.
    async fn open_with(limits: Limits, tls: Option<Arc<Tls>>, trusted: TrustedProxies) -> Self {
        let threads = Threads::start_with(2, Duration::MAX).unwrap();
        Self::open_on(Some(Arc::new(threads)), limits, tls, trusted).await
    }

    async fn open_on(
        threads: Option<Arc<Threads>>,
        limits: Limits,
        tls: Option<Arc<Tls>>,
        trusted: TrustedProxies,
    ) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let (trigger, shutdown) = shutdown::channel();
        let listener = Listener {
            socket,
            tls,
            limits,
            trusted,
            threads,
        };
        let witness = Arc::new(Witness::default());
        let gate = Arc::new(Gate::default());
        let service = {
            let gate = Arc::clone(&gate);
            move |request, peer| handler(request, peer, Arc::clone(&gate))
        };
        let observer = Arc::clone(&witness);
        let serving = tokio::spawn(serve(listener, service, observer, Arc::new(SystemEntropy), shutdown));
        Self {
            address,
            trigger,
            serving,
            witness,
            gate,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends bytes and reads until the server closes.
    async fn say(&self, bytes: &[u8]) -> String {
        let mut socket = self.connect().await;
        // The server may refuse and close before it has read everything.
        let _written = socket.write_all(bytes).await;
        until_closed(&mut socket).await
    }

    async fn status(&self, bytes: &[u8]) -> u16 {
        status_of(&self.say(bytes).await)
    }
}

async fn handler(request: Request<Incoming>, peer: Peer, gate: Arc<Gate>) -> Response<Body> {
    match request.uri().path() {
        "/panic" => panic!("hunter2"),
        "/gate" => {
            gate.entered.notify_one();
            gate.open.notified().await;
            Response::new(Body::from("passed"))
        }
        path @ ("/body" | "/hurried-body") => {
            let timeout = if path == "/body" { LONG } else { SHORT };
            let (parts, incoming) = request.into_parts();
            let limits = BodyLimits {
                max_bytes: 1000,
                timeout,
            };
            match body::read(&parts.headers, incoming, limits).await {
                Ok(bytes) => Response::new(Body::from(bytes)),
                Err(refusal) => Response::builder()
                    .status(refusal.status())
                    .body(Body::empty())
                    .unwrap(),
            }
        }
        "/peer" => {
            let certificate = peer.client_certificate.as_ref().map_or(0, |shown| shown.leaf.len());
            let host = peer.host(request.headers());
            let text = format!(
                "{} tls={} host={host} certificate={certificate}",
                peer.address, peer.tls
            );
            Response::new(Body::from(text))
        }
        "/long" => Response::new(Body::from("x".repeat(40_000))),
        _ => Response::new(Body::from("hello")),
    }
}

async fn until_closed<R: AsyncReadExt + Unpin>(socket: &mut R) -> String {
    let mut bytes = Vec::new();
    let _reset = tokio::time::timeout(LONG, socket.read_to_end(&mut bytes))
        .await
        .expect("the server closes the connection");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads one reply of HTTP/1 with a length.
async fn one_reply<R: AsyncReadExt + Unpin>(socket: &mut R) -> String {
    let mut bytes = Vec::new();
    let whole = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let (head, rest) = text.split_once("\r\n\r\n")?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
        (rest.len() >= length.parse().unwrap()).then_some(text)
    };
    loop {
        let mut buffer = [0; 4096];
        let count = tokio::time::timeout(LONG, socket.read(&mut buffer))
            .await
            .unwrap()
            .unwrap();
        assert!(count > 0, "closed after {:?}", String::from_utf8_lossy(&bytes));
        bytes.extend_from_slice(&buffer[..count]);
        if let Some(text) = whole(&bytes) {
            return text;
        }
    }
}

fn status_of(reply: &str) -> u16 {
    reply
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or_else(|| panic!("no reply but {reply:?}"))
}
