//! The way of developers' applications from a draft on: `submit` and `withdraw` are their developers' to say, `review` is an
//! operator's. What may follow on what is the core's business.

use super::answer::Answer;
use super::call::Call;
use super::clients::shown;
use super::commit;
use super::developers;
use super::problem::Problem;
use super::route::{Conditions, Gives, Route, handler};
use grantd_core::admin::application;
use grantd_core::record::ClientRecord;

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "POST",
        path: "/clients/{client_id}/submit",
        permission: "grantd:clients:write",
        tenants: false,
        says: "Submit a draft, for its developer: for a review, or for everybody's use where the realm reviews nothing.",
        takes: None,
        gives: Gives::Tagged("Client"),
        conditions: Conditions::Version,
        query: &[],
        handle: handler!(submit),
    },
    Route {
        method: "POST",
        path: "/clients/{client_id}/withdraw",
        permission: "grantd:clients:write",
        tenants: false,
        says: "Make a submitted application a draft again, for its developer.",
        takes: None,
        gives: Gives::Tagged("Client"),
        conditions: Conditions::Version,
        query: &[],
        handle: handler!(withdraw),
    },
    Route {
        method: "POST",
        path: "/clients/{client_id}/review",
        permission: "grantd:reviews:write",
        tenants: false,
        says: "Approve, reject, suspend or reinstate a developer's application; its developer reads the reason.",
        takes: Some("Review"),
        gives: Gives::Tagged("Client"),
        conditions: Conditions::Version,
        query: &[],
        handle: handler!(review),
    },
];

async fn submit(call: &Call<'_>) -> Result<Answer, Problem> {
    let after = commit::change(call, load, application::submit).await?;
    Ok(shown(&after))
}

async fn withdraw(call: &Call<'_>) -> Result<Answer, Problem> {
    let after = commit::change(call, load, application::withdraw).await?;
    Ok(shown(&after))
}

async fn review(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.body()?;
    let after = commit::change(call, load, |before, deed| application::review(before, &body, deed));
    Ok(shown(&after.await?))
}

async fn load(call: &Call<'_>) -> Result<ClientRecord, Problem> {
    developers::client(call, call.segment("client_id")).await
}
