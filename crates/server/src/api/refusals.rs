//! `/refusals`: how many requests of the realm were refused, hour by hour, and for what. Numbers alone: whose requests they
//! were, an application's own list says.

use super::answer::Answer;
use super::call::Call;
use super::problem::Problem;
use super::route::{Conditions, Gives, Param, Route, handler};
use crate::refused::hours::HOUR;
use grantd_core::record::RefusalCount;
use grantd_protocol::Timestamp;
use grantd_store::Store;
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// Hours where the request does not say.
const DEFAULT_HOURS: i64 = 24;
/// Hours at most: a week, after which the numbers are removed.
const MOST_HOURS: i64 = 7 * 24;

/// How long a request waits for the numbers of the last seconds.
const MOST_PATIENCE: Duration = Duration::from_secs(2);

pub(super) const ROUTES: &[Route] = &[Route {
    method: "GET",
    path: "/refusals",
    permission: "grantd:clients:read",
    tenants: false,
    says: "How many requests were refused, hour by hour, and for what, unknown clients' among them.",
    takes: None,
    gives: Gives::Object("Refusals"),
    conditions: Conditions::Unread,
    query: &[Param {
        name: "hours",
        says: "So many hours, this one with them: 1 to 168, 24 where absent.",
    }],
    handle: handler!(show),
}];

async fn show(call: &Call<'_>) -> Result<Answer, Problem> {
    let hours = hours_asked(call)?;
    let this = call.request.now.secs().div_euclid(HOUR);
    // Who looks after a refusal of a second ago finds it counted.
    write_what_waits(call).await;
    let since = Timestamp::from_secs((this - hours + 1) * HOUR);
    let rows = call.store().refusals(call.realm(), since).await?;
    Ok(Answer::object(view(&rows, this - hours + 1..this + 1)))
}

/// Writes the numbers that wait in memory, as far as that is soon done: what is there is told without them. Writing that takes
/// longer goes on by itself.
async fn write_what_waits(call: &Call<'_>) {
    let writing = call.request.app.flush_refused();
    match tokio::time::timeout(MOST_PATIENCE, writing).await {
        Ok(Ok(())) => {}
        Ok(Err(fault)) => tracing::warn!(%fault, "refused requests could not be written; they wait"),
        Err(_) => tracing::warn!("refused requests are still being written; what is there is shown without them"),
    }
}

fn hours_asked(call: &Call<'_>) -> Result<i64, Problem> {
    match call.query.get("hours") {
        None => Ok(DEFAULT_HOURS),
        Some(text) => text
            .parse()
            .ok()
            .filter(|hours| (1..=MOST_HOURS).contains(hours))
            .ok_or_else(|| Problem::Bad(format!("hours must be a number from 1 to {MOST_HOURS}"))),
    }
}

/// What stands in these hours since 1970: each of them with its number, and the reasons, the most frequent first. An hour of
/// a server whose clock is ahead is none of them yet.
fn view(rows: &[RefusalCount], hours: Range<i64>) -> Value {
    let hour_of = |row: &RefusalCount| row.hour.secs().div_euclid(HOUR);
    let within = || rows.iter().filter(|row| hours.contains(&hour_of(row)));
    let mut by_hour: BTreeMap<i64, u64> = hours.clone().map(|hour| (hour, 0)).collect();
    let mut by_reason: BTreeMap<(&Arc<str>, &Arc<str>), u64> = BTreeMap::new();
    for row in within() {
        for count in [
            by_hour.entry(hour_of(row)).or_default(),
            by_reason.entry((&row.endpoint, &row.error)).or_default(),
        ] {
            *count = count.saturating_add(row.count);
        }
    }
    let count = by_hour.values().fold(0_u64, |sum, count| sum.saturating_add(*count));
    let mut reasons: Vec<_> = by_reason.into_iter().collect();
    reasons.sort_by_key(|(_, count)| Reverse(*count));
    let hour = |(hour, count): (&i64, &u64)| json!({ "at": hour * HOUR, "count": count });
    let reason = |((endpoint, error), count): &((&Arc<str>, &Arc<str>), u64)| json!({ "endpoint": endpoint, "error": error, "count": count });
    json!({
        "count": count,
        "hours": by_hour.iter().map(hour).collect::<Vec<_>>(),
        "reasons": reasons.iter().map(reason).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(hour: i64, error: &str, count: u64) -> RefusalCount {
        RefusalCount {
            realm: "main".into(),
            hour: Timestamp::from_secs(hour * HOUR),
            endpoint: "token".into(),
            error: error.into(),
            count,
        }
    }

    #[test]
    fn every_hour_has_its_number_and_the_most_frequent_reason_is_first() {
        let rows = [row(7, "a", 1), row(8, "a", 2), row(8, "b", 9), row(9, "a", 100)];
        let found = view(&rows, 6..9);
        let hours = json!([
            { "at": 6 * HOUR, "count": 0 },
            { "at": 7 * HOUR, "count": 1 },
            { "at": 8 * HOUR, "count": 11 },
        ]);
        assert_eq!((&found["count"], &found["hours"]), (&json!(12), &hours));
        let reasons = json!([
            { "endpoint": "token", "error": "b", "count": 9 },
            { "endpoint": "token", "error": "a", "count": 3 },
        ]);
        assert_eq!(found["reasons"], reasons);
    }
}
