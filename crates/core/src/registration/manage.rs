//! RFC 7592: a client that registered itself reads, replaces and ends its registration. Whoever presents the
//! registration access token is the client; every other answer is the same refusal.

use super::{Given, Registered, Setting, TOKEN_PREFIX, Wanted, at_version, audit, describe, draw_secret, draw_token};
use crate::change::{Change, Write};
use crate::client_metadata::can_come_back;
use crate::realm::Realm;
use crate::record::{ClientOrigin, ClientRecord};
use crate::registration::members::{Members, wrong};
use crate::registration::wanted::permitted;
use grantd_protocol::id::ChangeId;
use grantd_protocol::{Bearer, Entropy, Namespace, OAuthError};
use serde_json::json;
use std::sync::Arc;

const REFUSED: OAuthError = OAuthError::invalid_token("the registration access token is not one of this client");

/// Whether the token is the client's.
///
/// # Errors
/// `invalid_token`, the same for a client that does not exist, is disabled, or is not managed by anybody.
pub fn authorize<'c>(client: Option<&'c ClientRecord>, token: &str) -> Result<&'c ClientRecord, OAuthError> {
    let presented = Bearer::parse(Namespace::Registration, TOKEN_PREFIX, token).ok_or(REFUSED)?;
    let client = client.filter(|client| client.enabled && client.origin == ClientOrigin::Dynamic);
    let kept = client.and_then(|client| client.registration_token).ok_or(REFUSED)?;
    if !grantd_jose::constant_time_eq(kept.as_bytes(), presented.hash.as_bytes()) {
        return Err(REFUSED);
    }
    client.ok_or(REFUSED)
}

/// What is registered as it applies now: what the realm offers no more to clients that registered themselves does not stand
/// in it, and comes back with the realm's offer.
///
/// # Errors
/// Never for a scope that was registered: what is beyond the realm's list is cut.
pub fn current(client: &ClientRecord, realm: &Realm) -> Result<ClientRecord, OAuthError> {
    let bound = realm.registration.bound(Arc::new(client.clone()));
    let mut applied = Arc::unwrap_or_clone(bound);
    applied.default_scopes = permitted(&client.default_scopes, realm)?;
    Ok(applied)
}

/// Replaces what was registered by `wanted`, which was read from `members`. The token is replaced as well: one that
/// leaked is worth nothing after its owner's next change. The secret stays, unless the client had none and needs one.
///
/// # Errors
/// `invalid_client_metadata` where the request is about another client or tries to choose the secret.
pub fn replace(
    client: &ClientRecord,
    members: Members<'_>,
    wanted: &Wanted,
    setting: Setting<'_>,
    entropy: &dyn Entropy,
) -> Result<Registered, OAuthError> {
    if members.text("client_id", 512)? != Some(&*client.client_id) {
        return Err(wrong("client_id", "must be there and must be this client's"));
    }
    if let Some(secret) = members.text("client_secret", 512)? {
        let is_one_of_its = client
            .secrets
            .iter()
            .any(|kept| kept.expires_at.is_none_or(|end| setting.now < end) && kept.hash.matches(secret.as_bytes()));
        if !is_one_of_its {
            return Err(wrong("client_secret", "cannot be chosen by the client"));
        }
    }
    let mut after = client.clone();
    wanted.put_into(&mut after);
    after.version += 1;
    after.updated_at = setting.now;
    after.scopes = setting.realm.registration.scopes.clone();
    let mut secret = None;
    if !wanted.needs_secret() {
        after.secrets.clear();
    } else if after.secrets.is_empty() {
        let drawn = draw_secret(entropy);
        after.secrets.push(super::remember(&drawn, setting.now));
        secret = Some(drawn);
    }
    let (token, hash) = draw_token(entropy);
    after.registration_token = Some(hash);
    let detail = json!({
        "before": describe(client, &Given::default()),
        "after": describe(&after, &Given::default()),
    });
    let change = Change {
        id: ChangeId::draw(setting.now, entropy),
        guards: vec![at_version(client)],
        writes: vec![
            Write::UpdateClient(Box::new(after.clone())),
            audit(&after, "client.updated", detail, setting, entropy),
        ],
    };
    Ok(Registered {
        record: after,
        given: Given {
            secret,
            token: Some(token),
        },
        change: Some(change),
    })
}

/// Ends the client, with every grant and token of it.
#[must_use]
pub fn delete(client: &ClientRecord, setting: Setting<'_>, entropy: &dyn Entropy) -> Change {
    let detail = json!({ "before": describe(client, &Given::default()) });
    Change {
        id: ChangeId::draw(setting.now, entropy),
        guards: vec![at_version(client)],
        writes: vec![
            Write::DeleteClient {
                realm: Arc::clone(&client.realm),
                client_id: Arc::clone(&client.client_id),
                keeps_blocks: can_come_back(&client.client_id),
                at: setting.now,
            },
            audit(client, "client.deleted", detail, setting, entropy),
        ],
    }
}
