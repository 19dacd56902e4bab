//! Dynamic client registration (RFC 7591) and the management of what was registered (RFC 7592): from the metadata that
//! a program sends to a client's record. Must not know how the metadata travelled.
//!
//! Nobody stands behind a client that registered itself, so a realm says in [`RegistrationPolicy`] the most that any of
//! them may have, and what is asked beyond that is cut.

mod describe;
pub mod expiry;
pub mod fold;
pub mod initial_access;
pub mod manage;
pub mod members;
pub mod openid;
pub mod policy;
pub mod statement;
pub mod wanted;

pub use describe::{Given, describe};
pub use policy::{RegistrationMode, RegistrationPolicy, StatementIssuer};
pub use wanted::Wanted;

use crate::change::{Change, Guard, Write};
use crate::realm::{ClientIdShape, Realm};
use crate::record::{AuditRecord, ClientOrigin, ClientRecord, ClientSecret, SecretProof, TokenEndpointAuthMethod};
use grantd_protocol::entropy::{draw, draw_alphanumeric, draw_digits};
use grantd_protocol::id::{AuditId, ChangeId};
use grantd_protocol::{Bearer, Entropy, Namespace, OAuthError, Seconds, Secret, SecretHash, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;

/// How often at most it is written that a program registered once more.
const DAY: Seconds = Seconds(24 * 60 * 60);
/// What registration access tokens begin with.
pub const TOKEN_PREFIX: &str = "gd_reg_";
/// Characters of a drawn client id: 142 bits.
const CLIENT_ID_CHARS: usize = 24;
/// Characters of a drawn secret: 190 bits.
const SECRET_CHARS: usize = 32;
/// How many ids of one registration are tried before one is drawn: more are taken only where earlier clients of the same
/// metadata were changed since.
const FOLD_TRIES: u32 = 4;

/// Where a decision about registrations is made.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The realm.
    pub realm: &'a Realm,
    /// The instant.
    pub now: Timestamp,
    /// Who asks, for the audit log.
    pub address: &'a str,
}

/// A registration that can be committed.
#[derive(Debug)]
pub struct Registered {
    /// The client.
    pub record: ClientRecord,
    /// What is shown once.
    pub given: Given,
    /// What to commit before the client sees it; `None` where nothing has to be written.
    pub change: Option<Change>,
}

/// What a registration comes to.
#[derive(Debug)]
pub enum Outcome {
    /// A client, new or the one that the same program registered before.
    Registered(Box<Registered>),
    /// Another client has this id: decide again with the next candidate.
    Taken,
}

/// The id to look for before [`register`] decides: `None` where the client gets an id of its own in any case. `attempt`
/// counts from 0.
#[must_use]
pub fn candidate(wanted: &Wanted, realm: &Realm, attempt: u32) -> Option<Arc<str>> {
    (wanted.is_foldable() && attempt < FOLD_TRIES).then(|| fold::client_id(wanted, realm, attempt).into())
}

/// Decides a registration. `existing` is the client at the [`candidate`] id.
///
/// Identical registrations of public clients fold into one: a program that registers itself at every start would otherwise
/// fill the database. From then on nobody manages that client, since whoever registered it first would decide for all
/// the others.
///
/// # Errors
/// `invalid_client_metadata` where an operator has disabled the very client that this would be.
pub fn register(
    wanted: &Wanted,
    candidate: Option<Arc<str>>,
    existing: Option<&ClientRecord>,
    setting: Setting<'_>,
    entropy: &dyn Entropy,
) -> Result<Outcome, OAuthError> {
    let Some(existing) = existing else {
        let registered = new_client(wanted, candidate, setting, entropy);
        return Ok(Outcome::Registered(Box::new(registered)));
    };
    if existing.origin != ClientOrigin::Dynamic || !fold::is_same(wanted, existing) {
        return Ok(Outcome::Taken);
    }
    if !existing.enabled {
        return Err(OAuthError::new(
            grantd_protocol::ErrorCode::InvalidClientMetadata,
            "this application was disabled here",
        ));
    }
    Ok(Outcome::Registered(Box::new(folded(existing, setting, entropy))))
}

/// The client as it is after the same program registered once more: nobody manages it any more, and it was wanted today. The
/// latter is written once a day, so that a program that is started all the time does not write all the time.
fn folded(existing: &ClientRecord, setting: Setting<'_>, entropy: &dyn Entropy) -> Registered {
    let mut record = existing.clone();
    let was_managed = record.registration_token.take().is_some();
    let is_news = was_managed || existing.updated_at.plus(DAY) <= setting.now;
    let change = is_news.then(|| {
        record.version += 1;
        record.updated_at = setting.now;
        let line = was_managed.then(|| audit(&record, "client.folded", json!({}), setting, entropy));
        Change {
            id: ChangeId::draw(setting.now, entropy),
            guards: vec![at_version(existing)],
            writes: std::iter::once(Write::UpdateClient(Box::new(record.clone())))
                .chain(line)
                .collect(),
        }
    });
    Registered {
        record,
        given: Given::default(),
        change,
    }
}

fn new_client(wanted: &Wanted, candidate: Option<Arc<str>>, setting: Setting<'_>, entropy: &dyn Entropy) -> Registered {
    let (realm, now) = (setting.realm, setting.now);
    let client_id = candidate.unwrap_or_else(|| draw_client_id(realm, entropy));
    let secret = wanted.needs_secret().then(|| draw_secret(entropy));
    let (token, hash) = draw_token(entropy);
    let mut record = ClientRecord {
        realm: Arc::clone(&realm.name),
        client_id,
        version: 1,
        name: String::new(),
        application_type: wanted.application_type,
        origin: ClientOrigin::Dynamic,
        verified_domain: None,
        auth_method: TokenEndpointAuthMethod::None,
        secrets: secret.iter().map(|secret| remember(secret, now)).collect(),
        jwks: None,
        certificate_subject: None,
        duties: crate::record::ClientDuties::default(),
        openid: crate::record::ClientOpenid::default(),
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        grant_types: Vec::new(),
        scopes: realm.registration.scopes.clone(),
        default_scopes: wanted.scope.clone(),
        optional_scopes: grantd_protocol::ScopeSet::empty(),
        token_format: None,
        access_lifetime: None,
        tenant: None,
        role: None,
        resources: Vec::new(),
        dialect: None,
        about: wanted.about.clone(),
        registration_token: Some(hash),
        changed_hands_at: None,
        development: None,
        enabled: true,
        created_at: now,
        updated_at: now,
    };
    wanted.put_into(&mut record);
    let change = Change {
        id: ChangeId::draw(now, entropy),
        guards: vec![Guard::ClientIdFree {
            realm: Arc::clone(&record.realm),
            client_id: Arc::clone(&record.client_id),
        }],
        writes: vec![
            Write::InsertClient(Box::new(record.clone())),
            audit(
                &record,
                "client.registered",
                json!({ "after": describe(&record, &Given::default()) }),
                setting,
                entropy,
            ),
        ],
    };
    Registered {
        record,
        given: Given {
            secret,
            token: Some(token),
        },
        change: Some(change),
    }
}

/// A registration access token and what is kept of it.
fn draw_token(entropy: &dyn Entropy) -> (Secret, SecretHash) {
    Bearer::mint(Namespace::Registration, TOKEN_PREFIX, draw(entropy), entropy)
}

/// A client id of the realm's shape.
#[must_use]
pub fn draw_client_id(realm: &Realm, entropy: &dyn Entropy) -> Arc<str> {
    match realm.client_ids {
        ClientIdShape::Opaque => draw_alphanumeric(entropy, CLIENT_ID_CHARS).into(),
        ClientIdShape::Digits(digits) => draw_digits(entropy, usize::from(digits)).into(),
    }
}

/// A client secret with full entropy.
#[must_use]
pub fn draw_secret(entropy: &dyn Entropy) -> Secret {
    Secret::new(draw_alphanumeric(entropy, SECRET_CHARS))
}

/// What is kept of a client secret.
#[must_use]
pub fn remember(secret: &Secret, now: Timestamp) -> ClientSecret {
    let text = secret.expose();
    let start = text.char_indices().rev().nth(3).map_or(0, |(start, _)| start);
    let end = text.char_indices().nth(4).map_or(0, |(end, _)| end);
    ClientSecret {
        hash: SecretProof::Quick(secret.hash()),
        first_four: text.get(..end).unwrap_or_default().to_owned(),
        last_four: text.get(start..).unwrap_or_default().to_owned(),
        created_at: now,
        expires_at: None,
    }
}

/// The client is as it was when the decision saw it.
fn at_version(record: &ClientRecord) -> Guard {
    Guard::ClientAt {
        realm: Arc::clone(&record.realm),
        client_id: Arc::clone(&record.client_id),
        version: record.version,
    }
}

/// A line of the audit log: a client that acts for itself.
fn audit(record: &ClientRecord, action: &str, detail: Value, setting: Setting<'_>, entropy: &dyn Entropy) -> Write {
    let name = format!("client:{}", record.client_id);
    Write::Audit(Box::new(AuditRecord {
        id: AuditId::draw(setting.now, entropy),
        realm: Arc::clone(&record.realm),
        at: setting.now,
        actor: name.clone(),
        action: action.to_owned(),
        target: name,
        address: Some(setting.address.to_owned()),
        detail,
    }))
}

#[cfg(test)]
mod tests;
