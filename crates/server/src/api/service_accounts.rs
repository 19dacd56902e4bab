//! `/tenants/{tenant}/service-accounts`: machine clients with a role in a tenant.

use super::answer::{Answer, page};
use super::call::Call;
use super::clients::{made, shown};
use super::commit;
use super::once;
use super::problem::Problem;
use super::route::{Conditions, Gives, Route, handler};
use super::tenants;
use grantd_core::admin::{Deed, client, service_account};
use grantd_core::record::ClientRecord;
use grantd_store::Store;

const READ: &str = "grantd:service-accounts:read";
const WRITE: &str = "grantd:service-accounts:write";

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/tenants/{tenant}/service-accounts",
        permission: READ,
        tenants: true,
        says: "List a tenant's service accounts.",
        takes: None,
        gives: Gives::Page("Client"),
        conditions: Conditions::Unread,
        query: &[],
        handle: handler!(list),
    },
    Route {
        method: "POST",
        path: "/tenants/{tenant}/service-accounts",
        permission: WRITE,
        tenants: true,
        says: "Make a service account with a role that permits no more than the caller may. Its secret is shown in this reply alone.",
        takes: Some("NewServiceAccount"),
        gives: Gives::Created("ClientWithSecret"),
        conditions: Conditions::Unread,
        query: &[],
        handle: handler!(create),
    },
    Route {
        method: "GET",
        path: "/tenants/{tenant}/service-accounts/{client_id}",
        permission: READ,
        tenants: true,
        says: "Show a service account.",
        takes: None,
        gives: Gives::Tagged("Client"),
        conditions: Conditions::Shown,
        query: &[],
        handle: handler!(show),
    },
    Route {
        method: "PATCH",
        path: "/tenants/{tenant}/service-accounts/{client_id}",
        permission: WRITE,
        tenants: true,
        says: "Change a service account.",
        takes: Some("ServiceAccountPatch"),
        gives: Gives::Tagged("Client"),
        conditions: Conditions::Version,
        query: &[],
        handle: handler!(change),
    },
    Route {
        method: "DELETE",
        path: "/tenants/{tenant}/service-accounts/{client_id}",
        permission: WRITE,
        tenants: true,
        says: "Delete a service account; its tokens end.",
        takes: None,
        gives: Gives::Nothing,
        conditions: Conditions::Version,
        query: &[],
        handle: handler!(delete),
    },
    Route {
        method: "POST",
        path: "/tenants/{tenant}/service-accounts/{client_id}/secrets",
        permission: WRITE,
        tenants: true,
        says: "Make another secret, shown in this reply alone; the old ones end when the body says.",
        takes: Some("SecretRotation"),
        gives: Gives::Created("ClientWithSecret"),
        conditions: Conditions::Version,
        query: &[],
        handle: handler!(rotate),
    },
];

async fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let window = call.window()?;
    let tenant = tenants::load(call).await?;
    let after = window.after.as_deref();
    let found = call
        .store()
        .service_accounts(call.realm(), &tenant.id, after, window.limit)
        .await?;
    let key = |client: &ClientRecord| client.client_id.to_string();
    Ok(page(&found, &window, key, client::view))
}

async fn create(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.body()?;
    // Where there is no such tenant, nothing was made in it before either.
    let below = below(&tenants::load(call).await?.id);
    let place = |_| tenants::load(call);
    once::create(call, place, |place, deed| {
        Ok(made(service_account::create(&body, place, deed)?, &below))
    })
    .await
}

async fn show(call: &Call<'_>) -> Result<Answer, Problem> {
    Ok(shown(&load(call).await?))
}

async fn change(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.body()?;
    let decide = |before: &ClientRecord, deed: &Deed<'_>| service_account::update(before, &body, deed);
    Ok(shown(&commit::change(call, load, decide).await?))
}

async fn delete(call: &Call<'_>) -> Result<Answer, Problem> {
    commit::change(call, load, client::delete).await?;
    Ok(Answer::done())
}

async fn rotate(call: &Call<'_>) -> Result<Answer, Problem> {
    let keep = client::overlap(&call.body_if_any()?)?;
    let below = below(call.tenant_segment()?);
    let before = |_| commit::meant(call, load(call));
    once::create(call, before, |before, deed| {
        Ok(made(service_account::rotate(before, keep, deed)?, &below))
    })
    .await
}

/// The address that a tenant's service accounts are below.
fn below(tenant: &str) -> String {
    format!("/tenants/{tenant}/service-accounts")
}

async fn load(call: &Call<'_>) -> Result<ClientRecord, Problem> {
    let tenant = call.tenant_segment()?;
    let found = call.store().client(call.realm(), call.segment("client_id")).await?;
    found
        .filter(|client| client.tenant.as_deref() == Some(tenant))
        .ok_or(Problem::Unknown)
}
