//! Says of client secrets that they end soon, where a webhook asked to hear of it: nobody else is looked through for that. What
//! is near, and that it is said once, is the core's to say.

use super::Job;
use super::client_pages::ClientPages;
use super::logouts::commit;
use crate::app::App;
use grantd_core::webhook::expiring::{SECRET_EXPIRING, expiring};
use grantd_store::{CommitError, Store};
use std::sync::Arc;

/// The job.
pub struct TellExpiring {
    /// Whose clients.
    pub app: Arc<App>,
}

impl Job for TellExpiring {
    const NAME: &'static str = "expiring secrets";
    type Fault = CommitError;

    async fn tick(&mut self) -> Result<(), CommitError> {
        for realm in &self.app.serving().realms {
            if self.is_asked_for(realm.name()).await? {
                self.realm(realm.name()).await?;
            }
        }
        Ok(())
    }
}

impl TellExpiring {
    async fn is_asked_for(&self, realm: &str) -> Result<bool, CommitError> {
        let webhooks = self.app.store.webhooks(realm).await?;
        let told = webhooks.iter().filter(|webhook| webhook.enabled);
        let mut asked = told.flat_map(|webhook| &webhook.events);
        Ok(asked.any(|event| event == SECRET_EXPIRING))
    }

    async fn realm(&self, realm: &str) -> Result<(), CommitError> {
        let mut pages = ClientPages::of(&self.app, realm);
        while let Some(clients) = pages.next().await? {
            for client in &clients {
                for change in expiring(client, self.app.now(), &*self.app.entropy) {
                    // Where it is not applied, somebody said it before, or the client is another one by now.
                    commit(&self.app, change).await?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
