//! Rules that a realm means to tighten, and how far each is.

/// A rule that can be tried out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Tightening {
    /// Every client uses PKCE, confidential ones too (OAuth 2.1 section 4.1.1).
    Pkce,
    /// A known scope that is not permitted refuses the request, and is not cut out of it.
    ExactScopes,
    /// A request names the resource that its tokens are for (RFC 8707).
    Audience,
    /// Every token is bound to a key (RFC 9449).
    Dpop,
    /// A client has no permission that it does not use. It is enforced client by client, by trimming.
    UnusedPermissions,
}

impl Tightening {
    /// Every rule.
    pub const ALL: &'static [Self] = &[
        Self::Pkce,
        Self::ExactScopes,
        Self::Audience,
        Self::Dpop,
        Self::UnusedPermissions,
    ];

    /// The name in configuration, in findings and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pkce => "pkce",
            Self::ExactScopes => "exact_scopes",
            Self::Audience => "audience",
            Self::Dpop => "dpop",
            Self::UnusedPermissions => "unused_permissions",
        }
    }
}

/// How far a rule is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Enforcement {
    /// Who breaks it is refused.
    Enforce,
    /// Who breaks it passes, and is counted.
    Report,
}

/// What a realm tries out or asks beyond its other rules.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tightenings {
    /// The rules that are tried out.
    pub reported: Vec<Tightening>,
    /// Whether a request must name a resource.
    pub audience_required: bool,
}

impl Tightenings {
    /// Whether a rule is tried out.
    #[must_use]
    pub fn reports(&self, rule: Tightening) -> bool {
        self.reported.contains(&rule)
    }

    /// Those of the rules that are broken which are tried out.
    pub(crate) fn of(&self, broken: &[(Tightening, bool)]) -> Vec<Tightening> {
        let broken = broken
            .iter()
            .filter(|(rule, is_broken)| *is_broken && self.reports(*rule));
        broken.map(|(rule, _)| *rule).collect()
    }
}
