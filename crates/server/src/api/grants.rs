//! `/grants`: what users allowed which applications.

use super::answer::{Answer, Versioned, page};
use super::call::Call;
use super::commit;
use super::developers;
use super::problem::Problem;
use super::route::{Conditions, Gives, Param, Route, handler};
use super::sorting;
use grantd_core::admin::{Refused, grant};
use grantd_core::record::{AccessRecord, GrantRecord};
use grantd_protocol::Timestamp;
use grantd_protocol::id::GrantId;
use grantd_store::{AccessFilter, GrantFilter, Store};
use serde_json::json;

/// Live tokens of one grant that one narrowing can end.
const MOST_TOKENS: u32 = 500;

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/grants",
        permission: "grantd:grants:read",
        tenants: true,
        says: "List what users allowed applications, the oldest first.",
        takes: None,
        gives: Gives::Page("Grant"),
        conditions: Conditions::Unread,
        query: &[
            Param {
                name: "user",
                says: "By this user alone.",
            },
            Param {
                name: "client",
                says: "To this client alone.",
            },
            Param {
                name: "tenant",
                says: "In this tenant alone.",
            },
            Param {
                name: "sort",
                says: "created, the oldest first, as where absent; -created, the newest first.",
            },
        ],
        handle: handler!(list),
    },
    Route {
        method: "GET",
        path: "/grants/{grant_id}",
        permission: "grantd:grants:read",
        tenants: true,
        says: "Show a grant.",
        takes: None,
        gives: Gives::Tagged("Grant"),
        conditions: Conditions::Shown,
        query: &[],
        handle: handler!(show),
    },
    Route {
        method: "PATCH",
        path: "/grants/{grant_id}",
        permission: "grantd:grants:write",
        tenants: true,
        says: "Narrow a grant. Access tokens that carry more than is left end at once.",
        takes: Some("GrantPatch"),
        gives: Gives::Tagged("Grant"),
        conditions: Conditions::Version,
        query: &[],
        handle: handler!(narrow),
    },
    Route {
        method: "DELETE",
        path: "/grants/{grant_id}",
        permission: "grantd:grants:write",
        tenants: true,
        says: "End a grant with everything that hangs off it.",
        takes: None,
        gives: Gives::Nothing,
        conditions: Conditions::Version,
        query: &[],
        handle: handler!(end),
    },
];

async fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let window = call.window()?;
    let Ok(tenant) = call.tenant_asked() else {
        return Ok(Answer::page(Vec::new(), None));
    };
    let Ok(own) = developers::asked_about(call).await? else {
        return Ok(Answer::page(Vec::new(), None));
    };
    // Who is asked about by an id that the application does not know could be found out by it.
    if own.is_some() && call.query.get("user").is_some() {
        return Err(Problem::Bad("developers list all users of an application".to_owned()));
    }
    let sorting = sorting::asked(call, &[("created", ())])?;
    let filter = GrantFilter {
        user: call.query.get("user").map(str::to_owned),
        client_id: call.query.get("client").map(str::to_owned),
        tenant: tenant.map(str::to_owned),
        newest_first: sorting.is_some_and(|sorting| sorting.descending),
    };
    let after = window.behind(GrantId::parse)?;
    let found = call.store().grants(call.realm(), &filter, after, window.limit).await?;
    let key = |grant: &GrantRecord| grant.id.to_string();
    Ok(page(&found, &window, key, |grant| {
        let mut view = grant::view(grant);
        if let (Some(client), Some(user)) = (&own, view.get_mut("user_id")) {
            *user = json!(developers::name_for(call, client, &grant.user));
        }
        view
    }))
}

async fn show(call: &Call<'_>) -> Result<Answer, Problem> {
    Ok(shown(&load(call).await?))
}

async fn narrow(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.body()?;
    let load = async |call| {
        let before = commit::meant(call, load(call)).await?;
        let scopes = grant::read(&before, &body)?;
        let tokens = tokens(call, &before).await?;
        Ok((before, scopes, tokens))
    };
    let after = commit::compared(call, load, |(before, scopes, tokens), deed| {
        Ok(grant::narrow(before, scopes.clone(), tokens, deed))
    });
    Ok(shown(&after.await?))
}

async fn end(call: &Call<'_>) -> Result<Answer, Problem> {
    commit::change(call, load, |before, deed| Ok(grant::end(before, deed))).await?;
    Ok(Answer::done())
}

async fn load(call: &Call<'_>) -> Result<GrantRecord, Problem> {
    let id = GrantId::parse(call.segment("grant_id")).ok_or(Problem::Unknown)?;
    let found = call.store().grant_by_id(id).await?;
    let found = found.filter(|grant| *grant.realm == **call.realm() && grant.is_live(call.request.now));
    let grant = found.ok_or(Problem::Unknown)?;
    call.sees(grant.tenant.as_ref())?;
    Ok(grant)
}

/// The grant's live tokens. One that is issued between this and the commit is bounded by the narrowed grant or loses to
/// it: the commit of either is guarded by the grant.
async fn tokens(call: &Call<'_>, grant: &GrantRecord) -> Result<Vec<AccessRecord>, Problem> {
    let filter = AccessFilter {
        client_id: Some(grant.client_id.to_string()),
        subject: Some(grant.user.to_string()),
        live_at: Some(call.request.now),
        ..AccessFilter::default()
    };
    let found = call
        .store()
        .access_list(call.realm(), &filter, None, MOST_TOKENS)
        .await?;
    if found.more {
        let text = format!("the application holds more than {MOST_TOKENS} tokens of this user; end the grant instead");
        return Err(Refused::State(text).into());
    }
    Ok(found.rows)
}

fn shown(record: &GrantRecord) -> Answer {
    Answer::version(grant::view(record), record)
}

impl Versioned for GrantRecord {
    fn version(&self) -> (u64, Timestamp) {
        (self.version, self.created_at)
    }
}
