//! The errors that a client is told about: a closed list. Whatever goes wrong inside the server is a different
//! family (`Fault`, in the server), and there is no conversion between the two.

use std::borrow::Cow;
use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $status:literal;)+) => {
        /// An error code of OAuth 2.1, OpenID Connect or one of the extensions that grantd speaks.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum ErrorCode { $($(#[$doc])* $variant,)+ }

        impl ErrorCode {
            /// Every code, for tables and tests.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code as it stands on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The HTTP status of a JSON reply that carries the code.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)+ }
            }
        }
    };
}

codes! {
    /// RFC 6749 sections 4.1.2.1 and 5.2.
    InvalidRequest = "invalid_request", 400;
    /// RFC 6749 section 5.2: 401, and `WWW-Authenticate` when HTTP Basic was tried.
    InvalidClient = "invalid_client", 401;
    /// RFC 6749 section 5.2.
    InvalidGrant = "invalid_grant", 400;
    /// RFC 6749 sections 4.1.2.1 and 5.2.
    UnauthorizedClient = "unauthorized_client", 400;
    /// RFC 6749 section 5.2.
    UnsupportedGrantType = "unsupported_grant_type", 400;
    /// RFC 6749 section 4.1.2.1.
    UnsupportedResponseType = "unsupported_response_type", 400;
    /// RFC 6749 sections 4.1.2.1 and 5.2.
    InvalidScope = "invalid_scope", 400;
    /// RFC 6749 section 4.1.2.1: the user or the server said no.
    AccessDenied = "access_denied", 400;
    /// RFC 8707 section 2.
    InvalidTarget = "invalid_target", 400;
    /// RFC 9396 section 5.
    InvalidAuthorizationDetails = "invalid_authorization_details", 400;
    /// OpenID Connect Core Error Code `unmet_authentication_requirements`: no login here reaches what must be reached.
    UnmetAuthenticationRequirements = "unmet_authentication_requirements", 400;
    /// OpenID Connect Core section 3.1.2.6.
    LoginRequired = "login_required", 400;
    /// OpenID Connect Core section 3.1.2.6.
    ConsentRequired = "consent_required", 400;
    /// OpenID Connect Core section 3.1.2.6.
    InteractionRequired = "interaction_required", 400;
    /// OpenID Connect Core section 3.1.2.6.
    AccountSelectionRequired = "account_selection_required", 400;
    /// OpenID Connect Core section 3.1.2.6.
    RequestNotSupported = "request_not_supported", 400;
    /// OpenID Connect Core section 3.1.2.6.
    RequestUriNotSupported = "request_uri_not_supported", 400;
    /// OpenID Connect Core section 3.1.2.6.
    RegistrationNotSupported = "registration_not_supported", 400;
    /// RFC 9101 section 6.
    InvalidRequestObject = "invalid_request_object", 400;
    /// RFC 7591 section 3.2.2.
    InvalidRedirectUri = "invalid_redirect_uri", 400;
    /// RFC 7591 section 3.2.2.
    InvalidClientMetadata = "invalid_client_metadata", 400;
    /// RFC 7591 section 3.2.2.
    InvalidSoftwareStatement = "invalid_software_statement", 400;
    /// RFC 7591 section 3.2.2.
    UnapprovedSoftwareStatement = "unapproved_software_statement", 400;
    /// RFC 9126 and OpenID Connect Core section 3.1.2.6.
    InvalidRequestUri = "invalid_request_uri", 400;
    /// RFC 9449 section 5.
    InvalidDpopProof = "invalid_dpop_proof", 400;
    /// RFC 9449 section 8: the reply carries the nonce to use.
    UseDpopNonce = "use_dpop_nonce", 400;
    /// RFC 7009 section 2.2.1.
    UnsupportedTokenType = "unsupported_token_type", 400;
    /// RFC 6750 section 3.1.
    InvalidToken = "invalid_token", 401;
    /// RFC 6750 section 3.1.
    InsufficientScope = "insufficient_scope", 403;
    /// RFC 8628 section 3.5: asked again too early. Also the body of a 429 (RFC 6585 section 4), which has `Retry-After`.
    SlowDown = "slow_down", 400;
    /// RFC 8628 section 3.5: the user has not answered yet.
    AuthorizationPending = "authorization_pending", 400;
    /// RFC 8628 section 3.5: nobody answered in time.
    ExpiredToken = "expired_token", 400;
    /// RFC 6749 section 4.1.2.1: overloaded or the store is down, 503.
    TemporarilyUnavailable = "temporarily_unavailable", 503;
    /// RFC 6749 section 4.1.2.1: an internal fault, shown with a request id and nothing else.
    ServerError = "server_error", 500;
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// An error for the client: a code and a sentence that says what was expected.
///
/// The description is limited to the characters of RFC 6749 section 5.2 (`%x20-21 / %x23-5B / %x5D-7E`); anything
/// else is replaced, so a value that came from outside can never break a header, a log line or a page.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{code}: {description}")]
pub struct OAuthError {
    code: ErrorCode,
    description: Cow<'static, str>,
}

impl OAuthError {
    /// An error with a fixed sentence.
    #[must_use]
    pub const fn new(code: ErrorCode, description: &'static str) -> Self {
        Self {
            code,
            description: Cow::Borrowed(description),
        }
    }

    /// An error whose sentence names something from the request. At most 300 characters are kept.
    #[must_use]
    pub fn with_detail(code: ErrorCode, description: &str) -> Self {
        let clean = description
            .chars()
            .take(300)
            .map(|character| match character {
                ' ' | '!' | '#'..='[' | ']'..='~' => character,
                '"' => '\'',
                _ => '?',
            })
            .collect::<String>();
        Self {
            code,
            description: Cow::Owned(clean),
        }
    }

    /// The code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        self.code
    }

    /// The sentence.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }
}

macro_rules! shorthands {
    ($($name:ident => $code:ident;)+) => {
        impl OAuthError {$(
            #[doc = concat!("An error with the code `", stringify!($name), "` and a fixed sentence.")]
            #[must_use]
            pub const fn $name(description: &'static str) -> Self {
                Self::new(ErrorCode::$code, description)
            }
        )+}
    };
}

shorthands! {
    invalid_request => InvalidRequest;
    invalid_client => InvalidClient;
    invalid_grant => InvalidGrant;
    unauthorized_client => UnauthorizedClient;
    invalid_scope => InvalidScope;
    invalid_target => InvalidTarget;
    invalid_token => InvalidToken;
    access_denied => AccessDenied;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_keeps_to_the_characters_of_rfc_6749_section_5_2() {
        let error = OAuthError::with_detail(ErrorCode::InvalidScope, "a\"b\\c\r\n\u{1b}[31mé");
        assert_eq!(error.description(), "a'b?c???[31m?");
        let long = OAuthError::with_detail(ErrorCode::InvalidScope, &"x".repeat(10_000));
        assert_eq!(long.description().len(), 300);
    }

    #[test]
    fn every_code_has_its_own_text() {
        let texts: std::collections::BTreeSet<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(texts.len(), ErrorCode::ALL.len());
    }
}
