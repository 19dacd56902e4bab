//! `/tenants/{tenant}/service-accounts`: machine clients with a role in a tenant.

use super::answer::{Answer, page};
use super::call::{Call, Tries};
use super::clients::{made, shown, tag};
use super::once::Once;
use super::problem::Problem;
use super::route::{Gives, Route, handler};
use grantd_core::admin::{client, service_account};
use grantd_core::record::{ClientRecord, TenantRecord};
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
        query: &[],
        handle: handler!(rotate),
    },
];

async fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let window = call.window()?;
    let tenant = tenant(call).await?;
    let after = window.after.as_deref();
    let found = call
        .store()
        .service_accounts(call.realm(), &tenant.id, after, window.limit)
        .await?;
    let key = |client: &ClientRecord| client.client_id.to_string();
    Ok(page(&found.rows, found.more, &window.filter, key, client::view))
}

async fn create(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.body()?;
    let mut place = tenant(call).await?;
    let below = format!("/tenants/{}/service-accounts", place.id);
    let mut once = match Once::begin(call).await? {
        Ok(once) => once,
        Err(answer) => return Ok(answer),
    };
    let mut tries = Tries::default();
    loop {
        let edit = service_account::create(&body, &place, &once.deed())?;
        let created = made(edit.after, &below);
        if let Some(answer) = once.commit(edit.change, created, &mut tries).await? {
            return Ok(answer);
        }
        place = tenant(call).await?;
    }
}

async fn show(call: &Call<'_>) -> Result<Answer, Problem> {
    Ok(shown(&load(call).await?))
}

async fn change(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.body()?;
    let address = call.address();
    let mut tries = Tries::default();
    loop {
        let before = load(call).await?;
        call.if_match(&tag(&before))?;
        let edit = service_account::update(&before, &body, &call.deed(&address))?;
        if call.commit(edit.change, &mut tries).await? {
            return Ok(shown(&edit.after));
        }
    }
}

async fn delete(call: &Call<'_>) -> Result<Answer, Problem> {
    let address = call.address();
    let mut tries = Tries::default();
    loop {
        let before = load(call).await?;
        call.if_match(&tag(&before))?;
        let edit = client::delete(&before, &call.deed(&address));
        if call.commit(edit.change, &mut tries).await? {
            return Ok(Answer::done());
        }
    }
}

async fn rotate(call: &Call<'_>) -> Result<Answer, Problem> {
    let keep = client::overlap(&call.body_if_any()?)?;
    let below = format!("/tenants/{}/service-accounts", call.tenant_segment()?);
    let mut once = match Once::begin(call).await? {
        Ok(once) => once,
        Err(answer) => return Ok(answer),
    };
    let mut tries = Tries::default();
    loop {
        let before = load(call).await?;
        call.if_match(&tag(&before))?;
        let edit = service_account::rotate(&before, keep, &once.deed())?;
        let created = made(edit.after, &below);
        if let Some(answer) = once.commit(edit.change, created, &mut tries).await? {
            return Ok(answer);
        }
    }
}

async fn tenant(call: &Call<'_>) -> Result<TenantRecord, Problem> {
    let found = call.store().tenant(call.realm(), call.tenant_segment()?).await?;
    found.ok_or(Problem::Unknown)
}

async fn load(call: &Call<'_>) -> Result<ClientRecord, Problem> {
    let tenant = call.tenant_segment()?;
    let found = call.store().client(call.realm(), call.segment("client_id")).await?;
    found
        .filter(|client| client.tenant.as_deref() == Some(tenant))
        .ok_or(Problem::Unknown)
}
