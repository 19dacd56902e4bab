//! What users allowed applications: narrowed and ended by an operator or a tenant's administrator.

use super::client::{extend, list};
use super::deed::{Deed, Edit};
use super::fields::Fields;
use super::refused::Refused;
use crate::change::{Guard, Write};
use crate::record::{AccessRecord, GrantRecord};
use grantd_protocol::ScopeSet;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Reads what a grant is to be narrowed to.
///
/// # Errors
/// [`Refused::Invalid`] for anything that was not allowed before, and for nothing at all: that is ending it.
pub fn read(before: &GrantRecord, body: &Map<String, Value>) -> Result<ScopeSet, Refused> {
    let mut fields = Fields::new(body);
    let mut scopes = ScopeSet::empty();
    fields.require("scopes");
    fields.scopes("scopes", &mut scopes);
    for (index, scope) in scopes.iter().enumerate() {
        if !before.scope.covers(scope) {
            let detail = format!("'{scope}' was not allowed; a user can allow more, nobody else can");
            fields.complain(&format!("/scopes/{index}"), detail);
        }
    }
    if fields.has("scopes") && scopes.is_empty() {
        fields.complain("/scopes", "is empty; delete the grant to end it");
    }
    Refused::unless_none(fields.finish()).map(|()| scopes)
}

/// Narrows a grant. `tokens` are its access tokens; those that carry more than is left end.
#[must_use]
pub fn narrow(before: &GrantRecord, scopes: ScopeSet, tokens: &[AccessRecord], deed: &Deed<'_>) -> Edit<GrantRecord> {
    let mut after = before.clone();
    after.version += 1;
    after.scope = scopes;
    after.updated_at = deed.now;
    let detail = json!({ "before": view(before), "after": view(&after) });
    let audit = deed.audit("grant.narrowed", target(before), detail);
    let mut writes = vec![Write::UpdateGrant {
        id: before.id,
        scope: after.scope.clone(),
        resource: Arc::clone(&before.resource),
        redirect_uri: before.redirect_uri.clone(),
        at: deed.now,
        expires_at: before.expires_at,
        session: before.session,
    }];
    let beyond = tokens
        .iter()
        .filter(|token| token.grant == Some(before.id) && !after.scope.covers_all(&token.scope));
    writes.extend(beyond.map(|token| Write::EndAccess {
        id: token.id,
        at: deed.now,
    }));
    Edit {
        change: deed.change(vec![at(before)], writes, audit),
        after,
    }
}

/// Ends a grant with everything that hangs off it.
#[must_use]
pub fn end(before: &GrantRecord, deed: &Deed<'_>) -> Edit<()> {
    let audit = deed.audit("grant.ended", target(before), json!({ "before": view(before) }));
    let write = Write::EndGrant {
        id: before.id,
        at: deed.now,
    };
    Edit {
        change: deed.change(vec![at(before)], vec![write], audit),
        after: (),
    }
}

/// What is shown of a grant.
#[must_use]
pub fn view(grant: &GrantRecord) -> Value {
    let mut value = json!({
        "id": grant.id,
        "user_id": grant.user,
        "client_id": grant.client_id,
        "scopes": list(&grant.scope),
        "created_at": grant.created_at.secs(),
        "updated_at": grant.updated_at.secs(),
    });
    let resources: Vec<&str> = grant.resource.split(' ').filter(|one| !one.is_empty()).collect();
    let optional = [
        ("tenant", grant.tenant.as_ref().map(|tenant| json!(tenant))),
        ("resources", (!resources.is_empty()).then(|| json!(resources))),
        ("expires_at", grant.expires_at.map(|end| json!(end.secs()))),
    ];
    extend(&mut value, optional);
    value
}

fn at(grant: &GrantRecord) -> Guard {
    Guard::GrantAt {
        id: grant.id,
        version: grant.version,
    }
}

fn target(grant: &GrantRecord) -> String {
    format!("grant:{}", grant.id)
}
