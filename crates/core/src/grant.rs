//! The token endpoint's requests (RFC 6749 section 4): one file per grant type, and here the way from parameters to
//! the right one. Every grant ends in [`Approved`] or in a [`Refusal`]; what follows (mint, sign, commit, render)
//! is the same for all of them.
//!
//! [`Refusal`]: crate::Refusal

pub(crate) mod approved;
pub mod authorization_code;
pub mod client_credentials;
pub(crate) mod context;
pub mod device_code;
pub mod jwt_bearer;
pub(crate) mod params;
pub mod refresh_token;
pub(crate) mod resource;
pub(crate) mod standing;
pub mod token_exchange;

pub use approved::{Approved, IdTokenPlan};
pub use context::{Context, access_lifetime};
pub use params::{REPEATABLE, refuse_params};
pub use resource::{audience, declared_resources, named_resources};
pub use standing::Standing;

use crate::record::client::GrantType;
use grantd_protocol::{ErrorCode, OAuthError, RawParams};

/// A request to the token endpoint, parsed.
#[derive(Debug)]
pub enum TokenRequest {
    /// RFC 6749 section 4.1.3.
    AuthorizationCode(authorization_code::Request),
    /// RFC 6749 section 6.
    RefreshToken(refresh_token::Request),
    /// RFC 6749 section 4.4.2.
    ClientCredentials(client_credentials::Request),
    /// RFC 8628 section 3.4.
    DeviceCode(device_code::Request),
    /// RFC 8693.
    TokenExchange(token_exchange::Request),
    /// RFC 7523 section 2.1.
    JwtBearer(jwt_bearer::Request),
}

impl TokenRequest {
    /// Parses the parameters of a request; client authentication is read elsewhere.
    ///
    /// # Errors
    /// `invalid_request` for duplicates, missing or malformed parameters; `unsupported_grant_type`.
    pub fn parse(params: &RawParams) -> Result<Self, OAuthError> {
        params.refuse_duplicates(REPEATABLE).map_err(refuse_params)?;
        match params.get("grant_type") {
            None => Err(OAuthError::invalid_request("grant_type is missing")),
            Some("authorization_code") => authorization_code::Request::parse(params).map(Self::AuthorizationCode),
            Some("refresh_token") => refresh_token::Request::parse(params).map(Self::RefreshToken),
            Some("client_credentials") => client_credentials::Request::parse(params).map(Self::ClientCredentials),
            Some("urn:ietf:params:oauth:grant-type:device_code") => {
                device_code::Request::parse(params).map(Self::DeviceCode)
            }
            Some("urn:ietf:params:oauth:grant-type:token-exchange") => {
                token_exchange::Request::parse(params).map(Self::TokenExchange)
            }
            Some("urn:ietf:params:oauth:grant-type:jwt-bearer") => {
                jwt_bearer::Request::parse(params).map(Self::JwtBearer)
            }
            Some(_) => Err(OAuthError::new(
                ErrorCode::UnsupportedGrantType,
                "this grant_type is not supported",
            )),
        }
    }

    /// Which grant type it is.
    #[must_use]
    pub const fn grant_type(&self) -> GrantType {
        match self {
            Self::AuthorizationCode(_) => GrantType::AuthorizationCode,
            Self::RefreshToken(_) => GrantType::RefreshToken,
            Self::ClientCredentials(_) => GrantType::ClientCredentials,
            Self::DeviceCode(_) => GrantType::DeviceCode,
            Self::TokenExchange(_) => GrantType::TokenExchange,
            Self::JwtBearer(_) => GrantType::JwtBearer,
        }
    }
}
