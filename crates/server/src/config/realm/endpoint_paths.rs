//! Reading `[endpoints]`: a path below the issuer, or an absolute URL on another origin, for each.

use super::endpoints::{Endpoint, Endpoints, Target};
use super::issuer::{self, Addresses};
use super::origin;
use crate::config::kind::Text;
use crate::config::section::Section;
use std::collections::BTreeMap;

/// Reads the section, and makes the addresses where there is an issuer to make them from.
pub(super) fn read(section: &mut Section<'_>, addresses: Option<&Addresses>, openid: bool) -> Option<Endpoints> {
    let doc = "Where each endpoint is: a path below the issuer, or an absolute URL on another origin.";
    section.section("endpoints", doc, |section| {
        let mut configured = Some(BTreeMap::new());
        for endpoint in Endpoint::ALL {
            let (key, doc) = (endpoint.key(), describe(*endpoint));
            let written = section.or(key, doc, &Text, endpoint.default_path());
            let insecure = addresses.is_some_and(|addresses| addresses.insecure_http);
            let checked = written.filter(|written| match check(written, insecure) {
                Ok(()) => true,
                Err((message, fix)) => {
                    section.problem(key, message, fix);
                    false
                }
            });
            configured = configured.zip(checked).map(|(mut configured, url)| {
                configured.insert(*endpoint, url);
                configured
            });
        }
        let addresses = addresses?;
        let endpoints = Endpoints::new(&addresses.issuer, &addresses.aliases, &configured?, openid);
        collisions(section, &endpoints).then_some(endpoints)
    })
}

const fn describe(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::Authorize => "Where browsers are sent (OAuth 2.1 section 3.1).",
        Endpoint::Token => "Where clients get tokens (OAuth 2.1 section 3.2).",
        Endpoint::Par => "Where clients push authorization requests (RFC 9126).",
        Endpoint::Revoke => "Where clients give tokens up (RFC 7009).",
        Endpoint::Introspect => "Where APIs ask about tokens (RFC 7662).",
        Endpoint::Usage => "Where APIs that verify tokens by themselves report which permissions were used.",
        Endpoint::Userinfo => "Claims about the user (OpenID Connect Core section 5.3).",
        Endpoint::Api => "Below which the admin API is: /v1/..., and its description at /openapi.json.",
        Endpoint::Jwks => "The public keys (RFC 7517); they are at /.well-known/jwks.json too.",
        Endpoint::DeviceCode => "Where devices begin (RFC 8628), if grant_types has device_code.",
        Endpoint::Register => "Where clients register themselves (RFC 7591), if [registration] lets them.",
        Endpoint::Status => {
            "Below which the status lists of JWTs are (Token Status List), if access_token.status_list says so."
        }
        Endpoint::Gate => {
            "Below which reverse proxies ask whether a request may pass (/nginx, /traefik, /caddy, /haproxy, /envoy), and /ticket is."
        }
        Endpoint::Logout => "Where clients send browsers to log out (OpenID Connect RP-Initiated Logout).",
    }
}

fn check(written: &str, insecure_http: bool) -> Result<(), issuer::Wrong> {
    let path = if written.starts_with('/') {
        written
    } else {
        issuer::check_origin(written, insecure_http)
            .map(|(_, path)| path)
            .map_err(|(message, fix)| {
                let fix = if origin::split(written).is_none() && !written.contains(':') {
                    Some(format!("write \"/{written}\" for a path below the issuer"))
                } else {
                    fix
                };
                (message, fix)
            })?
    };
    let shown = crate::config::kind::quoted(written);
    if path.is_empty() || path == "/" {
        return Err((format!("{shown} must have a path"), None));
    }
    issuer::check_path(path).map_err(|wrong| (format!("{shown} {wrong}"), None))
}

/// Whether all addresses are different; reports those that are not.
fn collisions(section: &Section<'_>, endpoints: &Endpoints) -> bool {
    let routes = endpoints.routes();
    let mut good = true;
    for (index, route) in routes.iter().enumerate() {
        let taken = routes
            .iter()
            .take(index)
            .find(|before| before.host == route.host && before.path == route.path);
        let Some(before) = taken else { continue };
        let (endpoint, other) = match (route.target, before.target) {
            (Target::Endpoint(endpoint), other) | (other, Target::Endpoint(endpoint)) => (endpoint, other),
            (Target::Document(_), Target::Document(_)) => continue,
        };
        let other = match other {
            Target::Endpoint(other) => other.key(),
            Target::Document(_) => "a metadata document",
        };
        let message = format!("is at the same address as {other}: {}{}", route.origin, route.path);
        section.problem(endpoint.key(), message, None);
        good = false;
    }
    good
}
