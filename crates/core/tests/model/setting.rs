//! The realm, clients and users that the model plays with.

use grantd_core::permission::{Catalogue, Permission, Risk};
use grantd_core::realm::DocumentPolicy;
use grantd_core::realm::{
    AccessPolicy, ApiKeyPolicy, AssertionPolicy, ClientIdShape, CodePolicy, DevicePolicy, DpopPolicy, ExcessScope,
    IdTokenPolicy, MtlsPolicy, NewClientPermissions, OpenidPolicy, PkcePolicy, Profile, PushedPolicy, Realm,
    RefreshPolicy, RequestObjectPolicy, Resource, Rotation, TenantPolicy,
};
use grantd_core::record::client::{ClientAbout, GrantType, SecretProof};
use grantd_core::record::{
    ClientDuties, ClientOpenid, ClientOrigin, ClientRecord, ClientSecret, TokenEndpointAuthMethod, TokenFormat,
    UserRecord,
};
use grantd_core::registration::RegistrationPolicy;
use grantd_jose::Algorithm;
use grantd_protocol::redirect_uri::ApplicationType;
use grantd_protocol::{ScopeSet, Seconds, SecretHash, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeMap;

pub(crate) const USERS: usize = 2;
/// The first is confidential, the second public.
pub(crate) const CLIENTS: usize = 2;
pub(crate) const SECRET: &str = "theSecretOfTheFirst";
pub(crate) const REDIRECT: &str = "https://rp.example/cb";
pub(crate) const API: &str = "https://api.example";
pub(crate) const START: Timestamp = Timestamp::from_secs(1_800_000_000);

pub(crate) const CODE_SECONDS: i64 = 60;
pub(crate) const ACCESS_SECONDS: i64 = 600;
pub(crate) const IDLE_SECONDS: i64 = 3000;
pub(crate) const SESSION_SECONDS: i64 = 28_800;

/// What differs between realms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) grace: u32,
    pub(crate) absolute: Option<u32>,
    /// Whether confidential clients rotate as well.
    pub(crate) all_rotate: bool,
}

pub(crate) fn rules() -> impl Strategy<Value = Rules> {
    let grace = prop_oneof![3 => Just(10_u32), 1 => Just(0)];
    let absolute = prop_oneof![Just(None), Just(Some(4000_u32))];
    (grace, absolute, any::<bool>()).prop_map(|(grace, absolute, all_rotate)| Rules {
        grace,
        absolute,
        all_rotate,
    })
}

pub(crate) fn realm(rules: Rules) -> Realm {
    let seconds = |seconds: i64| Seconds(u32::try_from(seconds).unwrap());
    let permission = Permission {
        name: "invoices:read".into(),
        group: String::new(),
        description: String::new(),
        risk: Risk::Read,
        implies: Vec::new(),
    };
    Realm {
        name: "main".into(),
        display_name: String::new(),
        issuer: "https://id.example".into(),
        aliases: Vec::new(),
        profile: Profile::None,
        pkce: PkcePolicy::Required,
        access: AccessPolicy {
            format: TokenFormat::Opaque,
            algorithm: Algorithm::ES256,
            typ: "at+jwt".into(),
            lifetime: seconds(ACCESS_SECONDS),
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
            rotation: if rules.all_rotate {
                Rotation::Always
            } else {
                Rotation::PublicClients
            },
            grace: Seconds(rules.grace),
            idle: seconds(IDLE_SECONDS),
            absolute: rules.absolute.map(Seconds),
            prefix: "rt_".into(),
            requires_offline_access: false,
        },
        code: CodePolicy {
            lifetime: seconds(CODE_SECONDS),
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
        session_lifetime: seconds(SESSION_SECONDS),
        catalogue: Catalogue::new(vec![permission], true),
        roles: BTreeMap::new(),
        stored_roles: grantd_core::realm::StoredRoles::default(),
        operators: std::collections::BTreeMap::new(),
        portal: grantd_core::realm::PortalPolicy::closed(),
        tenants: TenantPolicy {
            enabled: false,
            claim: "tenant".into(),
        },
        resources: vec![Resource {
            identifier: API.into(),
            name: String::new(),
            broker: None,
        }],
        api: None,
        default_resource: API.into(),
        excess_scope: ExcessScope::Refuse,
        auth_methods: vec![TokenEndpointAuthMethod::None, TokenEndpointAuthMethod::ClientSecretPost],
        assertions: AssertionPolicy::default(),
        pushed: PushedPolicy::default(),
        request_objects: RequestObjectPolicy::default(),
        dpop: DpopPolicy::default(),
        mtls: MtlsPolicy::default(),
        exchanges: Vec::new(),
        trusted_issuers: Vec::new(),
        upstreams: Vec::new(),
        grant_types: GrantType::ALL.to_vec(),
        client_ids: ClientIdShape::Opaque,
        dialects: Vec::new(),
        new_client_permissions: NewClientPermissions::None,
        registration: RegistrationPolicy::default(),
        documents: DocumentPolicy::default(),
        openid: OpenidPolicy::default(),
        details: Vec::new(),
        signed_responses: true,
        tightenings: grantd_core::tightening::Tightenings::default(),
    }
}

pub(crate) fn client(number: usize) -> ClientRecord {
    let public = number == 1;
    let secret = ClientSecret {
        hash: SecretProof::Quick(SecretHash::of(SECRET.as_bytes())),
        first_four: String::new(),
        last_four: String::new(),
        created_at: START,
        expires_at: None,
    };
    ClientRecord {
        realm: "main".into(),
        client_id: format!("client{number}").into(),
        version: 1,
        name: String::new(),
        application_type: ApplicationType::Web,
        origin: ClientOrigin::Console,
        verified_domain: None,
        auth_method: if public {
            TokenEndpointAuthMethod::None
        } else {
            TokenEndpointAuthMethod::ClientSecretPost
        },
        secrets: if public { Vec::new() } else { vec![secret] },
        jwks: None,
        certificate_subject: None,
        duties: ClientDuties::default(),
        openid: ClientOpenid::default(),
        redirect_uris: vec![REDIRECT.into()],
        post_logout_redirect_uris: Vec::new(),
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        scopes: ScopeSet::parse("openid offline_access invoices:read").unwrap(),
        default_scopes: ScopeSet::parse("invoices:read").unwrap(),
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
        // Clocks go back in the model, and no token is older than its client.
        created_at: Timestamp::from_secs(1_700_000_000),
        updated_at: START,
    }
}

pub(crate) fn user(number: usize) -> UserRecord {
    UserRecord {
        realm: "main".into(),
        id: format!("user{number}").into(),
        version: 1,
        username: format!("user{number}"),
        password_hash: None,
        password_changed_at: Timestamp::default(),
        claims: serde_json::Map::new(),
        factors: None,
        enabled: true,
        created_at: START,
    }
}
