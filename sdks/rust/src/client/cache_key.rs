//! Under which key a token is kept, so that none is ever used for another client, user, API or set of permissions
//! (`spec/vectors/cache-keys.json`).

use grantd_jose::{base64url_encode, sha256};
use std::collections::BTreeSet;

/// What a token is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purpose {
    /// Who gives it.
    pub issuer: String,
    /// Who asks for it.
    pub client_id: String,
    /// The user, where it is a user's: any text that tells your users apart.
    pub subject: Option<String>,
    /// The API that it is for (RFC 8707).
    pub resource: Option<String>,
    /// What it permits.
    pub scopes: Vec<String>,
}

impl Purpose {
    /// The purpose as one text: netstrings, so that its parts cannot flow into one another.
    #[must_use]
    pub fn written(&self) -> String {
        let scopes: BTreeSet<&str> = self.scopes.iter().map(String::as_str).collect();
        let scopes = scopes.into_iter().collect::<Vec<_>>().join(" ");
        let (subject, resource) = (self.subject.as_deref(), self.resource.as_deref());
        [
            &self.issuer,
            &self.client_id,
            subject.unwrap_or_default(),
            resource.unwrap_or_default(),
            &scopes,
        ]
        .map(|text| format!("{}:{text},", text.len()))
        .concat()
    }
}

/// SHA-256 of that text, base64url: good as a file's name, and it says nothing about the user.
#[must_use]
pub fn cache_key(purpose: &Purpose) -> String {
    base64url_encode(sha256(purpose.written().as_bytes()))
}
