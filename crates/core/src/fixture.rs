//! Records with sensible defaults for the tests of this crate: one realm, one confidential client, one user who is
//! logged in and has allowed the client something. Each builder takes a closure that says what is different.

pub(crate) mod authorization;
pub(crate) mod jwt;
mod people;
pub(crate) mod token_endpoint;

pub(crate) use people::{
    authentication, decided, delegation, grant, grant_with, membership, session, session_facts, user,
};

use crate::admin::Actor;
use crate::admin::deed::Deed;
use crate::client_auth::{AuthenticatedClient, Presented, Setting, authenticate};
use crate::details::{self, DetailField, DetailType, FieldKind};
use crate::grant::context::Context;
use crate::permission::{Catalogue, Permission, Risk};
use crate::realm::{
    AccessPolicy, ApiKeyPolicy, AssertionPolicy, AuthenticationLevel, ClientIdShape, CodePolicy, DevicePolicy,
    DocumentPolicy, DpopPolicy, ExcessScope, IdTokenPolicy, MtlsPolicy, NewClientPermissions, OpenidPolicy, PkcePolicy,
    Profile, PushedPolicy, Realm, RefreshPolicy, RequestObjectPolicy, Resource, Rotation, TenantPolicy,
};
use crate::record::client::{ClientAbout, GrantType};
use crate::record::code::{Authentication, Delegation};
use crate::record::{
    AppPolicy, AppState, ClientDuties, ClientOpenid, ClientOrigin, ClientRecord, ClientSecret, GrantRecord,
    MembershipRecord, SecretProof, SessionFacts, SessionRecord, TenantAppRecord, TenantRecord, TokenEndpointAuthMethod,
    TokenFormat, UserRecord,
};
use crate::refresh_value::RefreshKey;
use crate::registration::RegistrationPolicy;
use grantd_jose::Algorithm;
use grantd_protocol::id::{GrantId, SessionId};
use grantd_protocol::pkce::CodeChallenge;
use grantd_protocol::redirect_uri::ApplicationType;
use grantd_protocol::{Entropy, RawParams, ScopeSet, Seconds, SecretHash, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;

/// The instant at which everything in a test happens, unless it says otherwise.
pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
pub(crate) const ISSUER: &str = "https://id.example";
pub(crate) const TOKEN_ENDPOINT: &str = "https://id.example/token";
pub(crate) const ALIAS: &str = "https://alias.example";
pub(crate) const API: &str = "https://api.example";
/// The admin API of the realm.
pub(crate) const ADMIN_API: &str = "https://id.example/api/v1";
pub(crate) const OTHER_API: &str = "https://other.example/v1";
pub(crate) const CLIENT: &str = "webapp";
pub(crate) const SECRET: &str = "s3cretOfTheWebApp";
pub(crate) const REDIRECT: &str = "https://rp.example/cb";
pub(crate) const USER: &str = "ada";
/// The pair of RFC 7636 appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) const GRANT: GrantId = GrantId::from_bytes([1; 16]);
pub(crate) const SESSION: SessionId = SessionId::from_bytes([2; 16]);

pub(crate) fn scopes(text: &str) -> ScopeSet {
    ScopeSet::parse(text).unwrap()
}

pub(crate) fn params(pairs: &[(&str, &str)]) -> RawParams {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    RawParams::from_pairs(pairs.iter().map(own).collect()).unwrap()
}

/// What `actor` does at [`NOW`], from nowhere.
pub(crate) fn deed<'a>(realm: &'a Realm, actor: &'a Actor, entropy: &'a dyn Entropy) -> Deed<'a> {
    Deed {
        realm,
        actor,
        address: None,
        now: NOW,
        entropy,
        secrets: entropy,
    }
}

/// An instant so many seconds after [`NOW`]; negative ones lie before it.
pub(crate) fn after(seconds: i64) -> Timestamp {
    Timestamp::from_millis(NOW.millis() + seconds * 1000)
}

pub(crate) fn realm() -> Realm {
    let permission = |name: &str| Permission {
        name: name.into(),
        group: String::new(),
        description: String::new(),
        risk: Risk::Read,
        implies: Vec::new(),
    };
    let names = ["invoices:read", "invoices:write", "customers:read", "customers:write"];
    let resource = |identifier: &str| Resource {
        identifier: identifier.into(),
        name: String::new(),
        broker: None,
    };
    Realm {
        name: "main".into(),
        display_name: "Example".into(),
        issuer: ISSUER.into(),
        aliases: vec![ALIAS.into()],
        profile: Profile::None,
        pkce: PkcePolicy::Required,
        access: AccessPolicy {
            format: TokenFormat::Opaque,
            algorithm: Algorithm::ES256,
            typ: "at+jwt".into(),
            lifetime: Seconds(600),
            prefix: "at_".into(),
            by_hand_lifetime: Seconds(31_536_000),
            status_list: None,
        },
        api_keys: ApiKeyPolicy {
            enabled: true,
            prefix: "ak_".into(),
            max_lifetime: None,
        },
        refresh: RefreshPolicy {
            rotation: Rotation::Always,
            grace: Seconds(10),
            idle: Seconds(86_400),
            absolute: None,
            prefix: "rt_".into(),
            requires_offline_access: false,
        },
        code: CodePolicy {
            lifetime: Seconds(60),
            prefix: "ac_".into(),
        },
        device: DevicePolicy {
            lifetime: Seconds(600),
            interval: Seconds(5),
            prefix: "dc_".into(),
        },
        id_token: IdTokenPolicy {
            algorithm: Algorithm::ES256,
            lifetime: Seconds(300),
        },
        session_lifetime: Seconds(28_800),
        catalogue: Catalogue::new(names.into_iter().map(permission).collect(), true),
        roles: [("owner", "*"), ("viewer", "invoices:read customers:read")]
            .into_iter()
            .map(|(name, held)| (Arc::from(name), scopes(held)))
            .collect(),
        stored_roles: crate::realm::StoredRoles::default(),
        operators: std::collections::BTreeMap::new(),
        portal: crate::realm::PortalPolicy::closed(),
        tenants: TenantPolicy {
            enabled: false,
            claim: "tenant".into(),
        },
        resources: vec![resource(API), resource(OTHER_API)],
        api: Some(resource(ADMIN_API)),
        default_resource: API.into(),
        excess_scope: ExcessScope::Refuse,
        auth_methods: vec![
            TokenEndpointAuthMethod::None,
            TokenEndpointAuthMethod::ClientSecretBasic,
            TokenEndpointAuthMethod::ClientSecretPost,
            TokenEndpointAuthMethod::PrivateKeyJwt,
            TokenEndpointAuthMethod::TlsClientAuth,
            TokenEndpointAuthMethod::SelfSignedTlsClientAuth,
        ],
        assertions: AssertionPolicy::default(),
        pushed: PushedPolicy::default(),
        request_objects: RequestObjectPolicy::default(),
        dpop: DpopPolicy::default(),
        mtls: MtlsPolicy { enabled: true },
        exchanges: Vec::new(),
        upstreams: Vec::new(),
        trusted_issuers: Vec::new(),
        grant_types: GrantType::ALL.to_vec(),
        client_ids: ClientIdShape::Opaque,
        dialects: Vec::new(),
        new_client_permissions: NewClientPermissions::None,
        registration: RegistrationPolicy::default(),
        documents: DocumentPolicy::default(),
        openid: OpenidPolicy::default(),
        details: Vec::new(),
        signed_responses: true,
        tightenings: crate::tightening::Tightenings::default(),
    }
}

pub(crate) fn realm_with(change: impl FnOnce(&mut Realm)) -> Realm {
    let mut realm = realm();
    change(&mut realm);
    realm
}

/// A realm's levels of authentication, the weakest first.
pub(crate) fn with_levels(levels: &[(&str, &[&str])]) -> OpenidPolicy {
    let level = |(name, methods): &(&str, &[&str])| AuthenticationLevel {
        name: (*name).into(),
        methods: methods.iter().map(|method| (*method).to_owned()).collect(),
    };
    OpenidPolicy {
        levels: levels.iter().map(level).collect(),
        methods: &["pwd", "otp"],
        ..OpenidPolicy::default()
    }
}

/// A type of authorization details with a member of each kind.
pub(crate) fn payment() -> DetailType {
    let field = |name: &str, label: &str, kind: FieldKind, max: u32| DetailField {
        name: name.to_owned(),
        label: label.to_owned(),
        kind,
        required: false,
        max,
        values: Vec::new(),
    };
    let required = |field: DetailField, values: &[&str]| DetailField {
        required: true,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        ..field
    };
    DetailType {
        name: "payment".into(),
        title: "Make a payment".to_owned(),
        fields: vec![
            required(field("amount.value", "Amount", FieldKind::Amount, 1_000_000), &[]),
            required(
                field("amount.currency", "Currency", FieldKind::Text, 3),
                &["EUR", "GBP"],
            ),
            required(field("creditor", "To", FieldKind::Text, 70), &[]),
            DetailField {
                values: vec!["initiate".to_owned(), "cancel".to_owned()],
                ..field("actions", "May", FieldKind::List, 2)
            },
            field("urgent", "At once", FieldKind::Flag, 1),
            field("copies", "Copies", FieldKind::Number, 3),
            field(details::LOCATIONS, "At", FieldKind::List, 3),
        ],
        without_user: false,
    }
}

pub(crate) fn secret(text: &str, expires_at: Option<Timestamp>) -> ClientSecret {
    ClientSecret {
        hash: SecretProof::Quick(SecretHash::of(text.as_bytes())),
        first_four: String::new(),
        last_four: String::new(),
        created_at: Timestamp::default(),
        expires_at,
    }
}

/// A confidential web client that an operator registered.
pub(crate) fn client() -> ClientRecord {
    ClientRecord {
        realm: "main".into(),
        client_id: CLIENT.into(),
        version: 1,
        name: "Web app".into(),
        application_type: ApplicationType::Web,
        origin: ClientOrigin::Console,
        verified_domain: None,
        auth_method: TokenEndpointAuthMethod::ClientSecretBasic,
        secrets: vec![secret(SECRET, None)],
        jwks: None,
        certificate_subject: None,
        duties: ClientDuties::default(),
        openid: ClientOpenid::default(),
        redirect_uris: vec![REDIRECT.into()],
        post_logout_redirect_uris: Vec::new(),
        grant_types: GrantType::ALL.to_vec(),
        scopes: scopes("openid profile email offline_access invoices:read invoices:write customers:read"),
        default_scopes: scopes("invoices:read"),
        optional_scopes: ScopeSet::empty(),
        token_format: None,
        access_lifetime: None,
        tenant: None,
        role: None,
        resources: Vec::new(),
        dialect: None,
        about: ClientAbout::default(),
        registration_token: None,
        changed_hands_at: None,
        development: None,
        enabled: true,
        created_at: after(-1000),
        updated_at: after(-1000),
    }
}

pub(crate) fn client_with(change: impl FnOnce(&mut ClientRecord)) -> ClientRecord {
    let mut client = client();
    change(&mut client);
    client
}

/// Makes a client public: nothing to prove with.
pub(crate) fn make_public(client: &mut ClientRecord) {
    client.auth_method = TokenEndpointAuthMethod::None;
    client.secrets.clear();
}

/// Where clients authenticate, unless a test says otherwise.
pub(crate) fn setting(realm: &Realm) -> Setting<'_> {
    Setting {
        realm,
        issuer: ISSUER,
        token_endpoint: TOKEN_ENDPOINT,
        fetched_keys: None,
        certificate: None,
        now: NOW,
    }
}

/// The client as it is after it proved who it is.
pub(crate) fn authenticated(client: &ClientRecord) -> AuthenticatedClient {
    let mut pairs = vec![("client_id", &*client.client_id)];
    if !client.is_public() {
        pairs.push(("client_secret", SECRET));
    }
    let presented = Presented::read(&params(&pairs), None).unwrap();
    authenticate(&presented, Some(&Arc::new(client.clone())), &setting(&realm())).unwrap()
}

pub(crate) fn challenge() -> Option<CodeChallenge> {
    CodeChallenge::from_params(Some(CHALLENGE), Some("S256")).unwrap()
}

pub(crate) fn refresh_key() -> RefreshKey {
    RefreshKey::new(&[9; 32])
}

/// Runs `decide` at the realm's own issuer, now.
pub(crate) fn at_the_issuer<T>(realm: &Realm, decide: impl FnOnce(&Context<'_>) -> T) -> T {
    let issuer = Arc::clone(&realm.issuer);
    decide(&Context {
        realm,
        issuer: &issuer,
        now: NOW,
    })
}
