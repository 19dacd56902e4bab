//! Client authentication (RFC 6749 section 2.3; OAuth 2.1 section 2.4): what a request presents, and whether it
//! proves the client. Every failure of proof is the same `invalid_client`, so nobody learns which half was wrong.

pub mod basic;
pub mod certificate;
pub mod distinguished_name;
pub mod imported;
pub(crate) mod nobody;
pub mod private_key_jwt;

use crate::dpop::Proof;
use crate::realm::Realm;
use crate::record::client::TokenEndpointAuthMethod;
use crate::record::{Binding, ClientRecord, ClientSecret, SecretProof};
use crate::refusal::NOT_AUTHENTICATED;
use crate::single_use::SingleUse;
use basic::BasicCredentials;
use certificate::Certificate;
use grantd_jose::{JwkSet, Thumbprint};
use grantd_protocol::{ErrorCode, OAuthError, RawParams, Secret, SecretHash, Timestamp};
use private_key_jwt::Assertion;
use std::sync::Arc;

/// What a request presents about its client; nothing of it is checked yet.
#[derive(Debug)]
pub struct Presented {
    /// Candidates for the client's id, the likelier first. More than one only where HTTP Basic credentials can be
    /// read in two ways.
    pub client_ids: Vec<String>,
    /// The `client_id` that stands beside HTTP Basic credentials.
    named: Option<String>,
    proof: Credential,
}

#[derive(Debug)]
enum Credential {
    None,
    Basic(BasicCredentials),
    Post(Secret),
    Assertion(Box<Assertion>),
}

/// Where and when a client authenticates, and what the server knows of its keys.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The realm.
    pub realm: &'a Realm,
    /// The issuer identifier that was addressed: the realm's own or an alias.
    pub issuer: &'a str,
    /// The URL of that issuer's token endpoint.
    pub token_endpoint: &'a str,
    /// Keys that were fetched for the client; looked at where it has none registered by value.
    pub fetched_keys: Option<&'a JwkSet>,
    /// The certificate of the connection, where the realm has anything to do with certificates.
    pub certificate: Option<&'a Certificate>,
    /// The instant of the decision.
    pub now: Timestamp,
}

/// A client that proved who it is, or a public client that has nothing to prove with. Only [`authenticate`] makes
/// one.
#[derive(Clone, Debug)]
pub struct AuthenticatedClient {
    record: Arc<ClientRecord>,
    used: Vec<SingleUse>,
    bound_to: Option<Binding>,
}

impl std::ops::Deref for AuthenticatedClient {
    type Target = ClientRecord;

    fn deref(&self) -> &ClientRecord {
        &self.record
    }
}

impl AuthenticatedClient {
    /// The shared record.
    #[must_use]
    pub fn record(&self) -> &Arc<ClientRecord> {
        &self.record
    }

    /// What its proofs spend: an assertion and a proof of possession can be used once. Whatever becomes of the request,
    /// the change that is committed for it must spend these.
    #[must_use]
    pub fn used(&self) -> &[SingleUse] {
        &self.used
    }

    /// The key that the request proved to hold (RFC 9449).
    #[must_use]
    pub fn key(&self) -> Option<Thumbprint> {
        self.bound_to.and_then(Binding::key)
    }

    /// What the tokens of the request are bound to.
    #[must_use]
    pub const fn bound_to(&self) -> Option<Binding> {
        self.bound_to
    }

    /// What a refresh token is bound to: a public client's to the same as its access token, a confidential client's to its
    /// authentication, whatever else (RFC 9449 section 5, RFC 8705 section 4).
    #[must_use]
    pub fn refresh_bound_to(&self) -> Option<Binding> {
        self.bound_to.filter(|_| self.is_public())
    }

    /// The same client with its tokens bound to what the request proved.
    pub(crate) fn bound(mut self, binding: Binding) -> Self {
        self.bound_to = Some(binding);
        self
    }

    /// The same client with a proof of possession.
    #[must_use]
    pub fn proving(mut self, proof: Proof) -> Self {
        let key = Binding::Key(proof.key());
        self.used.push(proof.into_used());
        self.bound(key)
    }
}

/// Client authentication failed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{error}")]
pub struct AuthFailure {
    /// What the client is told.
    pub error: OAuthError,
    /// Whether the `Authorization` header was used, with whatever scheme: the reply then says in `WWW-Authenticate` which one
    /// is taken there (RFC 6749 section 5.2).
    pub header_tried: bool,
}

impl AuthFailure {
    /// Whether the client proved itself and named another one: a mistake, and no guess at a secret.
    #[must_use]
    pub fn names_another(&self) -> bool {
        self.error == ANOTHER_CLIENT
    }
}

impl From<AuthFailure> for OAuthError {
    fn from(failure: AuthFailure) -> Self {
        failure.error
    }
}

impl Presented {
    /// Reads the `Authorization` header and the body's parameters.
    ///
    /// # Errors
    /// `invalid_request` for two methods at once (RFC 6749 section 2.3), two different client ids or a credential that
    /// repeats; `invalid_client` where nothing identifies a client, or the header cannot be read.
    pub fn read(params: &RawParams, authorization: Option<&str>) -> Result<Self, AuthFailure> {
        let header_tried = authorization.is_some();
        let fail = |error| AuthFailure { error, header_tried };
        // Two values would let two readers of one request see two clients.
        if CREDENTIALS.iter().any(|name| params.is_repeated(name)) {
            return Err(fail(REPEATED));
        }
        let asserts = params.get("client_assertion").is_some() || params.get("client_assertion_type").is_some();
        if asserts && (authorization.is_some() || params.get("client_secret").is_some()) {
            return Err(fail(TWO_METHODS));
        }
        if let Some(assertion) = Assertion::read(params).map_err(fail)? {
            return Ok(Self {
                client_ids: vec![assertion.client_id().to_owned()],
                named: None,
                proof: Credential::Assertion(Box::new(assertion)),
            });
        }
        let client_id = params.get("client_id");
        let secret = params.get("client_secret");
        match (authorization, secret) {
            (Some(_), Some(_)) => Err(fail(TWO_METHODS)),
            (Some(header), None) => Self::read_basic(header, client_id).map_err(fail),
            (None, secret) => {
                let id = client_id
                    .ok_or_else(|| fail(OAuthError::invalid_client("no client authentication was included")))?;
                let proof = secret.map_or(Credential::None, |secret| {
                    Credential::Post(Secret::new(secret.to_owned()))
                });
                Ok(Self {
                    client_ids: vec![id.to_owned()],
                    named: None,
                    proof,
                })
            }
        }
    }

    fn read_basic(header: &str, client_id: Option<&str>) -> Result<Self, OAuthError> {
        let credentials = BasicCredentials::parse(header).ok_or(NOT_AUTHENTICATED)?;
        let client_ids = credentials.client_ids();
        if client_id.is_some_and(|id| !client_ids.iter().any(|candidate| candidate == id)) {
            return Err(ANOTHER_CLIENT);
        }
        Ok(Self {
            client_ids,
            named: client_id.map(str::to_owned),
            proof: Credential::Basic(credentials),
        })
    }

    /// Whether HTTP Basic was used.
    #[must_use]
    pub const fn is_basic(&self) -> bool {
        matches!(self.proof, Credential::Basic(_))
    }
}

const CREDENTIALS: &[&str] = &[
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
];
const TWO_METHODS: OAuthError = OAuthError::invalid_request("only one method of client authentication may be used");
const ANOTHER_CLIENT: OAuthError =
    OAuthError::invalid_request("client_id differs from the client of the Authorization header");
const REPEATED: OAuthError = OAuthError::invalid_request("client credentials must not be included more than once");

/// Decides whether `presented` proves `client`.
///
/// An unknown client costs the same work as a wrong secret, and gets the same answer.
///
/// # Errors
/// `invalid_client`, the same for every reason; `invalid_request` for a client that proved itself and names another one.
pub fn authenticate(
    presented: &Presented,
    client: Option<&Arc<ClientRecord>>,
    setting: &Setting<'_>,
) -> Result<AuthenticatedClient, AuthFailure> {
    let (realm, now) = (setting.realm, setting.now);
    let fail = || AuthFailure {
        error: NOT_AUTHENTICATED,
        header_tried: presented.is_basic(),
    };
    let Some(client) = client.filter(|client| presented.may_prove(client, realm)) else {
        let _ = presented.is_proved_by(&[decoy()], now);
        if let Credential::Assertion(assertion) = &presented.proof {
            assertion.prove_in_vain(setting);
        }
        return Err(fail());
    };
    let used = match &presented.proof {
        Credential::None if !client.auth_method.has_certificate() => Vec::new(),
        Credential::None if shows_certificate(client, setting) => Vec::new(),
        Credential::Basic(_) | Credential::Post(_) if presented.is_proved_by(&client.secrets, now) => Vec::new(),
        Credential::Assertion(assertion) => vec![assertion.prove(client, setting).ok_or_else(fail)?],
        Credential::None | Credential::Basic(_) | Credential::Post(_) => return Err(fail()),
    };
    // Of two readings of a header, the one that was named must be the one that was proved.
    if presented.named.as_ref().is_some_and(|id| **id != *client.client_id) {
        return Err(AuthFailure {
            error: ANOTHER_CLIENT,
            header_tried: presented.is_basic(),
        });
    }
    Ok(AuthenticatedClient {
        record: Arc::clone(client),
        used,
        bound_to: None,
    })
}

fn shows_certificate(client: &ClientRecord, setting: &Setting<'_>) -> bool {
    let proves = |shown| certificate::proves(shown, client, setting.fetched_keys, setting.now);
    setting.realm.mtls.enabled && setting.certificate.is_some_and(proves)
}

impl Presented {
    /// Whether the record is of a client that could be proved in this way, whatever its secrets are.
    fn may_prove(&self, client: &ClientRecord, realm: &Realm) -> bool {
        let method_fits = match self.proof {
            Credential::None => {
                client.auth_method == TokenEndpointAuthMethod::None || client.auth_method.has_certificate()
            }
            Credential::Basic(_) => client.auth_method == TokenEndpointAuthMethod::ClientSecretBasic,
            // RFC 6749 section 2.3.1: whoever has a password may send it as Basic; the body is the alternative form of
            // the same secret, so a client registered for Basic is not turned away for using it.
            Credential::Post(_) => client.auth_method.has_secret(),
            Credential::Assertion(_) => client.auth_method == TokenEndpointAuthMethod::PrivateKeyJwt,
        };
        let method_allowed = realm.auth_methods.contains(&self.method_of(client));
        client.enabled && self.names(client, realm) && method_fits && method_allowed
    }

    /// Whether the record is of a client that was named, and of this realm: the proof is of the one who presents it,
    /// whatever record a caller looked up.
    fn names(&self, client: &ClientRecord, realm: &Realm) -> bool {
        client.realm == realm.name && self.client_ids.iter().any(|id| **id == *client.client_id)
    }

    const fn method_of(&self, client: &ClientRecord) -> TokenEndpointAuthMethod {
        match self.proof {
            // Nothing in the request, or something on the connection.
            Credential::None => client.auth_method,
            Credential::Basic(_) => TokenEndpointAuthMethod::ClientSecretBasic,
            Credential::Post(_) => TokenEndpointAuthMethod::ClientSecretPost,
            Credential::Assertion(_) => TokenEndpointAuthMethod::PrivateKeyJwt,
        }
    }

    /// Which of a client's secrets was presented, alive or not. For people, after the decision: it tells by its time how
    /// many secrets there are.
    #[must_use]
    pub fn secret_of<'c>(&self, client: &'c ClientRecord) -> Option<&'c ClientSecret> {
        let alone = |secret: &&ClientSecret| self.is_proved_by(std::slice::from_ref(*secret), secret.created_at);
        client.secrets.iter().find(alone)
    }

    /// Whether one of the secrets that are alive at `now` was presented. Looks at all of them: which one matched, or
    /// how many there are, must not show in the time it takes.
    fn is_proved_by(&self, secrets: &[ClientSecret], now: Timestamp) -> bool {
        let mut proved = false;
        for secret in secrets {
            let alive = secret.expires_at.is_none_or(|end| now < end);
            let matches = match &self.proof {
                Credential::None | Credential::Assertion(_) => false,
                Credential::Basic(credentials) => {
                    credentials.secrets().any(|text| secret.hash.matches(text.as_bytes()))
                }
                Credential::Post(text) => secret.hash.matches(text.expose().as_bytes()),
            };
            proved |= alive && matches;
        }
        proved
    }
}

fn decoy() -> ClientSecret {
    ClientSecret {
        hash: SecretProof::Quick(SecretHash::from_bytes([0; 32])),
        first_four: String::new(),
        last_four: String::new(),
        created_at: Timestamp::default(),
        expires_at: None,
    }
}

/// `unauthorized_client` unless the client is registered for the grant type.
///
/// # Errors
/// `unauthorized_client` (RFC 6749 section 5.2).
pub fn require_grant_type(
    client: &ClientRecord,
    grant_type: crate::record::client::GrantType,
) -> Result<(), OAuthError> {
    if client.may_use(grant_type) {
        Ok(())
    } else {
        Err(OAuthError::new(
            ErrorCode::UnauthorizedClient,
            "the client is not registered for this grant type",
        ))
    }
}

#[cfg(test)]
mod tests;
