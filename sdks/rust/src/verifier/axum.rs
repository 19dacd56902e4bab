//! Extractors for axum: who asks, and what the token says, as a type of one's own.

use super::principal::Principal;
use super::reason::Reason;
use super::refusal::Refusal;
use super::verify::Verifier;
use crate::error::Error;
use axum::body::Body;
use axum::extract::{FromRef, FromRequestParts};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// Who asks, with the token's claims as a `T`. Verifies the request, unless a [`RequireScopes`](super::RequireScopes) did.
///
/// A principal of another verifier does not count.
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
            Err(cause) => {
                let verifier = Verifier::from_ref(state);
                let refusal = verifier.refuse_for(Reason::Claim, Error::Claims(Arc::new(cause)));
                Err(verifier.told(refusal, parts))
            }
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
        let verifier = Verifier::from_ref(state);
        verifier.admit(parts, &[]).await?;
        let principal = parts.extensions.get::<Self>();
        principal.cloned().ok_or_else(|| verifier.refuse(Reason::Missing, &[]))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        self.into_http::<Body>()
    }
}
