//! A device that cannot show a browser asks here (RFC 8628 section 3.1), and its user answers in a browser of their own
//! (section 3.3). What is asked and allowed is decided as for every other request; only the answer travels differently:
//! the code becomes the device's own, and never passes through the browser.

use super::checks::{asked_scope, blank};
use super::consent::{ConsentAnswer, ConsentProblem, Duration, allow as consent};
use super::decide::Facts;
use super::identify::{Identified, RegisteredRedirect};
use super::request::AuthorizationRequest;
use crate::change::{Change, Guard, Write};
use crate::client_auth::{AuthenticatedClient, require_grant_type};
use crate::details::{self, AuthorizationDetails};
use crate::grant::context::{Context, require_offered};
use crate::grant::params::refuse_params;
use crate::grant::resource::{audience, named_resources};
use crate::record::client::GrantType;
use crate::record::{ClientRecord, DeviceAnswer, DeviceRecord, SessionFacts, UserCodeKey};
use grantd_protocol::id::{ChangeId, CodeId, DeviceId};
use grantd_protocol::user_code::UserCode;
use grantd_protocol::{Bearer, Entropy, Namespace, OAuthError, RawParams, Seconds, Secret};
use std::sync::Arc;

/// A device that may begin to wait once the change is committed.
#[derive(Debug)]
pub struct Waiting {
    /// For the device alone.
    pub device_code: Secret,
    /// For its user to type.
    pub user_code: UserCode,
    /// What is kept of it.
    pub record: DeviceRecord,
    /// What to commit. A conflict means that another device has the user code: begin again.
    pub change: Change,
}

/// Decides a device authorization request.
///
/// # Errors
/// `unsupported_grant_type`, `unauthorized_client`, `invalid_request` for a parameter that repeats, `invalid_scope`,
/// `invalid_target`, `invalid_authorization_details`.
pub fn begin(
    params: &RawParams,
    client: &AuthenticatedClient,
    context: &Context<'_>,
    entropy: &dyn Entropy,
) -> Result<Waiting, OAuthError> {
    let (realm, now) = (context.realm, context.now);
    params.refuse_duplicates(&["resource"]).map_err(refuse_params)?;
    require_offered(realm, GrantType::DeviceCode)?;
    require_grant_type(client, GrantType::DeviceCode)?;
    let resources = named_resources(realm, params.all("resource"))?;
    let scope = asked_scope(params, client, realm)?;
    let details = AuthorizationDetails::read(params.get(details::NAME), client, realm)?;
    let id = DeviceId::draw(now, entropy);
    let (device_code, hash) = Bearer::mint(Namespace::DeviceCode, &realm.device.prefix, *id.as_bytes(), entropy);
    let user_code = UserCode::draw(entropy);
    let record = DeviceRecord {
        id,
        version: 1,
        hash,
        user_code: UserCodeKey::of(&realm.name, &user_code),
        realm: Arc::clone(&realm.name),
        issuer: Arc::clone(context.issuer),
        client_id: Arc::clone(&client.client_id),
        scope,
        resource: audience(realm, &resources),
        details,
        interval: realm.device.interval,
        polled_at: None,
        answer: None,
        created_at: now,
        expires_at: now.plus(realm.device.lifetime),
    };
    let change = Change {
        id: ChangeId::from_bytes(*id.as_bytes()),
        guards: vec![Guard::UserCodeFree(record.user_code)],
        writes: vec![Write::InsertDevice(Box::new(record.clone()))],
    };
    Ok(Waiting {
        device_code,
        user_code,
        record,
        change,
    })
}

/// What a waiting device asks, as a request to be decided. `None` where its user can no longer answer: it is another
/// realm's or issuer's, over or answered, or its client may not use the grant any more. It is never said which.
#[must_use]
pub fn question(
    device: &DeviceRecord,
    client: Option<Arc<ClientRecord>>,
    context: &Context<'_>,
) -> Option<AuthorizationRequest> {
    let waits = *device.realm == *context.realm.name
        && device.issuer == *context.issuer
        && device.answer.is_none()
        && context.now < device.expires_at;
    let client = client.filter(|client| {
        client.enabled && client.client_id == device.client_id && client.may_use(GrantType::DeviceCode)
    })?;
    if !waits || !context.realm.offers(GrantType::DeviceCode) {
        return None;
    }
    let redirect = RegisteredRedirect::nowhere();
    let mut request = blank(Identified { client, redirect }, context);
    request.scope = device.scope.clone();
    request.resource = Arc::clone(&device.resource);
    // What the realm or the client's registration took back meanwhile is not asked any more, and so not allowed.
    request.details = device
        .details
        .as_ref()
        .and_then(|details| details.still_permitted(&request.client, context.realm));
    // Whoever has the code of a device in front of them is asked each time: no answer of before was about this device.
    request.prompt.consent = true;
    Some(request)
}

/// Decides what an "allow" makes: the same grant and code as for any request, but that the code is the device's own.
/// `device` is the one that `request` was made of.
///
/// # Errors
/// See [`ConsentProblem`].
pub fn allow(
    device: &DeviceRecord,
    request: &AuthorizationRequest,
    session: &SessionFacts,
    facts: &Facts,
    answer: ConsentAnswer,
    context: &Context<'_>,
    entropy: &dyn Entropy,
) -> Result<Change, ConsentProblem> {
    // The device does not live in the browser that its user answered with, so it does not end with it either.
    let duration = match answer.duration {
        Duration::ThirtyDays => Duration::ThirtyDays,
        _ => Duration::UntilRemoved,
    };
    let answer = ConsentAnswer { duration, ..answer };
    let mut change = consent(request, session, facts, &answer, context, entropy)?.change;
    // Who allows in the last second has allowed: there is time for the polls that fetch it.
    let until = device
        .expires_at
        .max(context.now.plus(Seconds(2 * device.interval.get())));
    for write in &mut change.writes {
        if let Write::InsertCode(code) = write {
            code.id = CodeId::from_bytes(*device.id.as_bytes());
            code.hash = device.hash;
            code.expires_at = until;
            code.keep_until = code.keep_until.max(until);
            code.delegation.session = None;
        }
    }
    answered(&mut change, device, DeviceAnswer::Allowed);
    Ok(change)
}

/// What to commit when the user says no.
#[must_use]
pub fn deny(device: &DeviceRecord, change: ChangeId) -> Change {
    let mut change = Change::new(change, Vec::new());
    answered(&mut change, device, DeviceAnswer::Denied);
    change
}

/// One answer alone is taken: the version is the precondition.
fn answered(change: &mut Change, device: &DeviceRecord, answer: DeviceAnswer) {
    change.guards.push(Guard::DeviceAt {
        id: device.id,
        version: device.version,
    });
    change.writes.push(Write::UpdateDevice(Box::new(DeviceRecord {
        version: device.version + 1,
        answer: Some(answer),
        ..device.clone()
    })));
}

#[cfg(test)]
mod tests;
