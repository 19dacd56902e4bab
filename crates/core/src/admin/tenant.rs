//! Tenants: made, renamed, disabled, deleted. A tenant's version counts every change of who belongs to it, too, so that
//! "nobody is left in it" and "somebody else can still manage it" hold at the commit and not only when they were read.

use super::deed::{Deed, Edit};
use super::fields::{Fields, MAX_TEXT};
use super::refused::Refused;
use crate::change::{Guard, Write};
use crate::record::{AppPolicy, TenantRecord};
use grantd_protocol::entropy::draw_alphanumeric;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The policies, in the words of a complaint.
pub(super) const APP_POLICIES: &str = "open, approval";
/// The longest id.
pub(super) const MAX_ID: usize = 128;

/// Decides what a new tenant is.
///
/// # Errors
/// [`Refused::Invalid`].
pub fn create(body: &Map<String, Value>, deed: &Deed<'_>) -> Result<Edit<TenantRecord>, Refused> {
    let mut fields = Fields::new(body);
    fields.require("name");
    let mut id = None;
    fields.optional_text("id", MAX_ID, &mut id);
    if id.as_deref().is_some_and(|id| !is_id(id)) {
        fields.complain("/id", "must be letters, digits, hyphens, underscores or dots");
    }
    let mut record = TenantRecord {
        realm: deed.realm_name(),
        id: id.unwrap_or_else(|| draw_alphanumeric(deed.entropy, 22)).into(),
        version: 1,
        name: String::new(),
        enabled: true,
        apps: AppPolicy::default(),
        created_at: deed.now,
    };
    read(&mut fields, &mut record);
    Refused::unless_none(fields.finish())?;
    let guard = Guard::TenantFree {
        realm: Arc::clone(&record.realm),
        id: Arc::clone(&record.id),
    };
    let audit = deed.audit("tenant.created", target(&record), json!({ "after": view(&record) }));
    let change = deed.change(vec![guard], vec![Write::PutTenant(Box::new(record.clone()))], audit);
    Ok(Edit { change, after: record })
}

/// Decides what a tenant becomes.
///
/// # Errors
/// [`Refused::Invalid`].
pub fn update(
    before: &TenantRecord,
    body: &Map<String, Value>,
    deed: &Deed<'_>,
) -> Result<Edit<TenantRecord>, Refused> {
    let mut after = before.clone();
    let mut fields = Fields::new(body);
    read(&mut fields, &mut after);
    Refused::unless_none(fields.finish())?;
    after.version += 1;
    let detail = json!({ "before": view(before), "after": view(&after) });
    let audit = deed.audit("tenant.changed", target(before), detail);
    let change = deed.change(vec![at(before)], vec![Write::PutTenant(Box::new(after.clone()))], audit);
    Ok(Edit { change, after })
}

/// Removes a tenant that nobody belongs to any more; grants in it end.
///
/// # Errors
/// [`Refused::State`] while it has members or service accounts: ending what they can do is decided one by one.
pub fn delete(
    before: &TenantRecord,
    has_members: bool,
    has_service_accounts: bool,
    deed: &Deed<'_>,
) -> Result<Edit<()>, Refused> {
    let left = match (has_members, has_service_accounts) {
        (true, _) => Some("members"),
        (false, true) => Some("service accounts"),
        (false, false) => None,
    };
    if let Some(left) = left {
        return Err(Refused::State(format!(
            "the tenant still has {left}; remove them first"
        )));
    }
    let audit = deed.audit("tenant.deleted", target(before), json!({ "before": view(before) }));
    let write = Write::DeleteTenant {
        realm: Arc::clone(&before.realm),
        id: Arc::clone(&before.id),
        at: deed.now,
    };
    Ok(Edit {
        change: deed.change(vec![at(before)], vec![write], audit),
        after: (),
    })
}

/// An id that is taken already, as a mistake of the body.
#[must_use]
pub fn taken() -> Refused {
    Refused::wrong("/id", "is taken")
}

/// What is shown of a tenant.
#[must_use]
pub fn view(tenant: &TenantRecord) -> Value {
    json!({
        "id": tenant.id,
        "name": tenant.name,
        "enabled": tenant.enabled,
        "app_policy": tenant.apps,
        "created_at": tenant.created_at.secs(),
    })
}

/// The tenant unchanged since it was read, and one version on: for changes of who belongs to it.
#[must_use]
pub fn touch(tenant: &TenantRecord) -> (Guard, Write) {
    let mut after = tenant.clone();
    after.version += 1;
    (at(tenant), Write::PutTenant(Box::new(after)))
}

pub(super) fn read(fields: &mut Fields<'_>, record: &mut TenantRecord) {
    fields.text("name", MAX_TEXT, &mut record.name);
    fields.flag("enabled", &mut record.enabled);
    fields.choice("app_policy", &mut record.apps, APP_POLICIES);
}

pub(super) fn is_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !text.is_empty() && text != "." && text != ".." && text.bytes().all(allowed)
}

fn target(tenant: &TenantRecord) -> String {
    format!("tenant:{}", tenant.id)
}

/// The tenant unchanged since it was read.
pub(crate) fn at(tenant: &TenantRecord) -> Guard {
    Guard::TenantAt {
        realm: Arc::clone(&tenant.realm),
        id: Arc::clone(&tenant.id),
        version: tenant.version,
    }
}
