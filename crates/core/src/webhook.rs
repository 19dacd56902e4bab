//! Webhooks: which deeds can be heard of, how often a message is tried, and how it is signed. Must not know how an address is
//! reached, nor where its secret is kept.

pub mod delivery;
pub mod expiring;
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
    "client.approved",
    "client.changed",
    "client.created",
    "client.deleted",
    "client.expired",
    "client.folded",
    "client.registered",
    "client.reinstated",
    "client.rejected",
    "client.secret_dropped",
    "client.secret_rotated",
    "client.submitted",
    "client.suspended",
    "client.trimmed",
    "client.updated",
    "client.withdrawn",
    "grant.ended",
    "grant.narrowed",
    "member.added",
    "member.changed",
    "member.removed",
    "role.changed",
    "role.created",
    "role.deleted",
    expiring::SECRET_EXPIRING,
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

#[cfg(test)]
mod tests {
    use super::EVENTS;

    #[test]
    fn what_becomes_of_an_application_a_grant_and_a_token_can_be_heard_of() {
        for event in [
            "client.approved",
            "client.suspended",
            "client.reinstated",
            "client.deleted",
            "grant.narrowed",
            "grant.ended",
            "token.deleted",
            "secret.expiring",
        ] {
            assert!(EVENTS.contains(&event), "{event}");
        }
    }

    #[test]
    fn each_stands_once_and_where_it_is_looked_for() {
        assert!(EVENTS.is_sorted_by(|one, next| one < next));
    }
}
