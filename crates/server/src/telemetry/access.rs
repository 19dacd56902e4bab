//! One line a request, and the numbers beside it. A route's name stands for its path, which may carry a secret.

use crate::metrics::Metrics;
use crate::net::{Observe, Seen};
use http::Method;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// The route that answered, put into a response's extensions by the router.
#[derive(Clone, Copy, Debug)]
pub struct Route(pub &'static str);

/// The client a request came from, put into a response's extensions once it is known that there is such a client:
/// what a request merely claims is not logged.
#[derive(Clone, Debug)]
pub struct LoggedClient(pub Arc<str>);

/// Which requests get a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AccessLog {
    /// None.
    Off,
    /// Every nth; internal errors always.
    OneIn(NonZeroU32),
}

impl AccessLog {
    /// Every request gets a line.
    pub const ALL: Self = Self::OneIn(NonZeroU32::MIN);
}

/// Logs and counts every request of a listener.
#[derive(Debug)]
pub struct Observation {
    access_log: AccessLog,
    metrics: Arc<Metrics>,
    seen: AtomicU32,
}

impl Observation {
    /// Counts in `metrics`.
    #[must_use]
    pub const fn new(access_log: AccessLog, metrics: Arc<Metrics>) -> Self {
        Self {
            access_log,
            metrics,
            seen: AtomicU32::new(0),
        }
    }

    fn is_logged(&self, seen: &Seen<'_>) -> bool {
        match self.access_log {
            AccessLog::Off => false,
            AccessLog::OneIn(NonZeroU32::MIN) => true,
            AccessLog::OneIn(nth) => {
                seen.response.status().is_server_error()
                    || self.seen.fetch_add(1, Ordering::Relaxed).is_multiple_of(nth.get())
            }
        }
    }
}

impl Observe for Observation {
    fn full(&self) {
        self.metrics.listener_full();
    }

    fn finished(&self, seen: &Seen<'_>) {
        let status = seen.response.status().as_u16();
        let route = seen
            .response
            .extensions()
            .get::<Route>()
            .map_or("none", |route| route.0);
        self.metrics.http_request(route, status, seen.took);
        if !self.is_logged(seen) {
            return;
        }
        let client = seen.response.extensions().get::<LoggedClient>();
        tracing::info!(
            target: "grantd::access",
            method = method_name(seen.method),
            route,
            status,
            micros = u64::try_from(seen.took.as_micros()).unwrap_or(u64::MAX),
            address = %seen.peer.address,
            request_id = %seen.peer.request_id,
            client_id = client.map(|client| &*client.0),
            "request"
        );
    }
}

/// A method's name, if it is one that everybody knows: any other is a text that the client made up.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::CONNECT => "CONNECT",
        Method::TRACE => "TRACE",
        _ => "other",
    }
}
