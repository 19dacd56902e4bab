//! What an import sees of the realm: the store, and in a dry run also what earlier lines would have made of it.

use super::super::CliFault;
use super::super::open::Opened;
use grantd_core::SingleUse;
use grantd_core::admin::import::{Facts, Wanted};
use grantd_core::change::{Change, Guard, SeenKey, Write};
use grantd_core::record::{ClientRecord, MembershipRecord, TenantRecord, UserRecord};
use grantd_protocol::id::ChangeId;
use grantd_store::{AnyStore, CommitError, Store};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

pub(super) struct Sight<'a> {
    store: &'a AnyStore,
    realm: &'a Arc<str>,
    /// Only in a dry run.
    made: Option<Mutex<Made>>,
}

/// What lines of a dry run would have made.
#[derive(Default)]
struct Made {
    clients: BTreeMap<Arc<str>, ClientRecord>,
    users: BTreeMap<Arc<str>, UserRecord>,
    usernames: BTreeMap<String, Arc<str>>,
    tenants: BTreeMap<Arc<str>, TenantRecord>,
    places: BTreeMap<(Arc<str>, Arc<str>), MembershipRecord>,
    seen: BTreeSet<SeenKey>,
}

impl<'a> Sight<'a> {
    pub(super) fn new(store: &'a AnyStore, realm: &'a Arc<str>, dry: bool) -> Self {
        let made = dry.then(Mutex::default);
        Self { store, realm, made }
    }

    pub(super) const fn is_dry(&self) -> bool {
        self.made.is_some()
    }

    /// Keeps in mind what a change would have made.
    pub(super) fn remember(&self, change: Change) {
        let _ = self.in_mind(|made| {
            change.writes.into_iter().for_each(|write| made.keep(write));
            None::<()>
        });
    }

    /// What the decision about an object looks at.
    pub(super) async fn facts(&self, wanted: &Wanted, opened: &Opened) -> Result<Facts, CliFault> {
        let (store, realm) = (self.store, &**self.realm);
        let lookups = wanted.lookups();
        let mut facts = Facts::default();
        if let Some(id) = &lookups.client {
            facts.client = match self.in_mind(|made| made.clients.get(id).cloned()) {
                None => store.client(realm, id).await?,
                known => known,
            };
        }
        if let Some(id) = &lookups.user {
            facts.user = match self.in_mind(|made| made.users.get(id).cloned()) {
                None => store.user(realm, id).await?,
                known => known,
            };
        }
        if let Some(key) = &lookups.username {
            facts.namesake = match self.in_mind(|made| made.namesake(key)) {
                None => store.user_by_key(realm, key).await?,
                known => known,
            };
        }
        if let Some(id) = &lookups.tenant {
            facts.tenant = match self.in_mind(|made| made.tenants.get(id).cloned()) {
                None => store.tenant(realm, id).await?,
                known => known,
            };
        }
        if let (Some(user), Some(tenant)) = (&lookups.user, &lookups.tenant) {
            facts.place = self.place(user, tenant).await?;
        }
        if let (Some(client), Some(user), Some(_)) = (&lookups.client, &lookups.user, lookups.family) {
            facts.grant = store.grant(realm, user, client, lookups.tenant.as_deref()).await?;
        }
        facts.imported = match wanted.once() {
            Some(once) => self.was_imported(once, opened).await?,
            None => false,
        };
        Ok(facts)
    }

    async fn place(&self, user: &Arc<str>, tenant: &Arc<str>) -> Result<Option<MembershipRecord>, CliFault> {
        let key = (Arc::clone(user), Arc::clone(tenant));
        if let Some(known) = self.in_mind(|made| made.places.get(&key).cloned()) {
            return Ok(Some(known));
        }
        let places = self.store.memberships(self.realm, user).await?;
        Ok(places.into_iter().find(|place| place.tenant.id == *tenant))
    }

    /// A change that does nothing but ask is applied exactly where its guard holds.
    async fn was_imported(&self, once: &SingleUse, opened: &Opened) -> Result<bool, CliFault> {
        let guard = once.guard();
        if let Guard::Unseen(key) = &guard
            && self.in_mind(|made| made.seen.contains(key).then_some(())).is_some()
        {
            return Ok(true);
        }
        let question = Change {
            id: ChangeId::draw(opened.now(), opened.entropy()),
            guards: vec![guard],
            writes: Vec::new(),
        };
        match self.store.commit(question).await {
            Ok(_) => Ok(false),
            Err(CommitError::Conflict) => Ok(true),
            Err(CommitError::Fault(fault)) => Err(fault.into()),
        }
    }

    fn in_mind<T>(&self, look: impl FnOnce(&mut Made) -> Option<T>) -> Option<T> {
        let made = self.made.as_ref()?;
        look(&mut made.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Made {
    fn namesake(&self, key: &str) -> Option<UserRecord> {
        let id = self.usernames.get(key)?;
        self.users.get(id).cloned()
    }

    fn keep(&mut self, write: Write) {
        match write {
            Write::InsertClient(row) => {
                self.clients.insert(Arc::clone(&row.client_id), *row);
            }
            Write::InsertUser(row) => {
                self.usernames
                    .insert(UserRecord::key_of(&row.username), Arc::clone(&row.id));
                self.users.insert(Arc::clone(&row.id), *row);
            }
            Write::PutTenant(row) => {
                self.tenants.insert(Arc::clone(&row.id), *row);
            }
            Write::PutMembership(row) => {
                self.places
                    .insert((Arc::clone(&row.user), Arc::clone(&row.tenant.id)), *row);
            }
            Write::Remember { key, .. } => {
                self.seen.insert(key);
            }
            _ => {}
        }
    }
}
