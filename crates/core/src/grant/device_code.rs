//! `urn:ietf:params:oauth:grant-type:device_code` (RFC 8628 section 3.4): a device asks again and again whether its user
//! has answered, and once somebody allowed it gets what a code would have got.
//!
//! When it may ask again is remembered with the device, so that it holds whichever node is asked. A device that was
//! allowed has a row among the codes, under its own id and hash: from there on everything is said of codes.

use super::approved::Approved;
use super::authorization_code;
use super::context::{CLOCK_STEP, Context, require_offered};
use crate::Refusal;
use crate::change::{Guard, Write};
use crate::client_auth::{AuthenticatedClient, require_grant_type};
use crate::details;
use crate::realm::Realm;
use crate::record::client::GrantType;
use crate::record::{CodeFacts, DeviceAnswer, DeviceRecord, MembershipRecord};
use grantd_protocol::{Bearer, ErrorCode, Namespace, OAuthError, RawParams, Seconds, Secret, SecretHash, Timestamp};

/// How much longer a device that asked too early must wait (section 3.5).
const SLOWER: Seconds = Seconds(5);
/// It grows no further than this.
const SLOWEST: Seconds = Seconds(60);
/// Networks deliver two polls closer together than they were sent.
const JITTER: Seconds = Seconds(1);

/// The request's parameters.
#[derive(Debug)]
pub struct Request {
    device_code: Secret,
    resources: Vec<String>,
    details: Option<String>,
}

impl Request {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid_request` without a device code.
    pub fn parse(params: &RawParams) -> Result<Self, OAuthError> {
        let code = params
            .get("device_code")
            .ok_or_else(|| OAuthError::invalid_request("device_code is missing"))?;
        Ok(Self {
            device_code: Secret::new(code.to_owned()),
            resources: params.all("resource").map(str::to_owned).collect(),
            details: params.get(details::NAME).map(str::to_owned),
        })
    }

    /// The row that the code names; `None` for a text that is no device code of this realm.
    #[must_use]
    pub fn bearer(&self, realm: &Realm) -> Option<Bearer> {
        Bearer::parse(Namespace::DeviceCode, &realm.device.prefix, self.device_code.expose())
    }
}

/// What the decision needs to know.
#[derive(Debug)]
pub struct Facts {
    /// The code of a device that was allowed; `None` before that.
    pub code: Option<CodeFacts>,
    /// The waiting device; `None` where the presented text names no row.
    pub device: Option<DeviceRecord>,
    /// The user's place in the code's tenant.
    pub membership: Option<MembershipRecord>,
    /// Fresh bytes for the family.
    pub salt: [u8; 16],
}

const NOT_FOUND: OAuthError =
    OAuthError::invalid_grant("the device code is unknown, used, expired or not this client's");
const PENDING: OAuthError = OAuthError::new(ErrorCode::AuthorizationPending, "the user has not answered yet");
const TOO_EARLY: OAuthError = OAuthError::new(
    ErrorCode::SlowDown,
    "asked too early; from now on wait five seconds longer",
);
const OVER: OAuthError = OAuthError::new(ErrorCode::ExpiredToken, "nobody answered in time; begin again");

/// Decides the poll.
///
/// # Errors
/// `unsupported_grant_type`, `unauthorized_client`, `invalid_grant`, and those of section 3.5: `authorization_pending`,
/// `slow_down`, `access_denied`, `expired_token`. Once the device was allowed, those of a code.
pub fn decide(
    request: &Request,
    client: &AuthenticatedClient,
    facts: &Facts,
    context: &Context<'_>,
) -> Result<Approved, Refusal> {
    require_offered(context.realm, GrantType::DeviceCode)?;
    require_grant_type(client, GrantType::DeviceCode)?;
    let presented = request.bearer(context.realm).ok_or(NOT_FOUND)?;
    if let Some(found) = &facts.code {
        let delegation = &found.code.delegation;
        let belongs_here = *delegation.realm == *context.realm.name && delegation.issuer == *context.issuer;
        if !same(&presented.hash, &found.code.hash) || !belongs_here || delegation.client_id != client.client_id {
            return Err(NOT_FOUND.into());
        }
        let membership = facts.membership.as_ref();
        let part = authorization_code::Part {
            resources: &request.resources,
            details: request.details.as_deref(),
        };
        return authorization_code::redeem(found, membership, facts.salt, part, client, context);
    }
    let device = facts.device.as_ref().ok_or(NOT_FOUND)?;
    let belongs_here = *device.realm == *context.realm.name && device.issuer == *context.issuer;
    if !same(&presented.hash, &device.hash) || !belongs_here || device.client_id != client.client_id {
        return Err(NOT_FOUND.into());
    }
    Err(match device.answer {
        Some(DeviceAnswer::Denied) => OAuthError::access_denied("the user denied the request").into(),
        // Its code has left already, and everything that came from it.
        Some(DeviceAnswer::Allowed) => NOT_FOUND.into(),
        None if context.now >= device.expires_at => OVER.into(),
        None => wait(device, context.now),
    })
}

fn same(presented: &SecretHash, stored: &SecretHash) -> bool {
    grantd_jose::constant_time_eq(presented.as_bytes(), stored.as_bytes())
}

/// Nobody has answered. A poll in time moves the next one on; one that comes too early makes every further wait longer,
/// and moves nothing else, so that an impatient device still gets its answer.
fn wait(device: &DeviceRecord, now: Timestamp) -> Refusal {
    let too_early = device
        .polled_at
        .is_some_and(|at| now.plus(JITTER) < at.plus(device.interval) && now >= at.minus(CLOCK_STEP));
    if !too_early {
        let polled = DeviceRecord {
            polled_at: Some(now),
            ..device.clone()
        };
        return noted(device, polled, PENDING);
    }
    let interval = Seconds(device.interval.get().saturating_add(SLOWER.get()).min(SLOWEST.get()));
    if interval <= device.interval {
        // Nothing changes any more: whoever asks a thousand times a second costs the store no write.
        return TOO_EARLY.into();
    }
    let slower = DeviceRecord {
        interval,
        ..device.clone()
    };
    noted(device, slower, TOO_EARLY)
}

fn noted(seen: &DeviceRecord, next: DeviceRecord, error: OAuthError) -> Refusal {
    Refusal {
        error,
        guards: vec![Guard::DeviceAt {
            id: seen.id,
            version: seen.version,
        }],
        writes: vec![Write::UpdateDevice(Box::new(DeviceRecord {
            version: seen.version + 1,
            ..next
        }))],
    }
}

#[cfg(test)]
mod tests;
