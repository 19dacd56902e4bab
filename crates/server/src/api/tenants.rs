//! `/tenants`: the companies and accounts that tokens act for.

use super::answer::{Answer, Versioned, page};
use super::call::Call;
use super::commit;
use super::gather::{self, BATCH, Sifted};
use super::once::{self, Created};
use super::problem::Problem;
use super::route::{Conditions, Gives, Param, Route, handler};
use grantd_core::admin::{Deed, Edit, tenant};
use grantd_core::record::TenantRecord;
use grantd_protocol::Timestamp;
use grantd_store::Store;
use serde_json::Value;
use std::sync::Arc;

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
        conditions: Conditions::Unread,
        query: &[Param {
            name: "q",
            says: "Those whose name or id has this in it, in any case.",
        }],
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
        conditions: Conditions::Unread,
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
        conditions: Conditions::Shown,
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
        conditions: Conditions::Version,
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
        conditions: Conditions::Version,
        query: &[],
        handle: handler!(delete),
    },
];

async fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let window = call.window()?;
    let Some(part) = call.query.get("q").map(str::to_lowercase) else {
        let after = window.after.as_deref();
        let found = call.store().tenants(call.realm(), after, window.limit).await?;
        let key = |tenant: &TenantRecord| tenant.id.to_string();
        return Ok(page(&found, &window, key, tenant::view));
    };
    let batch =
        |after: Option<Arc<str>>| async move { call.store().tenants(call.realm(), after.as_deref(), BATCH).await };
    let after = window.after.as_deref().map(Arc::from);
    gather::page(&window, after, batch, |tenant: TenantRecord| {
        let has = |text: &str| text.to_lowercase().contains(&part);
        let shown = (has(&tenant.name) || has(&tenant.id)).then(|| tenant::view(&tenant));
        (tenant.id, Sifted::from_option(shown))
    })
    .await
}

async fn create(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.body()?;
    let id = body.get("id").and_then(Value::as_str);
    let untaken = async |lost| {
        let Some(id) = id.filter(|_| lost) else {
            return Ok(());
        };
        match call.store().tenant(call.realm(), id).await? {
            Some(_) => Err(tenant::taken().into()),
            None => Ok(()),
        }
    };
    once::create(call, untaken, |(), deed| {
        let edit = tenant::create(&body, deed)?;
        let created = Created {
            body: tenant::view(&edit.after),
            etag: Some(edit.after.tag()),
            location: format!("/tenants/{}", edit.after.id),
            secret: None,
        };
        Ok(Edit {
            change: edit.change,
            after: created,
        })
    })
    .await
}

async fn show(call: &Call<'_>) -> Result<Answer, Problem> {
    Ok(shown(&load(call).await?))
}

async fn change(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.body()?;
    let decide = |before: &TenantRecord, deed: &Deed<'_>| tenant::update(before, &body, deed);
    Ok(shown(&commit::change(call, load, decide).await?))
}

async fn delete(call: &Call<'_>) -> Result<Answer, Problem> {
    let load = async |call| {
        let before = load(call).await?;
        let (store, realm) = (call.store(), call.realm());
        let members = store.members(realm, &before.id, None, None, 1).await?.rows;
        let accounts = store.service_accounts(realm, &before.id, None, 1).await?.rows;
        Ok((before, (!members.is_empty(), !accounts.is_empty())))
    };
    commit::change(call, load, |(before, (has_members, has_accounts)), deed| {
        tenant::delete(before, *has_members, *has_accounts, deed)
    })
    .await?;
    Ok(Answer::done())
}

/// The tenant in the address.
pub(super) async fn load(call: &Call<'_>) -> Result<TenantRecord, Problem> {
    let found = call.store().tenant(call.realm(), call.tenant_segment()?).await?;
    found.ok_or(Problem::Unknown)
}

fn shown(record: &TenantRecord) -> Answer {
    Answer::version(tenant::view(record), record)
}

impl Versioned for TenantRecord {
    fn version(&self) -> (u64, Timestamp) {
        (self.version, self.created_at)
    }
}
