//! Looking at tokens: a page of somebody's, or one, and whether it is over. It must not know why they are looked at.

use super::{FollowStatus, PAGE};
use crate::oauth::present::subject_ended;
use grantd_core::record::{AccessFacts, ClientRecord};
use grantd_core::token::introspect::is_live;
use grantd_protocol::Timestamp;
use grantd_protocol::id::AccessId;
use grantd_store::{AccessFilter, CacheNote, Read, Store};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Whose tokens are looked at.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Owner {
    /// One token alone.
    Token(AccessId),
    Client(Arc<str>, Arc<str>),
    /// What somebody made by hand for a client: it ends when the client may do less.
    ByHandFor(Arc<str>, Arc<str>),
    Subject(Arc<str>, Arc<str>),
    Tenant(Arc<str>, Arc<str>),
    /// One client's in one tenant that blocked it: realm, tenant and client.
    App(Arc<str>, Arc<str>, Arc<str>),
}

impl Owner {
    /// The client and the tenant that a note names. No tenant has a space in its id.
    pub(super) fn app(note: &CacheNote) -> Option<Self> {
        let (tenant, client_id) = note.key.split_once(' ')?;
        Some(Self::App(note.realm.as_str().into(), tenant.into(), client_id.into()))
    }
}

/// What came of a look at a page.
#[derive(Default)]
pub(super) struct Looked {
    /// Before which token the next page begins; `None` where this was the last.
    pub(super) before: Option<AccessId>,
    /// Whose tokens can be made of these.
    pub(super) made_of: HashSet<Owner>,
}

/// What was read once while many tokens are looked at.
#[derive(Default)]
pub(super) struct Seen {
    clients: HashMap<Owner, Option<Arc<ClientRecord>>>,
    tenants: HashSet<Owner>,
    pub(super) over: HashSet<Owner>,
}

impl FollowStatus {
    /// Looks at a page of somebody's tokens.
    pub(super) async fn look(&self, owner: &Owner, before: Option<AccessId>) -> Read<Looked> {
        let mut filter = AccessFilter::default();
        let mut seen = Seen::default();
        let realm = match owner {
            Owner::Token(id) => {
                self.look_at(*id, &mut seen).await?;
                return Ok(Looked::default());
            }
            Owner::Client(realm, id) => {
                filter.client_id = Some(id.to_string());
                realm
            }
            Owner::ByHandFor(realm, id) => {
                filter.client_id = Some(id.to_string());
                filter.made_by_hand = true;
                realm
            }
            Owner::Subject(realm, id) => {
                filter.subject = Some(id.to_string());
                realm
            }
            Owner::Tenant(realm, id) => {
                filter.tenant = Some(id.to_string());
                realm
            }
            Owner::App(realm, tenant, client_id) => {
                filter.tenant = Some(tenant.to_string());
                filter.client_id = Some(client_id.to_string());
                realm
            }
        };
        // What other clients made of a client's tokens is not found by the client.
        let is_of_client = matches!(owner, Owner::Client(..) | Owner::ByHandFor(..) | Owner::App(..));
        let ends_others = is_of_client && self.exchanges(realm);
        let page = self.app.store.access_list(realm, &filter, before, PAGE).await?;
        let now = self.app.now();
        let mut looked = Looked {
            before: page.rows.last().map(|row| row.id).filter(|_| page.more),
            made_of: HashSet::new(),
        };
        for row in page.rows.into_iter().filter(|row| now < row.expires_at) {
            match row.status {
                // It stays ended: nothing has to be asked for it.
                Some(place) if row.ended_at.is_some() => {
                    self.app.status.mark(realm, place, true, row.expires_at);
                }
                Some(_) => self.look_at(row.id, &mut seen).await?,
                None => {}
            }
            if ends_others {
                looked.made_of.insert(Owner::Subject(row.realm, row.subject));
            }
        }
        Ok(looked)
    }

    /// Looks at one token. One that is gone had expired.
    async fn look_at(&self, id: AccessId, seen: &mut Seen) -> Read<()> {
        let now = self.app.now();
        let Some(facts) = self.app.store.access(id).await? else {
            return Ok(());
        };
        let (realm, expires_at) = (Arc::clone(&facts.token.realm), facts.token.expires_at);
        let Some(place) = facts.token.status.filter(|_| now < expires_at) else {
            return Ok(());
        };
        let is_over = self.judge(facts, seen, now).await?;
        self.app.status.mark(&realm, place, is_over, expires_at);
        Ok(())
    }

    /// Whether a token that has not expired is over.
    pub(super) async fn judge(&self, mut facts: AccessFacts, seen: &mut Seen, now: Timestamp) -> Read<bool> {
        facts.subject_ended = subject_ended(&self.app, &facts.token, now).await?;
        let token = &facts.token;
        let client_of = Owner::Client(Arc::clone(&token.realm), Arc::clone(&token.client_id));
        if !seen.clients.contains_key(&client_of) {
            let found = self.app.store.client(&token.realm, &token.client_id).await?;
            if found.as_ref().is_none_or(|client| !client.enabled) {
                seen.over.insert(client_of.clone());
            }
            let found = found.map(|client| self.app.within_policy(Arc::new(client)));
            seen.clients.insert(client_of.clone(), found);
        }
        if let Some(tenant) = token.tenant.as_ref().filter(|_| facts.tenant_lost) {
            let owner = Owner::Tenant(Arc::clone(&token.realm), Arc::clone(tenant));
            if seen.tenants.insert(owner.clone()) {
                let found = self.app.store.tenant(&token.realm, tenant).await?;
                seen.over
                    .extend(found.is_none_or(|tenant| !tenant.enabled).then_some(owner));
            }
        }
        let client = seen.clients.get(&client_of).and_then(Option::as_deref);
        Ok(!is_live(&facts, client, now))
    }
}
