//! One realm's keys at one moment, opened and indexed for reading: who signs, who verifies, and the published set as
//! bytes. Never changed, only replaced. Must not know the store.

use super::{KeyFault, Signer, sealed};
use bytes::Bytes;
use grantd_core::record::{KeyRecord, KeyState};
use grantd_jose::{Algorithm, JwkSet, Sealer, SigningKey, VerifyingKey, sha256};
use grantd_protocol::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;

/// What `/jwks.json` answers with.
#[derive(Clone, Debug)]
pub struct PublishedKeys {
    /// `{"keys":[..]}`: next, active and retired keys (RFC 7517 section 5).
    pub json: Bytes,
    /// A strong entity tag, with its quotes (RFC 9110 section 8.8.3).
    pub etag: String,
}

/// A key as lists and logs show it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeySummary {
    /// RFC 7638 thumbprint.
    pub kid: String,
    /// JOSE name.
    pub alg: String,
    /// Where it stands.
    pub state: KeyState,
    /// Since when.
    pub since: Timestamp,
    /// For a retired key, when it is removed.
    pub remove_at: Option<Timestamp>,
}

/// One realm's keys at one moment.
#[derive(Debug)]
pub struct Snapshot {
    signers: HashMap<Algorithm, Arc<Signer>>,
    verifying: HashMap<String, Arc<VerifyingKey>>,
    published: Arc<PublishedKeys>,
    records: Vec<KeyRecord>,
}

/// Keys that were opened already: parsing an RSA key costs more than everything else here.
pub(super) type Opened = HashMap<String, Arc<SigningKey>>;

impl Snapshot {
    /// Opens every record, but for those in `opened`, to which the new ones are added.
    pub(super) fn build(
        records: Vec<KeyRecord>,
        sealer: &Sealer,
        types: &[String],
        opened: &mut Opened,
    ) -> Result<Self, KeyFault> {
        opened.retain(|kid, _| records.iter().any(|record| record.kid == *kid));
        let mut signers = HashMap::new();
        let mut verifying = HashMap::new();
        let mut public = Vec::with_capacity(records.len());
        for record in &records {
            let key = match opened.get(&record.kid) {
                Some(key) => Arc::clone(key),
                None => {
                    let key = Arc::new(sealed::open(record, sealer)?);
                    opened.insert(record.kid.clone(), Arc::clone(&key));
                    key
                }
            };
            let jwk = key.public_jwk().clone();
            let verifier = VerifyingKey::from_jwk(&jwk, &[key.algorithm()]).map_err(|_| KeyFault::Damaged {
                realm: record.realm.to_string(),
                kid: record.kid.clone(),
            })?;
            verifying.insert(record.kid.clone(), Arc::new(verifier));
            public.push(jwk);
            if record.state == KeyState::Active {
                signers.insert(key.algorithm(), Arc::new(Signer::new(key, types)));
            }
        }
        let json = JwkSet::new(public).to_json();
        let etag = entity_tag(json.as_bytes());
        let json = Bytes::from(json);
        Ok(Self {
            signers,
            verifying,
            published: Arc::new(PublishedKeys { json, etag }),
            records,
        })
    }

    /// Who signs with this algorithm.
    #[must_use]
    pub fn signer(&self, alg: Algorithm) -> Option<&Arc<Signer>> {
        self.signers.get(&alg)
    }

    /// Who verifies what the key with this id signed: retired keys too, until they are removed.
    #[must_use]
    pub fn verifying_key(&self, kid: &str) -> Option<&Arc<VerifyingKey>> {
        self.verifying.get(kid)
    }

    /// The published set.
    #[must_use]
    pub fn published(&self) -> &Arc<PublishedKeys> {
        &self.published
    }

    /// Every key, oldest first.
    pub fn summaries(&self) -> impl Iterator<Item = KeySummary> {
        self.records.iter().map(|record| KeySummary {
            kid: record.kid.clone(),
            alg: record.alg.clone(),
            state: record.state,
            since: record.since,
            remove_at: record.remove_at,
        })
    }

    pub(super) fn records(&self) -> &[KeyRecord] {
        &self.records
    }
}

fn entity_tag(body: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut tag = String::with_capacity(34);
    tag.push('"');
    for byte in sha256(body).iter().take(16) {
        // Writing to a string cannot fail.
        let _written = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}
