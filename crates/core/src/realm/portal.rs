//! What a realm lets its own users do as developers.

use crate::record::{MembershipRecord, UserRecord};
use grantd_protocol::ScopeSet;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Whether there is a portal, and its bounds.
#[derive(Clone, Debug)]
pub struct PortalPolicy {
    /// Who may make applications; nobody where there is no portal.
    pub open_to: PortalAccess,
    /// Whether an operator looks at an application before everybody can use it.
    pub reviews: bool,
    /// The most that such an application may be permitted: scopes and patterns, never the server's own.
    pub permissions: ScopeSet,
    /// Whether such an application may act for itself, with no user who allows it.
    pub machines: bool,
    /// How many applications one developer may have.
    pub max_applications: u32,
}

/// Who may make applications.
#[derive(Clone, Debug, Default)]
pub enum PortalAccess {
    /// Nobody: there is no portal.
    #[default]
    Nobody,
    /// Every user of the realm.
    Everyone,
    /// These users, by the form under which usernames are unique ([`UserRecord::key_of`]).
    Listed(BTreeSet<String>),
    /// Members of these tenants; of any where none is named.
    Members(BTreeSet<Arc<str>>),
}

impl PortalPolicy {
    /// No portal.
    #[must_use]
    pub fn closed() -> Self {
        Self {
            open_to: PortalAccess::Nobody,
            reviews: true,
            permissions: ScopeSet::empty(),
            machines: false,
            max_applications: 0,
        }
    }

    /// Whether there is a portal at all.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        !matches!(self.open_to, PortalAccess::Nobody)
    }

    /// Whether this user, who belongs to these tenants, may make applications.
    #[must_use]
    pub fn admits(&self, user: &UserRecord, places: &[MembershipRecord]) -> bool {
        match &self.open_to {
            PortalAccess::Nobody => false,
            PortalAccess::Everyone => true,
            PortalAccess::Listed(names) => names.contains(&UserRecord::key_of(&user.username)),
            PortalAccess::Members(tenants) => places.iter().any(|place| {
                place.user == user.id
                    && place.tenant.enabled
                    && (tenants.is_empty() || tenants.contains(&place.tenant.id))
            }),
        }
    }

    /// Whether developers may ask for a scope.
    #[must_use]
    pub fn permits(&self, scope: &str) -> bool {
        !crate::admin::permission::is_own(scope) && self.permissions.covers(scope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{membership, scopes, user};

    fn open_to(open_to: PortalAccess) -> PortalPolicy {
        PortalPolicy {
            open_to,
            ..PortalPolicy::closed()
        }
    }

    #[test]
    fn who_may_make_applications_is_the_realms_to_say() {
        let (ada, place) = (user(), membership("acme", "viewer"));
        let places = std::slice::from_ref(&place);
        let listed = |name: &str| open_to(PortalAccess::Listed([name.to_owned()].into()));
        let members = |ids: &[&str]| open_to(PortalAccess::Members(ids.iter().map(|id| Arc::from(*id)).collect()));
        assert!(!PortalPolicy::closed().admits(&ada, places));
        assert!(open_to(PortalAccess::Everyone).admits(&ada, &[]));
        assert!(listed(&UserRecord::key_of(&ada.username)).admits(&ada, &[]));
        assert!(!listed("somebody-else").admits(&ada, places));
        assert!(members(&[]).admits(&ada, places) && members(&["acme"]).admits(&ada, places));
        assert!(!members(&["other"]).admits(&ada, places) && !members(&[]).admits(&ada, &[]));
        let mut closed = place;
        closed.tenant.enabled = false;
        assert!(!members(&[]).admits(&ada, &[closed]));
    }

    #[test]
    fn the_servers_own_permissions_are_never_a_developers_to_ask_for() {
        let policy = PortalPolicy {
            permissions: scopes("* grantd:* grantd:clients:read"),
            ..PortalPolicy::closed()
        };
        assert!(policy.permits("invoices:read"));
        assert!(!policy.permits("grantd:clients:read") && !policy.permits("grantd:*"));
    }
}
