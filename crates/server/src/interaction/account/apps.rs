//! Which applications may act for a user, by tenant.

use super::frame::Frame;
use super::moment;
use super::signed::Signed;
use crate::error::Failure;
use crate::interaction::{outcome, view};
use crate::reply::Reply;
use crate::request::Request;
use crate::signed_in::local;
use crate::wire;
use grantd_core::account::last_done;
use grantd_core::record::{GrantRecord, Holder, MembershipRecord};
use grantd_pages::{AppsOfTenant, AppsView, ConnectedApp, LastDone, LocalUrl, Trust};
use grantd_protocol::{ScopeSet, Timestamp};
use grantd_store::Store;
use std::sync::Arc;

/// Applications on one page.
const PER_PAGE: usize = 50;
/// Permissions that are told of what an application last did.
const TOLD: usize = 3;

/// Shows the page.
///
/// # Errors
/// When the store does not answer.
pub(super) async fn show(request: &Request<'_>, signed: &Signed, frame: Frame<'_>) -> Result<Reply, Failure> {
    let places = places(request, signed).await?;
    let name_of = |grant: &GrantRecord| tenant_name(&places, grant);
    let mut grants = live(request, signed).await?;
    // By tenant, the newest first; those without a tenant behind all others.
    grants.sort_by_cached_key(|grant| {
        (
            grant.tenant.is_none(),
            name_of(grant),
            std::cmp::Reverse(grant.updated_at),
        )
    });
    let number = wire::query(request.query()).ok();
    let number = number.and_then(|query| query.get("page")?.parse().ok());
    let page = number.unwrap_or(0_usize).min(grants.len() / PER_PAGE);
    let more = grants.len() > (page + 1) * PER_PAGE;
    let mut tenants: Vec<AppsOfTenant> = Vec::new();
    for grant in grants.iter().skip(page * PER_PAGE).take(PER_PAGE) {
        let app = connected(request, grant, None).await?;
        let tenant = name_of(grant);
        match tenants.last_mut().filter(|group| group.tenant == tenant) {
            Some(group) => group.apps.push(app),
            None => tenants.push(AppsOfTenant {
                tenant,
                apps: vec![app],
            }),
        }
    }
    let newer = page.checked_sub(1).map(|page| at(request, page)).transpose()?;
    let older = more.then(|| at(request, page + 1)).transpose()?;
    frame.page(ScopeSet::empty(), |frame, shell| {
        let view = AppsView {
            frame,
            tenants,
            newer,
            older,
        };
        request.app.pages.apps(&view, shell)
    })
}

fn at(request: &Request<'_>, page: usize) -> Result<LocalUrl, Failure> {
    local(request, &format!("account/apps?page={page}"))
}

/// What the user allowed and stands.
///
/// # Errors
/// When the store does not answer.
pub(super) async fn live(request: &Request<'_>, signed: &Signed) -> Result<Vec<GrantRecord>, Failure> {
    let grants = request
        .app
        .store
        .grants_of(request.realm.name(), &signed.user.id)
        .await?;
    Ok(grants.into_iter().filter(|grant| grant.is_live(request.now)).collect())
}

/// Where the user belongs.
///
/// # Errors
/// When the store does not answer.
pub(super) async fn places(request: &Request<'_>, signed: &Signed) -> Result<Vec<MembershipRecord>, Failure> {
    Ok(request
        .app
        .store
        .memberships(request.realm.name(), &signed.user.id)
        .await?)
}

/// What the user calls the tenant that a grant is for.
pub(super) fn tenant_name(places: &[MembershipRecord], grant: &GrantRecord) -> Option<String> {
    let id = grant.tenant.as_ref()?;
    let place = places.iter().find(|place| place.tenant.id == *id);
    Some(place.map_or_else(|| id.to_string(), |place| place.tenant.name.clone()))
}

/// What is said of an application that holds a grant.
///
/// # Errors
/// When the store does not answer.
pub(super) async fn connected(
    request: &Request<'_>,
    grant: &GrantRecord,
    last_used: Option<Timestamp>,
) -> Result<ConnectedApp, Failure> {
    let client = request.app.client(request.realm.name(), &grant.client_id).await?;
    let nobody = || Trust::Unverified {
        identified_as: grant.client_id.to_string(),
        from_host: None,
    };
    Ok(ConnectedApp {
        url: local(request, &format!("account/apps/{}", grant.id))?,
        name: client
            .as_ref()
            .map_or_else(|| grant.client_id.to_string(), |client| client.name.clone()),
        trust: client.as_ref().map_or_else(nobody, |client| view::trust(client)),
        target: outcome::target(&grant.redirect_uri),
        granted: view::granted(&grant.scope, &grant.scope, &request.realm.config.realm.catalogue),
        allowed_at: moment(grant.created_at)?,
        last_done: seen_doing(request, grant).await?,
        last_used: last_used.map(moment).transpose()?,
        ends_at: grant.expires_at.map(moment).transpose()?,
        ends_with_session: grant.session.is_some(),
    })
}

/// What the application was last seen to do with the grant.
async fn seen_doing(request: &Request<'_>, grant: &GrantRecord) -> Result<Option<LastDone>, Failure> {
    let (app, realm) = (request.app, &request.realm.config.realm);
    let mut uses = app.store.uses(&realm.name, &Holder::Grant(grant.id)).await?;
    uses.extend(app.usage.done_lately(&realm.name, grant.id));
    let Some((at, permissions)) = last_done(&uses) else {
        return Ok(None);
    };
    let title = |name: &Arc<str>| {
        let permission = realm.catalogue.get(name);
        permission.map_or_else(|| name.to_string(), |permission| permission.description.clone())
    };
    Ok(Some(LastDone {
        at: moment(at)?,
        titles: permissions.iter().take(TOLD).map(title).collect(),
        more: permissions.len().saturating_sub(TOLD),
    }))
}
