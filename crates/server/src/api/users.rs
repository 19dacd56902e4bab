//! `/users`: people who log in.

use super::answer::{Answer, Versioned, page};
use super::call::Call;
use super::commit;
use super::once::{Created, Once};
use super::problem::Problem;
use super::route::{Conditions, Gives, Param, Route, handler};
use super::sorting::Order;
use crate::error::Fault;
use grantd_core::admin::{Deed, Edit, member, user};
use grantd_core::passkey::kept;
use grantd_core::record::{MembershipRecord, UserRecord};
use grantd_core::second_factor;
use grantd_protocol::{Secret, Timestamp};
use grantd_store::sort::{Place, SortValue, Sorted, Sorting, UserColumn};
use grantd_store::{Page, Store};
use serde_json::Value;
use std::sync::Arc;

pub(super) const READ: &str = "grantd:users:read";
pub(super) const WRITE: &str = "grantd:users:write";

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/users",
        permission: READ,
        tenants: false,
        says: "List the users.",
        takes: None,
        gives: Gives::Page("User"),
        conditions: Conditions::Unread,
        query: &[
            Param {
                name: "username",
                says: "The one user who logs in with this name.",
            },
            Param {
                name: "prefix",
                says: "Those who log in with a name that begins like this, in capitals or not; by username.",
            },
            Param {
                name: "sort",
                says: "username or created, -username or -created for the other way round; by id where absent.",
            },
        ],
        handle: handler!(list),
    },
    Route {
        method: "POST",
        path: "/users",
        permission: WRITE,
        tenants: false,
        says: "Make a user.",
        takes: Some("NewUser"),
        gives: Gives::Created("User"),
        conditions: Conditions::Unread,
        query: &[],
        handle: handler!(create),
    },
    Route {
        method: "GET",
        path: "/users/{user_id}",
        permission: READ,
        tenants: false,
        says: "Show a user.",
        takes: None,
        gives: Gives::Tagged("User"),
        conditions: Conditions::Shown,
        query: &[],
        handle: handler!(show),
    },
    Route {
        method: "PATCH",
        path: "/users/{user_id}",
        permission: WRITE,
        tenants: false,
        says: "Change a user. Disabling ends sessions, refresh tokens and access tokens.",
        takes: Some("UserPatch"),
        gives: Gives::Tagged("User"),
        conditions: Conditions::Version,
        query: &[],
        handle: handler!(change),
    },
    Route {
        method: "DELETE",
        path: "/users/{user_id}",
        permission: WRITE,
        tenants: false,
        says: "Delete a user with everything that hangs off them.",
        takes: None,
        gives: Gives::Nothing,
        conditions: Conditions::Version,
        query: &[],
        handle: handler!(delete),
    },
    Route {
        method: "PUT",
        path: "/users/{user_id}/password",
        permission: WRITE,
        tenants: false,
        says: "Set a user's password; sessions and refresh tokens end.",
        takes: Some("NewPassword"),
        gives: Gives::Nothing,
        conditions: Conditions::Version,
        query: &[],
        handle: handler!(set_password),
    },
    Route {
        method: "DELETE",
        path: "/users/{user_id}/second-step",
        permission: WRITE,
        tenants: false,
        says: "Take a user's second step away, where the app and the codes are lost; sessions and refresh tokens end.",
        takes: None,
        gives: Gives::Nothing,
        conditions: Conditions::Version,
        query: &[],
        handle: handler!(reset_second_step),
    },
    Route {
        method: "DELETE",
        path: "/users/{user_id}/passkeys",
        permission: WRITE,
        tenants: false,
        says: "Take all passkeys of a user away; sessions and refresh tokens end.",
        takes: None,
        gives: Gives::Nothing,
        conditions: Conditions::Version,
        query: &[],
        handle: handler!(remove_passkeys),
    },
    Route {
        method: "GET",
        path: "/users/{user_id}/memberships",
        permission: READ,
        tenants: false,
        says: "List the tenants that a user belongs to, with the role in each.",
        takes: None,
        gives: Gives::Page("Member"),
        conditions: Conditions::Unread,
        query: &[],
        handle: handler!(memberships),
    },
];

/// What lists are sorted by.
const COLUMNS: &[(&str, UserColumn)] = &[("username", UserColumn::Username), ("created", UserColumn::Created)];

async fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let window = call.window()?;
    let order = match call.query.get("prefix") {
        None => Order::asked(call, &window, COLUMNS)?,
        Some(_) if call.query.get("sort").is_some() => {
            return Err(Problem::Bad("those with a prefix are sorted by username".to_owned()));
        }
        Some(_) => Order::by(BY_NAME, &window)?,
    };
    if let Some(username) = call.query.get("username") {
        let found = call
            .store()
            .user_by_key(call.realm(), &UserRecord::key_of(username))
            .await?;
        return Ok(Answer::page(found.iter().map(user::view).collect(), None));
    }
    let key = |user: &UserRecord| order.key(user, &user.id);
    let after = window.after.as_deref();
    if let Some(prefix) = call.query.get("prefix") {
        let found = beginning_with(
            call,
            &UserRecord::key_of(prefix),
            order.page(call.realm(), after, window.limit),
        )
        .await?;
        return Ok(page(&found, &window, key, user::view));
    }
    let found = match order.page(call.realm(), after, window.limit) {
        Some(asked) => call.store().users_sorted(&asked).await?,
        None => call.store().users(call.realm(), after, window.limit).await?,
    };
    Ok(page(&found, &window, key, user::view))
}

/// How those with a prefix are sorted: names that begin alike stand together.
const BY_NAME: Sorting<UserColumn> = Sorting {
    by: UserColumn::Username,
    descending: false,
};

/// The users of a page whose names begin with `key`.
async fn beginning_with(
    call: &Call<'_>,
    key: &str,
    asked: Option<Sorted<UserColumn>>,
) -> Result<Page<UserRecord>, Problem> {
    let Some(mut asked) = asked else {
        return Ok(Page {
            rows: Vec::new(),
            more: false,
        });
    };
    // The first of them stands behind the prefix itself, since no id is empty.
    asked.behind.get_or_insert_with(|| Place {
        value: SortValue::Text(key.to_owned()),
        id: String::new(),
    });
    let mut found = call.store().users_sorted(&asked).await?;
    let all = found.rows.len();
    found
        .rows
        .retain(|user| UserRecord::key_of(&user.username).starts_with(key));
    found.more &= found.rows.len() == all;
    Ok(found)
}

async fn create(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.body()?;
    let once = match Once::begin(call).await? {
        Ok(once) => once,
        Err(answer) => return Ok(answer),
    };
    let mut wanted = user::read(&body)?;
    // Before the hash is worked out; the commit decides. A name is no news to who took it with the same request.
    if !once.is_withheld() {
        refuse_taken(call, &wanted).await?;
    }
    let hash = match wanted.password.take() {
        Some(password) => Some(hashed(call, password).await?),
        None => None,
    };
    let untaken = async |lost| match lost {
        true => refuse_taken(call, &wanted).await,
        false => Ok(()),
    };
    once.create(untaken, |(), deed| {
        let edit = user::create(user::read(&body)?, hash.clone(), deed)?;
        let created = Created {
            body: user::view(&edit.after),
            etag: Some(edit.after.tag()),
            location: format!("/users/{}", edit.after.id),
            secret: None,
        };
        Ok(Edit {
            change: edit.change,
            after: created,
        })
    })
    .await
}

async fn show(call: &Call<'_>) -> Result<Answer, Problem> {
    Ok(shown(&load(call).await?))
}

async fn change(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.body()?;
    let load = async |call| {
        let (before, places) = placed(call).await?;
        let name = body.get("username").and_then(Value::as_str);
        let holder = match name {
            Some(name) => {
                call.store()
                    .user_by_key(call.realm(), &UserRecord::key_of(name))
                    .await?
            }
            None => None,
        };
        Ok((before, (places, holder)))
    };
    let decide = |(before, (places, holder)): &(UserRecord, (Places, Option<UserRecord>)), deed: &Deed<'_>| {
        let edit = user::update(before, &body, places, deed)?;
        // Said only to whoever may change this user.
        if holder.as_ref().is_some_and(|holder| holder.id != before.id) {
            return Err(user::taken());
        }
        Ok(edit)
    };
    Ok(shown(&commit::change(call, load, decide).await?))
}

async fn delete(call: &Call<'_>) -> Result<Answer, Problem> {
    commit::change(call, placed, |(before, places), deed| {
        user::delete(before, places, deed)
    })
    .await?;
    Ok(Answer::done())
}

async fn set_password(call: &Call<'_>) -> Result<Answer, Problem> {
    let password = user::password(&call.body()?)?;
    let (before, places) = commit::meant(call, placed(call)).await?;
    user::hold(&before, &places, &call.deed(&call.address()))?;
    let hash = hashed(call, password).await?;
    commit::change(call, placed, |(before, places), deed| {
        user::set_password(before, hash.clone(), places, deed)
    })
    .await?;
    Ok(Answer::done())
}

async fn reset_second_step(call: &Call<'_>) -> Result<Answer, Problem> {
    let load = async |call| with(call, UserRecord::has_second_step).await;
    commit::change(call, load, |(before, places), deed| {
        second_factor::reset(before, places, deed)
    })
    .await?;
    Ok(Answer::done())
}

async fn remove_passkeys(call: &Call<'_>) -> Result<Answer, Problem> {
    let load = async |call| with(call, |user| !user.passkeys().is_empty()).await;
    commit::change(call, load, |(before, places), deed| {
        kept::remove_all(before, places, deed)
    })
    .await?;
    Ok(Answer::done())
}

async fn memberships(call: &Call<'_>) -> Result<Answer, Problem> {
    let window = call.window()?;
    let user = load(call).await?;
    let places = call.store().memberships(call.realm(), &user.id).await?;
    let behind = |id: &Arc<str>| window.after.as_deref().is_none_or(|after| &**id > after);
    let mut rows: Vec<_> = places.into_iter().filter(|place| behind(&place.tenant.id)).collect();
    let limit = usize::try_from(window.limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let key = |place: &MembershipRecord| place.tenant.id.to_string();
    Ok(page(&Page { rows, more }, &window, key, member::view))
}

async fn refuse_taken(call: &Call<'_>, wanted: &user::Wanted) -> Result<(), Problem> {
    let holder = call
        .store()
        .user_by_key(call.realm(), &UserRecord::key_of(wanted.username()))
        .await?;
    if holder.is_some() {
        Err(user::taken().into())
    } else {
        Ok(())
    }
}

async fn hashed(call: &Call<'_>, password: String) -> Result<String, Problem> {
    let app = call.request.app;
    let hash = app.passwords.hash(Secret::new(password), &*app.entropy).await;
    hash.map_err(|fault| Fault::from(fault).into())
}

/// The user in the address.
pub(super) async fn load(call: &Call<'_>) -> Result<UserRecord, Problem> {
    let found = call.store().user(call.realm(), call.segment("user_id")).await?;
    found.ok_or(Problem::Unknown)
}

/// What a user is in each tenant.
pub(super) type Places = Vec<MembershipRecord>;

/// The user in the address, and what they are where.
pub(super) async fn placed(call: &Call<'_>) -> Result<(UserRecord, Places), Problem> {
    let user = load(call).await?;
    let places = call.store().memberships(call.realm(), &user.id).await?;
    Ok((user, places))
}

/// The same, where there is what is to be taken away.
async fn with(call: &Call<'_>, has: impl Fn(&UserRecord) -> bool) -> Result<(UserRecord, Places), Problem> {
    let (user, places) = placed(call).await?;
    has(&user).then_some((user, places)).ok_or(Problem::Unknown)
}

fn shown(record: &UserRecord) -> Answer {
    Answer::version(user::view(record), record)
}

impl Versioned for UserRecord {
    fn version(&self) -> (u64, Timestamp) {
        (self.version, self.created_at)
    }
}
