//! What a tenant's administrators say of applications that are not the platform's own: allowed, blocked, or nothing any more;
//! and whether new ones wait for them. Each changes the tenant's version, and blocking ends what there is in the same change.

use super::client::extend;
use super::deed::{Deed, Edit};
use super::fields::Fields;
use super::refused::Refused;
use super::tenant;
use crate::change::Write;
use crate::record::{AppPolicy, AppState, ClientRecord, TenantAppRecord, TenantRecord};
use crate::tenant_app::{is_foreign, target};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The facts of a decision about an application.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The tenant.
    pub tenant: &'a TenantRecord,
    /// The client, where there still is one.
    pub client: Option<&'a ClientRecord>,
    /// What was decided before, or is asked.
    pub before: Option<&'a TenantAppRecord>,
}

/// Whether the body allows or blocks.
///
/// # Errors
/// [`Refused::Invalid`].
pub fn read(body: &Map<String, Value>) -> Result<AppState, Refused> {
    let mut fields = Fields::new(body);
    let mut state = AppState::Waiting;
    fields.require("state");
    fields.choice("state", &mut state, "allowed, blocked");
    if fields.has("state") && state == AppState::Waiting {
        fields.complain("/state", "must be allowed or blocked");
    }
    Refused::unless_none(fields.finish()).map(|()| state)
}

/// Allows an application in a tenant, or blocks it: then what it has there ends.
///
/// # Errors
/// [`Refused::Unknown`] for a client that is not there; [`Refused::State`] for one of the platform's or the tenant's own.
pub fn decide(state: AppState, facts: Facts<'_>, deed: &Deed<'_>) -> Result<Edit<TenantAppRecord>, Refused> {
    let client = facts.client.ok_or(Refused::Unknown)?;
    if !is_foreign(client, &facts.tenant.id, deed.realm) {
        let text = "the application is the platform's or the tenant's own; operators disable those";
        return Err(Refused::State(text.to_owned()));
    }
    let after = TenantAppRecord {
        realm: deed.realm_name(),
        tenant: Arc::clone(&facts.tenant.id),
        client_id: Arc::clone(&client.client_id),
        name: client.name.clone(),
        state,
        asked_by: facts.before.and_then(|before| before.asked_by.clone()),
        asked_at: facts.before.and_then(|before| before.asked_at),
        decided_at: Some(deed.now),
    };
    let (guard, touch) = tenant::touch(facts.tenant);
    let mut writes = vec![touch, Write::PutTenantApp(Box::new(after.clone()))];
    let action = if state == AppState::Blocked {
        writes.push(Write::EndTenantApp {
            realm: deed.realm_name(),
            tenant: Arc::clone(&facts.tenant.id),
            client_id: Arc::clone(&client.client_id),
            at: deed.now,
        });
        "app.blocked"
    } else {
        "app.allowed"
    };
    let mut detail = json!({ "after": view(&after) });
    extend(&mut detail, [("before", facts.before.map(view))]);
    let audit = deed.audit(action, target(&after), detail);
    Ok(Edit {
        change: deed.change(vec![guard], writes, audit),
        after,
    })
}

/// Takes back what was decided, or removes a request: the tenant's policy says what holds then.
///
/// # Errors
/// [`Refused::Unknown`] where nothing was decided or asked.
pub fn forget(facts: Facts<'_>, deed: &Deed<'_>) -> Result<Edit<()>, Refused> {
    let before = facts.before.ok_or(Refused::Unknown)?;
    let (guard, touch) = tenant::touch(facts.tenant);
    let write = Write::DeleteTenantApp {
        realm: deed.realm_name(),
        tenant: Arc::clone(&before.tenant),
        client_id: Arc::clone(&before.client_id),
    };
    let audit = deed.audit("app.forgotten", target(before), json!({ "before": view(before) }));
    Ok(Edit {
        change: deed.change(vec![guard], vec![touch, write], audit),
        after: (),
    })
}

/// Says whether new applications wait.
///
/// # Errors
/// [`Refused::Invalid`].
pub fn set_policy(
    before: &TenantRecord,
    body: &Map<String, Value>,
    deed: &Deed<'_>,
) -> Result<Edit<TenantRecord>, Refused> {
    let mut after = before.clone();
    let mut fields = Fields::new(body);
    fields.require("app_policy");
    fields.choice("app_policy", &mut after.apps, tenant::APP_POLICIES);
    Refused::unless_none(fields.finish())?;
    after.version += 1;
    let detail = json!({ "before": view_policy(before.apps), "after": view_policy(after.apps) });
    let audit = deed.audit("tenant.app_policy_changed", format!("tenant:{}", before.id), detail);
    let write = Write::PutTenant(Box::new(after.clone()));
    Ok(Edit {
        change: deed.change(vec![tenant::at(before)], vec![write], audit),
        after,
    })
}

/// What is shown of a policy.
#[must_use]
pub fn view_policy(policy: AppPolicy) -> Value {
    json!({ "app_policy": policy })
}

/// What is shown of an application in a tenant.
#[must_use]
pub fn view(record: &TenantAppRecord) -> Value {
    let mut value = json!({
        "tenant": record.tenant,
        "client_id": record.client_id,
        "name": record.name,
        "state": record.state,
    });
    let optional = [
        ("asked_by", record.asked_by.as_ref().map(|user| json!(user))),
        ("asked_at", record.asked_at.map(|at| json!(at.secs()))),
        ("decided_at", record.decided_at.map(|at| json!(at.secs()))),
    ];
    extend(&mut value, optional);
    value
}

#[cfg(test)]
mod tests;
