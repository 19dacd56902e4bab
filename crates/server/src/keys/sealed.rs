//! A signing key on its way into the store and out of it: PKCS #8 under the key-wrapping key, bound to its row. Must
//! not know when keys are made or used.

use super::KeyFault;
use grantd_core::record::{KeyRecord, KeyState};
use grantd_jose::{Algorithm, Sealer, SigningKey};
use grantd_protocol::entropy::draw;
use grantd_protocol::{Entropy, Timestamp};
use std::sync::Arc;
use zeroize::Zeroizing;

/// The record of a new key.
pub(super) fn seal(
    key: &SigningKey,
    realm: &Arc<str>,
    state: KeyState,
    sealer: &Sealer,
    (now, entropy): (Timestamp, &dyn Entropy),
) -> Result<KeyRecord, KeyFault> {
    let alg = key.algorithm();
    let sealed = sealer.seal(
        draw(entropy),
        &binding(realm, alg.as_str(), key.kid()),
        &key.to_pkcs8()?,
    );
    Ok(KeyRecord {
        realm: Arc::clone(realm),
        kid: key.kid().to_owned(),
        alg: alg.as_str().to_owned(),
        state,
        sealed,
        created_at: now,
        since: now,
        remove_at: None,
    })
}

/// The key of a record. A key that opens but is not the one the row says it is counts as damaged.
pub(super) fn open(record: &KeyRecord, sealer: &Sealer) -> Result<SigningKey, KeyFault> {
    let damaged = || KeyFault::Damaged {
        realm: record.realm.to_string(),
        kid: record.kid.clone(),
    };
    let alg: Algorithm = record.alg.parse().map_err(|_| damaged())?;
    let pkcs8 = sealer
        .open(&binding(&record.realm, &record.alg, &record.kid), &record.sealed)
        .map(Zeroizing::new)
        .ok_or_else(|| KeyFault::WrongMasterKey {
            realm: record.realm.to_string(),
            kid: record.kid.clone(),
        })?;
    let key = SigningKey::from_pkcs8(alg, &pkcs8).map_err(|_| damaged())?;
    if key.kid() == record.kid {
        Ok(key)
    } else {
        Err(damaged())
    }
}

/// What the ciphertext is bound to. NUL separates: it occurs in none of the three.
fn binding(realm: &str, alg: &str, kid: &str) -> Vec<u8> {
    format!("grantd signing key\0{realm}\0{alg}\0{kid}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::SystemEntropy;
    use crate::keys::{MasterKey, Purpose};

    fn sealer() -> Sealer {
        MasterKey::draw(&SystemEntropy).sealer(Purpose::KeyWrapping)
    }

    fn record(sealer: &Sealer) -> KeyRecord {
        let key = SigningKey::generate(Algorithm::ES256).unwrap();
        let at = (Timestamp::from_secs(1), &SystemEntropy as &dyn Entropy);
        seal(&key, &"main".into(), KeyState::Active, sealer, at).unwrap()
    }

    #[test]
    fn a_sealed_key_opens_as_itself() {
        let sealer = sealer();
        let record = record(&sealer);
        assert_eq!(open(&record, &sealer).unwrap().kid(), record.kid);
    }

    #[test]
    fn a_row_copied_to_another_realm_or_name_does_not_open() {
        let sealer = sealer();
        let original = record(&sealer);
        let mut moved = original.clone();
        moved.realm = "other".into();
        assert!(matches!(open(&moved, &sealer), Err(KeyFault::WrongMasterKey { .. })));
        let mut renamed = original;
        renamed.kid = "other".to_owned();
        assert!(matches!(open(&renamed, &sealer), Err(KeyFault::WrongMasterKey { .. })));
    }

    #[test]
    fn the_ciphertext_does_not_show_the_key() {
        let sealer = sealer();
        let key = SigningKey::generate(Algorithm::ES256).unwrap();
        let at = (Timestamp::from_secs(1), &SystemEntropy as &dyn Entropy);
        let record = seal(&key, &"main".into(), KeyState::Active, &sealer, at).unwrap();
        let plain = key.to_pkcs8().unwrap();
        assert!(
            !record
                .sealed
                .windows(16)
                .any(|window| plain.windows(16).any(|own| own == window))
        );
    }
}
