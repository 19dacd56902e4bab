//! Revocation (RFC 7009). A refresh token takes its whole family with it, access tokens included; an access token
//! ends alone. A token of another client, or of nobody, is left as it is and answered the same (section 2.2).

use crate::change::{Change, Guard, Write};
use crate::client_auth::AuthenticatedClient;
use crate::record::{AccessRecord, FamilyRecord};
use crate::refresh_value::{RefreshKey, RefreshText};
use grantd_protocol::Timestamp;
use grantd_protocol::id::ChangeId;

/// What to write to end an access token; `None` where it is not the caller's or is over already.
#[must_use]
pub fn revoke_access(
    token: &AccessRecord,
    caller: &AuthenticatedClient,
    now: Timestamp,
    change: ChangeId,
) -> Option<Change> {
    let is_callers = *token.realm == *caller.realm && token.client_id == caller.client_id;
    (is_callers && token.ended_at.is_none())
        .then(|| Change::new(change, vec![Write::EndAccess { id: token.id, at: now }]))
}

/// What to write to end a refresh token's family; `None` where it is not the caller's, was not made here, or is over
/// already. An older generation ends it too: whoever holds it held the token once.
#[must_use]
pub fn revoke_refresh(
    family: &FamilyRecord,
    value: &RefreshText,
    caller: &AuthenticatedClient,
    key: &RefreshKey,
    now: Timestamp,
    change: ChangeId,
) -> Option<Change> {
    let delegation = &family.delegation;
    let is_callers = *delegation.realm == *caller.realm && delegation.client_id == caller.client_id;
    (is_callers && family.ended_at.is_none() && key.made(family, value)).then(|| Change {
        id: change,
        guards: Vec::<Guard>::new(),
        writes: vec![Write::EndFamily { id: family.id, at: now }],
    })
}

#[cfg(test)]
mod tests;
