//! The rows of the table that OpenID Connect adds: what a client wishes for the login, and texts that are passed on.

use super::limited;
use crate::authorize::claims::{ClaimsRequest, permitted};
use crate::authorize::level::LevelWish;
use crate::authorize::request::{AuthorizationRequest, Prompt};
use crate::grant::context::Context;
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
    for name in ["display", "claims_locales"] {
        short(params, name)?;
    }
    Ok(())
}

/// Section 5.5. Without `openid` nobody is told who the user is, one claim at a time neither.
pub(super) fn claims(
    request: &mut AuthorizationRequest,
    params: &RawParams,
    context: &Context<'_>,
) -> Result<(), OAuthError> {
    let Some(text) = params.get("claims") else {
        return Ok(());
    };
    let wished = ClaimsRequest::parse(text)?;
    if !request.scope.contains("openid") {
        return Ok(());
    }
    request.claims = permitted(&wished.claims, &request.client, &context.realm.catalogue);
    let stand_for_them = request.claims.scopes();
    request.claim_scope = stand_for_them
        .iter()
        .filter(|scope| !request.scope.contains(scope))
        .collect();
    request.level = wished.level;
    request.subject = wished.subject;
    Ok(())
}

/// `acr_values`, where `claims` does not say more precisely what the login must be (section 5.5.1.1).
pub(super) fn level(request: &mut AuthorizationRequest, params: &RawParams, _: &Context<'_>) -> Result<(), OAuthError> {
    let values = short(params, "acr_values")?;
    let asked = values.as_deref().and_then(LevelWish::of_values);
    request.level = match (request.level.take(), asked) {
        // Essential, but any level will do: the values say which.
        (Some(wish), Some(asked)) if wish.names.is_empty() => Some(LevelWish {
            essential: true,
            ..asked
        }),
        (wish, asked) => wish.or(asked),
    };
    Ok(())
}

fn short(params: &RawParams, name: &'static str) -> Result<Option<String>, OAuthError> {
    limited(params, name, MAX_TEXT)
}
