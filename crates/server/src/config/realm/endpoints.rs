//! Where a realm's endpoints and well-known documents are, for its issuer and each alias. Must not know what they
//! answer.

use super::origin;
use std::collections::BTreeMap;
use std::sync::Arc;

/// An endpoint of a realm. The list holds what is served, and nothing else can be configured.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Endpoint {
    /// OAuth 2.1 section 3.1.
    Authorize,
    /// OAuth 2.1 section 3.2.
    Token,
    /// RFC 9126.
    Par,
    /// RFC 7009.
    Revoke,
    /// RFC 7662.
    Introspect,
    /// Reports of APIs: which permissions were used by whom.
    Usage,
    /// OpenID Connect Core section 5.3.
    Userinfo,
    /// RFC 7517.
    Jwks,
    /// The admin API: everything below it.
    Api,
    /// RFC 7591; what was registered is managed below it (RFC 7592).
    Register,
    /// OpenID Connect RP-Initiated Logout.
    Logout,
    /// RFC 8628 section 3.1.
    DeviceCode,
    /// Token Status List: the lists, each by its number below it.
    Status,
    /// Answers to reverse proxies, and connection tickets: everything below it.
    Gate,
}

impl Endpoint {
    /// Every endpoint.
    pub const ALL: &'static [Self] = &[
        Self::Authorize,
        Self::Token,
        Self::Par,
        Self::Revoke,
        Self::Introspect,
        Self::Usage,
        Self::Userinfo,
        Self::Jwks,
        Self::Api,
        Self::Register,
        Self::Logout,
        Self::DeviceCode,
        Self::Status,
        Self::Gate,
    ];

    /// Those that clients call over connections of their own, and where a certificate can count (RFC 8705 section 5).
    pub const OF_CLIENTS: &'static [Self] = &[
        Self::Token,
        Self::Par,
        Self::Revoke,
        Self::Introspect,
        Self::Usage,
        Self::Userinfo,
        Self::DeviceCode,
    ];

    /// The key in `[endpoints]`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::Token => "token",
            Self::Par => "par",
            Self::Revoke => "revoke",
            Self::Introspect => "introspect",
            Self::Usage => "usage",
            Self::Userinfo => "userinfo",
            Self::Jwks => "jwks",
            Self::Api => "api",
            Self::Register => "register",
            Self::Logout => "logout",
            Self::DeviceCode => "device_code",
            Self::Status => "status",
            Self::Gate => "gate",
        }
    }

    /// The path below the issuer where nothing else is configured.
    #[must_use]
    pub const fn default_path(self) -> &'static str {
        match self {
            Self::Authorize => "/authorize",
            Self::Token => "/token",
            Self::Par => "/par",
            Self::Revoke => "/revoke",
            Self::Introspect => "/introspect",
            Self::Usage => "/usage",
            Self::Userinfo => "/userinfo",
            Self::Jwks => "/jwks.json",
            Self::Api => "/api",
            Self::Register => "/register",
            Self::Logout => "/logout",
            Self::DeviceCode => "/device/code",
            Self::Status => "/status",
            Self::Gate => "/gate",
        }
    }
}

/// A well-known document of a realm.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Document {
    /// RFC 8414.
    AuthorizationServer,
    /// OpenID Connect Discovery.
    OpenidConfiguration,
    /// RFC 9728, of the realm's resource at this position.
    ProtectedResource(usize),
}

/// What a route leads to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Target {
    /// An endpoint.
    Endpoint(Endpoint),
    /// Metadata.
    Document(Document),
}

/// One address of a realm, as a router needs it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Route {
    /// Scheme and authority: `https://api.example`.
    pub origin: Arc<str>,
    /// What the `Host` header says: `api.example`, or with a port that is not the scheme's own.
    pub host: Arc<str>,
    /// The exact path.
    pub path: Arc<str>,
    /// What it leads to.
    pub target: Target,
    /// The issuer, or the alias, that is addressed.
    pub issuer: Arc<str>,
}

type Addresses = BTreeMap<Endpoint, Arc<str>>;

/// All addresses of a realm: the issuer's first, then each alias's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Endpoints {
    issuers: Vec<(Arc<str>, Addresses)>,
    openid: bool,
    resources: Vec<Arc<str>>,
    mtls_origin: Option<Arc<str>>,
}

impl Endpoints {
    /// The addresses of `issuer` and its aliases. `configured` holds a path below the issuer or an absolute URL for
    /// each endpoint; one that is absent is at its default path. `openid` says whether there is OpenID Connect to
    /// discover.
    #[must_use]
    pub fn new(issuer: &str, aliases: &[Arc<str>], configured: &BTreeMap<Endpoint, String>, openid: bool) -> Self {
        let own: Addresses = Endpoint::ALL
            .iter()
            .map(|endpoint| {
                let written = configured.get(endpoint).map_or(endpoint.default_path(), String::as_str);
                let url = if written.starts_with('/') {
                    format!("{issuer}{written}")
                } else {
                    written.to_owned()
                };
                (*endpoint, url.into())
            })
            .collect();
        let for_alias = |alias: &Arc<str>| {
            let urls = own
                .iter()
                .map(|(endpoint, url)| (*endpoint, below_alias(issuer, alias, url).into()));
            (Arc::clone(alias), urls.collect())
        };
        let aliases: Vec<_> = aliases.iter().map(for_alias).collect();
        let mut issuers = vec![(Arc::from(issuer), own)];
        issuers.extend(aliases);
        Self {
            issuers,
            openid,
            resources: Vec::new(),
            mtls_origin: None,
        }
    }

    /// The same with another origin for the endpoints that clients with certificates call (RFC 8705 section 5).
    #[must_use]
    pub fn with_mtls(self, mtls_origin: Option<Arc<str>>) -> Self {
        Self { mtls_origin, ..self }
    }

    /// The same with a document for each of these resources that lives on an origin of the realm; one that lives
    /// elsewhere publishes its own.
    #[must_use]
    pub fn with_resources(self, resources: Vec<Arc<str>>) -> Self {
        Self { resources, ..self }
    }

    /// The issuer identifier that a resource names as its authorization server: the longest alias that the resource is
    /// at or below, the realm's own where there is none.
    #[must_use]
    pub fn issuer_of(&self, resource: &str) -> &str {
        let is_at_or_below = |issuer: &&Arc<str>| {
            let rest = resource.strip_prefix(&***issuer);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let aliases = self.issuers().skip(1).filter(is_at_or_below);
        let own = self.issuers().next();
        aliases
            .max_by_key(|alias| alias.len())
            .or(own)
            .map_or("", |issuer| issuer)
    }

    /// The absolute URL of an endpoint of the realm's own issuer.
    #[must_use]
    pub fn url(&self, endpoint: Endpoint) -> &str {
        self.issuers
            .first()
            .and_then(|(_, urls)| urls.get(&endpoint))
            .map_or("", |url| url)
    }

    /// The absolute URL of an endpoint of the issuer or alias `issuer`; `None` for an issuer that is not the realm's.
    #[must_use]
    pub fn url_for(&self, issuer: &str, endpoint: Endpoint) -> Option<&str> {
        let (_, urls) = self.issuers.iter().find(|(known, _)| &**known == issuer)?;
        urls.get(&endpoint).map(|url| &**url)
    }

    /// The origin for clients with certificates.
    #[must_use]
    pub const fn mtls_origin(&self) -> Option<&Arc<str>> {
        self.mtls_origin.as_ref()
    }

    /// The other address of an endpoint, for clients with certificates.
    #[must_use]
    pub fn mtls_url_for(&self, issuer: &str, endpoint: Endpoint) -> Option<String> {
        let own = self
            .mtls_origin
            .as_ref()
            .filter(|_| Endpoint::OF_CLIENTS.contains(&endpoint))?;
        let (_, path) = origin::split(self.url_for(issuer, endpoint)?)?;
        Some(format!("{own}{path}"))
    }

    /// Lets `change` rewrite every issuer and every address.
    pub(super) fn relocate(&mut self, change: impl Fn(&mut Arc<str>)) {
        for (issuer, urls) in &mut self.issuers {
            change(issuer);
            urls.values_mut().for_each(&change);
        }
        self.resources.iter_mut().for_each(&change);
        self.mtls_origin.iter_mut().for_each(change);
    }

    /// The realm's issuer and its aliases, in this order.
    pub fn issuers(&self) -> impl Iterator<Item = &Arc<str>> {
        self.issuers.iter().map(|(issuer, _)| issuer)
    }

    /// Every origin that the realm answers on, sorted, each once.
    #[must_use]
    pub fn origins(&self) -> Vec<Arc<str>> {
        let mut origins: Vec<Arc<str>> = self.routes().into_iter().map(|route| route.origin).collect();
        origins.sort();
        origins.dedup();
        origins
    }

    /// Every address that must be routed: endpoints and documents, of the issuer and of each alias.
    #[must_use]
    pub fn routes(&self) -> Vec<Route> {
        let mut routes = Vec::new();
        for (issuer, urls) in &self.issuers {
            let endpoints = urls
                .iter()
                .map(|(endpoint, url)| (url.to_string(), Target::Endpoint(*endpoint)));
            let jwks = Target::Endpoint(Endpoint::Jwks);
            let for_certificates = Endpoint::OF_CLIENTS.iter().filter_map(|endpoint| {
                let url = self.mtls_url_for(issuer, *endpoint)?;
                Some((url, Target::Endpoint(*endpoint)))
            });
            let well_known_keys = std::iter::once((format!("{issuer}/.well-known/jwks.json"), jwks));
            for (url, target) in endpoints
                .chain(for_certificates)
                .chain(well_known_keys)
                .chain(documents(issuer, self.openid))
            {
                if let Some((origin, path)) = origin::split(&url) {
                    let route = Route {
                        origin: origin.into(),
                        host: origin::host(origin).into(),
                        path: path.into(),
                        target,
                        issuer: Arc::clone(issuer),
                    };
                    // `jwks` may be configured to be where it is anyway.
                    if !routes.contains(&route) {
                        routes.push(route);
                    }
                }
            }
        }
        routes.extend(self.resource_routes(&routes));
        routes
    }

    /// Where the documents of resources are (RFC 9728 section 3.1), on the origins that are served anyway.
    fn resource_routes(&self, own: &[Route]) -> Vec<Route> {
        let mut routes = Vec::new();
        for (index, resource) in self.resources.iter().enumerate() {
            let Some(url) = metadata_url(resource) else { continue };
            let Some((origin, path)) = origin::split(&url) else {
                continue;
            };
            if !own.iter().any(|route| &*route.origin == origin) {
                continue;
            }
            routes.push(Route {
                origin: origin.into(),
                host: origin::host(origin).into(),
                path: path.into(),
                target: Target::Document(Document::ProtectedResource(index)),
                issuer: self.issuer_of(resource).into(),
            });
        }
        routes
    }
}

/// Where a resource's document is (RFC 9728 section 3.1), whoever publishes it; `None` for a resource that is no address or
/// has a query.
#[must_use]
pub fn metadata_url(resource: &str) -> Option<String> {
    let (origin, path) = origin::split(resource).filter(|(_, path)| !path.contains('?'))?;
    let below = if path == "/" { "" } else { path };
    Some(format!("{origin}/.well-known/oauth-protected-resource{below}"))
}

/// Where the documents of `issuer` are: path-inserted as RFC 8414 section 3.1 has it, and for OpenID Connect also
/// path-appended (Discovery section 4); without a path the forms coincide.
fn documents(issuer: &str, openid: bool) -> Vec<(String, Target)> {
    let (origin, path) = origin::split(issuer).unwrap_or((issuer, ""));
    let metadata = Target::Document(Document::AuthorizationServer);
    let configuration = Target::Document(Document::OpenidConfiguration);
    let mut urls = vec![(
        format!("{origin}/.well-known/oauth-authorization-server{path}"),
        metadata,
    )];
    if openid {
        urls.push((
            format!("{origin}/.well-known/openid-configuration{path}"),
            configuration,
        ));
        if !path.is_empty() {
            urls.push((
                format!("{origin}{path}/.well-known/openid-configuration"),
                configuration,
            ));
        }
    }
    urls
}

/// The alias's address of an endpoint: the same host, and the endpoint's path below the alias's path instead of the
/// issuer's.
fn below_alias(issuer: &str, alias: &str, url: &str) -> String {
    let path_of = |url| origin::split(url).map_or("", |(_, path)| path);
    let (host, path) = origin::split(url).unwrap_or((url, ""));
    let issuer_path = path_of(issuer);
    let below = path
        .strip_prefix(issuer_path)
        .filter(|rest| rest.starts_with('/'))
        .unwrap_or(path);
    format!("{host}{}{below}", path_of(alias))
}
