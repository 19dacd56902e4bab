//! The second step of a login: codes of an authenticator app (RFC 6238), and recovery codes for whoever lost it. A code is
//! good once. It must not know how the secret is kept, nor that attempts are counted.

pub mod totp;

use crate::account::at;
use crate::admin::deed::{Deed, Edit};
use crate::admin::refused::Refused;
use crate::admin::user;
use crate::change::{Change, Write};
use crate::record::{Factors, MembershipRecord, Totp, UserRecord};
use grantd_jose::{HmacKey, base64url_encode, constant_time_eq};
use grantd_protocol::Entropy;
use grantd_protocol::entropy::draw;
use serde_json::json;

/// How many recovery codes there are at first.
pub const RECOVERY_CODES: usize = 10;
/// Characters of a recovery code, without its hyphens: 60 bits.
const RECOVERY_LENGTH: usize = 12;
/// Letters and digits that are not taken for one another: 32, so that a random byte chooses one evenly.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

/// How the second step was proved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Proof {
    /// By the app.
    App,
    /// By a recovery code.
    RecoveryCode,
}

/// Judges what somebody typed in the second step. `secret` is the app's, unsealed. Gives the user as they are afterwards,
/// when the code is spent; the commit must be guarded by the user's version.
#[must_use]
pub fn prove(
    user: &UserRecord,
    secret: Option<&[u8]>,
    typed: &str,
    key: &HmacKey,
    deed: &Deed<'_>,
) -> Option<(UserRecord, Proof)> {
    let factors = user.factors.as_deref()?;
    let mut after = factors.clone();
    let by_app = match (&mut after.totp, secret) {
        (Some(totp), Some(secret)) => totp::accept(secret, totp.last_step, typed, deed.now).map(|step| {
            totp.last_step = step;
            Proof::App
        }),
        _ => None,
    };
    let proof = by_app.or_else(|| spend_recovery(user, &mut after, typed, key))?;
    Some((user.with_factors(after), proof))
}

/// The line in the audit log for a recovery code that was used.
#[must_use]
pub fn recovered(user: &UserRecord, deed: &Deed<'_>) -> Write {
    let left = user.factors.as_ref().map_or(0, |factors| factors.recovery.len());
    deed.audit("user.recovery_code_used", user::target(user), json!({ "left": left }))
}

fn spend_recovery(user: &UserRecord, factors: &mut Factors, typed: &str, key: &HmacKey) -> Option<Proof> {
    let tag = recovery_tag(user, &read_recovery(typed)?, key);
    let found = factors
        .recovery
        .iter()
        .position(|kept| constant_time_eq(kept.as_bytes(), tag.as_bytes()))?;
    factors.recovery.remove(found);
    Some(Proof::RecoveryCode)
}

/// Sets the app up, with new recovery codes. `sealed` is its secret; `step` that of the code that proved it.
#[must_use]
pub fn set_up(
    before: &UserRecord,
    sealed: String,
    step: u64,
    codes: &[String],
    key: &HmacKey,
    deed: &Deed<'_>,
) -> Change {
    let mut factors = kept(before);
    factors.totp = Some(Totp {
        sealed,
        last_step: step,
        since: deed.now,
    });
    factors.recovery = codes.iter().map(|code| recovery_tag(before, code, key)).collect();
    changed(before, factors, "user.two_step_on", deed)
}

/// Replaces the recovery codes; those of before are worth nothing then.
#[must_use]
pub fn new_recovery_codes(before: &UserRecord, codes: &[String], key: &HmacKey, deed: &Deed<'_>) -> Change {
    let mut factors = kept(before);
    factors.recovery = codes.iter().map(|code| recovery_tag(before, code, key)).collect();
    changed(before, factors, "user.recovery_codes_made", deed)
}

/// Takes the app and the recovery codes away.
#[must_use]
pub fn take_away(before: &UserRecord, deed: &Deed<'_>) -> Change {
    changed(before, kept(before).without_second_step(), "user.two_step_off", deed)
}

/// Takes a user's second step away who lost both the app and the codes. Everything that was begun with it ends.
///
/// # Errors
/// [`Refused::Beyond`] for a user who may do more than the actor: it makes their account easier to get into.
pub fn reset(before: &UserRecord, places: &[MembershipRecord], deed: &Deed<'_>) -> Result<Edit<()>, Refused> {
    user::hold(before, places, deed)?;
    let audit = deed.audit("user.two_step_reset", user::target(before), json!({}));
    let after = before.with_factors(kept(before).without_second_step());
    let writes = vec![Write::UpdateUser(Box::new(after)), user::end(before, deed)];
    Ok(Edit {
        change: deed.change(vec![user::at(before)], writes, audit),
        after: (),
    })
}

fn changed(before: &UserRecord, factors: Factors, action: &str, deed: &Deed<'_>) -> Change {
    let audit = deed.audit(action, user::target(before), json!({}));
    let write = Write::UpdateUser(Box::new(before.with_factors(factors)));
    deed.change(vec![at(before)], vec![write], audit)
}

fn kept(user: &UserRecord) -> Factors {
    user.factors.as_deref().cloned().unwrap_or_default()
}

/// Draws recovery codes as they are kept apart from how they are shown.
#[must_use]
pub fn draw_recovery_codes(entropy: &dyn Entropy) -> Vec<String> {
    let letter = |byte: u8| ALPHABET.get(usize::from(byte % 32)).copied().map(char::from);
    let code = || {
        draw::<RECOVERY_LENGTH>(entropy)
            .into_iter()
            .filter_map(letter)
            .collect()
    };
    std::iter::repeat_with(code).take(RECOVERY_CODES).collect()
}

/// A recovery code as people read it: in groups of four.
#[must_use]
pub fn shown(code: &str) -> String {
    let letters: Vec<char> = code.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

/// What somebody typed as a recovery code, if it could be one: hyphens, spaces and upper case do not matter.
fn read_recovery(typed: &str) -> Option<String> {
    if typed.len() > 60 {
        return None;
    }
    let code: String = typed
        .chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '-')
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    let possible = code.len() == RECOVERY_LENGTH && code.bytes().all(|letter| ALPHABET.contains(&letter));
    possible.then_some(code)
}

/// What is kept of a code: worth nothing without the key, and nothing for another user.
fn recovery_tag(user: &UserRecord, code: &str, key: &HmacKey) -> String {
    base64url_encode(key.tag(&[
        b"recovery|",
        user.realm.as_bytes(),
        b"|",
        user.id.as_bytes(),
        b"|",
        code.as_bytes(),
    ]))
}

#[cfg(test)]
mod tests;
