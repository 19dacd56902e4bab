//! What is noted of refused requests.

use super::Plan;
use crate::postgres::step::{Rows, Step};
use crate::postgres::value::Value;
use grantd_core::record::refused::KEPT;
use grantd_core::record::{RefusalCount, RefusedRecord};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

const INSERT: &str = "INSERT INTO refused (realm, client_id, id, at, request, endpoint, error, says, cause, expected, \
     got, more) \
     SELECT n ->> 'realm', n ->> 'client_id', (n ->> 'id')::uuid, (n ->> 'at')::bigint, n ->> 'request', \
     n ->> 'endpoint', n ->> 'error', n ->> 'says', n ->> 'cause', n ->> 'expected', n ->> 'got', \
     (n ->> 'more')::bigint \
     FROM json_array_elements(?::text::json) AS n \
     WHERE EXISTS (SELECT 1 FROM clients c WHERE c.realm = n ->> 'realm' AND c.client_id = n ->> 'client_id' \
       FOR KEY SHARE){if_held} \
     ON CONFLICT DO NOTHING";
const CUT: &str = "DELETE FROM refused r USING unnest(?::text[], ?::text[]) AS t (realm, client_id) \
     WHERE r.realm = t.realm AND r.client_id = t.client_id AND r.id <= (SELECT o.id FROM refused o \
     WHERE o.realm = t.realm AND o.client_id = t.client_id ORDER BY o.id DESC OFFSET ?::bigint LIMIT 1){if_held}";

/// Equal rows are added up and in one order, as uses are.
const COUNT: &str = "INSERT INTO refusals (realm, hour, endpoint, error, count) \
     SELECT n.realm, n.hour, n.endpoint, n.error, sum(n.count)::bigint \
     FROM unnest(?::text[], ?::bigint[], ?::text[], ?::text[], ?::bigint[]) AS n (realm, hour, endpoint, error, count) \
     WHERE true{if_held} GROUP BY n.realm, n.hour, n.endpoint, n.error ORDER BY 1, 2, 3, 4 \
     ON CONFLICT (realm, hour, endpoint, error) DO UPDATE SET count = refusals.count + excluded.count";

impl Plan {
    /// Adds rows, and takes away what is too much of each application.
    pub(super) fn note_refused(&mut self, rows: &[RefusedRecord]) {
        // The second step counts what the first one adds.
        self.in_order = true;
        let list: Vec<_> = rows.iter().map(as_json).collect();
        let tables = Rows::Many(&["refused", "clients"]);
        self.steps
            .push(Step::new(INSERT, tables.clone(), vec![json!(list).to_string().into()]));
        let clients: BTreeSet<_> = rows.iter().map(|row| (&row.realm, &row.client_id)).collect();
        let (realms, ids) = clients
            .into_iter()
            .map(|(realm, id)| (Arc::clone(realm), Arc::clone(id)))
            .unzip();
        let values = vec![Value::Names(realms), Value::Names(ids), KEPT.into()];
        self.steps.push(Step::new(CUT, tables, values));
    }

    /// Adds to how many there were.
    pub(super) fn count_refused(&mut self, rows: &[RefusalCount]) {
        let names = |of: fn(&RefusalCount) -> &Arc<str>| Value::Names(rows.iter().map(of).cloned().collect());
        let values = vec![
            names(|row| &row.realm),
            Value::Numbers(rows.iter().map(|row| row.hour.millis()).collect()),
            names(|row| &row.endpoint),
            names(|row| &row.error),
            Value::Numbers(
                rows.iter()
                    .map(|row| i64::try_from(row.count).unwrap_or(i64::MAX))
                    .collect(),
            ),
        ];
        self.steps.push(Step::new(COUNT, Rows::Many(&["refusals"]), values));
    }
}

fn as_json(row: &RefusedRecord) -> serde_json::Value {
    json!({
        "realm": row.realm,
        "client_id": row.client_id,
        "id": row.id,
        "at": row.at.millis(),
        "request": row.request,
        "endpoint": row.endpoint,
        "error": row.error,
        "says": row.says,
        "cause": row.cause,
        "expected": row.expected,
        "got": row.got,
        "more": row.more,
    })
}
