//! A request of a known application that was refused, as its developer reads of it. Soft facts: kept in a ring for each
//! application, written in batches, and never a precondition of anything. Never a secret.

use grantd_protocol::Timestamp;
use grantd_protocol::id::RefusedId;
use std::sync::Arc;

/// How many of one application are kept.
pub const KEPT: u32 = 1000;

/// One refused request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefusedRecord {
    /// The row; time-ordered.
    pub id: RefusedId,
    /// The realm's name.
    pub realm: Arc<str>,
    /// Whose request it was, as far as it said so.
    pub client_id: Arc<str>,
    /// When.
    pub at: Timestamp,
    /// The id that the reply carried.
    pub request: String,
    /// Where it was sent: `authorize`, `token`, `par`, `introspect`, `gate`.
    pub endpoint: String,
    /// The error code of the reply.
    pub error: String,
    /// The sentence of the reply.
    pub says: String,
    /// What kind of mistake it is: the name of one that is explained.
    pub cause: String,
    /// What would have been right, where that is known.
    pub expected: Option<String>,
    /// What was sent instead, where that may be shown.
    pub got: Option<String>,
    /// How many more of the same kind came in the same minute and were not kept.
    pub more: u32,
}

/// How many requests of a realm were refused for one reason within one hour, whoever sent them: known applications,
/// unknown ones, and nobody in particular. Several servers add to the same row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefusalCount {
    /// The realm's name.
    pub realm: Arc<str>,
    /// When the hour began.
    pub hour: Timestamp,
    /// Where they were sent: one of the names that the metrics have.
    pub endpoint: Arc<str>,
    /// The error code of the replies.
    pub error: Arc<str>,
    /// How many.
    pub count: u64,
}
