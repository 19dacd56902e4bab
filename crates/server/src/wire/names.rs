//! The names that have two spellings: those of more than one word. Compared byte for byte and never folded, so that
//! `GrantType`, `GRANTTYPE` or a look-alike letter is a name that nobody knows.

/// `standard spelling, camelCase`, of parameters and of members of replies.
const NAMES: &[(&str, &str)] = &[
    ("access_token", "accessToken"),
    ("acr_values", "acrValues"),
    ("actor_token", "actorToken"),
    ("actor_token_type", "actorTokenType"),
    ("authorization_details", "authorizationDetails"),
    ("auth_req_id", "authReqId"),
    ("claims_locales", "claimsLocales"),
    ("client_assertion", "clientAssertion"),
    ("client_assertion_type", "clientAssertionType"),
    ("client_id", "clientId"),
    ("client_secret", "clientSecret"),
    ("code_challenge", "codeChallenge"),
    ("code_challenge_method", "codeChallengeMethod"),
    ("code_verifier", "codeVerifier"),
    ("device_code", "deviceCode"),
    ("dpop_jkt", "dpopJkt"),
    ("error_description", "errorDescription"),
    ("error_uri", "errorUri"),
    ("expires_in", "expiresIn"),
    ("grant_type", "grantType"),
    ("id_token", "idToken"),
    ("id_token_hint", "idTokenHint"),
    ("issued_token_type", "issuedTokenType"),
    ("login_hint", "loginHint"),
    ("logout_hint", "logoutHint"),
    ("max_age", "maxAge"),
    ("post_logout_redirect_uri", "postLogoutRedirectUri"),
    ("redirect_uri", "redirectUri"),
    ("refresh_token", "refreshToken"),
    ("refresh_token_expires_in", "refreshTokenExpiresIn"),
    ("request_uri", "requestUri"),
    ("requested_token_type", "requestedTokenType"),
    ("response_mode", "responseMode"),
    ("response_type", "responseType"),
    ("subject_token", "subjectToken"),
    ("subject_token_type", "subjectTokenType"),
    ("token_type", "tokenType"),
    ("token_type_hint", "tokenTypeHint"),
    ("ui_locales", "uiLocales"),
    ("user_code", "userCode"),
    ("verification_uri", "verificationUri"),
    ("verification_uri_complete", "verificationUriComplete"),
];

/// The standard spelling of a name in camelCase; `None` for every other name.
pub(super) fn standard_of(name: &str) -> Option<&'static str> {
    // The usual name has no capital letter, and then there is nothing to search.
    if !name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let found = NAMES.iter().find(|(_, camel)| *camel == name);
    found.map(|(standard, _)| *standard)
}

/// The camelCase of a standard name. A name without another spelling stays as it is.
pub(super) fn camel_of(name: &str) -> &str {
    let found = NAMES.iter().find(|(standard, _)| *standard == name);
    found.map_or(name, |(_, camel)| camel)
}

/// Whether it is the standard spelling of a name that has another one.
pub(super) fn has_another_spelling(name: &str) -> bool {
    name.contains('_') && NAMES.iter().any(|(standard, _)| *standard == name)
}

#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    NAMES.iter().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pair_is_one_name_in_two_spellings_and_stands_there_once() {
        for (index, (standard, camel)) in NAMES.iter().enumerate() {
            let mut spelled = String::new();
            let mut capital = false;
            for character in standard.chars() {
                match (character, capital) {
                    ('_', _) => capital = true,
                    (letter, true) => {
                        spelled.extend(letter.to_uppercase());
                        capital = false;
                    }
                    (letter, false) => spelled.push(letter),
                }
            }
            assert_eq!(spelled, *camel);
            assert_eq!(standard_of(camel), Some(*standard));
            assert_eq!(camel_of(standard), *camel);
            assert!(NAMES.iter().skip(index + 1).all(|(other, _)| other != standard));
        }
    }

    #[test]
    fn a_name_in_another_case_is_nobodys() {
        for name in [
            "GrantType",
            "granttype",
            "GRANT_TYPE",
            "grant_Type",
            "grant-type",
            "gran\u{167}Type",
            "grantТype",
            "client\u{0130}d",
            "clientId ",
            " clientId",
            "clientId\u{200b}",
        ] {
            assert_eq!(standard_of(name), None, "{name}");
            assert!(!has_another_spelling(name), "{name}");
        }
    }
}
