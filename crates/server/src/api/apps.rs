//! `/apps` and `/tenants/{tenant}/apps`: which applications of others a tenant's members may use, which are blocked, and which
//! wait for an administrator's word.

use super::answer::{Answer, page};
use super::call::Call;
use super::commit;
use super::problem::Problem;
use super::route::{Conditions, Gives, Param, Route, handler};
use super::tenants;
use grantd_core::admin::Deed;
use grantd_core::admin::app::{self, Facts};
use grantd_core::record::{AppState, ClientRecord, TenantAppRecord, TenantRecord};
use grantd_store::{Store, TenantAppFilter};

const READ: &str = "grantd:apps:read";
const WRITE: &str = "grantd:apps:write";

const STATE: Param = Param {
    name: "state",
    says: "Those that are `waiting`, `allowed` or `blocked` alone.",
};

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/apps",
        permission: READ,
        tenants: false,
        says: "List what tenants decided about applications, and what they are asked to decide.",
        takes: None,
        gives: Gives::Page("TenantApp"),
        conditions: Conditions::Unread,
        query: &[
            STATE,
            Param {
                name: "client",
                says: "About this client alone.",
            },
        ],
        handle: handler!(list_all),
    },
    Route {
        method: "GET",
        path: "/tenants/{tenant}/apps",
        permission: READ,
        tenants: true,
        says: "List what a tenant decided about applications, and what it is asked to decide.",
        takes: None,
        gives: Gives::Page("TenantApp"),
        conditions: Conditions::Unread,
        query: &[STATE],
        handle: handler!(list),
    },
    Route {
        method: "GET",
        path: "/tenants/{tenant}/apps/{client_id}",
        permission: READ,
        tenants: true,
        says: "Show what a tenant decided about an application.",
        takes: None,
        gives: Gives::Object("TenantApp"),
        conditions: Conditions::Unread,
        query: &[],
        handle: handler!(show),
    },
    Route {
        method: "PUT",
        path: "/tenants/{tenant}/apps/{client_id}",
        permission: WRITE,
        tenants: true,
        says: "Allow an application in a tenant, or block it: what it has there ends at once.",
        takes: Some("AppDecision"),
        gives: Gives::Object("TenantApp"),
        conditions: Conditions::Presence,
        query: &[],
        handle: handler!(decide),
    },
    Route {
        method: "DELETE",
        path: "/tenants/{tenant}/apps/{client_id}",
        permission: WRITE,
        tenants: true,
        says: "Take a decision back, or remove a request; the tenant's policy says what holds then.",
        takes: None,
        gives: Gives::Nothing,
        conditions: Conditions::Presence,
        query: &[],
        handle: handler!(forget),
    },
    Route {
        method: "GET",
        path: "/tenants/{tenant}/app-policy",
        permission: READ,
        tenants: true,
        says: "Show whether new applications wait for an administrator of the tenant.",
        takes: None,
        gives: Gives::Object("AppPolicy"),
        conditions: Conditions::Unread,
        query: &[],
        handle: handler!(policy),
    },
    Route {
        method: "PUT",
        path: "/tenants/{tenant}/app-policy",
        permission: WRITE,
        tenants: true,
        says: "Say whether new applications wait for an administrator of the tenant. What is in use goes on.",
        takes: Some("AppPolicy"),
        gives: Gives::Object("AppPolicy"),
        conditions: Conditions::Presence,
        query: &[],
        handle: handler!(set_policy),
    },
];

async fn list_all(call: &Call<'_>) -> Result<Answer, Problem> {
    let filter = TenantAppFilter {
        client_id: call.query.get("client").map(str::to_owned),
        ..TenantAppFilter::default()
    };
    listed(call, filter).await
}

async fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let tenant = tenants::load(call).await?;
    let filter = TenantAppFilter {
        tenant: Some(tenant.id.to_string()),
        ..TenantAppFilter::default()
    };
    listed(call, filter).await
}

async fn listed(call: &Call<'_>, mut filter: TenantAppFilter) -> Result<Answer, Problem> {
    if let Some(name) = call.query.get("state") {
        let state = AppState::named(name);
        let bad = || Problem::Bad("state must be waiting, allowed or blocked".to_owned());
        filter.state = Some(state.ok_or_else(bad)?);
    }
    let window = call.window()?;
    // No tenant has a space in its id.
    let after = window.behind(|key| {
        let (tenant, client_id) = key.split_once(' ')?;
        Some((tenant.to_owned(), client_id.to_owned()))
    })?;
    let after = after.as_ref().map(|(tenant, client_id)| (&**tenant, &**client_id));
    let found = call
        .store()
        .tenant_apps(call.realm(), &filter, after, window.limit)
        .await?;
    let key = |row: &TenantAppRecord| format!("{} {}", row.tenant, row.client_id);
    Ok(page(&found, &window, key, app::view))
}

async fn show(call: &Call<'_>) -> Result<Answer, Problem> {
    let loaded = load(call).await?;
    Ok(Answer::object(app::view(&loaded.before.ok_or(Problem::Unknown)?)))
}

async fn decide(call: &Call<'_>) -> Result<Answer, Problem> {
    let state = app::read(&call.body()?)?;
    let decide = |loaded: &Loaded, deed: &Deed<'_>| app::decide(state, loaded.facts(), deed);
    Ok(Answer::object(app::view(
        &commit::placed(call, load, Loaded::is_there, decide).await?,
    )))
}

async fn forget(call: &Call<'_>) -> Result<Answer, Problem> {
    let decide = |loaded: &Loaded, deed: &Deed<'_>| app::forget(loaded.facts(), deed);
    commit::placed(call, load, Loaded::is_there, decide).await?;
    Ok(Answer::done())
}

async fn policy(call: &Call<'_>) -> Result<Answer, Problem> {
    Ok(Answer::object(app::view_policy(tenants::load(call).await?.apps)))
}

async fn set_policy(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.body()?;
    let decide = |before: &TenantRecord, deed: &Deed<'_>| app::set_policy(before, &body, deed);
    let after = commit::decided(call, tenants::load, decide).await?;
    Ok(Answer::object(app::view_policy(after.apps)))
}

struct Loaded {
    tenant: TenantRecord,
    client: Option<ClientRecord>,
    before: Option<TenantAppRecord>,
}

impl Loaded {
    const fn is_there(&self) -> bool {
        self.before.is_some()
    }

    const fn facts(&self) -> Facts<'_> {
        Facts {
            tenant: &self.tenant,
            client: self.client.as_ref(),
            before: self.before.as_ref(),
        }
    }
}

/// The tenant is read first: its version guards what is read after it.
async fn load(call: &Call<'_>) -> Result<Loaded, Problem> {
    let tenant = tenants::load(call).await?;
    let (store, realm, client_id) = (call.store(), call.realm(), call.segment("client_id"));
    let filter = TenantAppFilter {
        tenant: Some(tenant.id.to_string()),
        client_id: Some(client_id.to_owned()),
        state: None,
    };
    let found = store.tenant_apps(realm, &filter, None, 1).await?;
    Ok(Loaded {
        client: store.client(realm, client_id).await?,
        before: found.rows.into_iter().next(),
        tenant,
    })
}
