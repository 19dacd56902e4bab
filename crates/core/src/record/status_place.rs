//! The place of a token in the lists that tell whether it is over (Token Status List, IETF OAuth).

use serde_json::{Value, json};

/// Tokens of one list. Its 128 KB shrink to a few hundred bytes as long as few of them are over; a change costs one list.
pub const LIST_SIZE: u64 = 1 << 20;

/// The place of a token in its realm's lists, counted through all of them. No two tokens of a realm ever have the same.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct StatusPlace(pub u64);

impl StatusPlace {
    /// Which list it is in.
    #[must_use]
    pub const fn list(self) -> u64 {
        self.0 / LIST_SIZE
    }

    /// Where in that list.
    #[must_use]
    pub const fn index(self) -> u64 {
        self.0 % LIST_SIZE
    }

    /// The same with the list's address, which is its number below `lists`.
    #[must_use]
    pub fn below(self, lists: &str) -> Listed {
        Listed {
            place: self,
            uri: uri(lists, self.list()),
        }
    }
}

/// The address of a list.
#[must_use]
pub fn uri(lists: &str, list: u64) -> String {
    format!("{lists}/{list}")
}

/// Where a token's status is published.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// The place.
    pub place: StatusPlace,
    /// The address of the list.
    pub uri: String,
}

impl Listed {
    /// The value of the claim `status` (section 6.2 of the draft).
    #[must_use]
    pub fn claim(&self) -> Value {
        json!({ "status_list": { "idx": self.place.index(), "uri": self.uri } })
    }
}
