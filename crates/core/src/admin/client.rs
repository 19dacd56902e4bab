//! Applications: made, changed, given new secrets, deleted. What holds for a client however it came to be is in
//! [`mistakes`]. Ids are drawn and never chosen here, so that the id of a deleted client cannot come back with somebody
//! else behind it.

mod listed;
mod mistakes;
mod openid;
mod view;

use super::deed::{Deed, Edit};
use super::fields::{Fields, MAX_TEXT};
use super::refused::Refused;
use crate::change::{Guard, Write};
use crate::client_metadata::can_come_back;
use crate::realm::Realm;
use crate::record::client::{ClientAbout, GrantType};
use crate::record::{ClientOrigin, ClientRecord, ClientSecret, Stage, TokenEndpointAuthMethod};
use crate::registration::draw_client_id;
use grantd_jose::JwkSet;
use grantd_protocol::redirect_uri::{ApplicationType, MAX_REDIRECT_URI};
use grantd_protocol::{Entropy, ScopeSet, Seconds, Secret, Timestamp};
use serde_json::{Map, Value, json};
use std::sync::Arc;

pub use crate::registration::{draw_secret, remember};
pub(super) use listed::service;
pub use listed::{Around, create_listed, is_client_id, named};
pub use mistakes::mistakes;
pub(crate) use view::extend;
pub use view::{list, view};

/// How long old secrets may go on working after a rotation: not at all, an hour, a day, a week.
pub const OVERLAPS: &[u32] = &[0, 3600, 86_400, 604_800];
/// Lifetimes of access tokens that a client may have: a minute to ten years.
const LIFETIMES: std::ops::RangeInclusive<u32> = 60..=315_360_000;

/// A new client, with the secret that is shown once.
#[derive(Debug)]
pub struct Made {
    /// The record.
    pub record: ClientRecord,
    /// Its secret, if it has one.
    pub secret: Option<Secret>,
}

/// Decides what a new application is.
///
/// # Errors
/// [`Refused::Invalid`], and [`Refused::Beyond`] for permissions of the server's own that the actor lacks.
pub fn create(body: &Map<String, Value>, deed: &Deed<'_>) -> Result<Edit<Made>, Refused> {
    if deed.actor.developer().is_some() {
        // What a developer makes is bounded by more than this knows.
        return Err(Refused::Unknown);
    }
    let mut fields = Fields::new(body);
    let (record, secret) = drawn(&mut fields, deed);
    finish(fields, None, &record, deed)?;
    insert(record, secret, deed, Vec::new(), Vec::new())
}

/// A new client as a body says it, not yet judged, and the secret that it would have.
pub(super) fn drawn(fields: &mut Fields<'_>, deed: &Deed<'_>) -> (ClientRecord, Secret) {
    // Drawn first: a retry draws it from the same source.
    let secret = draw_secret(deed.secrets);
    let mut record = blank(deed.realm, deed.now, deed.entropy);
    fields.require("name");
    application(fields, &mut record);
    if deed.actor.developer().is_none() {
        unsaid(fields, &mut record, deed.realm);
    } else if !fields.has("default_scopes") {
        // What operators' new clients start with is nothing that a developer asked for.
        record.default_scopes.clone_from(&record.scopes);
    }
    (record, secret)
}

/// Fills in permissions that a body says nothing of. A new client that can ask for tokens starts with what the realm's new
/// clients start with, and asks by default for all that it may.
pub(super) fn unsaid(fields: &Fields<'_>, client: &mut ClientRecord, realm: &Realm) {
    if !fields.has("scopes") && !client.grant_types.is_empty() {
        client.scopes = realm.starting_permissions();
    }
    if !fields.has("default_scopes") {
        client.default_scopes.clone_from(&client.scopes);
    }
}

/// Decides what an application becomes.
///
/// # Errors
/// [`Refused::Invalid`]; [`Refused::Beyond`] where it has, or would have, permissions of the server's own that the actor
/// lacks: whoever decides where its codes go could act as it.
pub fn update(
    before: &ClientRecord,
    body: &Map<String, Value>,
    deed: &Deed<'_>,
) -> Result<Edit<ClientRecord>, Refused> {
    if deed.actor.developer().is_some() {
        return super::application::update(before, body, deed);
    }
    deed.must_hold(&before.scopes)?;
    let mut after = before.clone();
    let mut fields = Fields::new(body);
    application(&mut fields, &mut after);
    // What its developer gave up stays approved as long as no operator decides about permissions.
    let are_other = !after.scopes.covers_all(&before.scopes) || !before.scopes.covers_all(&after.scopes);
    if let Some(own) = after.development.as_mut().filter(|_| are_other) {
        own.is_let_have(&after.scopes);
    }
    finish(fields, Some(before), &after, deed)?;
    if after.enabled && is_suspended(&after) {
        let text = "the application is suspended; reinstate it by a review";
        return Err(Refused::State(text.to_owned()));
    }
    Ok(replace(before, after, "client.changed", deed))
}

/// Whether an operator stopped it.
fn is_suspended(client: &ClientRecord) -> bool {
    let own = client.development.as_ref();
    own.is_some_and(|own| own.stage == Stage::Suspended)
}

/// Whether the actor may get hold of a client: it is within their reach, and has no permission of the server's own that
/// they lack.
pub(super) fn reach(client: &ClientRecord, deed: &Deed<'_>) -> Result<(), Refused> {
    if !deed.actor.owns(client) {
        return Err(Refused::Unknown);
    }
    deed.must_hold(&client.scopes)
}

/// Gives a client another secret; the ones it has end after `keep`.
///
/// # Errors
/// [`Refused::State`] for a public client, [`Refused::Beyond`] as for [`update`], [`Refused::Unknown`] for a client out of
/// the actor's reach.
pub fn rotate(before: &ClientRecord, keep: Seconds, deed: &Deed<'_>) -> Result<Edit<Made>, Refused> {
    let secret = draw_secret(deed.secrets);
    reach(before, deed)?;
    if !before.auth_method.has_secret() {
        let method = before.auth_method.as_str();
        let text = format!("a client that authenticates by {method} has no secret");
        return Err(Refused::State(text));
    }
    let after = with_secret(before, &secret, keep, deed.now);
    let detail = json!({ "old_secrets_end_in_seconds": keep.get() });
    let audit = deed.audit("client.secret_rotated", target(&after.client_id), detail);
    let change = deed.change(
        vec![at(before)],
        vec![Write::UpdateClient(Box::new(after.clone()))],
        audit,
    );
    Ok(Edit {
        change,
        after: Made {
            record: after,
            secret: Some(secret),
        },
    })
}

/// How long the old secrets go on working, as a body says it.
///
/// # Errors
/// [`Refused::Invalid`] for anything but the lengths that are offered.
pub fn overlap(body: &Map<String, Value>) -> Result<Seconds, Refused> {
    let mut fields = Fields::new(body);
    let mut keep = None;
    fields.optional_seconds("keep_old_seconds", 0..=604_800, &mut keep);
    let keep = keep.unwrap_or(Seconds(86_400));
    if !OVERLAPS.contains(&keep.get()) {
        fields.complain("/keep_old_seconds", format!("must be one of {OVERLAPS:?}"));
    }
    Refused::unless_none(fields.finish()).map(|()| keep)
}

/// Ends one of a client's secrets at once: the one that was made at this instant, in milliseconds since 1970.
///
/// # Errors
/// [`Refused::Unknown`] where there is none, or the client is out of the actor's reach; [`Refused::State`] for the only one;
/// [`Refused::Beyond`] as for [`update`].
pub fn drop_secret(before: &ClientRecord, made_at: i64, deed: &Deed<'_>) -> Result<Edit<ClientRecord>, Refused> {
    reach(before, deed)?;
    let mut after = before.clone();
    after.secrets.retain(|secret| secret.created_at.millis() != made_at);
    if after.secrets.len() == before.secrets.len() {
        return Err(Refused::Unknown);
    }
    let lives = |secret: &ClientSecret| secret.expires_at.is_none_or(|end| deed.now < end);
    if before.secrets.iter().any(lives) && !after.secrets.iter().any(lives) {
        let text = "it is the only secret that works; make another one first";
        return Err(Refused::State(text.to_owned()));
    }
    Ok(replace(before, after, "client.secret_dropped", deed))
}

/// Ends a client with its grants, families and tokens.
///
/// # Errors
/// [`Refused::Unknown`] for a client out of the actor's reach; [`Refused::Beyond`] as for [`update`].
pub fn delete(before: &ClientRecord, deed: &Deed<'_>) -> Result<Edit<()>, Refused> {
    reach(before, deed)?;
    let audit = deed.audit(
        "client.deleted",
        target(&before.client_id),
        json!({ "before": view(before) }),
    );
    let write = Write::DeleteClient {
        realm: Arc::clone(&before.realm),
        client_id: Arc::clone(&before.client_id),
        keeps_blocks: can_come_back(&before.client_id),
        at: deed.now,
    };
    Ok(Edit {
        change: deed.change(vec![at(before)], vec![write], audit),
        after: (),
    })
}

/// Reads what an application consists of.
pub(super) fn application(fields: &mut Fields<'_>, client: &mut ClientRecord) {
    const GRANTS: &str = "authorization_code, refresh_token, client_credentials, \
         urn:ietf:params:oauth:grant-type:device_code, urn:ietf:params:oauth:grant-type:token-exchange, \
         urn:ietf:params:oauth:grant-type:jwt-bearer";
    fields.text("name", MAX_TEXT, &mut client.name);
    fields.choice::<ApplicationType>("application_type", &mut client.application_type, "web, native");
    fields.choices::<GrantType>("grant_types", &mut client.grant_types, GRANTS);
    fields.texts("redirect_uris", MAX_REDIRECT_URI, &mut client.redirect_uris);
    fields.texts(
        "post_logout_redirect_uris",
        MAX_REDIRECT_URI,
        &mut client.post_logout_redirect_uris,
    );
    fields.public_name("verified_domain", &mut client.verified_domain);
    let mut resources = client.resources.iter().map(ToString::to_string).collect();
    fields.texts("resources", MAX_REDIRECT_URI, &mut resources);
    client.resources = resources.into_iter().map(Into::into).collect();
    fields.shared_text("dialect", MAX_TEXT, &mut client.dialect);
    openid::read(fields, client);
    permitted(fields, client);
}

/// Reads what applications and service accounts have in common.
pub(super) fn permitted(fields: &mut Fields<'_>, client: &mut ClientRecord) {
    fields.scopes("scopes", &mut client.scopes);
    fields.scopes("default_scopes", &mut client.default_scopes);
    fields.scopes("optional_scopes", &mut client.optional_scopes);
    fields.optional_choice("token_format", &mut client.token_format, "opaque or jwt");
    fields.optional_seconds("access_lifetime", LIFETIMES, &mut client.access_lifetime);
    fields.flag("enabled", &mut client.enabled);
    let methods = "none, client_secret_basic, client_secret_post, private_key_jwt, tls_client_auth, \
         self_signed_tls_client_auth";
    fields.choice::<TokenEndpointAuthMethod>("token_endpoint_auth_method", &mut client.auth_method, methods);
    let keys = "a JWK set of public keys";
    fields.optional_choice::<JwkSet>("jwks", &mut client.jwks, keys);
    if !client.auth_method.has_secret() {
        client.secrets.clear();
    }
}

/// Judges what was read beside what was there before, and whether the actor may make it so.
pub(super) fn finish(
    fields: Fields<'_>,
    before: Option<&ClientRecord>,
    client: &ClientRecord,
    deed: &Deed<'_>,
) -> Result<(), Refused> {
    let mut wrong = fields.finish();
    if wrong.is_empty() {
        wrong = mistakes(client, before, deed.realm);
    }
    Refused::unless_none(wrong)?;
    deed.must_hold(&client.scopes)
}

/// A client that can do nothing yet.
pub(super) fn blank(realm: &Realm, now: Timestamp, entropy: &dyn Entropy) -> ClientRecord {
    ClientRecord {
        realm: Arc::clone(&realm.name),
        client_id: draw_client_id(realm, entropy),
        version: 1,
        name: String::new(),
        application_type: ApplicationType::Web,
        origin: ClientOrigin::Console,
        verified_domain: None,
        auth_method: TokenEndpointAuthMethod::ClientSecretBasic,
        secrets: Vec::new(),
        jwks: None,
        certificate_subject: None,
        duties: crate::record::ClientDuties::default(),
        openid: crate::record::ClientOpenid::default(),
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        grant_types: Vec::new(),
        scopes: ScopeSet::empty(),
        default_scopes: ScopeSet::empty(),
        optional_scopes: ScopeSet::empty(),
        token_format: None,
        access_lifetime: None,
        tenant: None,
        role: None,
        resources: Vec::new(),
        about: ClientAbout::default(),
        registration_token: None,
        changed_hands_at: None,
        dialect: None,
        development: None,
        enabled: true,
        created_at: now,
        updated_at: now,
    }
}

/// The change that makes a client.
pub(super) fn insert(
    mut record: ClientRecord,
    secret: Secret,
    deed: &Deed<'_>,
    more_guards: Vec<Guard>,
    more_writes: Vec<Write>,
) -> Result<Edit<Made>, Refused> {
    let secret = record.auth_method.has_secret().then_some(secret);
    record.secrets = secret.iter().map(|secret| remember(secret, deed.now)).collect();
    let mut guards = vec![Guard::ClientIdFree {
        realm: Arc::clone(&record.realm),
        client_id: Arc::clone(&record.client_id),
    }];
    guards.extend(more_guards);
    let mut writes = vec![Write::InsertClient(Box::new(record.clone()))];
    writes.extend(more_writes);
    let audit = deed.audit(
        "client.created",
        target(&record.client_id),
        json!({ "after": view(&record) }),
    );
    Ok(Edit {
        change: deed.change(guards, writes, audit),
        after: Made { record, secret },
    })
}

/// The change that replaces a client.
pub(super) fn replace(
    before: &ClientRecord,
    mut after: ClientRecord,
    action: &str,
    deed: &Deed<'_>,
) -> Edit<ClientRecord> {
    after.version += 1;
    after.updated_at = deed.now;
    let detail = json!({ "before": view(before), "after": view(&after) });
    let audit = deed.audit(action, target(&after.client_id), detail);
    let change = deed.change(
        vec![at(before)],
        vec![Write::UpdateClient(Box::new(after.clone()))],
        audit,
    );
    Edit { change, after }
}

/// The client with one secret more; at most two are alive at a time: the newest of the old ones, until its end, and the
/// new one.
#[must_use]
pub fn with_secret(before: &ClientRecord, secret: &Secret, keep: Seconds, now: Timestamp) -> ClientRecord {
    let mut after = before.clone();
    after.version += 1;
    after.updated_at = now;
    after.secrets.retain(|old| old.expires_at.is_none_or(|end| now < end));
    after.secrets.truncate(1);
    if keep.get() == 0 {
        after.secrets.clear();
    }
    for old in &mut after.secrets {
        let end = now.plus(keep);
        old.expires_at = Some(old.expires_at.map_or(end, |earlier| earlier.min(end)));
    }
    after.secrets.insert(0, remember(secret, now));
    after
}

pub(crate) fn target(client_id: &str) -> String {
    format!("client:{client_id}")
}

pub(super) fn at(client: &ClientRecord) -> Guard {
    Guard::ClientAt {
        realm: Arc::clone(&client.realm),
        client_id: Arc::clone(&client.client_id),
        version: client.version,
    }
}

#[cfg(test)]
mod tests;
