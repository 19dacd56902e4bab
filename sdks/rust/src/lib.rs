#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(any(feature = "client", feature = "verifier")),
    allow(
        dead_code,
        unused_imports,
        unused_macros,
        reason = "without either side there is nobody who uses what both share"
    )
)]

#[cfg(feature = "client")]
pub mod client;
mod clock;
mod error;
mod exchange;
mod flight;
mod oauth;
mod surroundings;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "verifier")]
pub mod verifier;

#[cfg(feature = "client")]
pub use client::{ApiClient, ApiKey, DpopKey, TokenManager, TokenSource};
pub use clock::{BoxFuture, Clock, SystemClock};
pub use error::{Cause, Error, OAuthRefusal};
pub use exchange::{MAX_REPLY, Request, ReqwestTransport, Response, Transport, TransportError};
pub use grantd_jose::Algorithm;
pub use grantd_protocol::Secret;
pub use grantd_protocol::scope::{ScopeSet, covers};
pub use oauth::credentials::Credentials;
pub use oauth::private_key::PrivateKey;
#[cfg(feature = "verifier")]
pub use verifier::{Principal, Refusal, Verifier};
