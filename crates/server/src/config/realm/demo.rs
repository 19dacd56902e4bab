//! Demo data: users, tenants and clients that `grantd dev` seeds, so that a realm can be tried at once.

use super::client_keys::DemoKey;
use grantd_core::record::client::GrantType;
use grantd_core::record::{ClientDuties, ClientOpenid, TokenEndpointAuthMethod};
use grantd_jose::JwkSet;
use grantd_protocol::redirect_uri::ApplicationType;
use grantd_protocol::{ScopeSet, Secret};
use std::sync::Arc;

/// Everything to seed.
#[derive(Clone, Debug, Default)]
pub struct Demo {
    /// People.
    pub users: Vec<DemoUser>,
    /// Tenants.
    pub tenants: Vec<DemoTenant>,
    /// Applications.
    pub clients: Vec<DemoClient>,
    /// Clients with a role in a tenant.
    pub service_accounts: Vec<DemoServiceAccount>,
    /// API keys.
    pub api_keys: Vec<DemoApiKey>,
}

/// Somebody who can log in.
#[derive(Clone, Debug)]
pub struct DemoUser {
    /// What they type.
    pub username: String,
    /// Their password.
    pub password: Secret,
    /// Claims of OpenID Connect Core section 5.1.
    pub claims: serde_json::Map<String, serde_json::Value>,
    /// Where they belong.
    pub tenants: Vec<DemoMembership>,
}

/// One place in one tenant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DemoMembership {
    /// The tenant's identifier.
    pub tenant: Arc<str>,
    /// A role of the realm.
    pub role: Arc<str>,
}

/// One tenant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DemoTenant {
    /// What the tenant claim says.
    pub id: Arc<str>,
    /// What people see.
    pub name: String,
}

/// What sort of program a client is; it decides the defaults.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClientKind {
    /// A confidential web application.
    Web,
    /// A public program on a device or in a browser.
    Native,
    /// A program that acts for itself.
    Machine,
    /// An API that introspects tokens.
    ResourceServer,
}

/// One application.
#[derive(Clone, Debug)]
pub struct DemoClient {
    /// What people see.
    pub name: String,
    /// What sort of program it is.
    pub kind: ClientKind,
    /// A fixed `client_id`; drawn when absent.
    pub client_id: Option<Arc<str>>,
    /// A fixed secret; drawn when absent, and never there for a public client.
    pub client_secret: Option<Secret>,
    /// Web or native, from the kind.
    pub application_type: ApplicationType,
    /// How it authenticates, from the kind unless written.
    pub auth_method: TokenEndpointAuthMethod,
    /// Its own key with the private half, where it is announced.
    pub private_key: Option<DemoKey>,
    /// Its public keys.
    pub jwks: Option<JwkSet>,
    /// The name that its certificate has.
    pub certificate_subject: Option<grantd_core::record::CertificateSubject>,
    /// What it is held to.
    pub duties: ClientDuties,
    /// What it has of OpenID Connect beside its redirect URIs.
    pub openid: ClientOpenid,
    /// Where codes may be sent.
    pub redirect_uris: Vec<String>,
    /// Where the browser may return to after logout.
    pub post_logout_redirect_uris: Vec<String>,
    /// What it may do at the token endpoint, from the kind unless written.
    pub grant_types: Vec<GrantType>,
    /// The most it may ever be permitted.
    pub scopes: ScopeSet,
    /// What a request without `scope` asks for.
    pub default_scopes: ScopeSet,
    /// What a user may leave out at consent.
    pub optional_scopes: ScopeSet,
    /// The tenant and the role of a machine that acts in one.
    pub service: Option<(Arc<str>, Arc<str>)>,
    /// Its own identifiers as a resource: it may introspect tokens with such an `aud`.
    pub resources: Vec<Arc<str>>,
    /// Its dialect, where it is not the realm's.
    pub dialect: Option<Arc<str>>,
}

/// One service account: a machine client with a role in a tenant.
#[derive(Clone, Debug)]
pub struct DemoServiceAccount {
    /// What people see.
    pub name: String,
    /// A fixed `client_id`; drawn when absent.
    pub client_id: Option<Arc<str>>,
    /// A fixed secret; drawn when absent.
    pub client_secret: Option<Secret>,
    /// The tenant it acts in.
    pub tenant: Arc<str>,
    /// Its role there.
    pub role: Arc<str>,
    /// The most it may ever be permitted; within the role all the same.
    pub scopes: ScopeSet,
    /// What a request without `scope` asks for.
    pub default_scopes: ScopeSet,
    /// Its dialect, where it is not the realm's.
    pub dialect: Option<Arc<str>>,
}

/// One API key.
#[derive(Clone, Debug)]
pub struct DemoApiKey {
    /// What people see.
    pub name: String,
    /// A fixed key; drawn when absent.
    pub key: Option<Secret>,
    /// The tenant it acts in, where the realm has tenants.
    pub tenant: Option<Arc<str>>,
    /// What it permits.
    pub scopes: ScopeSet,
}
