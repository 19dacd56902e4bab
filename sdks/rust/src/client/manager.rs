//! The token manager: a caller gives credentials and scopes, calls an API, and never sees a token.

use super::cache_key::Purpose;
use super::device::DeviceLogin;
use super::dpop_key::DpopKey;
use super::keeper::{Acquire, Keeper, Keeping};
use super::login::Login;
use super::source::{Token, TokenFuture, TokenSource};
use super::store::TokenStore;
use super::token_endpoint::TokenEndpoint;
use super::token_set::TokenSet;
use crate::clock::{Clock, SystemClock, random_fraction};
use crate::error::{Error, OAuthRefusal};
use crate::exchange::{Form, Http, ReqwestTransport, TIMEOUT, Transport};
use crate::flight::locked;
use crate::oauth::credentials::Credentials;
use crate::oauth::metadata::MetadataSource;
use grantd_protocol::Secret;
use grantd_protocol::scope::is_token;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How many purposes one manager knows at most.
const MAX_PURPOSES: usize = 1000;

/// Gets, keeps and replaces access tokens. Cheap to clone; clones share their tokens.
///
/// Made by [`TokenManager::builder`], it acts for the client itself (client credentials). For a user see
/// [`TokenManagerBuilder::login`], [`TokenManagerBuilder::device_login`] and [`TokenManagerBuilder::for_user`].
#[derive(Clone)]
pub struct TokenManager {
    own: Arc<Own>,
    purpose: Arc<Purpose>,
    keeper: Keeper,
}

/// What managers of one client share.
struct Own {
    endpoint: Arc<TokenEndpoint>,
    keeping: Keeping,
    keepers: Mutex<HashMap<String, Keeper>>,
}

/// What a manager is made with.
#[derive(Clone)]
pub struct TokenManagerBuilder {
    issuer: String,
    credentials: Credentials,
    scopes: Vec<String>,
    resource: Option<String>,
    store: Option<Arc<dyn TokenStore>>,
    dpop: Option<DpopKey>,
    timeout: Duration,
    transport: Option<Arc<dyn Transport>>,
    clock: Arc<dyn Clock>,
    jitter: Arc<dyn Fn() -> f64 + Send + Sync>,
}

impl TokenManager {
    /// Begins a manager for this client at this issuer, which is named byte for byte as its metadata names it.
    pub fn builder(issuer: impl Into<String>, credentials: Credentials) -> TokenManagerBuilder {
        TokenManagerBuilder {
            issuer: issuer.into(),
            credentials,
            scopes: Vec::new(),
            resource: None,
            store: None,
            dpop: None,
            timeout: TIMEOUT,
            transport: None,
            clock: Arc::new(SystemClock),
            jitter: Arc::new(random_fraction),
        }
    }

    /// The same client with other scopes: another token.
    ///
    /// # Errors
    /// [`Error::Configuration`] for what is no scope, and for a user's manager, whose tokens have the scopes of the login.
    pub fn with_scopes<S: Into<String>>(&self, scopes: impl IntoIterator<Item = S>) -> Result<Self, Error> {
        let scopes = checked(scopes)?;
        self.for_purpose(Purpose {
            scopes,
            ..(*self.purpose).clone()
        })
    }

    /// The same client for another API: another token.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a user's manager, whose tokens are for the API of the login.
    pub fn for_resource(&self, resource: impl Into<String>) -> Result<Self, Error> {
        self.for_purpose(Purpose {
            resource: Some(resource.into()),
            ..(*self.purpose).clone()
        })
    }

    /// All tokens, the access token good: for what is neither a call nor a retry.
    ///
    /// # Errors
    /// As [`TokenSource::token`].
    pub async fn tokens(&self) -> Result<TokenSet, Error> {
        self.keeper.tokens().await
    }

    /// Logs the user out: ends the refresh token and everything that came from it, at the server and here. For a client
    /// itself it ends the access token.
    ///
    /// # Errors
    /// When that is not certain. The tokens are kept then.
    pub async fn revoke(&self) -> Result<(), Error> {
        if let Some(known) = self.keeper.peek().await? {
            let token = known.refresh_token().unwrap_or_else(|| known.access_token());
            let form = Form::default().with("token", token);
            self.own.endpoint.post("revocation_endpoint", form).await?;
        }
        self.keeper.forget().await
    }

    fn for_purpose(&self, purpose: Purpose) -> Result<Self, Error> {
        if purpose.subject.is_some() {
            return Err(Error::configuration(
                "a user's token has the scopes and the resource of the login",
            ));
        }
        Ok(Self {
            own: Arc::clone(&self.own),
            keeper: self.own.keeper(&purpose),
            purpose: Arc::new(purpose),
        })
    }
}

impl TokenSource for TokenManager {
    fn token(&self) -> TokenFuture<'_> {
        self.keeper.token()
    }

    fn refused(&self, token: &Token) {
        self.keeper.refuse(token);
    }

    fn proof_key(&self) -> Option<&DpopKey> {
        self.own.endpoint.dpop.as_ref()
    }
}

impl fmt::Debug for TokenManager {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("TokenManager")
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}

impl Own {
    fn keeper(&self, purpose: &Purpose) -> Keeper {
        let mut keepers = locked(&self.keepers);
        if keepers.len() >= MAX_PURPOSES {
            keepers.clear();
        }
        let known = keepers.entry(purpose.written());
        known
            .or_insert_with(|| {
                let acquire = acquire(Arc::clone(&self.endpoint), purpose);
                Keeper::new(purpose, self.keeping.clone(), acquire)
            })
            .clone()
    }
}

fn acquire(endpoint: Arc<TokenEndpoint>, purpose: &Purpose) -> Acquire {
    if purpose.subject.is_some() {
        return Arc::new(move |before| {
            let endpoint = Arc::clone(&endpoint);
            Box::pin(async move { refresh(&endpoint, before).await })
        });
    }
    let form = asked(Form::default().with("grant_type", "client_credentials"), purpose);
    Arc::new(move |_| {
        let (endpoint, form) = (Arc::clone(&endpoint), form.clone());
        Box::pin(async move { endpoint.request(form).await })
    })
}

/// What is asked for, as parameters.
pub(super) fn asked(form: Form, purpose: &Purpose) -> Form {
    let scopes = (!purpose.scopes.is_empty()).then(|| purpose.scopes.join(" "));
    form.with_some("scope", scopes)
        .with_some("resource", purpose.resource.as_deref())
}

async fn refresh(endpoint: &TokenEndpoint, before: Option<TokenSet>) -> Result<TokenSet, Error> {
    let Some(refresh_token) = before.and_then(|before| before.refresh_token) else {
        let refusal = OAuthRefusal::new("invalid_grant", Some("there is no refresh token"), None);
        return Err(Error::LoginRequired(refusal));
    };
    let form = Form::default()
        .with("grant_type", "refresh_token")
        .with("refresh_token", refresh_token.expose());
    match endpoint.request(form).await {
        Ok(tokens) => Ok(tokens.keeping(refresh_token)),
        Err(Error::OAuth(refusal)) if refusal.code == "invalid_grant" => Err(Error::LoginRequired(refusal)),
        Err(error) => Err(error),
    }
}

/// One by one, since a space inside would be another scope.
fn checked<S: Into<String>>(scopes: impl IntoIterator<Item = S>) -> Result<Vec<String>, Error> {
    let scopes: Vec<String> = scopes.into_iter().map(Into::into).collect();
    if scopes.iter().all(|scope| is_token(scope)) {
        Ok(scopes)
    } else {
        Err(Error::configuration("a scope has characters that none can have"))
    }
}

impl TokenManagerBuilder {
    /// The permissions to ask for. What the server gives by default, where there are none.
    #[must_use]
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// The API that tokens are for (RFC 8707).
    #[must_use]
    pub fn resource(mut self, resource: impl Into<String>) -> Self {
        self.resource = Some(resource.into());
        self
    }

    /// Keeps tokens beyond this process.
    #[must_use]
    pub fn store(mut self, store: impl TokenStore) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Binds tokens to a key (RFC 9449).
    #[must_use]
    pub fn dpop(mut self, key: DpopKey) -> Self {
        self.dpop = Some(key);
        self
    }

    /// For a request to the authorization server; 10 s if not given.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How requests reach the authorization server.
    #[must_use]
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// What time it is.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// What spreads refreshes: at least 0 and below 1. Drawn by chance if not given.
    #[must_use]
    pub fn jitter(mut self, jitter: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        self.jitter = Arc::new(jitter);
        self
    }

    /// A manager for the client itself.
    ///
    /// # Errors
    /// [`Error::Configuration`] when the options contradict each other.
    pub fn build(self) -> Result<TokenManager, Error> {
        if self.credentials.is_public() {
            return Err(Error::configuration(
                "a client without credentials cannot act for itself: log a user in",
            ));
        }
        let endpoint = Arc::new(self.endpoint()?);
        Ok(self.manager(endpoint, None))
    }

    /// Logins of users in their browsers, who come back to this address.
    ///
    /// # Errors
    /// [`Error::Configuration`] when the options contradict each other.
    pub fn login(self, redirect_uri: impl Into<String>) -> Result<Login, Error> {
        let endpoint = Arc::new(self.endpoint()?);
        Ok(Login::new(self, endpoint, redirect_uri.into()))
    }

    /// Logins of users on devices without a browser.
    ///
    /// # Errors
    /// [`Error::Configuration`] when the options contradict each other.
    pub fn device_login(self) -> Result<DeviceLogin, Error> {
        let endpoint = Arc::new(self.endpoint()?);
        Ok(DeviceLogin::new(self, endpoint))
    }

    /// A manager for a user who logged in before. The subject is any text that tells your users apart. Without a refresh
    /// token it uses what the store has for this user.
    ///
    /// # Errors
    /// [`Error::Configuration`], or [`Error::Store`] when the refresh token cannot be kept.
    pub async fn for_user(
        self,
        subject: impl Into<String>,
        refresh_token: Option<&str>,
    ) -> Result<TokenManager, Error> {
        let tokens = refresh_token.map(TokenSet::of_refresh_token).transpose()?;
        let endpoint = Arc::new(self.endpoint()?);
        self.of_user(endpoint, subject.into(), tokens).await
    }

    pub(super) async fn of_user(
        self,
        endpoint: Arc<TokenEndpoint>,
        subject: String,
        tokens: Option<TokenSet>,
    ) -> Result<TokenManager, Error> {
        if subject.is_empty() {
            return Err(Error::configuration("the subject is missing"));
        }
        let manager = self.manager(endpoint, Some(subject));
        if let Some(tokens) = tokens {
            manager.keeper.put(tokens).await?;
        }
        Ok(manager)
    }

    pub(super) fn purpose(&self, subject: Option<String>) -> Purpose {
        Purpose {
            issuer: self.issuer.clone(),
            client_id: self.credentials.client_id().to_owned(),
            subject,
            resource: self.resource.clone(),
            scopes: self.scopes.clone(),
        }
    }

    fn manager(self, endpoint: Arc<TokenEndpoint>, subject: Option<String>) -> TokenManager {
        let purpose = self.purpose(subject);
        let own = Own {
            endpoint,
            keepers: Mutex::default(),
            keeping: Keeping {
                clock: self.clock,
                store: self.store,
                jitter: self.jitter,
            },
        };
        TokenManager {
            keeper: own.keeper(&purpose),
            own: Arc::new(own),
            purpose: Arc::new(purpose),
        }
    }

    fn endpoint(&self) -> Result<TokenEndpoint, Error> {
        self.credentials.check()?;
        checked(self.scopes.iter().map(String::as_str))?;
        let transport = match &self.transport {
            Some(transport) => Arc::clone(transport),
            None => Arc::new(ReqwestTransport::new()?),
        };
        let http = Http {
            transport,
            clock: Arc::clone(&self.clock),
            timeout: self.timeout,
        };
        Ok(TokenEndpoint {
            metadata: MetadataSource::new(&self.issuer, http)?,
            credentials: self.credentials.clone(),
            dpop: self.dpop.clone(),
        })
    }
}

impl fmt::Debug for TokenManagerBuilder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("TokenManagerBuilder")
            .field("issuer", &self.issuer)
            .field("credentials", &self.credentials)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

/// A text that is to be compared with a secret one, without telling how much of it is right.
pub(super) fn is_same_secret(one: &str, other: &Secret) -> bool {
    grantd_jose::constant_time_eq(one.as_bytes(), other.expose().as_bytes())
}
