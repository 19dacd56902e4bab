//! What a decision wants written: one value that carries its own preconditions, so that a store can apply it
//! atomically and a lost race is a [`Guard`] that no longer holds, never a double spend.
//!
//! A store evaluates every guard first, in the same transaction as the writes, and applies either everything or
//! nothing. It contains no rule of its own.

mod guard;
mod key;
mod purge;
mod write;

use grantd_protocol::id::ChangeId;

pub use guard::Guard;
pub use key::{CounterKey, SeenKey};
pub use purge::PurgeKind;
pub use write::Write;

/// One atomic change.
#[derive(Clone, Debug)]
pub struct Change {
    /// Names the change, to find out after a lost connection whether it was applied.
    pub id: ChangeId,
    /// Every fact whose loss would make the decision wrong.
    pub guards: Vec<Guard>,
    /// What to write if all of them hold.
    pub writes: Vec<Write>,
}

impl Change {
    /// A change without preconditions.
    #[must_use]
    pub const fn new(id: ChangeId, writes: Vec<Write>) -> Self {
        Self {
            id,
            guards: Vec::new(),
            writes,
        }
    }
}
