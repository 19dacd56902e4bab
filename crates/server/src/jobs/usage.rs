//! Writes what was counted of uses, every few seconds.

use super::Job;
use crate::app::App;
use grantd_store::CommitError;
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
        let flushing = tokio::spawn(async move { app.flush_uses().await });
        // A task that panicked has been logged by the runtime.
        flushing.await.unwrap_or(Ok(()))
    }
}
