//! A realm's rules as valid types: one issuer with its lifetimes, formats, permissions and roles. It is made from
//! configuration once and then only read.

pub mod broker;
mod documents;
pub mod openid;
mod operator;
mod pairwise;
pub mod portal;
mod proof;
mod stored_roles;
pub mod tightenings;
mod trusted_issuer;
mod upstream;

pub use crate::permission::ExcessScope;
pub use broker::{Broker, BrokerKind, Rights};
pub use documents::DocumentPolicy;
pub use openid::{AuthenticationLevel, OpenidPolicy};
pub use operator::Operator;
pub use pairwise::PairwiseKey;
pub use portal::{PortalAccess, PortalPolicy};
pub use proof::{AssertionPolicy, DpopPolicy, MtlsPolicy, PushedPolicy, RequestObjectPolicy};
pub use stored_roles::StoredRoles;
pub use trusted_issuer::TrustedIssuer;
pub use upstream::{LinkBy, Unknown, Upstream};

use crate::details::kind::DetailType;
use crate::permission::Catalogue;
use crate::record::client::{GrantType, TokenEndpointAuthMethod};
use crate::record::{ClientRecord, TokenFormat, UserRecord};
use crate::registration::policy::RegistrationPolicy;
use grantd_jose::Algorithm;
use grantd_protocol::{ScopeSet, Seconds};
use std::collections::BTreeMap;
use std::sync::Arc;
use tightenings::Tightenings;

/// The dialect of a client that spells requests as the standards do, whatever its realm does.
pub const STANDARD_DIALECT: &str = "standard";

/// One realm.
#[derive(Clone, Debug)]
pub struct Realm {
    /// The name in configuration, in the store and on the command line.
    pub name: Arc<str>,
    /// The name that people see.
    pub display_name: String,
    /// The issuer identifier: configured, never taken from a request.
    pub issuer: Arc<str>,
    /// Other issuer identifiers that the realm answers to, each with endpoints of its own.
    pub aliases: Vec<Arc<str>>,
    /// Which security profile it keeps to.
    pub profile: Profile,
    /// Who must use PKCE.
    pub pkce: PkcePolicy,
    /// Access tokens.
    pub access: AccessPolicy,
    /// API keys.
    pub api_keys: ApiKeyPolicy,
    /// Refresh tokens.
    pub refresh: RefreshPolicy,
    /// Authorization codes.
    pub code: CodePolicy,
    /// Devices that ask without a browser.
    pub device: DevicePolicy,
    /// ID tokens.
    pub id_token: IdTokenPolicy,
    /// Browser sessions.
    pub session_lifetime: Seconds,
    /// Every permission that the platform's API checks.
    pub catalogue: Catalogue,
    /// Named sets of permissions, patterns allowed: those of the file, and those of the database beside them.
    pub roles: BTreeMap<Arc<str>, ScopeSet>,
    /// Which of them are of the database.
    pub stored_roles: StoredRoles,
    /// Who runs the realm, by the form under which usernames are unique
    /// ([`UserRecord::key_of`](UserRecord::key_of)).
    pub operators: BTreeMap<String, Operator>,
    /// What the realm's users may do as developers.
    pub portal: PortalPolicy,
    /// Tenants.
    pub tenants: TenantPolicy,
    /// The APIs that tokens can be for.
    pub resources: Vec<Resource>,
    /// The admin API as a resource, where the realm has it. It is none of the platform's: tokens are for it only where
    /// a request names it.
    pub api: Option<Resource>,
    /// What a request without `resource` gets as `aud`. The issuer where none is declared.
    pub default_resource: Arc<str>,
    /// What happens to a known scope that is not permitted.
    pub excess_scope: ExcessScope,
    /// Which ways of client authentication are accepted at all.
    pub auth_methods: Vec<TokenEndpointAuthMethod>,
    /// Clients' assertions.
    pub assertions: AssertionPolicy,
    /// Pushed authorization requests.
    pub pushed: PushedPolicy,
    /// Signed authorization requests.
    pub request_objects: RequestObjectPolicy,
    /// Tokens that are bound to a key.
    pub dpop: DpopPolicy,
    /// Certificates of clients.
    pub mtls: MtlsPolicy,
    /// Which tokens may be exchanged, by whom and for what; nothing else may.
    pub exchanges: Vec<ExchangePolicy>,
    /// Other servers that vouch for users; nobody else does.
    pub trusted_issuers: Vec<TrustedIssuer>,
    /// Other providers at which users may log in.
    pub upstreams: Vec<Upstream>,
    /// Which grant types are accepted at all.
    pub grant_types: Vec<GrantType>,
    /// How the ids of new clients look.
    pub client_ids: ClientIdShape,
    /// What an operator's new client is permitted before somebody chooses.
    pub new_client_permissions: NewClientPermissions,
    /// Who may register clients without an operator.
    pub registration: RegistrationPolicy,
    /// The names of the ways to spell requests that a client can be given, beside [`STANDARD_DIALECT`]. What they mean is
    /// the wire's business.
    pub dialects: Vec<Arc<str>>,
    /// Which clients may describe themselves in a document at their `client_id`.
    pub documents: DocumentPolicy,
    /// How users are named, and the levels of authentication.
    pub openid: OpenidPolicy,
    /// What can be asked for in detail (RFC 9396).
    pub details: Vec<DetailType>,
    /// Whether answers of the authorization endpoint can be had signed (JARM).
    pub signed_responses: bool,
    /// Rules that are tried out before they are enforced.
    pub tightenings: Tightenings,
}

impl Realm {
    /// Whether `issuer` is the realm's own or one of its aliases.
    #[must_use]
    pub fn answers_to(&self, issuer: &str) -> bool {
        &*self.issuer == issuer || self.aliases.iter().any(|alias| &**alias == issuer)
    }

    /// The declared resource that `asked` names, in its declared spelling (RFC 8707).
    #[must_use]
    pub fn resource(&self, asked: &str) -> Option<&Resource> {
        self.resources
            .iter()
            .chain(&self.api)
            .find(|resource| grantd_protocol::resource::is_same(&resource.identifier, asked))
    }

    /// Whom tokens of a client name as the one who may act for their subject (RFC 8693 section 4.4).
    #[must_use]
    pub fn may_act_for(&self, client_id: &str) -> Option<&Arc<str>> {
        let mut rows = self.exchanges.iter();
        let row = rows.find(|row| row.is_named && row.takes_tokens_of(client_id))?;
        Some(&row.client_id)
    }

    /// Whether the realm offers a grant type at all.
    #[must_use]
    pub fn offers(&self, grant_type: GrantType) -> bool {
        self.grant_types.contains(&grant_type)
    }

    /// What happens to a known scope that a client asks for and may not have. A client that registered itself asks
    /// for what it knows and is cut; one that somebody stands behind is told, unless the realm cuts there too.
    #[must_use]
    pub fn excess_for(&self, client: &ClientRecord) -> ExcessScope {
        if client.origin.is_vouched_for() {
            self.excess_scope
        } else {
            ExcessScope::Cut
        }
    }

    /// What a new client of an operator is permitted where nobody chose anything. Never asked for clients that
    /// register themselves or describe themselves in a document: those start with nothing.
    #[must_use]
    pub fn starting_permissions(&self) -> ScopeSet {
        match self.new_client_permissions {
            NewClientPermissions::None => ScopeSet::empty(),
            NewClientPermissions::All => {
                let permissions = self.catalogue.permissions().iter();
                permissions.map(|permission| &*permission.name).collect()
            }
        }
    }

    /// The operator that whoever logs in under this name is; `None` for those who run nothing.
    #[must_use]
    pub fn operator(&self, username: &str) -> Option<&Operator> {
        self.operators.get(&UserRecord::key_of(username))
    }

    /// The permissions of a role; none for an unknown one.
    #[must_use]
    pub fn role(&self, name: &str) -> ScopeSet {
        self.roles.get(name).cloned().unwrap_or_default()
    }
}

/// A security profile. Most of what one asks for is a value of the realm, set when its file is read; here is the rest.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Profile {
    /// None beyond OAuth 2.1.
    #[default]
    None,
    /// FAPI 2.0 Security Profile.
    Fapi2,
}

impl Profile {
    /// Whether what clients sign may be signed so (FAPI 2.0 section 5.4.1 names three).
    #[must_use]
    pub fn admits(self, algorithm: Algorithm) -> bool {
        let is_of_the_profile = matches!(algorithm, Algorithm::PS256 | Algorithm::ES256 | Algorithm::EdDSA);
        self != Self::Fapi2 || is_of_the_profile
    }
}

/// Who must use PKCE (RFC 7636; OAuth 2.1 section 4.1.1 asks it of everybody).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum PkcePolicy {
    /// Every client.
    #[default]
    Required,
    /// Public clients only: a named loosening for platforms whose confidential clients never had it.
    PublicClients,
}

/// How access tokens are made.
#[derive(Clone, Debug)]
pub struct AccessPolicy {
    /// Opaque or JWT, where the client does not say.
    pub format: TokenFormat,
    /// What JWTs are signed with.
    pub algorithm: Algorithm,
    /// The JOSE header's `typ`: `at+jwt` (RFC 9068), or `JWT` by a named loosening.
    pub typ: String,
    /// `expires_in`, where the client does not say.
    pub lifetime: Seconds,
    /// What opaque tokens begin with.
    pub prefix: String,
    /// How long one that somebody makes by hand may live at most.
    pub by_hand_lifetime: Seconds,
    /// Whether JWTs name a place in a status list, and how long a verifier may use a copy of one.
    pub status_list: Option<Seconds>,
}

/// How API keys are made.
#[derive(Clone, Debug)]
pub struct ApiKeyPolicy {
    /// Whether there are any. Switched off, no key is made, and none that exists is good.
    pub enabled: bool,
    /// What they begin with.
    pub prefix: String,
    /// How long one may live at most; no bound where absent.
    pub max_lifetime: Option<Seconds>,
}

/// How refresh tokens behave.
#[derive(Clone, Debug)]
pub struct RefreshPolicy {
    /// Who gets a new one with each use.
    pub rotation: Rotation,
    /// How long a retry of the last token gets the same successor.
    pub grace: Seconds,
    /// How long one lives unless it is used.
    pub idle: Seconds,
    /// How long a family lives whatever happens.
    pub absolute: Option<Seconds>,
    /// What they begin with.
    pub prefix: String,
    /// Whether one is issued only where `offline_access` was allowed.
    pub requires_offline_access: bool,
}

/// Whose refresh tokens rotate (RFC 9700 section 4.14.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Rotation {
    /// Everybody's.
    #[default]
    Always,
    /// Public clients' only; confidential clients keep theirs.
    PublicClients,
    /// Nobody's: a named loosening.
    Off,
}

/// How codes are made.
#[derive(Clone, Debug)]
pub struct CodePolicy {
    /// How long one can be redeemed.
    pub lifetime: Seconds,
    /// What they begin with.
    pub prefix: String,
}

/// How devices ask (RFC 8628).
#[derive(Clone, Debug)]
pub struct DevicePolicy {
    /// How long a user has to type the code.
    pub lifetime: Seconds,
    /// How long a device waits between two polls.
    pub interval: Seconds,
    /// What device codes begin with.
    pub prefix: String,
}

/// One client's right to exchange tokens (RFC 8693).
#[derive(Clone, Debug)]
pub struct ExchangePolicy {
    /// Who exchanges.
    pub client_id: Arc<str>,
    /// Whose tokens: ids of clients, `*` for everybody's.
    pub subject_clients: Vec<Arc<str>>,
    /// What they may be exchanged for: identifiers of declared resources.
    pub resources: Vec<Arc<str>>,
    /// The most that comes of it.
    pub scopes: ScopeSet,
    /// Whether the subjects' tokens name the client (`may_act`, RFC 8693 section 4.4), and only those are exchanged that do.
    pub is_named: bool,
}

impl ExchangePolicy {
    /// Whether tokens that were issued to this client may be exchanged.
    #[must_use]
    pub fn takes_tokens_of(&self, client_id: &str) -> bool {
        self.subject_clients
            .iter()
            .any(|one| &**one == "*" || &**one == client_id)
    }
}

/// How ID tokens are made.
#[derive(Clone, Debug)]
pub struct IdTokenPolicy {
    /// What they are signed with.
    pub algorithm: Algorithm,
    /// `exp - iat`.
    pub lifetime: Seconds,
}

/// How tenants take part.
#[derive(Clone, Debug)]
pub struct TenantPolicy {
    /// Whether users choose a tenant at consent.
    pub enabled: bool,
    /// The claim's name in tokens, introspection and userinfo.
    pub claim: String,
}

/// An API that tokens can be for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Resource {
    /// Its identifier as `aud` says it.
    pub identifier: Arc<str>,
    /// The name that people see.
    pub name: String,
    /// What permissions mean there, where it is a message broker.
    pub broker: Option<Broker>,
}

/// What an operator's new client starts with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum NewClientPermissions {
    /// Nothing.
    #[default]
    None,
    /// Every permission of the catalogue, one by one, so that each can be taken away: a named loosening.
    All,
}

/// How the ids of new clients look.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ClientIdShape {
    /// 24 letters and digits.
    #[default]
    Opaque,
    /// A number of so many digits.
    Digits(u8),
}

#[cfg(test)]
mod tests;
