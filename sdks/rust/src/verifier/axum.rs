//! Extractors for axum: who asks, and what the token says, as a type of one's own.

use super::principal::Principal;
use super::reason::Reason;
use super::refusal::Refusal;
use super::verify::Verifier;
use axum_core::body::Body;
use axum_core::extract::{FromRef, FromRequestParts};
use axum_core::response::{IntoResponse, Response};
use http::request::Parts;
use serde::de::DeserializeOwned;

/// Who asks, with the token's claims as a `T`. Verifies the request, unless a [`RequireScopes`](super::RequireScopes) did.
///
/// Claims that do not fit into `T` refuse the request: the token is good, but not for this API.
#[derive(Clone, Debug)]
pub struct Claims<T> {
    /// Who asks.
    pub principal: Principal,
    /// What the token says.
    pub claims: T,
}

impl<S, T> FromRequestParts<S> for Claims<T>
where
    Verifier: FromRef<S>,
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let principal = Principal::from_request_parts(parts, state).await?;
        match principal.claims_as() {
            Ok(claims) => Ok(Self { principal, claims }),
            Err(_) => Err(Verifier::from_ref(state).refuse(Reason::Claim, &[])),
        }
    }
}

impl<S> FromRequestParts<S> for Principal
where
    Verifier: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        if let Some(principal) = parts.extensions.get::<Self>() {
            return Ok(principal.clone());
        }
        let principal = Verifier::from_ref(state).authenticate_parts(parts, &[]).await?;
        parts.extensions.insert(principal.clone());
        Ok(principal)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        self.into_http::<Body>()
    }
}
