//! What is measured, against what, and how much of it is wanted.
//!
//! The table below is the whole list. It must not know how slices are taken.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use anyhow::{Context as _, Result, bail};

use crate::driver::{Load, TargetId};
use crate::product::{Algorithm, Realm, endpoint};
use crate::requests::{
    DEFAULT_SCOPES, authorization, code_body, dialect_posts, get, issue_body, plain, posts, with_parameter,
};
use crate::script::{Extract, Order, Script, Source, Template, Use, Value};
use crate::seed::{Client, TokenFormat};

/// Tokens that are introspected in turn, families that are refreshed in turn, codes for one slice.
const POOL: u64 = 10_000;
/// The ceiling does not look at the host; it is as long as the product's.
const LOOPBACK: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 65_000));

/// What one request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `client_credentials`.
    Issue,
    /// Introspection of tokens that the asking client got itself.
    Introspect,
    /// `refresh_token`, each token once.
    Refresh(Order),
    /// `authorization_code` with PKCE, each code once.
    Code,
    /// The key set.
    Jwks,
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
    /// The mode of the `ceiling` program, or what the product itself is asked instead (see [`Scenario::own`]).
    pub ceiling: &'static str,
    /// What the realm signs with.
    pub algorithm: Algorithm,
    /// The clients' token format.
    pub format: TokenFormat,
    /// What one request does.
    pub kind: Kind,
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
        target,
    }
}

const fn signed(name: &'static str, ceiling: &'static str, algorithm: Algorithm, target: f64) -> Scenario {
    Scenario {
        name,
        ceiling,
        algorithm,
        format: TokenFormat::Jwt,
        kind: Kind::Issue,
        target: Some(target),
    }
}

const fn against_itself(name: &'static str, plainly: &'static str, kind: Kind, target: f64) -> Scenario {
    Scenario {
        ceiling: plainly,
        ..opaque(name, kind, Some(target))
    }
}

/// Everything that is measured.
pub const SCENARIOS: [Scenario; 12] = [
    signed("issue-es256", "es256", Algorithm::Es256, 0.70),
    signed("issue-rs256", "rs256", Algorithm::Rs256, 0.88),
    opaque("issue-opaque", Kind::Issue, Some(0.55)),
    opaque("introspect", Kind::Introspect, Some(0.65)),
    opaque("refresh", Kind::Refresh(Order::Oldest), Some(0.38)),
    opaque("refresh-random", Kind::Refresh(Order::Random), None),
    opaque("code", Kind::Code, None),
    opaque("jwks", Kind::Jwks, None),
    opaque("login-page", Kind::Login, Some(0.30)),
    opaque("consent-page", Kind::Consent, Some(0.30)),
    against_itself("dialect", "standard form", Kind::Dialect, 0.95),
    against_itself("permissions-300", "3 permissions", Kind::Everything, 0.90),
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
}

/// A scenario's connections to the product, and where its codes come from.
#[derive(Debug)]
pub struct Opened {
    /// What is measured.
    pub target: TargetId,
    /// Gives codes.
    codes: Option<TargetId>,
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
        matches!(self.kind, Kind::Refresh(_) | Kind::Code | Kind::Consent)
    }

    /// How many permissions the clients have.
    #[must_use]
    pub const fn permissions(&self) -> usize {
        if matches!(self.kind, Kind::Everything) { 300 } else { 2 }
    }

    /// What the product itself is asked to be compared with, where that is the ceiling.
    ///
    /// # Errors
    /// When an endpoint is not on plain HTTP.
    pub fn own(&self, realm: &Realm, callers: &Callers<'_>) -> Result<Option<(SocketAddr, Script)>> {
        let (at, path) = endpoint(&realm.metadata.token_endpoint)?;
        Ok(match self.kind {
            Kind::Dialect => Some(posts(&path, at, callers.clients, &issue_body(callers.scopes))),
            Kind::Everything => Some(posts(&path, at, callers.modest, DEFAULT_SCOPES)),
            _ => None,
        }
        .map(|templates| (at, plain(templates))))
    }

    /// The ceiling's script: the same bytes to a fixed path, so that both read the same amount.
    #[must_use]
    pub fn ceiling_script(&self, callers: &Callers<'_>) -> Script {
        if matches!(self.kind, Kind::Jwks | Kind::Login | Kind::Consent) {
            return plain(vec![Template {
                head: get("/jwks", LOOPBACK, ""),
                body: None,
            }]);
        }
        let value = match self.kind {
            Kind::Introspect => format!("token={}", "x".repeat(64)),
            Kind::Refresh(_) => format!("grant_type=refresh_token&refresh_token={}", "x".repeat(80)),
            Kind::Code => format!("{}{}", code_body(), "x".repeat(64)),
            _ => issue_body(callers.scopes),
        };
        plain(posts("/token", LOOPBACK, callers.clients, &value))
    }

    /// Connects to the product and gets what the requests need.
    ///
    /// # Errors
    /// When the product does not give it.
    pub fn open(
        &self,
        load: &mut Load,
        realm: &Realm,
        callers: &Callers<'_>,
        connections: usize,
        watch: &[u32],
    ) -> Result<Opened> {
        let (token_at, token_path) = endpoint(&realm.metadata.token_endpoint)?;
        let open = |load: &mut Load, at, script| load.open(at, connections, script, watch.to_vec());
        let values = |templates, order, used, extract| Script {
            templates,
            source: Source::Values { order, used },
            extract,
        };
        let mut codes = None;
        let target = match self.kind {
            Kind::Issue => open(
                load,
                token_at,
                plain(posts(
                    &token_path,
                    token_at,
                    callers.clients,
                    &issue_body(callers.scopes),
                )),
            )?,
            Kind::Dialect => {
                let templates = dialect_posts(&token_path, token_at, callers.clients, callers.scopes);
                open(load, token_at, plain(templates))?
            }
            Kind::Everything => {
                let templates = posts(&token_path, token_at, callers.clients, DEFAULT_SCOPES);
                open(load, token_at, plain(templates))?
            }
            Kind::Login | Kind::Consent => {
                let (at, script) = self.page(realm, callers)?;
                open(load, at, script)?
            }
            Kind::Jwks => {
                let (at, path) = endpoint(&realm.metadata.jwks_uri)?;
                open(
                    load,
                    at,
                    plain(vec![Template {
                        head: get(&path, at, ""),
                        body: None,
                    }]),
                )?
            }
            Kind::Introspect => {
                let tokens = issued(load, realm, callers, POOL)?;
                let (at, path) = endpoint(&realm.metadata.introspection_endpoint)?;
                let templates = posts(&path, at, callers.clients, "token=");
                let target = open(load, at, values(templates, Order::Oldest, Use::Again, None))?;
                load.add(target, tokens)?;
                target
            }
            Kind::Code => {
                codes = Some(code_source(load, realm, callers)?);
                let templates = posts(&token_path, token_at, callers.clients, &code_body());
                open(load, token_at, values(templates, Order::Oldest, Use::Once, None))?
            }
            Kind::Refresh(order) => {
                let families = families(load, realm, callers, (token_at, &token_path))?;
                let templates = posts(
                    &token_path,
                    token_at,
                    callers.clients,
                    "grant_type=refresh_token&refresh_token=",
                );
                let successor = Some(Extract::Member("refresh_token".to_owned()));
                let target = open(load, token_at, values(templates, order, Use::Successor, successor))?;
                load.add(target, families)?;
                target
            }
        };
        Ok(Opened { target, codes })
    }

    /// Authorization requests that end with a page.
    fn page(&self, realm: &Realm, callers: &Callers<'_>) -> Result<(SocketAddr, Script)> {
        let (at, _) = endpoint(&realm.metadata.authorization_endpoint)?;
        let (headers, parameter) = if self.kind == Kind::Consent {
            (format!("Cookie: {}\r\n", callers.cookie), "prompt=consent")
        } else {
            (String::new(), "ui_locales=en")
        };
        let templates = callers
            .clients
            .iter()
            .map(|client| {
                let (_, path) = authorization(realm, client, callers.scopes)?;
                Ok(Template {
                    head: get(&with_parameter(&path, parameter), at, &headers),
                    body: None,
                })
            })
            .collect::<Result<_>>()?;
        Ok((at, plain(templates)))
    }
}

impl Opened {
    /// Gets what the next slice will spend.
    ///
    /// # Errors
    /// When the product does not give it.
    pub fn refill(&self, load: &mut Load) -> Result<()> {
        let Some(codes) = self.codes else { return Ok(()) };
        let fresh = some(load.gather(codes, POOL)?, "code")?;
        load.add(self.target, fresh)
    }

    /// Closes its connections.
    ///
    /// # Errors
    /// When the generator ended.
    pub fn close(self, load: &mut Load) -> Result<()> {
        load.close(self.target)?;
        self.codes.map_or(Ok(()), |codes| load.close(codes))
    }
}

/// Access tokens by `client_credentials`, `count` of them, from all clients in turn.
///
/// # Errors
/// When one is refused.
pub fn issued(load: &mut Load, realm: &Realm, callers: &Callers<'_>, count: u64) -> Result<Vec<Value>> {
    let (at, path) = endpoint(&realm.metadata.token_endpoint)?;
    let mut script = plain(posts(&path, at, callers.clients, &issue_body(callers.scopes)));
    script.extract = Some(Extract::Member("access_token".to_owned()));
    let target = load.open(at, 32, script, Vec::new())?;
    let tokens = load.gather(target, count).context("client_credentials")?;
    load.close(target)?;
    some(tokens, "access_token")
}

/// A target that answers every request with a code: the user's session and consent are there already.
fn code_source(load: &mut Load, realm: &Realm, callers: &Callers<'_>) -> Result<TargetId> {
    let (at, _) = endpoint(&realm.metadata.authorization_endpoint)?;
    let cookie = format!("Cookie: {}\r\n", callers.cookie);
    let templates = callers
        .clients
        .iter()
        .map(|client| {
            let (_, path) = authorization(realm, client, callers.scopes)?;
            Ok(Template {
                head: get(&path, at, &cookie),
                body: None,
            })
        })
        .collect::<Result<_>>()?;
    let script = Script {
        templates,
        source: Source::Templates,
        extract: Some(Extract::After("code=".to_owned())),
    };
    load.open(at, 16, script, Vec::new())
}

/// Refresh tokens of [`POOL`] families.
fn families(
    load: &mut Load,
    realm: &Realm,
    callers: &Callers<'_>,
    (at, path): (SocketAddr, &str),
) -> Result<Vec<Value>> {
    let source = code_source(load, realm, callers)?;
    let codes = some(
        load.gather(source, POOL)
            .context("authorize with a session and a consent")?,
        "code",
    )?;
    load.close(source)?;
    let script = Script {
        templates: posts(path, at, callers.clients, &code_body()),
        source: Source::Values {
            order: Order::Oldest,
            used: Use::Once,
        },
        extract: Some(Extract::Member("refresh_token".to_owned())),
    };
    let target = load.open(at, 16, script, Vec::new())?;
    load.add(target, codes)?;
    let tokens = load.gather(target, POOL).context("code exchange")?;
    load.close(target)?;
    some(tokens, "refresh_token")
}

fn some(values: Vec<Value>, name: &str) -> Result<Vec<Value>> {
    if values.is_empty() {
        bail!("the replies carry no {name}");
    }
    Ok(values)
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
