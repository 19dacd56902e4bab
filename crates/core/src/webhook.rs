//! Webhooks: which deeds can be heard of, how often a message is tried, and how it is signed. Must not know how an address is
//! reached, nor where its secret is kept.

pub mod delivery;
pub mod message;

/// The actions of the audit log that can be heard of.
pub const EVENTS: &[&str] = &[
    "api_key.changed",
    "api_key.created",
    "api_key.revoked",
    "app.allowed",
    "app.blocked",
    "app.forgotten",
    "app.requested",
    "client.changed",
    "client.created",
    "client.deleted",
    "client.expired",
    "client.folded",
    "client.registered",
    "client.secret_rotated",
    "client.trimmed",
    "client.updated",
    "grant.ended",
    "grant.narrowed",
    "member.added",
    "member.changed",
    "member.removed",
    "session.ended",
    "tenant.app_policy_changed",
    "tenant.changed",
    "tenant.created",
    "tenant.deleted",
    "token.created",
    "token.deleted",
    "token.ended",
    "user.changed",
    "user.created",
    "user.deleted",
    "user.logged_out",
];
