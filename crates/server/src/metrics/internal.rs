//! The internal listener: `/metrics`, `/healthz`, `/readyz`. For the operator's own network; it shows no secret, but
//! nothing of it is meant for the public. Must not know realms.

use super::Metrics;
use crate::net::{Peer, Service};
use axum::body::Body;
use grantd_store::Store;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long the store may take to answer before it counts as down.
const STORE_TIMEOUT: Duration = Duration::from_secs(2);

/// What must have happened before requests should come, apart from the store's answer.
#[derive(Debug, Default)]
pub struct Readiness {
    keys_loaded: AtomicBool,
    stopping: AtomicBool,
}

impl Readiness {
    /// Every realm's keys are loaded.
    pub fn keys_are_loaded(&self) {
        self.keys_loaded.store(true, Ordering::Release);
    }

    /// The server finishes what runs: balancers should send no more.
    pub fn is_stopping(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    fn obstacle(&self) -> Option<&'static str> {
        if self.stopping.load(Ordering::Acquire) {
            return Some("stopping\n");
        }
        (!self.keys_loaded.load(Ordering::Acquire)).then_some("signing keys are not loaded\n")
    }
}

/// Answers the internal listener.
#[derive(Debug)]
pub struct Internal<S> {
    /// Asked whether it answers.
    pub store: Arc<S>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// What else must be there.
    pub readiness: Arc<Readiness>,
}

impl<S: Store> Service for Internal<S> {
    async fn call(&self, request: Request<Incoming>, _peer: Peer) -> Response<Body> {
        self.answer(request.method(), request.uri().path()).await
    }
}

impl<S: Store> Internal<S> {
    async fn answer(&self, method: &Method, path: &str) -> Response<Body> {
        if !matches!(*method, Method::GET | Method::HEAD) {
            let mut refused = text(StatusCode::METHOD_NOT_ALLOWED, "GET only\n");
            refused
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return refused;
        }
        match path {
            "/metrics" => {
                let mut response = text(StatusCode::OK, self.metrics.render());
                let format = "application/openmetrics-text; version=1.0.0; charset=utf-8";
                response
                    .headers_mut()
                    .insert(CONTENT_TYPE, HeaderValue::from_static(format));
                response
            }
            "/healthz" => text(StatusCode::OK, "ok\n"),
            "/readyz" => match self.obstacle().await {
                None => text(StatusCode::OK, "ready\n"),
                Some(why) => text(StatusCode::SERVICE_UNAVAILABLE, why),
            },
            _ => text(StatusCode::NOT_FOUND, "not found\n"),
        }
    }

    /// Why no requests should come. The store's own words go to the log, where its address and user may be said.
    async fn obstacle(&self) -> Option<&'static str> {
        if let Some(why) = self.readiness.obstacle() {
            return Some(why);
        }
        match tokio::time::timeout(STORE_TIMEOUT, self.store.ping()).await {
            Ok(Ok(())) => None,
            Ok(Err(fault)) => {
                tracing::warn!(%fault, "not ready");
                Some("the store does not answer\n")
            }
            Err(_) => {
                tracing::warn!("not ready: the store did not answer in time");
                Some("the store does not answer in time\n")
            }
        }
    }
}

fn text(status: StatusCode, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use grantd_store::memory::MemoryStore;

    fn internal() -> Internal<MemoryStore> {
        Internal {
            store: Arc::new(MemoryStore::new()),
            metrics: Arc::new(Metrics::new()),
            readiness: Arc::new(Readiness::default()),
        }
    }

    async fn ask(internal: &Internal<MemoryStore>, method: Method, path: &str) -> (u16, String) {
        let response = internal.answer(&method, path).await;
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn the_process_is_healthy_before_it_is_ready() {
        let internal = internal();
        assert_eq!(ask(&internal, Method::GET, "/healthz").await.0, 200);
        let (status, why) = ask(&internal, Method::GET, "/readyz").await;
        assert_eq!((status, why.as_str()), (503, "signing keys are not loaded\n"));
        internal.readiness.keys_are_loaded();
        assert_eq!(ask(&internal, Method::GET, "/readyz").await.0, 200);
    }

    #[tokio::test]
    async fn a_server_that_stops_is_not_ready_but_healthy() {
        let internal = internal();
        internal.readiness.keys_are_loaded();
        internal.readiness.is_stopping();
        assert_eq!(ask(&internal, Method::GET, "/readyz").await.0, 503);
        assert_eq!(ask(&internal, Method::GET, "/healthz").await.0, 200);
    }

    #[tokio::test]
    async fn only_reading_and_only_the_three_paths_are_answered() {
        let internal = internal();
        assert_eq!(ask(&internal, Method::GET, "/metrics").await.0, 200);
        assert!(ask(&internal, Method::GET, "/metrics").await.1.ends_with("# EOF\n"));
        assert_eq!(ask(&internal, Method::POST, "/metrics").await.0, 405);
        assert_eq!(ask(&internal, Method::GET, "/").await.0, 404);
    }
}
