//! Things of which there may be so many: the creations of one kind all pass by one counter, so that of two at once one sees the
//! other. It must not know what is made.

use crate::change::{CounterKey, Guard, Write};
use grantd_jose::sha256;
use grantd_protocol::{Seconds, Timestamp};

/// How long the counter is kept: longer than any creation takes.
const KEPT: Seconds = Seconds(3600);

/// What the creation of one more looks at. The turn is read before the others are counted: whoever makes one more meanwhile has
/// moved it.
#[derive(Clone, Copy, Debug)]
pub struct Owned {
    /// How many there are already, as far as that matters.
    pub count: u32,
    /// When one was last made: a fact that every creation changes.
    pub turn: Option<Timestamp>,
}

/// The counter that all creations of one kind pass by. The parts that name it are told apart by line ends, which none has.
#[must_use]
pub fn turn_of(kind: &str, realm: &str, owner: &str) -> CounterKey {
    CounterKey(sha256(format!("{kind}\n{realm}\n{owner}").as_bytes()))
}

/// What a creation has guarded and written that passes by.
pub(super) fn pass(key: CounterKey, owned: Owned, now: Timestamp) -> (Guard, Write) {
    let turn = Timestamp::from_millis(owned.turn.map_or(0, Timestamp::millis).max(now.millis()) + 1);
    let guard = Guard::AttemptsAt { key, tat: owned.turn };
    let write = Write::SetAttempts {
        key,
        tat: turn,
        expires_at: turn.plus(KEPT),
    };
    (guard, write)
}
