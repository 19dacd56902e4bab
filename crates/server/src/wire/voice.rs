//! How replies are spelled: as the standards do, or in the dialect that the request was in.

use super::names;
use crate::config::{Case, Dialect, ErrorShape, Separator};
use grantd_core::details::AuthorizationDetails;
use grantd_core::token::claims::ClaimsWriter;
use grantd_protocol::{OAuthError, ScopeSet};
use serde_json::{Map, Value};
use std::sync::Arc;

/// The form that a reply is to have.
#[derive(Clone, Debug)]
pub struct Voice(Option<Arc<Dialect>>);

/// A success of the token endpoint (RFC 6749 section 5.1).
#[derive(Clone, Copy)]
pub struct TokenReply<'a> {
    /// The access token.
    pub access_token: &'a str,
    /// `Bearer`, or `DPoP` for one that is bound to a key.
    pub token_type: &'a str,
    /// Its lifetime in seconds.
    pub expires_in: u32,
    /// The refresh token.
    pub refresh_token: Option<&'a str>,
    /// In how many seconds it ends.
    pub refresh_expires_in: Option<u64>,
    /// What is permitted.
    pub scope: &'a ScopeSet,
    /// The ID token.
    pub id_token: Option<&'a str>,
    /// What the access token is, where it was exchanged for another (RFC 8693 section 2.2.1).
    pub issued_token_type: Option<&'a str>,
    /// What is permitted in detail (RFC 9396 section 7).
    pub authorization_details: Option<&'a AuthorizationDetails>,
}

impl Voice {
    /// As the standards spell it.
    pub const STANDARD: Self = Self(None);

    pub(super) const fn of(dialect: Option<Arc<Dialect>>) -> Self {
        Self(dialect)
    }

    fn spell<'n>(&self, name: &'n str) -> &'n str {
        match &self.0 {
            Some(dialect) if dialect.replies == Case::Camel => names::camel_of(name),
            _ => name,
        }
    }

    /// The body of a success of the token endpoint.
    #[must_use]
    pub fn tokens(&self, reply: &TokenReply<'_>) -> Vec<u8> {
        let dialect = self.0.as_deref();
        let mut body = ClaimsWriter::new();
        body.set_text(self.spell("access_token"), reply.access_token);
        body.set_text(self.spell("token_type"), reply.token_type);
        body.set(self.spell("expires_in"), &reply.expires_in);
        body.set_some(self.spell("refresh_token"), reply.refresh_token);
        if dialect.is_some_and(|dialect| dialect.refresh_token_expires_in) {
            body.set_some(self.spell("refresh_token_expires_in"), reply.refresh_expires_in);
        }
        match dialect {
            Some(dialect) if !dialect.scope_in_replies => {}
            Some(dialect) if dialect.scope_separator == Separator::Comma => {
                body.set("scope", &reply.scope.as_str().replace(' ', ","));
            }
            _ => body.set_text("scope", reply.scope.as_str()),
        }
        body.set_some(self.spell("id_token"), reply.id_token);
        body.set_some(self.spell("issued_token_type"), reply.issued_token_type);
        // Its own members are the platform's, and keep their names in every dialect.
        body.set_some(self.spell("authorization_details"), reply.authorization_details);
        body.finish()
    }

    /// The body of an error (RFC 6749 section 5.2).
    #[must_use]
    pub fn error(&self, error: &OAuthError) -> Vec<u8> {
        let mut body = ClaimsWriter::new();
        let (code, text) = (error.code().as_str(), error.description());
        match self.0.as_deref().map(|dialect| dialect.errors) {
            Some(ErrorShape::Nested) => {
                body.set("error", &serde_json::json!({ "code": code, "message": text }));
            }
            _ => {
                body.set("error", code);
                body.set(self.spell("error_description"), text);
            }
        }
        body.finish()
    }

    /// A finished object of the standards with its members spelled in this voice.
    #[must_use]
    pub fn members(&self, body: Vec<u8>) -> Vec<u8> {
        let Some(dialect) = &self.0 else { return body };
        let Ok(members) = serde_json::from_slice::<Map<String, Value>>(&body) else {
            return body;
        };
        let mut spelled = ClaimsWriter::new();
        for (name, value) in &members {
            match value {
                Value::String(scope) if name == "scope" && dialect.scope_separator == Separator::Comma => {
                    spelled.set("scope", &scope.replace(' ', ","));
                }
                value => spelled.set(self.spell(name), value),
            }
        }
        spelled.finish()
    }
}
