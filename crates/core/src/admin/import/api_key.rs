//! API keys of another server: known by their SHA-256, and good as they are.

use super::{FOR_GOOD, Facts, Outcome, digest, instant};
use crate::admin::api_key::refused;
use crate::admin::deed::Deed;
use crate::admin::fields::Fields;
use crate::admin::refused::Refused;
use crate::api_key::{CannotMake, MAX_NAME, Maker, check_tenant, checked_name, expiry, imported_id, permitted};
use crate::change::Write;
use crate::record::ApiKeyRecord;
use crate::single_use::SingleUse;
use grantd_protocol::{ScopeSet, SecretHash};
use serde_json::{Map, Value, json};
use std::sync::Arc;

pub(super) fn read(members: &Map<String, Value>, deed: &Deed<'_>) -> Result<(Box<ApiKeyRecord>, SingleUse), Refused> {
    let mut fields = Fields::new(members);
    let (mut name, mut last_four, mut tenant) = (String::new(), String::new(), None);
    let mut scope = ScopeSet::empty();
    fields.require("name");
    fields.text("name", MAX_NAME, &mut name);
    fields.require("scopes");
    fields.scopes("scopes", &mut scope);
    fields.text("last_four", 4, &mut last_four);
    fields.shared_text("tenant", crate::admin::tenant::MAX_ID, &mut tenant);
    let created_at = instant(&mut fields, "created_at", Some(deed.now)).unwrap_or(deed.now);
    let wanted = instant(&mut fields, "expires_at", None);
    let digest = digest(&mut fields);
    Refused::unless_none(fields.finish())?;
    if !deed.realm.api_keys.enabled {
        return Err(refused(CannotMake::SwitchedOff));
    }
    let maker = Maker {
        actor: deed.actor.name(),
        role: None,
        role_name: None,
        user: None,
    };
    let expires_at = expiry(wanted, deed.now, created_at, deed.realm).map_err(refused)?;
    if expires_at.is_some_and(|end| end <= deed.now) {
        return Err(refused(CannotMake::Past));
    }
    let record = ApiKeyRecord {
        id: imported_id(&deed.realm.name, &digest),
        realm: deed.realm_name(),
        version: 1,
        hash: SecretHash::from_bytes(digest),
        last_four,
        tenant,
        name: checked_name(&name).map_err(refused)?,
        scope: permitted(&scope, &maker, deed.realm).map_err(refused)?,
        created_by: deed.actor.name().to_owned(),
        role: None,
        created_at,
        expires_at,
        ended_at: None,
    };
    let until = expires_at.unwrap_or_else(|| deed.now.plus(FOR_GOOD));
    let once = SingleUse::imported(&deed.realm.name, "api_key", &digest, until);
    Ok((Box::new(record), once))
}

pub(super) fn decide(
    record: &ApiKeyRecord,
    once: &SingleUse,
    facts: &Facts,
    deed: &Deed<'_>,
) -> Result<Outcome, Refused> {
    if facts.imported {
        return Ok(Outcome::Present);
    }
    check_tenant(record.tenant.as_deref(), facts.tenant.as_ref(), deed.realm).map_err(refused)?;
    let detail = json!({ "after": { "name": record.name, "scopes": record.scope, "tenant": record.tenant } });
    let audit = deed.audit("api_key.imported", format!("api_key:{}", record.id), detail);
    let write = Write::InsertApiKey(Box::new(ApiKeyRecord {
        realm: Arc::clone(&record.realm),
        ..record.clone()
    }));
    let mut change = deed.change(Vec::new(), vec![write], audit);
    change.spend(std::slice::from_ref(once));
    Ok(Outcome::New(Box::new(change)))
}
