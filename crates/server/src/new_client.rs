//! A new client as the command line and the demo data describe it: ids and secrets drawn, the record and what is shown
//! once. What holds for every client is the core's to say.

use grantd_core::admin::Wrong;
use grantd_core::admin::client::{is_client_id, mistakes};
use grantd_core::change::{Change, Guard, Write};
use grantd_core::realm::Realm;
use grantd_core::record::client::{ClientAbout, GrantType};
use grantd_core::record::{
    CertificateSubject, ClientDuties, ClientOpenid, ClientOrigin, ClientRecord, TokenEndpointAuthMethod, TokenFormat,
};
use grantd_core::registration::draw_client_id;
use grantd_jose::JwkSet;
use grantd_protocol::id::ChangeId;
use grantd_protocol::redirect_uri::ApplicationType;
use grantd_protocol::{Entropy, ScopeSet, Secret, Timestamp};
use std::sync::Arc;

pub use grantd_core::registration::{draw_secret, remember};

/// What somebody wants a client to be.
#[derive(Clone, Debug)]
pub struct NewClient {
    /// The name that users see.
    pub name: String,
    /// A given id; drawn where absent.
    pub client_id: Option<Arc<str>>,
    /// A given secret; drawn where absent and needed.
    pub client_secret: Option<Secret>,
    /// Web or native.
    pub application_type: ApplicationType,
    /// How it authenticates.
    pub auth_method: TokenEndpointAuthMethod,
    /// Its public keys.
    pub jwks: Option<JwkSet>,
    /// The name that its certificate has.
    pub certificate_subject: Option<CertificateSubject>,
    /// What it is held to.
    pub duties: ClientDuties,
    /// What it has of OpenID Connect beside its redirect URIs.
    pub openid: ClientOpenid,
    /// Where codes may be sent.
    pub redirect_uris: Vec<String>,
    /// Where the browser may return to after logout.
    pub post_logout_redirect_uris: Vec<String>,
    /// What it may do at the token endpoint.
    pub grant_types: Vec<GrantType>,
    /// The most it may ever be permitted.
    pub scopes: ScopeSet,
    /// What a request without `scope` asks for.
    pub default_scopes: ScopeSet,
    /// What a user may leave out.
    pub optional_scopes: ScopeSet,
    /// Where it differs from the realm's.
    pub token_format: Option<TokenFormat>,
    /// A service account's tenant and role.
    pub service: Option<(Arc<str>, Arc<str>)>,
    /// The resources that it is.
    pub resources: Vec<Arc<str>>,
    /// The name of its dialect, where it is not the realm's.
    pub dialect: Option<Arc<str>>,
}

/// Why a client cannot be made.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NewClientError {
    /// A given id cannot be one.
    #[error("the client id '{0}' must have 1 to 128 letters, digits, hyphens, underscores or dots")]
    ClientId(String),
    /// What holds for every client of the realm does not hold for this one.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Mistakes(Vec<Wrong>),
}

/// Makes the record, the change that inserts it, and the secret that is shown once.
///
/// # Errors
/// See [`NewClientError`].
pub fn make(
    new: NewClient,
    realm: &Realm,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<(ClientRecord, Change, Option<Secret>), NewClientError> {
    if let Some(id) = new.client_id.as_deref().filter(|id| !is_client_id(id)) {
        return Err(NewClientError::ClientId(id.to_owned()));
    }
    let client_id = new.client_id.unwrap_or_else(|| draw_client_id(realm, entropy));
    let has_secret = new.auth_method.has_secret();
    let secret = has_secret.then(|| new.client_secret.unwrap_or_else(|| draw_secret(entropy)));
    let (tenant, role) = new.service.unzip();
    let record = ClientRecord {
        realm: Arc::clone(&realm.name),
        client_id: Arc::clone(&client_id),
        version: 1,
        name: new.name,
        application_type: new.application_type,
        origin: ClientOrigin::Console,
        verified_domain: None,
        auth_method: new.auth_method,
        secrets: secret.iter().map(|secret| remember(secret, now)).collect(),
        jwks: new.jwks,
        certificate_subject: new.certificate_subject,
        duties: new.duties,
        openid: new.openid,
        redirect_uris: new.redirect_uris,
        post_logout_redirect_uris: new.post_logout_redirect_uris,
        grant_types: new.grant_types,
        scopes: new.scopes,
        default_scopes: new.default_scopes,
        optional_scopes: new.optional_scopes,
        token_format: new.token_format,
        access_lifetime: None,
        tenant,
        role,
        resources: new.resources,
        dialect: new.dialect,
        about: ClientAbout::default(),
        registration_token: None,
        changed_hands_at: None,
        development: None,
        enabled: true,
        created_at: now,
        updated_at: now,
    };
    let wrong = mistakes(&record, None, realm);
    if !wrong.is_empty() {
        return Err(NewClientError::Mistakes(wrong));
    }
    let change = Change {
        id: ChangeId::draw(now, entropy),
        guards: vec![Guard::ClientIdFree {
            realm: Arc::clone(&realm.name),
            client_id,
        }],
        writes: vec![Write::InsertClient(Box::new(record.clone()))],
    };
    Ok((record, change, secret))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::SystemEntropy;
    use crate::config::built_in_demo_realm;

    fn with_resource(resource: &str) -> Result<(), NewClientError> {
        let realm = built_in_demo_realm().unwrap().realm;
        let new = NewClient {
            duties: ClientDuties::default(),
            openid: ClientOpenid::default(),
            name: "An API".to_owned(),
            client_id: None,
            client_secret: None,
            application_type: ApplicationType::Web,
            auth_method: TokenEndpointAuthMethod::ClientSecretBasic,
            jwks: None,
            certificate_subject: None,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            grant_types: vec![GrantType::ClientCredentials],
            scopes: ScopeSet::empty(),
            default_scopes: ScopeSet::empty(),
            optional_scopes: ScopeSet::empty(),
            token_format: None,
            service: None,
            resources: vec![resource.into()],
            dialect: None,
        };
        make(new, &realm, Timestamp::from_secs(1), &SystemEntropy).map(drop)
    }

    #[test]
    fn a_resource_is_an_absolute_uri_without_a_fragment() {
        for good in ["https://api.example", "https://api.example/v1?x", "urn:example:api"] {
            assert_eq!(with_resource(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "api",
            "/v1",
            "//api.example",
            "https://api.example/#f",
            "https://api.example/#",
            "https://a b/",
        ] {
            assert_eq!(
                with_resource(bad),
                Err(NewClientError::Mistakes(vec![Wrong::new(
                    "/resources/0",
                    "is not an absolute URI without a fragment (RFC 8707 section 2)"
                )])),
                "{bad}"
            );
        }
    }
}
