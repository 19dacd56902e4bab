//! `/tenants`: the companies and accounts that tokens act for.

use super::answer::{Answer, etag, page};
use super::call::{Call, Tries};
use super::once::{Created, Once};
use super::problem::Problem;
use super::route::{Gives, Route, handler};
use grantd_core::admin::tenant;
use grantd_core::record::TenantRecord;
use grantd_store::Store;

const READ: &str = "grantd:tenants:read";
const WRITE: &str = "grantd:tenants:write";

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/tenants",
        permission: READ,
        tenants: false,
        says: "List the tenants.",
        takes: None,
        gives: Gives::Page("Tenant"),
        query: &[],
        handle: handler!(list),
    },
    Route {
        method: "POST",
        path: "/tenants",
        permission: WRITE,
        tenants: false,
        says: "Make a tenant.",
        takes: Some("NewTenant"),
        gives: Gives::Created("Tenant"),
        query: &[],
        handle: handler!(create),
    },
    Route {
        method: "GET",
        path: "/tenants/{tenant}",
        permission: READ,
        tenants: true,
        says: "Show a tenant.",
        takes: None,
        gives: Gives::Tagged("Tenant"),
        query: &[],
        handle: handler!(show),
    },
    Route {
        method: "PATCH",
        path: "/tenants/{tenant}",
        permission: WRITE,
        tenants: false,
        says: "Rename, disable or enable a tenant.",
        takes: Some("TenantPatch"),
        gives: Gives::Tagged("Tenant"),
        query: &[],
        handle: handler!(change),
    },
    Route {
        method: "DELETE",
        path: "/tenants/{tenant}",
        permission: WRITE,
        tenants: false,
        says: "Delete a tenant that has neither members nor service accounts; grants in it end.",
        takes: None,
        gives: Gives::Nothing,
        query: &[],
        handle: handler!(delete),
    },
];

async fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let window = call.window()?;
    let found = call
        .store()
        .tenants(call.realm(), window.after.as_deref(), window.limit)
        .await?;
    let key = |tenant: &TenantRecord| tenant.id.to_string();
    Ok(page(&found.rows, found.more, &window.filter, key, tenant::view))
}

async fn create(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.body()?;
    let mut once = match Once::begin(call).await? {
        Ok(once) => once,
        Err(answer) => return Ok(answer),
    };
    let mut tries = Tries::default();
    loop {
        let edit = tenant::create(&body, &once.deed())?;
        let id = edit.after.id.clone();
        let created = Created {
            body: tenant::view(&edit.after),
            etag: Some(tag(&edit.after)),
            location: format!("/tenants/{id}"),
            secret: None,
        };
        if let Some(answer) = once.commit(edit.change, created, &mut tries).await? {
            return Ok(answer);
        }
        if call.store().tenant(call.realm(), &id).await?.is_some() {
            return Err(tenant::taken().into());
        }
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
        let edit = tenant::update(&before, &body, &call.deed(&address))?;
        if call.commit(edit.change, &mut tries).await? {
            return Ok(shown(&edit.after));
        }
    }
}

async fn delete(call: &Call<'_>) -> Result<Answer, Problem> {
    let address = call.address();
    let (store, realm) = (call.store(), call.realm());
    let mut tries = Tries::default();
    loop {
        let before = load(call).await?;
        call.if_match(&tag(&before))?;
        let members = store.members(realm, &before.id, None, None, 1).await?.rows;
        let accounts = store.service_accounts(realm, &before.id, None, 1).await?.rows;
        let deed = call.deed(&address);
        let edit = tenant::delete(&before, !members.is_empty(), !accounts.is_empty(), &deed)?;
        if call.commit(edit.change, &mut tries).await? {
            return Ok(Answer::done());
        }
    }
}

/// The tenant in the address.
pub(super) async fn load(call: &Call<'_>) -> Result<TenantRecord, Problem> {
    let found = call.store().tenant(call.realm(), call.tenant_segment()?).await?;
    found.ok_or(Problem::Unknown)
}

fn shown(record: &TenantRecord) -> Answer {
    Answer::object(tenant::view(record)).tagged(tag(record))
}

fn tag(record: &TenantRecord) -> String {
    etag(record.version, record.created_at)
}
