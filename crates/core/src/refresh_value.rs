//! The text of a refresh token is computed, never stored: family id, generation, and a tag over both and the
//! family's salt under a key that the database does not hold. So a retry can be given the very same successor, and
//! whoever reads the database can forge nothing. A token that another server made begins a family, too: it is known by
//! its SHA-256, and what follows it is ours.

use crate::realm::Realm;
use crate::record::FamilyRecord;
use grantd_jose::{HmacKey, constant_time_eq, sha256};
use grantd_protocol::Secret;
use grantd_protocol::bearer::RefreshValue;
use grantd_protocol::id::FamilyId;

/// A refresh token as somebody presents it.
#[derive(Clone, Copy)]
pub enum RefreshText {
    /// One that was made here, as it looks: its tag is not checked yet.
    Own(RefreshValue),
    /// Any other text: it could be one that another server made and that was imported.
    Imported(ImportedRefresh),
}

impl RefreshText {
    /// Reads a presented text.
    #[must_use]
    pub fn read(realm: &Realm, text: &str) -> Self {
        Self::own(realm, text)
            .unwrap_or_else(|| Self::Imported(ImportedRefresh::of(&realm.name, &sha256(text.as_bytes()))))
    }

    /// The same for one that was made here, as it looks; for any other text nothing is computed.
    #[must_use]
    pub fn own(realm: &Realm, text: &str) -> Option<Self> {
        RefreshValue::parse(&realm.refresh.prefix, text).map(Self::Own)
    }

    /// The family whose token it could be.
    #[must_use]
    pub const fn family(&self) -> FamilyId {
        match self {
            Self::Own(value) => FamilyId::from_bytes(value.family),
            Self::Imported(imported) => imported.family,
        }
    }

    /// The generation that it says it is. An imported token is what its family begins with.
    #[must_use]
    pub const fn generation(&self) -> u32 {
        match self {
            Self::Own(value) => value.generation,
            Self::Imported(_) => 0,
        }
    }
}

/// Which family an imported refresh token begins: its id and its salt are computed from the token's SHA-256, so that the
/// row is found by its key and proves the token, and no table beside it is needed.
#[derive(Clone, Copy, Debug)]
pub struct ImportedRefresh {
    /// The family's row.
    pub family: FamilyId,
    /// The family's salt.
    pub salt: [u8; 16],
}

impl ImportedRefresh {
    /// From the SHA-256 of the token's text.
    #[must_use]
    pub fn of(realm: &str, digest: &[u8; 32]) -> Self {
        let mut input = format!("grantd imported refresh token\n{realm}\n").into_bytes();
        input.extend_from_slice(digest);
        let [family, salt] = halves(&sha256(&input));
        Self {
            family: FamilyId::from_bytes(family),
            salt,
        }
    }
}

fn halves(bytes: &[u8; 32]) -> [[u8; 16]; 2] {
    let mut halves = [[0; 16]; 2];
    for (half, source) in halves.iter_mut().zip(bytes.chunks_exact(16)) {
        half.copy_from_slice(source);
    }
    halves
}

/// The key of the tags, derived from the master key.
pub struct RefreshKey(HmacKey);

impl RefreshKey {
    /// From 32 bytes that were derived for this purpose alone.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self(HmacKey::new(key))
    }

    /// The refresh token of one generation of a family.
    #[must_use]
    pub fn write(&self, family: &FamilyRecord, generation: u32, prefix: &str) -> Secret {
        let id = *family.id.as_bytes();
        let tag = self.0.tag(&[&id, &family.salt, &generation.to_be_bytes()]);
        RefreshValue {
            family: id,
            generation,
            tag,
        }
        .write(prefix)
    }

    /// Whether the presented text is a refresh token of this family, of whichever generation; constant time.
    #[must_use]
    pub fn made(&self, family: &FamilyRecord, presented: &RefreshText) -> bool {
        match presented {
            RefreshText::Own(value) => {
                family.id.as_bytes() == &value.family
                    && self.0.verify(
                        &[&value.family, &family.salt, &value.generation.to_be_bytes()],
                        &value.tag,
                    )
            }
            RefreshText::Imported(imported) => {
                constant_time_eq(family.id.as_bytes(), imported.family.as_bytes())
                    & constant_time_eq(&family.salt, &imported.salt)
            }
        }
    }
}

impl std::fmt::Debug for RefreshKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("RefreshKey(…)")
    }
}
