//! A user's login in the browser: authorization code with PKCE (RFC 6749 section 4.1, RFC 7636), from the address to send the
//! browser to until the tokens.

use super::builder::{TokenManagerBuilder, check_subject};
use super::manager::{TokenManager, asked};
use super::token_endpoint::TokenEndpoint;
use crate::clock::random_text;
use crate::error::{Error, OAuthRefusal};
use crate::exchange::Form;
use grantd_jose::{base64url_encode, sha256};
use grantd_protocol::Secret;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use url::Url;

/// Parameters that are not the caller's to set.
const OWN: [&str; 11] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "state",
    "code_challenge",
    "code_challenge_method",
    "scope",
    "resource",
    "dpop_jkt",
    "request",
    "request_uri",
];

/// Logs users in. One object serves all of them.
#[derive(Clone)]
pub struct Login {
    builder: TokenManagerBuilder,
    endpoint: Arc<TokenEndpoint>,
    redirect_uri: String,
    pushes: bool,
}

/// A login under way. Keep it in the user's session and nowhere else: it proves that the callback is this user's.
#[derive(Clone)]
pub struct PendingLogin {
    url: String,
    state: Secret,
    code_verifier: Secret,
}

impl Login {
    pub(super) const fn new(builder: TokenManagerBuilder, endpoint: Arc<TokenEndpoint>, redirect_uri: String) -> Self {
        Self {
            builder,
            endpoint,
            redirect_uri,
            pushes: false,
        }
    }

    /// Pushes authorization requests to the server before the browser goes there (RFC 9126), which then carries a name for them
    /// alone. Where the server's metadata says that it must be so, it is without this.
    #[must_use]
    pub const fn pushed(mut self) -> Self {
        self.pushes = true;
        self
    }

    /// Begins a login. `more` are further parameters of the authorization request, as `prompt` or `login_hint`.
    ///
    /// # Errors
    /// [`Error::Discovery`] when the issuer cannot be trusted, [`Error::Configuration`] for a parameter that is made here; what a
    /// request to the server can end in, where the parameters are pushed.
    pub async fn begin(&self, more: &[(&str, &str)]) -> Result<PendingLogin, Error> {
        if more.iter().any(|(name, _)| OWN.contains(name)) {
            return Err(Error::configuration(
                "a parameter of the authorization request was given that is made here",
            ));
        }
        let metadata = self.endpoint.metadata.get().await?;
        let mut url = Url::parse(metadata.endpoint("authorization_endpoint")?)
            .map_err(|_| Error::Discovery("an address of the server is malformed".into()))?;
        let (state, code_verifier) = (random_text::<16>(), random_text::<32>());
        let purpose = self.builder.purpose(None);
        let jkt = self.endpoint.dpop.as_ref().map(super::dpop_key::DpopKey::thumbprint);
        let asked = asked(Form::default(), &purpose)
            .with("response_type", "code")
            .with("client_id", purpose.client_id.as_str())
            .with("redirect_uri", self.redirect_uri.as_str())
            .with("state", state.as_str())
            .with("code_challenge", base64url_encode(sha256(code_verifier.as_bytes())))
            .with("code_challenge_method", "S256")
            .with_some("dpop_jkt", jkt);
        if self.pushes || metadata.wants_pushed_requests() {
            let mut form = asked;
            form.extend(more);
            let name = self.endpoint.push(form).await?;
            url.query_pairs_mut()
                .append_pair("client_id", &purpose.client_id)
                .append_pair("request_uri", &name);
        } else {
            url.query_pairs_mut().extend_pairs(more).extend_pairs(asked.pairs());
        }
        Ok(PendingLogin {
            url: url.into(),
            state: Secret::new(state),
            code_verifier: Secret::new(code_verifier),
        })
    }

    /// Ends a login: takes the address that the browser came back to, query included, and makes a manager for the user. The
    /// subject is a name of your own for the login, any text that tells your users apart: under it the store has the tokens.
    ///
    /// # Errors
    /// [`Error::Callback`] when the callback does not belong to this login, before anything is sent;
    /// [`Error::AccessDenied`] when the user said no; [`Error::OAuth`] when the server refuses. [`Error::Configuration`] for an
    /// empty subject: the code is not spent.
    pub async fn finish(
        &self,
        callback: &str,
        pending: &PendingLogin,
        subject: impl Into<String>,
    ) -> Result<TokenManager, Error> {
        let subject = subject.into();
        check_subject(&subject)?;
        let code = self.code(callback, pending).await?;
        let form = Form::default()
            .with("grant_type", "authorization_code")
            .with("code", code)
            .with("redirect_uri", self.redirect_uri.as_str())
            .with("code_verifier", pending.code_verifier.expose());
        let mut purpose = self.builder.purpose(None);
        // The code has the scopes already.
        purpose.scopes.clear();
        let tokens = self.endpoint.request(asked(form, &purpose)).await?;
        let endpoint = Arc::clone(&self.endpoint);
        self.builder.clone().of_login(endpoint, subject, tokens).await
    }

    async fn code(&self, callback: &str, pending: &PendingLogin) -> Result<String, Error> {
        let query = parameters(callback)?;
        let get = |name: &str| query.get(name).map(String::as_str);
        if !is_same_secret(get("state").unwrap_or_default(), &pending.state) {
            return Err(Error::Callback("the callback's state is not this login's".into()));
        }
        // RFC 9207: an answer of another server must not reach this one's token endpoint.
        let issuer = self.endpoint.metadata.issuer();
        let is_ours = match get("iss") {
            Some(named) => named == issuer,
            None => !self.endpoint.metadata.get().await?.names_itself_in_callbacks(),
        };
        if !is_ours {
            return Err(Error::Callback("the callback is another server's".into()));
        }
        if let Some(code) = get("error") {
            let refusal = OAuthRefusal::new(code, get("error_description"), None);
            return Err(match refusal.code.as_str() {
                "access_denied" => Error::AccessDenied(refusal),
                _ => Error::OAuth(refusal),
            });
        }
        let code = get("code").filter(|code| !code.is_empty());
        code.map(str::to_owned)
            .ok_or_else(|| Error::Callback("the callback has no code".into()))
    }
}

/// A text that is to be compared with a secret one, without telling how much of it is right.
fn is_same_secret(one: &str, other: &Secret) -> bool {
    grantd_jose::constant_time_eq(one.as_bytes(), other.expose().as_bytes())
}

/// The callback's parameters, each there once.
fn parameters(callback: &str) -> Result<HashMap<String, String>, Error> {
    let query = callback.split_once('?').map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    let mut found = HashMap::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if found.insert(name.into_owned(), value.into_owned()).is_some() {
            return Err(Error::Callback("the callback has a parameter twice".into()));
        }
    }
    Ok(found)
}

impl PendingLogin {
    /// Where to send the browser.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Everything as one text, for the session. It is a secret.
    #[must_use]
    pub fn to_text(&self) -> Secret {
        let text = json!({ "url": self.url, "state": self.state.expose(), "verifier": self.code_verifier.expose() });
        Secret::new(text.to_string())
    }

    /// Reads what [`PendingLogin::to_text`] wrote; `None` for anything else.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let member = |name: &str| Some(value.get(name)?.as_str()?.to_owned());
        Some(Self {
            url: member("url")?,
            state: Secret::new(member("state")?),
            code_verifier: Secret::new(member("verifier")?),
        })
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Login")
            .field("redirect_uri", &self.redirect_uri)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for PendingLogin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("PendingLogin(…)")
    }
}
