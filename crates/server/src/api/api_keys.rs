//! `/api-keys`: keys to the platform's API. A token that acts in a tenant sees that tenant's keys alone, and makes them
//! there alone. A page of one state looks at a bounded number of rows, as that of tokens does.

use super::answer::{Answer, Versioned};
use super::call::Call;
use super::commit::{self, Tries};
use super::gather::{self, BATCH, Sifted};
use super::once::{self, Created, Shown};
use super::problem::Problem;
use super::route::{Conditions, Gives, Param, Route, handler};
use grantd_core::admin::api_key::{self, State};
use grantd_core::admin::{Deed, Edit};
use grantd_core::record::{ApiKeyFacts, ApiKeyRecord, TenantRecord, UserRecord};
use grantd_protocol::Timestamp;
use grantd_protocol::id::ApiKeyId;
use grantd_store::{ApiKeyFilter, Store};
use serde_json::{Map, Value};

const READ: &str = "grantd:api-keys:read";
const WRITE: &str = "grantd:api-keys:write";

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/api-keys",
        permission: READ,
        tenants: true,
        says: "List API keys, the newest first.",
        takes: None,
        gives: Gives::Page("ApiKey"),
        conditions: Conditions::Unread,
        query: &[
            Param {
                name: "tenant",
                says: "Those that act in this tenant alone.",
            },
            Param {
                name: "state",
                says: "active, revoked, expired or disabled (by its tenant); all of them where absent.",
            },
        ],
        handle: handler!(list),
    },
    Route {
        method: "POST",
        path: "/api-keys",
        permission: WRITE,
        tenants: true,
        says: "Make an API key. Its text is shown in this reply alone. Within a tenant it permits no more than the caller may.",
        takes: Some("NewApiKey"),
        gives: Gives::Created("ApiKeyWithText"),
        conditions: Conditions::Unread,
        query: &[],
        handle: handler!(create),
    },
    Route {
        method: "GET",
        path: "/api-keys/{key_id}",
        permission: READ,
        tenants: true,
        says: "Show an API key, never its text.",
        takes: None,
        gives: Gives::Tagged("ApiKey"),
        conditions: Conditions::Unread,
        query: &[],
        handle: handler!(show),
    },
    Route {
        method: "PATCH",
        path: "/api-keys/{key_id}",
        permission: WRITE,
        tenants: true,
        says: "Rename an API key, take permissions from it, or change when it expires.",
        takes: Some("ApiKeyPatch"),
        gives: Gives::Tagged("ApiKey"),
        conditions: Conditions::Version,
        query: &[],
        handle: handler!(change),
    },
    Route {
        method: "DELETE",
        path: "/api-keys/{key_id}",
        permission: WRITE,
        tenants: true,
        says: "End an API key at once.",
        takes: None,
        gives: Gives::Nothing,
        conditions: Conditions::Version,
        query: &[],
        handle: handler!(end),
    },
];

async fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let window = call.window()?;
    let wanted = wanted(call)?;
    let Ok(tenant) = call.tenant_asked() else {
        return Ok(Answer::page(Vec::new(), None));
    };
    let filter = ApiKeyFilter {
        tenant: tenant.map(str::to_owned),
        live_at: (wanted == Some(State::Active)).then_some(call.request.now),
    };
    let after = window.behind(ApiKeyId::parse)?;
    let read = |before| call.store().api_keys(call.realm(), &filter, before, BATCH);
    gather::page(&window, after, read, |facts: ApiKeyFacts| {
        let is_wanted = wanted.is_none_or(|wanted| wanted == State::of(&facts, call.request.now));
        let item = is_wanted.then(|| api_key::view_at(&facts, call.request.now));
        (facts.key.id, Sifted::from_option(item))
    })
    .await
}

fn wanted(call: &Call<'_>) -> Result<Option<State>, Problem> {
    let Some(name) = call.query.get("state") else {
        return Ok(None);
    };
    let found = State::ALL.into_iter().find(|state| state.as_str() == name);
    found
        .map(Some)
        .ok_or_else(|| Problem::Bad("state must be active, revoked, expired or disabled".to_owned()))
}

async fn create(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.body()?;
    let load = async |_| Ok((place(call, &body).await?, user(call).await?));
    once::create(call, load, |(place, user), deed| {
        let edit = api_key::create(&body, place.as_ref(), user.as_ref(), deed)?;
        let made = edit.after;
        let created = Created {
            etag: Some(made.record.tag()),
            location: format!("/api-keys/{}", made.record.id),
            body: api_key::view_at(&fresh(made.record), call.request.now),
            secret: Some((Shown::ApiKey, made.secret)),
        };
        Ok(Edit {
            change: edit.change,
            after: created,
        })
    })
    .await
}

async fn show(call: &Call<'_>) -> Result<Answer, Problem> {
    Ok(shown(&load(call).await?, call))
}

async fn change(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.body()?;
    let load = async |call| Ok((load(call).await?, user(call).await?));
    let decide = |(before, user): &(ApiKeyFacts, Option<UserRecord>), deed: &Deed<'_>| {
        let edit = api_key::update(before, &body, user.as_ref(), deed)?;
        let after = ApiKeyFacts {
            key: edit.after,
            ..before.clone()
        };
        Ok(Edit {
            change: edit.change,
            after,
        })
    };
    Ok(shown(&commit::change(call, load, decide).await?, call))
}

async fn end(call: &Call<'_>) -> Result<Answer, Problem> {
    let address = call.address();
    let mut tries = Tries::default();
    loop {
        let facts = commit::meant(call, load(call)).await?;
        // A key that is over already is over: that is what was asked for.
        let Some(change) = api_key::end(&facts.key, &call.deed(&address)) else {
            return Ok(Answer::done());
        };
        if commit::commit(call, change, &mut tries).await? {
            return Ok(Answer::done());
        }
    }
}

async fn load(call: &Call<'_>) -> Result<ApiKeyFacts, Problem> {
    let id = ApiKeyId::parse(call.segment("key_id")).ok_or(Problem::Unknown)?;
    let found = call.store().api_key(id).await?;
    let found = found.filter(|facts| *facts.key.realm == **call.realm());
    let facts = found.ok_or(Problem::Unknown)?;
    call.sees(facts.key.tenant.as_ref())?;
    Ok(facts)
}

/// The tenant of a new key. One beyond the actor's reach looks like none.
async fn place(call: &Call<'_>, body: &Map<String, Value>) -> Result<Option<TenantRecord>, Problem> {
    match api_key::tenant_of(body, call.actor) {
        Some(tenant) => Ok(call.store().tenant(call.realm(), tenant).await?),
        None => Ok(None),
    }
}

/// The account behind the actor, which must be the same at the commit.
async fn user(call: &Call<'_>) -> Result<Option<UserRecord>, Problem> {
    match call.actor.user() {
        Some(user) => Ok(call.store().user(call.realm(), user).await?),
        None => Ok(None),
    }
}

/// A key that nobody has used yet.
const fn fresh(key: ApiKeyRecord) -> ApiKeyFacts {
    ApiKeyFacts {
        key,
        tenant_disabled: false,
        last_used_at: None,
    }
}

fn shown(facts: &ApiKeyFacts, call: &Call<'_>) -> Answer {
    Answer::version(api_key::view_at(facts, call.request.now), &facts.key).changing_by_itself()
}

impl Versioned for ApiKeyRecord {
    fn version(&self) -> (u64, Timestamp) {
        (self.version, self.created_at)
    }
}

impl Versioned for ApiKeyFacts {
    fn version(&self) -> (u64, Timestamp) {
        self.key.version()
    }
}
