//! A change as SQL: one statement if that can be, steps in a transaction if it cannot. It must not know a connection.
//!
//! In the one statement every guard is a `WITH` part that locks its row. `held` asks them in order; it is a scalar
//! that every writing part has in its condition, so PostgreSQL evaluates it once, before any of them, and none of
//! them runs unless all guards hold. A row that changed while a guard waited for it is looked at again in its newest
//! version (READ COMMITTED). A lost guard is a result that says `false`, not an aborted transaction.
//!
//! At most one guard can be an insert there, conditional on `held`: a second one could lose after the first has
//! inserted. Such changes, and those whose writes may meet in a row or must see each other, run step by step.

use super::guard::{self, Asked};
use super::step::{IF_HELD, LOCK, Rows, Step};
use super::value::Value;
use super::write::Plan;
use grantd_core::change::{Change, Guard, Write};
use grantd_protocol::id::ChangeId;
use std::fmt::Write as _;
use std::sync::Arc;

/// More parts than this make statements that are used once and planned for long.
const MOST_PARTS: usize = 14;

/// What to send.
pub(super) enum Shape {
    /// One statement whose one row says whether all guards held.
    Single {
        /// Equal for equal sequences of guards and writes, so prepared statements are found by it.
        sql: String,
        /// Its parameters.
        values: Vec<Value>,
    },
    /// Two batches in one transaction.
    InOrder {
        /// Each must give a row, or nothing happens.
        guards: Vec<Step>,
        /// Run when all of them did.
        writes: Vec<Step>,
    },
}

impl Shape {
    /// Chooses and builds the SQL of a change.
    pub(super) fn of(change: &Change) -> Self {
        let now = crate::time_of(change.id);
        let mut guards: Vec<&Guard> = Vec::with_capacity(change.guards.len());
        for guard in &change.guards {
            // Asked twice, an insert would lose to itself.
            if !guards.contains(&guard) {
                guards.push(guard);
            }
        }
        guards.sort_by_key(|guard| guard::rank(guard));
        let asked: Vec<_> = guards
            .iter()
            .map(|guard| guard::ask(guard, &change.writes, now))
            .collect();
        let plan = plan_of(&change.writes, &asked);
        let single = !plan.in_order
            && asked.len() + plan.steps.len() <= MOST_PARTS
            && !asked.iter().any(|asked| matches!(asked, Asked::Alone(..)))
            && asked.iter().filter(|asked| matches!(asked, Asked::Insert(..))).count() <= 1
            && !any_meet(&plan.steps, &asked);
        if single {
            compose(change.id, asked, plan, now.millis())
        } else {
            in_order(change.id, asked, plan, now.millis())
        }
    }
}

/// The writes without those that an inserting guard stands for; their notes stay.
fn plan_of(writes: &[Write], asked: &[Asked]) -> Plan {
    let decided = |index: usize| {
        asked
            .iter()
            .any(|asked| matches!(asked, Asked::Insert(_, at) if *at == index))
    };
    let mut plan = Plan::default();
    for (index, write) in writes.iter().enumerate() {
        let before = plan.steps.len();
        plan.add(write);
        if decided(index) {
            plan.steps.truncate(before);
        }
    }
    plan
}

fn any_meet(steps: &[Step], asked: &[Asked]) -> bool {
    let inserted = asked.iter().filter_map(|asked| match asked {
        Asked::Insert(step, _) => Some(&step.rows),
        _ => None,
    });
    let all: Vec<&Rows> = inserted.chain(steps.iter().map(|step| &step.rows)).collect();
    let mut rest = all.as_slice();
    while let Some((first, others)) = rest.split_first() {
        if others
            .iter()
            .any(|other| first.meet(other) || first.may_share_a_name(other))
        {
            return true;
        }
        rest = others;
    }
    false
}

/// A row that the change writes is locked as its update will lock it: a shared lock that both of two racers hold
/// could be raised by neither.
fn lock_for(guard: &Step, steps: &[Step]) -> &'static str {
    if steps.iter().any(|step| step.rows.meet(&guard.rows)) {
        "FOR NO KEY UPDATE"
    } else {
        "FOR SHARE"
    }
}

/// Writes `sql` with its parameters numbered from where `values` ends.
fn append(text: &mut String, sql: &str, values: &mut Vec<Value>, more: Vec<Value>) {
    let mut number = values.len();
    for (index, piece) in sql.split('?').enumerate() {
        if index > 0 {
            number += 1;
            // Writing to a string cannot fail.
            let _ = write!(text, "${number}");
        }
        text.push_str(piece);
    }
    values.extend(more);
}

fn compose(id: ChangeId, asked: Vec<Asked>, plan: Plan, at: i64) -> Shape {
    let mut text = String::with_capacity(2048);
    let mut values = Vec::with_capacity(64);
    let mut held = String::from("true");
    let mut insert = None;
    text.push_str("WITH ");
    for (index, asked) in asked.into_iter().enumerate() {
        let (sql, more) = match asked {
            Asked::Row(step) => (step.sql.replace(LOCK, lock_for(&step, &plan.steps)), step.values),
            Asked::Absent(step) => (step.sql.into_owned(), step.values),
            Asked::Insert(step, _) | Asked::Alone(step, _) => {
                insert = Some(step);
                continue;
            }
        };
        let _ = write!(text, "g{index} AS MATERIALIZED (");
        append(&mut text, &sql, &mut values, more);
        text.push_str("), ");
        let _ = write!(held, " AND EXISTS (SELECT 1 FROM g{index})");
    }
    let _ = write!(text, "held AS MATERIALIZED (SELECT {held} AS yes)");
    let mut condition = "held";
    if let Some(step) = insert {
        text.push_str(", won AS (");
        let sql = step.sql.replace(IF_HELD, " AND (SELECT yes FROM held)");
        append(&mut text, &sql, &mut values, step.values);
        text.push_str("), both_held AS MATERIALIZED (SELECT EXISTS (SELECT 1 FROM won) AS yes)");
        condition = "both_held";
    }
    let when = format!(" AND (SELECT yes FROM {condition})");
    let steps = plan.steps.into_iter().chain([applied(id)]).map(|step| ("w", step));
    let steps = steps.chain(notes(plan.notes, at).into_iter().flatten());
    for (index, (name, step)) in steps.enumerate() {
        let number = if name == HEAD { String::new() } else { index.to_string() };
        let _ = write!(text, ", {name}{number} AS (");
        append(&mut text, &step.sql.replace(IF_HELD, &when), &mut values, step.values);
        text.push(')');
    }
    let _ = write!(text, " SELECT yes FROM {condition}");
    Shape::Single { sql: text, values }
}

fn in_order(id: ChangeId, asked: Vec<Asked>, plan: Plan, at: i64) -> Shape {
    let mut guards = Vec::new();
    let mut inserts = Vec::new();
    for asked in asked {
        match asked {
            Asked::Row(step) => {
                let lock = lock_for(&step, &plan.steps);
                guards.push((step, lock));
            }
            Asked::Absent(step) => guards.push((step, "")),
            Asked::Insert(step, _) => inserts.push((step, "")),
            Asked::Alone(slot, look) => guards.extend([(slot, ""), (look, "")]),
        }
    }
    guards.append(&mut inserts);
    let guards = guards.into_iter().map(|(step, lock)| plain(step, lock)).collect();
    let mut writes: Vec<_> = plan.steps.into_iter().chain([applied(id)]).collect();
    if let Some([(_, head), (_, mut insert)]) = notes(plan.notes, at) {
        insert.sql = format!("WITH {HEAD} AS ({}) {}", head.sql, insert.sql).into();
        insert.values.splice(0..0, head.values);
        writes.push(insert);
    }
    Shape::InOrder {
        guards,
        writes: writes.into_iter().map(|step| plain(step, "")).collect(),
    }
}

/// A step as a statement of its own. The number of texts is small: one for each kind of guard and write.
fn plain(step: Step, lock: &str) -> Step {
    let mut text = String::new();
    let mut values = Vec::new();
    let sql = step.sql.replace(LOCK, lock).replace(IF_HELD, "");
    append(&mut text, &sql, &mut values, step.values);
    Step {
        sql: text.into(),
        values,
        rows: step.rows,
        counted: step.counted,
    }
}

fn applied(id: ChangeId) -> Step {
    Step::new(
        "INSERT INTO applied (id) SELECT ?::uuid WHERE true{if_held}",
        Rows::Many(&[]),
        vec![(*id.as_bytes()).into()],
    )
}

/// The part that draws positions, by name: the other one refers to it.
const HEAD: &str = "head";

/// All notes of a change, in two parts. They come last: the lock on the head row is held from there to the commit.
fn notes(notes: Vec<[Arc<str>; 3]>, at: i64) -> Option<[(&'static str, Step); 2]> {
    if notes.is_empty() {
        return None;
    }
    let count = notes.len() as u64;
    let mut columns = [Vec::new(), Vec::new(), Vec::new()];
    for note in notes {
        for (column, value) in columns.iter_mut().zip(note) {
            column.push(value);
        }
    }
    let [kinds, realms, keys] = columns;
    let head = Step::new(
        "UPDATE notes_head SET position = position + ?::bigint WHERE true{if_held} RETURNING position",
        Rows::Many(&[]),
        vec![count.into()],
    );
    let insert = Step::new(
        "INSERT INTO notes (position, at, kind, realm, key) \
         SELECT head.position - ?::bigint + n.number, ?::bigint, n.kind, n.realm, n.key \
         FROM head, unnest(?::text[], ?::text[], ?::text[]) WITH ORDINALITY AS n (kind, realm, key, number)",
        Rows::Many(&[]),
        vec![count.into(), at.into(), kinds.into(), realms.into(), keys.into()],
    );
    Some([(HEAD, head), ("w", insert)])
}
