//! The announcement of a coming commit. It knows nothing of any store but a counter.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Says, while it lives, that a commit is on its way (see [`Store::expect_commit`](crate::Store::expect_commit)).
#[must_use = "a hint that is dropped at once announces nothing"]
pub struct CommitHint(Option<Arc<AtomicUsize>>);

impl CommitHint {
    /// Announces nothing, for stores that do not group commits.
    pub const fn none() -> Self {
        Self(None)
    }

    /// Counts in `coming` for as long as it lives.
    pub(crate) fn counted(coming: &Arc<AtomicUsize>) -> Self {
        coming.fetch_add(1, Ordering::Relaxed);
        Self(Some(Arc::clone(coming)))
    }
}

impl Drop for CommitHint {
    fn drop(&mut self) {
        if let Some(coming) = &self.0 {
            coming.fetch_sub(1, Ordering::Relaxed);
        }
    }
}
