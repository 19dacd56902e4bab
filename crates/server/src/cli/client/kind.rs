//! What kind of program a client is, and what is right for each: the members that nobody has to say.

use clap::ValueEnum;
use grantd_core::realm::Realm;
use grantd_core::record::certificate_subject::MEMBERS as CERTIFICATE;
use grantd_core::record::client::GrantType;
use serde_json::{Map, Value, json};

/// What kind of program a client is; each sets what is right for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Kind {
    /// A program on a web server: a secret, the code flow, refresh tokens.
    Web,
    /// A program on a device: no secret, the code flow, refresh tokens.
    Native,
    /// A program in a browser: no secret, the code flow, refresh tokens.
    Spa,
    /// A host of MCP servers on somebody's computer: as a native program.
    Mcp,
    /// A program that acts for itself: a secret, client credentials.
    Machine,
    /// An API that introspects tokens: a secret, no grant.
    ResourceServer,
}

impl Kind {
    /// Fills in what a client of this kind has where nothing else was said.
    pub(super) fn fill_in(self, members: &mut Map<String, Value>, realm: &Realm) {
        let mut absent = |name: &str, value: Value| {
            members.entry(name).or_insert(value);
        };
        let is_public = matches!(self, Self::Native | Self::Spa | Self::Mcp);
        let is_native = matches!(self, Self::Native | Self::Mcp);
        absent("application_type", json!(if is_native { "native" } else { "web" }));
        absent("grant_types", json!(self.grant_types(realm)));
        if members.contains_key("token_endpoint_auth_method") {
            return;
        }
        let has = |name: &&str| members.contains_key(*name);
        let method = if is_public {
            "none"
        } else if CERTIFICATE.iter().any(has) {
            "tls_client_auth"
        } else if ["jwks", "jwks_uri"].iter().any(has) {
            "private_key_jwt"
        } else {
            "client_secret_basic"
        };
        members.insert("token_endpoint_auth_method".to_owned(), json!(method));
    }

    /// A realm without refresh tokens is no reason to refuse a client that can do without.
    fn grant_types(self, realm: &Realm) -> Vec<&'static str> {
        let grants: &[GrantType] = match self {
            Self::Web | Self::Native | Self::Spa | Self::Mcp => {
                &[GrantType::AuthorizationCode, GrantType::RefreshToken]
            }
            Self::Machine => &[GrantType::ClientCredentials],
            Self::ResourceServer => &[],
        };
        let wanted = |grant: &&GrantType| **grant != GrantType::RefreshToken || realm.offers(GrantType::RefreshToken);
        grants.iter().filter(wanted).map(|grant| grant.as_str()).collect()
    }
}
