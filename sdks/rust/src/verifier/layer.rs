//! A layer that lets only those requests pass that were granted the permissions, and hands the principal on as an extension.

use super::refusal::Refusal;
use super::verify::Verifier;
use crate::clock::BoxFuture;
use grantd_protocol::scope::is_token;
use http::{Request, Response};
use std::sync::Arc;
use std::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service;

/// Asks for these permissions; without any, every good credential passes. The [`Principal`](super::Principal) is an extension
/// of the request from then on.
#[derive(Clone, Debug)]
pub struct RequireScopes {
    verifier: Verifier,
    scopes: Arc<[String]>,
}

/// A service behind [`RequireScopes`].
#[derive(Clone, Debug)]
pub struct RequireScopesService<S> {
    service: S,
    layer: RequireScopes,
}

impl RequireScopes {
    /// A layer that asks for all of these permissions. Several on one route ask one after the other, and verify the request
    /// once.
    ///
    /// # Panics
    /// When one of them is not exactly one scope (RFC 6749 section 3.3): the route could never be called.
    #[expect(
        clippy::panic,
        reason = "as axum's router does, where a program is put together wrongly"
    )]
    pub fn new<T: Into<String>>(verifier: Verifier, scopes: impl IntoIterator<Item = T>) -> Self {
        let scopes: Arc<[String]> = scopes.into_iter().map(Into::into).collect();
        if let Some(wrong) = scopes.iter().find(|scope| !is_token(scope)) {
            panic!("a permission must be exactly one scope: {wrong:?}");
        }
        Self { verifier, scopes }
    }

    async fn admit<B>(&self, request: Request<B>) -> Result<Request<B>, Refusal> {
        let (mut parts, body) = request.into_parts();
        let scopes: Vec<&str> = self.scopes.iter().map(String::as_str).collect();
        self.verifier.admit(&mut parts, &scopes).await?;
        Ok(Request::from_parts(parts, body))
    }
}

impl<S> Layer<S> for RequireScopes {
    type Service = RequireScopesService<S>;

    fn layer(&self, service: S) -> Self::Service {
        RequireScopesService {
            service,
            layer: self.clone(),
        }
    }
}

impl<S, B, R> Service<Request<B>> for RequireScopesService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: From<String> + Send,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response<R>, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The one that said it was ready is the one that is called.
        let clone = self.service.clone();
        let (mut service, layer) = (std::mem::replace(&mut self.service, clone), self.layer.clone());
        Box::pin(async move {
            match layer.admit(request).await {
                Ok(request) => service.call(request).await,
                Err(refusal) => Ok(refusal.into_http()),
            }
        })
    }
}

impl Refusal {
    /// The reply as HTTP, with whatever a service has for bodies. The refusal is in its extensions, for middleware further out.
    #[must_use]
    pub fn into_http<R: From<String>>(self) -> Response<R> {
        let reply = self.reply();
        let mut response = Response::new(R::from(reply.body));
        *response.status_mut() = reply.status;
        *response.headers_mut() = reply.headers;
        response.extensions_mut().insert(self.clone());
        response
    }
}
