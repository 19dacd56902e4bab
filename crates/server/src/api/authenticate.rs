//! Who calls: the access token's row, what it hangs off, and the core's judgement. The same live check as introspection. A
//! token that is bound to a key comes with a proof of it (RFC 9449 section 7), one that is bound to a certificate over a
//! connection with that (RFC 8705 section 3), and neither in any other way.

use super::base_path;
use super::problem::Problem;
use crate::config::Endpoint;
use crate::error::Failure;
use crate::oauth::{dpop, present};
use crate::request::Request;
use crate::wire;
use grantd_core::admin::Actor;
use grantd_core::admin::actor::{NoActor, Surroundings, authenticate};
use grantd_core::dpop::{Proof, Shown, fits};
use grantd_protocol::{ErrorCode, OAuthError};
use grantd_store::Store;

/// The actor of a request. A proof is spent by whoever it lets in.
pub(super) async fn actor(request: &Request<'_>) -> Result<Actor, Problem> {
    let Presented { token, with_proof } = presented(request)?;
    let proof = with_proof.then(|| proof(request, &token)).transpose()?;
    let app = request.app;
    let realm = &request.realm.config.realm;
    let facts = present::access(request, &token).await?;
    let facts = facts.ok_or(Problem::BadToken(NoActor::Dead))?;
    let token = &facts.token;
    let shown = Shown {
        proof: proof.as_ref(),
        certificate: request.certificate().map(|certificate| certificate.thumbprint),
    };
    fits(token.bound_to, shown).map_err(Problem::Unproved)?;
    let client = app.client(&realm.name, &token.client_id).await?;
    let (mut tenant, mut membership) = (None, None);
    if let Some(id) = &token.tenant {
        tenant = app.store.tenant(&realm.name, id).await?;
        if token.subject != token.client_id {
            let places = app.store.memberships(&realm.name, &token.subject).await?;
            membership = places.into_iter().find(|place| place.tenant.id == *id);
        }
    }
    let around = Surroundings {
        client: client.as_deref(),
        membership: membership.as_ref(),
        tenant: tenant.as_ref(),
    };
    let actor = authenticate(&facts, around, realm, request.now).map_err(Problem::BadToken)?;
    if let Some(proof) = &proof {
        spend(request, proof).await?;
    }
    Ok(actor)
}

/// A token as it was sent.
struct Presented {
    token: String,
    /// Whether it came under the scheme of tokens that are bound to a key (RFC 9449 section 7.1).
    with_proof: bool,
}

/// The token out of the header; this API takes it nowhere else.
fn presented(request: &Request<'_>) -> Result<Presented, Problem> {
    let header = wire::authorization(request.headers()).map_err(Problem::Unreadable)?;
    let (scheme, token) = header.and_then(|header| header.split_once(' ')).unwrap_or_default();
    let with_proof = scheme.eq_ignore_ascii_case("dpop");
    let token = token.trim();
    if token.is_empty() || !(with_proof || scheme.eq_ignore_ascii_case("bearer")) {
        return Err(Problem::NoToken);
    }
    Ok(Presented {
        token: token.to_owned(),
        with_proof,
    })
}

/// The proof that a token under that scheme needs: for this method, this address and this token.
fn proof(request: &Request<'_>, token: &str) -> Result<Proof, Problem> {
    let base = request.realm.config.endpoints.url(Endpoint::Api);
    let path = request.parts.uri.path();
    let below = path.strip_prefix(&*base_path(request)).unwrap_or_default();
    let made_for = (request.method().as_str(), &*format!("{base}{below}"));
    let proof = dpop::proof_for(request, made_for, Some(token)).map_err(Problem::Unproved)?;
    proof.ok_or(Problem::Unproved(OAuthError::new(
        ErrorCode::InvalidDpopProof,
        "the DPoP proof is missing",
    )))
}

/// Remembers that a proof was used; whoever sends it again is refused, at every node.
async fn spend(request: &Request<'_>, proof: &Proof) -> Result<(), Problem> {
    match request.app.write(Vec::new(), std::slice::from_ref(proof.used())).await {
        Ok(()) => Ok(()),
        Err(Failure::Refused { error, .. }) => Err(Problem::Unproved(error)),
        Err(failure) => Err(failure.into()),
    }
}
