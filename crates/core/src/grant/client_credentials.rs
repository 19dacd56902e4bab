//! `client_credentials` (RFC 6749 section 4.4): a client acts for itself, or as a service account in its tenant. No
//! refresh token (section 4.4.3), no ID token, no identity scopes: there is no user.

use super::approved::Approved;
use super::context::{Context, access_lifetime, require_offered};
use super::params::parse_scope;
use super::resource::{audience, named_resources};
use crate::Refusal;
use crate::client_auth::{AuthenticatedClient, require_grant_type};
use crate::details::{self, AuthorizationDetails};
use crate::permission::ExcessScope;
use crate::permission::{Bounds, IDENTITY_SCOPES};
use crate::record::TenantRecord;
use crate::record::access::AccessMore;
use crate::record::client::GrantType;
use grantd_protocol::{ErrorCode, OAuthError, RawParams, ScopeSet};
use std::sync::Arc;

/// The request's parameters.
#[derive(Debug)]
pub struct Request {
    scope: Option<ScopeSet>,
    resources: Vec<String>,
    details: Option<String>,
}

impl Request {
    /// Reads `scope`, `resource` and `authorization_details`.
    ///
    /// # Errors
    /// `invalid_scope` for a malformed scope.
    pub fn parse(params: &RawParams) -> Result<Self, OAuthError> {
        Ok(Self {
            scope: parse_scope(params)?,
            resources: params.all("resource").map(str::to_owned).collect(),
            details: params.get(details::NAME).map(str::to_owned),
        })
    }
}

/// A service account acts in its tenant or not at all.
///
/// # Errors
/// `unauthorized_client` where the tenant is disabled or does not exist.
pub fn require_tenant(client: &AuthenticatedClient, tenant: Option<&TenantRecord>) -> Result<(), Refusal> {
    let stands =
        |id: &Arc<str>| tenant.is_some_and(|tenant| tenant.enabled && tenant.id == *id && tenant.realm == client.realm);
    if client.tenant.as_ref().is_none_or(stands) {
        Ok(())
    } else {
        Err(OAuthError::unauthorized_client("the tenant that the client acts in is not active").into())
    }
}

/// Decides the request.
///
/// # Errors
/// `unsupported_grant_type`, `unauthorized_client` for public and unregistered clients, `invalid_scope`, `invalid_target`,
/// `invalid_authorization_details` for what a user must allow.
pub fn decide(request: &Request, client: &AuthenticatedClient, context: &Context<'_>) -> Result<Approved, Refusal> {
    require_offered(context.realm, GrantType::ClientCredentials)?;
    require_grant_type(client, GrantType::ClientCredentials)?;
    if client.is_public() {
        return Err(OAuthError::unauthorized_client("a public client cannot act for itself").into());
    }
    let realm = context.realm;
    let scope = match &request.scope {
        None => granted_by_default(client, context)?,
        Some(asked) => {
            if let Some(identity) = asked.iter().find(|scope| IDENTITY_SCOPES.contains(scope)) {
                let sentence = format!("the scope '{identity}' needs a user");
                return Err(OAuthError::with_detail(ErrorCode::InvalidScope, &sentence).into());
            }
            bounded(asked, context.realm.excess_for(client), client, context)?
        }
    };
    if scope.is_empty() {
        return Err(OAuthError::invalid_scope("the client has no default scopes; name the scopes it needs").into());
    }
    let resources = named_resources(realm, request.resources.iter().map(String::as_str))?;
    let audience = audience(realm, &resources);
    let details = AuthorizationDetails::read(request.details.as_deref(), client, realm)?;
    if let Some(details) = &details {
        details.require_without_user(realm)?;
    }
    let details = details.and_then(|details| details.concerning(&audience));
    Ok(Approved {
        subject: client.client_id.clone(),
        client_id: client.client_id.clone(),
        tenant: client.tenant.clone(),
        scope,
        audience,
        grant: None,
        family: None,
        hangs_off: None,
        status: None,
        more: AccessMore::of(details, Vec::new()),
        refresh_generation: None,
        refresh_ends_at: None,
        authentication: None,
        id_token: None,
        lifetime: access_lifetime(realm, client),
        bound_to: client.bound_to(),
        guards: Vec::new(),
        writes: Vec::new(),
    })
}

/// The client's defaults, as they are where everything in them is permitted anyway: the usual case, without a copy.
fn granted_by_default(client: &AuthenticatedClient, context: &Context<'_>) -> Result<ScopeSet, OAuthError> {
    let defaults = &client.default_scopes;
    let without_looking = context.realm.catalogue.has_in_a_row(defaults);
    if !without_looking && defaults.iter().any(|scope| IDENTITY_SCOPES.contains(&scope)) {
        let without: ScopeSet = defaults
            .iter()
            .filter(|scope| !IDENTITY_SCOPES.contains(scope))
            .collect();
        return bounded(&without, ExcessScope::Cut, client, context);
    }
    bounded(defaults, ExcessScope::Cut, client, context)
}

fn bounded(
    asked: &ScopeSet,
    excess: ExcessScope,
    client: &AuthenticatedClient,
    context: &Context<'_>,
) -> Result<ScopeSet, OAuthError> {
    let realm = context.realm;
    let role = client.role.as_deref().map(|role| realm.role(role));
    Bounds {
        catalogue: &realm.catalogue,
        client: &client.scopes,
        role: role.as_ref(),
        excess,
    }
    .grant(asked)
}

#[cfg(test)]
mod tests;
