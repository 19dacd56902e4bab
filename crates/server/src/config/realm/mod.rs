//! A realm's file: one issuer with its endpoints, token formats, permissions, branding and demo data. The rules
//! themselves are `grantd_core::realm::Realm`; here they are read. Must not know a store or HTTP.

mod admin_api;
mod branding;
mod broker;
pub(super) mod catalogue;
mod client_keys;
mod client_openid;
mod demo;
mod demo_clients;
mod demo_data;
mod details;
mod dialect;
mod dialects;
mod endpoint_paths;
mod endpoints;
mod enforcement;
pub(crate) mod gate;
mod handover;
mod issuer;
mod logins;
mod loopback;
mod metadata_documents;
mod mtls;
mod operators;
mod origin;
mod passkeys;
mod portal;
mod profile;
pub(super) mod read;
mod registration;
mod resources;
mod shortcuts;
mod token_exchange;
mod tokens;
mod trusted_issuers;
mod upstreams;

pub use client_keys::DemoKey;
pub use demo::{ClientKind, Demo, DemoApiKey, DemoClient, DemoMembership, DemoServiceAccount, DemoTenant, DemoUser};
pub use dialect::{Case, Dialect, Dialects, ErrorShape, Separator};
pub use endpoints::{Document, Endpoint, Endpoints, Route, Target, metadata_url};
pub use handover::Handover;

use super::problem::Loosening;
use crate::certificate::Authorities;
use grantd_core::gate::RouteTable;
use grantd_core::realm::Realm;
use std::path::PathBuf;
use std::sync::Arc;

/// One realm as a process serves it.
#[derive(Clone, Debug)]
pub struct RealmConfig {
    /// The rules.
    pub realm: Arc<Realm>,
    /// The addresses.
    pub endpoints: Endpoints,
    /// Who vouches for clients' certificates.
    pub authorities: Option<Authorities>,
    /// What calls of the platform's API need, for reverse proxies that ask.
    pub gate: RouteTable,
    /// How clients may spell requests beside the standard form.
    pub dialects: Dialects,
    /// The domain that passkeys are for, where one is named; the pages' host otherwise.
    pub rp_id: Option<Arc<str>>,
    /// Addresses of before that lead to pages.
    pub shortcuts: Vec<Shortcut>,
    /// Where the platform's own app logs users in and asks them.
    pub handover: Handover,
    /// The looks.
    pub branding: Branding,
    /// What `grantd dev` seeds; `serve` ignores it.
    pub demo: Demo,
    /// The file it came from; `<built-in>` for the built-in demo realm.
    pub source: PathBuf,
    /// Rules that the file loosens by name.
    pub loosenings: Vec<Loosening>,
    /// Every key with its value and where that is written, as `config show` tells it: secrets left out, what `grantd dev` seeds,
    /// and permissions and roles, which are [known](Self::realm) in another form.
    pub settings: Arc<serde_json::Value>,
}

impl RealmConfig {
    /// The host names at which clients are asked for certificates: that of the origin that the realm keeps for them, or all
    /// of its own; none where certificates mean nothing.
    #[must_use]
    pub fn asks_for_certificates_at(&self) -> Vec<String> {
        let origins = match self.endpoints.mtls_origin() {
            _ if !self.realm.mtls.enabled => Vec::new(),
            Some(origin) => vec![Arc::clone(origin)],
            None => self.endpoints.origins(),
        };
        origins
            .iter()
            .map(|origin| origin::host_name(origin).to_owned())
            .collect()
    }
}

/// An address that leads to a page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shortcut {
    /// Below the issuer.
    pub path: String,
    /// Below the pages' root: `console/applications`.
    pub page: String,
}

/// How a realm's pages look.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Branding {
    /// The name on the pages.
    pub display_name: String,
    /// An SVG, PNG or WebP file; `None` shows the name alone.
    pub logo: Option<PathBuf>,
    /// `#rrggbb`; `None` is the product's own.
    pub accent: Option<String>,
    /// Language tags that the pages are offered in, the preferred one first; empty for all there are.
    pub locales: Vec<String>,
}
