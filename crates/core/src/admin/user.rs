//! Users: made, changed, disabled, deleted, given a password, logged out. A disabled or deleted user's sessions and
//! refresh tokens end in the same change; access tokens die with the user.

mod claims;

pub(super) use claims::claims;

use super::client::extend;
use super::deed::{Deed, Edit};
use super::fields::{Fields, Wrong};
use super::refused::Refused;
use crate::change::{Guard, Write};
use crate::record::{MembershipRecord, UserRecord};
use grantd_protocol::entropy::draw_alphanumeric;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The longest user name, in bytes: what the login form takes too.
pub(super) const MAX_USERNAME: usize = 320;
/// The fewest characters of a password that somebody sets.
pub const MIN_PASSWORD: usize = 8;
/// The most, in bytes: the hash takes any length, the pool's time is not anybody's.
pub const MAX_PASSWORD: usize = 1024;
/// What a body says about a user, before a password is hashed.
#[derive(Debug)]
pub struct Wanted {
    username: String,
    claims: Map<String, Value>,
    enabled: bool,
    /// The password, as it was sent.
    pub password: Option<String>,
}

impl Wanted {
    /// A user whom another server describes.
    pub(crate) const fn new(username: String, claims: Map<String, Value>) -> Self {
        Self {
            username,
            claims,
            enabled: true,
            password: None,
        }
    }

    /// What the user will log in with.
    #[must_use]
    pub fn username(&self) -> &str {
        &self.username
    }
}

/// Reads what a new user is.
///
/// # Errors
/// [`Refused::Invalid`].
pub fn read(body: &Map<String, Value>) -> Result<Wanted, Refused> {
    let mut wanted = Wanted {
        username: String::new(),
        claims: Map::new(),
        enabled: true,
        password: None,
    };
    let mut fields = Fields::new(body);
    fields.require("username");
    fields.short_text("username", MAX_USERNAME, &mut wanted.username);
    claims(&mut fields, &mut wanted.claims);
    fields.flag("enabled", &mut wanted.enabled);
    if fields.has("password") {
        wanted.password = password_field(&mut fields);
    }
    Refused::unless_none(fields.finish())?;
    Ok(wanted)
}

/// The password of a body that sets one.
///
/// # Errors
/// [`Refused::Invalid`].
pub fn password(body: &Map<String, Value>) -> Result<String, Refused> {
    let mut fields = Fields::new(body);
    fields.require("password");
    let password = password_field(&mut fields);
    Refused::unless_none(fields.finish())?;
    password.ok_or_else(|| Refused::wrong("/password", "is missing"))
}

/// Decides what a new user is. `hash` is that of the password, where there is one.
///
/// # Errors
/// [`Refused::Beyond`] for the name of an operator who may do more than the actor.
pub fn create(wanted: Wanted, hash: Option<String>, deed: &Deed<'_>) -> Result<Edit<UserRecord>, Refused> {
    create_as(draw_alphanumeric(deed.entropy, 22).into(), wanted, hash, deed)
}

/// The same under an id that is chosen elsewhere. That no user has it is the caller's to know.
///
/// # Errors
/// Those of [`create`].
pub fn create_as(
    id: Arc<str>,
    wanted: Wanted,
    hash: Option<String>,
    deed: &Deed<'_>,
) -> Result<Edit<UserRecord>, Refused> {
    hold_as_operator(&wanted.username, deed)?;
    let record = UserRecord {
        realm: deed.realm_name(),
        id,
        version: 1,
        username: wanted.username.trim().to_owned(),
        password_hash: hash,
        password_changed_at: deed.now,
        factors: None,
        claims: wanted.claims,
        enabled: wanted.enabled,
        created_at: deed.now,
    };
    let guard = Guard::UsernameFree {
        realm: deed.realm_name(),
        key: UserRecord::key_of(&record.username),
    };
    let audit = deed.audit("user.created", target(&record), json!({ "after": view(&record) }));
    let change = deed.change(vec![guard], vec![Write::InsertUser(Box::new(record.clone()))], audit);
    Ok(Edit { change, after: record })
}

/// Decides what a user becomes.
///
/// # Errors
/// [`Refused::Invalid`], and [`Refused::Beyond`] for a user who may do more than the actor, or the name of such an operator.
pub fn update(
    before: &UserRecord,
    body: &Map<String, Value>,
    places: &[MembershipRecord],
    deed: &Deed<'_>,
) -> Result<Edit<UserRecord>, Refused> {
    let mut after = before.clone();
    let mut fields = Fields::new(body);
    fields.short_text("username", MAX_USERNAME, &mut after.username);
    claims(&mut fields, &mut after.claims);
    fields.flag("enabled", &mut after.enabled);
    Refused::unless_none(fields.finish())?;
    after.username = after.username.trim().to_owned();
    // The name and the mail address are what an account is recovered by; disabling locks out, enabling lets in.
    if after.username != before.username || after.claims != before.claims || after.enabled != before.enabled {
        hold(before, places, deed)?;
    }
    after.version += 1;
    let mut guards = vec![at(before)];
    let key = UserRecord::key_of(&after.username);
    if key != UserRecord::key_of(&before.username) {
        hold_as_operator(&after.username, deed)?;
        guards.push(Guard::UsernameFree {
            realm: deed.realm_name(),
            key,
        });
    }
    let detail = json!({ "before": view(before), "after": view(&after) });
    let audit = deed.audit("user.changed", target(before), detail);
    let mut writes = vec![Write::UpdateUser(Box::new(after.clone()))];
    if before.enabled && !after.enabled {
        writes.push(end(before, deed));
        after.version += 1;
    }
    Ok(Edit {
        change: deed.change(guards, writes, audit),
        after,
    })
}

/// Sets a password: everything that was made with the old one ends.
///
/// # Errors
/// [`Refused::Beyond`] where the user has permissions of the server's own that the actor lacks: whoever knows a password
/// can log in with it.
pub fn set_password(
    before: &UserRecord,
    hash: String,
    places: &[MembershipRecord],
    deed: &Deed<'_>,
) -> Result<Edit<UserRecord>, Refused> {
    hold(before, places, deed)?;
    let mut after = before.clone();
    after.version += 1;
    after.password_hash = Some(hash);
    after.password_changed_at = deed.now;
    let audit = deed.audit("user.password_set", target(before), json!({}));
    let writes = vec![
        Write::UpdateUser(Box::new(after.clone())),
        end(before, deed),
        end_made_by_hand(before, deed),
    ];
    after.version += 1;
    Ok(Edit {
        change: deed.change(vec![at(before)], writes, audit),
        after,
    })
}

/// Whether the actor holds what the user may do, through their roles and as an operator.
///
/// # Errors
/// [`Refused::Beyond`].
pub fn hold(user: &UserRecord, places: &[MembershipRecord], deed: &Deed<'_>) -> Result<(), Refused> {
    hold_as_operator(&user.username, deed)?;
    places
        .iter()
        .try_for_each(|place| deed.must_hold(&deed.realm.role(&place.role)))
}

/// Operators are named in the configuration: whoever can log in under such a name is one.
pub(crate) fn hold_as_operator(username: &str, deed: &Deed<'_>) -> Result<(), Refused> {
    let operator = deed.realm.operator(username);
    operator.map_or(Ok(()), |operator| deed.must_hold(&operator.permitted))
}

/// Logs a user out everywhere.
#[must_use]
pub fn log_out(before: &UserRecord, deed: &Deed<'_>) -> Edit<()> {
    let audit = deed.audit("user.logged_out", target(before), json!({}));
    Edit {
        change: deed.change(vec![at(before)], vec![end(before, deed)], audit),
        after: (),
    }
}

/// Removes a user with everything that hangs off them.
///
/// # Errors
/// [`Refused::Beyond`] for a user who may do more than the actor.
pub fn delete(before: &UserRecord, places: &[MembershipRecord], deed: &Deed<'_>) -> Result<Edit<()>, Refused> {
    hold(before, places, deed)?;
    let audit = deed.audit("user.deleted", target(before), json!({ "before": view(before) }));
    let write = Write::DeleteUser {
        realm: deed.realm_name(),
        user: Arc::clone(&before.id),
        at: deed.now,
    };
    Ok(Edit {
        change: deed.change(vec![at(before)], vec![write], audit),
        after: (),
    })
}

/// What is shown of a user.
#[must_use]
pub fn view(user: &UserRecord) -> Value {
    let mut value = json!({
        "id": user.id,
        "username": user.username,
        "has_password": user.password_hash.is_some(),
        "second_step": user.has_second_step(),
        "passkeys": user.passkeys().len(),
        "enabled": user.enabled,
        "created_at": user.created_at.secs(),
    });
    let claims = (!user.claims.is_empty()).then(|| Value::Object(user.claims.clone()));
    extend(&mut value, [("claims", claims)]);
    value
}

fn password_field(fields: &mut Fields<'_>) -> Option<String> {
    let mut password = None;
    fields.raw_text("password", &mut password);
    let password = password?;
    if password.chars().count() >= MIN_PASSWORD && password.len() <= MAX_PASSWORD {
        return Some(password);
    }
    fields.complain(
        "/password",
        format!("must have at least {MIN_PASSWORD} characters and at most {MAX_PASSWORD} bytes"),
    );
    None
}

pub(crate) fn end(user: &UserRecord, deed: &Deed<'_>) -> Write {
    Write::EndUser {
        realm: deed.realm_name(),
        user: Arc::clone(&user.id),
        at: deed.now,
    }
}

/// Ends the tokens that were made by hand for somebody: they live long, and outlive every session.
pub(crate) fn end_made_by_hand(user: &UserRecord, deed: &Deed<'_>) -> Write {
    Write::EndByHand {
        realm: deed.realm_name(),
        user: Arc::clone(&user.id),
        tenant: None,
        at: deed.now,
    }
}

pub(crate) fn at(user: &UserRecord) -> Guard {
    Guard::UserRowAt {
        realm: Arc::clone(&user.realm),
        id: Arc::clone(&user.id),
        version: user.version,
    }
}

pub(crate) fn target(user: &UserRecord) -> String {
    format!("user:{}", user.id)
}

/// A username that is taken already, as a mistake of the body.
#[must_use]
pub fn taken() -> Refused {
    Refused::Invalid(vec![Wrong::new("/username", "is taken")])
}

#[cfg(test)]
mod tests;
