//! The text of a refresh token is computed, never stored: family id, generation, and a tag over both and the
//! family's salt under a key that the database does not hold. So a retry can be given the very same successor, and
//! whoever reads the database can forge nothing.

use crate::record::FamilyRecord;
use grantd_jose::HmacKey;
use grantd_protocol::Secret;
use grantd_protocol::bearer::RefreshValue;

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

    /// Whether the presented value was made by this server for this family; constant time.
    #[must_use]
    pub fn made(&self, family: &FamilyRecord, value: &RefreshValue) -> bool {
        family.id.as_bytes() == &value.family
            && self.0.verify(
                &[&value.family, &family.salt, &value.generation.to_be_bytes()],
                &value.tag,
            )
    }
}

impl std::fmt::Debug for RefreshKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("RefreshKey(…)")
    }
}
