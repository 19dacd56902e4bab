//! Clients and service accounts of another server, with their own ids and the hashes of their secrets.

use super::{Facts, Outcome, foreign_id, instant, misfit};
use crate::admin::client::{application, blank, finish, service, view};
use crate::admin::deed::Deed;
use crate::admin::fields::Fields;
use crate::admin::refused::Refused;
use crate::admin::tenant;
use crate::change::{Guard, Write};
use crate::record::{ClientRecord, ClientSecret, SecretProof};
use crate::stored_hash::{HashText, StoredHash};
use grantd_protocol::{SecretHash, Timestamp};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Two secrets at the most are alive at a time.
const MAX_SECRETS: usize = 2;

pub(super) fn read(members: &Map<String, Value>, deed: &Deed<'_>) -> Result<Box<ClientRecord>, Refused> {
    // Its age is not taken over: what was issued to an earlier client of this id must stay dead.
    let mut record = blank(deed.realm, deed.now, deed.entropy);
    let mut fields = Fields::new(members);
    fields.require("name");
    record.client_id = foreign_id(&mut fields, "client_id");
    if record.client_id.contains("://") {
        fields.complain("/client_id", "is an address: such a client describes itself there");
    }
    application(&mut fields, &mut record);
    service(&mut fields, &mut record);
    if !fields.has("default_scopes") {
        record.default_scopes.clone_from(&record.scopes);
    }
    record.secrets = secrets(&mut fields, deed.now);
    match (record.auth_method.has_secret(), record.secrets.is_empty()) {
        (true, true) => fields.complain("/secrets", "a client that authenticates by a secret has at least one"),
        (false, false) => fields.complain("/secrets", "a client that authenticates in this way has none"),
        _ => {}
    }
    finish(fields, None, &record, deed)?;
    Ok(Box::new(record))
}

fn secrets(fields: &mut Fields<'_>, now: Timestamp) -> Vec<ClientSecret> {
    let mut listed: Option<Vec<Map<String, Value>>> = None;
    fields.optional_choice("secrets", &mut listed, "a list of objects");
    let listed = listed.unwrap_or_default();
    if listed.len() > MAX_SECRETS {
        fields.complain("/secrets", format!("are more than {MAX_SECRETS}"));
    }
    let read = listed.iter().take(MAX_SECRETS).enumerate();
    read.filter_map(|(index, members)| {
        let mut own = Fields::new(members);
        let secret = secret(&mut own, now);
        for wrong in own.finish() {
            fields.complain(&format!("/secrets/{index}{}", wrong.pointer), wrong.detail);
        }
        secret
    })
    .collect()
}

fn secret(fields: &mut Fields<'_>, now: Timestamp) -> Option<ClientSecret> {
    let (mut hash, mut last_four) = (String::new(), String::new());
    fields.require("hash");
    fields.text("hash", 512, &mut hash);
    fields.text("last_four", 4, &mut last_four);
    let created_at = instant(fields, "created_at", Some(now)).unwrap_or(now);
    let expires_at = instant(fields, "expires_at", None);
    let proof = match proof(&hash) {
        Ok(proof) => proof,
        Err(detail) => {
            fields.complain("/hash", detail);
            return None;
        }
    };
    Some(ClientSecret {
        hash: proof,
        first_four: String::new(),
        last_four,
        created_at,
        expires_at,
    })
}

fn proof(text: &str) -> Result<SecretProof, String> {
    match StoredHash::parse(text).map_err(|unreadable| unreadable.to_string())? {
        // As we keep ours.
        StoredHash::Sha256(digest) => Ok(SecretProof::Quick(SecretHash::from_bytes(digest))),
        _ => HashText::new(text.to_owned())
            .map(SecretProof::Imported)
            .map_err(|unreadable| unreadable.to_string()),
    }
}

pub(super) fn decide(record: &ClientRecord, facts: &Facts, deed: &Deed<'_>) -> Result<Outcome, Refused> {
    if facts.client.is_some() {
        return Ok(Outcome::Present);
    }
    if facts.user.is_some() {
        // `sub` would not say whether a token acts for the one or for the other (RFC 9068 section 5).
        return Err(misfit("/client_id", "is the id of a user"));
    }
    let mut guards = vec![Guard::ClientIdFree {
        realm: Arc::clone(&record.realm),
        client_id: Arc::clone(&record.client_id),
    }];
    let mut writes = vec![Write::InsertClient(Box::new(record.clone()))];
    if let Some(id) = &record.tenant {
        let place = facts.tenant.as_ref();
        let place = place.ok_or_else(|| misfit("/tenant", format!("there is no tenant '{id}'")))?;
        let (guard, touch) = tenant::touch(place);
        guards.push(guard);
        writes.push(touch);
    }
    let target = format!("client:{}", record.client_id);
    let audit = deed.audit("client.imported", target, json!({ "after": view(record) }));
    Ok(Outcome::New(Box::new(deed.change(guards, writes, audit))))
}
