//! `/grants`: what users allowed which applications.

use super::answer::{Answer, etag, page};
use super::call::{Call, Tries};
use super::problem::Problem;
use super::route::{Gives, Param, Route, handler};
use grantd_core::admin::{Refused, grant};
use grantd_core::record::{AccessRecord, GrantRecord};
use grantd_protocol::id::GrantId;
use grantd_store::{AccessFilter, GrantFilter, Store};

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
        query: &[],
        handle: handler!(end),
    },
];

async fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let window = call.window()?;
    let asked = call.query.get("tenant");
    let tenant = match (call.actor.tenant(), asked) {
        (Some(own), Some(asked)) if **own != *asked => return Ok(Answer::page(Vec::new(), None)),
        (Some(own), _) => Some(own.to_string()),
        (None, asked) => asked.map(str::to_owned),
    };
    let filter = GrantFilter {
        user: call.query.get("user").map(str::to_owned),
        client_id: call.query.get("client").map(str::to_owned),
        tenant,
    };
    let after = match &window.after {
        None => None,
        Some(text) => Some(GrantId::parse(text).ok_or_else(|| Problem::Bad("the cursor is broken".to_owned()))?),
    };
    let found = call.store().grants(call.realm(), &filter, after, window.limit).await?;
    let key = |grant: &GrantRecord| grant.id.to_string();
    Ok(page(&found.rows, found.more, &window.filter, key, grant::view))
}

async fn show(call: &Call<'_>) -> Result<Answer, Problem> {
    Ok(shown(&load(call).await?))
}

async fn narrow(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.body()?;
    let address = call.address();
    let mut tries = Tries::default();
    loop {
        let before = load(call).await?;
        call.if_match(&tag(&before))?;
        let scopes = grant::read(&before, &body)?;
        let tokens = tokens(call, &before).await?;
        let edit = grant::narrow(&before, scopes, &tokens, &call.deed(&address));
        if call.commit(edit.change, &mut tries).await? {
            return Ok(shown(&edit.after));
        }
    }
}

async fn end(call: &Call<'_>) -> Result<Answer, Problem> {
    let address = call.address();
    let mut tries = Tries::default();
    loop {
        let before = load(call).await?;
        call.if_match(&tag(&before))?;
        let edit = grant::end(&before, &call.deed(&address));
        if call.commit(edit.change, &mut tries).await? {
            return Ok(Answer::done());
        }
    }
}

async fn load(call: &Call<'_>) -> Result<GrantRecord, Problem> {
    let id = GrantId::parse(call.segment("grant_id")).ok_or(Problem::Unknown)?;
    let found = call.store().grant_by_id(id).await?;
    let reached = |grant: &GrantRecord| match call.actor.tenant() {
        None => true,
        Some(own) => grant.tenant.as_ref() == Some(own),
    };
    found
        .filter(|grant| *grant.realm == **call.realm() && grant.is_live(call.request.now) && reached(grant))
        .ok_or(Problem::Unknown)
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
    Answer::object(grant::view(record)).tagged(tag(record))
}

fn tag(record: &GrantRecord) -> String {
    etag(record.version, record.created_at)
}
