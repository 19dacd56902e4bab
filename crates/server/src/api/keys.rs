//! `/keys`: the realm's signing keys, never their private halves.

use super::answer::Answer;
use super::call::Call;
use super::problem::Problem;
use super::route::{Conditions, Gives, Route, handler};
use crate::error::Fault;
use crate::keys::{KeySummary, RotationOutcome};
use grantd_core::admin::{Fields, Refused};
use grantd_jose::Algorithm;
use grantd_protocol::Timestamp;
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/keys",
        permission: "grantd:keys:read",
        tenants: false,
        says: "List the signing keys: next, active and retired.",
        takes: None,
        gives: Gives::Page("Key"),
        conditions: Conditions::Unread,
        query: &[],
        handle: handler!(list),
    },
    Route {
        method: "POST",
        path: "/keys/rotate",
        permission: "grantd:keys:write",
        tenants: false,
        says: "Let the next key of an algorithm sign, and retire the one that signed.",
        takes: Some("KeyRotation"),
        gives: Gives::Page("Key"),
        conditions: Conditions::Unread,
        query: &[],
        handle: handler!(rotate),
    },
];

async fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    Ok(listed(call))
}

async fn rotate(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.body()?;
    let mut fields = Fields::new(&body);
    let (mut name, mut force) = (String::new(), false);
    fields.require("alg");
    fields.text("alg", 20, &mut name);
    fields.flag("force", &mut force);
    let ring = &call.request.realm.ring;
    let alg: Option<Algorithm> = name.parse().ok();
    let is_ours = |alg: &Algorithm| ring.snapshot().summaries().any(|key| key.alg == alg.as_str());
    let alg = alg.filter(is_ours);
    if alg.is_none() && !name.is_empty() {
        fields.complain("/alg", "the realm has no keys for this algorithm");
    }
    Refused::unless_none(fields.finish())?;
    let alg = alg.ok_or_else(|| Refused::wrong("/alg", "is missing"))?;
    let outcome = ring.rotate(alg, force, call.actor.name()).await.map_err(Fault::from)?;
    match outcome {
        RotationOutcome::Rotated { .. } => Ok(listed(call)),
        RotationOutcome::TooEarly { ready_at } => Err(Refused::State(format!(
            "the next key was published too recently for all verifiers to know it; it can sign in {} s, or at once with force",
            ready_at.seconds_since(call.request.now)
        ))
        .into()),
    }
}

/// There are a few for each algorithm; all of them are one page.
fn listed(call: &Call<'_>) -> Answer {
    let snapshot = call.request.realm.ring.snapshot();
    Answer::page(snapshot.summaries().map(|key| view(&key)).collect(), None)
}

fn view(key: &KeySummary) -> Value {
    let mut value = json!({ "kid": key.kid, "alg": key.alg, "state": key.state, "since": key.since.secs() });
    if let (Some(members), Some(at)) = (value.as_object_mut(), key.remove_at.map(Timestamp::secs)) {
        members.insert("remove_at".to_owned(), at.into());
    }
    value
}
