//! A user: somebody who logs in and consents.

use super::factors::{Factors, Passkey};
use grantd_protocol::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;

/// One user of one realm.
#[derive(Clone, Serialize, Deserialize)]
pub struct UserRecord {
    /// The realm's name.
    pub realm: Arc<str>,
    /// `sub`: an opaque id that never changes and is never reused.
    pub id: Arc<str>,
    /// Counts up with every change; the precondition of the next one.
    pub version: u64,
    /// What the user types to log in, as they wrote it.
    pub username: String,
    /// The Argon2id hash in PHC form; `None` where there is no password.
    pub password_hash: Option<String>,
    /// When the password last changed: what was made before is dead.
    pub password_changed_at: Timestamp,
    /// Standard claims (OpenID Connect Core section 5.1) beyond `sub` and `preferred_username`.
    #[serde(default)]
    pub claims: Map<String, Value>,
    /// What beside the password proves who the user is; `None` where nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factors: Option<Box<Factors>>,
    /// A disabled user can do nothing, and neither can what acts for them.
    pub enabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

impl UserRecord {
    /// The form under which a username is unique and found: trimmed and lower-cased, so that `Ada@x` and `ada@X`
    /// are one account.
    #[must_use]
    pub fn key_of(username: &str) -> String {
        username.trim().to_lowercase()
    }

    /// The user's passkeys.
    #[must_use]
    pub fn passkeys(&self) -> &[Passkey] {
        self.factors.as_ref().map_or(&[], |factors| &factors.passkeys)
    }

    /// Whether a login by password needs a second step.
    #[must_use]
    pub fn has_second_step(&self) -> bool {
        self.factors.as_ref().is_some_and(|factors| factors.totp.is_some())
    }

    /// The user with other factors, in the version after this one.
    #[must_use]
    pub fn with_factors(&self, factors: Factors) -> Self {
        Self {
            version: self.version + 1,
            factors: (!factors.is_empty()).then(|| Box::new(factors)),
            ..self.clone()
        }
    }
}

impl std::fmt::Debug for UserRecord {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "UserRecord({} {:?})", self.id, self.username)
    }
}
