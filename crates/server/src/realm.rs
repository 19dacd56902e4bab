//! One realm as this process serves it: its configuration, its keys, and what can be prepared once.

use crate::api::{VERSION, openapi};
use crate::config::RealmConfig;
use crate::keys::{CheckedTokens, Ring};
use crate::oauth::discovery::{self, Document, Documents};
use crate::router::page_base;
use bytes::Bytes;
use grantd_jose::{base64url_encode, sha256};
use grantd_pages::{Accent, LocalUrl, Locale, Shell};
use grantd_store::AnyStore;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// The description of the realm's admin API.
pub struct Openapi {
    /// The bytes.
    pub body: Bytes,
    /// Their tag.
    pub etag: String,
}

/// For whom passkeys are.
pub struct RelyingParty {
    /// Its id: a domain.
    pub id: Arc<str>,
    /// The origin that the user's browser shows.
    pub origin: String,
}

/// One realm.
pub struct ServedRealm {
    /// What its file says.
    pub config: Arc<RealmConfig>,
    /// Its signing keys.
    pub ring: Arc<Ring<AnyStore>>,
    /// Its access tokens whose signatures were checked.
    pub checked: CheckedTokens,
    /// Whether this is `grantd dev`.
    pub development: bool,
    documents: HashMap<Arc<str>, Documents>,
    openapi: Option<Openapi>,
    resource_documents: Vec<Document>,
    /// Of each issuer: where its pages stand.
    places: Vec<(Arc<str>, PagePlace)>,
    accent: Accent,
}

/// Where the pages of an issuer stand.
#[derive(Clone)]
struct PagePlace {
    origin: String,
    /// Without a closing slash.
    path: String,
}

impl ServedRealm {
    /// Prepares a realm.
    #[must_use]
    pub fn new(config: Arc<RealmConfig>, ring: Arc<Ring<AnyStore>>, development: bool) -> Arc<Self> {
        let documents = config
            .endpoints
            .issuers()
            .map(|issuer| (Arc::clone(issuer), discovery::documents(&config, issuer)))
            .collect();
        let resources = config.realm.resources.iter();
        let resource_documents = resources
            .map(|resource| discovery::resource_document(&config, resource))
            .collect();
        let accent = config
            .branding
            .accent
            .as_deref()
            .and_then(|accent| Accent::parse(accent).ok())
            .unwrap_or_default();
        let issuers = config.endpoints.issuers();
        let places = issuers
            .map(|issuer| (Arc::clone(issuer), PagePlace::of(&config, issuer)))
            .collect();
        let openapi = config.realm.api.as_ref().map(|_| described(&config));
        Arc::new(Self {
            openapi,
            config,
            ring,
            checked: CheckedTokens::default(),
            development,
            documents,
            resource_documents,
            places,
            accent,
        })
    }

    /// The same realm as another configuration has it, with the same keys.
    #[must_use]
    pub fn under(self: &Arc<Self>, config: Arc<RealmConfig>) -> Arc<Self> {
        if Arc::ptr_eq(&self.config, &config) {
            return Arc::clone(self);
        }
        Self::new(config, Arc::clone(&self.ring), self.development)
    }

    /// The realm's name.
    #[must_use]
    pub fn name(&self) -> &Arc<str> {
        &self.config.realm.name
    }

    /// The metadata of one of the realm's issuer identifiers.
    #[must_use]
    pub fn documents(&self, issuer: &str) -> Option<&Documents> {
        self.documents.get(issuer)
    }

    /// The description of the realm's admin API, where it has one.
    #[must_use]
    pub const fn openapi(&self) -> Option<&Openapi> {
        self.openapi.as_ref()
    }

    /// The metadata of one of the realm's resources, by position.
    #[must_use]
    pub fn resource_document(&self, index: usize) -> Option<&Document> {
        self.resource_documents.get(index)
    }

    /// The realm's colour.
    #[must_use]
    pub const fn accent(&self) -> Accent {
        self.accent
    }

    /// Whether browsers reach the pages over TLS: decides how cookies are marked.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        is_secure(&self.config)
    }

    /// Scheme and host that the user's browser shows.
    #[must_use]
    pub fn page_origin(&self, issuer: &str) -> String {
        self.place(issuer).origin.clone()
    }

    fn place(&self, issuer: &str) -> Cow<'_, PagePlace> {
        match self.places.iter().find(|(known, _)| **known == *issuer) {
            Some((_, place)) => Cow::Borrowed(place),
            None => Cow::Owned(PagePlace::of(&self.config, issuer)),
        }
    }

    /// For whom passkeys are on the pages of an issuer; `None` where there can be none.
    #[must_use]
    pub fn relying_party(&self, issuer: &str) -> Option<RelyingParty> {
        let origin = self.page_origin(issuer);
        let id = self.config.rp_id_at(&origin)?;
        Some(RelyingParty { id, origin })
    }

    /// A path of the pages of an issuer: `login`, `consent`, `` for their root.
    #[must_use]
    pub fn page_path(&self, issuer: &str, page: &str) -> String {
        [&*self.place(issuer).path, "/", page].concat()
    }

    /// The path of the authorization endpoint of an issuer.
    #[must_use]
    pub fn authorize_path(&self, issuer: &str) -> String {
        crate::interaction::home::endpoint_path(&self.config, issuer, crate::config::Endpoint::Authorize)
    }

    /// What surrounds a page; `None` only for a path that cannot be one, which configuration refuses.
    #[must_use]
    pub fn shell(&self, issuer: &str, locale: Locale) -> Option<Shell> {
        Some(Shell {
            locale,
            realm: self.config.branding.display_name.clone(),
            logo: None,
            accent: self.accent,
            base: LocalUrl::parse(&self.page_path(issuer, "")).ok()?,
        })
    }
}

impl PagePlace {
    fn of(config: &RealmConfig, issuer: &str) -> Self {
        let (host, path) = page_base(config, issuer);
        let scheme = if is_secure(config) { "https" } else { "http" };
        Self {
            origin: format!("{scheme}://{host}"),
            path,
        }
    }
}

fn is_secure(config: &RealmConfig) -> bool {
    config
        .endpoints
        .url(crate::config::Endpoint::Authorize)
        .starts_with("https://")
}

fn described(config: &RealmConfig) -> Openapi {
    let url = |endpoint| config.endpoints.url(endpoint);
    let server = format!("{}{VERSION}", url(crate::config::Endpoint::Api));
    let document = openapi::document(&server, url(crate::config::Endpoint::Token));
    let body = serde_json::to_vec(&document).unwrap_or_default();
    let etag = format!("\"{}\"", base64url_encode(sha256(&body)));
    Openapi {
        body: body.into(),
        etag,
    }
}
