//! The facts that the store keeps, as the decisions see them. Records hold no rule: whether a code is still good is
//! decided where codes are exchanged.

pub mod access;
pub mod api_key;
pub mod audit;
pub mod authentication;
pub mod binding;
pub mod certificate_subject;
pub mod client;
pub mod client_openid;
pub mod code;
pub mod details;
pub mod development;
pub mod device;
pub mod factors;
pub mod family;
pub mod grant;
pub mod idempotency;
pub mod kept_status;
pub mod key;
pub mod refused;
pub mod released_claims;
pub mod role;
pub mod session;
pub mod session_client;
pub mod status_place;
pub mod tenant;
pub mod tenant_app;
pub mod token_format;
pub mod upstream_link;
pub mod usage;
pub mod user;
pub mod webhook;

pub use access::{AccessFacts, AccessRecord};
pub use api_key::{ApiKeyFacts, ApiKeyRecord};
pub use audit::AuditRecord;
pub use binding::{Binding, CertificateThumbprint};
pub use certificate_subject::CertificateSubject;
pub use client::{
    ClientAbout, ClientDuties, ClientOrigin, ClientRecord, ClientSecret, SecretProof, TokenEndpointAuthMethod,
};
pub use client_openid::{ClientOpenid, SubjectType};
pub use code::{CodeFacts, CodeRecord};
pub use development::{Development, Stage, Wish};
pub use device::{DeviceAnswer, DeviceRecord, UserCodeKey};
pub use factors::{Factors, Passkey, Totp};
pub use family::{FamilyFacts, FamilyRecord};
pub use grant::GrantRecord;
pub use idempotency::IdempotencyRecord;
pub use kept_status::KeptStatus;
pub use key::{KeyRecord, KeyState};
pub use refused::{RefusalCount, RefusedRecord};
pub use released_claims::ReleasedClaims;
pub use role::{RoleHolders, RoleRecord};
pub use session::{SessionFacts, SessionRecord};
pub use session_client::SessionClient;
pub use tenant::{AppPolicy, MembershipRecord, TenantRecord};
pub use tenant_app::{AppState, TenantAppRecord};
pub use token_format::TokenFormat;
pub use upstream_link::{LinkedPerson, UpstreamLink};
pub use usage::{Holder, UseRecord};
pub use user::UserRecord;
pub use webhook::{DeliveryFate, DeliveryKey, DeliveryRecord, DeliveryState, WebhookRecord};
