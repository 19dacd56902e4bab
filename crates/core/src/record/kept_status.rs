//! What a process has found out of the status lists, kept for the next one: derived, and worth nothing beside the store's log of
//! notes behind it.

use grantd_protocol::Timestamp;

/// All lists as they were at a point of the log. There is one such row; a newer one takes its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeptStatus {
    /// The last note of which everything was known.
    pub position: i64,
    /// When that note was the last.
    pub at: Timestamp,
    /// The lists, in a form that whoever keeps them reads again.
    pub body: Vec<u8>,
}
