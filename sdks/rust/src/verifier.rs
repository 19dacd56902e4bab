//! The resource server's side: what an API asks about each request, and how it refuses.

#[cfg(feature = "axum")]
mod axum;
mod binding;
mod bounded;
mod builder;
mod claims;
mod introspection;
mod jwt;
mod key_set;
#[cfg(feature = "tower")]
mod layer;
mod presented;
mod principal;
mod proof;
mod reason;
mod refusal;
mod seen;
mod status_list;
mod usage;
mod verify;

#[cfg(feature = "axum")]
pub use self::axum::Claims;
pub use builder::VerifierBuilder;
#[cfg(feature = "tower")]
pub use layer::{RequireScopes, RequireScopesService};
pub use presented::{ClientCertificate, RequestFacts, Scheme};
pub use principal::{Confirmation, Kind, Principal};
pub use proof::ProofMemory;
pub use reason::Reason;
pub use refusal::{Challenges, Refusal, Reply};
pub use usage::{UsageSink, Use};
pub use verify::Verifier;
