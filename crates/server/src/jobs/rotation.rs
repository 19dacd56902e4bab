//! Moves every realm's keys on: makes next keys, lets them take over on schedule, removes the retired.

use super::Job;
use crate::keys::{KeyFault, Ring};
use grantd_store::Store;
use std::sync::Arc;

/// The job.
pub struct KeyRotation<S> {
    /// Every realm's ring.
    pub rings: Vec<Arc<Ring<S>>>,
}

impl<S: Store> Job for KeyRotation<S> {
    const NAME: &'static str = "key rotation";
    type Fault = KeyFault;

    /// Tries every ring, also behind one that fails; the first failure is the one that is told.
    async fn tick(&mut self) -> Result<(), KeyFault> {
        let mut outcome = Ok(());
        for ring in &self.rings {
            outcome = outcome.and(ring.tick().await);
        }
        outcome
    }
}
