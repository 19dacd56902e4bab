//! The table of checks. Each row is one rule about one parameter; the order is the order in which a client learns of its
//! mistakes. The same table is run for a request that a browser brings and for one that is pushed.

mod openid;

use self::openid::{claims, hints, level, max_age, nonce, prompt};
use super::identify::Identified;
use super::request::{AuthorizationRequest, Prompt, ResponseMode, Way};
use super::response::{AuthorizeError, Callback};
use crate::details::{self, AuthorizationDetails};
use crate::grant::context::Context;
use crate::grant::params::refuse_params;
use crate::grant::resource::{audience, named_resources};
use crate::permission::Bounds;
use crate::permission::ExcessScope;
use crate::realm::{PkcePolicy, Realm};
use crate::record::ClientRecord;
use crate::record::ReleasedClaims;
use crate::record::client::GrantType;
use grantd_jose::Thumbprint;
use grantd_protocol::pkce::CodeChallenge;
use grantd_protocol::{ErrorCode, OAuthError, RawParams, ScopeSet};
use std::sync::Arc;

/// One rule.
struct Check {
    /// What it is about, for tests and documentation.
    name: &'static str,
    run: fn(&mut AuthorizationRequest, &RawParams, &Context<'_>) -> Result<(), OAuthError>,
}

const CHECKS: &[Check] = &[
    Check {
        name: "duplicates",
        run: duplicates,
    },
    Check {
        name: "unsupported",
        run: unsupported,
    },
    Check { name: "way", run: way },
    Check {
        name: "response_type",
        run: response_type,
    },
    Check {
        name: "response_mode",
        run: response_mode,
    },
    Check {
        name: "grant_type",
        run: grant_type,
    },
    Check {
        name: "state",
        run: state,
    },
    Check {
        name: "pkce",
        run: pkce,
    },
    Check {
        name: "dpop_jkt",
        run: dpop_jkt,
    },
    Check {
        name: "resource",
        run: resource,
    },
    Check {
        name: "scope",
        run: scope,
    },
    Check {
        name: "authorization_details",
        run: authorization_details,
    },
    Check {
        name: "nonce",
        run: nonce,
    },
    Check {
        name: "prompt",
        run: prompt,
    },
    Check {
        name: "max_age",
        run: max_age,
    },
    Check {
        name: "claims",
        run: claims,
    },
    Check {
        name: "acr_values",
        run: level,
    },
    Check {
        name: "hints",
        run: hints,
    },
];

/// The longest `state` that is returned, in bytes: the callback's URL must fit what browsers and servers take.
const MAX_STATE: usize = 4096;
/// Runs the table.
///
/// # Errors
/// The first rule that fails, with where its error goes.
pub fn check(
    identified: Identified,
    params: &RawParams,
    context: &Context<'_>,
) -> Result<AuthorizationRequest, Box<AuthorizeError>> {
    check_on(Way::default(), identified, params, context)
}

/// Runs the table for a request that came on this way.
///
/// # Errors
/// The first rule that fails, with where its error goes.
pub fn check_on(
    way: Way,
    identified: Identified,
    params: &RawParams,
    context: &Context<'_>,
) -> Result<AuthorizationRequest, Box<AuthorizeError>> {
    let mut request = answerable(identified, params, context);
    request.way = way;
    for rule in CHECKS {
        if let Err(error) = (rule.run)(&mut request, params, context) {
            return Err(Box::new(AuthorizeError {
                callback: Callback::of(&request),
                error,
                rule: rule.name,
                client: request.client,
            }));
        }
    }
    Ok(request)
}

/// Refuses a request of a certain client for a reason that is no rule about one parameter: the request could not be
/// read in one way only.
#[must_use]
pub fn refuse(
    identified: Identified,
    params: &RawParams,
    context: &Context<'_>,
    error: OAuthError,
) -> Box<AuthorizeError> {
    let request = answerable(identified, params, context);
    Box::new(AuthorizeError {
        callback: Callback::of(&request),
        error,
        rule: "reading",
        client: request.client,
    })
}

/// A request of which nothing is known yet but where an answer goes.
fn answerable(identified: Identified, params: &RawParams, context: &Context<'_>) -> AuthorizationRequest {
    let mut request = blank(identified, context);
    // Where an error goes depends on these two, whatever else is wrong.
    request.state = params
        .get("state")
        .filter(|state| state.len() <= MAX_STATE && !params.is_repeated("state"))
        .map(str::to_owned);
    request.response_mode = requested_mode(params, context.realm).unwrap_or_default();
    request
}

pub(super) fn blank(identified: Identified, context: &Context<'_>) -> AuthorizationRequest {
    AuthorizationRequest {
        client: identified.client,
        redirect: identified.redirect,
        state: None,
        response_mode: ResponseMode::Query,
        scope: ScopeSet::empty(),
        challenge: None,
        nonce: None,
        resource: Arc::clone(&context.realm.default_resource),
        prompt: Prompt::default(),
        max_age: None,
        level: None,
        claims: ReleasedClaims::default(),
        claim_scope: ScopeSet::empty(),
        subject: None,
        details: None,
        login_hint: None,
        ui_locales: None,
        id_token_hint: None,
        tenant: None,
        jkt: None,
        way: Way::default(),
        used: Vec::new(),
        broken: Vec::new(),
        issuer: Arc::clone(context.issuer),
    }
}

/// RFC 6749 section 3.1: parameters must not be included more than once; RFC 8707 lets `resource` repeat.
fn duplicates(_: &mut AuthorizationRequest, params: &RawParams, _: &Context<'_>) -> Result<(), OAuthError> {
    params.refuse_duplicates(&["resource"]).map_err(refuse_params)
}

/// OpenID Connect Core section 6: what is not offered is refused by its own error, never ignored.
fn unsupported(_: &mut AuthorizationRequest, params: &RawParams, _: &Context<'_>) -> Result<(), OAuthError> {
    match (
        params.get("request"),
        params.get("request_uri"),
        params.get("registration"),
    ) {
        (Some(_), Some(_), _) => Err(OAuthError::invalid_request(
            "request and request_uri exclude each other",
        )),
        (Some(_), None, _) => Err(OAuthError::new(
            ErrorCode::RequestNotSupported,
            "request objects are not supported",
        )),
        (None, Some(_), _) => Err(OAuthError::new(
            ErrorCode::RequestUriNotSupported,
            "request_uri is not supported",
        )),
        (None, None, Some(_)) => Err(OAuthError::new(
            ErrorCode::RegistrationNotSupported,
            "registration is not supported",
        )),
        (None, None, None) => Ok(()),
    }
}

/// Who must push (RFC 9126 sections 5 and 6) and who must sign (RFC 9101 section 10.5) has done so.
fn way(request: &mut AuthorizationRequest, _: &RawParams, context: &Context<'_>) -> Result<(), OAuthError> {
    let (realm, duties) = (context.realm, request.client.duties);
    if (realm.pushed.required || duties.pushes) && !request.way.pushed {
        return Err(OAuthError::invalid_request("the authorization request must be pushed"));
    }
    if (realm.request_objects.required || duties.signs) && !request.way.signed {
        return Err(OAuthError::invalid_request(
            "the authorization request must be a signed request object",
        ));
    }
    Ok(())
}

/// RFC 9449 section 10: the key that the code will be bound to.
fn dpop_jkt(request: &mut AuthorizationRequest, params: &RawParams, _: &Context<'_>) -> Result<(), OAuthError> {
    request.jkt = params
        .get("dpop_jkt")
        .map(|text| Thumbprint::parse(text).ok_or(OAuthError::invalid_request("dpop_jkt must be a SHA-256 thumbprint")))
        .transpose()?;
    Ok(())
}

/// `code` and nothing else: no token ever travels through the front channel (OAuth 2.1 section 10.1).
fn response_type(_: &mut AuthorizationRequest, params: &RawParams, _: &Context<'_>) -> Result<(), OAuthError> {
    match params.get("response_type") {
        None => Err(OAuthError::invalid_request("response_type is missing")),
        Some("code") => Ok(()),
        Some(_) => Err(OAuthError::new(
            ErrorCode::UnsupportedResponseType,
            "the response_type must be code",
        )),
    }
}

fn requested_mode(params: &RawParams, realm: &Realm) -> Option<ResponseMode> {
    let Some(name) = params.get("response_mode") else {
        return Some(ResponseMode::Query);
    };
    let found = ResponseMode::NAMED.iter().find(|(known, _)| *known == name);
    let found = found.map(|(_, mode)| *mode);
    found.filter(|mode| realm.signed_responses || !mode.is_signed())
}

fn response_mode(
    request: &mut AuthorizationRequest,
    params: &RawParams,
    context: &Context<'_>,
) -> Result<(), OAuthError> {
    request.response_mode = requested_mode(params, context.realm)
        .ok_or_else(|| OAuthError::invalid_request("the response_mode is not one of response_modes_supported"))?;
    Ok(())
}

fn grant_type(request: &mut AuthorizationRequest, _: &RawParams, context: &Context<'_>) -> Result<(), OAuthError> {
    if !context.realm.offers(GrantType::AuthorizationCode) {
        return Err(OAuthError::new(
            ErrorCode::UnsupportedResponseType,
            "authorization codes are not offered here",
        ));
    }
    crate::client_auth::require_grant_type(&request.client, GrantType::AuthorizationCode)
}

fn state(request: &mut AuthorizationRequest, params: &RawParams, _: &Context<'_>) -> Result<(), OAuthError> {
    if params.get("state").is_some() && request.state.is_none() {
        return Err(OAuthError::invalid_request("state is longer than 4096 bytes"));
    }
    Ok(())
}

/// RFC 7636 with S256 alone; required of everybody unless the realm names the loosening.
fn pkce(request: &mut AuthorizationRequest, params: &RawParams, context: &Context<'_>) -> Result<(), OAuthError> {
    request.challenge = CodeChallenge::from_params(params.get("code_challenge"), params.get("code_challenge_method"))
        .map_err(|error| OAuthError::with_detail(ErrorCode::InvalidRequest, &error.to_string()))?;
    let required = context.realm.pkce == PkcePolicy::Required || request.client.is_public();
    if required && request.challenge.is_none() {
        return Err(OAuthError::invalid_request(
            "code_challenge is missing: PKCE with S256 is required",
        ));
    }
    Ok(())
}

fn resource(request: &mut AuthorizationRequest, params: &RawParams, context: &Context<'_>) -> Result<(), OAuthError> {
    let declared = named_resources(context.realm, params.all("resource"))?;
    request.resource = audience(context.realm, &declared);
    Ok(())
}

/// Within the catalogue and what the client may ever have. Defaults are cut to that: the client named nothing, so there
/// is nothing to tell it about.
fn scope(request: &mut AuthorizationRequest, params: &RawParams, context: &Context<'_>) -> Result<(), OAuthError> {
    request.scope = asked_scope(params, &request.client, context.realm)?;
    Ok(())
}

/// What a request asks of a user, before anybody knows who that is.
pub(super) fn asked_scope(params: &RawParams, client: &ClientRecord, realm: &Realm) -> Result<ScopeSet, OAuthError> {
    let asked = crate::grant::params::parse_scope(params)?;
    let (wanted, excess) = match &asked {
        Some(asked) => (asked, realm.excess_for(client)),
        None => (&client.default_scopes, ExcessScope::Cut),
    };
    let bounds = Bounds {
        catalogue: &realm.catalogue,
        client: &client.scopes,
        role: None,
        excess,
    };
    let scope = bounds.grant(wanted)?;
    if scope.is_empty() {
        return Err(OAuthError::invalid_scope(
            "nothing that was asked for is permitted to this client",
        ));
    }
    Ok(scope)
}

/// RFC 9396: what is asked in detail, each of a type that the client may ask for.
fn authorization_details(
    request: &mut AuthorizationRequest,
    params: &RawParams,
    context: &Context<'_>,
) -> Result<(), OAuthError> {
    request.details = AuthorizationDetails::read(params.get(details::NAME), &request.client, context.realm)?;
    Ok(())
}

fn limited(params: &RawParams, name: &'static str, limit: usize) -> Result<Option<String>, OAuthError> {
    match params.get(name) {
        Some(text) if text.len() > limit => Err(OAuthError::with_detail(
            ErrorCode::InvalidRequest,
            &format!("{name} is longer than {limit} bytes"),
        )),
        other => Ok(other.map(str::to_owned)),
    }
}

#[cfg(test)]
mod tests;
