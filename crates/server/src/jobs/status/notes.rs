//! Whose tokens a note of the store is about. It must not know how a token is judged.

use super::{FollowStatus, Owner};
use grantd_protocol::id::{AccessId, FamilyId, GrantId, SessionId};
use grantd_store::{CacheNote, Read, Store};
use std::sync::Arc;

impl FollowStatus {
    /// Whose tokens a note is about.
    pub(super) async fn whose(&mut self, note: &CacheNote) -> Read<()> {
        let store = &self.app.store;
        let named = || {
            (
                Arc::<str>::from(note.realm.as_str()),
                Arc::<str>::from(note.key.as_str()),
            )
        };
        let subject = match note.kind.as_str() {
            "user" => Some(named()),
            "access" => {
                let id = AccessId::parse(&note.key);
                id.into_iter().for_each(|id| self.now.add(Owner::Token(id)));
                match id {
                    Some(id) => store
                        .access(id)
                        .await?
                        .filter(|facts| self.exchanges(&facts.token.realm))
                        .map(|facts| (facts.token.realm, facts.token.subject)),
                    None => None,
                }
            }
            "family" => match FamilyId::parse(&note.key) {
                Some(id) => store
                    .family(id)
                    .await?
                    .map(|facts| facts.family.delegation)
                    .map(|of| (of.realm, of.user)),
                None => None,
            },
            "grant" => match GrantId::parse(&note.key) {
                Some(id) => store.grant_by_id(id).await?.map(|grant| (grant.realm, grant.user)),
                None => None,
            },
            "session" => match SessionId::parse(&note.key) {
                Some(id) => store
                    .session(id)
                    .await?
                    .map(|facts| (facts.session.realm, facts.session.user)),
                None => None,
            },
            "client" => {
                let (realm, id) = named();
                let found = store.client(&realm, &id).await?;
                self.now.add(Owner::ByHandFor(Arc::clone(&realm), Arc::clone(&id)));
                let is_over = found.is_none_or(|client| !client.enabled);
                self.turned(Owner::Client(realm, id), is_over);
                None
            }
            "tenant" => {
                let (realm, id) = named();
                let is_over = store.tenant(&realm, &id).await?.is_none_or(|tenant| !tenant.enabled);
                // Every change of a place in the tenant is one of the tenant.
                self.now.add(Owner::ByHandIn(Arc::clone(&realm), Arc::clone(&id)));
                self.turned(Owner::Tenant(realm, id), is_over);
                None
            }
            "app" => {
                // No tenant has a space in its id.
                if let Some((tenant, client_id)) = note.key.split_once(' ') {
                    let realm = note.realm.as_str().into();
                    self.now.add(Owner::App(realm, tenant.into(), client_id.into()));
                }
                None
            }
            _ => None,
        };
        if let Some((realm, user)) = subject {
            self.now.add(Owner::Subject(realm, user));
        }
        Ok(())
    }

    /// Whether other tokens can end with one: what was made of it has its subject. A realm that exchanges nothing is not
    /// looked through for it, since a client can have a great many tokens of its own.
    pub(super) fn exchanges(&self, realm: &str) -> bool {
        let serving = self.app.serving();
        serving
            .realm(realm)
            .is_some_and(|served| !served.config.realm.exchanges.is_empty())
    }

    fn turned(&mut self, owner: Owner, is_over: bool) {
        let is_news = if is_over {
            self.over.insert(owner.clone(), self.app.now())
        } else {
            self.over.remove(&owner)
        };
        // What another process kept may know already what the first notes behind it say; then the second look is still due.
        if is_news || (self.is_behind && is_over) {
            self.now.add(owner);
        }
    }
}
