//! The vocabulary of OAuth 2.1 and OpenID Connect, parsed once.
//!
//! Everything here is a value: a scope set, a redirect URI, a PKCE challenge, an error, a bearer value. Nothing here
//! knows a store, a clock, a socket or a realm's configuration.

pub mod base62;
pub mod bearer;
pub mod dpop;
pub mod entropy;
pub mod error;
pub mod id;
pub mod params;
pub mod pkce;
pub mod readable;
pub mod redirect_uri;
pub mod resource;
pub mod scope;
pub mod secret;
pub mod time;
pub mod user_code;
pub mod web;

pub use bearer::{Bearer, Namespace};
pub use entropy::Entropy;
pub use error::{ErrorCode, OAuthError};
pub use params::RawParams;
pub use scope::ScopeSet;
pub use secret::{Secret, SecretHash};
pub use time::{Seconds, Timestamp};
