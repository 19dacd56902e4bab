//! The rows of the table that OpenID Connect adds: what a client wishes for the login, and texts that are passed on.

use super::limited;
use crate::authorize::request::{AuthorizationRequest, Prompt};
use crate::grant::Context;
use grantd_protocol::{OAuthError, RawParams, Seconds};

/// The longest token that is read as a hint, in bytes.
const MAX_TOKEN: usize = 8192;
/// The longest of the other texts, in bytes.
const MAX_TEXT: usize = 2048;

pub(super) fn nonce(request: &mut AuthorizationRequest, params: &RawParams, _: &Context<'_>) -> Result<(), OAuthError> {
    request.nonce = short(params, "nonce")?;
    Ok(())
}

pub(super) fn prompt(
    request: &mut AuthorizationRequest,
    params: &RawParams,
    _: &Context<'_>,
) -> Result<(), OAuthError> {
    let mut prompt = Prompt::default();
    for value in params
        .get("prompt")
        .unwrap_or_default()
        .split(' ')
        .filter(|value| !value.is_empty())
    {
        match value {
            "none" => prompt.none = true,
            "login" => prompt.login = true,
            "consent" => prompt.consent = true,
            "select_account" => prompt.select_account = true,
            // Not an error in the standard's words, but nothing we could honour: better to say so than to guess.
            _ => {
                return Err(OAuthError::invalid_request(
                    "prompt must be none, or some of login, consent and select_account",
                ));
            }
        }
    }
    if prompt.none && (prompt.login || prompt.consent || prompt.select_account) {
        return Err(OAuthError::invalid_request("prompt=none excludes every other prompt"));
    }
    request.prompt = prompt;
    Ok(())
}

pub(super) fn max_age(
    request: &mut AuthorizationRequest,
    params: &RawParams,
    _: &Context<'_>,
) -> Result<(), OAuthError> {
    let parse = |text: &str| {
        // The standard library would take a leading plus sign.
        let digits = text.bytes().all(|byte| byte.is_ascii_digit()).then_some(text);
        digits
            .and_then(|text| text.parse::<u32>().ok())
            .ok_or_else(|| OAuthError::invalid_request("max_age must be a number of seconds"))
    };
    request.max_age = params.get("max_age").map(parse).transpose()?.map(Seconds);
    Ok(())
}

/// Texts that are only passed on: limited in length, never trusted.
pub(super) fn hints(request: &mut AuthorizationRequest, params: &RawParams, _: &Context<'_>) -> Result<(), OAuthError> {
    request.login_hint = short(params, "login_hint")?;
    request.ui_locales = short(params, "ui_locales")?;
    request.tenant = short(params, "tenant")?;
    // Not dropped when too long: it says whose answer the client expects.
    request.id_token_hint = limited(params, "id_token_hint", MAX_TOKEN)?;
    for name in ["acr_values", "display", "claims_locales"] {
        short(params, name)?;
    }
    if let Some(claims) = params.get("claims") {
        let limits = grantd_jose::strict_json::Limits::default();
        grantd_jose::strict_json::from_slice(claims.as_bytes(), limits)
            .ok()
            .filter(serde_json::Value::is_object)
            .ok_or_else(|| OAuthError::invalid_request("claims must be a JSON object"))?;
    }
    Ok(())
}

fn short(params: &RawParams, name: &'static str) -> Result<Option<String>, OAuthError> {
    limited(params, name, MAX_TEXT)
}
