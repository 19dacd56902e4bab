//! `/clients/{client_id}/refused`: an application's refused requests, in words. A list looks at a bounded number of rows for
//! each page, so a page can have fewer items than were asked for, and still a next one.

use super::answer::Answer;
use super::call::Call;
use super::developers;
use super::gather::{self, BATCH, Sifted};
use super::problem::Problem;
use super::route::{Conditions, Gives, Param, Route, handler};
use grantd_core::explain::Cause;
use grantd_core::record::RefusedRecord;
use grantd_protocol::id::RefusedId;
use grantd_store::Store;
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[Route {
    method: "GET",
    path: "/clients/{client_id}/refused",
    permission: "grantd:clients:read",
    tenants: false,
    says: "List an application's refused requests, the newest first: what was expected, what came, and how to mend it.",
    takes: None,
    gives: Gives::Page("RefusedRequest"),
    conditions: Conditions::Unread,
    query: &[
        Param {
            name: "endpoint",
            says: "Those of one endpoint alone: authorize, consent, token, par, introspect, gate.",
        },
        Param {
            name: "error",
            says: "Those with this error code alone.",
        },
        Param {
            name: "request",
            says: "The one with this id, which its reply carried.",
        },
    ],
    handle: handler!(list),
}];

async fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let client = developers::client(call, call.segment("client_id")).await?;
    let window = call.window()?;
    let after = window.behind(RefusedId::parse)?;
    // Who looks after a mistake of a second ago finds it.
    call.request.app.flush_refused().await?;
    let (realm, store) = (call.realm(), call.store());
    let read = |before| store.refused(realm, &client.client_id, before, BATCH);
    let is = |name: &str, value: &str| call.query.get(name).is_none_or(|asked| asked == value);
    gather::page(&window, after, read, |row: RefusedRecord| {
        let wanted = is("endpoint", &row.endpoint) && is("error", &row.error) && is("request", &row.request);
        (row.id, Sifted::from_option(wanted.then(|| view(&row))))
    })
    .await
}

fn view(row: &RefusedRecord) -> Value {
    let cause = Cause::ALL.iter().find(|cause| cause.as_str() == row.cause);
    let mut value = json!({
        "id": row.id,
        "at": row.at.secs(),
        "request": row.request,
        "endpoint": row.endpoint,
        "error": row.error,
        "says": row.says,
        "cause": row.cause,
        "mend": cause.map_or("", |cause| cause.mend()),
        "more": row.more,
    });
    let optional = [("expected", &row.expected), ("got", &row.got)];
    if let Some(members) = value.as_object_mut() {
        let there = optional
            .into_iter()
            .filter_map(|(name, text)| Some((name, text.as_ref()?)));
        members.extend(there.map(|(name, text)| (name.to_owned(), json!(text))));
    }
    value
}
