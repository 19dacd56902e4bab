//! Rows that many requests left in memory, on their way to the store: several of them become one change. It must not know
//! what they are.

use crate::ambient::Clock;
use grantd_core::change::{Change, Write};
use grantd_protocol::Entropy;
use grantd_protocol::id::ChangeId;
use grantd_store::{CommitError, Store};

/// Where rows go, and by which clock and entropy the changes are named.
pub(crate) struct Batches<'a, S> {
    pub(crate) store: &'a S,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) entropy: &'a dyn Entropy,
    /// Rows of one change.
    pub(crate) size: usize,
}

impl<S: Store> Batches<'_, S> {
    /// Writes all rows.
    ///
    /// # Errors
    /// When the store does not answer: the fault, and the rows that were not written.
    pub(crate) async fn write<R: Clone>(
        &self,
        mut rows: Vec<R>,
        made_of: impl Fn(Vec<R>) -> Write,
    ) -> Result<(), (CommitError, Vec<R>)> {
        while !rows.is_empty() {
            let rest = rows.split_off(rows.len().min(self.size));
            let id = ChangeId::draw(self.clock.now(), self.entropy);
            if let Err(fault) = self.store.commit(Change::new(id, vec![made_of(rows.clone())])).await {
                rows.extend(rest);
                return Err((fault, rows));
            }
            rows = rest;
        }
        Ok(())
    }
}
