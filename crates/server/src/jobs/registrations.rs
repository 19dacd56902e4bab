//! Takes registrations away that nobody uses. What is unused is looked at first, so that few are tried in vain; that it still is
//! when the client leaves is a guard.

use super::Job;
use super::client_pages::ClientPages;
use crate::app::App;
use grantd_core::record::ClientRecord;
use grantd_core::registration::expiry::{expire, may_expire};
use grantd_protocol::Seconds;
use grantd_store::{AccessFilter, CommitError, GrantFilter, Read, Store, StoreFault};
use std::sync::Arc;

/// The job.
pub struct ForgetUnused {
    /// Whose clients.
    pub app: Arc<App>,
}

impl Job for ForgetUnused {
    const NAME: &'static str = "unused registrations";
    type Fault = StoreFault;

    async fn tick(&mut self) -> Result<(), StoreFault> {
        for realm in &self.app.serving().realms {
            if let Some(lifetime) = realm.config.realm.registration.unused_lifetime {
                self.realm(realm.name(), lifetime).await?;
            }
        }
        Ok(())
    }
}

impl ForgetUnused {
    async fn realm(&self, realm: &str, lifetime: Seconds) -> Read<()> {
        let mut pages = ClientPages::of(&self.app, realm);
        while let Some(clients) = pages.next().await? {
            for client in &clients {
                if may_expire(client, lifetime, self.app.now()) && seems_unused(&self.app, client).await? {
                    self.expire(client).await?;
                }
            }
        }
        Ok(())
    }

    async fn expire(&self, client: &ClientRecord) -> Read<()> {
        let change = expire(client, self.app.now(), &*self.app.entropy);
        match self.app.store.commit(change).await {
            Ok(_) => {
                self.app.clients.forget(&client.realm, &client.client_id);
                self.app.metrics.purged("registration", 1);
                Ok(())
            }
            // Somebody used it, or changed it, just now.
            Err(CommitError::Conflict) => Ok(()),
            Err(CommitError::Fault(fault)) => Err(fault),
        }
    }
}

/// Whether nothing seems to hang off a client: no grant that stands, no token that is not purged.
pub(crate) async fn seems_unused(app: &App, client: &ClientRecord) -> Read<bool> {
    let (store, client_id) = (&app.store, Some(client.client_id.to_string()));
    let grants = GrantFilter {
        client_id: client_id.clone(),
        ..GrantFilter::default()
    };
    let tokens = AccessFilter {
        client_id,
        ..AccessFilter::default()
    };
    if !store.grants(&client.realm, &grants, None, 1).await?.rows.is_empty() {
        return Ok(false);
    }
    let tokens = store.access_list(&client.realm, &tokens, None, 1).await?;
    Ok(tokens.rows.is_empty())
}
