//! Service accounts: machine clients with a role in a tenant. Whoever makes or changes one holds everything that the
//! role permits, so that nobody gets hold of more through a machine of theirs.

use super::client::{self, Made};
use super::deed::{Deed, Edit};
use super::fields::{Fields, MAX_TEXT};
use super::refused::Refused;
use super::tenant;
use crate::record::client::GrantType;
use crate::record::{ClientRecord, TenantRecord};
use grantd_protocol::{ScopeSet, Seconds};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Decides what a new service account is.
///
/// # Errors
/// [`Refused::Invalid`]; [`Refused::Beyond`] for a role that permits more than the actor may.
pub fn create(body: &Map<String, Value>, place: &TenantRecord, deed: &Deed<'_>) -> Result<Edit<Made>, Refused> {
    let secret = client::draw_secret(deed.secrets);
    let mut record = client::blank(deed.realm, deed.now, deed.entropy);
    record.grant_types = vec![GrantType::ClientCredentials];
    record.tenant = Some(Arc::clone(&place.id));
    let mut fields = Fields::new(body);
    fields.require("name");
    fields.require("role");
    account(&mut fields, &mut record);
    if !fields.has("scopes") {
        // What the role permits is the bound; nothing narrower was asked for.
        record.scopes = record
            .role
            .as_deref()
            .map(|role| deed.realm.role(role))
            .unwrap_or_default();
    }
    if !fields.has("default_scopes") {
        record.default_scopes = record.scopes.clone();
    }
    client::finish(fields, None, &record, deed)?;
    hold(&record, deed)?;
    let (guard, write) = tenant::touch(place);
    client::insert(record, secret, deed, vec![guard], vec![write])
}

/// Decides what a service account becomes.
///
/// # Errors
/// As for [`create`], before and after: an account that may do more than the actor is not the actor's to change.
pub fn update(
    before: &ClientRecord,
    body: &Map<String, Value>,
    deed: &Deed<'_>,
) -> Result<Edit<ClientRecord>, Refused> {
    hold(before, deed)?;
    let mut after = before.clone();
    let mut fields = Fields::new(body);
    account(&mut fields, &mut after);
    client::finish(fields, Some(before), &after, deed)?;
    hold(&after, deed)?;
    Ok(client::replace(before, after, "client.changed", deed))
}

/// Gives it another secret.
///
/// # Errors
/// As for [`update`].
pub fn rotate(before: &ClientRecord, keep: Seconds, deed: &Deed<'_>) -> Result<Edit<Made>, Refused> {
    hold(before, deed)?;
    client::rotate(before, keep, deed)
}

fn account(fields: &mut Fields<'_>, record: &mut ClientRecord) {
    fields.text("name", MAX_TEXT, &mut record.name);
    let mut role = record.role.as_deref().unwrap_or_default().to_owned();
    fields.text("role", MAX_TEXT, &mut role);
    record.role = (!role.is_empty()).then(|| role.into());
    client::permitted(fields, record);
}

/// What the account may do is within its scopes and its role; the actor must hold the role's part of that.
fn hold(record: &ClientRecord, deed: &Deed<'_>) -> Result<(), Refused> {
    let role = record
        .role
        .as_deref()
        .map(|role| deed.realm.role(role))
        .unwrap_or_default();
    let both: ScopeSet = role.iter().chain(record.scopes.iter()).collect();
    deed.must_hold(&both)
}
