//! `/audit`: who did what, from where; and the line that a refused call leaves.

use super::answer::Answer;
use super::call::Call;
use super::gather::{self, BATCH, Bounds, Sifted, gather};
use super::problem::Problem;
use super::route::{Conditions, Gives, Param, Route, handler};
use super::sorting;
use crate::error::Failure;
use crate::request::Request;
use grantd_core::admin::Actor;
use grantd_core::change::Write;
use grantd_core::record::AuditRecord;
use grantd_protocol::Timestamp;
use grantd_protocol::id::{AuditId, floor_id};
use grantd_store::Store;
use serde_json::{Value, json};
use std::sync::Arc;

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
    Param {
        name: "sort",
        says: "-at, the newest first, as where absent; at, the oldest first.",
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
        conditions: Conditions::Unread,
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
        conditions: Conditions::Unread,
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
    oldest_first: bool,
}

impl<'q> Wanted<'q> {
    fn read(call: &'q Call<'_>) -> Result<Self, Problem> {
        let sorting = sorting::asked(call, &[("at", ())])?;
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
            oldest_first: sorting.is_some_and(|sorting| !sorting.descending),
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

    /// What becomes of a line. They are in the order of time: behind one that is too old there is nothing, or behind one that
    /// is too young.
    fn sift(&self, line: &AuditRecord) -> (AuditId, Sifted<Value>) {
        let at = line.at.secs();
        let is_past = match self.oldest_first {
            true => self.until.is_some_and(|until| at >= until),
            false => self.since.is_some_and(|since| at < since),
        };
        let sifted = if is_past {
            Sifted::Past
        } else {
            Sifted::from_option(self.holds(line).then(|| view(line)))
        };
        (line.id, sifted)
    }
}

async fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let window = call.window()?;
    let after = window.behind(AuditId::parse)?;
    let wanted = Wanted::read(call)?;
    let (store, realm, oldest_first) = (call.store(), call.realm(), wanted.oldest_first);
    // Nothing older is looked at only to be left out.
    let after = after.or_else(|| wanted.since.filter(|_| oldest_first).map(first_of));
    let read = |behind| async move {
        match oldest_first {
            true => store.audit_from(realm, behind, BATCH).await,
            false => store.audit(realm, behind, BATCH).await,
        }
    };
    gather::page(&window, after, read, |line| wanted.sift(&line)).await
}

/// Below the ids of all lines of this second and later ones.
fn first_of(secs: i64) -> AuditId {
    // What ids can say ends in the year 6000.
    AuditId::from_bytes(floor_id(Timestamp::from_secs(secs.clamp(0, 1 << 37))))
}

async fn export(call: &Call<'_>) -> Result<Answer, Problem> {
    let before = match call.query.get("before") {
        None => None,
        Some(text) => {
            Some(AuditId::parse(text).ok_or_else(|| Problem::Bad("before must be the id of a line".to_owned()))?)
        }
    };
    let wanted = Wanted::read(call)?;
    let bounds = Bounds {
        items: EXPORTED,
        rows: u32::MAX,
    };
    let read = |before| call.store().audit(call.realm(), before, BATCH);
    let found = gather(before, bounds, read, |line| wanted.sift(&line)).await?;
    let mut lines = String::new();
    for line in &found.items {
        lines.push_str(&line.to_string());
        lines.push('\n');
    }
    Ok(Answer::lines(lines))
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
    let target = format!("route:{} {}", route.method, route.path);
    kept_from(request, actor, target, problem.lacking()).await
}

/// The same of anything that is no route: `lacking` is what would have opened it.
pub(super) async fn kept_from(
    request: &Request<'_>,
    actor: &Actor,
    target: String,
    lacking: Option<&str>,
) -> Result<(), Failure> {
    let line = AuditRecord {
        id: AuditId::draw(request.now, &*request.app.entropy),
        realm: Arc::clone(request.realm.name()),
        at: request.now,
        actor: actor.name().to_owned(),
        action: "api.denied".to_owned(),
        target,
        address: Some(request.address.to_string()),
        detail: lacking.map_or_else(|| json!({}), |lacking| json!({ "needed": lacking })),
    };
    request.app.write(vec![Write::Audit(Box::new(line))], &[]).await
}
