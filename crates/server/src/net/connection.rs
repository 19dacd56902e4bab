//! One connection from its handshake to its end: HTTP/1 or HTTP/2, under its deadlines, told when the server stops.
//! Must not know routes.

use super::answer::{Observe, Origin, Service, Shared, answer};
use super::stream::{Stream, Watched};
use super::turns::{Turn, Turns};
use super::watch::{Activity, Overdue, Watch};
use super::{Limits, Tls};
use crate::certificate::ShownCertificate;
use crate::shutdown::Shutdown;
use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::HttpService;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::server::Acceptor;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

/// How much more than the limits of URI and header is read of a request head, so that one that is too long can be
/// answered with the status that says which of the two it was.
const HEAD_MARGIN: usize = 64 * 1024;

/// Streams of one HTTP/2 connection that may be open at once.
const MAX_STREAMS: u32 = 100;
/// Streams that a client may open and reset before they are looked at; beyond it the connection ends (rapid reset).
const MAX_RESETS: usize = 20;
/// The same for streams that this side resets because of the client's errors.
const MAX_OWN_RESETS: usize = 64;

/// Why a connection is left alone or ended.
pub(super) struct Signals {
    /// Finish what runs, then close.
    pub(super) stop: Shutdown,
    /// Close.
    pub(super) kill: Shutdown,
}

/// Serves one connection until it ends.
pub(super) async fn drive<S: Service, O: Observe>(
    (socket, address): (TcpStream, SocketAddr),
    tls: Option<Arc<Tls>>,
    shared: Arc<Shared<S, O>>,
    turns: Option<Arc<Turns>>,
    mut signals: Signals,
) {
    // Replies are written whole; waiting to fill a segment only delays them.
    let _delayed = socket.set_nodelay(true);
    let (stream, origin, is_http2) = match tls {
        None => (Stream::Plain(socket), plain_origin(address), false),
        Some(tls) => {
            let handshake = handshake(socket, tls);
            let timed = tokio::time::timeout(shared.limits.handshake_timeout, handshake);
            let stream = tokio::select! {
                () = signals.kill.requested() => return,
                stream = timed => match stream {
                    Ok(Ok(stream)) => stream,
                    // Scanners and old clients; what they sent is nobody's fault here.
                    Ok(Err(_)) | Err(_) => return,
                },
            };
            let (_, session) = stream.get_ref();
            let is_http2 = session.alpn_protocol() == Some(b"h2");
            let shown = session.peer_certificates().unwrap_or_default();
            let shown = ShownCertificate::new(shown.iter().map(|der| der.to_vec()));
            let origin = Origin {
                socket: address,
                tls: true,
                client_certificate: shown.map(Arc::new),
            };
            (Stream::Tls(Box::new(stream)), origin, is_http2)
        }
    };
    let activity = Arc::new(Activity::default());
    let (watched, returned) = Watched::new(stream, Arc::clone(&activity), Turn::new(turns));
    let io = TokioIo::new(watched);
    let limits = &shared.limits;
    let watch = Watch::new(
        Arc::clone(&activity),
        limits.header_timeout,
        limits.idle_timeout,
        !is_http2,
    );
    let service = requests(Arc::clone(&shared), Arc::new(origin), activity);
    let ended = if is_http2 {
        serve_http2(limits, io, service, watch, &mut signals).await
    } else {
        serve_http1(limits, io, service, watch, &mut signals).await
    };
    // hyper dropped its end with the connection.
    if let (Ended::InOrder, Ok(stream)) = (ended, returned.await) {
        tokio::select! {
            () = signals.kill.requested() => {}
            () = stream.linger() => {}
        }
    }
}

/// How a connection ended.
enum Ended {
    /// By itself, or by being told to. What the client was still sending is read.
    InOrder,
    /// It was cut.
    Cut,
}

/// Whether clients are asked for a certificate depends on the name that they call this server by.
async fn handshake(socket: TcpStream, tls: Arc<Tls>) -> std::io::Result<TlsStream<TcpStream>> {
    let begun = LazyConfigAcceptor::new(Acceptor::default(), socket).await?;
    let config = tls.config_for(begun.client_hello().server_name());
    begun.into_stream(config).await
}

const fn plain_origin(socket: SocketAddr) -> Origin {
    Origin {
        socket,
        tls: false,
        client_certificate: None,
    }
}

/// The connection's requests as hyper asks for them.
fn requests<S: Service, O: Observe>(
    shared: Arc<Shared<S, O>>,
    origin: Arc<Origin>,
    activity: Arc<Activity>,
) -> impl HttpService<Incoming, ResBody = Body, Error = Infallible, Future: Send + 'static> {
    hyper::service::service_fn(move |request: Request<Incoming>| {
        let running = activity.begin();
        let (shared, origin) = (Arc::clone(&shared), Arc::clone(&origin));
        async move {
            let response: Response<Body> = answer(&shared, &origin, request).await;
            drop(running);
            Ok::<_, Infallible>(response)
        }
    })
}

async fn serve_http1<H>(
    limits: &Limits,
    io: TokioIo<Watched>,
    service: H,
    mut watch: Watch,
    signals: &mut Signals,
) -> Ended
where
    H: HttpService<Incoming, ResBody = Body, Error = Infallible>,
{
    let mut builder = http1::Builder::new();
    let head = limits.max_uri_bytes + limits.max_header_bytes + HEAD_MARGIN;
    // Heads are timed by the watch, which also knows an idle connection; see there.
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_header_size(head)
        .max_buf_size(head);
    if limits.max_headers != 100 {
        // 100 is hyper's own limit, and as such costs no allocation.
        builder.max_headers(limits.max_headers);
    }
    let mut connection = builder.serve_connection(io, service);
    let mut stopping = false;
    loop {
        tokio::select! {
            biased;
            () = signals.kill.requested() => return Ended::Cut,
            _ended = &mut connection => return Ended::InOrder,
            () = signals.stop.requested(), if !stopping => {
                stopping = true;
                std::pin::Pin::new(&mut connection).graceful_shutdown();
            }
            _why = watch.overdue() => return Ended::Cut,
        }
    }
}

async fn serve_http2<H>(
    limits: &Limits,
    io: TokioIo<Watched>,
    service: H,
    mut watch: Watch,
    signals: &mut Signals,
) -> Ended
where
    H: HttpService<Incoming, ResBody = Body, Error = Infallible>,
    H::Future: Send + 'static,
{
    let mut builder = http2::Builder::new(TokioExecutor::new());
    let head = limits.max_uri_bytes + limits.max_header_bytes;
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_pending_accept_reset_streams(MAX_RESETS)
        .max_local_error_reset_streams(MAX_OWN_RESETS)
        // The list counts 32 bytes of overhead a line (RFC 9113 section 6.5.2).
        .max_header_list_size(u32::try_from(head + 32 * limits.max_headers).unwrap_or(u32::MAX))
        // Bodies are small: more window would only be memory that a client can fill.
        .initial_stream_window_size(64 * 1024)
        .initial_connection_window_size(256 * 1024)
        .max_send_buf_size(64 * 1024);
    let mut connection = std::pin::pin!(builder.serve_connection(io, service));
    let mut stopping = false;
    loop {
        tokio::select! {
            biased;
            () = signals.kill.requested() => return Ended::Cut,
            _ended = connection.as_mut() => return Ended::InOrder,
            () = signals.stop.requested(), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
            why = watch.overdue() => {
                // A client that is told to go (GOAWAY) loses no request; one that does not go is cut.
                if stopping || why == Overdue::Head {
                    return Ended::Cut;
                }
                stopping = true;
                connection.as_mut().graceful_shutdown();
                watch.restart_as_last_chance();
            }
        }
    }
}
