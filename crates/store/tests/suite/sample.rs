//! Rows to write. A [`Sample`] draws ids that no other row of the same test has, and a record's plain values; a test
//! changes the fields that it is about.

mod issued;

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
