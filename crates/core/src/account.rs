//! What users do with their own account: take back what they allowed, end sessions, choose another password. Each deed
//! has its line in the audit log as an operator's has. It must not know a form, a page or how a password is hashed.

use crate::admin::deed::Deed;
use crate::admin::user::{MAX_PASSWORD, MIN_PASSWORD, end, target};
use crate::change::{Change, Guard, Write};
use crate::record::{GrantRecord, SessionRecord, UseRecord, UserRecord};
use grantd_protocol::{ScopeSet, Timestamp};
use serde_json::json;
use std::sync::Arc;

/// What is left of a grant when a user takes away what was `shown` and is not `ticked`. What came to the grant after the
/// page was shown stays: nobody took it away.
#[must_use]
pub fn left_of(grant: &GrantRecord, shown: &ScopeSet, ticked: &ScopeSet) -> ScopeSet {
    let taken = |scope: &str| shown.contains(scope) && !ticked.contains(scope);
    grant.scope.iter().filter(|scope| !taken(scope)).collect()
}

/// What a client last did with a grant, and when: one call may have needed several permissions. `None` where nobody saw it
/// do anything, which does not say that it did nothing: an API that verifies tokens by itself is not seen.
#[must_use]
pub fn last_done(uses: &[UseRecord]) -> Option<(Timestamp, Vec<Arc<str>>)> {
    let last = uses.iter().map(|row| row.last_used_at).max()?;
    let then = uses.iter().filter(|row| row.last_used_at == last);
    let mut permissions: Vec<Arc<str>> = then.filter_map(|row| row.permission.clone()).collect();
    permissions.sort();
    permissions.dedup();
    (!permissions.is_empty()).then_some((last, permissions))
}

/// Why a password is none to change to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PasswordProblem {
    /// Fewer than [`MIN_PASSWORD`] characters.
    #[error("the new password is too short")]
    Short,
    /// More than [`MAX_PASSWORD`] bytes.
    #[error("the new password is too long")]
    Long,
    /// It is the old one, or the user's name.
    #[error("the new password is the old one, or the name")]
    Known,
    /// It was not typed the same twice.
    #[error("the new password was not typed the same twice")]
    Differ,
}

/// Whether a user may change to a password. `old` is what they typed as the one they have; `None` where they cannot say it.
///
/// # Errors
/// [`PasswordProblem`].
pub fn check_password(user: &UserRecord, old: Option<&str>, new: &str, again: &str) -> Result<(), PasswordProblem> {
    if new.chars().count() < MIN_PASSWORD {
        Err(PasswordProblem::Short)
    } else if new.len() > MAX_PASSWORD {
        Err(PasswordProblem::Long)
    } else if old == Some(new) || UserRecord::key_of(new) == UserRecord::key_of(&user.username) {
        Err(PasswordProblem::Known)
    } else if new != again {
        Err(PasswordProblem::Differ)
    } else {
        Ok(())
    }
}

/// Changes a user's password to one with this hash. Whatever was made with the old one ends, as when an operator sets
/// one; the browser in which it happens goes on in `session`, a new one that takes the place of `from`.
#[must_use]
pub fn change_password(
    before: &UserRecord,
    hash: String,
    from: &SessionRecord,
    session: SessionRecord,
    deed: &Deed<'_>,
) -> Change {
    let audit = deed.audit("user.password_changed", target(before), json!({}));
    let after = with_password(before, hash, deed);
    ends_elsewhere(before, after, Onward { from, session }, audit, deed)
}

/// The browser in which everything else is ended: it goes on.
pub struct Onward<'a> {
    /// Its session, which ends too: whoever has a copy of the cookie has nothing then.
    pub from: &'a SessionRecord,
    /// The session in its place.
    pub session: SessionRecord,
}

/// A change of the user who is signed in, by which everything ends but the browser in which it is made.
pub(crate) fn ends_elsewhere(
    before: &UserRecord,
    after: UserRecord,
    onward: Onward<'_>,
    audit: Write,
    deed: &Deed<'_>,
) -> Change {
    let guards = vec![at(before), Guard::SessionLive(onward.from.id)];
    let writes = vec![
        Write::UpdateUser(Box::new(after)),
        end(before, deed),
        Write::InsertSession(Box::new(onward.session)),
    ];
    deed.change(guards, writes, audit)
}

/// Gives a user who proved their mail address another password. Everything ends that was made with the old one.
#[must_use]
pub fn reset_password(before: &UserRecord, hash: String, deed: &Deed<'_>) -> Change {
    let audit = deed.audit("user.password_reset", target(before), json!({}));
    let after = with_password(before, hash, deed);
    let writes = vec![Write::UpdateUser(Box::new(after)), end(before, deed)];
    deed.change(vec![at(before)], writes, audit)
}

/// Where letters to a user go: the mail address among their claims unless it is said not to be theirs, or the name that
/// they log in with where that is one.
#[must_use]
pub fn mail_address(user: &UserRecord) -> Option<&str> {
    let claimed = user.claims.get("email").and_then(|email| email.as_str());
    let is_theirs = user.claims.get("email_verified") != Some(&false.into());
    let address = claimed.filter(|_| is_theirs).unwrap_or(&user.username);
    let (name, host) = address.split_once('@')?;
    (!name.is_empty() && !host.is_empty() && address.len() <= 254).then_some(address)
}

fn with_password(before: &UserRecord, hash: String, deed: &Deed<'_>) -> UserRecord {
    UserRecord {
        version: before.version + 1,
        password_hash: Some(hash),
        password_changed_at: deed.now,
        ..before.clone()
    }
}

/// Signs a user out of one browser.
#[must_use]
pub fn end_session(session: &SessionRecord, deed: &Deed<'_>) -> Change {
    let audit = deed.audit("session.ended", format!("session:{}", session.id), json!({}));
    let write = Write::EndSession {
        id: session.id,
        at: deed.now,
    };
    deed.change(Vec::new(), vec![write], audit)
}

/// The user as they were looked at, and enabled.
pub(crate) fn at(user: &UserRecord) -> Guard {
    Guard::UserAt {
        realm: Arc::clone(&user.realm),
        id: Arc::clone(&user.id),
        version: user.version,
    }
}

#[cfg(test)]
mod tests;
