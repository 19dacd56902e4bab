//! Every route of the public listener, on one page. Addresses are configuration, so routes are data: a host, an exact
//! path, and what stands there. Nothing is normalised: `//token`, `/%74oken` and `/token/` are other paths, and 404.

mod place;

pub use place::Place;

use crate::config::{Endpoint, RealmConfig, Target};
use crate::gate::Proxy;
use crate::interaction::account::Page;
use grantd_core::admin::actor::administers;
use grantd_core::gate::route::is_host;
use grantd_core::realm::BrokerKind;
use grantd_core::record::client::GrantType;
use std::collections::HashMap;
use std::sync::Arc;

/// Where a request landed.
#[derive(Clone, Debug)]
pub struct Route {
    /// What stands there.
    pub place: Place,
    /// Which of the served realms.
    pub realm: usize,
    /// The issuer identifier that was addressed: the realm's own or an alias.
    pub issuer: Arc<str>,
}

/// Why an address leads nowhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lost {
    /// No realm answers on this host: 421 (RFC 9110 section 15.5.20).
    Host,
    /// The host is right, the path is not: 404.
    Path,
}

/// The routes of all realms.
#[derive(Debug, Default)]
pub struct Router {
    hosts: HashMap<Box<str>, HashMap<Box<str>, Route>>,
    /// Places with everything below them: host, path with a closing slash.
    below: Vec<(Box<str>, Box<str>, Route)>,
    /// The gate's addresses: path alone, for proxies that call this server by a name of their own.
    gates: Vec<(Box<str>, Route)>,
    /// The places with everything below them for proxies that ask under the host of the guarded request.
    guarded: Vec<(Box<str>, Box<str>, Route)>,
}

/// Two realms claim the same address.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the realms '{0}' and '{1}' both answer at {2}")]
pub struct Clash(pub String, pub String, pub String);

impl Clash {
    fn between(realms: &[Arc<RealmConfig>], taken: &Route, route: &Route, host: &str, path: &str) -> Self {
        let name = |route: &Route| realms.get(route.realm).map_or("", |config| &config.realm.name);
        Self(name(taken).to_owned(), name(route).to_owned(), format!("{host}{path}"))
    }
}

impl Router {
    /// The routes of these realms, in this order.
    ///
    /// # Errors
    /// [`Clash`] where two realms claim one address.
    pub fn new(realms: &[Arc<RealmConfig>]) -> Result<Self, Clash> {
        let mut router = Self::default();
        for (index, config) in realms.iter().enumerate() {
            for route in config.endpoints.routes() {
                if route.target == Target::Endpoint(Endpoint::DeviceCode) && !has_devices(config) {
                    continue;
                }
                let at = |place| Route {
                    place,
                    realm: index,
                    issuer: Arc::clone(&route.issuer),
                };
                if route.target == Target::Endpoint(Endpoint::Api) {
                    // Under its own issuer alone: there is one API, whichever name a token was issued under.
                    if config.realm.api.is_some() && route.issuer == config.realm.issuer {
                        router.add_below(realms, &route.host, &route.path, at(Place::Api))?;
                    }
                    continue;
                }
                if route.target == Target::Endpoint(Endpoint::Gate) {
                    router.add_gate(realms, config, &route, at)?;
                    continue;
                }
                let place = Place::of(route.target);
                let below = format!("{}/*", route.path);
                if place == Place::StatusList {
                    router.add(realms, &route.host, &below, at(place))?;
                    continue;
                }
                router.add(realms, &route.host, &route.path, at(place))?;
                if place == Place::Register {
                    router.add(realms, &route.host, &below, at(Place::Registration))?;
                }
            }
            for issuer in config.endpoints.issuers() {
                router.add_pages(realms, index, config, issuer)?;
            }
        }
        Ok(router)
    }

    /// The pages stand on the host of the authorization endpoint, below the issuer's path, so that forms and cookies
    /// stay on the origin that the user sees.
    fn add_pages(
        &mut self,
        realms: &[Arc<RealmConfig>],
        realm: usize,
        config: &RealmConfig,
        issuer: &Arc<str>,
    ) -> Result<(), Clash> {
        let (host, base) = page_base(config, issuer);
        let mut pages = vec![
            (format!("{base}/login"), Place::Login),
            (format!("{base}/consent"), Place::Consent),
            (format!("{base}/reset"), Place::Reset),
            (format!("{base}/logout/confirm"), Place::LogoutForm),
            (format!("{base}/assets/*"), Place::Asset),
            (format!("{base}/"), Place::Home),
        ];
        pages.extend(
            Page::ALL
                .iter()
                .map(|page| (format!("{base}/{}", page.path()), Place::Account(*page))),
        );
        if !config.realm.upstreams.is_empty() {
            pages.push((format!("{base}/login/with/*"), Place::UpstreamLeave));
            pages.push((format!("{base}/login/from/*"), Place::UpstreamBack));
        }
        if config.handover.is_some() {
            pages.push((format!("{base}/handover"), Place::Handover));
        }
        if has_devices(config) {
            pages.push((format!("{base}/device"), Place::Device));
            pages.push((format!("{base}/device/consent"), Place::DeviceConsent));
        }
        let shortcuts = config.shortcuts.iter().enumerate();
        pages.extend(shortcuts.map(|(index, shortcut)| (format!("{base}{}", shortcut.path), Place::Shortcut(index))));
        if has_console(config, issuer) {
            let console = format!("{base}/console");
            let route = Route {
                place: Place::Console,
                realm,
                issuer: Arc::clone(issuer),
            };
            self.add_below(realms, &host, &console, route)?;
            pages.push((console, Place::Console));
        }
        if has_portal(config, issuer) {
            let portal = format!("{base}/developers");
            let route = Route {
                place: Place::Portal,
                realm,
                issuer: Arc::clone(issuer),
            };
            self.add_below(realms, &host, &portal, route)?;
            pages.push((portal, Place::Portal));
        }
        if !base.is_empty() {
            pages.push((base, Place::Home));
        }
        for (path, place) in pages {
            let route = Route {
                place,
                realm,
                issuer: Arc::clone(issuer),
            };
            self.add(realms, &host, &path, route)?;
        }
        Ok(())
    }

    fn add_below(&mut self, realms: &[Arc<RealmConfig>], host: &str, path: &str, route: Route) -> Result<(), Clash> {
        let path = format!("{path}/");
        refuse_overlap(&self.below, realms, host, &path, &route)?;
        self.below.push((host.into(), path.into(), route));
        Ok(())
    }

    /// The gate's places. Envoy's is a prefix of the guarded path, and it asks under the guarded host.
    fn add_gate(
        &mut self,
        realms: &[Arc<RealmConfig>],
        config: &RealmConfig,
        route: &crate::config::Route,
        at: impl Fn(Place) -> Route,
    ) -> Result<(), Clash> {
        let (host, base) = (&route.host, &route.path);
        for proxy in Proxy::ALL {
            let path = format!("{base}/{}", proxy.name());
            self.add(realms, host, &path, at(Place::Gate(*proxy)))?;
            self.gates.push((path.into(), at(Place::Gate(*proxy))));
        }
        self.add(realms, host, &format!("{base}/ticket"), at(Place::GateTicket))?;
        if has_emqx(config) {
            let path = format!("{base}/emqx");
            self.add(realms, host, &path, at(Place::GateEmqx))?;
            self.gates.push((path.into(), at(Place::GateEmqx)));
        }
        let envoy = format!("{base}/{}", Proxy::Envoy.name());
        self.add_below(realms, host, &envoy, at(Place::Gate(Proxy::Envoy)))?;
        if route.issuer == config.realm.issuer {
            let entry = |guarded: Arc<str>| {
                let path = format!("{envoy}/");
                (guarded.as_ref().into(), path.into(), at(Place::Gate(Proxy::Envoy)))
            };
            self.guarded.extend(config.gate.hosts().into_iter().map(entry));
        }
        Ok(())
    }

    fn add(&mut self, realms: &[Arc<RealmConfig>], host: &str, path: &str, route: Route) -> Result<(), Clash> {
        let paths = self.hosts.entry(host.into()).or_default();
        match paths.get(path) {
            // Two realms can issue tokens for one resource; the document of the first one stands.
            Some(taken) if taken.place.is_about_a_resource() && route.place.is_about_a_resource() => Ok(()),
            Some(taken) if taken.realm != route.realm || taken.place.is_page() != route.place.is_page() => {
                Err(Clash::between(realms, taken, &route, host, path))
            }
            // Within a realm the first one stands: an issuer and its alias can share a host's page addresses.
            Some(_) => Ok(()),
            None => {
                paths.insert(path.into(), route);
                Ok(())
            }
        }
    }

    /// Where the question of a trusted proxy landed. `host` is the one that the proxy addressed: what it says about the
    /// host of the guarded request is not about this one.
    #[must_use]
    pub fn find_gate(&self, host: &str, path: &str) -> Option<&Route> {
        match self.find(host, path) {
            Ok(route) => route.place.is_gate().then_some(route),
            Err(_) => {
                let guarded = self.guarded.iter();
                let guarded = guarded.filter(|(own, at, _)| path.starts_with(&**at) && is_host(own, host));
                let by_name = self.gates.iter().filter(|(at, _)| **at == *path);
                only_realm(guarded.map(|(_, _, route)| route)).or_else(|| only_realm(by_name.map(|(_, route)| route)))
            }
        }
    }

    /// Where a request landed.
    ///
    /// # Errors
    /// [`Lost`].
    pub fn find(&self, host: &str, path: &str) -> Result<&Route, Lost> {
        let paths = match self.hosts.get(host) {
            Some(paths) => paths,
            None => self.hosts.get(host.to_ascii_lowercase().as_str()).ok_or(Lost::Host)?,
        };
        if let Some(route) = paths.get(path) {
            return Ok(route);
        }
        let is_below =
            |(on, at, _): &&(Box<str>, Box<str>, Route)| on.eq_ignore_ascii_case(host) && path.starts_with(&**at);
        if let Some((_, _, route)) = self.below.iter().find(is_below) {
            return Ok(route);
        }
        let (directory, name) = path.rsplit_once('/').ok_or(Lost::Path)?;
        let below = (!name.is_empty()).then(|| format!("{directory}/*")).ok_or(Lost::Path)?;
        paths.get(below.as_str()).ok_or(Lost::Path)
    }
}

/// The first of these, if they are all of one realm: otherwise nobody can tell which of them is asked.
fn only_realm<'r>(mut routes: impl Iterator<Item = &'r Route>) -> Option<&'r Route> {
    let first = routes.next()?;
    routes.all(|other| other.realm == first.realm).then_some(first)
}

/// Whether nothing else stands at, above or below an address.
fn refuse_overlap(
    taken: &[(Box<str>, Box<str>, Route)],
    realms: &[Arc<RealmConfig>],
    host: &str,
    path: &str,
    route: &Route,
) -> Result<(), Clash> {
    let mut taken = taken.iter();
    let overlap = taken.find(|(other, at, _)| **other == *host && (at.starts_with(path) || path.starts_with(&**at)));
    match overlap {
        None => Ok(()),
        Some((_, _, other)) => Err(Clash::between(realms, other, route, host, path)),
    }
}

/// Whether there is anything for devices: what is not offered is not there.
fn has_devices(config: &RealmConfig) -> bool {
    config.realm.offers(GrantType::DeviceCode)
}

fn has_emqx(config: &RealmConfig) -> bool {
    let mut brokers = config.realm.resources.iter().filter_map(|one| one.broker.as_ref());
    brokers.any(|broker| broker.kind == BrokerKind::Emqx)
}

/// Whether the console is below an issuer: under the realm's own name, where somebody runs the realm.
#[must_use]
pub fn has_console(config: &RealmConfig, issuer: &str) -> bool {
    let realm = &config.realm;
    let tenants = realm.tenants.enabled && realm.roles.keys().any(|role| administers(role, realm));
    realm.api.is_some() && (!realm.operators.is_empty() || tenants) && *realm.issuer == *issuer
}

/// Whether there is a developers' portal below an issuer: where users of the realm may make applications, under its own
/// issuer alone.
#[must_use]
pub fn has_portal(config: &RealmConfig, issuer: &str) -> bool {
    let realm = &config.realm;
    realm.api.is_some() && realm.portal.is_on() && *realm.issuer == *issuer
}

/// The host and the path prefix (without a closing slash) below which the pages of an issuer stand.
#[must_use]
pub fn page_base(config: &RealmConfig, issuer: &str) -> (String, String) {
    let authorize = config.endpoints.url_for(issuer, Endpoint::Authorize).unwrap_or(issuer);
    let host_and_path = |url: &str| {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        rest.split_once('/')
            .map_or((rest.to_owned(), String::new()), |(host, path)| {
                (host.to_owned(), format!("/{path}"))
            })
    };
    let (host, authorize_path) = host_and_path(authorize);
    let (issuer_host, issuer_path) = host_and_path(issuer);
    // On another origin the issuer's path means nothing; the pages stand beside the endpoint.
    let base = if host == issuer_host {
        issuer_path
    } else {
        authorize_path
            .rsplit_once('/')
            .map_or(String::new(), |(base, _)| base.to_owned())
    };
    (host, base)
}

#[cfg(test)]
mod tests;
