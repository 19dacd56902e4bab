//! `/api-keys`: keys to the platform's API. A token that acts in a tenant sees that tenant's keys alone, and makes them
//! there alone. A page of one state looks at a bounded number of rows, as that of tokens does.

use super::answer::{Answer, etag};
use super::call::{Call, Tries};
use super::cursor;
use super::once::{Created, Once, Shown};
use super::problem::Problem;
use super::route::{Gives, Param, Route, handler};
use grantd_core::admin::api_key::{self, State};
use grantd_core::record::{ApiKeyFacts, ApiKeyRecord, TenantRecord, UserRecord};
use grantd_protocol::id::ApiKeyId;
use grantd_store::{ApiKeyFilter, Store};
use serde_json::{Map, Value};

/// Rows that are looked at for one page, at most.
const LOOKED_AT: u32 = 2000;
/// Rows that are read at once.
const BATCH: u32 = 500;

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
        query: &[],
        handle: handler!(end),
    },
];

async fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let window = call.window()?;
    let wanted = wanted(call)?;
    let asked = call.query.get("tenant");
    let tenant = match (call.actor.tenant(), asked) {
        (Some(own), Some(asked)) if **own != *asked => return Ok(Answer::page(Vec::new(), None)),
        (Some(own), _) => Some(own.to_string()),
        (None, asked) => asked.map(str::to_owned),
    };
    let filter = ApiKeyFilter {
        tenant,
        live_at: (wanted == Some(State::Active)).then_some(call.request.now),
    };
    let mut before = match &window.after {
        None => None,
        Some(text) => Some(ApiKeyId::parse(text).ok_or_else(|| Problem::Bad("the cursor is broken".to_owned()))?),
    };
    let limit = usize::try_from(window.limit).unwrap_or(usize::MAX);
    let mut items: Vec<Value> = Vec::new();
    let mut looked_at = 0;
    loop {
        let found = call.store().api_keys(call.realm(), &filter, before, BATCH).await?;
        let mut more = found.more;
        for facts in &found.rows {
            if items.len() == limit {
                more = true;
                break;
            }
            before = Some(facts.key.id);
            if wanted.is_none_or(|wanted| wanted == State::of(facts, call.request.now)) {
                items.push(api_key::view_at(facts, call.request.now));
            }
        }
        looked_at += BATCH;
        if !more || items.len() == limit || looked_at >= LOOKED_AT {
            let next = before
                .filter(|_| more)
                .map(|last| cursor::encode(&window.filter, &last.to_string()));
            return Ok(Answer::page(items, next));
        }
    }
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
    let mut once = match Once::begin(call).await? {
        Ok(once) => once,
        Err(answer) => return Ok(answer),
    };
    let mut tries = Tries::default();
    loop {
        let place = place(call, &body).await?;
        let user = user(call).await?;
        let edit = api_key::create(&body, place.as_ref(), user.as_ref(), &once.deed())?;
        let made = edit.after;
        let created = Created {
            etag: Some(tag(&made.record)),
            location: format!("/api-keys/{}", made.record.id),
            body: api_key::view_at(&fresh(made.record), call.request.now),
            secret: Some((Shown::ApiKey, made.secret)),
        };
        if let Some(answer) = once.commit(edit.change, created, &mut tries).await? {
            return Ok(answer);
        }
    }
}

async fn show(call: &Call<'_>) -> Result<Answer, Problem> {
    Ok(shown(&load(call).await?, call))
}

async fn change(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.body()?;
    let address = call.address();
    let mut tries = Tries::default();
    loop {
        let mut facts = load(call).await?;
        call.if_match(&tag(&facts.key))?;
        let user = user(call).await?;
        let edit = api_key::update(&facts, &body, user.as_ref(), &call.deed(&address))?;
        if call.commit(edit.change, &mut tries).await? {
            facts.key = edit.after;
            return Ok(shown(&facts, call));
        }
    }
}

async fn end(call: &Call<'_>) -> Result<Answer, Problem> {
    let address = call.address();
    let mut tries = Tries::default();
    loop {
        let facts = load(call).await?;
        call.if_match(&tag(&facts.key))?;
        // A key that is over already is over: that is what was asked for.
        let Some(change) = api_key::end(&facts.key, &call.deed(&address)) else {
            return Ok(Answer::done());
        };
        if call.commit(change, &mut tries).await? {
            return Ok(Answer::done());
        }
    }
}

async fn load(call: &Call<'_>) -> Result<ApiKeyFacts, Problem> {
    let id = ApiKeyId::parse(call.segment("key_id")).ok_or(Problem::Unknown)?;
    let found = call.store().api_key(id).await?;
    let reached = |key: &ApiKeyRecord| match call.actor.tenant() {
        None => true,
        Some(own) => key.tenant.as_ref() == Some(own),
    };
    found
        .filter(|facts| *facts.key.realm == **call.realm() && reached(&facts.key))
        .ok_or(Problem::Unknown)
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
    Answer::object(api_key::view_at(facts, call.request.now)).tagged(tag(&facts.key))
}

fn tag(record: &ApiKeyRecord) -> String {
    etag(record.version, record.created_at)
}
