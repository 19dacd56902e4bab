//! What the authorization endpoint's decision needs to know about who is in front of the browser.

use super::{cookie, hint};
use crate::error::Failure;
use crate::request::Request;
use grantd_core::authorize::AuthorizationRequest;
use grantd_core::authorize::decide::Facts;
use grantd_core::record::{ClientRecord, MembershipRecord, SessionFacts, TenantAppRecord};
use grantd_core::tenant_app::is_foreign;
use grantd_jose::constant_time_eq;
use grantd_protocol::id::SessionId;
use grantd_protocol::{OAuthError, Timestamp};
use grantd_store::Store;

/// The session that the browser presents, dead or alive.
///
/// # Errors
/// When the store does not answer.
pub async fn session(request: &Request<'_>) -> Result<Option<SessionFacts>, Failure> {
    let Some(bearer) = cookie::session(request) else {
        return Ok(None);
    };
    let facts = request.app.store.session(SessionId::from_bytes(bearer.id)).await?;
    Ok(facts.filter(|facts| {
        let is_the_browsers = constant_time_eq(facts.session.hash.as_bytes(), bearer.hash.as_bytes());
        is_the_browsers && *facts.session.realm == **request.realm.name()
    }))
}

/// Everything about the user, their tenants and their grants to this client.
///
/// # Errors
/// When the store does not answer; `invalid_request` for an `id_token_hint` that was not made here.
pub async fn load(
    request: &Request<'_>,
    asked: &AuthorizationRequest,
    login_asked_at: Option<Timestamp>,
) -> Result<Facts, Failure> {
    let hinted_subject = asked
        .id_token_hint
        .as_deref()
        .map(|hint| hinted_subject(request, asked, hint))
        .transpose()?;
    let session = session(request).await?;
    let client = &asked.client;
    let (memberships, apps, grants) = match &session {
        None => (Vec::new(), Vec::new(), Vec::new()),
        Some(facts) => {
            let (realm, user) = (&facts.session.realm, &facts.session.user);
            let store = &request.app.store;
            let enabled = request.realm.config.realm.tenants.enabled;
            let memberships = if enabled {
                store.memberships(realm, user).await?
            } else {
                Vec::new()
            };
            let apps = apps(request, &memberships, user, client).await?;
            let grants = store.grants_to(realm, user, &client.client_id).await?;
            (memberships, apps, grants)
        }
    };
    Ok(Facts {
        session,
        memberships,
        apps,
        grants,
        hinted_subject,
        login_asked_at,
    })
}

/// What a user's tenants decided about a client; not asked where none of them could have. They are read after the tenants,
/// whose versions guard them.
///
/// # Errors
/// When the store does not answer.
pub async fn apps(
    request: &Request<'_>,
    memberships: &[MembershipRecord],
    user: &str,
    client: &ClientRecord,
) -> Result<Vec<TenantAppRecord>, Failure> {
    let realm = &request.realm.config.realm;
    let is_asked = |place: &MembershipRecord| is_foreign(client, &place.tenant.id, realm);
    if !memberships.iter().any(is_asked) {
        return Ok(Vec::new());
    }
    Ok(request.app.store.apps_of(&realm.name, user, &client.client_id).await?)
}

/// The subject of an ID token that this realm made for this client; a forged one is a mistake.
fn hinted_subject(request: &Request<'_>, asked: &AuthorizationRequest, text: &str) -> Result<String, OAuthError> {
    hint::read(request, text)
        .filter(|hint| *hint.client_id == *asked.client.client_id)
        .map(|hint| hint.subject)
        .ok_or(OAuthError::invalid_request(
            "id_token_hint is not an ID token of this server for this client",
        ))
}
