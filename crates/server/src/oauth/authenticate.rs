//! Client authentication at every endpoint that wants it: credentials out of the request, the record out of the
//! store, the decision out of the core. An address that keeps guessing secrets of a client is made to wait.

use super::imported;
use crate::client_keys;
use crate::config::{Endpoint, RateRules};
use crate::error::Failure;
use crate::rate::{self, address_key};
use crate::request::Request;
use crate::wire::{self, Asked};
use grantd_core::attempts::Limit;
use grantd_core::client_auth::{AuthenticatedClient, Presented, Setting, authenticate};
use grantd_core::record::{Holder, TokenEndpointAuthMethod};
use grantd_jose::{base64url_encode, sha256};
use grantd_protocol::{RawParams, Seconds};
use std::sync::Arc;

/// Wrong secrets from one address for one client, before it must wait.
const WRONG_SECRETS: Limit = Limit {
    burst: 100,
    period: Seconds(60),
};

/// Authenticates the client of a request, and refuses it the form of another.
///
/// # Errors
/// `invalid_client`, `invalid_request`; 429 after too many wrong secrets; a fault when the store does not answer.
pub async fn client(request: &Request<'_>, asked: &Asked, endpoint: Endpoint) -> Result<AuthenticatedClient, Failure> {
    let client = proved(request, &asked.params).await?;
    if let Some(error) = &asked.not_its_form {
        return spent(request, &client, Err(error.clone().into())).await;
    }
    let limits = request.app.limits();
    let (name, rules) = match endpoint {
        Endpoint::Par => ("client-par", limits.par),
        Endpoint::Introspect | Endpoint::Usage => ("client-introspect", limits.introspect),
        Endpoint::Revoke => ("client-revoke", limits.revoke),
        Endpoint::DeviceCode => ("client-device", limits.device),
        _ => ("client-token", limits.token),
    };
    within_rate(request, name, rules, &client.client_id)?;
    Ok(client)
}

/// Counts a request against the client it comes from, or whose token it carries.
///
/// # Errors
/// 429 beyond what the configuration lets it ask.
pub fn within_rate(
    request: &Request<'_>,
    name: &'static str,
    rules: RateRules,
    client_id: &str,
) -> Result<(), Failure> {
    let Some(rate) = rules.per_client else { return Ok(()) };
    let key = (name, format!("{}|{client_id}", request.realm.name()));
    request
        .app
        .limiter
        .count(rate::limit(rate), key, request.now)
        .map_err(Failure::Limited)
}

/// The outcome of a request that commits nothing itself, after what its caller proved itself with is spent: a refusal
/// spends it like a success. Only where nothing was decided it can be used again.
///
/// # Errors
/// Those of the outcome; `invalid_client` where the proof was used before, whatever the outcome would have been.
pub async fn spent<T>(
    request: &Request<'_>,
    client: &AuthenticatedClient,
    outcome: Result<T, Failure>,
) -> Result<T, Failure> {
    if !matches!(outcome, Err(Failure::Fault(_) | Failure::Limited(_))) {
        request.app.write(Vec::new(), client.used()).await?;
    }
    outcome
}

/// Counts which of two secrets is in use, so that whoever rotates them knows when the old one is not needed any more.
fn count_secret(request: &Request<'_>, presented: &Presented, client: &AuthenticatedClient) {
    if client.secrets.len() < 2 {
        return;
    }
    if let Some(secret) = presented.secret_of(client) {
        let holder = Holder::Secrets(Arc::clone(&client.client_id));
        let which = vec![secret.created_at.millis().to_string().into()];
        request
            .app
            .usage
            .count(request.realm.name(), &holder, which, request.now);
    }
}

async fn proved(request: &Request<'_>, params: &RawParams) -> Result<AuthenticatedClient, Failure> {
    let presented = Presented::read(params, wire::authorization(request.headers())?)?;
    let realm = &request.realm.config.realm;
    let mut record = None;
    for client_id in &presented.client_ids {
        record = request.app.client(&realm.name, client_id).await?;
        if record.is_some() {
            break;
        }
    }
    if let Some(client) = &record {
        request.concerns(client);
    }
    let certificate = request.certificate();
    // As the client of the assertion, whoever that is, has them.
    let fetched = match &record {
        Some(client) => match &certificate {
            Some(shown) if client.auth_method == TokenEndpointAuthMethod::SelfSignedTlsClientAuth => {
                client_keys::with(request, client, shown.key).await?
            }
            _ => client_keys::of(request, client, params.get("client_assertion")).await?,
        },
        None => None,
    };
    let setting = Setting {
        realm,
        issuer: request.issuer,
        token_endpoint: request
            .realm
            .config
            .endpoints
            .url_for(request.issuer, Endpoint::Token)
            .unwrap_or_default(),
        fetched_keys: fetched.as_ref(),
        certificate: certificate.as_ref(),
        now: request.now,
    };
    match authenticate(&presented, record.as_ref(), &setting) {
        // The right secret is never held up: it has too much entropy to be guessed, and whoever shares an address with
        // somebody who guesses must not be locked out.
        Ok(client) => {
            count_secret(request, &presented, &client);
            Ok(client)
        }
        Err(failure) if failure.names_another() => Err(failure.into()),
        Err(failure) => {
            let shown = presented.client_ids.first().map_or("", String::as_str);
            let name = base64url_encode(sha256(shown.as_bytes()));
            let key = (
                "client-secret",
                format!("{}|{name}|{}", realm.name, address_key(request.address)),
            );
            request
                .app
                .limiter
                .count(WRONG_SECRETS, key, request.now)
                .map_err(Failure::Limited)?;
            let slowly = match &record {
                Some(record) => imported::prove(request, &presented, record, &setting).await?,
                None => None,
            };
            slowly.ok_or_else(|| failure.into())
        }
    }
}
