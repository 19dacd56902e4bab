//! `/clients/{client_id}/usage`: which permissions a client has and does not use, as far as uses were reported, and taking
//! those away. What can be known and what is dropped is the core's business.

use super::answer::Answer;
use super::call::Call;
use super::clients::shown;
use super::commit;
use super::developers;
use super::problem::Problem;
use super::route::{Conditions, Gives, Param, Route, handler};
use grantd_core::admin::usage::{IDLE_DAYS, MOST_DAYS, idle_days, look, trim, view};
use grantd_core::record::{ClientRecord, Holder, UseRecord};
use grantd_store::Store;
use std::sync::Arc;

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/clients/{client_id}/usage",
        permission: "grantd:clients:read",
        tenants: false,
        says: "Which permissions a client has, uses, and could do without, as far as uses were reported.",
        takes: None,
        gives: Gives::Object("Usage"),
        conditions: Conditions::Unread,
        query: &[Param {
            name: "idle_days",
            says: "After how many days without use a permission is proposed to be dropped: 1 to 365, 30 where absent.",
        }],
        handle: handler!(show),
    },
    Route {
        method: "POST",
        path: "/clients/{client_id}/trim",
        permission: "grantd:clients:write",
        tenants: false,
        says: "Take from a client what its usage proposes to drop.",
        takes: Some("Trim"),
        gives: Gives::Tagged("Client"),
        conditions: Conditions::Version,
        query: &[],
        handle: handler!(take),
    },
];

async fn show(call: &Call<'_>) -> Result<Answer, Problem> {
    let idle = days_asked(call)?;
    let (client, uses) = load(call).await?;
    let realm = &call.request.realm.config.realm;
    let review = look(&client, &uses, realm, idle, call.request.now);
    Ok(Answer::object(view(&client, idle, &review)))
}

async fn take(call: &Call<'_>) -> Result<Answer, Problem> {
    let idle = idle_days(&call.body_if_any()?)?;
    let after = commit::change(call, load, |(before, uses), deed| {
        trim(before, &look(before, uses, deed.realm, idle, deed.now), deed)
    });
    Ok(shown(&after.await?))
}

async fn load(call: &Call<'_>) -> Result<(ClientRecord, Vec<UseRecord>), Problem> {
    let client = developers::client(call, call.segment("client_id")).await?;
    let holder = Holder::Client(Arc::clone(&client.client_id));
    let uses = call.store().uses(call.realm(), &holder).await?;
    Ok((client, uses))
}

fn days_asked(call: &Call<'_>) -> Result<u32, Problem> {
    match call.query.get("idle_days") {
        None => Ok(IDLE_DAYS),
        Some(text) => text
            .parse()
            .ok()
            .filter(|days| (1..=MOST_DAYS).contains(days))
            .ok_or_else(|| Problem::Bad(format!("idle_days must be a number from 1 to {MOST_DAYS}"))),
    }
}
