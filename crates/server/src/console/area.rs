//! The areas of the console: what each is called, where it is, and what an operator needs to see it. The navigation is
//! made of them; whether somebody may do something is asked of the API all the same.

use grantd_core::admin::Actor;
use grantd_pages::Words;

/// One area.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Area {
    Overview,
    Applications,
    Tokens,
    ApiKeys,
    LeastPrivilege,
    Users,
    Sessions,
    Tenants,
    ServiceAccounts,
    Roles,
    Permissions,
    Keys,
    Audit,
    Settings,
    Design,
}

/// Areas that belong together, with the text of their heading.
pub(super) const GROUPS: &[(Option<&str>, &[Area])] = &[
    (None, &[Area::Overview]),
    (
        Some("console-group-access"),
        &[Area::Applications, Area::Tokens, Area::ApiKeys, Area::LeastPrivilege],
    ),
    (
        Some("console-group-people"),
        &[Area::Users, Area::Sessions, Area::Tenants, Area::ServiceAccounts],
    ),
    (
        Some("console-group-rules"),
        &[Area::Roles, Area::Permissions, Area::Keys, Area::Audit, Area::Settings],
    ),
];

impl Area {
    /// The piece of its address behind the console's.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Overview => "",
            Self::Applications => "applications",
            Self::Tokens => "tokens",
            Self::ApiKeys => "api-keys",
            Self::LeastPrivilege => "least-privilege",
            Self::Users => "users",
            Self::Sessions => "sessions",
            Self::Tenants => "tenants",
            Self::ServiceAccounts => "service-accounts",
            Self::Roles => "roles",
            Self::Permissions => "permissions",
            Self::Keys => "keys",
            Self::Audit => "audit",
            Self::Settings => "settings",
            Self::Design => "design",
        }
    }

    /// Its name.
    pub(super) const fn title(self) -> Words {
        Words::say(match self {
            Self::Overview => "console-overview",
            Self::Applications => "console-applications",
            Self::Tokens => "console-tokens",
            Self::ApiKeys => "console-api-keys",
            Self::LeastPrivilege => "console-least-privilege",
            Self::Users => "console-users",
            Self::Sessions => "console-sessions",
            Self::Tenants => "console-tenants",
            Self::ServiceAccounts => "console-service-accounts",
            Self::Roles => "console-roles",
            Self::Permissions => "console-permissions",
            Self::Keys => "console-keys",
            Self::Audit => "console-audit",
            Self::Settings => "console-settings",
            Self::Design => "console-design",
        })
    }

    /// Its icon.
    pub(super) const fn icon(self) -> &'static str {
        match self {
            Self::Overview => "gauge",
            Self::Applications => "apps",
            Self::Tokens => "ticket",
            Self::ApiKeys | Self::Keys => "key",
            Self::LeastPrivilege => "scissors",
            Self::Users => "users",
            Self::Sessions => "laptop",
            Self::Tenants => "house",
            Self::ServiceAccounts => "robot",
            Self::Roles => "badge",
            Self::Permissions => "list",
            Self::Audit => "scroll",
            Self::Settings => "sliders",
            Self::Design => "brush",
        }
    }

    /// What an operator needs to see anything there.
    const fn needs(self) -> Option<&'static str> {
        match self {
            Self::Overview | Self::Design => None,
            Self::Applications | Self::LeastPrivilege => Some("grantd:clients:read"),
            Self::Tokens => Some("grantd:tokens:read"),
            Self::ApiKeys => Some("grantd:api-keys:read"),
            Self::Users => Some("grantd:users:read"),
            Self::Sessions => Some("grantd:sessions:read"),
            Self::Tenants => Some("grantd:tenants:read"),
            Self::ServiceAccounts => Some("grantd:service-accounts:read"),
            Self::Roles => Some("grantd:roles:read"),
            Self::Permissions => Some("grantd:permissions:read"),
            Self::Keys => Some("grantd:keys:read"),
            Self::Audit => Some("grantd:audit:read"),
            Self::Settings => Some("grantd:realm:read"),
        }
    }

    /// Whether an operator sees anything there.
    pub(super) fn is_open_to(self, actor: &Actor) -> bool {
        self.needs().is_none_or(|permission| actor.may(permission))
    }
}
