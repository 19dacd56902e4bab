//! Which permissions were used, added up and reported in batches: what least privilege is decided on. Never in the way of a
//! request: a report that fails goes again the next time, under the same name, so that one whose answer got lost counts once.

use super::introspection::Introspection;
use super::principal::Principal;
use crate::clock::{BoxFuture, Clock, random_text};
use crate::error::{Cause, Error};
use crate::flight::{Flights, locked};
use grantd_protocol::Secret;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How many clients with a permission are counted between two reports.
const MAX_USES: usize = 10_000;
/// How many lines a report to the authorization server has at most.
const MAX_LINES: usize = 200;

/// One line of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The client; for an API key, behind which there is none, its subject.
    pub client_id: String,
    /// The permission that it used.
    pub permission: String,
    /// How often.
    pub count: u64,
}

/// Where reports go.
pub trait UsageSink: Send + Sync + 'static {
    /// Takes a report. One that fails comes again, with what was counted meanwhile.
    fn send(&self, uses: Vec<Use>) -> BoxFuture<'_, Result<(), Cause>>;
}

/// Adds up and reports. There is no timer: a request after the interval sends what was counted before.
pub(crate) struct Usage {
    inner: Arc<Inner>,
    flights: Flights<(), ()>,
}

struct Inner {
    sink: Sink,
    clock: Arc<dyn Clock>,
    every: i64,
    state: Mutex<State>,
}

/// To whom is reported.
pub(crate) enum Sink {
    Own(Arc<dyn UsageSink>),
    /// The authorization server: by a report, or where it takes none by introspection with a `scope`.
    Server(Introspection),
}

struct State {
    sent_at: i64,
    /// By client and permission.
    counted: Counted,
    /// What is on its way to the server.
    unanswered: VecDeque<Report>,
}

/// The same lines under the same name until the server has taken them.
#[derive(Clone)]
struct Report {
    id: Arc<str>,
    uses: Arc<str>,
}

type Counted = BTreeMap<(String, String), Count>;

struct Count {
    count: u64,
    /// A credential of the client that used it: a server that takes no reports counts by credential.
    token: Secret,
}

impl Usage {
    pub(crate) fn new(sink: Sink, clock: Arc<dyn Clock>, every: Duration) -> Self {
        let state = State {
            sent_at: clock.now(),
            counted: Counted::new(),
            unanswered: VecDeque::new(),
        };
        let inner = Inner {
            sink,
            clock,
            every: i64::try_from(every.as_millis()).unwrap_or(i64::MAX),
            state: Mutex::new(state),
        };
        Self {
            inner: Arc::new(inner),
            flights: Flights::default(),
        }
    }

    /// Counts the permissions that a request needed. Beyond the bound new lines are not counted.
    pub(crate) fn count(&self, principal: &Principal, scopes: &[&str]) {
        let client_id = principal.client_id().unwrap_or_else(|| principal.subject());
        let is_due = {
            let mut state = locked(&self.inner.state);
            for scope in scopes {
                let count = Count {
                    count: 1,
                    token: Secret::new(principal.expose_token().to_owned()),
                };
                add(&mut state.counted, (client_id.to_owned(), (*scope).to_owned()), count);
            }
            let waited = self.inner.clock.now().saturating_sub(state.sent_at);
            waited >= self.inner.every && !state.counted.is_empty()
        };
        if is_due {
            let inner = Arc::clone(&self.inner);
            drop(self.flights.start((), || async move { inner.flush().await }));
        }
    }

    /// Sends what was counted.
    pub(crate) async fn flush(&self) {
        // One that is under way may have begun before the last count.
        for _ in 0..2 {
            let inner = Arc::clone(&self.inner);
            let _ = self.flights.join((), || async move { inner.flush().await }).await;
        }
    }
}

fn add(counted: &mut Counted, name: (String, String), count: Count) {
    let is_full = counted.len() >= MAX_USES;
    match counted.get_mut(&name) {
        Some(known) => {
            known.count = known.count.saturating_add(count.count);
            known.token = count.token;
        }
        None if is_full => {}
        None => {
            counted.insert(name, count);
        }
    }
}

impl Inner {
    async fn flush(&self) {
        locked(&self.state).sent_at = self.clock.now();
        // What is counted meanwhile waits until the server takes reports again.
        if !self.report().await {
            return;
        }
        let batch = std::mem::take(&mut locked(&self.state).counted);
        let left = self.send(batch).await;
        let mut state = locked(&self.state);
        for (name, count) in left {
            add(&mut state.counted, name, count);
        }
    }

    /// Sends what was counted; gives back what nobody took.
    async fn send(&self, batch: Counted) -> Counted {
        if batch.is_empty() {
            return batch;
        }
        match &self.sink {
            Sink::Own(sink) => match sink.send(lines(&batch)).await {
                Ok(()) => Counted::new(),
                Err(_) => batch,
            },
            Sink::Server(introspection) => match introspection.takes_reports().await {
                Ok(true) => {
                    locked(&self.state).unanswered.extend(reports(&batch));
                    self.report().await;
                    Counted::new()
                }
                Ok(false) => tell(introspection, batch).await,
                Err(_) => batch,
            },
        }
    }

    /// Sends the reports that have no answer yet; says whether every one has now. One flush runs at a time.
    async fn report(&self) -> bool {
        let Sink::Server(introspection) = &self.sink else {
            return true;
        };
        loop {
            let Some(next) = locked(&self.state).unanswered.front().cloned() else {
                return true;
            };
            match introspection.report(&next.uses, &next.id).await {
                Ok(()) => {}
                // What the server finds wrong it will never take.
                Err(Error::OAuth(refusal)) if refusal.code == "invalid_request" => {}
                Err(_) => return false,
            }
            locked(&self.state).unanswered.pop_front();
        }
    }
}

fn lines(batch: &Counted) -> Vec<Use> {
    let line = |((client_id, permission), count): (&(String, String), &Count)| Use {
        client_id: client_id.clone(),
        permission: permission.clone(),
        count: count.count,
    };
    batch.iter().map(line).collect()
}

/// Reports of at most as many lines as the server reads.
fn reports(batch: &Counted) -> Vec<Report> {
    let line = |one: &Use| json!({ "client_id": one.client_id, "permission": one.permission, "count": one.count });
    let report = |uses: &[Use]| Report {
        id: random_text::<16>().into(),
        uses: Value::Array(uses.iter().map(line).collect()).to_string().into(),
    };
    lines(batch).chunks(MAX_LINES).map(report).collect()
}

/// One message for each credential, which names all permissions that it used.
async fn tell(introspection: &Introspection, batch: Counted) -> Counted {
    let mut by_token: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for ((_, permission), count) in &batch {
        by_token.entry(count.token.expose()).or_default().push(permission);
    }
    let mut is_told = true;
    for (token, permissions) in by_token {
        is_told = is_told && introspection.tell(token, &permissions.join(" ")).await.is_ok();
    }
    if is_told { Counted::new() } else { batch }
}
