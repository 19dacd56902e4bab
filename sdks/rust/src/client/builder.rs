//! What a token manager is made with, and what else is made of the same: logins in browsers and on devices.

use super::cache_key::Purpose;
use super::device::DeviceLogin;
use super::dpop_key::DpopKey;
use super::keeper::Keeping;
use super::login::Login;
use super::manager::{TokenManager, checked};
use super::store::TokenStore;
use super::token_endpoint::TokenEndpoint;
use super::token_set::TokenSet;
use crate::clock::{Clock, SystemClock, random_fraction};
use crate::error::Error;
use crate::exchange::{Http, ReqwestTransport, TIMEOUT, Transport, check_timeout, shown};
use crate::oauth::credentials::Credentials;
use crate::oauth::metadata::MetadataSource;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

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

impl TokenManagerBuilder {
    pub(super) fn new(issuer: String, credentials: Credentials) -> Self {
        Self {
            issuer,
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

    /// The permissions to ask for. What the server gives by default, where there are none. They and the resource are part of the
    /// name under which the store has a login: where they change, users log in again.
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

    /// Binds tokens to a key (RFC 9449). A user's login belongs to the key that it was made with: with another one, or without,
    /// its tokens in the store are an [`Error::Configuration`].
    #[must_use]
    pub fn dpop(mut self, key: DpopKey) -> Self {
        self.dpop = Some(key);
        self
    }

    crate::surroundings::setters!();

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
    /// [`Error::Configuration`] when the options contradict each other, or the address is not absolute or has a fragment.
    pub fn login(self, redirect_uri: impl Into<String>) -> Result<Login, Error> {
        let (endpoint, redirect_uri) = (Arc::new(self.endpoint()?), redirect_uri.into());
        if !Url::parse(&redirect_uri).is_ok_and(|url| url.fragment().is_none()) {
            return Err(Error::configuration(
                "the redirect URI must be absolute, without a fragment",
            ));
        }
        Ok(Login::new(self, endpoint, redirect_uri))
    }

    /// Logins of users on devices without a browser.
    ///
    /// # Errors
    /// [`Error::Configuration`] when the options contradict each other.
    pub fn device_login(self) -> Result<DeviceLogin, Error> {
        let endpoint = Arc::new(self.endpoint()?);
        Ok(DeviceLogin::new(self, endpoint))
    }

    /// A manager for a user who logged in before. The subject is a name of your own for the login, any text that tells your users
    /// apart. It uses what the store has for it; a refresh token that is given, from elsewhere, is used where the store has
    /// nothing, since what is there is newer. It belongs to the key that it is given with from then on.
    ///
    /// # Errors
    /// [`Error::Configuration`], or [`Error::Store`] when the refresh token cannot be kept.
    pub async fn for_user(
        self,
        subject: impl Into<String>,
        refresh_token: Option<&str>,
    ) -> Result<TokenManager, Error> {
        let tokens = refresh_token.map(TokenSet::of_refresh_token).transpose()?;
        let thumbprint = self.dpop.as_ref().map(DpopKey::thumbprint);
        let endpoint = Arc::new(self.endpoint()?);
        let manager = self.user(endpoint, subject.into())?;
        if let Some(tokens) = tokens {
            let tokens = tokens.bound_to(thumbprint.as_deref());
            manager.keeper().put_if_none(tokens).await?;
        }
        Ok(manager)
    }

    /// A manager for a user who has just logged in.
    pub(super) async fn of_login(
        self,
        endpoint: Arc<TokenEndpoint>,
        subject: String,
        tokens: TokenSet,
    ) -> Result<TokenManager, Error> {
        let manager = self.user(endpoint, subject)?;
        manager.keeper().put(tokens).await?;
        Ok(manager)
    }

    fn user(self, endpoint: Arc<TokenEndpoint>, subject: String) -> Result<TokenManager, Error> {
        check_subject(&subject)?;
        Ok(self.manager(endpoint, Some(subject)))
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
        let keeping = Keeping {
            clock: self.clock,
            timeout: self.timeout,
            store: self.store,
            thumbprint: self.dpop.as_ref().map(|key| key.thumbprint().into()),
            jitter: self.jitter,
        };
        TokenManager::of(endpoint, keeping, purpose)
    }

    fn endpoint(&self) -> Result<TokenEndpoint, Error> {
        self.credentials.check()?;
        check_timeout(self.timeout)?;
        if self.resource.as_deref() == Some("") {
            return Err(Error::configuration("the resource is empty"));
        }
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

/// A name for a login. Looked at before a code is spent for it.
pub(super) fn check_subject(subject: &str) -> Result<(), Error> {
    if subject.is_empty() {
        return Err(Error::configuration("the subject is missing"));
    }
    Ok(())
}

impl fmt::Debug for TokenManagerBuilder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("TokenManagerBuilder")
            .field("issuer", &shown(&self.issuer))
            .field("credentials", &self.credentials)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}
