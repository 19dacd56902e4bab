//! Whose tokens are still to be looked at, in turns: everybody gets one page of theirs, so that one who has a great many
//! does not keep the others waiting. Must not know what is looked at, nor a store.

use super::Owner;
use grantd_protocol::id::AccessId;
use std::collections::{HashMap, VecDeque};

/// Who waits, and how far each was looked through.
#[derive(Default)]
pub(super) struct Rounds {
    order: VecDeque<Owner>,
    of: HashMap<Owner, Progress>,
}

#[derive(Default)]
struct Progress {
    /// The token before which the next page begins; `None` before the first page.
    before: Option<AccessId>,
    /// Something changed after the first page: what was looked at by then is looked at again.
    anew: bool,
    /// This is the look for what was on its way the first time.
    is_second: bool,
}

/// One that was looked through.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Done {
    /// Whether another look is due after a while.
    pub(super) again: bool,
}

impl Rounds {
    /// Somebody's tokens changed.
    pub(super) fn add(&mut self, owner: Owner) {
        self.enter(owner, false);
    }

    /// The second look at somebody's tokens is due.
    pub(super) fn add_second(&mut self, owner: Owner) {
        self.enter(owner, true);
    }

    fn enter(&mut self, owner: Owner, is_second: bool) {
        if let Some(progress) = self.of.get_mut(&owner) {
            progress.anew |= progress.before.is_some();
            progress.is_second &= is_second;
            return;
        }
        let progress = Progress {
            is_second,
            ..Progress::default()
        };
        self.of.insert(owner.clone(), progress);
        self.order.push_back(owner);
    }

    /// Whether somebody waits.
    pub(super) fn waits(&self, owner: &Owner) -> bool {
        self.of.contains_key(owner)
    }

    /// Whether nobody waits.
    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Whose turn it is, and before which token their page begins. They keep the turn until [`went`](Self::went).
    pub(super) fn turn(&self) -> Option<(Owner, Option<AccessId>)> {
        let owner = self.order.front()?;
        Some((owner.clone(), self.of.get(owner)?.before))
    }

    /// The turn is over: there is more before `before`, or nothing more, and then whether that was all.
    pub(super) fn went(&mut self, before: Option<AccessId>) -> Option<Done> {
        let owner = self.order.pop_front()?;
        let progress = self.of.get_mut(&owner)?;
        progress.before = before;
        if before.is_some() || std::mem::take(&mut progress.anew) {
            self.order.push_back(owner);
            return None;
        }
        let again = !progress.is_second;
        self.of.remove(&owner);
        Some(Done { again })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(name: &str) -> Owner {
        Owner::Subject("main".into(), name.into())
    }

    const AT: AccessId = AccessId::from_bytes([7; 16]);
    const LAST: Done = Done { again: true };

    #[test]
    fn one_who_has_many_does_not_keep_the_others_waiting() {
        let mut rounds = Rounds::default();
        rounds.add(owner("many"));
        rounds.add(owner("few"));
        assert_eq!(rounds.turn(), Some((owner("many"), None)));
        assert_eq!(rounds.went(Some(AT)), None);
        assert_eq!(rounds.turn(), Some((owner("few"), None)));
        assert_eq!(rounds.went(None), Some(LAST));
        assert_eq!(rounds.turn(), Some((owner("many"), Some(AT))));
        assert_eq!(rounds.went(None), Some(LAST));
        assert_eq!(rounds.turn(), None);
    }

    #[test]
    fn a_turn_that_failed_comes_again() {
        let mut rounds = Rounds::default();
        rounds.add(owner("ada"));
        assert_eq!(rounds.turn(), rounds.turn());
    }

    #[test]
    fn what_changes_during_a_look_is_looked_at_from_the_start_once() {
        let mut rounds = Rounds::default();
        rounds.add(owner("ada"));
        rounds.add(owner("ada"));
        rounds.went(Some(AT));
        for _ in 0..3 {
            rounds.add(owner("ada"));
        }
        assert_eq!(rounds.went(None), None);
        assert_eq!(rounds.turn(), Some((owner("ada"), None)));
        assert_eq!(rounds.went(None), Some(LAST));
        assert_eq!(rounds.turn(), None);
    }

    #[test]
    fn a_second_look_is_the_last_unless_something_changed_meanwhile() {
        let mut rounds = Rounds::default();
        rounds.add_second(owner("ada"));
        assert_eq!(rounds.went(None), Some(Done { again: false }));
        rounds.add_second(owner("ada"));
        rounds.add(owner("ada"));
        assert_eq!(rounds.went(None), Some(LAST));
    }
}
