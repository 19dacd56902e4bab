//! Which permissions were used, added up and reported in batches: what least privilege is decided on. Never in the way of a
//! request: a report that fails goes again the next time, under the same name, so that one whose answer got lost counts once;
//! for half a day, and is then counted as dropped.

use super::introspection::Introspection;
use super::principal::Principal;
use crate::clock::{BoxFuture, Clock, random_text};
use crate::error::{Cause, Error};
use crate::exchange::TIMEOUT;
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
/// How long a report goes again, in milliseconds: half a day. The server remembers its name for a day, and one that came later
/// would count twice.
const REPORT_KEPT: i64 = 12 * 3600 * 1000;

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
    /// Uses that no report will name.
    dropped: u64,
}

/// The same lines under the same name until the server has taken them.
#[derive(Clone)]
struct Report {
    id: Arc<str>,
    uses: Arc<str>,
    /// The uses of all lines together.
    count: u64,
    /// Milliseconds since 1970.
    made_at: i64,
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
            dropped: 0,
        };
        let flights = Flights::new(Arc::clone(&clock), TIMEOUT);
        let inner = Inner {
            sink,
            clock,
            every: i64::try_from(every.as_millis()).unwrap_or(i64::MAX),
            state: Mutex::new(state),
        };
        Self {
            inner: Arc::new(inner),
            flights,
        }
    }

    /// Counts the permissions that a request needed. Beyond the bound new lines are dropped.
    pub(crate) fn count(&self, principal: &Principal, scopes: &[&str]) {
        let client_id = principal.client_id().unwrap_or_else(|| principal.subject());
        let is_due = {
            let mut state = locked(&self.inner.state);
            for scope in scopes {
                let count = Count {
                    count: 1,
                    token: Secret::new(principal.expose_token().to_owned()),
                };
                state.add((client_id.to_owned(), (*scope).to_owned()), count);
            }
            let waited = self.inner.clock.now().saturating_sub(state.sent_at);
            waited >= self.inner.every && !state.counted.is_empty()
        };
        if is_due {
            self.flights.start((), || self.flushed());
        }
    }

    /// How many uses no report will name.
    pub(crate) fn dropped(&self) -> u64 {
        locked(&self.inner.state).dropped
    }

    /// Sends what was counted.
    pub(crate) async fn flush(&self) {
        // One that is under way may have begun before the last count.
        for _ in 0..2 {
            let _ = self.flights.join((), || self.flushed()).await;
        }
    }

    fn flushed(&self) -> impl Future<Output = ()> + use<> {
        let inner = Arc::clone(&self.inner);
        async move { inner.flush().await }
    }
}

impl State {
    fn add(&mut self, name: (String, String), count: Count) {
        let is_full = self.counted.len() >= MAX_USES;
        match self.counted.get_mut(&name) {
            Some(known) => {
                known.count = known.count.saturating_add(count.count);
                known.token = count.token;
            }
            None if is_full => self.dropped = self.dropped.saturating_add(count.count),
            None => {
                self.counted.insert(name, count);
            }
        }
    }

    /// Gives up the oldest reports, as long as they are to be given up.
    fn drop_while(&mut self, is_over: impl Fn(&Report) -> bool) {
        while let Some(report) = self.unanswered.pop_front_if(|report| is_over(report)) {
            self.dropped = self.dropped.saturating_add(report.count);
        }
    }
}

impl Inner {
    async fn flush(&self) {
        locked(&self.state).sent_at = self.clock.now();
        // What is counted meanwhile waits until the server takes reports again.
        if !self.report_again().await {
            return;
        }
        let batch = std::mem::take(&mut locked(&self.state).counted);
        let left = self.send(batch).await;
        let mut state = locked(&self.state);
        for (name, count) in left {
            state.add(name, count);
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
                    let reports = reports(&batch, self.clock.now());
                    locked(&self.state).unanswered.extend(reports);
                    self.report(introspection).await;
                    Counted::new()
                }
                Ok(false) => tell(introspection, batch).await,
                Err(_) => batch,
            },
        }
    }

    /// Sends what has no answer from earlier, but not for ever; says whether nothing is left of it.
    async fn report_again(&self) -> bool {
        let oldest = self.clock.now().saturating_sub(REPORT_KEPT);
        {
            let mut state = locked(&self.state);
            state.drop_while(|report| report.made_at <= oldest);
            if state.unanswered.is_empty() {
                return true;
            }
        }
        let Sink::Server(introspection) = &self.sink else {
            return true;
        };
        match introspection.takes_reports().await {
            Ok(true) => self.report(introspection).await,
            Ok(false) => {
                locked(&self.state).drop_while(|_| true);
                true
            }
            Err(_) => false,
        }
    }

    /// Sends the reports that have no answer yet; says whether every one has now. One flush runs at a time.
    async fn report(&self, introspection: &Introspection) -> bool {
        loop {
            let Some(next) = locked(&self.state).unanswered.front().cloned() else {
                return true;
            };
            let is_next = |report: &Report| report.id == next.id;
            match introspection.report(&next.uses, &next.id).await {
                Ok(()) => drop(locked(&self.state).unanswered.pop_front()),
                // What the server finds wrong it will never take.
                Err(Error::OAuth(refusal)) if refusal.code == "invalid_request" => {
                    locked(&self.state).drop_while(is_next);
                }
                Err(_) => return false,
            }
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
fn reports(batch: &Counted, made_at: i64) -> Vec<Report> {
    let line = |one: &Use| json!({ "client_id": one.client_id, "permission": one.permission, "count": one.count });
    let report = |uses: &[Use]| Report {
        id: random_text::<16>().into(),
        uses: Value::Array(uses.iter().map(line).collect()).to_string().into(),
        count: uses.iter().fold(0, |sum, one| sum.saturating_add(one.count)),
        made_at,
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
