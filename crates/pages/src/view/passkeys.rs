//! Passkeys: what the login's script asks an authenticator, and the page on which users add and remove theirs. The scripts read
//! it from `data-` attributes, so that nothing stands in a page that a policy would have to allow.

use serde::Serialize;

use super::AccountFrame;
use crate::{link::LocalUrl, moment::Moment};

/// What an authenticator is asked at the login. Its answer comes back with `request` as `credential`, `client_data`,
/// `authenticator_data`, `signature` and `user_handle`, each in base64url.
#[derive(Clone, Serialize)]
pub struct PasskeyLogin {
    /// The relying party's id: a domain.
    pub rp_id: String,
    /// What is to be signed, in base64url.
    pub challenge: String,
}

/// A user's passkeys. Posts `request` and `decision`: `confirm`; `add` with `name`, `client_data` and `attestation`; `rename`
/// with `passkey` and `name`; `remove` with `passkey`.
#[derive(Clone, Serialize)]
pub struct PasskeysView {
    /// The frame.
    pub frame: AccountFrame,
    /// Where the forms post to.
    pub action: LocalUrl,
    /// The oldest first.
    pub passkeys: Vec<OwnPasskey>,
    /// What can be done here.
    pub state: PasskeysState,
    /// The longest name, in characters.
    pub longest_name: usize,
    /// What a new one was about to be called, in a form that was not taken.
    pub typed: Option<String>,
}

/// One passkey.
#[derive(Clone, Serialize)]
pub struct OwnPasskey {
    /// Sent back as `passkey`.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// What its owner was about to call it, in a form that was not taken.
    pub typed: Option<String>,
    /// Whether it may be on more than one device.
    pub synced: bool,
    /// When it was added.
    pub since: Moment,
    /// When somebody last logged in with it.
    pub used_at: Option<Moment>,
}

/// What can be done on the page.
#[derive(Clone, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PasskeysState {
    /// Nothing, before a fresh login.
    Confirm,
    /// Another one can be added.
    Ready(PasskeyCreation),
    /// There are as many as there may be.
    Full,
    /// None can be added here: the address has no domain.
    Unavailable,
    /// None can be added here: the platform's own app logs the user in.
    Elsewhere,
}

/// What an authenticator is asked to make.
#[derive(Clone, Serialize)]
pub struct PasskeyCreation {
    /// The relying party's id: a domain.
    pub rp_id: String,
    /// What is to be signed, in base64url.
    pub challenge: String,
    /// The user's id, in base64url.
    pub user_handle: String,
    /// The algorithms that may be used, the best first, by their numbers in COSE.
    pub algorithms: Vec<i64>,
}
