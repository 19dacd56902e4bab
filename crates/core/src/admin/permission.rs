//! The server's own permissions: what the admin API asks for. They are in every realm's catalogue, apart from the
//! platform's; `*` never covers them ([`grantd_protocol::scope::covers`]), so whoever holds one was given it by name.

use crate::permission::{Permission, Risk};

/// What every one of them begins with.
pub const PREFIX: &str = "grantd:";

/// The heading they stand under.
pub const GROUP: &str = "Administration";

/// Every one with what it lets a program do.
pub const ALL: &[(&str, &str)] = &[
    ("grantd:clients:read", "See all applications"),
    (
        "grantd:clients:write",
        "Add, change and delete applications and their secrets",
    ),
    (
        "grantd:reviews:write",
        "Approve, reject and suspend the applications of developers",
    ),
    ("grantd:users:read", "See all users"),
    (
        "grantd:users:write",
        "Add, change and delete users, and set their passwords",
    ),
    ("grantd:tenants:read", "See tenants"),
    ("grantd:tenants:write", "Add, change and delete tenants"),
    ("grantd:apps:read", "See which applications a tenant allowed or blocked"),
    (
        "grantd:apps:write",
        "Allow and block applications in a tenant, and say whether new ones wait",
    ),
    ("grantd:members:read", "See who belongs to a tenant"),
    (
        "grantd:members:write",
        "Add and remove members of a tenant, and change their roles",
    ),
    ("grantd:service-accounts:read", "See a tenant's service accounts"),
    (
        "grantd:service-accounts:write",
        "Add, change and delete a tenant's service accounts",
    ),
    ("grantd:roles:read", "See roles and what they permit"),
    (
        "grantd:roles:write",
        "Add, change and delete roles, for everybody who has them",
    ),
    ("grantd:permissions:read", "See the catalogue of permissions"),
    ("grantd:api-keys:read", "See API keys, never their values"),
    ("grantd:api-keys:write", "Make, change and end API keys"),
    ("grantd:tokens:read", "See access tokens, never their values"),
    ("grantd:tokens:write", "End access tokens"),
    ("grantd:grants:read", "See what users allowed which applications"),
    ("grantd:grants:write", "Narrow and end what users allowed applications"),
    (
        "grantd:interaction:read",
        "See which logins and consents wait for the platform's own app",
    ),
    (
        "grantd:interaction:write",
        "Log any user in, and answer for them what applications may do",
    ),
    ("grantd:sessions:read", "See where users are logged in"),
    ("grantd:sessions:write", "Log users out"),
    ("grantd:keys:read", "See the signing keys, never their private halves"),
    ("grantd:keys:write", "Rotate the signing keys"),
    ("grantd:audit:read", "Read the audit log"),
    ("grantd:webhooks:read", "See which addresses are told of what is done"),
    (
        "grantd:webhooks:write",
        "Choose which addresses are told of what is done",
    ),
    ("grantd:realm:read", "See the realm's settings"),
];

/// Whether a scope or pattern is one of the server's own.
#[must_use]
pub fn is_own(scope: &str) -> bool {
    scope.starts_with(PREFIX)
}

/// All of them as the catalogue has them.
#[must_use]
pub fn catalogue() -> Vec<Permission> {
    let permission = |(name, description): &(&str, &str)| Permission {
        name: (*name).into(),
        group: GROUP.to_owned(),
        description: (*description).to_owned(),
        risk: Risk::Admin,
        implies: Vec::new(),
    };
    ALL.iter().map(permission).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use grantd_protocol::scope::{covers, is_pattern, is_token};

    #[test]
    fn every_one_is_a_scope_of_its_own_that_a_star_does_not_cover() {
        for (name, _) in ALL {
            assert!(is_own(name) && is_token(name) && !is_pattern(name), "{name}");
            assert!(!covers("*", name) && covers("grantd:*", name), "{name}");
            assert_eq!(ALL.iter().filter(|(other, _)| other == name).count(), 1, "{name}");
        }
    }
}
