//! `/registrations/unused`: clients that registered themselves and that nobody uses, and taking many of them away at once. What
//! may leave is decided as it is for those that leave by themselves.

use super::answer::Answer;
use super::call::{Call, Window};
use super::clients;
use super::commit;
use super::cursor;
use super::gather::{self, BATCH, Sifted};
use super::problem::Problem;
use super::route::{Conditions, Gives, Param, Route, handler};
use crate::jobs::seems_unused;
use grantd_core::admin::client;
use grantd_core::record::ClientRecord;
use grantd_core::registration::expiry::{LONGEST, SHORTEST, expire_by, may_expire, read};
use grantd_protocol::Seconds;
use grantd_store::Store;
use serde_json::json;
use std::sync::Arc;

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/registrations/unused",
        permission: "grantd:clients:read",
        tenants: false,
        says: "List clients that registered themselves, were not heard of for a while, and off which nothing hangs. \
               A page may be short and still have a next one.",
        takes: None,
        gives: Gives::Page("Client"),
        conditions: Conditions::Unread,
        query: &[Param {
            name: "unused_for",
            says: "For how long, in seconds: a day at least, 90 days where absent.",
        }],
        handle: handler!(list),
    },
    Route {
        method: "POST",
        path: "/registrations/unused/expire",
        permission: "grantd:clients:write",
        tenants: false,
        says: "Take some of them away. What is not unused any more stays.",
        takes: Some("UnusedClients"),
        gives: Gives::Object("ExpiredClients"),
        conditions: Conditions::Unread,
        query: &[],
        handle: handler!(expire),
    },
];

/// For how long nothing was heard of them where nobody says.
const USUAL: Seconds = Seconds(90 * 86_400);

async fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let window = call.window()?;
    let unused_for = match call.query.get("unused_for").map(str::parse) {
        None => USUAL,
        Some(Ok(seconds)) if (SHORTEST.get()..=LONGEST.get()).contains(&seconds) => Seconds(seconds),
        Some(_) => {
            let (least, most) = (SHORTEST.get(), LONGEST.get());
            return Err(Problem::Bad(format!(
                "unused_for must be a number from {least} to {most}"
            )));
        }
    };
    let found = candidates(call, &window, unused_for).await?;
    let mut items = Vec::new();
    for one in &found.items {
        if seems_unused(call.request.app, one).await? {
            items.push(client::view(one));
        }
    }
    let next = found.next.map(|last| cursor::encode(&window.filter, &last));
    Ok(Answer::page(items, next))
}

/// Those that were not heard of, used or not.
async fn candidates(
    call: &Call<'_>,
    window: &Window,
    unused_for: Seconds,
) -> Result<gather::Gathered<Arc<str>, ClientRecord>, Problem> {
    let batch = |after: Option<Arc<str>>| async move { clients::in_reach(call, after.as_deref(), BATCH).await };
    let after = window.after.as_deref().map(Arc::from);
    let now = call.request.now;
    gather::gather(after, gather::bounds(window), batch, |client: ClientRecord| {
        let id = Arc::clone(&client.client_id);
        let may_leave = may_expire(&client, unused_for, now);
        (id, Sifted::from_option(may_leave.then_some(client)))
    })
    .await
}

async fn expire(call: &Call<'_>) -> Result<Answer, Problem> {
    let asked = read(&call.body()?)?;
    let address = call.address();
    let (mut expired, mut kept) = (Vec::new(), Vec::new());
    for id in asked.client_ids {
        let found = call.store().client(call.realm(), &id).await?;
        let deed = call.deed(&address);
        let change = found.and_then(|client| expire_by(&client, asked.unused_for, &deed));
        // Whether nothing hangs off it is a guard: whoever uses it at this instant comes first, or finds it gone.
        let is_gone = match change {
            Some(change) => commit::once(call, change).await?,
            None => false,
        };
        if is_gone { &mut expired } else { &mut kept }.push(id);
    }
    Ok(Answer::object(json!({ "expired": expired, "kept": kept })))
}
