//! `/clients/{client_id}/usage`: which permissions a client has and does not use, as far as uses were reported. It must
//! not claim more than that: without any report everything is unknown and nothing is proposed to be dropped.

use super::answer::Answer;
use super::call::Call;
use super::problem::Problem;
use super::route::{Gives, Param, Route, handler};
use grantd_core::least_privilege::{Held, Review, Usage, review};
use grantd_core::record::{ClientRecord, Holder};
use grantd_protocol::Seconds;
use grantd_store::Store;
use serde_json::{Value, json};
use std::sync::Arc;

/// Days without use after which a permission is proposed to be dropped, where the request does not say.
const IDLE_DAYS: u32 = 30;
/// Days that can be asked about.
const MOST_DAYS: u32 = 365;

pub(super) const ROUTES: &[Route] = &[Route {
    method: "GET",
    path: "/clients/{client_id}/usage",
    permission: "grantd:clients:read",
    tenants: false,
    says: "Which permissions a client has, uses, and could do without, as far as uses were reported.",
    takes: None,
    gives: Gives::Object("Usage"),
    query: &[Param {
        name: "idle_days",
        says: "After how many days without use a permission is proposed to be dropped: 1 to 365, 30 where absent.",
    }],
    handle: handler!(show),
}];

async fn show(call: &Call<'_>) -> Result<Answer, Problem> {
    let idle = idle_days(call)?;
    let found = call.store().client(call.realm(), call.segment("client_id")).await?;
    let client = found.ok_or(Problem::Unknown)?;
    let holder = Holder::Client(Arc::clone(&client.client_id));
    let uses = call.store().uses(call.realm(), &holder).await?;
    let review = review(
        &client.scopes,
        &call.request.realm.config.realm.catalogue,
        &uses,
        client.created_at,
        Seconds(idle * 86_400),
        call.request.now,
    );
    Ok(Answer::object(view(&client, idle, &review)))
}

fn idle_days(call: &Call<'_>) -> Result<u32, Problem> {
    match call.query.get("idle_days") {
        None => Ok(IDLE_DAYS),
        Some(text) => text
            .parse()
            .ok()
            .filter(|days| (1..=MOST_DAYS).contains(days))
            .ok_or_else(|| Problem::Bad(format!("idle_days must be a number from 1 to {MOST_DAYS}"))),
    }
}

fn view(client: &ClientRecord, idle_days: u32, review: &Review) -> Value {
    let permissions: Vec<Value> = review.held.iter().map(held).collect();
    let mut value = json!({
        "client_id": client.client_id,
        "idle_days": idle_days,
        "permissions": permissions,
        "droppable": review.droppable,
    });
    if let (Some(members), Some(since)) = (value.as_object_mut(), review.reported_since) {
        members.insert("reported_since".to_owned(), json!(since.secs()));
    }
    value
}

fn held(held: &Held) -> Value {
    match held.usage {
        Usage::Used { count, last_used_at } => json!({
            "permission": held.permission, "usage": "used", "count": count, "last_used_at": last_used_at.secs(),
        }),
        Usage::Unused => json!({ "permission": held.permission, "usage": "unused" }),
        Usage::Unknown => json!({ "permission": held.permission, "usage": "unknown" }),
    }
}
