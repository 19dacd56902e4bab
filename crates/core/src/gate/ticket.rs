//! Connection tickets: for clients that can put a credential nowhere but into an address (a browser's WebSocket). One is
//! good for one call within a minute, so that what stands in a log is worth nothing. Must not know how it is sealed.

use crate::single_use::SingleUse;
use grantd_protocol::id::{AccessId, ApiKeyId};
use grantd_protocol::{Seconds, Timestamp};
use serde::{Deserialize, Serialize};

/// How long one is good.
pub const LIFETIME: Seconds = Seconds(60);
/// What one begins with, so that it is told from a token.
pub const PREFIX: &str = "ct_";

/// One ticket. It stands for the credential that it was made with, and is good no longer than that.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Ticket {
    /// Its name; no two tickets share one.
    pub id: String,
    /// The credential.
    pub stands_for: StandsFor,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// The credential behind a ticket, by its row.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StandsFor {
    /// An access token.
    Access(AccessId),
    /// An API key.
    ApiKey(ApiKeyId),
}

impl Ticket {
    /// Whether it is good at `now`, as far as it says itself.
    #[must_use]
    pub fn counts(&self, now: Timestamp) -> bool {
        // A ticket from a node whose clock is ahead lives no longer than others.
        now < self.expires_at && self.expires_at <= now.plus(LIFETIME).plus(LIFETIME)
    }

    /// What it spends.
    #[must_use]
    pub fn used(&self, realm: &str) -> SingleUse {
        SingleUse::connection(realm, &self.id, self.expires_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: Timestamp = Timestamp::from_secs(1000);

    fn ticket(id: &str) -> Ticket {
        Ticket {
            id: id.to_owned(),
            stands_for: StandsFor::Access(AccessId::from_bytes([1; 16])),
            expires_at: END,
        }
    }

    #[test]
    fn a_ticket_is_dead_at_its_end_and_before_it_can_have_been_made() {
        assert!(ticket("a").counts(Timestamp::from_secs(999)) && ticket("a").counts(Timestamp::from_secs(940)));
        assert!(!ticket("a").counts(END) && !ticket("a").counts(Timestamp::from_secs(100)));
    }

    #[test]
    fn each_ticket_of_each_realm_is_spent_by_itself() {
        assert_eq!(ticket("a").used("main"), ticket("a").used("main"));
        assert_ne!(ticket("a").used("main"), ticket("b").used("main"));
        assert_ne!(ticket("a").used("main"), ticket("a").used("other"));
    }
}
