//! How the parameters of a grant are read.

use grantd_protocol::params::ParamsError;
use grantd_protocol::{ErrorCode, OAuthError, RawParams, ScopeSet};

/// Parameters that may repeat at the token endpoint (RFC 8707 section 2, RFC 8693 section 2.1).
pub const REPEATABLE: &[&str] = &["resource", "audience"];

/// The `scope` parameter, if it was sent.
pub(crate) fn parse_scope(params: &RawParams) -> Result<Option<ScopeSet>, OAuthError> {
    params
        .get("scope")
        .map(|text| {
            ScopeSet::parse(text).map_err(|error| OAuthError::with_detail(ErrorCode::InvalidScope, &error.to_string()))
        })
        .transpose()
}

/// Turns a parameter error into the client's error.
#[must_use]
pub fn refuse_params(error: ParamsError) -> OAuthError {
    OAuthError::with_detail(ErrorCode::InvalidRequest, &error.to_string())
}
