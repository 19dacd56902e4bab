//! What is measured, against what, and how much of it is wanted.
//!
//! The table below is the whole list. It must not know how slices are taken.

mod ceiling;
mod open;
mod sources;

pub use open::Opened;
pub use sources::issued;

use crate::measure::Yardstick;
use crate::product::{Algorithm, Shape};
use crate::script::Order;
use crate::seed::{Client, TokenFormat};

/// What one request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `client_credentials`.
    Issue,
    /// `client_credentials` with a proof of possession (RFC 9449), each proof once.
    Bound,
    /// Introspection of tokens that the asking client got itself.
    Introspect,
    /// `refresh_token`, each token once.
    Refresh(Order),
    /// `authorization_code` with PKCE, each code once.
    Code,
    /// A pushed request (RFC 9126), its authorization by somebody who is logged in and has consented, and its code's
    /// exchange: three requests, each of which counts.
    Pushed,
    /// The key set.
    Jwks,
    /// The status list of somebody who has its last copy.
    StatusList,
    /// A reverse proxy's question whether a request with a token may pass.
    Gate,
    /// `client_credentials` in the realm's dialect.
    Dialect,
    /// `client_credentials` without `scope`: everything that the client may do.
    Everything,
    /// The login page: an authorization request of somebody who has no session.
    Login,
    /// The consent page: an authorization request that asks for it again.
    Consent,
}

/// One line of the list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scenario {
    /// What `--scenario` takes.
    pub name: &'static str,
    /// The mode of the `ceiling` program, or what the product itself is asked instead (see [`Scenario::own`]), in words.
    pub ceiling: &'static str,
    /// What the realm signs with.
    pub algorithm: Algorithm,
    /// The clients' token format.
    pub format: TokenFormat,
    /// What one request does.
    pub kind: Kind,
    /// What of both sides is compared.
    pub yardstick: Yardstick,
    /// Least ratio on SQLite at 64 connections.
    pub target: Option<f64>,
}

const fn opaque(name: &'static str, kind: Kind, target: Option<f64>) -> Scenario {
    Scenario {
        name,
        ceiling: "echo",
        algorithm: Algorithm::Es256,
        format: TokenFormat::Opaque,
        kind,
        yardstick: Yardstick::Rate,
        target,
    }
}

const fn jwt(name: &'static str, ceiling: &'static str, kind: Kind, target: f64) -> Scenario {
    Scenario {
        ceiling,
        format: TokenFormat::Jwt,
        ..opaque(name, kind, Some(target))
    }
}

const fn against_itself(name: &'static str, plainly: &'static str, kind: Kind, target: f64) -> Scenario {
    Scenario {
        ceiling: plainly,
        yardstick: Yardstick::Processor,
        ..opaque(name, kind, Some(target))
    }
}

/// Everything that is measured.
pub const SCENARIOS: [Scenario; 17] = [
    jwt("issue-es256", "es256", Kind::Issue, 0.70),
    Scenario {
        algorithm: Algorithm::Rs256,
        ..jwt("issue-rs256", "rs256", Kind::Issue, 0.88)
    },
    opaque("issue-opaque", Kind::Issue, Some(0.55)),
    jwt("issue-dpop", "es256-dpop", Kind::Bound, 0.60),
    opaque("introspect", Kind::Introspect, Some(0.65)),
    opaque("refresh", Kind::Refresh(Order::Oldest), Some(0.38)),
    opaque("refresh-random", Kind::Refresh(Order::Random), None),
    opaque("code", Kind::Code, None),
    opaque("par-code", Kind::Pushed, Some(0.25)),
    opaque("jwks", Kind::Jwks, None),
    jwt("status-list", "echo", Kind::StatusList, 0.80),
    jwt("gate-jwt", "echo", Kind::Gate, 0.50),
    opaque("gate-opaque", Kind::Gate, Some(0.45)),
    opaque("login-page", Kind::Login, Some(0.30)),
    opaque("consent-page", Kind::Consent, Some(0.30)),
    against_itself("dialect", "CPU of the standard form", Kind::Dialect, 0.95),
    against_itself("permissions-300", "CPU of 3 permissions", Kind::Everything, 0.90),
];

/// Who asks, and with what.
#[derive(Debug, Clone)]
pub struct Callers<'a> {
    /// The clients.
    pub clients: &'a [Client],
    /// Clients with three permissions, where the others have many.
    pub modest: &'a [Client],
    /// The scopes that each of them may have.
    pub scopes: &'a [String],
    /// The session of a user who consented to each client; empty when the scenario needs no user.
    pub cookie: String,
    /// Tokens that are introspected in turn, families that are refreshed in turn, codes for one slice.
    pub pool: u64,
}

impl Scenario {
    /// The one with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        SCENARIOS.into_iter().find(|scenario| scenario.name == name)
    }

    /// Whether a person has to log in first.
    #[must_use]
    pub const fn needs_user(&self) -> bool {
        matches!(self.kind, Kind::Refresh(_) | Kind::Code | Kind::Pushed | Kind::Consent)
    }

    /// The realm that it is measured in.
    #[must_use]
    pub const fn shape(&self) -> Shape {
        Shape {
            algorithm: self.algorithm,
            permissions: if matches!(self.kind, Kind::Everything) { 300 } else { 2 },
            status_lists: matches!(self.kind, Kind::StatusList),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        for scenario in SCENARIOS {
            assert_eq!(Scenario::named(scenario.name), Some(scenario));
        }
        assert_eq!(Scenario::named("nothing"), None);
    }
}
