//! From client metadata (RFC 7591 section 2) to what a client shall be: every value checked, defaulted, and cut to what
//! the realm offers to clients that nobody vouches for.

use super::members::{Members, wrong};
use super::openid;
use crate::permission::Bounds;
use crate::permission::ExcessScope;
use crate::realm::Realm;
use crate::record::client::GrantType;
use crate::record::{
    CertificateSubject, ClientAbout, ClientDuties, ClientOpenid, ClientRecord, TokenEndpointAuthMethod,
};
use grantd_jose::JwkSet;
use grantd_protocol::readable::hides;
use grantd_protocol::redirect_uri::{ApplicationType, MAX_REDIRECT_URI, check_registrable, is_loopback, shown_host};
use grantd_protocol::scope::{MAX_SCOPE_TEXT, is_pattern};
use grantd_protocol::web::{self, MAX_URL, WebUrl};
use grantd_protocol::{ErrorCode, OAuthError, ScopeSet};
use serde_json::json;

/// The most redirect URIs of one client.
const MAX_URIS: usize = 20;
/// The most grant types, response types and contacts that are read.
const MAX_NAMES: usize = 20;
/// The longest name of a client, in bytes.
const MAX_NAME: usize = 200;
/// The longest of other short texts, in bytes.
const MAX_TEXT: usize = 256;
/// The most keys of one client.
const MAX_KEYS: usize = 10;

/// What a client shall be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wanted {
    /// The name that users see.
    pub name: String,
    /// Web or native.
    pub application_type: ApplicationType,
    /// How it authenticates.
    pub auth_method: TokenEndpointAuthMethod,
    /// The keys that it signs with.
    pub jwks: Option<JwkSet>,
    /// The name that its certificate has.
    pub certificate_subject: Option<CertificateSubject>,
    /// What it asks to be held to.
    pub duties: ClientDuties,
    /// What it wants of OpenID Connect.
    pub openid: ClientOpenid,
    /// Where codes may be sent, as it wrote them.
    pub redirect_uris: Vec<String>,
    /// Where the browser may return to after logout.
    pub post_logout_redirect_uris: Vec<String>,
    /// What it may do at the token endpoint.
    pub grant_types: Vec<GrantType>,
    /// What a request without `scope` asks for. It does not bound what a user may allow the client: the realm's policy
    /// does, since anybody could have registered more.
    pub scope: ScopeSet,
    /// What it says about itself.
    pub about: ClientAbout,
}

impl Wanted {
    /// Reads metadata. Unknown members are ignored; what asks for something that is not offered is refused.
    ///
    /// # Errors
    /// `invalid_redirect_uri`, `invalid_client_metadata`.
    pub fn read(members: Members<'_>, realm: &Realm) -> Result<Self, OAuthError> {
        refuse_unoffered(members, realm)?;
        let auth_method = auth_method(members, realm)?;
        let redirect_uris = members
            .list("redirect_uris", MAX_URIS, MAX_REDIRECT_URI)
            .map_err(|error| OAuthError::with_detail(ErrorCode::InvalidRedirectUri, error.description()))?
            .unwrap_or_default();
        let application_type = application_type(members, auth_method, &redirect_uris)?;
        let grant_types = grant_types(members, auth_method, realm)?;
        check_uris(&redirect_uris, application_type)?;
        if grant_types.contains(&GrantType::AuthorizationCode) && redirect_uris.is_empty() {
            return Err(OAuthError::new(
                ErrorCode::InvalidRedirectUri,
                "redirect_uris must have at least one item for the grant type authorization_code",
            ));
        }
        let post_logout = members
            .list("post_logout_redirect_uris", MAX_URIS, MAX_REDIRECT_URI)?
            .unwrap_or_default();
        check_uris(&post_logout, application_type)?;
        let jwks = keys(members)?;
        let openid = openid::read(members, &redirect_uris, realm)?;
        if auth_method.has_keys() && jwks.is_none() && openid.jwks_uri.is_none() {
            let needed = format!("or jwks_uri is needed for {}", auth_method.as_str());
            return Err(wrong("jwks", &needed));
        }
        let duties = openid::duties(members)?;
        if duties.binds && duties.binds_to_certificate {
            return Err(wrong(
                "tls_client_certificate_bound_access_tokens",
                "and dpop_bound_access_tokens exclude each other",
            ));
        }
        let own = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect::<Vec<_>>();
        Ok(Self {
            name: name(members, &redirect_uris)?,
            application_type,
            auth_method,
            jwks,
            certificate_subject: openid::certificate_subject(members, auth_method)?,
            duties,
            openid,
            scope: scope(members, realm)?,
            redirect_uris: own(redirect_uris),
            post_logout_redirect_uris: own(post_logout),
            grant_types,
            about: about(members)?,
        })
    }

    /// Whether it authenticates with a secret.
    #[must_use]
    pub fn needs_secret(&self) -> bool {
        self.auth_method.has_secret()
    }

    /// Whether identical registrations are one client: only where there is no secret that one of them would miss.
    #[must_use]
    pub fn is_foldable(&self) -> bool {
        self.auth_method == TokenEndpointAuthMethod::None
    }

    /// Writes the values into a record.
    pub fn put_into(&self, record: &mut ClientRecord) {
        record.name.clone_from(&self.name);
        record.application_type = self.application_type;
        record.auth_method = self.auth_method;
        record.jwks.clone_from(&self.jwks);
        record.certificate_subject.clone_from(&self.certificate_subject);
        record.duties = self.duties;
        record.openid.clone_from(&self.openid);
        record.redirect_uris.clone_from(&self.redirect_uris);
        record
            .post_logout_redirect_uris
            .clone_from(&self.post_logout_redirect_uris);
        record.grant_types.clone_from(&self.grant_types);
        record.default_scopes = self.scope.clone();
        record.about.clone_from(&self.about);
    }

    /// What a record says.
    #[must_use]
    pub fn of(record: &ClientRecord) -> Self {
        Self {
            name: record.name.clone(),
            application_type: record.application_type,
            auth_method: record.auth_method,
            jwks: record.jwks.clone(),
            certificate_subject: record.certificate_subject.clone(),
            duties: record.duties,
            openid: record.openid.clone(),
            redirect_uris: record.redirect_uris.clone(),
            post_logout_redirect_uris: record.post_logout_redirect_uris.clone(),
            grant_types: record.grant_types.clone(),
            scope: record.default_scopes.clone(),
            about: record.about.clone(),
        }
    }
}

/// Nothing is encrypted for a client and nothing of a client's is decrypted (OpenID Connect Registration section 2, JARM
/// section 3, RFC 9701 section 6).
const ENCRYPTION: [&str; 10] = [
    "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc",
    "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc",
    "authorization_encrypted_response_alg",
    "authorization_encrypted_response_enc",
    "introspection_encrypted_response_alg",
    "introspection_encrypted_response_enc",
    "request_object_encryption_alg",
    "request_object_encryption_enc",
];

/// Members that change how a client is secured or what it receives. To ignore them would register something weaker, or
/// something else, than was asked for.
fn refuse_unoffered(members: Members<'_>, realm: &Realm) -> Result<(), OAuthError> {
    for name in ENCRYPTION {
        members.refuse(name, None)?;
    }
    let id_token_algorithm = json!(realm.id_token.algorithm.as_str());
    for (name, harmless) in [
        ("request_uris", Some(json!([]))),
        ("id_token_signed_response_alg", Some(id_token_algorithm)),
        ("default_max_age", None),
        ("default_acr_values", Some(json!([]))),
    ] {
        members.refuse(name, harmless.as_ref())?;
    }
    // Every ID token of a login has auth_time: whoever requires it gets it, and whoever does not, too.
    members.flag("require_auth_time")?;
    if !realm.mtls.enabled {
        members.refuse("tls_client_certificate_bound_access_tokens", Some(&json!(false)))?;
    }
    Ok(())
}

/// The methods that a client can use with what it sends and what registration hands out.
const METHODS: &[TokenEndpointAuthMethod] = &[
    TokenEndpointAuthMethod::ClientSecretBasic,
    TokenEndpointAuthMethod::ClientSecretPost,
    TokenEndpointAuthMethod::None,
    TokenEndpointAuthMethod::PrivateKeyJwt,
    TokenEndpointAuthMethod::TlsClientAuth,
    TokenEndpointAuthMethod::SelfSignedTlsClientAuth,
];

fn auth_method(members: Members<'_>, realm: &Realm) -> Result<TokenEndpointAuthMethod, OAuthError> {
    let mut offered = METHODS
        .iter()
        .copied()
        .filter(|method| realm.auth_methods.contains(method));
    match members.text("token_endpoint_auth_method", MAX_TEXT)? {
        // RFC 7591 section 2: the default is client_secret_basic.
        None => offered.next(),
        Some(asked) => offered.find(|method| method.as_str() == asked),
    }
    .ok_or_else(|| wrong("token_endpoint_auth_method", "is not one that is offered here"))
}

/// RFC 8252: an installed program may use another port each time. One that says nothing, has no secret and returns to
/// this very computer only is installed.
fn application_type(
    members: Members<'_>,
    auth_method: TokenEndpointAuthMethod,
    redirect_uris: &[&str],
) -> Result<ApplicationType, OAuthError> {
    match members.text("application_type", MAX_TEXT)? {
        Some("web") => Ok(ApplicationType::Web),
        Some("native") => Ok(ApplicationType::Native),
        Some(_) => Err(wrong("application_type", "must be web or native")),
        None => {
            let is_installed = auth_method == TokenEndpointAuthMethod::None
                && !redirect_uris.is_empty()
                && redirect_uris.iter().all(|uri| is_loopback(uri));
            Ok(if is_installed {
                ApplicationType::Native
            } else {
                ApplicationType::Web
            })
        }
    }
}

/// The grant types that the client asks for and the realm offers to such clients. Others are left out and the reply says
/// so: programs ask for all that they could use anywhere.
fn grant_types(
    members: Members<'_>,
    auth_method: TokenEndpointAuthMethod,
    realm: &Realm,
) -> Result<Vec<GrantType>, OAuthError> {
    let asked = members
        .list("grant_types", MAX_NAMES, MAX_TEXT)?
        .unwrap_or_else(|| vec!["authorization_code"]);
    if let Some(types) = members.list("response_types", MAX_NAMES, MAX_TEXT)? {
        if types.iter().any(|kind| *kind != "code") {
            return Err(wrong("response_types", "may have code only"));
        }
        if types.contains(&"code") != asked.contains(&"authorization_code") {
            return Err(wrong("response_types", "and grant_types do not fit together"));
        }
    }
    let is_offered = |grant_type: &GrantType| {
        realm.offers(*grant_type)
            && realm.registration.grant_types.contains(grant_type)
            && asked.contains(&grant_type.as_str())
    };
    let granted: Vec<GrantType> = GrantType::ALL.iter().copied().filter(is_offered).collect();
    if granted.iter().all(|grant_type| *grant_type == GrantType::RefreshToken) {
        return Err(wrong("grant_types", "has none that is offered here"));
    }
    if auth_method == TokenEndpointAuthMethod::None && granted.contains(&GrantType::ClientCredentials) {
        return Err(wrong("grant_types", "cannot have client_credentials without a secret"));
    }
    Ok(granted)
}

fn check_uris(uris: &[&str], application_type: ApplicationType) -> Result<(), OAuthError> {
    for uri in uris {
        check_registrable(uri, application_type)
            .map_err(|error| OAuthError::with_detail(ErrorCode::InvalidRedirectUri, &format!("'{uri}': {error}")))?;
    }
    Ok(())
}

/// Public keys by value. A private or symmetric one refuses the whole set: whoever sent it has published it.
fn keys(members: Members<'_>) -> Result<Option<JwkSet>, OAuthError> {
    let Some(keys) = members.value("jwks") else {
        return Ok(None);
    };
    let written = serde_json::to_vec(keys).unwrap_or_default();
    JwkSet::parse(&written, MAX_KEYS)
        .map(|keys| (!keys.keys().is_empty()).then_some(keys))
        .map_err(|error| wrong("jwks:", &error.to_string()))
}

fn scope(members: Members<'_>, realm: &Realm) -> Result<ScopeSet, OAuthError> {
    let allowed = &realm.registration.scopes;
    let Some(text) = members.text("scope", MAX_SCOPE_TEXT)? else {
        // A client that names nothing gets no pattern by default: it would be permitted what nobody thought of.
        let named: ScopeSet = allowed.iter().filter(|scope| !is_pattern(scope)).collect();
        return Ok(if named.is_empty() { allowed.clone() } else { named });
    };
    let asked = ScopeSet::parse(text).map_err(|error| wrong("scope:", &error.to_string()))?;
    let granted = permitted(&asked, realm)?;
    if granted.is_empty() && !asked.is_empty() {
        return Err(wrong(
            "scope",
            "has nothing that clients which register themselves may have here",
        ));
    }
    Ok(granted)
}

/// The part of a scope that a client which registers itself may have. A program asks for what it knows from elsewhere too.
pub(super) fn permitted(asked: &ScopeSet, realm: &Realm) -> Result<ScopeSet, OAuthError> {
    let known: ScopeSet = asked.iter().filter(|scope| realm.catalogue.knows(scope)).collect();
    let bounds = Bounds {
        catalogue: &realm.catalogue,
        client: &realm.registration.scopes,
        role: None,
        excess: ExcessScope::Cut,
    };
    bounds.grant(&known)
}

/// The name that users read. Without one it is where the client returns to.
fn name(members: Members<'_>, redirect_uris: &[&str]) -> Result<String, OAuthError> {
    let Some(name) = members.text("client_name", MAX_NAME)? else {
        return Ok(redirect_uris.first().map_or_else(
            || "unnamed".to_owned(),
            |uri| shown_host(uri).chars().take(MAX_NAME).collect(),
        ));
    };
    if name.trim().is_empty() || name.chars().any(is_unfit) {
        return Err(wrong(
            "client_name",
            "must be plain text without markup, control characters and changes of direction",
        ));
    }
    Ok(name.to_owned())
}

/// Characters that have no place in a name: they could only make it look like something else.
fn is_unfit(character: char) -> bool {
    hides(character) || matches!(character, '<' | '>')
}

fn about(members: Members<'_>) -> Result<ClientAbout, OAuthError> {
    let shown = |name: &str| -> Result<Option<String>, OAuthError> {
        match members.text(name, MAX_URL)? {
            Some(text) if !web::is_showable(text) => Err(wrong(name, "must be an https URL")),
            text => Ok(text.map(str::to_owned)),
        }
    };
    let short = |name: &str| -> Result<Option<String>, OAuthError> {
        match members.text(name, MAX_TEXT)? {
            Some(text) if text.chars().any(is_unfit) => Err(wrong(name, "must be plain text")),
            text => Ok(text.map(str::to_owned)),
        }
    };
    let logo_uri = members.text("logo_uri", MAX_URL)?;
    if let Some(Err(error)) = logo_uri.map(WebUrl::parse) {
        return Err(wrong("logo_uri", &error.to_string()));
    }
    let contacts = members.list("contacts", MAX_NAMES, MAX_TEXT)?.unwrap_or_default();
    if contacts.iter().any(|contact| contact.chars().any(is_unfit)) {
        return Err(wrong("contacts", "must be plain text"));
    }
    Ok(ClientAbout {
        client_uri: shown("client_uri")?,
        logo_uri: logo_uri.map(str::to_owned),
        tos_uri: shown("tos_uri")?,
        policy_uri: shown("policy_uri")?,
        contacts: contacts.into_iter().map(str::to_owned).collect(),
        software_id: short("software_id")?,
        software_version: short("software_version")?,
    })
}
