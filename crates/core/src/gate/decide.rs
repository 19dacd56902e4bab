//! The decision of the gate: what a call needs, what it brought, and whether the one gives the other. Credentials are
//! judged by the same check as at the introspection endpoint, so that neither is more generous than the other.

use super::identity::Identity;
use super::route::{InAddress, Need};
use crate::dpop::{Shown, fits};
use crate::realm::Realm;
use crate::record::Holder;
use crate::token::credential::{Credential, Verdict, judge};
use grantd_protocol::id::GrantId;
use grantd_protocol::resource::is_same;
use grantd_protocol::{ErrorCode, OAuthError, ScopeSet, Timestamp};
use std::sync::Arc;

/// What a call brought.
#[derive(Clone, Copy, Debug)]
pub enum Sent<'a> {
    /// No credential.
    Nothing,
    /// More than one, or one in a place of its own beside another: nobody can tell which of them the API would believe.
    Several,
    /// One.
    One {
        /// The way it came.
        way: Way,
        /// What was found by it, if anything was.
        found: Option<Credential<'a>>,
        /// What came along: a proof that holds, a certificate.
        shown: Shown<'a>,
    },
}

/// The way a credential came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// `Authorization: Bearer`.
    Bearer,
    /// `Authorization: DPoP` (RFC 9449 section 7.1).
    Dpop,
    /// `x-api-key`.
    KeyHeader,
    /// The call's address.
    Address,
    /// The call's address, as a connection ticket.
    Ticket,
}

/// What was used of a credential.
#[derive(Clone, Debug)]
pub struct Used {
    /// Whose uses are counted.
    pub holder: Holder,
    /// What a user allowed, where the credential hangs off it.
    pub grant: Option<GrantId>,
    /// What the call needs, as far as the credential has it.
    pub permissions: Vec<Arc<str>>,
}

/// What becomes of a call.
#[derive(Clone, Debug)]
pub enum Decision {
    /// It passes, with what the API is told.
    Pass {
        /// Who calls.
        identity: Identity,
        /// Whose uses of which permissions are counted.
        used: Option<Used>,
    },
    /// It does not.
    Refuse(Refused),
}

/// Why a call does not pass.
#[derive(Clone, Debug)]
pub struct Refused {
    /// What is told; `None` where nothing was sent, for which there is no error (RFC 6750 section 3.1).
    pub error: Option<OAuthError>,
    /// Everything that the call needs.
    pub scopes: ScopeSet,
    /// What was used all the same: a permission that the credential holds was asked for, though another one was missing.
    pub used: Option<Used>,
}

impl Refused {
    /// A refusal that has nothing to do with permissions.
    #[must_use]
    pub const fn because(error: OAuthError, scopes: ScopeSet) -> Self {
        Self {
            error: Some(error),
            scopes,
            used: None,
        }
    }

    /// Whether another credential could help: 401, else 403. A proxy understands nothing else.
    #[must_use]
    pub fn asks_for_another(&self) -> bool {
        let code = self.error.as_ref().map(OAuthError::code);
        !matches!(code, Some(ErrorCode::InsufficientScope | ErrorCode::AccessDenied))
    }
}

const NOT_GOOD: OAuthError = OAuthError::invalid_token("the credential is expired, revoked or unknown");

/// Decides.
#[must_use]
pub fn decide(need: &Need, sent: &Sent<'_>, realm: &Realm, now: Timestamp) -> Decision {
    let because = |error| Decision::Refuse(Refused::because(error, need.scopes.clone()));
    let (way, found, shown) = match *sent {
        Sent::Nothing if need.anonymous => {
            return Decision::Pass {
                identity: Identity::nobody(),
                used: None,
            };
        }
        Sent::Nothing => {
            return Decision::Refuse(Refused {
                error: None,
                scopes: need.scopes.clone(),
                used: None,
            });
        }
        Sent::Several => {
            return because(OAuthError::invalid_request("send one credential, in one place"));
        }
        Sent::One { way, found, shown } => (way, found, shown),
    };
    if let Err(error) = may_come(way, need) {
        return because(error);
    }
    let verdict = match accept(way, found, shown, realm, now) {
        Ok(verdict) if is_for(&verdict, need, realm) => verdict,
        Ok(_) => return because(NOT_GOOD),
        Err(error) => return because(error),
    };
    weigh(&verdict, need, realm)
}

/// Judges a credential by itself: whether it is good now, and came in a way that suits it.
///
/// # Errors
/// `invalid_token`; `invalid_dpop_proof` where a proof is missing.
pub fn accept<'a>(
    way: Way,
    found: Option<Credential<'a>>,
    shown: Shown<'_>,
    realm: &'a Realm,
    now: Timestamp,
) -> Result<Verdict<'a>, OAuthError> {
    let verdict = found
        .filter(|found| is_its_way(way, found))
        .and_then(|found| judge(found, realm, now))
        .ok_or(NOT_GOOD)?;
    if way == Way::Dpop && shown.proof.is_none() {
        return Err(OAuthError::new(
            ErrorCode::InvalidDpopProof,
            "the DPoP proof is missing",
        ));
    }
    // Whoever asked for a ticket proved the key then.
    if way != Way::Ticket {
        fits(verdict.bound_to, shown)?;
    }
    Ok(verdict)
}

/// Whether what the credential permits is enough.
fn weigh(verdict: &Verdict<'_>, need: &Need, realm: &Realm) -> Decision {
    let used = Some(Used {
        holder: verdict.holder.clone(),
        grant: verdict.grant,
        permissions: verdict.used(&need.scopes, realm),
    });
    let refuse = |error| {
        Decision::Refuse(Refused {
            error: Some(error),
            scopes: need.scopes.clone(),
            used: used.clone(),
        })
    };
    if !verdict.permits(&need.scopes) {
        return refuse(OAuthError::new(
            ErrorCode::InsufficientScope,
            "the request needs permissions that the credential does not have",
        ));
    }
    match Identity::of(verdict, need) {
        Some(identity) => Decision::Pass { identity, used },
        None => refuse(OAuthError::new(
            ErrorCode::AccessDenied,
            "the names of the caller are too long to be handed on",
        )),
    }
}

/// Whether a credential may come this way at all.
fn may_come(way: Way, need: &Need) -> Result<(), OAuthError> {
    let wrong = match (way, need.in_address) {
        (Way::Address, InAddress::Nothing) | (Way::Ticket, InAddress::Nothing) => {
            "a credential does not belong into this address"
        }
        (Way::Address, InAddress::Tickets) => "only a connection ticket may stand in this address",
        _ => return Ok(()),
    };
    Err(OAuthError::invalid_request(wrong))
}

/// A key is never in an address, where it would be known for as long as it lives, and never comes with a proof; a token is
/// no key.
const fn is_its_way(way: Way, found: &Credential<'_>) -> bool {
    match found {
        Credential::Access(..) => !matches!(way, Way::KeyHeader),
        Credential::ApiKey(_) => matches!(way, Way::KeyHeader | Way::Bearer | Way::Ticket),
    }
}

/// Whether a credential is for the API that is called. A key is good at every API of the realm.
pub(super) fn is_for(verdict: &Verdict<'_>, need: &Need, realm: &Realm) -> bool {
    let Some(audience) = verdict.audience else { return true };
    let wanted = need.resource.as_ref().unwrap_or(&realm.default_resource);
    wanted
        .split(' ')
        .any(|wanted| audience.split(' ').any(|one| is_same(wanted, one)))
}

#[cfg(test)]
mod tests;
