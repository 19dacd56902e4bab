//! What is removed when its time is over.

/// Which rows a purge removes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PurgeKind {
    /// Access tokens past their expiry.
    Access,
    /// Codes past `keep_until`. One whose family still lives is kept until the family's idle end instead: a used code
    /// is remembered for as long as anything that came from it lives. Counts as removed, so that a batch is a batch.
    Code,
    /// Waiting devices past their expiry. The codes of those that were allowed stay as codes do.
    Device,
    /// Families that ended or expired.
    Family,
    /// Sessions that ended or expired.
    Session,
    /// Notes of clients whose session is over by itself.
    SessionClient,
    /// Grants that ended or expired.
    Grant,
    /// Remembered single-use values.
    Seen,
    /// Attempt counters.
    Attempts,
    /// Idempotency keys.
    Idempotency,
    /// Deliveries that are over, by the time of what they tell.
    Delivery,
    /// API keys that ended or expired, with what was counted of them.
    ApiKey,
    /// Refused requests that happened before.
    Refused,
    /// How many requests were refused in hours that began before.
    RefusalCount,
    /// The notes of which changes were applied (PostgreSQL), and of what caches must forget.
    Applied,
}

impl PurgeKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Access,
        Self::Code,
        Self::Device,
        Self::Family,
        Self::Session,
        Self::SessionClient,
        Self::Grant,
        Self::Seen,
        Self::Attempts,
        Self::Idempotency,
        Self::Delivery,
        Self::ApiKey,
        Self::Refused,
        Self::RefusalCount,
        Self::Applied,
    ];
}
