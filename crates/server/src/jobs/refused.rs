//! Writes what waits of refused requests, every few seconds.

use super::Job;
use crate::app::App;
use grantd_store::CommitError;
use std::sync::Arc;

/// The job.
pub struct NoteRefused {
    /// Whose.
    pub app: Arc<App>,
}

impl Job for NoteRefused {
    const NAME: &'static str = "refused";
    type Fault = CommitError;

    /// In a task of its own, as with uses: a batch that is on its way when the server stops is not lost.
    async fn tick(&mut self) -> Result<(), CommitError> {
        let app = Arc::clone(&self.app);
        let flushing = tokio::spawn(async move { app.flush_refused().await });
        // A task that panicked has been logged by the runtime.
        flushing.await.unwrap_or(Ok(()))
    }
}
