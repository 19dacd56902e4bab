//! What an access token's fate hangs on beside its row: what it was made of, the place of whoever made it by hand, and what its
//! tenant says of who exchanged it. Read here once for introspection, the status lists and the command line, so that all three
//! judge by the same facts; the judgement is the core's ([`grantd_core::token::introspect::is_live`]). It must not know how a
//! token is presented.

use crate::clients::ClientCache;
use grantd_core::grant::token_exchange::MOST_ACTORS;
use grantd_core::realm::Realm;
use grantd_core::record::{AccessFacts, AccessRecord, ClientRecord, MembershipRecord, TenantAppRecord, TenantRecord};
use grantd_core::tenant_app::{Admission, admission, is_foreign};
use grantd_core::token::introspect::{as_of_now, is_live};
use grantd_protocol::Timestamp;
use grantd_store::{Read, Store, TenantAppFilter};
use std::sync::Arc;

/// Reads fates of a realm's tokens.
pub struct Fates<'a, S> {
    /// Where facts live.
    pub store: &'a S,
    /// Client records in memory, at most one second stale.
    pub clients: &'a ClientCache,
    /// The realm, as it is configured now.
    pub realm: &'a Realm,
    /// The instant that is asked about.
    pub now: Timestamp,
}

impl<S: Store> Fates<'_, S> {
    /// The facts of a token as they count now. A token that was exchanged for another has the fate of that one, too, and one
    /// that was made by hand permits what its maker's role permits.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn of(&self, facts: AccessFacts) -> Read<AccessFacts> {
        let ended = self.subject_ended(&facts.token).await?;
        self.counted(facts, ended).await
    }

    /// A client as it counts now.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn client(&self, client_id: &str) -> Read<Option<Arc<ClientRecord>>> {
        let found = self
            .clients
            .get(self.store, &self.realm.name, client_id, self.now)
            .await?;
        Ok(found.map(|client| self.realm.registration.bound(client)))
    }

    /// What a tenant says of a client, and the tenant, which is read first: its version guards what is read after it.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn word(&self, tenant: &str, client_id: &str) -> Read<(Option<TenantRecord>, Vec<TenantAppRecord>)> {
        let filter = TenantAppFilter {
            tenant: Some(tenant.to_owned()),
            client_id: Some(client_id.to_owned()),
            state: None,
        };
        let realm = &self.realm.name;
        let found = self.store.tenant(realm, tenant).await?;
        let apps = self.store.tenant_apps(realm, &filter, None, 1).await?;
        Ok((found, apps.rows))
    }

    async fn counted(&self, mut facts: AccessFacts, subject_ended: bool) -> Read<AccessFacts> {
        let place = self.place(&facts.token).await?;
        facts.app_blocked = self.is_blocked(&facts.token).await?;
        Ok(as_of_now(facts, place.as_ref(), subject_ended, self.realm))
    }

    /// The place of whoever made a token by hand. Few are, so that a read of their own costs nobody else anything.
    async fn place(&self, token: &AccessRecord) -> Read<Option<MembershipRecord>> {
        let Some(tenant) = token.tenant.as_ref().filter(|_| token.is_made_by_hand()) else {
            return Ok(None);
        };
        let places = self.store.memberships(&token.realm, &token.subject).await?;
        Ok(places.into_iter().find(|place| place.tenant.id == *tenant))
    }

    /// Whether the client that exchanged a token is blocked where the token acts. What it was given itself ended with the block;
    /// this hangs off what another client was given. Few tokens were exchanged, and few of their clients are not the platform's.
    async fn is_blocked(&self, token: &AccessRecord) -> Read<bool> {
        let Some(tenant) = token.tenant.as_ref().filter(|_| token.made_of().is_some()) else {
            return Ok(false);
        };
        let client = self.client(&token.client_id).await?;
        let Some(client) = client.filter(|client| is_foreign(client, tenant, self.realm)) else {
            return Ok(false);
        };
        let (tenant, apps) = self.word(tenant, &client.client_id).await?;
        Ok(tenant.is_some_and(|tenant| admission(&client, &tenant, &apps, self.realm) == Admission::Blocked))
    }

    /// Whether one of the tokens is over that a token was made of, one after the other. There are few: each exchange adds one
    /// who acts, and those are bounded.
    async fn subject_ended(&self, token: &AccessRecord) -> Read<bool> {
        let mut next = token.made_of();
        for _ in 0..MOST_ACTORS {
            let Some(id) = next else { return Ok(false) };
            let Some(facts) = self.store.access(id).await? else {
                return Ok(true);
            };
            let facts = self.counted(facts, false).await?;
            let client = self.client(&facts.token.client_id).await?;
            if !is_live(&facts, client.as_deref(), self.now) {
                return Ok(true);
            }
            next = facts.token.made_of();
        }
        Ok(next.is_some())
    }
}
