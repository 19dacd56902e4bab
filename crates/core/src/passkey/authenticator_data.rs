//! What the authenticator says about itself and the ceremony (Web Authentication section 6.1): bytes with fixed places, then
//! CBOR. All of them must be accounted for. Must not know signatures.

use super::cbor::{self, Item};
use super::{Ceremony, Wrong};
use grantd_jose::{constant_time_eq, sha256};

/// See the module.
pub(super) struct AuthenticatorData<'a> {
    rp_id_hash: &'a [u8],
    pub(super) flags: Flags,
    /// How often the authenticator was used.
    pub(super) counter: u32,
    /// The credential that was made, where one was.
    pub(super) credential: Option<Credential<'a>>,
}

/// A credential that was made.
pub(super) struct Credential<'a> {
    pub(super) id: &'a [u8],
    /// The public key, as COSE writes it.
    pub(super) key: Item<'a>,
}

/// The byte of flags.
#[derive(Clone, Copy)]
pub(super) struct Flags(u8);

impl Flags {
    const USER_PRESENT: u8 = 0x01;
    const USER_VERIFIED: u8 = 0x04;
    const BACKUP_ELIGIBLE: u8 = 0x08;
    const BACKED_UP: u8 = 0x10;
    const CREDENTIAL: u8 = 0x40;
    const EXTENSIONS: u8 = 0x80;

    const fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }

    /// Whether the credential may be copied to other devices.
    pub(super) const fn is_backup_eligible(self) -> bool {
        self.has(Self::BACKUP_ELIGIBLE)
    }
}

impl<'a> AuthenticatorData<'a> {
    /// Reads all of `bytes`.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (rp_id_hash, rest) = bytes.split_at_checked(32)?;
        let (flags, rest) = rest.split_first()?;
        let flags = Flags(*flags);
        let (counter, mut rest) = rest.split_first_chunk::<4>()?;
        let mut credential = None;
        if flags.has(Flags::CREDENTIAL) {
            // The make of the authenticator comes first, which nothing here depends on.
            let (_, after) = rest.split_at_checked(16)?;
            let (len, after) = after.split_first_chunk::<2>()?;
            let (id, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*len)))?;
            let (key, after) = cbor::item(after)?;
            credential = Some(Credential { id, key });
            rest = after;
        }
        if flags.has(Flags::EXTENSIONS) {
            let (extensions, after) = cbor::item(rest)?;
            if !matches!(extensions, Item::Map(_)) {
                return None;
            }
            rest = after;
        }
        rest.is_empty().then_some(Self {
            rp_id_hash,
            flags,
            counter: u32::from_be_bytes(*counter),
            credential,
        })
    }

    /// Whether it is for this relying party, and the authenticator knows who touched it.
    ///
    /// # Errors
    /// [`Wrong`].
    pub(super) fn check(&self, ceremony: &Ceremony<'_>) -> Result<(), Wrong> {
        if !constant_time_eq(self.rp_id_hash, &sha256(ceremony.rp_id.as_bytes())) {
            return Err(Wrong::RelyingParty);
        }
        if !self.flags.has(Flags::USER_PRESENT) || !self.flags.has(Flags::USER_VERIFIED) {
            return Err(Wrong::NotVerified);
        }
        // What is copied can be copied (section 6.1.3).
        if self.flags.has(Flags::BACKED_UP) && !self.flags.is_backup_eligible() {
            return Err(Wrong::Malformed);
        }
        Ok(())
    }
}
