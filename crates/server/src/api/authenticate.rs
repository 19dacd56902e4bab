//! Who calls: the bearer token's row, what it hangs off, and the core's judgement. The same live check as introspection.

use super::problem::Problem;
use crate::oauth::present;
use crate::request::Request;
use crate::wire;
use grantd_core::admin::Actor;
use grantd_core::admin::actor::{NoActor, Surroundings, authenticate};
use grantd_core::dpop::{Shown, fits};
use grantd_store::Store;

/// The actor of a request.
pub(super) async fn actor(request: &Request<'_>) -> Result<Actor, Problem> {
    let token = presented(request)?;
    let app = request.app;
    let realm = &request.realm.config.realm;
    let facts = present::access(request, &token).await?;
    let facts = facts.ok_or(Problem::BadToken(NoActor::Dead))?;
    let token = &facts.token;
    // Proofs of keys are not taken here, so that what is bound to one is of no use.
    let shown = Shown {
        proof: None,
        certificate: request.certificate().map(|certificate| certificate.thumbprint),
    };
    fits(token.bound_to, shown).map_err(|_| Problem::BadToken(NoActor::Dead))?;
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
    authenticate(&facts, around, realm, request.now).map_err(Problem::BadToken)
}

/// The token out of the header; this API takes it nowhere else.
fn presented(request: &Request<'_>) -> Result<String, Problem> {
    let header = wire::authorization(request.headers()).map_err(Problem::Unreadable)?;
    let header = header.and_then(|header| header.split_once(' '));
    let token = header.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let token = token.map(|(_, token)| token.trim()).filter(|token| !token.is_empty());
    token.map(str::to_owned).ok_or(Problem::NoToken)
}
