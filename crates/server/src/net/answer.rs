//! One request: screened, answered by the service, observed. A panic in a handler ends the request, not the server.
//! Must not know connections or routes.

use super::Limits;
use super::peer::{Peer, RequestId};
use super::proxy::TrustedProxies;
use super::screen::{plain, screen};
use crate::certificate::ShownCertificate;
use axum::body::Body;
use grantd_protocol::Entropy;
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::time::Instant;

/// What answers requests.
pub trait Service: Send + Sync + 'static {
    /// Answers one.
    fn call(&self, request: Request<Incoming>, peer: Peer) -> impl Future<Output = Response<Body>> + Send;
}

impl<F, R> Service for F
where
    F: Fn(Request<Incoming>, Peer) -> R + Send + Sync + 'static,
    R: Future<Output = Response<Body>> + Send,
{
    fn call(&self, request: Request<Incoming>, peer: Peer) -> impl Future<Output = Response<Body>> + Send {
        self(request, peer)
    }
}

/// A request that was answered. A handler can say more about it in the response's extensions.
#[derive(Debug)]
pub struct Seen<'s> {
    /// Its method.
    pub method: &'s Method,
    /// Who sent it.
    pub peer: &'s Peer,
    /// The reply, its body not sent yet.
    pub response: &'s Response<Body>,
    /// How long the handler took.
    pub took: Duration,
}

/// The status that stands for a request that nobody waited for. It is never sent.
pub const ABORTED: u16 = 499;

/// What is told about every request: the access log, the metrics.
pub trait Observe: Send + Sync + 'static {
    /// A request was answered; or its client went away before, and then the status is [`ABORTED`].
    fn finished(&self, seen: &Seen<'_>);

    /// A connection has to wait, because as many are open as may be.
    fn full(&self) {}
}

/// What every request of a listener shares.
pub(super) struct Shared<S, O> {
    pub(super) limits: Limits,
    pub(super) trusted: TrustedProxies,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) service: S,
    pub(super) observer: Arc<O>,
}

/// What every request of a connection shares.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub(super) socket: SocketAddr,
    pub(super) tls: bool,
    pub(super) client_certificate: Option<Arc<ShownCertificate>>,
}

/// Answers one request, whatever happens.
pub(super) async fn answer<S: Service, O: Observe>(
    shared: &Shared<S, O>,
    origin: &Origin,
    mut request: Request<Incoming>,
) -> Response<Body> {
    let unanswered = Unanswered {
        observer: &*shared.observer,
        begin: Instant::now(),
        method: request.method().clone(),
        peer: peer(shared, origin, &request),
        is_answered: false,
    };
    let peer = &unanswered.peer;
    let response = match screen(&mut request, &shared.limits) {
        Ok(()) => {
            // It stays where it is: what a handler remembers is some kilobytes, and each move copies all of it.
            let handler = pin!(shared.service.call(request, peer.clone()));
            unless_it_panics(handler, peer.request_id).await
        }
        Err(refusal) => refusal.response(request.version()),
    };
    unanswered.answered(&response);
    response
}

/// A request until its answer. Dropped before that, because the connection is gone, it is observed as aborted.
struct Unanswered<'s, O: Observe> {
    observer: &'s O,
    begin: Instant,
    method: Method,
    peer: Peer,
    is_answered: bool,
}

impl<O: Observe> Unanswered<'_, O> {
    fn answered(mut self, response: &Response<Body>) {
        self.is_answered = true;
        self.observe(response);
    }

    fn observe(&self, response: &Response<Body>) {
        self.observer.finished(&Seen {
            method: &self.method,
            peer: &self.peer,
            response,
            took: self.begin.elapsed(),
        });
    }
}

impl<O: Observe> Drop for Unanswered<'_, O> {
    fn drop(&mut self) {
        if self.is_answered {
            return;
        }
        let mut nothing = Response::new(Body::empty());
        if let Ok(aborted) = StatusCode::from_u16(ABORTED) {
            *nothing.status_mut() = aborted;
        }
        self.observe(&nothing);
    }
}

fn peer<S, O, B>(shared: &Shared<S, O>, origin: &Origin, request: &Request<B>) -> Peer {
    let forwarded = shared.trusted.resolve(origin.socket.ip(), request.headers());
    Peer {
        address: forwarded.address,
        socket: origin.socket,
        tls: forwarded.https.unwrap_or(origin.tls),
        forwarded_host: forwarded.host,
        from_trusted_proxy: forwarded.trusted,
        // The connection's own certificate is the proxy's, also where it says nothing of what it was shown.
        client_certificate: if forwarded.trusted {
            forwarded.certificate.map(Arc::new)
        } else {
            origin.client_certificate.clone()
        },
        request_id: RequestId::draw(&*shared.entropy),
    }
}

/// A handler that panics has said nothing yet: its client gets 500 with the request's id, and the panic's own text,
/// which may hold anything, goes nowhere.
async fn unless_it_panics(
    mut handler: Pin<&mut impl Future<Output = Response<Body>>>,
    id: RequestId,
) -> Response<Body> {
    poll_fn(|cx| {
        // The future is dropped right after a panic and nothing else of it is looked at.
        match catch_unwind(AssertUnwindSafe(|| handler.as_mut().poll(cx))) {
            Ok(polled) => polled,
            Err(_panic) => {
                tracing::error!(request_id = %id, "a handler panicked");
                let text = format!("Something went wrong here. Request {id}\n");
                Poll::Ready(plain(StatusCode::INTERNAL_SERVER_ERROR, text))
            }
        }
    })
    .await
}

#[cfg(test)]
mod tests;
