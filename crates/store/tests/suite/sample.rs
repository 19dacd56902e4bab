//! Rows to write. A [`Sample`] draws ids that no other row of the same test has, and a record's plain values; a test
//! changes the fields that it is about.

use grantd_core::change::{Change, Guard, Write};
use grantd_core::record::client::{ClientAbout, GrantType, SecretProof};
use grantd_core::record::code::{Authentication, Delegation};
use grantd_core::record::{
    AccessRecord, ApiKeyRecord, AuditRecord, Binding, CertificateSubject, CertificateThumbprint, ClientDuties,
    ClientOpenid, ClientOrigin, ClientRecord, ClientSecret, CodeRecord, DeviceRecord, Factors, FamilyRecord,
    GrantRecord, Holder, KeyRecord, KeyState, MembershipRecord, Passkey, SessionRecord, TenantRecord,
    TokenEndpointAuthMethod, Totp, UseRecord, UserCodeKey, UserRecord,
};
use grantd_jose::{JwkSet, Thumbprint};
use grantd_protocol::entropy::counted::Counted;
use grantd_protocol::entropy::draw;
use grantd_protocol::id::{AccessId, ApiKeyId, AuditId, ChangeId, CodeId, DeviceId, FamilyId, GrantId, SessionId};
use grantd_protocol::pkce::CodeChallenge;
use grantd_protocol::redirect_uri::ApplicationType;
use grantd_protocol::{ScopeSet, Seconds, SecretHash, Timestamp};
use grantd_store::{CommitError, Store, StoreFault};
use serde_json::json;
use std::sync::Arc;

/// The instant at which most tests play.
pub const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
/// A client's keys: the P-256 key of RFC 7517 appendix A.1.
const KEYS: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"1","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}"#;
/// The realm that most tests use.
pub const REALM: &str = "main";

/// `seconds` after [`NOW`]; before it when negative.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(NOW.millis() + seconds * 1000)
}

/// A source of rows.
#[derive(Default)]
pub struct Sample {
    entropy: Counted,
}

/// Somebody who allowed something: the rows that codes, families and tokens hang off.
pub struct Consent {
    pub user: UserRecord,
    pub session: SessionRecord,
    pub grant: GrantRecord,
}

impl Consent {
    pub fn writes(&self) -> Vec<Write> {
        vec![
            Write::InsertUser(Box::new(self.user.clone())),
            Write::InsertSession(Box::new(self.session.clone())),
            Write::InsertGrant(Box::new(self.grant.clone())),
        ]
    }
}

impl Sample {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn change(&self, guards: Vec<Guard>, writes: Vec<Write>) -> Change {
        self.change_at(NOW, guards, writes)
    }

    pub fn change_at(&self, now: Timestamp, guards: Vec<Guard>, writes: Vec<Write>) -> Change {
        Change {
            id: ChangeId::draw(now, &self.entropy),
            guards,
            writes,
        }
    }

    /// Commits writes without guards.
    pub async fn put(&self, store: &impl Store, writes: Vec<Write>) -> u64 {
        store.commit(self.change(Vec::new(), writes)).await.unwrap()
    }

    /// Whether a guard holds now.
    pub async fn holds(&self, store: &impl Store, guard: Guard) -> bool {
        self.holds_at(store, NOW, guard).await
    }

    pub async fn holds_at(&self, store: &impl Store, now: Timestamp, guard: Guard) -> bool {
        // A write besides, so that the answer comes from the path that changes take.
        let line = Write::Audit(Box::new(self.audit("guard.held")));
        match store.commit(self.change_at(now, vec![guard], vec![line])).await {
            Ok(_) => true,
            Err(CommitError::Conflict) => false,
            Err(fault) => panic!("{fault}"),
        }
    }

    /// Commits what must be refused as a fault of the caller.
    pub async fn refused(&self, store: &impl Store, writes: Vec<Write>) {
        let result = store.commit(self.change(Vec::new(), writes)).await;
        assert!(
            matches!(result, Err(CommitError::Fault(StoreFault::Corrupt(_)))),
            "{result:?}"
        );
    }

    pub fn client(&self, client_id: &str) -> ClientRecord {
        ClientRecord {
            realm: REALM.into(),
            client_id: client_id.into(),
            version: 1,
            name: "Ledger".to_owned(),
            application_type: ApplicationType::Web,
            origin: ClientOrigin::Console,
            verified_domain: None,
            auth_method: TokenEndpointAuthMethod::ClientSecretBasic,
            secrets: vec![ClientSecret {
                hash: SecretProof::Quick(SecretHash::of(client_id.as_bytes())),
                first_four: "abcd".to_owned(),
                last_four: "wxyz".to_owned(),
                created_at: NOW,
                expires_at: Some(at(60)),
            }],
            openid: ClientOpenid {
                backchannel_logout_uri: Some("https://app.example/out".to_owned()),
                ..ClientOpenid::default()
            },
            duties: ClientDuties {
                pushes: true,
                ..ClientDuties::default()
            },
            jwks: Some(JwkSet::parse(KEYS.as_bytes(), 1).unwrap()),
            certificate_subject: Some(CertificateSubject::Dns("app.example".to_owned())),
            redirect_uris: vec!["https://app.example/cb".to_owned()],
            post_logout_redirect_uris: Vec::new(),
            grant_types: vec![GrantType::AuthorizationCode],
            scopes: scope("invoices:*"),
            default_scopes: scope("invoices:read"),
            optional_scopes: ScopeSet::empty(),
            token_format: None,
            access_lifetime: Some(Seconds(60)),
            tenant: None,
            role: None,
            resources: Vec::new(),
            dialect: None,
            about: ClientAbout {
                software_id: Some("ledger".to_owned()),
                contacts: vec!["ops@app.example".to_owned()],
                ..ClientAbout::default()
            },
            registration_token: Some(SecretHash::of(b"manages")),
            changed_hands_at: Some(NOW),
            development: None,
            enabled: true,
            created_at: NOW,
            updated_at: NOW,
        }
    }

    pub fn user(&self, id: &str) -> UserRecord {
        UserRecord {
            realm: REALM.into(),
            id: id.into(),
            version: 1,
            username: format!("{id}@Example.org"),
            password_hash: Some("$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA".to_owned()),
            password_changed_at: NOW,
            factors: Some(Box::new(Factors {
                totp: Some(Totp {
                    sealed: "c2VhbGVk".to_owned(),
                    last_step: 59_844_750,
                    since: NOW,
                }),
                recovery: vec!["dGFn".to_owned()],
                passkeys: vec![Passkey {
                    id: "Y3JlZGVudGlhbA".to_owned(),
                    key: r#"{"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#
                        .to_owned(),
                    counter: u32::MAX,
                    synced: true,
                    name: "Ada’s key".to_owned(),
                    since: NOW,
                    used_at: Some(at(60)),
                }],
            })),
            claims: json!({"name": "Ada", "address": {"country": "GB"}})
                .as_object()
                .unwrap()
                .clone(),
            enabled: true,
            created_at: NOW,
        }
    }

    pub fn session(&self, user: &str) -> SessionRecord {
        SessionRecord {
            id: SessionId::draw(NOW, &self.entropy),
            hash: SecretHash::from_bytes(draw(&self.entropy)),
            realm: REALM.into(),
            user: user.into(),
            authentication: authentication(),
            created_at: NOW,
            expires_at: at(3600),
            ended_at: None,
            user_agent: Some("Mozilla/5.0".to_owned()),
            address: Some("192.0.2.1".to_owned()),
        }
    }

    pub fn grant(&self, user: &str, client_id: &str) -> GrantRecord {
        GrantRecord {
            id: GrantId::draw(NOW, &self.entropy),
            version: 1,
            realm: REALM.into(),
            user: user.into(),
            client_id: client_id.into(),
            tenant: None,
            scope: scope("invoices:read openid"),
            resource: "https://api.example".into(),
            redirect_uri: "https://app.example/cb".to_owned(),
            created_at: NOW,
            updated_at: NOW,
            expires_at: None,
            session: None,
            ended_at: None,
        }
    }

    pub fn consent(&self, user: &str, client_id: &str) -> Consent {
        Consent {
            user: self.user(user),
            session: self.session(user),
            grant: self.grant(user, client_id),
        }
    }

    pub fn delegation(&self, consent: &Consent) -> Delegation {
        Delegation {
            realm: REALM.into(),
            issuer: "https://id.example".into(),
            client_id: Arc::clone(&consent.grant.client_id),
            grant: consent.grant.id,
            session: Some(consent.session.id),
            user: Arc::clone(&consent.user.id),
            tenant: Some("acme".into()),
            scope: scope("invoices:read openid"),
            resource: "https://api.example".into(),
            authentication: authentication(),
            nonce: Some("n-0S6_WzA2Mj".to_owned()),
            bound_to: Some(Binding::Key(Thumbprint::from_bytes([7; 32]))),
            more: None,
        }
    }

    /// A device that waits; its user code is made of this number.
    pub fn device(&self, code: u8) -> DeviceRecord {
        DeviceRecord {
            id: DeviceId::draw(NOW, &self.entropy),
            version: 1,
            hash: SecretHash::of(b"device"),
            user_code: UserCodeKey([code; 32]),
            realm: REALM.into(),
            issuer: "https://id.example".into(),
            client_id: "ledger".into(),
            scope: scope("openid orders:read"),
            resource: "https://api.example".into(),
            details: None,
            interval: Seconds(5),
            polled_at: None,
            answer: None,
            created_at: at(0),
            expires_at: at(600),
        }
    }

    pub fn code(&self, consent: &Consent) -> CodeRecord {
        CodeRecord {
            id: CodeId::draw(NOW, &self.entropy),
            hash: SecretHash::from_bytes(draw(&self.entropy)),
            family: FamilyId::draw(NOW, &self.entropy),
            delegation: self.delegation(consent),
            redirect_uri: "https://app.example/cb".to_owned(),
            challenge: Some(CodeChallenge::from_bytes(draw(&self.entropy))),
            created_at: NOW,
            expires_at: at(60),
            spent_at: None,
            keep_until: at(60),
        }
    }

    pub fn family(&self, consent: &Consent) -> FamilyRecord {
        FamilyRecord {
            id: FamilyId::draw(NOW, &self.entropy),
            delegation: self.delegation(consent),
            generation: Some(0),
            rotated_at: NOW,
            salt: draw(&self.entropy),
            offline: true,
            created_at: NOW,
            idle_expires_at: at(600),
            absolute_expires_at: Some(at(6000)),
            ended_at: None,
        }
    }

    /// A token of a family.
    pub fn access(&self, family: &FamilyRecord) -> AccessRecord {
        let delegation = &family.delegation;
        AccessRecord {
            id: AccessId::draw(NOW, &self.entropy),
            realm: Arc::clone(&delegation.realm),
            hash: Some(SecretHash::from_bytes(draw(&self.entropy))),
            client_id: Arc::clone(&delegation.client_id),
            grant: Some(delegation.grant),
            family: Some(family.id),
            subject: Arc::clone(&delegation.user),
            tenant: delegation.tenant.clone(),
            scope: delegation.scope.clone(),
            audience: Arc::clone(&delegation.resource),
            issuer: Arc::clone(&delegation.issuer),
            issued_at: NOW,
            expires_at: at(300),
            ended_at: None,
            name: None,
            status: None,
            more: None,
            bound_to: Some(Binding::Certificate(CertificateThumbprint::of(b"a certificate"))),
        }
    }

    /// A token that a client got for itself.
    pub fn own_access(&self, client_id: &str) -> AccessRecord {
        self.own_access_at(client_id, NOW)
    }

    pub fn own_access_at(&self, client_id: &str, now: Timestamp) -> AccessRecord {
        AccessRecord {
            id: AccessId::draw(now, &self.entropy),
            realm: REALM.into(),
            hash: None,
            client_id: client_id.into(),
            grant: None,
            family: None,
            subject: client_id.into(),
            tenant: None,
            scope: scope("invoices:read"),
            audience: "".into(),
            issuer: "https://id.example".into(),
            issued_at: now,
            expires_at: now.plus(Seconds(300)),
            ended_at: None,
            name: None,
            status: None,
            more: None,
            bound_to: Some(Binding::Certificate(CertificateThumbprint::of(b"a certificate"))),
        }
    }

    /// A token that a user made by hand.
    pub fn access_by_hand(&self, client_id: &str, user: &str, tenant: Option<&str>) -> AccessRecord {
        AccessRecord {
            subject: user.into(),
            tenant: tenant.map(Into::into),
            hash: Some(SecretHash::from_bytes(draw(&self.entropy))),
            name: Some("nightly export".into()),
            status: None,
            more: None,
            bound_to: None,
            ..self.own_access(client_id)
        }
    }

    pub fn api_key(&self, tenant: Option<&str>) -> ApiKeyRecord {
        self.api_key_at(tenant, NOW)
    }

    pub fn api_key_at(&self, tenant: Option<&str>, now: Timestamp) -> ApiKeyRecord {
        ApiKeyRecord {
            id: ApiKeyId::draw(now, &self.entropy),
            realm: REALM.into(),
            version: 1,
            hash: SecretHash::from_bytes(draw(&self.entropy)),
            last_four: "wxyz".to_owned(),
            tenant: tenant.map(Into::into),
            name: "reporting".into(),
            scope: scope("invoices:read subscriptions:*"),
            created_by: "user:ada".to_owned(),
            role: Some("editor".into()),
            created_at: now,
            expires_at: Some(at(600)),
            ended_at: None,
        }
    }

    /// Three uses at one instant.
    pub fn uses(&self, holder: Holder, permission: Option<&str>, seconds: i64) -> UseRecord {
        UseRecord {
            realm: REALM.into(),
            holder,
            permission: permission.map(Into::into),
            count: 3,
            first_used_at: at(seconds),
            last_used_at: at(seconds),
        }
    }

    pub fn tenant(&self, id: &str) -> TenantRecord {
        TenantRecord {
            realm: REALM.into(),
            id: id.into(),
            version: 1,
            name: "Acme".to_owned(),
            enabled: true,
            apps: grantd_core::record::AppPolicy::Open,
            created_at: NOW,
        }
    }

    pub fn membership(&self, user: &str, tenant: &TenantRecord, role: &str) -> MembershipRecord {
        MembershipRecord {
            realm: REALM.into(),
            user: user.into(),
            tenant: tenant.clone(),
            role: role.into(),
        }
    }

    pub fn key(&self, kid: &str, created_at: Timestamp) -> KeyRecord {
        KeyRecord {
            realm: REALM.into(),
            kid: kid.to_owned(),
            alg: "ES256".to_owned(),
            state: KeyState::Next,
            sealed: vec![0, 1, 2, 255],
            created_at,
            since: created_at,
            remove_at: None,
        }
    }

    pub fn audit(&self, action: &str) -> AuditRecord {
        self.audit_at(action, NOW)
    }

    pub fn audit_at(&self, action: &str, now: Timestamp) -> AuditRecord {
        AuditRecord {
            id: AuditId::draw(now, &self.entropy),
            realm: REALM.into(),
            at: now,
            actor: "cli".to_owned(),
            action: action.to_owned(),
            target: "client:ledger".to_owned(),
            address: None,
            detail: json!({"before": null, "after": ["a", 1]}),
        }
    }
}

pub fn scope(text: &str) -> ScopeSet {
    ScopeSet::parse(text).unwrap()
}

fn authentication() -> Authentication {
    Authentication {
        at: at(-5),
        acr: Some("urn:level:2".to_owned()),
        amr: vec!["pwd".to_owned(), "otp".to_owned()],
    }
}
