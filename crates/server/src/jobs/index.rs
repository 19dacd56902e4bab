//! Brings the indices that are written behind up to date: lists of tokens by client stay fast although issuing one
//! does not pay for them.

use super::Job;
use grantd_store::{Store, StoreFault};
use std::sync::Arc;

/// Rows of one step.
const STEP: u32 = 2000;

/// The job.
pub struct IndexBehind<S> {
    /// Whose indices.
    pub store: Arc<S>,
}

impl<S: Store> Job for IndexBehind<S> {
    const NAME: &'static str = "list index";
    type Fault = StoreFault;

    async fn tick(&mut self) -> Result<(), StoreFault> {
        while self.store.index_behind(STEP).await? > 0 {
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}
