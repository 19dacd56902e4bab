//! Who looks at their account, and what a form of it says.

use crate::error::{Failure, Fault};
use crate::interaction::handover;
use crate::request::Request;
use crate::signed_in::{self, Halt};
use grantd_core::admin::{Actor, Deed};
use grantd_core::record::{SessionRecord, UserRecord};
use grantd_protocol::{RawParams, ScopeSet, Seconds};

/// How long ago a login may be that changes how one logs in.
const FRESH: Seconds = Seconds(600);

/// The session of this browser, and its user.
pub(super) struct Signed {
    pub(super) session: SessionRecord,
    pub(super) user: UserRecord,
    pub(super) actor: Actor,
    /// Whether the platform's own app alone logs this user in.
    by_app: bool,
    address: String,
}

impl Signed {
    /// What the user does to their own account, as it is decided and recorded.
    pub(super) fn deed<'a>(&'a self, request: &'a Request<'_>) -> Deed<'a> {
        request.deed(&self.actor, &self.address)
    }

    /// Whether the user may add what proves them here. Where the app alone logs them in it would prove nothing, until the day on
    /// which they administer something and log in here: then whoever once had a session of theirs would come in by it.
    pub(super) const fn adds_factors(&self) -> bool {
        !self.by_app
    }

    /// Whether this session's login is fresh and took every step that the user has: whoever changes how one logs in must
    /// have shown who they are. A session that began before there was a second step never passed it. A passkey counts as
    /// one although the password alone logs in: a stranger with the password must not get past it by one of their own.
    ///
    /// Where the platform's own app logs the user in, what they have here opens nothing, and the app alone knows what it asks
    /// them for: a fresh login of its is enough, whatever methods it names. It adds nothing ([`Signed::adds_factors`]).
    pub(super) fn has_proved(&self, request: &Request<'_>) -> bool {
        let login = &self.session.authentication;
        let has_more = self.user.has_second_step() || !self.user.passkeys().is_empty();
        let has_passed = self.by_app || !has_more || login.amr.iter().any(|method| method == "mfa");
        has_passed && request.now <= login.at.plus(FRESH)
    }
}

/// Who is signed in; otherwise the login form.
///
/// # Errors
/// [`Halt`].
pub(super) async fn load(request: &Request<'_>) -> Result<Signed, Halt> {
    let facts = signed_in::entered(request).await?;
    let user = facts
        .user
        .ok_or(Failure::from(Fault::Broken("a session without a user")))?;
    Ok(Signed {
        by_app: !handover::leaves_here(request, &user).await?,
        actor: Actor::oneself(&user.id),
        address: request.address.to_string(),
        session: facts.session,
        user,
    })
}

/// What a form of ours says.
pub(super) struct Answer {
    pub(super) params: RawParams,
    /// The permissions that the page showed.
    pub(super) shown: ScopeSet,
}
