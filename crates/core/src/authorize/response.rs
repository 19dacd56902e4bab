//! What goes back to the client through the browser: a code or an error, always with `state` as it came and with
//! `iss` (RFC 9207).

use super::request::{AuthorizationRequest, ResponseMode};
use crate::record::ClientRecord;
use crate::token::claims::ClaimsWriter;
use grantd_protocol::params::encode_into;
use grantd_protocol::{OAuthError, Seconds, Secret, Timestamp};
use std::sync::Arc;

/// How long a signed answer is good (JARM section 2.1 recommends ten minutes at most).
const SIGNED_LIFETIME: Seconds = Seconds(600);

/// Where and how the answer to a request goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Callback {
    redirect_uri: String,
    state: Option<String>,
    issuer: Arc<str>,
    mode: ResponseMode,
}

/// An error that goes to the client.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{error}")]
pub struct AuthorizeError {
    /// Where it goes.
    pub callback: Callback,
    /// What went wrong.
    pub error: OAuthError,
    /// The rule that was broken, for the application's log.
    pub rule: &'static str,
    /// Whose request it was.
    pub client: Arc<ClientRecord>,
}

impl Callback {
    /// The callback of a request.
    #[must_use]
    pub fn of(request: &AuthorizationRequest) -> Self {
        Self {
            redirect_uri: request.redirect.as_str().to_owned(),
            state: request.state.clone(),
            issuer: Arc::clone(&request.issuer),
            mode: request.response_mode,
        }
    }

    /// The redirect URI without any answer.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// How the answer travels.
    #[must_use]
    pub const fn mode(&self) -> ResponseMode {
        self.mode
    }

    /// The members of a success.
    #[must_use]
    pub fn success(&self, code: &Secret) -> Vec<(&'static str, String)> {
        self.with_common(vec![("code", code.expose().to_owned())])
    }

    /// The members of an error.
    #[must_use]
    pub fn failure(&self, error: &OAuthError) -> Vec<(&'static str, String)> {
        self.with_common(vec![
            ("error", error.code().to_string()),
            ("error_description", error.description().to_owned()),
        ])
    }

    /// The payload of a signed answer (JARM section 2.1): whose it is and for whom, for ten minutes, and the members.
    #[must_use]
    pub fn signed_claims(&self, members: &[(&'static str, String)], client_id: &str, now: Timestamp) -> Vec<u8> {
        let mut claims = ClaimsWriter::new();
        claims.set("iss", &*self.issuer);
        claims.set("aud", client_id);
        claims.set_time("exp", now.plus(SIGNED_LIFETIME));
        for (name, value) in members.iter().filter(|(name, _)| *name != "iss") {
            claims.set(name, value);
        }
        claims.finish()
    }

    fn with_common(&self, mut members: Vec<(&'static str, String)>) -> Vec<(&'static str, String)> {
        if let Some(state) = &self.state {
            members.push(("state", state.clone()));
        }
        members.push(("iss", self.issuer.to_string()));
        members
    }

    /// The full URL that carries the members in the query. What the registered URI has of its own stays byte for byte.
    #[must_use]
    pub fn url(&self, members: &[(&'static str, String)]) -> String {
        with_query(&self.redirect_uri, members)
    }
}

/// An address with more members in its query. What it has of its own stays byte for byte.
#[must_use]
pub fn with_query(uri: &str, members: &[(&'static str, String)]) -> String {
    let mut url = uri.to_owned();
    let mut separator = match uri.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    for (name, value) in members {
        url.push_str(separator);
        url.push_str(name);
        url.push('=');
        encode_into(value, &mut url);
        separator = "&";
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn callback(redirect_uri: &str) -> Callback {
        Callback {
            redirect_uri: redirect_uri.into(),
            state: Some("a b&c=\"".into()),
            issuer: "https://id.example".into(),
            mode: ResponseMode::Query,
        }
    }

    #[test]
    fn state_and_iss_come_with_every_answer() {
        let callback = callback("https://rp.example/cb");
        let url = callback.url(&callback.failure(&OAuthError::access_denied("no")));
        assert_eq!(
            url,
            "https://rp.example/cb?error=access_denied&error_description=no&state=a%20b%26c%3D%22&iss=https%3A%2F%2Fid.example"
        );
    }

    #[test]
    fn a_signed_answer_says_whose_it_is_and_for_whom_and_each_member_once() {
        let callback = callback("https://rp.example/cb");
        let members = callback.failure(&OAuthError::access_denied("no"));
        let claims = callback.signed_claims(&members, "webapp", Timestamp::from_secs(1000));
        assert_eq!(
            String::from_utf8(claims).unwrap(),
            r#"{"iss":"https://id.example","aud":"webapp","exp":1600,"error":"access_denied","error_description":"no","state":"a b&c=\""}"#
        );
    }

    #[test]
    fn a_registered_query_is_kept() {
        let url = callback("https://rp.example/cb?t=%41").url(&[("code", "x".into())]);
        assert_eq!(url, "https://rp.example/cb?t=%41&code=x");
        assert_eq!(
            callback("https://rp.example/cb?").url(&[("code", "x".into())]),
            "https://rp.example/cb?code=x"
        );
    }
}
