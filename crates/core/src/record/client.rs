//! A client: an application, a service account, a desktop program.

use super::certificate_subject::CertificateSubject;
use super::client_openid::ClientOpenid;
use super::token_format::TokenFormat;
use crate::stored_hash::HashText;
use grantd_jose::JwkSet;
use grantd_protocol::redirect_uri::ApplicationType;
use grantd_protocol::{ScopeSet, Seconds, SecretHash, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How a client proves who it is at the token endpoint (RFC 7591 section 2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenEndpointAuthMethod {
    /// A public client: it has nothing to prove with.
    None,
    /// HTTP Basic.
    ClientSecretBasic,
    /// The secret in the body.
    ClientSecretPost,
    /// A JWT that it signed with one of its keys (RFC 7523).
    PrivateKeyJwt,
    /// A certificate that an authority of the realm issued to the name it registered (RFC 8705 section 2.1).
    TlsClientAuth,
    /// A certificate with one of the keys that it registered, whoever issued it (RFC 8705 section 2.2).
    SelfSignedTlsClientAuth,
}

impl TokenEndpointAuthMethod {
    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::TlsClientAuth => "tls_client_auth",
            Self::SelfSignedTlsClientAuth => "self_signed_tls_client_auth",
        }
    }

    /// Whether clients prove themselves by a secret that both sides know.
    #[must_use]
    pub const fn has_secret(self) -> bool {
        matches!(self, Self::ClientSecretBasic | Self::ClientSecretPost)
    }

    /// Whether clients prove themselves by the certificate of their connection.
    #[must_use]
    pub const fn has_certificate(self) -> bool {
        matches!(self, Self::TlsClientAuth | Self::SelfSignedTlsClientAuth)
    }

    /// Whether clients prove themselves by a key that they registered.
    #[must_use]
    pub const fn has_keys(self) -> bool {
        matches!(self, Self::PrivateKeyJwt | Self::SelfSignedTlsClientAuth)
    }
}

/// A grant type a client may use.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// RFC 6749 section 4.1, with PKCE.
    AuthorizationCode,
    /// RFC 6749 section 6.
    RefreshToken,
    /// RFC 6749 section 4.4.
    ClientCredentials,
    /// RFC 8628.
    #[serde(rename = "urn:ietf:params:oauth:grant-type:device_code")]
    DeviceCode,
    /// RFC 8693.
    #[serde(rename = "urn:ietf:params:oauth:grant-type:token-exchange")]
    TokenExchange,
    /// RFC 7523 section 2.1.
    #[serde(rename = "urn:ietf:params:oauth:grant-type:jwt-bearer")]
    JwtBearer,
}

impl GrantType {
    /// Every grant type this server knows.
    pub const ALL: &'static [Self] = &[
        Self::AuthorizationCode,
        Self::RefreshToken,
        Self::ClientCredentials,
        Self::DeviceCode,
        Self::TokenExchange,
        Self::JwtBearer,
    ];

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
            Self::TokenExchange => "urn:ietf:params:oauth:grant-type:token-exchange",
            Self::JwtBearer => "urn:ietf:params:oauth:grant-type:jwt-bearer",
        }
    }

    /// Whether a user allows it, so that a refresh token can come of it.
    #[must_use]
    pub const fn has_user(self) -> bool {
        matches!(self, Self::AuthorizationCode | Self::DeviceCode)
    }
}

/// How a client came to be, which decides how far it is trusted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientOrigin {
    /// Made by an operator.
    Console,
    /// Made by a registered developer.
    Portal,
    /// Registered itself (RFC 7591).
    Dynamic,
    /// Describes itself in a document at its `client_id`.
    MetadataDocument,
}

impl ClientOrigin {
    /// Whether somebody known stands behind the client. An unvouched client never gets a redirect before its user
    /// has seen a page (OAuth 2.1 section 7.13.2) and is never remembered silently.
    #[must_use]
    pub const fn is_vouched_for(self) -> bool {
        matches!(self, Self::Console | Self::Portal)
    }
}

/// What is kept of a client's secret.
#[derive(Clone, Debug)]
pub enum SecretProof {
    /// SHA-256 of the secret, which has full entropy.
    Quick(SecretHash),
    /// What another server made of it, proved slowly; the first proof replaces it by the other kind.
    Imported(HashText),
}

impl SecretProof {
    /// Whether this is of `secret`, as far as that can be told at once: never for an imported one. Constant time.
    #[must_use]
    pub fn matches(&self, secret: &[u8]) -> bool {
        match self {
            Self::Quick(hash) => hash.matches(secret),
            Self::Imported(_) => false,
        }
    }
}

impl Serialize for SecretProof {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Quick(hash) => hash.serialize(serializer),
            // Begins with a dollar sign, which no base64url does.
            Self::Imported(text) => serializer.serialize_str(text.expose()),
        }
    }
}

impl<'de> Deserialize<'de> for SecretProof {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.starts_with('$') {
            return Ok(Self::Imported(HashText::stored(text)));
        }
        SecretHash::deserialize(serde::de::value::StringDeserializer::new(text)).map(Self::Quick)
    }
}

/// One of a client's secrets; at most two are alive at a time, so that rotation needs no downtime.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClientSecret {
    /// What is compared with.
    pub hash: SecretProof,
    /// The last four characters, to tell two secrets apart by eye.
    pub last_four: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends, if it does.
    pub expires_at: Option<Timestamp>,
}

/// What a client is held to: a request in its name that does less is not its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ClientDuties {
    /// `require_pushed_authorization_requests` (RFC 9126 section 6).
    #[serde(default)]
    pub pushes: bool,
    /// `require_signed_request_object` (RFC 9101 section 10.5).
    #[serde(default)]
    pub signs: bool,
    /// `dpop_bound_access_tokens` (RFC 9449 section 5.2).
    #[serde(default)]
    pub binds: bool,
    /// `tls_client_certificate_bound_access_tokens` (RFC 8705 section 3.4).
    #[serde(default)]
    pub binds_to_certificate: bool,
}

impl ClientDuties {
    /// Each with its registered name.
    #[must_use]
    pub const fn named(self) -> [(&'static str, bool); 4] {
        [
            ("require_pushed_authorization_requests", self.pushes),
            ("require_signed_request_object", self.signs),
            ("dpop_bound_access_tokens", self.binds),
            ("tls_client_certificate_bound_access_tokens", self.binds_to_certificate),
        ]
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// What a client says about itself, beside its name. Nothing is decided by it and nothing is fetched from it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ClientAbout {
    /// Its home page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    /// Its picture. Pages never load it from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    /// Its terms of service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    /// Its privacy policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    /// Whom to ask about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    /// The software, the same for all of its installations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    /// The software's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
}

/// One client of one realm.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClientRecord {
    /// The realm's name.
    pub realm: Arc<str>,
    /// `client_id`, unique in the realm.
    pub client_id: Arc<str>,
    /// Counts up with every change; the precondition of the next one.
    pub version: u64,
    /// The name that users see.
    pub name: String,
    /// Web or native.
    pub application_type: ApplicationType,
    /// How it came to be.
    pub origin: ClientOrigin,
    /// The verified publisher's domain, if an operator verified one.
    #[serde(default)]
    pub verified_domain: Option<String>,
    /// How it authenticates. A client registered for Basic may use the body form as well, and the other way round,
    /// only where the realm says so.
    pub auth_method: TokenEndpointAuthMethod,
    /// The live secrets, newest first; empty for a public client.
    pub secrets: Vec<ClientSecret>,
    /// Its public keys, registered by value (`jwks` of RFC 7591): what its assertions and request objects are checked with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<JwkSet>,
    /// The name that its certificate has, where it authenticates with one that an authority issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_subject: Option<CertificateSubject>,
    /// What it must do beyond what its realm asks of everybody.
    #[serde(default, skip_serializing_if = "ClientDuties::is_none")]
    pub duties: ClientDuties,
    /// What it registered of OpenID Connect beside its redirect URIs.
    #[serde(default, skip_serializing_if = "ClientOpenid::is_none")]
    pub openid: ClientOpenid,
    /// Where codes may be sent, as raw text.
    pub redirect_uris: Vec<String>,
    /// Where the browser may return to after logout.
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    /// What it may do at the token endpoint.
    pub grant_types: Vec<GrantType>,
    /// The most it may ever be permitted: scopes and patterns.
    pub scopes: ScopeSet,
    /// What a request without `scope` asks for.
    pub default_scopes: ScopeSet,
    /// What a user may leave out at consent.
    #[serde(default)]
    pub optional_scopes: ScopeSet,
    /// Token format where it differs from the realm's.
    #[serde(default)]
    pub token_format: Option<TokenFormat>,
    /// Lifetime of access tokens where it differs from the realm's.
    #[serde(default)]
    pub access_lifetime: Option<Seconds>,
    /// The tenant a machine client acts in (a service account).
    #[serde(default)]
    pub tenant: Option<Arc<str>>,
    /// The role it has in that tenant; what it may do is bounded by both.
    #[serde(default)]
    pub role: Option<Arc<str>>,
    /// A resource server's own identifiers: it may introspect tokens with such an `aud`.
    #[serde(default)]
    pub resources: Vec<Arc<str>>,
    /// The name of how it spells requests, where it is not the realm's own way. A matter of the wire: nothing is ever
    /// decided by it here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialect: Option<Arc<str>>,
    /// What it says about itself.
    #[serde(default)]
    pub about: ClientAbout,
    /// The hash of the token with which a client that registered itself manages its registration (RFC 7592).
    #[serde(default)]
    pub registration_token: Option<SecretHash>,
    /// For a client that describes itself in a document: when its keys or redirect URIs last changed. What a user
    /// allowed before that was allowed to something else.
    #[serde(default)]
    pub changed_hands_at: Option<Timestamp>,
    /// A disabled client is told the same as an unknown one.
    pub enabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl ClientRecord {
    /// Whether the client has nothing to authenticate with.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.auth_method == TokenEndpointAuthMethod::None
    }

    /// Whether it may use a grant type.
    #[must_use]
    pub fn may_use(&self, grant_type: GrantType) -> bool {
        self.grant_types.contains(&grant_type)
    }
}
