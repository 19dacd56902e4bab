//! Requests to an issuer's endpoints for clients: authenticated, with a proof of possession where there is a key, and with the
//! server's refusal as a typed error.

use super::dpop_key::DpopKey;
use super::token_set::TokenSet;
use crate::clock::seconds;
use crate::error::Error;
use crate::exchange::{Form, Response, refusal};
use crate::oauth::credentials::Credentials;
use crate::oauth::metadata::{MetadataSource, members_of, object_of};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::Value;
use url::Url;

/// One client at one issuer.
pub(crate) struct TokenEndpoint {
    pub(crate) metadata: MetadataSource,
    pub(crate) credentials: Credentials,
    pub(crate) dpop: Option<DpopKey>,
}

impl TokenEndpoint {
    /// Asks for tokens.
    pub(crate) async fn request(&self, form: Form) -> Result<TokenSet, Error> {
        let obtained_at = self.metadata.http().clock.now();
        let reply = self.post("token_endpoint", form).await?;
        let tokens = TokenSet::of_reply(&object_of(&reply, "tokens")?, obtained_at)?;
        if self.dpop.is_some() && !tokens.credential.is_bound() {
            return Err(Error::reply("the server did not bind the token to the key", 200));
        }
        let thumbprint = self.dpop.as_ref().map(DpopKey::thumbprint);
        Ok(tokens.bound_to(thumbprint.as_deref()))
    }

    /// Pushes the parameters of an authorization request, and gives the name under which the browser carries them (RFC 9126).
    pub(crate) async fn push(&self, form: Form) -> Result<String, Error> {
        let reply = self.post("pushed_authorization_request_endpoint", form).await?;
        let members = members_of(&reply, "name for the request")?;
        let name = members.get("request_uri").and_then(Value::as_str);
        let name = name.filter(|name| !name.is_empty());
        name.map(str::to_owned)
            .ok_or_else(|| Error::reply("the reply to the pushed request has no request_uri", 201))
    }

    /// Posts a form to one of the issuer's endpoints; hands over a reply of 200 or 201.
    pub(crate) async fn post(&self, endpoint: &str, form: Form) -> Result<Response, Error> {
        let metadata = self.metadata.get().await?;
        let url = Url::parse(metadata.endpoint(endpoint)?)
            .map_err(|_| Error::Discovery("an address of the server is malformed".into()))?;
        let first = self.send(&url, &form).await?;
        let asks = self
            .dpop
            .as_ref()
            .is_some_and(|key| key.remember(&url, first.headers()));
        let reply = if asks && refusal(&first).is_some_and(|refusal| refusal.code == "use_dpop_nonce") {
            let second = self.send(&url, &form).await?;
            self.dpop.as_ref().map(|key| key.remember(&url, second.headers()));
            second
        } else {
            first
        };
        match refusal(&reply) {
            Some(refusal) => Err(Error::OAuth(refusal)),
            None if matches!(reply.status(), StatusCode::OK | StatusCode::CREATED) => Ok(reply),
            None => {
                let status = reply.status().as_u16();
                Err(Error::Reply {
                    what: format!("the server answered {status}").into(),
                    status,
                    retry_after: crate::exchange::retry_after(&reply),
                })
            }
        }
    }

    async fn send(&self, url: &Url, form: &Form) -> Result<Response, Error> {
        let http = self.metadata.http();
        let (mut headers, now) = (HeaderMap::new(), seconds(&*http.clock));
        let issuer = self.metadata.issuer();
        let form = self.credentials.prove(form.clone(), &mut headers, issuer, now)?;
        if let Some(key) = &self.dpop {
            let proof = key.proof("POST", url, now, None)?;
            let proof = HeaderValue::try_from(proof).map_err(|_| Error::configuration("the proof cannot be sent"))?;
            headers.insert("dpop", proof);
        }
        http.post(url.as_str(), headers, &form).await
    }
}
