//! One realm's signing keys in a running server: loaded, made where they are missing, rotated on schedule or by hand,
//! and reloaded when another node changed them. Readers take the current [`Snapshot`] and never wait for a writer.

use super::fault::state_name;
use super::rotation::{self, Deed, Handover, RotationOutcome, Schedule, Step};
use super::snapshot::Opened;
use super::{KeyFault, MasterKey, PublishedKeys, Purpose, Signer, Snapshot, sealed};
use crate::ambient::Clock;
use grantd_core::change::Change;
use grantd_core::record::{KeyRecord, KeyState};
use grantd_jose::{Algorithm, Sealer, SigningKey, VerifyingKey};
use grantd_protocol::{Entropy, Timestamp};
use grantd_store::{CommitError, Store};
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

/// How often a lost race is decided again.
const ATTEMPTS: usize = 8;

/// What a ring is for.
#[derive(Clone, Debug)]
pub struct RingSettings {
    /// The realm's name.
    pub realm: Arc<str>,
    /// The algorithms the realm signs with; ES256 and RS256 by default.
    pub algorithms: Vec<Algorithm>,
    /// The `typ` values whose headers are prepared: `at+jwt`, `JWT`, ...
    pub types: Vec<String>,
    /// When keys rotate.
    pub schedule: Schedule,
}

/// One realm's signing keys.
pub struct Ring<S> {
    store: Arc<S>,
    settings: RingSettings,
    sealer: Sealer,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    current: RwLock<Arc<Snapshot>>,
    /// Held while the snapshot is replaced, so that an older reading never overwrites a newer one.
    opened: Mutex<Opened>,
}

impl<S: Store> Ring<S> {
    /// Loads the realm's keys and makes the active ones that are missing; next keys are made by the first
    /// [`Ring::tick`], in the background, since a server can serve without them.
    ///
    /// # Errors
    /// When the store does not answer, or the master key is not the one the keys were sealed under.
    pub async fn open(
        store: Arc<S>,
        settings: RingSettings,
        master: &MasterKey,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, KeyFault> {
        let sealer = master.sealer(Purpose::KeyWrapping);
        let mut opened = Opened::new();
        let records = store.keys(&settings.realm).await?;
        let first = Snapshot::build(records, &sealer, &settings.types, &mut opened)?;
        let ring = Self {
            store,
            settings,
            sealer,
            clock,
            entropy,
            current: RwLock::new(Arc::new(first)),
            opened: Mutex::new(opened),
        };
        ring.make_missing(KeyState::Active).await?;
        for alg in ring.settings.algorithms.clone() {
            ring.promote_when_due(alg).await?;
        }
        Ok(ring)
    }

    /// The keys as they are now.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Who signs with this algorithm.
    ///
    /// # Errors
    /// When the ring was not opened for it.
    pub fn signer(&self, alg: Algorithm) -> Result<Arc<Signer>, KeyFault> {
        self.snapshot()
            .signer(alg)
            .cloned()
            .ok_or_else(|| KeyFault::NoActiveKey {
                realm: self.settings.realm.to_string(),
                alg,
            })
    }

    /// Who verifies what the key with this id signed.
    #[must_use]
    pub fn verifying_key(&self, kid: &str) -> Option<Arc<VerifyingKey>> {
        self.snapshot().verifying_key(kid).cloned()
    }

    /// The published set.
    #[must_use]
    pub fn published(&self) -> Arc<PublishedKeys> {
        Arc::clone(self.snapshot().published())
    }

    /// What the ring is for.
    #[must_use]
    pub const fn settings(&self) -> &RingSettings {
        &self.settings
    }

    /// Reads the keys again: after another node or the command line changed them.
    ///
    /// # Errors
    /// When the store does not answer or a key does not open; the keys as they were stay in use.
    pub async fn reload(&self) -> Result<(), KeyFault> {
        let mut opened = self.opened.lock().await;
        let records = self.store.keys(&self.settings.realm).await?;
        let fresh = Snapshot::build(records, &self.sealer, &self.settings.types, &mut opened)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
        Ok(())
    }

    /// Does everything that is due: removes keys whose time is over, lets next keys take over, makes the next ones.
    ///
    /// # Errors
    /// When the store does not answer, or other nodes won every race.
    pub async fn tick(&self) -> Result<(), KeyFault> {
        self.reload().await?;
        self.remove_expired().await?;
        self.make_missing(KeyState::Active).await?;
        for alg in self.settings.algorithms.clone() {
            self.promote_when_due(alg).await?;
        }
        self.make_missing(KeyState::Next).await
    }

    /// Lets the next key of `alg` take over now. `actor` is who asked, as the audit log says it. Without `force` a key
    /// that was not published for long enough stays back; with it, verifiers that cache the key set may refuse tokens
    /// until they fetch it again.
    ///
    /// # Errors
    /// When the store does not answer, or other nodes won every race.
    pub async fn rotate(&self, alg: Algorithm, force: bool, actor: &str) -> Result<RotationOutcome, KeyFault> {
        for _ in 0..ATTEMPTS {
            self.reload().await?;
            let snapshot = self.snapshot();
            let active = rotation::find(snapshot.records(), alg, KeyState::Active);
            let next = rotation::find(snapshot.records(), alg, KeyState::Next);
            let deed = self.deed(actor);
            let (change, successor) = match (active, next) {
                (_, Some(next)) => {
                    let ready_at = rotation::ready_at(next, &self.settings.schedule);
                    if !force && deed.now < ready_at {
                        return Ok(RotationOutcome::TooEarly { ready_at });
                    }
                    let handover = Handover { active, next };
                    (
                        rotation::promote(handover, &self.settings.schedule, deed),
                        next.kid.clone(),
                    )
                }
                (Some(_), None) if !force => {
                    self.make_missing(KeyState::Next).await?;
                    continue;
                }
                (Some(active), None) => {
                    let record = self.make(alg, KeyState::Active).await?;
                    let kid = record.kid.clone();
                    (rotation::replace(active, record, &self.settings.schedule, deed), kid)
                }
                (None, None) => {
                    let record = self.make(alg, KeyState::Active).await?;
                    let kid = record.kid.clone();
                    (rotation::insert(record, deed), kid)
                }
            };
            if self.commit(change).await? {
                let retired = active.map(|active| active.kid.clone());
                tracing::info!(realm = %self.settings.realm, %alg, active = %successor, retired, "signing key rotated");
                self.make_missing(KeyState::Next).await?;
                return Ok(RotationOutcome::Rotated {
                    active: successor,
                    retired,
                });
            }
        }
        Err(self.contended())
    }

    async fn remove_expired(&self) -> Result<(), KeyFault> {
        let snapshot = self.snapshot();
        match rotation::remove_expired(snapshot.records(), self.deed("system")) {
            // A conflict means that another node removed them.
            Some(change) => self.commit(change).await.map(|_| ()),
            None => Ok(()),
        }
    }

    async fn promote_when_due(&self, alg: Algorithm) -> Result<(), KeyFault> {
        let snapshot = self.snapshot();
        let deed = self.deed("system");
        if let Some(Step::Promote(handover)) = rotation::due(snapshot.records(), alg, &self.settings.schedule, deed.now)
        {
            let change = rotation::promote(handover, &self.settings.schedule, deed);
            if self.commit(change).await? {
                tracing::info!(realm = %self.settings.realm, %alg, active = %handover.next.kid, "signing key rotated");
            }
        }
        Ok(())
    }

    /// Makes a key in `state` for every algorithm that lacks one, all at once: RSA takes a while.
    async fn make_missing(&self, state: KeyState) -> Result<(), KeyFault> {
        for _ in 0..ATTEMPTS {
            let missing = self.missing(state);
            if missing.is_empty() {
                return Ok(());
            }
            let making: Vec<_> = missing.into_iter().map(generate).collect();
            for key in making {
                let record = self.seal(&finished(key).await?, state)?;
                let (alg, kid) = (record.alg.clone(), record.kid.clone());
                // A conflict means that another node was faster; its key is loaded like our own.
                if self.commit(rotation::insert(record, self.deed("system"))).await? {
                    let (realm, state) = (&*self.settings.realm, state_name(state));
                    tracing::info!(realm, alg, kid, state, "signing key made");
                }
            }
        }
        Err(self.contended())
    }

    fn missing(&self, state: KeyState) -> Vec<Algorithm> {
        let snapshot = self.snapshot();
        let now = self.clock.now();
        let wanted = |alg: &Algorithm| {
            let step = rotation::due(snapshot.records(), *alg, &self.settings.schedule, now);
            match state {
                KeyState::Active => matches!(step, Some(Step::MakeActive)),
                KeyState::Next => matches!(step, Some(Step::MakeNext)),
                KeyState::Retired => false,
            }
        };
        self.settings.algorithms.iter().copied().filter(wanted).collect()
    }

    async fn make(&self, alg: Algorithm, state: KeyState) -> Result<KeyRecord, KeyFault> {
        self.seal(&finished(generate(alg)).await?, state)
    }

    fn seal(&self, key: &SigningKey, state: KeyState) -> Result<KeyRecord, KeyFault> {
        let at: (Timestamp, &dyn Entropy) = (self.clock.now(), &*self.entropy);
        sealed::seal(key, &self.settings.realm, state, &self.sealer, at)
    }

    /// Commits and reloads; `false` when the race was lost.
    async fn commit(&self, change: Change) -> Result<bool, KeyFault> {
        let won = match self.store.commit(change).await {
            Ok(_) => true,
            Err(CommitError::Conflict) => false,
            Err(CommitError::Fault(fault)) => return Err(fault.into()),
        };
        self.reload().await?;
        Ok(won)
    }

    fn deed<'d>(&'d self, actor: &'d str) -> Deed<'d> {
        Deed {
            actor,
            now: self.clock.now(),
            entropy: &*self.entropy,
        }
    }

    fn contended(&self) -> KeyFault {
        KeyFault::Contended {
            realm: self.settings.realm.to_string(),
        }
    }
}

/// Begins to make a key on a thread where it delays nobody.
fn generate(alg: Algorithm) -> JoinHandle<Result<SigningKey, grantd_jose::KeyError>> {
    tokio::task::spawn_blocking(move || SigningKey::generate(alg))
}

async fn finished(making: JoinHandle<Result<SigningKey, grantd_jose::KeyError>>) -> Result<SigningKey, KeyFault> {
    Ok(making.await.map_err(|_| KeyFault::Interrupted)??)
}

impl<S> std::fmt::Debug for Ring<S> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Ring({})", self.settings.realm)
    }
}

#[cfg(test)]
mod tests;
