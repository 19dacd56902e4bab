//! The places of the console: what each is called, where it is, and what an operator needs to see it. The navigation is
//! made of them; whether somebody may do something is asked of the API all the same.

use crate::signed_in::{Area, Group, Place, Visit};
use grantd_pages::{Action, Weight};

/// The way to a place, as the next step of a page on which nothing is; nothing for whoever may not go there.
pub(super) fn lead(visit: &Visit<'_>, place: Place) -> Option<Action> {
    (visit.area.place(place.path) == Some(place) && place.is_open_to(&visit.actor)).then(|| Action {
        label: place.title(),
        href: visit.at(place),
        weight: Weight::Secondary,
    })
}

/// The console.
pub(super) static CONSOLE: Area = Area {
    path: "console",
    name: "console-product",
    groups: GROUPS,
    done: super::DONE,
};

/// The console of a tenant's administrators: what belongs to the tenant, and nothing else.
pub(super) static OF_TENANT: Area = Area {
    path: "console",
    name: "console-product",
    groups: &[
        Group {
            title: Some("console-group-people"),
            places: &[OWN_TENANT, SERVICE_ACCOUNTS],
        },
        Group {
            title: Some("console-group-access"),
            places: &[THIRD_PARTY, GRANTS, TOKENS, API_KEYS],
        },
        Group {
            title: Some("console-group-rules"),
            places: &[ROLES, PERMISSIONS],
        },
    ],
    done: super::DONE,
};

/// Places that belong together, with the text of their heading.
const GROUPS: &[Group] = &[
    Group {
        title: None,
        places: &[OVERVIEW],
    },
    Group {
        title: Some("console-group-access"),
        places: &[
            APPLICATIONS,
            REGISTRATIONS,
            THIRD_PARTY,
            GRANTS,
            TOKENS,
            API_KEYS,
            LEAST_PRIVILEGE,
            FINDINGS,
        ],
    },
    Group {
        title: Some("console-group-people"),
        places: &[USERS, SESSIONS, TENANTS, SERVICE_ACCOUNTS],
    },
    Group {
        title: Some("console-group-rules"),
        places: &[ROLES, PERMISSIONS, KEYS, WEBHOOKS, AUDIT, SETTINGS],
    },
    Group {
        title: None,
        places: &[MAIL, DESIGN],
    },
];

pub(super) const OVERVIEW: Place = Place {
    path: "",
    title: "console-overview",
    icon: "gauge",
    needs: None,
    development: false,
};

pub(crate) const APPLICATIONS: Place = Place {
    path: "applications",
    title: "console-applications",
    icon: "apps",
    needs: Some("grantd:clients:read"),
    development: false,
};

pub(super) const REGISTRATIONS: Place = Place {
    path: "registrations",
    title: "console-registrations",
    icon: "globe",
    needs: Some("grantd:clients:read"),
    development: false,
};

pub(super) const THIRD_PARTY: Place = Place {
    path: "apps",
    title: "console-third",
    icon: "shield",
    needs: Some("grantd:apps:read"),
    development: false,
};

pub(super) const GRANTS: Place = Place {
    path: "grants",
    title: "console-all-grants",
    icon: "check",
    needs: Some("grantd:grants:read"),
    development: false,
};

pub(super) const FINDINGS: Place = Place {
    path: "findings",
    title: "console-findings",
    icon: "warning",
    needs: Some("grantd:clients:read"),
    development: false,
};

/// The tenant itself, for its own administrators.
const OWN_TENANT: Place = Place {
    path: "",
    title: "console-members",
    icon: "users",
    needs: Some("grantd:members:read"),
    development: false,
};

pub(super) const TOKENS: Place = Place {
    path: "tokens",
    title: "console-tokens",
    icon: "ticket",
    needs: Some("grantd:tokens:read"),
    development: false,
};

pub(super) const API_KEYS: Place = Place {
    path: "api-keys",
    title: "console-api-keys",
    icon: "key",
    needs: Some("grantd:api-keys:read"),
    development: false,
};

pub(super) const LEAST_PRIVILEGE: Place = Place {
    path: "least-privilege",
    title: "console-least-privilege",
    icon: "scissors",
    needs: Some("grantd:clients:read"),
    development: false,
};

pub(super) const USERS: Place = Place {
    path: "users",
    title: "console-users",
    icon: "users",
    needs: Some("grantd:users:read"),
    development: false,
};

pub(super) const SESSIONS: Place = Place {
    path: "sessions",
    title: "console-sessions",
    icon: "laptop",
    needs: Some("grantd:sessions:read"),
    development: false,
};

pub(super) const TENANTS: Place = Place {
    path: "tenants",
    title: "console-tenants",
    icon: "house",
    needs: Some("grantd:tenants:read"),
    development: false,
};

pub(super) const SERVICE_ACCOUNTS: Place = Place {
    path: "service-accounts",
    title: "console-service-accounts",
    icon: "robot",
    needs: Some("grantd:service-accounts:read"),
    development: false,
};

pub(super) const ROLES: Place = Place {
    path: "roles",
    title: "console-roles",
    icon: "badge",
    needs: Some("grantd:roles:read"),
    development: false,
};

pub(super) const PERMISSIONS: Place = Place {
    path: "permissions",
    title: "console-permissions",
    icon: "list",
    needs: Some("grantd:permissions:read"),
    development: false,
};

pub(super) const KEYS: Place = Place {
    path: "keys",
    title: "console-keys",
    icon: "key",
    needs: Some("grantd:keys:read"),
    development: false,
};

pub(super) const WEBHOOKS: Place = Place {
    path: "webhooks",
    title: "console-webhooks",
    icon: "bell",
    needs: Some("grantd:webhooks:read"),
    development: false,
};

pub(super) const AUDIT: Place = Place {
    path: "audit",
    title: "console-audit",
    icon: "scroll",
    needs: Some("grantd:audit:read"),
    development: false,
};

pub(super) const SETTINGS: Place = Place {
    path: "settings",
    title: "console-settings",
    icon: "sliders",
    needs: Some("grantd:realm:read"),
    development: false,
};

pub(super) const MAIL: Place = Place {
    path: "mail",
    title: "console-mail",
    icon: "mail",
    // A letter sets the password of anybody, operators among them.
    needs: Some("grantd:*"),
    development: true,
};

pub(super) const DESIGN: Place = Place {
    path: "design",
    title: "console-design",
    icon: "brush",
    needs: None,
    development: true,
};
