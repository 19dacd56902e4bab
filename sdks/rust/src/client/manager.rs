//! The token manager: a caller gives credentials and scopes, calls an API, and never sees a token.

use super::builder::TokenManagerBuilder;
use super::cache_key::Purpose;
use super::dpop_key::DpopKey;
use super::keeper::{Acquire, Keeper, Keeping};
use super::source::{Token, TokenFuture, TokenSource};
use super::token_endpoint::TokenEndpoint;
use super::token_set::TokenSet;
use crate::error::{Error, OAuthRefusal};
use crate::exchange::Form;
use crate::flight::locked;
use crate::oauth::credentials::Credentials;
use grantd_protocol::scope::is_token;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};

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

impl TokenManager {
    /// Begins a manager for this client at this issuer, which is named byte for byte as its metadata names it.
    pub fn builder(issuer: impl Into<String>, credentials: Credentials) -> TokenManagerBuilder {
        TokenManagerBuilder::new(issuer.into(), credentials)
    }

    pub(super) fn of(endpoint: Arc<TokenEndpoint>, keeping: Keeping, purpose: Purpose) -> Self {
        let own = Own {
            endpoint,
            keeping,
            keepers: Mutex::default(),
        };
        Self {
            keeper: own.keeper(&purpose),
            own: Arc::new(own),
            purpose: Arc::new(purpose),
        }
    }

    pub(super) const fn keeper(&self) -> &Keeper {
        &self.keeper
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

    /// Logs the user out: waits for a refresh that is under way, ends the refresh token and everything that came from it, at the
    /// server and here. For a client itself it ends the access token. An entry of the store that cannot be read is removed.
    /// Where the future is dropped it goes on.
    ///
    /// # Errors
    /// When that is not certain; the tokens are kept then. [`Error::Configuration`] where the login is bound to another key.
    pub async fn revoke(&self) -> Result<(), Error> {
        let endpoint = Arc::clone(&self.own.endpoint);
        let end = move |known: TokenSet| async move {
            let token = known.refresh_token().unwrap_or_else(|| known.access_token());
            let form = Form::default().with("token", token);
            endpoint.post("revocation_endpoint", form).await.map(drop)
        };
        self.keeper.end(end).await
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
pub(super) fn checked<S: Into<String>>(scopes: impl IntoIterator<Item = S>) -> Result<Vec<String>, Error> {
    let scopes: Vec<String> = scopes.into_iter().map(Into::into).collect();
    if scopes.iter().all(|scope| is_token(scope)) {
        Ok(scopes)
    } else {
        Err(Error::configuration("a scope has characters that none can have"))
    }
}
