//! `/tokens`: access tokens, never their values. A list looks at a bounded number of rows for each page, so a page can
//! have fewer items than were asked for, and still a next one.

use super::answer::Answer;
use super::call::Call;
use super::developers;
use super::gather::{self, BATCH, Sifted};
use super::once::{self, Created, Shown, value_of};
use super::problem::Problem;
use super::route::{Conditions, Gives, Param, Route, handler};
use crate::status;
use grantd_core::admin::actor::NoActor;
use grantd_core::admin::token::{self, Facts, Wanted};
use grantd_core::admin::{Edit, Refused};
use grantd_core::change::Write;
use grantd_core::record::{AccessFacts, AccessRecord, ClientRecord};
use grantd_core::token::by_hand::Through;
use grantd_protocol::Timestamp;
use grantd_protocol::id::AccessId;
use grantd_store::{AccessFilter, Store};
use serde_json::{Map, Value, json};
use std::sync::Arc;

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/tokens",
        permission: "grantd:tokens:read",
        tenants: true,
        says: "List access tokens, the newest first.",
        takes: None,
        gives: Gives::Page("Token"),
        conditions: Conditions::Unread,
        query: &[
            Param {
                name: "client",
                says: "Those of this client alone.",
            },
            Param {
                name: "user",
                says: "Those that act for this user alone.",
            },
            Param {
                name: "tenant",
                says: "Those that act in this tenant alone.",
            },
            Param {
                name: "state",
                says: "live, ended or expired; all of them where absent.",
            },
        ],
        handle: handler!(list),
    },
    Route {
        method: "POST",
        path: "/tokens",
        permission: "grantd:tokens:write",
        tenants: true,
        says: "Make an access token by hand. Its value is shown in this reply alone. It acts for its maker; an operator names the user.",
        takes: Some("NewToken"),
        gives: Gives::Created("TokenWithValue"),
        conditions: Conditions::Unread,
        query: &[],
        handle: handler!(create),
    },
    Route {
        method: "GET",
        path: "/tokens/{token_id}",
        permission: "grantd:tokens:read",
        tenants: true,
        says: "Show an access token.",
        takes: None,
        gives: Gives::Object("Token"),
        conditions: Conditions::Unread,
        query: &[],
        handle: handler!(show),
    },
    Route {
        method: "DELETE",
        path: "/tokens/{token_id}",
        permission: "grantd:tokens:write",
        tenants: true,
        says: "End an access token at once.",
        takes: None,
        gives: Gives::Nothing,
        conditions: Conditions::Presence,
        query: &[],
        handle: handler!(end),
    },
];

/// What a token is good for now.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Live,
    Ended,
    Expired,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Ended => "ended",
            Self::Expired => "expired",
        }
    }
}

async fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let window = call.window()?;
    let wanted = match call.query.get("state") {
        None => None,
        Some("live") => Some(State::Live),
        Some("ended") => Some(State::Ended),
        Some("expired") => Some(State::Expired),
        Some(_) => return Err(Problem::Bad("state must be live, ended or expired".to_owned())),
    };
    let Ok(tenant) = call.tenant_asked() else {
        return Ok(Answer::page(Vec::new(), None));
    };
    let Ok(own) = developers::asked_about(call).await? else {
        return Ok(Answer::page(Vec::new(), None));
    };
    let filter = AccessFilter {
        client_id: call.query.get("client").map(str::to_owned),
        subject: call.query.get("user").map(str::to_owned),
        live_at: (wanted == Some(State::Live)).then_some(call.request.now),
        ..AccessFilter::default()
    };
    let after = window.behind(AccessId::parse)?;
    let read = |before| call.store().access_list(call.realm(), &filter, before, BATCH);
    gather::page(&window, after, read, |row: AccessRecord| {
        let state = state_of(&row, false, call.request.now);
        let is_wanted = tenant.is_none_or(|tenant| row.tenant.as_deref() == Some(tenant))
            && wanted.is_none_or(|wanted| wanted == state);
        (
            row.id,
            Sifted::from_option(is_wanted.then(|| seen(call, own.as_ref(), view(&row, state)))),
        )
    })
    .await
}

async fn create(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.body()?;
    let load = async |_| facts(call, &body).await;
    once::create(call, load, |(wanted, facts), deed| {
        let edit = token::create(wanted, facts, deed)?;
        let record = &edit.after.record;
        let created = Created {
            etag: None,
            location: format!("/tokens/{}", record.id),
            body: view(record, State::Live),
            // Signed before it is committed: a signing failure leaves nothing behind.
            secret: Some((
                Shown::Token,
                value_of(call, edit.after.access)
                    .map_err(|_| Refused::State("there is no key to sign the token with".to_owned()))?,
            )),
        };
        Ok(Edit {
            change: edit.change,
            after: created,
        })
    })
    .await
}

async fn facts(call: &Call<'_>, body: &Map<String, Value>) -> Result<(Wanted, Facts), Problem> {
    let (store, realm) = (call.store(), call.realm());
    let address = call.address();
    let wanted = token::read(body, &call.deed(&address))?;
    let client = store.client(realm, &wanted.client_id).await?;
    let client = client.map(|client| ClientRecord::clone(&call.request.app.within_policy(Arc::new(client))));
    let user = store.user(realm, &wanted.user).await?;
    let places = match wanted.tenant() {
        Some(_) => store.memberships(realm, &wanted.user).await?,
        None => Vec::new(),
    };
    let place = places
        .into_iter()
        .find(|place| Some(&place.tenant.id) == wanted.tenant());
    let apps = store.apps_of(realm, &wanted.user, &wanted.client_id).await?;
    let through = through(call).await?;
    let status = match &client {
        Some(client) => {
            let config = &call.request.realm.config;
            status::listed(call.request.app, config, &config.realm.issuer, client).await?
        }
        None => None,
    };
    let facts = Facts {
        client,
        user,
        place,
        apps,
        through,
        status,
    };
    Ok((wanted, facts))
}

/// The user's permission for the app that calls, where a user is behind it.
async fn through(call: &Call<'_>) -> Result<Option<Through>, Problem> {
    let Some(id) = call.actor.grant() else {
        return Ok(None);
    };
    let store = call.store();
    let grant = store.grant_by_id(id).await?.ok_or(Problem::BadToken(NoActor::Dead))?;
    let session = match grant.session {
        Some(id) => store.session(id).await?,
        None => None,
    };
    Ok(Some(Through::new(&grant, session.as_ref().map(|facts| &facts.session))))
}

async fn show(call: &Call<'_>) -> Result<Answer, Problem> {
    let facts = load(call).await?;
    let cut_off = facts.family_ended || facts.grant_ended || facts.user_disabled;
    let state = state_of(&facts.token, cut_off, call.request.now);
    let own = match call.actor.developer() {
        Some(_) => Some(developers::client(call, &facts.token.client_id).await?),
        None => None,
    };
    Ok(Answer::object(seen(call, own.as_ref(), view(&facts.token, state))))
}

async fn end(call: &Call<'_>) -> Result<Answer, Problem> {
    let facts = load(call).await?;
    call.if_there(true)?;
    let address = call.address();
    let deed = call.deed(&address);
    if facts.token.ended_at.is_none() {
        let token = &facts.token;
        let detail = json!({ "before": view(token, state_of(token, false, call.request.now)) });
        let audit = deed.audit("token.ended", format!("token:{}", token.id), detail);
        let write = Write::EndAccess {
            id: token.id,
            at: call.request.now,
        };
        call.store().commit(deed.change(Vec::new(), vec![write], audit)).await?;
    }
    Ok(Answer::done())
}

async fn load(call: &Call<'_>) -> Result<AccessFacts, Problem> {
    let id = AccessId::parse(call.segment("token_id")).ok_or(Problem::Unknown)?;
    let facts = call.store().access(id).await?.ok_or(Problem::Unknown)?;
    let token = &facts.token;
    if *token.realm != **call.realm() {
        return Err(Problem::Unknown);
    }
    call.sees(token.tenant.as_ref())?;
    if call.actor.developer().is_some() {
        developers::client(call, &token.client_id).await?;
    }
    Ok(facts)
}

/// A token as a developer sees it: its user by the name that the application knows them by.
fn seen(call: &Call<'_>, own: Option<&ClientRecord>, mut token: Value) -> Value {
    if let (Some(client), Some(subject)) = (own, token.get_mut("subject"))
        && subject.as_str() != Some(&*client.client_id)
    {
        let user = Arc::from(subject.as_str().unwrap_or_default());
        *subject = json!(developers::name_for(call, client, &user));
    }
    token
}

fn state_of(token: &AccessRecord, cut_off: bool, now: Timestamp) -> State {
    if now >= token.expires_at {
        State::Expired
    } else if token.ended_at.is_some() || cut_off {
        State::Ended
    } else {
        State::Live
    }
}

fn view(token: &AccessRecord, state: State) -> Value {
    let mut value = token::view(token);
    if let Some(members) = value.as_object_mut() {
        members.insert("state".to_owned(), state.as_str().into());
    }
    value
}
