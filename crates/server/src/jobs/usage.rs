//! Writes what was counted of uses, every few seconds. Before that it looks whom it would have hurt to take away what was
//! not used, in realms that try this out.

use super::Job;
use crate::app::App;
use crate::usage::Flush;
use grantd_core::admin::usage::would_miss;
use grantd_core::record::Holder;
use grantd_core::tightening::Tightening;
use grantd_store::{CommitError, Read, Store};
use std::sync::Arc;

/// The job.
pub struct CountUses {
    /// Whose counters.
    pub app: Arc<App>,
}

impl Job for CountUses {
    const NAME: &'static str = "usage";
    type Fault = CommitError;

    /// In a task of its own: a batch that is on its way when the server stops is neither lost nor written twice.
    async fn tick(&mut self) -> Result<(), CommitError> {
        let app = Arc::clone(&self.app);
        let flushing = tokio::spawn(async move {
            find(&app).await?;
            app.flush_uses(Flush::Due).await
        });
        // A task that panicked has been logged by the runtime.
        flushing.await.unwrap_or(Ok(()))
    }
}

/// Counts the clients that asked for, or used, what they would not have any more. Only what the store does not know of yet
/// counts: a permission that was used a moment ago is in use.
async fn find(app: &App) -> Read<()> {
    for served in &app.serving().realms {
        let realm = &served.config.realm;
        if !realm.tightenings.reports(Tightening::UnusedPermissions) {
            continue;
        }
        for (client_id, wanted) in app.usage.tried(&realm.name) {
            let Some(client) = app.client(&realm.name, &client_id).await? else {
                continue;
            };
            let uses = app
                .store
                .uses(&realm.name, &Holder::Client(Arc::clone(&client_id)))
                .await?;
            if would_miss(&client, &uses, realm, &wanted, app.now()) {
                let broken = [Tightening::UnusedPermissions];
                app.usage.found(&realm.name, &client_id, &broken, app.now());
            }
        }
    }
    Ok(())
}
