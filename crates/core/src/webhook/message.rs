//! What an address is told, and the signature by which it knows who says it: the form of Standard Webhooks 1.0.

use crate::record::AuditRecord;
use grantd_jose::{base64url_decode, base64url_encode, hmac_sha256};
use grantd_protocol::entropy::draw;
use grantd_protocol::{Entropy, Secret, Timestamp};
use serde_json::json;

/// What secrets begin with.
const PREFIX: &str = "whsec_";

/// A message, ready to be sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// `webhook-id`: the same in each attempt, so that the receiver sees what it has seen before.
    pub id: String,
    /// `webhook-timestamp`: of this attempt, in seconds.
    pub timestamp: String,
    /// `webhook-signature`: one for each secret, separated by spaces.
    pub signature: String,
    /// The body.
    pub body: Vec<u8>,
}

/// A new secret, as it is shown: 24 random bytes.
#[must_use]
pub fn draw_secret(secrets: &dyn Entropy) -> Secret {
    Secret::new(format!("{PREFIX}{}", padded(&draw::<24>(secrets))))
}

/// The message about a line of the audit log, signed with each of `secrets`, which are as they were shown.
#[must_use]
pub fn message(event: &AuditRecord, secrets: &[Secret], now: Timestamp) -> Message {
    // The address that somebody came from is theirs, and stays here.
    let body = json!({
        "type": event.action,
        "timestamp": event.at.secs(),
        "data": {
            "id": event.id,
            "realm": &*event.realm,
            "actor": event.actor,
            "target": event.target,
            "detail": event.detail,
        },
    });
    let body = body.to_string().into_bytes();
    let (id, timestamp) = (format!("msg_{}", event.id), now.secs().to_string());
    let sign = |secret: &Secret| {
        let key = key_of(secret)?;
        let parts: [&[u8]; 5] = [id.as_bytes(), b".", timestamp.as_bytes(), b".", &body];
        Some(format!("v1,{}", padded(&hmac_sha256(&key, &parts))))
    };
    let signatures: Vec<String> = secrets.iter().filter_map(sign).collect();
    Message {
        signature: signatures.join(" "),
        id,
        timestamp,
        body,
    }
}

/// The bytes that a secret's text stands for.
fn key_of(secret: &Secret) -> Option<Vec<u8>> {
    let text = secret.expose().strip_prefix(PREFIX)?;
    let text = text.replace('+', "-").replace('/', "_");
    base64url_decode(text.trim_end_matches('=').as_bytes()).ok()
}

/// Base64 with padding (RFC 4648 section 4), which the standard uses.
fn padded(bytes: &[u8]) -> String {
    let mut text = base64url_encode(bytes).replace('-', "+").replace('_', "/");
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use grantd_protocol::entropy::counted::Counted;
    use grantd_protocol::id::AuditId;
    use serde_json::Value;

    fn event() -> AuditRecord {
        AuditRecord {
            id: AuditId::from_bytes([8; 16]),
            realm: "main".into(),
            at: Timestamp::from_secs(1_700_000_000),
            actor: "user:ada".to_owned(),
            action: "grant.ended".to_owned(),
            target: "grant:1".to_owned(),
            address: Some("192.0.2.7".to_owned()),
            detail: json!({ "before": 1 }),
        }
    }

    #[test]
    fn a_signature_is_the_one_that_the_standards_libraries_compute() {
        // The example of the reference libraries: id, timestamp and body are given, so the parts are signed here by hand.
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
        let key = key_of(&secret).unwrap();
        let parts: [&[u8]; 1] = [b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}"];
        assert_eq!(
            padded(&hmac_sha256(&key, &parts)),
            "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn a_message_says_what_was_done_and_not_from_where() {
        let now = Timestamp::from_secs(1_700_000_100);
        let secret = draw_secret(&Counted::default());
        let made = message(&event(), std::slice::from_ref(&secret), now);
        let body: Value = serde_json::from_slice(&made.body).unwrap();
        assert_eq!(body["type"], "grant.ended");
        assert_eq!(body["timestamp"], 1_700_000_000);
        assert_eq!(body["data"]["target"], "grant:1");
        assert!(!String::from_utf8(made.body.clone()).unwrap().contains("192.0.2.7"));
        assert_eq!(
            (&*made.id, &*made.timestamp),
            ("msg_08080808080808080808080808080808", "1700000100")
        );
        // The same message of a later attempt has the same id and another signature.
        let later = message(&event(), &[secret], Timestamp::from_secs(1_700_000_200));
        assert_eq!((&later.id, &later.body), (&made.id, &made.body));
        assert_ne!(later.signature, made.signature);
    }

    #[test]
    fn while_two_secrets_count_there_is_a_signature_of_each() {
        let entropy = Counted::default();
        let (one, other) = (draw_secret(&entropy), draw_secret(&entropy));
        let sign = |secrets: &[Secret]| message(&event(), secrets, Timestamp::from_secs(1)).signature;
        let both = sign(&[one.clone(), other.clone()]);
        assert_eq!(both, format!("{} {}", sign(&[one]), sign(&[other])));
        assert!(both.split(' ').all(|one| one.starts_with("v1,") && one.ends_with('=')));
    }

    #[test]
    fn a_secret_shows_its_kind_and_is_never_printed() {
        let secret = draw_secret(&Counted::default());
        assert!(secret.expose().starts_with(PREFIX) && key_of(&secret).unwrap().len() == 24);
        assert!(!format!("{secret:?}").contains(secret.expose()));
    }
}
