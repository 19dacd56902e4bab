//! Logout tokens (OpenID Connect Back-Channel Logout section 2.4): what a client is told of a session that ended.

use crate::realm::Realm;
use crate::record::ClientRecord;
use crate::subject;
use crate::token::claims::ClaimsWriter;
use grantd_protocol::entropy::draw_alphanumeric;
use grantd_protocol::id::SessionId;
use grantd_protocol::{Entropy, Seconds, Timestamp};
use serde_json::json;
use std::sync::Arc;

/// The header's `typ` (section 2.4): with it no other endpoint takes the token for anything else.
pub const TYP: &str = "logout+jwt";
/// `exp - iat`: section 2.4 recommends at most two minutes.
const LIFETIME: Seconds = Seconds(120);
/// The event that the token is about.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// Characters of `jti`: 190 bits.
const JTI_CHARS: usize = 32;

/// The payload. There is no `nonce`: with one it could pass for an ID token (section 2.4).
#[must_use]
pub fn payload(
    realm: &Realm,
    issuer: &str,
    client: &ClientRecord,
    (session, user): (SessionId, &Arc<str>),
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Vec<u8> {
    let mut claims = ClaimsWriter::new();
    claims.set("iss", issuer);
    claims.set("sub", &*subject::of_user(realm, client, user));
    claims.set("aud", &*client.client_id);
    claims.set_time("iat", now);
    claims.set_time("exp", now.plus(LIFETIME));
    claims.set("jti", &draw_alphanumeric(entropy, JTI_CHARS));
    claims.set("sid", &subject::of_session(realm, client, session));
    claims.set("events", &json!({ EVENT: {} }));
    claims.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{ISSUER, NOW, client_with, realm_with};
    use grantd_protocol::entropy::counted::Counted;
    use serde_json::{Map, Value};

    fn made(entropy: &Counted) -> Map<String, Value> {
        let session = (SessionId::from_bytes([7; 16]), &Arc::from("ada"));
        let payload = payload(&realm_with(|_| {}), ISSUER, &client_with(|_| {}), session, NOW, entropy);
        serde_json::from_slice(&payload).unwrap()
    }

    #[test]
    fn a_logout_token_has_exactly_these_members_and_no_nonce() {
        let claims = made(&Counted::default());
        let mut names: Vec<&str> = claims.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["aud", "events", "exp", "iat", "iss", "jti", "sid", "sub"]);
        assert_eq!(claims["events"], json!({ EVENT: {} }));
        assert_eq!(claims["sub"], "ada");
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 120);
    }

    #[test]
    fn each_has_a_jti_of_its_own() {
        let entropy = Counted::default();
        assert_ne!(made(&entropy)["jti"], made(&entropy)["jti"]);
    }
}
