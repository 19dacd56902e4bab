//! A user's passkeys as they are kept: added, named, used, taken away. Each deed is one change that is guarded by the version
//! of the user, so that of two at once one is done. It must not know how a passkey is proved.

use crate::account::at;
use crate::admin::deed::{Deed, Edit};
use crate::admin::refused::Refused;
use crate::admin::user;
use crate::change::{Change, Write};
use crate::record::{Factors, MembershipRecord, Passkey, UpstreamLink, UserRecord};
use crate::single_use::SingleUse;
use crate::upstream::kept::leads_in;
use grantd_protocol::Timestamp;
use grantd_protocol::readable::is_readable;
use serde_json::json;

/// The most passkeys of one user.
pub const MOST: usize = 10;
/// The longest name, in characters.
pub const MAX_NAME: usize = 60;
/// The longest user id that authenticators keep, in bytes (`user.id`, Web Authentication section 5.4.3).
pub const MAX_HANDLE: usize = 64;

/// Why something cannot be done with a passkey.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Problem {
    /// There are [`MOST`] already.
    #[error("the user has as many passkeys as there may be")]
    Many,
    /// This one is there already.
    #[error("the passkey is there already")]
    Known,
    /// There is none of this id.
    #[error("the user has no such passkey")]
    Unknown,
    /// It is no name that can be shown.
    #[error("the name is empty, too long, or has characters that nobody sees")]
    Name,
    /// There is no password, no other passkey, and no provider to come from.
    #[error("nobody could log in without it")]
    LastWayIn,
}

/// The name that somebody gave a passkey.
///
/// # Errors
/// [`Problem::Name`].
pub fn read_name(typed: &str) -> Result<String, Problem> {
    let name = typed.trim();
    let is_good = name.chars().count() <= MAX_NAME && is_readable(name);
    is_good.then(|| name.to_owned()).ok_or(Problem::Name)
}

/// Adds a passkey; its challenge is spent.
///
/// # Errors
/// [`Problem::Many`], [`Problem::Known`].
pub fn add(before: &UserRecord, passkey: Passkey, challenge: &SingleUse, deed: &Deed<'_>) -> Result<Change, Problem> {
    let mut passkeys = before.passkeys().to_vec();
    if passkeys.iter().any(|kept| kept.id == passkey.id) {
        return Err(Problem::Known);
    }
    if passkeys.len() >= MOST {
        return Err(Problem::Many);
    }
    let detail = json!({ "name": passkey.name, "synced": passkey.synced });
    passkeys.push(passkey);
    let mut change = changed(before, passkeys, "user.passkey_added", detail, deed);
    change.spend(std::slice::from_ref(challenge));
    Ok(change)
}

/// Gives a passkey another name.
///
/// # Errors
/// [`Problem::Unknown`].
pub fn rename(before: &UserRecord, id: &str, name: &str, deed: &Deed<'_>) -> Result<Change, Problem> {
    let mut passkeys = before.passkeys().to_vec();
    let passkey = passkeys.iter_mut().find(|kept| kept.id == id).ok_or(Problem::Unknown)?;
    let detail = json!({ "before": passkey.name, "after": name });
    name.clone_into(&mut passkey.name);
    Ok(changed(before, passkeys, "user.passkey_renamed", detail, deed))
}

/// Takes a passkey away. `links` are those of the user at other providers: who can come from one needs neither a passkey nor a
/// password.
///
/// # Errors
/// [`Problem::Unknown`]; [`Problem::LastWayIn`] for the only one of a user who could not log in without it.
pub fn remove(before: &UserRecord, id: &str, links: &[UpstreamLink], deed: &Deed<'_>) -> Result<Change, Problem> {
    let mut passkeys = before.passkeys().to_vec();
    let place = passkeys.iter().position(|kept| kept.id == id).ok_or(Problem::Unknown)?;
    let removed = passkeys.remove(place);
    let has_link = links.iter().any(|link| leads_in(link, before, deed.realm));
    if passkeys.is_empty() && before.password_hash.is_none() && !has_link {
        return Err(Problem::LastWayIn);
    }
    let detail = json!({ "name": removed.name });
    Ok(changed(before, passkeys, "user.passkey_removed", detail, deed))
}

/// Takes all passkeys of a user away, for whom somebody else has one, or who lost them. Everything that was begun with them
/// ends.
///
/// # Errors
/// [`Refused::Beyond`] for a user who may do more than the actor.
pub fn remove_all(before: &UserRecord, places: &[MembershipRecord], deed: &Deed<'_>) -> Result<Edit<()>, Refused> {
    user::hold(before, places, deed)?;
    let detail = json!({ "removed": before.passkeys().len() });
    let audit = deed.audit("user.passkeys_removed", user::target(before), detail);
    let after = with_passkeys(before, Vec::new());
    let writes = vec![Write::UpdateUser(Box::new(after)), user::end(before, deed)];
    let change = deed.change(vec![user::at(before)], writes, audit);
    Ok(Edit { change, after: () })
}

/// The user after a login with a passkey whose authenticator counts so far.
#[must_use]
pub fn used(user: &UserRecord, id: &str, counter: u32, now: Timestamp) -> UserRecord {
    let mut passkeys = user.passkeys().to_vec();
    if let Some(passkey) = passkeys.iter_mut().find(|kept| kept.id == id) {
        passkey.counter = counter;
        passkey.used_at = Some(now);
    }
    with_passkeys(user, passkeys)
}

/// The line in the audit log for a passkey whose counter went back: somebody has a copy of it. Nothing else changes, or whoever
/// copied it could lock its owner out.
#[must_use]
pub fn copied(user: &UserRecord, passkey: &Passkey, deed: &Deed<'_>) -> Write {
    let detail = json!({ "name": passkey.name, "passkey": passkey.id });
    deed.audit("user.passkey_copied", user::target(user), detail)
}

fn changed(
    before: &UserRecord,
    passkeys: Vec<Passkey>,
    action: &str,
    detail: serde_json::Value,
    deed: &Deed<'_>,
) -> Change {
    let audit = deed.audit(action, user::target(before), detail);
    let write = Write::UpdateUser(Box::new(with_passkeys(before, passkeys)));
    deed.change(vec![at(before)], vec![write], audit)
}

fn with_passkeys(user: &UserRecord, passkeys: Vec<Passkey>) -> UserRecord {
    let factors = user.factors.as_deref().cloned().unwrap_or_default();
    user.with_factors(Factors { passkeys, ..factors })
}
