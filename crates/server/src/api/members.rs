//! `/tenants/{tenant}/members`: who belongs to a tenant, with which role.

use super::answer::{Answer, page};
use super::audit;
use super::call::Call;
use super::commit;
use super::problem::Problem;
use super::route::{Conditions, Gives, Param, Route, handler};
use super::tenants;
use grantd_core::admin::member::{self, Facts};
use grantd_core::admin::{Deed, Refused};
use grantd_core::attempts::Limit;
use grantd_core::record::{MembershipRecord, TenantRecord, UserRecord};
use grantd_protocol::Seconds;
use grantd_store::Store;
use serde_json::Value;
use std::collections::BTreeMap;

const READ: &str = "grantd:members:read";
const WRITE: &str = "grantd:members:write";

/// Names that nobody has, from the administrators of one tenant together, before they must wait.
const UNKNOWN_NAMES: Limit = Limit {
    burst: 20,
    period: Seconds(3600),
};

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/tenants/{tenant}/members",
        permission: READ,
        tenants: true,
        says: "List who belongs to a tenant.",
        takes: None,
        gives: Gives::Page("Member"),
        conditions: Conditions::Unread,
        query: &[Param {
            name: "role",
            says: "Those with this role alone.",
        }],
        handle: handler!(list),
    },
    Route {
        method: "POST",
        path: "/tenants/{tenant}/members",
        permission: WRITE,
        tenants: true,
        says: "Give the user of this name a place in a tenant; the role permits no more than the caller may. Whoever has one keeps it: it is changed by id.",
        takes: Some("NamedMember"),
        gives: Gives::Object("Member"),
        conditions: Conditions::Presence,
        query: &[],
        handle: handler!(add),
    },
    Route {
        method: "GET",
        path: "/tenants/{tenant}/members/{user_id}",
        permission: READ,
        tenants: true,
        says: "Show a user's place in a tenant.",
        takes: None,
        gives: Gives::Object("Member"),
        conditions: Conditions::Unread,
        query: &[],
        handle: handler!(show),
    },
    Route {
        method: "PUT",
        path: "/tenants/{tenant}/members/{user_id}",
        permission: WRITE,
        tenants: true,
        says: "Give a user a place in a tenant, or another role there; the role permits no more than the caller may.",
        takes: Some("NewMember"),
        gives: Gives::Object("Member"),
        conditions: Conditions::Presence,
        query: &[],
        handle: handler!(put),
    },
    Route {
        method: "DELETE",
        path: "/tenants/{tenant}/members/{user_id}",
        permission: WRITE,
        tenants: true,
        says: "Take a user's place in a tenant away; what the user allowed applications there ends.",
        takes: None,
        gives: Gives::Nothing,
        conditions: Conditions::Presence,
        query: &[],
        handle: handler!(remove),
    },
];

async fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let window = call.window()?;
    let tenant = tenants::load(call).await?;
    let (role, after) = (call.query.get("role"), window.after.as_deref());
    let found = call
        .store()
        .members(call.realm(), &tenant.id, role, after, window.limit)
        .await?;
    let mut names = BTreeMap::new();
    for member in &found.rows {
        let user = call.store().user(call.realm(), &member.user).await?;
        names.extend(user.map(|user| (user.id, user.username)));
    }
    let key = |member: &MembershipRecord| member.user.to_string();
    let view = |member: &MembershipRecord| view(member, names.get(&member.user).map(String::as_str));
    Ok(page(&found, &window, key, view))
}

async fn add(call: &Call<'_>) -> Result<Answer, Problem> {
    let (username, role) = member::named(&call.body()?, &call.request.realm.config.realm)?;
    let unknown = || Refused::wrong("/username", "is no user's name");
    let load = async |call| {
        let tenant = tenants::load(call).await?;
        let user = named(call, &tenant, &username, &role).await?;
        let loaded = about(call, tenant, user.ok_or_else(unknown)?).await?;
        match loaded.before {
            Some(_) => Err(Refused::wrong("/username", "is a member already").into()),
            None => Ok(loaded),
        }
    };
    let decide = |loaded: &Loaded, deed: &Deed<'_>| member::put(&role, loaded.facts(), deed);
    let after = commit::decided(call, load, decide).await?;
    Ok(Answer::object(view(&after, Some(&username))))
}

/// Who has this name, for somebody who may give the role. A tenant's administrator learns by it whether somebody in the realm
/// has the name: not by a role that they may not give, not as often as they like, and not unseen.
async fn named(
    call: &Call<'_>,
    tenant: &TenantRecord,
    username: &str,
    role: &str,
) -> Result<Option<UserRecord>, Problem> {
    let realm = &call.request.realm.config.realm;
    call.actor.must_hold(&realm.role(role), &realm.catalogue)?;
    let confined = call.actor.tenant().is_some();
    let (limiter, now) = (&call.request.app.limiter, call.request.now);
    let counter = ("member-unknown", format!("{}|{}", call.realm(), tenant.id));
    if confined {
        limiter.check(UNKNOWN_NAMES, &counter, now).map_err(Problem::Limited)?;
    }
    let key = UserRecord::key_of(username);
    let found = call.store().user_by_key(call.realm(), &key).await?;
    if confined && found.is_none() {
        limiter.count(UNKNOWN_NAMES, counter, now).map_err(Problem::Limited)?;
        audit::kept_from(call.request, call.actor, format!("tenant:{}", tenant.id), None).await?;
    }
    Ok(found)
}

/// A place with the name of its user, where the user is there still.
fn view(place: &MembershipRecord, username: Option<&str>) -> Value {
    let mut value = member::view(place);
    if let (Some(members), Some(username)) = (value.as_object_mut(), username) {
        members.insert("username".to_owned(), username.into());
    }
    value
}

async fn show(call: &Call<'_>) -> Result<Answer, Problem> {
    let loaded = load(call).await?;
    let place = loaded.before.ok_or(Problem::Unknown)?;
    Ok(Answer::object(view(&place, Some(&loaded.user.username))))
}

async fn put(call: &Call<'_>) -> Result<Answer, Problem> {
    let role = member::role(&call.body()?, &call.request.realm.config.realm)?;
    let decide = |loaded: &Loaded, deed: &Deed<'_>| member::put(&role, loaded.facts(), deed);
    let after = commit::placed(call, load, Loaded::is_there, decide).await?;
    Ok(Answer::object(member::view(&after)))
}

async fn remove(call: &Call<'_>) -> Result<Answer, Problem> {
    let decide = |loaded: &Loaded, deed: &Deed<'_>| member::remove(loaded.facts(), deed);
    commit::placed(call, load, Loaded::is_there, decide).await?;
    Ok(Answer::done())
}

struct Loaded {
    tenant: TenantRecord,
    user: UserRecord,
    before: Option<MembershipRecord>,
    another_manages: bool,
}

impl Loaded {
    const fn is_there(&self) -> bool {
        self.before.is_some()
    }

    const fn facts(&self) -> Facts<'_> {
        Facts {
            tenant: &self.tenant,
            user: &self.user,
            before: self.before.as_ref(),
            another_manages: self.another_manages,
        }
    }
}

/// The tenant is read first: its version guards what is read after it.
async fn load(call: &Call<'_>) -> Result<Loaded, Problem> {
    let (store, realm) = (call.store(), call.realm());
    let tenant = tenants::load(call).await?;
    let user = store
        .user(realm, call.segment("user_id"))
        .await?
        .ok_or(Problem::Unknown)?;
    about(call, tenant, user).await
}

async fn about(call: &Call<'_>, tenant: TenantRecord, user: UserRecord) -> Result<Loaded, Problem> {
    let (store, realm) = (call.store(), call.realm());
    let places = store.memberships(realm, &user.id).await?;
    let before = places.into_iter().find(|place| place.tenant.id == tenant.id);
    let mut another_manages = false;
    for role in member::managing_roles(&call.request.realm.config.realm) {
        let holders = store.members(realm, &tenant.id, Some(role), None, 2).await?.rows;
        another_manages |= holders.iter().any(|holder| holder.user != user.id);
    }
    Ok(Loaded {
        tenant,
        user,
        before,
        another_manages,
    })
}
