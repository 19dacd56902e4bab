//! Passkeys: what an authenticator must have signed, for which relying party, over which challenge and with whose consent
//! (Web Authentication Level 3, section 7). What comes of it stands in `kept`. It must not know forms, nor where a challenge
//! comes from.

mod authenticator_data;
mod cbor;
mod client_data;
pub mod kept;
mod public_key;

use crate::record::Passkey;
use authenticator_data::AuthenticatorData;
use grantd_jose::{base64url_encode, sha256};
use grantd_protocol::Timestamp;
use public_key::PublicKey;

pub use public_key::ALGORITHMS;

/// The longest credential id, in bytes (section 4).
const MAX_CREDENTIAL_ID: usize = 1023;
/// The most bytes of what an authenticator makes; statements with a chain of certificates are its longest part.
const MAX_OBJECT: usize = 16 * 1024;

/// What the answer of an authenticator must be about.
#[derive(Clone, Copy)]
pub struct Ceremony<'a> {
    /// The relying party: a domain.
    pub rp_id: &'a str,
    /// The origin of the page that asked.
    pub origin: &'a str,
    /// What it asked to be signed, as base64url.
    pub challenge: &'a str,
}

/// What an authenticator made of `navigator.credentials.create`.
#[derive(Clone, Copy)]
pub struct Created<'a> {
    /// `clientDataJSON`.
    pub client_data: &'a [u8],
    /// `attestationObject`.
    pub attestation: &'a [u8],
}

/// What an authenticator made of `navigator.credentials.get`.
#[derive(Clone, Copy)]
pub struct Asserted<'a> {
    /// `clientDataJSON`.
    pub client_data: &'a [u8],
    /// `authenticatorData`.
    pub authenticator_data: &'a [u8],
    /// `signature`.
    pub signature: &'a [u8],
}

/// Why an answer proves nothing. People are told one sentence for all of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Wrong {
    /// It is not what authenticators send.
    #[error("not an answer of an authenticator")]
    Malformed,
    /// It is the answer to another kind of question.
    #[error("made for something else")]
    Type,
    /// Another challenge was signed.
    #[error("another challenge")]
    Challenge,
    /// Another page asked, or one within a frame of another.
    #[error("another origin")]
    Origin,
    /// It is for another relying party.
    #[error("another relying party")]
    RelyingParty,
    /// Nobody touched the authenticator, or it did not find out who.
    #[error("the user was not verified")]
    NotVerified,
    /// The key is of a kind that was not asked for, or is none.
    #[error("no key that was asked for")]
    Key,
    /// Its owner's devices cannot have changed what it is.
    #[error("the passkey may be copied where it might not before, or the other way round")]
    Eligibility,
    /// Somebody else signed.
    #[error("the signature is not the passkey's")]
    Signature,
    /// The authenticator counted less than before: there are two of it.
    #[error("the counter went back")]
    Counter,
}

/// A new passkey, where the answer is one to this ceremony (section 7.1). No statement about the make of the authenticator is
/// asked for, and one that comes is not looked at: nothing here depends on it.
///
/// # Errors
/// [`Wrong`].
pub fn create(ceremony: &Ceremony<'_>, answer: &Created<'_>, name: String, now: Timestamp) -> Result<Passkey, Wrong> {
    client_data::check(answer.client_data, "webauthn.create", ceremony)?;
    let (object, rest) = bounded(answer.attestation)
        .and_then(cbor::item)
        .ok_or(Wrong::Malformed)?;
    let data = object.named("authData").and_then(cbor::Item::bytes);
    let data = data.filter(|_| rest.is_empty()).ok_or(Wrong::Malformed)?;
    let data = AuthenticatorData::parse(data).ok_or(Wrong::Malformed)?;
    data.check(ceremony)?;
    let credential = data.credential.ok_or(Wrong::Malformed)?;
    if credential.id.is_empty() || credential.id.len() > MAX_CREDENTIAL_ID {
        return Err(Wrong::Malformed);
    }
    let key = PublicKey::from_cose(&credential.key).ok_or(Wrong::Key)?;
    Ok(Passkey {
        id: base64url_encode(credential.id),
        key: key.to_json(),
        counter: data.counter,
        synced: data.flags.is_backup_eligible(),
        name,
        since: now,
        used_at: None,
    })
}

/// What the authenticator's counter is after an answer that proves the passkey (section 7.2).
///
/// # Errors
/// [`Wrong`]. [`Wrong::Counter`] only where everything else is right: the key itself has signed.
pub fn prove(ceremony: &Ceremony<'_>, passkey: &Passkey, answer: &Asserted<'_>) -> Result<u32, Wrong> {
    client_data::check(answer.client_data, "webauthn.get", ceremony)?;
    let signed = bounded(answer.authenticator_data).ok_or(Wrong::Malformed)?;
    let data = AuthenticatorData::parse(signed).ok_or(Wrong::Malformed)?;
    data.check(ceremony)?;
    if data.flags.is_backup_eligible() != passkey.synced {
        return Err(Wrong::Eligibility);
    }
    let message = [signed, &sha256(answer.client_data)].concat();
    let key = PublicKey::from_json(&passkey.key).ok_or(Wrong::Key)?;
    if !key.verify(&message, answer.signature) {
        return Err(Wrong::Signature);
    }
    // An authenticator that does not count says zero, always (section 6.1.1).
    let counts = data.counter != 0 || passkey.counter != 0;
    if counts && data.counter <= passkey.counter {
        return Err(Wrong::Counter);
    }
    Ok(data.counter)
}

fn bounded(bytes: &[u8]) -> Option<&[u8]> {
    (bytes.len() <= MAX_OBJECT).then_some(bytes)
}

#[cfg(test)]
mod tests;
