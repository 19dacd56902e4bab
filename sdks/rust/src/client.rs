//! The client side: what a program needs that calls an API.

mod api_client;
mod api_key;
mod attempts;
mod base;
mod builder;
mod cache_key;
mod device;
mod dpop_key;
mod entry;
mod file_store;
mod keeper;
mod login;
mod manager;
#[cfg(feature = "reqwest-middleware")]
mod middleware;
mod retry;
mod schedule;
mod source;
mod store;
mod token_endpoint;
mod token_set;
mod www_authenticate;

pub use api_client::{ApiClient, ApiRequest};
pub use api_key::ApiKey;
pub use builder::TokenManagerBuilder;
pub use cache_key::{Purpose, cache_key};
pub use device::{DeviceLogin, DevicePrompt};
pub use dpop_key::DpopKey;
pub use file_store::FileTokenStore;
pub use login::{Login, PendingLogin};
pub use manager::TokenManager;
#[cfg(feature = "reqwest-middleware")]
pub use middleware::AuthMiddleware;
pub use retry::{Replied, Retry, needed_scopes, retry};
pub use schedule::{Step, TokenAge, UNKNOWN_LIFETIME, windows};
pub use source::{Token, TokenFuture, TokenSource};
pub use store::{MemoryTokenStore, StoreLock, TokenStore};
pub use token_set::TokenSet;
pub use www_authenticate::{Challenge, parse_challenges};
