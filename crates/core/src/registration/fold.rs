//! Identical public registrations are one client. Its id is computed from what was registered, so that racers on any
//! number of nodes arrive at the same one, and the guard of a free id decides between them.

use super::Wanted;
use crate::realm::{ClientIdShape, Realm};
use crate::record::ClientRecord;
use grantd_jose::JwkSet;
use grantd_protocol::SecretHash;
use grantd_protocol::redirect_uri::{ApplicationType, without_loopback_port};
use serde_json::{Value, json};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The id of the client with this identity, the `attempt`th candidate. It is no secret: a public client's id proves
/// nothing.
#[must_use]
pub fn client_id(wanted: &Wanted, realm: &Realm, attempt: u32) -> String {
    let input = format!("registration\n{}\n{attempt}\n{}", realm.name, identity(wanted));
    let (length, base) = match realm.client_ids {
        ClientIdShape::Opaque => (super::CLIENT_ID_CHARS, 62),
        ClientIdShape::Digits(digits) => (usize::from(digits), 10),
    };
    let mut text = String::with_capacity(length);
    let mut block = SecretHash::of(input.as_bytes());
    while text.len() < length {
        for byte in block.as_bytes() {
            // As where ids are drawn: bytes that would make some characters likelier are left out, and a number does not
            // begin with 0.
            let leads_with_zero = base == 10 && text.is_empty() && byte % 10 == 0;
            if *byte < 248
                && text.len() < length
                && !leads_with_zero
                && let Some(character) = ALPHABET.get(usize::from(byte % base))
            {
                text.push(char::from(*character));
            }
        }
        block = SecretHash::of(block.as_bytes());
    }
    text
}

/// Whether a client is what the registration would make.
#[must_use]
pub fn is_same(wanted: &Wanted, record: &ClientRecord) -> bool {
    identity(&Wanted::of(record)) == identity(wanted)
}

/// Everything that tells one client from another, as one text: the same for registrations that differ in loopback ports
/// and in the order of addresses only. Never changed for what could be registered before: the ids of clients come of it.
fn identity(wanted: &Wanted) -> String {
    let ported = |uri: &String| match wanted.application_type {
        ApplicationType::Native => without_loopback_port(uri),
        ApplicationType::Web => None,
    };
    let set = |uris: &[String]| {
        let mut uris: Vec<String> = uris
            .iter()
            .map(|uri| ported(uri).unwrap_or_else(|| uri.clone()))
            .collect();
        uris.sort();
        uris.dedup();
        uris
    };
    let mut scopes: Vec<&str> = wanted.scope.iter().collect();
    scopes.sort_unstable();
    let about = &wanted.about;
    let mut values = vec![
        json!(wanted.name),
        json!(wanted.application_type),
        json!(wanted.auth_method.as_str()),
        json!(set(&wanted.redirect_uris)),
        json!(set(&wanted.post_logout_redirect_uris)),
        wanted
            .grant_types
            .iter()
            .map(|grant_type| grant_type.as_str())
            .collect(),
        json!(scopes),
        json!([
            &about.client_uri,
            &about.logo_uri,
            &about.tos_uri,
            &about.policy_uri,
            &about.software_id,
            &about.software_version,
        ]),
        json!(about.contacts),
        json!(wanted.jwks.as_ref().map(JwkSet::to_json)),
    ];
    if !wanted.duties.is_none() || !wanted.openid.is_none() {
        values.extend([json!(wanted.duties), json!(wanted.openid)]);
    }
    Value::Array(values).to_string()
}
