//! `/tokens`: access tokens, never their values. A list looks at a bounded number of rows for each page, so a page can
//! have fewer items than were asked for, and still a next one.

use super::answer::Answer;
use super::call::Call;
use super::gather::{self, BATCH, Sifted};
use super::problem::Problem;
use super::route::{Gives, Param, Route, handler};
use grantd_core::admin::client::list as scopes;
use grantd_core::change::Write;
use grantd_core::record::{AccessFacts, AccessRecord};
use grantd_protocol::Timestamp;
use grantd_protocol::id::AccessId;
use grantd_store::{AccessFilter, Store};
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/tokens",
        permission: "grantd:tokens:read",
        tenants: true,
        says: "List access tokens, the newest first.",
        takes: None,
        gives: Gives::Page("Token"),
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
        method: "GET",
        path: "/tokens/{token_id}",
        permission: "grantd:tokens:read",
        tenants: true,
        says: "Show an access token.",
        takes: None,
        gives: Gives::Object("Token"),
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
        (row.id, Sifted::from_option(is_wanted.then(|| view(&row, state))))
    })
    .await
}

async fn show(call: &Call<'_>) -> Result<Answer, Problem> {
    let facts = load(call).await?;
    let cut_off = facts.family_ended || facts.grant_ended || facts.user_disabled;
    let state = state_of(&facts.token, cut_off, call.request.now);
    Ok(Answer::object(view(&facts.token, state)))
}

async fn end(call: &Call<'_>) -> Result<Answer, Problem> {
    let facts = load(call).await?;
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
    if *token.realm == **call.realm() && call.may_see(token.tenant.as_ref()) {
        Ok(facts)
    } else {
        Err(Problem::Unknown)
    }
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
    let audience: Vec<&str> = token.audience.split(' ').filter(|one| !one.is_empty()).collect();
    let mut value = json!({
        "id": token.id,
        "client_id": token.client_id,
        "subject": token.subject,
        "scopes": scopes(&token.scope),
        "audience": audience,
        "format": if token.hash.is_some() { "opaque" } else { "jwt" },
        "state": state.as_str(),
        "issued_at": token.issued_at.secs(),
        "expires_at": token.expires_at.secs(),
    });
    if let Some(members) = value.as_object_mut() {
        let optional = [
            ("tenant", token.tenant.as_ref().map(|tenant| json!(tenant))),
            ("grant_id", token.grant.map(|grant| json!(grant))),
            ("ended_at", token.ended_at.map(|at| json!(at.secs()))),
        ];
        members.extend(
            optional
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?))),
        );
    }
    value
}
