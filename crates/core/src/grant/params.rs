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
            // What has nothing but separators was sent, and is no list of scopes (RFC 6749 section 3.3).
            if text.trim().is_empty() {
                return Err(OAuthError::invalid_scope("the scope parameter names no scope"));
            }
            ScopeSet::parse(text).map_err(|error| OAuthError::with_detail(ErrorCode::InvalidScope, &error.to_string()))
        })
        .transpose()
}

/// Turns a parameter error into the client's error.
#[must_use]
pub fn refuse_params(error: ParamsError) -> OAuthError {
    OAuthError::with_detail(ErrorCode::InvalidRequest, &error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_of_nothing_but_separators_is_none_and_is_not_taken_for_an_absent_one() {
        let read =
            |text: &str| parse_scope(&RawParams::from_pairs(vec![("scope".to_owned(), text.to_owned())]).unwrap());
        for text in [" ", "   "] {
            let refused = read(text).unwrap_err();
            assert_eq!(refused.code(), ErrorCode::InvalidScope);
            assert!(refused.description().contains("names no scope"), "{text:?}");
        }
        assert_eq!(read("").unwrap(), None);
        assert!(read(" a ").unwrap().is_some_and(|scopes| scopes.as_str() == "a"));
    }
}
