//! Looks at tokens: finds somebody's, page by page, and says of each whether it is over, by the core's judgement. It must not
//! know why they are looked at.

use super::over::Over;
use super::{FollowStatus, Owner, PAGE};
use grantd_core::record::{AccessFacts, ClientRecord};
use grantd_core::token::introspect::is_live;
use grantd_protocol::Timestamp;
use grantd_protocol::id::AccessId;
use grantd_store::{AccessFilter, Read, Store};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

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
            Owner::ByHand(realm) => {
                filter.made_by_hand = true;
                realm
            }
            Owner::ByHandFor(realm, id) => {
                filter.client_id = Some(id.to_string());
                filter.made_by_hand = true;
                realm
            }
            Owner::ByHandIn(realm, id) => {
                filter.tenant = Some(id.to_string());
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
        // What other clients made of a client's tokens is not found by the client, nor what was made of tokens made by hand.
        let is_of_subject = matches!(owner, Owner::Subject(..) | Owner::Tenant(..));
        let ends_others = !is_of_subject && self.exchanges(realm);
        let page = self.app.store.access_list(realm, &filter, before, PAGE).await?;
        let now = self.app.now();
        let mut looked = Looked {
            before: page.rows.last().map(|row| row.id).filter(|_| page.more),
            made_of: HashSet::new(),
            last_expiry: page.rows.iter().map(|row| row.expires_at).max(),
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
    pub(super) async fn judge(&self, facts: AccessFacts, seen: &mut Seen, now: Timestamp) -> Read<bool> {
        let (store, serving) = (&self.app.store, self.app.serving());
        let Some(served) = serving.realm(&facts.token.realm) else {
            // Nobody reads its bit. Where its realm is served again, what the configuration decides is looked at anew.
            return Ok(facts.token.ended_at.is_some());
        };
        let realm = &served.config.realm;
        let facts = self.app.fates(realm, now).of(facts).await?;
        let token = &facts.token;
        let client_of = Owner::Client(Arc::clone(&token.realm), Arc::clone(&token.client_id));
        if !seen.clients.contains_key(&client_of) {
            let found = store.client(&token.realm, &token.client_id).await?;
            let found = found.map(|client| realm.registration.bound(Arc::new(client)));
            seen.clients.insert(client_of.clone(), found);
        }
        let client = seen.clients.get(&client_of).and_then(Option::as_deref);
        let is_over = !is_live(&facts, client, now);
        if client.is_none_or(|client| !client.enabled) {
            seen.over.add(client_of, token.expires_at);
        }
        if let Some(tenant) = token.tenant.as_ref().filter(|_| facts.tenant_lost) {
            let owner = Owner::Tenant(Arc::clone(&token.realm), Arc::clone(tenant));
            if !seen.tenants.contains_key(&owner) {
                let found = store.tenant(&token.realm, tenant).await?;
                let is_lost = found.is_none_or(|tenant| !tenant.enabled);
                seen.tenants.insert(owner.clone(), is_lost);
            }
            if seen.tenants.get(&owner) == Some(&true) {
                seen.over.add(owner, token.expires_at);
            }
        }
        Ok(is_over)
    }
}

/// What came of a look at a page.
#[derive(Default)]
pub(super) struct Looked {
    /// Before which token the next page begins; `None` where this was the last.
    pub(super) before: Option<AccessId>,
    /// Whose tokens can be made of these.
    pub(super) made_of: HashSet<Owner>,
    /// When the last of these expires.
    pub(super) last_expiry: Option<Timestamp>,
}

/// What was read once while many tokens are looked at.
#[derive(Default)]
pub(super) struct Seen {
    clients: HashMap<Owner, Option<Arc<ClientRecord>>>,
    /// Whether each is disabled or gone.
    tenants: HashMap<Owner, bool>,
    /// Clients and tenants that are.
    pub(super) over: Over,
}
