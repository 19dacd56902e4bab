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

    async fn tick(&mut self) -> Result<(), CommitError> {
        self.app.flush_refused().await
    }
}
