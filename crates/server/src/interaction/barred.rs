//! What users see whose tenant does not let them use an application, or not yet: a request of theirs is written down, and a
//! page says how far it is. Whether it may be used is the core's to say (`grantd_core::tenant_app`).

use super::outcome::{self, shell, target};
use super::signed;
use crate::error::{Failure, named};
use crate::refused;
use crate::reply::Reply;
use crate::request::Request;
use grantd_core::admin::{Actor, Deed};
use grantd_core::authorize::{AuthorizationRequest, Callback};
use grantd_core::record::{AppState, SessionFacts};
use grantd_core::tenant_app::{Admission, Barrier, MOST_WAITING, ask};
use grantd_pages::{BarredState, BarredView, CarryUrl, RedirectTarget};
use grantd_store::{CommitError, Store, TenantAppFilter};
use http::StatusCode;

/// The page for an answer that a tenant stands in the way of; `None` where somebody else was faster: it is to be decided again.
/// Only here something is written down: a form of ours led here, so that no other site asks in a user's name.
///
/// # Errors
/// When the store does not answer.
pub(super) async fn answered(
    request: &Request<'_>,
    asked: &AuthorizationRequest,
    session: &SessionFacts,
    barrier: &Barrier,
) -> Result<Option<Reply>, Failure> {
    if barrier.admission != Admission::Unasked {
        return page(request, asked, barrier, shown(barrier)).map(Some);
    }
    let app = request.app;
    let filter = TenantAppFilter {
        tenant: Some(barrier.tenant.id.to_string()),
        state: Some(AppState::Waiting),
        ..TenantAppFilter::default()
    };
    let realm = request.realm.name();
    let waiting = app
        .store
        .tenant_apps(realm, &filter, None, MOST_WAITING)
        .await?
        .rows
        .len();
    let actor = Actor::oneself(&session.session.user);
    let address = request.address.to_string();
    let deed = Deed {
        realm: &request.realm.config.realm,
        actor: &actor,
        address: Some(&address),
        now: request.now,
        entropy: &*app.entropy,
        secrets: &*app.entropy,
    };
    let Some(change) = ask(barrier, &asked.client, session, waiting, &deed) else {
        return page(request, asked, barrier, BarredState::Full).map(Some);
    };
    match app.commit(change).await {
        Ok(_) => page(request, asked, barrier, BarredState::Asked).map(Some),
        Err(CommitError::Conflict) => Ok(None),
        Err(CommitError::Fault(fault)) => Err(fault.into()),
    }
}

/// The page where nothing was answered yet.
///
/// # Errors
/// Never for a configuration that was accepted.
pub(super) fn show(request: &Request<'_>, asked: &AuthorizationRequest, barrier: &Barrier) -> Result<Reply, Failure> {
    page(request, asked, barrier, shown(barrier))
}

const fn shown(barrier: &Barrier) -> BarredState {
    match barrier.admission {
        Admission::Blocked => BarredState::Blocked,
        _ => BarredState::Waiting,
    }
}

fn page(
    request: &Request<'_>,
    asked: &AuthorizationRequest,
    barrier: &Barrier,
    state: BarredState,
) -> Result<Reply, Failure> {
    refused::note_error(request, "consent", &barrier.seen());
    let view = BarredView {
        client_name: asked.client.name.clone(),
        tenant_name: barrier.tenant.name.clone(),
        state,
        back: back(request, asked, barrier),
    };
    let shell = shell(request, asked.ui_locales.as_deref())?;
    Ok(outcome::page(StatusCode::OK, request.app.pages.barred(&view, &shell)))
}

/// The way to the client with an error, for whoever wants to go back. A device has none, nor has who takes its answer by a
/// form.
fn back(request: &Request<'_>, asked: &AuthorizationRequest, barrier: &Barrier) -> Option<(CarryUrl, RedirectTarget)> {
    let callback = Callback::of(asked);
    if callback.mode().is_form() || callback.redirect_uri().is_empty() {
        return None;
    }
    let error = barrier.seen();
    let members = callback.failure(&named(&error, request.id));
    let members = signed::members(request, &callback, &asked.client, members).ok()?;
    let href = CarryUrl::parse(&callback.url(&members)).ok()?;
    Some((href, target(callback.redirect_uri())))
}
