//! The composition root: everything a handler needs, put together once. No other module builds these, and there are
//! no globals.

#[cfg(test)]
pub(crate) mod stage;

use crate::accounts::password::PasswordPool;
use crate::ambient::Clock;
use crate::clients::ClientCache;
use crate::config::RateLimits;
use crate::documents::Documents;
use crate::error::{Failure, Fault};
use crate::fate::Fates;
use crate::keys::{MasterKey, Purpose};
use crate::mail::Mailer;
use crate::metrics::Metrics;
use crate::outbound::Fetcher;
use crate::places::Places;
use crate::rate::RateLimiter;
use crate::realm::ServedRealm;
use crate::refused::RefusedRequests;
use crate::router::Router;
use crate::status::Status;
use crate::usage::{Flush, Usage};
use grantd_core::SingleUse;
use grantd_core::change::{Change, Write};
use grantd_core::dpop::nonce::NonceKey;
use grantd_core::realm::Realm;
use grantd_core::record::ClientRecord;
use grantd_core::refresh_value::RefreshKey;
use grantd_core::registration::RegistrationPolicy;
use grantd_jose::{HmacKey, Sealer, strict_json};
use grantd_pages::Pages;
use grantd_protocol::id::ChangeId;
use grantd_protocol::{Entropy, OAuthError, Timestamp};
use grantd_store::{AnyStore, CommitError, Read, Store};
use std::sync::{Arc, PoisonError, RwLock};

/// The server.
pub struct App {
    /// Where facts live.
    pub store: Arc<AnyStore>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Client records in memory.
    pub clients: ClientCache,
    /// Counters of attempts that need no durability.
    pub limiter: RateLimiter,
    /// The pages.
    pub pages: Pages,
    /// Where passwords are hashed.
    pub passwords: PasswordPool,
    /// The way to the post.
    pub mailer: Mailer,
    /// Where client secrets are compared that another server hashed: apart, so that guesses at them make no login wait.
    pub imported_secrets: PasswordPool,
    /// The key of refresh tokens.
    pub refresh_key: RefreshKey,
    /// Determines the secrets that creations under an idempotency key show.
    pub idempotency_key: HmacKey,
    /// Seals what a browser carries between two of its requests.
    pub tickets: Sealer,
    /// Seals what initial access tokens say.
    pub initial_access: Sealer,
    /// Seals the secrets of webhooks.
    pub webhooks: Sealer,
    /// Seals the secrets of users' authenticator apps.
    pub second_factor: Sealer,
    /// Makes what is kept of recovery codes.
    pub recovery_codes: HmacKey,
    /// Makes the nonces of proofs.
    pub nonces: NonceKey,
    /// Counters and histograms.
    pub metrics: Arc<Metrics>,
    /// What credentials were used for, until it is written.
    pub usage: Usage,
    /// Requests that were refused, until it is written.
    pub refused: RefusedRequests,
    /// Status lists of JWTs.
    pub status: Status,
    /// What a JSON body may cost.
    pub json: strict_json::Limits,
    /// What clients say about themselves at their `client_id`.
    pub documents: Documents,
    /// Held while other realms, or realms with other roles, are made ready, so that nobody serves what was read before.
    pub replacing: tokio::sync::Mutex<()>,
    rate_limits: RwLock<RateLimits>,
    places: RwLock<Arc<Places>>,
    serving: RwLock<Arc<Serving>>,
}

/// The realms as they are served now; replaced as a whole by a reload, and by other roles ([`crate::roles`]).
pub struct Serving {
    /// The routes.
    pub router: Arc<Router>,
    /// The realms, by the router's index.
    pub realms: Vec<Arc<ServedRealm>>,
}

impl Serving {
    /// The realm of this name, where it is served.
    #[must_use]
    pub fn realm(&self, name: &str) -> Option<&Arc<ServedRealm>> {
        self.realms.iter().find(|served| **served.name() == *name)
    }
}

/// What an [`App`] is made of.
pub struct Parts {
    /// Where facts live.
    pub store: Arc<AnyStore>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The pages.
    pub pages: Pages,
    /// Where passwords are hashed.
    pub passwords: PasswordPool,
    /// The way to the post.
    pub mailer: Mailer,
    /// Where client secrets are compared that another server hashed.
    pub imported_secrets: PasswordPool,
    /// The metrics.
    pub metrics: Arc<Metrics>,
    /// What a JSON body may cost.
    pub json: strict_json::Limits,
    /// Fetches what clients say about themselves.
    pub fetcher: Fetcher,
    /// How often one may ask.
    pub rate_limits: RateLimits,
    /// Where addresses are.
    pub places: Places,
    /// The realms.
    pub serving: Serving,
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: Parts, master: &MasterKey) -> Arc<Self> {
        Arc::new(Self {
            store: parts.store,
            clock: parts.clock,
            entropy: parts.entropy,
            clients: ClientCache::default(),
            limiter: RateLimiter::default(),
            pages: parts.pages,
            passwords: parts.passwords,
            mailer: parts.mailer,
            imported_secrets: parts.imported_secrets,
            refresh_key: RefreshKey::new(&master.subkey(Purpose::RefreshTag)),
            idempotency_key: master.mac(Purpose::Idempotency),
            tickets: master.sealer(Purpose::Ticket),
            webhooks: master.sealer(Purpose::Webhook),
            second_factor: master.sealer(Purpose::SecondFactor),
            recovery_codes: master.mac(Purpose::RecoveryCode),
            initial_access: master.sealer(Purpose::InitialAccess),
            nonces: NonceKey::new(&*master.subkey(Purpose::DpopNonce)),
            metrics: parts.metrics,
            usage: Usage::default(),
            refused: RefusedRequests::default(),
            status: Status::default(),
            json: parts.json,
            documents: Documents::new(parts.fetcher),
            replacing: tokio::sync::Mutex::default(),
            rate_limits: RwLock::new(parts.rate_limits),
            places: RwLock::new(Arc::new(parts.places)),
            serving: RwLock::new(Arc::new(parts.serving)),
        })
    }

    /// The realms as they are served now.
    #[must_use]
    pub fn serving(&self) -> Arc<Serving> {
        Arc::clone(&self.serving.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Serves other realms from now on; requests under way end with what they began with.
    pub fn serve(&self, serving: Serving) {
        *self.serving.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(serving);
    }

    /// How often one may ask.
    #[must_use]
    pub fn limits(&self) -> RateLimits {
        *self.rate_limits.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Limits differently from now on.
    pub fn limit(&self, limits: RateLimits) {
        *self.rate_limits.write().unwrap_or_else(PoisonError::into_inner) = limits;
    }

    /// Where addresses are.
    #[must_use]
    pub fn places(&self) -> Arc<Places> {
        Arc::clone(&self.places.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes another file's word for it from now on.
    pub fn place(&self, places: Places) {
        *self.places.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(places);
    }

    /// The instant now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A name for a change.
    #[must_use]
    pub fn change_id(&self, now: Timestamp) -> ChangeId {
        ChangeId::draw(now, &*self.entropy)
    }

    /// Writes what was counted of uses, in a task of its own: a batch that is on its way when its caller is gone, with a
    /// connection or with the server's stop, is neither lost nor written twice.
    ///
    /// # Errors
    /// When the store does not answer; what was counted is kept for the next time.
    pub async fn flush_uses(self: &Arc<Self>, how: Flush) -> Result<(), CommitError> {
        let app = Arc::clone(self);
        let flushing = tokio::spawn(async move { app.usage.flush(&*app.store, &*app.clock, &*app.entropy, how).await });
        // A task that panicked has been logged by the runtime.
        flushing.await.unwrap_or(Ok(()))
    }

    /// Writes what waits of refused requests, in a task of its own, as with uses.
    ///
    /// # Errors
    /// When the store does not answer; what waits is kept for the next time.
    pub async fn flush_refused(self: &Arc<Self>) -> Result<(), CommitError> {
        let app = Arc::clone(self);
        let flushing = tokio::spawn(async move { app.refused.flush(&*app.store, &*app.clock, &*app.entropy).await });
        flushing.await.unwrap_or(Ok(()))
    }

    /// A client of a realm, at most one second stale.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn client(&self, realm: &Arc<str>, client_id: &str) -> Read<Option<Arc<ClientRecord>>> {
        let found = self.clients.get(&*self.store, realm, client_id, self.now()).await?;
        Ok(found.map(|client| self.within_policy(client)))
    }

    /// What a client that nobody vouches for may have is the realm's to say, as it is configured now and not as it was
    /// when the client came.
    #[must_use]
    pub fn within_policy(&self, client: Arc<ClientRecord>) -> Arc<ClientRecord> {
        if client.origin.is_vouched_for() {
            return client;
        }
        match self.serving().realm(&client.realm) {
            Some(served) => served.config.realm.registration.bound(client),
            None => RegistrationPolicy::default().bound(client),
        }
    }

    /// Reads what the fates of a realm's tokens hang on at `now`.
    #[must_use]
    pub fn fates<'a>(&'a self, realm: &'a Realm, now: Timestamp) -> Fates<'a, AnyStore> {
        Fates {
            store: &self.store,
            clients: &self.clients,
            realm,
            now,
        }
    }

    /// Commits a change of a request, and counts how long that took or that it met a conflict.
    ///
    /// # Errors
    /// Those of [`Store::commit`].
    pub async fn commit(&self, change: Change) -> Result<u64, CommitError> {
        let begin = tokio::time::Instant::now();
        let outcome = self.store.commit(change).await;
        match &outcome {
            Ok(_) => self.metrics.committed(begin.elapsed()),
            Err(CommitError::Conflict) => self.metrics.conflict(),
            Err(CommitError::Fault(_)) => {}
        }
        outcome
    }

    /// Writes what a request wants written that issues nothing, and spends what its proofs were. It has no other
    /// precondition, so there is no other race to lose.
    ///
    /// # Errors
    /// When one of `used` was used before: nothing is written then, since nothing was proved. When the store does not
    /// answer: the caller must not claim that it was done.
    pub async fn write(&self, writes: Vec<Write>, used: &[SingleUse]) -> Result<(), Failure> {
        self.settle(Change::new(self.change_id(self.now()), writes), used).await
    }

    /// The same for a change that is made already.
    ///
    /// # Errors
    /// Those of [`App::write`].
    pub async fn settle(&self, mut change: Change, used: &[SingleUse]) -> Result<(), Failure> {
        change.spend(used);
        if change.guards.is_empty() && change.writes.is_empty() {
            return Ok(());
        }
        match self.commit(change).await {
            Ok(_) => Ok(()),
            Err(CommitError::Fault(fault)) => Err(fault.into()),
            Err(CommitError::Conflict) => {
                let replayed = self.replayed(used).await?;
                Err(replayed.map_or_else(|| Fault::Contention(1).into(), Failure::from))
            }
        }
    }

    /// After a lost race: what to tell whoever presented one of these, if it was used before. A change that does nothing
    /// but ask is applied exactly where its guard holds.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn replayed(&self, used: &[SingleUse]) -> Result<Option<OAuthError>, Failure> {
        for one in used {
            let question = Change {
                id: self.change_id(self.now()),
                guards: vec![one.guard()],
                writes: Vec::new(),
            };
            match self.store.commit(question).await {
                Ok(_) => {}
                Err(CommitError::Conflict) => return Ok(Some(one.replayed())),
                Err(CommitError::Fault(fault)) => return Err(fault.into()),
            }
        }
        Ok(None)
    }
}
