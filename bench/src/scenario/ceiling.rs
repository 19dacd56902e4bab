//! What a scenario is held against: the same bytes to a plain server, or the product itself when it is asked for less.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use anyhow::Result;

use super::{Callers, Kind, Scenario};
use crate::product::{Realm, endpoint};
use crate::proofs;
use crate::requests::{DEFAULT_SCOPES, bound_posts, code_body, gate, get, issue_body, plain, posts, pushed_body};
use crate::script::{Script, Template, VALUE};

/// The ceiling does not look at the host; it is as long as the product's.
const LOOPBACK: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 65_000));

impl Scenario {
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

    /// The ceiling's script: as many bytes to fixed paths, so that both read the same amount.
    #[must_use]
    pub fn ceiling_script(&self, callers: &Callers<'_>) -> Script {
        let alone = |head| plain(vec![Template { head, body: None }]);
        let posted = |value: &str| posts("/token", LOOPBACK, callers.clients, value);
        let code = || format!("{}{}", code_body(), "x".repeat(64));
        match self.kind {
            Kind::Jwks | Kind::Login | Kind::Consent => alone(get("/jwks", LOOPBACK, "")),
            Kind::StatusList => {
                let mut script = alone(get("/status", LOOPBACK, "If-None-Match: \"never looked at\"\r\n"));
                script.replies.iter_mut().for_each(|reply| reply.status = 304);
                script
            }
            Kind::Gate => alone(gate("/gate", LOOPBACK).replace(VALUE, &"x".repeat(64))),
            Kind::Pushed => {
                let authorize = format!("/jwks?{}", "x".repeat(400));
                let authorize = Template {
                    head: get(&authorize, LOOPBACK, &format!("Cookie: {}\r\n", callers.cookie)),
                    body: None,
                };
                let pushes = posted(&pushed_body(callers.scopes));
                let steps = pushes.into_iter().zip(posted(&code()));
                plain(
                    steps
                        .flat_map(|(push, redeem)| [push, authorize.clone(), redeem])
                        .collect(),
                )
            }
            Kind::Bound => {
                let mut templates = bound_posts("/token", LOOPBACK, callers.clients, callers.scopes);
                for template in &mut templates {
                    template.head = template.head.replace(VALUE, &"x".repeat(proofs::BYTES));
                }
                plain(templates)
            }
            Kind::Introspect => plain(posted(&format!("token={}", "x".repeat(64)))),
            Kind::Refresh(_) => plain(posted(&format!(
                "grant_type=refresh_token&refresh_token={}",
                "x".repeat(80)
            ))),
            Kind::Code => plain(posted(&code())),
            Kind::Issue | Kind::Dialect | Kind::Everything => plain(posted(&issue_body(callers.scopes))),
        }
    }
}
