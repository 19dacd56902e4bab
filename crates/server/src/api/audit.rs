//! `/audit`: who did what, from where; and the line that a refused call leaves.

use super::answer::Answer;
use super::call::Call;
use super::cursor;
use super::problem::Problem;
use super::route::{Gives, Param, Route, handler};
use crate::error::Failure;
use crate::request::Request;
use grantd_core::admin::Actor;
use grantd_core::change::Write;
use grantd_core::record::AuditRecord;
use grantd_protocol::id::AuditId;
use grantd_store::Store;
use serde_json::{Value, json};
use std::sync::Arc;

/// Rows that are looked at for one page, at most.
const LOOKED_AT: u32 = 2000;
/// Rows that are read at once.
const BATCH: u32 = 500;
/// Lines of one export, at most; the next one begins where it ended.
const EXPORTED: usize = 10_000;

const FILTERS: &[Param] = &[
    Param {
        name: "actor",
        says: "By this actor alone, as the lines say it: client:..., user:..., cli, system.",
    },
    Param {
        name: "action",
        says: "This action, or all of an object's with a star: client.*",
    },
    Param {
        name: "target",
        says: "To this target alone: client:...",
    },
    Param {
        name: "since",
        says: "Not before this instant, in seconds since 1970.",
    },
    Param {
        name: "until",
        says: "Before this instant, in seconds since 1970.",
    },
];
const EXPORT_FILTERS: &[Param] = &[
    Param {
        name: "before",
        says: "Lines older than the one with this id: the last one of the export before.",
    },
    Param {
        name: "actor",
        says: "By this actor alone.",
    },
    Param {
        name: "action",
        says: "This action, or all of an object's with a star.",
    },
    Param {
        name: "target",
        says: "To this target alone.",
    },
    Param {
        name: "since",
        says: "Not before this instant, in seconds since 1970.",
    },
    Param {
        name: "until",
        says: "Before this instant, in seconds since 1970.",
    },
];

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/audit",
        permission: "grantd:audit:read",
        tenants: false,
        says: "Read the audit log, the newest first.",
        takes: None,
        gives: Gives::Page("AuditLine"),
        query: FILTERS,
        handle: handler!(list),
    },
    Route {
        method: "GET",
        path: "/audit/export",
        permission: "grantd:audit:read",
        tenants: false,
        says: "The audit log as JSON lines, the newest first, up to 10000 of them.",
        takes: None,
        gives: Gives::Lines("AuditLine"),
        query: EXPORT_FILTERS,
        handle: handler!(export),
    },
];

/// What lines are wanted.
struct Wanted<'q> {
    actor: Option<&'q str>,
    action: Option<&'q str>,
    target: Option<&'q str>,
    since: Option<i64>,
    until: Option<i64>,
}

impl<'q> Wanted<'q> {
    fn read(call: &'q Call<'_>) -> Result<Self, Problem> {
        let seconds = |name: &str| match call.query.get(name) {
            None => Ok(None),
            Some(text) => text
                .parse::<i64>()
                .map(Some)
                .map_err(|_| Problem::Bad(format!("{name} must be a number of seconds"))),
        };
        Ok(Self {
            actor: call.query.get("actor"),
            action: call.query.get("action"),
            target: call.query.get("target"),
            since: seconds("since")?,
            until: seconds("until")?,
        })
    }

    fn holds(&self, line: &AuditRecord) -> bool {
        let is_action = |wanted: &str| match wanted.strip_suffix('*') {
            Some(begin) => line.action.starts_with(begin),
            None => line.action == wanted,
        };
        self.actor.is_none_or(|actor| line.actor == actor)
            && self.action.is_none_or(is_action)
            && self.target.is_none_or(|target| line.target == target)
            && self.since.is_none_or(|since| line.at.secs() >= since)
            && self.until.is_none_or(|until| line.at.secs() < until)
    }

    /// Lines are in the order of time: behind this one there is nothing.
    fn is_past(&self, line: &AuditRecord) -> bool {
        self.since.is_some_and(|since| line.at.secs() < since)
    }
}

async fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let window = call.window()?;
    let before = match &window.after {
        None => None,
        Some(text) => Some(AuditId::parse(text).ok_or_else(|| Problem::Bad("the cursor is broken".to_owned()))?),
    };
    let limit = usize::try_from(window.limit).unwrap_or(usize::MAX);
    let found = gather(call, before, limit, LOOKED_AT).await?;
    let next = found.next.map(|last| cursor::encode(&window.filter, &last.to_string()));
    Ok(Answer::page(found.lines.iter().map(view).collect(), next))
}

async fn export(call: &Call<'_>) -> Result<Answer, Problem> {
    let before = match call.query.get("before") {
        None => None,
        Some(text) => {
            Some(AuditId::parse(text).ok_or_else(|| Problem::Bad("before must be the id of a line".to_owned()))?)
        }
    };
    let found = gather(call, before, EXPORTED, u32::MAX).await?;
    let mut lines = String::new();
    for line in &found.lines {
        lines.push_str(&view(line).to_string());
        lines.push('\n');
    }
    Ok(Answer::lines(lines))
}

struct Gathered {
    lines: Vec<AuditRecord>,
    /// The last one that was looked at, where there are more behind it.
    next: Option<AuditId>,
}

async fn gather(call: &Call<'_>, mut before: Option<AuditId>, limit: usize, look_at: u32) -> Result<Gathered, Problem> {
    let wanted = Wanted::read(call)?;
    let mut lines = Vec::new();
    let mut looked_at = 0_u32;
    loop {
        let found = call.store().audit(call.realm(), before, BATCH).await?;
        let mut more = found.more;
        for line in found.rows {
            if wanted.is_past(&line) {
                return Ok(Gathered { lines, next: None });
            }
            if lines.len() == limit {
                more = true;
                break;
            }
            before = Some(line.id);
            if wanted.holds(&line) {
                lines.push(line);
            }
        }
        looked_at = looked_at.saturating_add(BATCH);
        if !more || lines.len() == limit || looked_at >= look_at {
            return Ok(Gathered {
                lines,
                next: before.filter(|_| more),
            });
        }
    }
}

fn view(line: &AuditRecord) -> Value {
    let mut value = json!({
        "id": line.id,
        "at": line.at.secs(),
        "actor": line.actor,
        "action": line.action,
        "target": line.target,
        "detail": line.detail,
    });
    if let (Some(members), Some(address)) = (value.as_object_mut(), &line.address) {
        members.insert("address".to_owned(), json!(address));
    }
    value
}

/// Somebody who is known was kept from something.
pub(super) async fn denied(
    request: &Request<'_>,
    route: &super::route::Route,
    actor: &Actor,
    problem: &Problem,
) -> Result<(), Failure> {
    let mut detail = json!({});
    if let (Some(members), Some(lacking)) = (detail.as_object_mut(), problem.lacking()) {
        members.insert("needed".to_owned(), json!(lacking));
    }
    let line = AuditRecord {
        id: AuditId::draw(request.now, &*request.app.entropy),
        realm: Arc::clone(request.realm.name()),
        at: request.now,
        actor: actor.name().to_owned(),
        action: "api.denied".to_owned(),
        target: format!("route:{} {}", route.method, route.path),
        address: Some(request.address.to_string()),
        detail,
    };
    request.app.write(vec![Write::Audit(Box::new(line))], &[]).await
}
