//! Clients and tenants that are disabled or gone, each for as long as that can matter: until the last of their tokens has
//! expired, since nothing has to be looked at then when they come back. It must not know a store.

use super::Owner;
use grantd_protocol::{Seconds, Timestamp};
use std::collections::HashMap;

/// How long each is remembered at least: tokens may be on their way into the store when their client turns.
const LEAST: Seconds = Seconds(60);

/// Who is over, and until when that is remembered.
#[derive(Default)]
pub(super) struct Over(HashMap<Owner, Timestamp>);

impl Over {
    /// Somebody is over as of `now`. Returns whether that is news.
    pub(super) fn insert(&mut self, owner: Owner, now: Timestamp) -> bool {
        let is_news = !self.0.contains_key(&owner);
        self.add(owner, now.plus(LEAST));
        is_news
    }

    /// Somebody is over, of whose tokens one expires at this instant.
    pub(super) fn add(&mut self, owner: Owner, until: Timestamp) {
        let kept = self.0.entry(owner).or_insert(until);
        *kept = until.max(*kept);
    }

    /// Somebody's tokens were looked at: the last that was seen expires then. Means nothing for who is not over.
    pub(super) fn stays(&mut self, owner: &Owner, now: Timestamp, last_expiry: Option<Timestamp>) {
        if let Some(kept) = self.0.get_mut(owner) {
            *kept = last_expiry.unwrap_or(now).max(now.plus(LEAST)).max(*kept);
        }
    }

    /// Somebody is back. Returns whether that is news.
    pub(super) fn remove(&mut self, owner: &Owner) -> bool {
        self.0.remove(owner).is_some()
    }

    /// Forgets who has no tokens any more, unless they still wait to be looked at.
    pub(super) fn forget(&mut self, now: Timestamp, waits: impl Fn(&Owner) -> bool) {
        self.0.retain(|owner, until| now < *until || waits(owner));
    }

    /// Who it is.
    pub(super) fn owners(&self) -> impl Iterator<Item = &Owner> {
        self.0.keys()
    }

    /// Who it is, each with when that is forgotten.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Owner, Timestamp)> {
        self.0.iter().map(|(owner, until)| (owner, *until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn client(id: &str) -> Owner {
        Owner::Client("main".into(), id.into())
    }

    fn nobody_waits(_: &Owner) -> bool {
        false
    }

    #[test]
    fn who_is_gone_is_remembered_until_the_last_token_has_expired_and_no_longer() {
        let mut over = Over::default();
        assert!(over.insert(client("app"), NOW) && !over.insert(client("app"), NOW));
        let end = NOW.plus(Seconds(3600));
        over.stays(&client("app"), NOW, Some(end));
        over.stays(&client("app"), NOW, None);
        over.forget(NOW.plus(Seconds(3599)), nobody_waits);
        assert!(!over.insert(client("app"), NOW), "it is remembered");
        over.forget(end, nobody_waits);
        assert!(!over.remove(&client("app")), "it is forgotten");
    }

    #[test]
    fn ten_thousand_that_never_had_a_token_leave() {
        let mut over = Over::default();
        for number in 0..10_001 {
            over.insert(client(&number.to_string()), NOW);
        }
        over.forget(NOW.plus(LEAST), nobody_waits);
        assert_eq!(over.owners().count(), 0);
    }

    #[test]
    fn who_still_waits_to_be_looked_at_stays() {
        let mut over = Over::default();
        over.insert(client("app"), NOW);
        over.forget(NOW.plus(Seconds(86_400)), |owner| *owner == client("app"));
        assert!(over.remove(&client("app")));
    }
}
