//! Connecting to the product with a scenario's requests.

use std::net::SocketAddr;

use anyhow::Result;

use super::sources::{authorizations, codes, cookie, families, issued, member, redirect_with_code, some};
use super::{Callers, Kind, Scenario};
use crate::driver::{Load, TargetId};
use crate::lists;
use crate::product::{Realm, endpoint};
use crate::proofs::Provers;
use crate::requests::{
    DEFAULT_SCOPES, authorization_by_reference, bound_posts, code_body, dialect_posts, gate, get, issue_body, plain,
    posts, pushed_body, with_parameter,
};
use crate::script::{Expected, Extract, Order, Script, Source, Template, Use};

/// A scenario's connections to the product, and where its codes come from.
#[derive(Debug)]
pub struct Opened {
    /// What is measured.
    pub target: TargetId,
    refill: Refill,
}

/// What each slice spends.
#[derive(Debug)]
enum Refill {
    /// Nothing, or what the replies give themselves.
    None,
    /// Codes, so many from there.
    Codes(TargetId, u64),
    /// Proofs of possession.
    Proofs(Provers),
}

impl Scenario {
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
        let (at, path) = endpoint(&realm.metadata.token_endpoint)?;
        let clients = callers.clients;
        let open = |load: &mut Load, at, script| load.open(at, connections, script, watch.to_vec());
        let mut refill = Refill::None;
        let target = match self.kind {
            Kind::Issue => open(load, at, plain(posts(&path, at, clients, &issue_body(callers.scopes))))?,
            Kind::Dialect => open(load, at, plain(dialect_posts(&path, at, clients, callers.scopes)))?,
            Kind::Everything => open(load, at, plain(posts(&path, at, clients, DEFAULT_SCOPES)))?,
            Kind::Bound => {
                // A slice sends more of them than it could of codes.
                let provers = Provers::new(clients.len(), &realm.metadata.token_endpoint, 4 * callers.pool)?;
                refill = Refill::Proofs(provers);
                let templates = bound_posts(&path, at, clients, callers.scopes);
                open(load, at, values(templates, Order::Oldest, Use::Once, Expected::OK))?
            }
            Kind::Login | Kind::Consent => {
                let (at, script) = self.page(realm, callers)?;
                open(load, at, script)?
            }
            Kind::Jwks => {
                let (at, path) = endpoint(&realm.metadata.jwks_uri)?;
                let head = get(&path, at, "");
                open(load, at, plain(vec![Template { head, body: None }]))?
            }
            Kind::StatusList => {
                let (at, script) = known_list(realm)?;
                open(load, at, script)?
            }
            Kind::Gate => {
                let tokens = issued(load, realm, callers, callers.pool)?;
                let (at, path) = endpoint(&format!("{}/gate/nginx", realm.issuer))?;
                let head = gate(&path, at);
                let templates = clients.iter().map(|_| Template {
                    head: head.clone(),
                    body: None,
                });
                let script = values(templates.collect(), Order::Oldest, Use::Again, Expected::OK);
                let target = open(load, at, script)?;
                load.add(target, tokens)?;
                target
            }
            Kind::Introspect => {
                let tokens = issued(load, realm, callers, callers.pool)?;
                let (at, path) = endpoint(&realm.metadata.introspection_endpoint)?;
                let templates = posts(&path, at, clients, "token=");
                let target = open(load, at, values(templates, Order::Oldest, Use::Again, Expected::OK))?;
                load.add(target, tokens)?;
                target
            }
            Kind::Code => {
                refill = Refill::Codes(codes(load, realm, callers)?, callers.pool);
                let templates = posts(&path, at, clients, &code_body());
                open(load, at, values(templates, Order::Oldest, Use::Once, Expected::OK))?
            }
            Kind::Pushed => open(load, at, pushed(realm, callers)?)?,
            Kind::Refresh(order) => {
                let families = families(load, realm, callers, (at, &path))?;
                let templates = posts(&path, at, clients, "grant_type=refresh_token&refresh_token=");
                let script = values(templates, order, Use::Successor, member("refresh_token"));
                let target = open(load, at, script)?;
                load.add(target, families)?;
                target
            }
        };
        Ok(Opened { target, refill })
    }

    /// Authorization requests that end with a page.
    fn page(&self, realm: &Realm, callers: &Callers<'_>) -> Result<(SocketAddr, Script)> {
        let (at, _) = endpoint(&realm.metadata.authorization_endpoint)?;
        let (headers, parameter) = if self.kind == Kind::Consent {
            (cookie(callers), "prompt=consent")
        } else {
            (String::new(), "ui_locales=en")
        };
        let templates = authorizations(realm, callers, at, &headers, |path| with_parameter(path, parameter))?;
        Ok((at, plain(templates)))
    }
}

impl Opened {
    /// Gets what the next slice will spend.
    ///
    /// # Errors
    /// When the product does not give it.
    pub fn refill(&self, load: &mut Load) -> Result<()> {
        let fresh = match &self.refill {
            Refill::None => return Ok(()),
            Refill::Codes(from, count) => some(load.gather(*from, *count)?, "code")?,
            Refill::Proofs(provers) => provers.prove()?,
        };
        load.add(self.target, fresh)
    }

    /// Closes its connections.
    ///
    /// # Errors
    /// When the generator ended.
    pub fn close(self, load: &mut Load) -> Result<()> {
        load.close(self.target)?;
        match self.refill {
            Refill::Codes(from, _) => load.close(from),
            Refill::None | Refill::Proofs(_) => Ok(()),
        }
    }
}

fn values(templates: Vec<Template>, order: Order, used: Use, reply: Expected) -> Script {
    Script {
        templates,
        source: Source::Values { order, used },
        replies: vec![reply],
    }
}

/// Conditional requests for the first list, by somebody who has it.
fn known_list(realm: &Realm) -> Result<(SocketAddr, Script)> {
    let (at, path) = endpoint(&format!("{}/status/0", realm.issuer))?;
    let tag = lists::tag(at, &path)?;
    let head = get(&path, at, &format!("If-None-Match: {tag}\r\n"));
    let mut script = plain(vec![Template { head, body: None }]);
    script.replies.iter_mut().for_each(|reply| reply.status = 304);
    Ok((at, script))
}

/// Push, authorize, redeem, one group of templates each.
fn pushed(realm: &Realm, callers: &Callers<'_>) -> Result<Script> {
    let clients = callers.clients;
    let (at, token) = endpoint(&realm.metadata.token_endpoint)?;
    let (_, par) = endpoint(&realm.metadata.pushed_authorization_request_endpoint)?;
    let (_, authorize) = endpoint(&realm.metadata.authorization_endpoint)?;
    let cookie = format!("Cookie: {}\r\n", callers.cookie);
    let mut templates = posts(&par, at, clients, &pushed_body(callers.scopes));
    templates.extend(clients.iter().map(|client| Template {
        head: get(&authorization_by_reference(&authorize, client), at, &cookie),
        body: None,
    }));
    templates.extend(posts(&token, at, clients, &code_body()));
    let reference = Expected {
        status: 201,
        extract: Some(Extract::Member("request_uri".to_owned())),
    };
    Ok(Script {
        templates,
        source: Source::Chain,
        replies: vec![reference, redirect_with_code(), Expected::OK],
    })
}
