//! Refused requests: how many there were, for operators, and those of known applications one by one, for their developers to
//! read. Those are put into words. Both are kept in memory for a moment and written in batches. Nothing of it is on the way
//! of a request that is answered, and a flood costs a bounded amount of memory and rows: of each kind of refusal of each
//! application so many a minute are kept, the others are counted. What was not written yet is lost in a crash.

pub(crate) mod hours;

use crate::ambient::Clock;
use crate::batches::Batches;
use crate::error::Failure;
use crate::request::Request;
use crate::wire;
use grantd_core::change::Write;
use grantd_core::explain::{Situation, explain, is_a_step};
use grantd_core::record::{ClientRecord, RefusedRecord};
use grantd_protocol::id::RefusedId;
use grantd_protocol::{Entropy, ErrorCode, OAuthError, RawParams, Timestamp};
use grantd_store::{CommitError, Store};
use hours::Hours;
use http::header::AUTHORIZATION;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Rows that wait at the same time, at most.
const MOST_WAITING: usize = 5_000;
/// Kinds of refusals that are told apart within a minute, at most.
const MOST_KINDS: usize = 10_000;
/// Rows of one kind that are kept in a minute.
const A_MINUTE: u32 = 10;
/// Rows of one change.
const BATCH: usize = 200;

/// What refusals are counted by: realm, application, endpoint and code.
type Kind = (Arc<str>, Arc<str>, &'static str, ErrorCode);

/// How many of a kind came in this minute, and how many of them were not kept.
#[derive(Clone, Copy, Default)]
struct Count {
    kept: u32,
    passed_over: u32,
}

#[derive(Default)]
struct Waiting {
    rows: Vec<RefusedRecord>,
    kinds: HashMap<Kind, Count>,
    /// The minute that is counted, since 1970.
    minute: i64,
}

/// What waits to be written.
#[derive(Default)]
pub struct RefusedRequests {
    waiting: Mutex<Waiting>,
    hours: Hours,
    /// Held while a batch is on its way, so that the last flush of all waits for the one before.
    flushing: tokio::sync::Mutex<()>,
}

impl RefusedRequests {
    /// Whether one more of a kind is kept, and how many before it were not.
    fn admit(&self, kind: Kind, now: Timestamp) -> Option<u32> {
        let mut waiting = self.waiting();
        let minute = now.secs() / 60;
        if waiting.minute != minute {
            waiting.minute = minute;
            // What was passed over is told with the next one of its kind.
            waiting.kinds.retain(|_, count| {
                count.kept = 0;
                count.passed_over > 0
            });
        }
        let is_full = waiting.rows.len() >= MOST_WAITING;
        if waiting.kinds.len() >= MOST_KINDS && !waiting.kinds.contains_key(&kind) {
            return None;
        }
        let count = waiting.kinds.entry(kind).or_default();
        if is_full || count.kept >= A_MINUTE {
            count.passed_over = count.passed_over.saturating_add(1);
            return None;
        }
        count.kept += 1;
        Some(std::mem::take(&mut count.passed_over))
    }

    fn push(&self, row: RefusedRecord) {
        self.waiting().rows.push(row);
    }

    /// Writes everything that waits. What cannot be written waits on, as far as there is place.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn flush<S: Store>(
        &self,
        store: &S,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
    ) -> Result<(), CommitError> {
        let _turn = self.flushing.lock().await;
        self.hours.flush(store, clock, entropy).await?;
        let rows = std::mem::take(&mut self.waiting().rows);
        let batches = Batches {
            store,
            clock,
            entropy,
            size: BATCH,
        };
        batches.write(rows, Write::NoteRefused).await.map_err(|(fault, left)| {
            let mut waiting = self.waiting();
            let place = MOST_WAITING.saturating_sub(waiting.rows.len());
            waiting.rows.extend(left.into_iter().take(place));
            fault
        })
    }

    /// A panic elsewhere while the lock was held cannot have left half a row.
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts that a request was refused, and notes it where it is one of an application that somebody stands behind.
pub fn note(request: &Request<'_>, endpoint: &'static str, failure: &Failure) {
    match failure {
        Failure::Refused { error, .. } => note_error(request, endpoint, error),
        Failure::Limited(_) => note_error(request, endpoint, &too_many()),
        // What went wrong in here is nothing that a developer could mend.
        Failure::Fault(_) => count(request, endpoint, &failure.public(request.id).0),
    }
}

/// The same for an error that stands for itself.
pub fn note_error(request: &Request<'_>, endpoint: &'static str, error: &OAuthError) {
    count(request, endpoint, error);
    tell(request, endpoint, error);
}

/// Notes what is no mistake of anybody's, as the answer of a user who says no: for the developer, and in the metric.
pub fn note_step(request: &Request<'_>, endpoint: &'static str, error: &OAuthError) {
    measure(request, endpoint, error.code().as_str());
    tell(request, endpoint, error);
}

/// Notes a refusal for the developer alone.
pub fn tell_failure(request: &Request<'_>, endpoint: &'static str, failure: &Failure) {
    match failure {
        Failure::Refused { error, .. } => tell(request, endpoint, error),
        Failure::Limited(_) => tell(request, endpoint, &too_many()),
        Failure::Fault(_) => {}
    }
}

fn too_many() -> OAuthError {
    OAuthError::new(ErrorCode::SlowDown, "too many requests; try again later")
}

/// Counts a refusal alone. For operators it counts where it is one: not a step on the way, and no fault of this server.
pub fn count(request: &Request<'_>, endpoint: &'static str, error: &OAuthError) {
    let code = error.code().as_str();
    if is_counted(error.code()) {
        count_as(request, endpoint, code);
    } else {
        measure(request, endpoint, code);
    }
}

/// Counts a refusal by a name that is no code of OAuth, too.
pub fn count_as(request: &Request<'_>, endpoint: &'static str, why: &'static str) {
    let (app, realm) = (request.app, request.realm.name());
    measure(request, endpoint, why);
    app.refused.hours.count(realm, endpoint, why, request.now);
}

/// Counts in the metric alone, which has steps on the way, too.
pub fn measure(request: &Request<'_>, endpoint: &'static str, why: &'static str) {
    let metrics = &request.app.metrics;
    metrics.request_refused(request.realm.name(), endpoint, why);
}

/// Whether it is one of the refusals of an hour. A silent request that needs the user is answered so on purpose: the next one
/// brings a page.
const fn is_counted(code: ErrorCode) -> bool {
    let is_silent = matches!(
        code,
        ErrorCode::LoginRequired
            | ErrorCode::ConsentRequired
            | ErrorCode::InteractionRequired
            | ErrorCode::AccountSelectionRequired
    );
    is_refusal(code) && !is_silent
}

const fn is_refusal(code: ErrorCode) -> bool {
    !matches!(code, ErrorCode::ServerError | ErrorCode::TemporarilyUnavailable) && !is_a_step(code)
}

/// Notes a refusal that was counted elsewhere, for the developer of the application.
pub fn tell(request: &Request<'_>, endpoint: &'static str, error: &OAuthError) {
    let Some(client) = request.concerned.get().filter(|client| client.origin.is_vouched_for()) else {
        return;
    };
    if !is_refusal(error.code()) {
        return;
    }
    let (realm, client_id) = (Arc::clone(request.realm.name()), Arc::clone(&client.client_id));
    let kind = (realm, client_id, endpoint, error.code());
    if let Some(more) = request.app.refused.admit(kind, request.now) {
        request.app.refused.push(told(request, endpoint, error, client, more));
    }
}

fn told(
    request: &Request<'_>,
    endpoint: &'static str,
    error: &OAuthError,
    client: &ClientRecord,
    more: u32,
) -> RefusedRecord {
    let params = params(request, endpoint);
    let explained = explain(&Situation {
        endpoint,
        error,
        client,
        params: &params,
        method: method(request, &params),
        realm: &request.realm.config.realm,
    });
    RefusedRecord {
        id: RefusedId::draw(request.now, &*request.app.entropy),
        realm: Arc::clone(request.realm.name()),
        client_id: Arc::clone(&client.client_id),
        at: request.now,
        request: request.id.to_string(),
        endpoint: endpoint.to_owned(),
        error: error.code().as_str().to_owned(),
        says: error.description().to_owned(),
        cause: explained.cause.as_str().to_owned(),
        expected: explained.expected,
        got: explained.got,
        more,
    }
}

/// The request's parameters, as far as they can be read without anything of a dialect: they are for people.
fn params(request: &Request<'_>, endpoint: &str) -> RawParams {
    let read = match endpoint {
        "authorize" => wire::query(request.query()),
        "token" | "par" | "introspect" | "device_code" | "revoke" => wire::form(request.headers(), &request.body),
        _ => return RawParams::default(),
    };
    read.unwrap_or_default()
}

/// How the request authenticated, by the name of the method.
fn method(request: &Request<'_>, params: &RawParams) -> Option<&'static str> {
    let header = request.header(AUTHORIZATION).unwrap_or_default();
    let is_basic = header
        .get(..6)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("basic "));
    Some(match () {
        () if is_basic => "client_secret_basic",
        () if params.get("client_assertion").is_some() => "private_key_jwt",
        () if params.get("client_secret").is_some() => "client_secret_post",
        () => "none",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use grantd_protocol::entropy::counted::Counted;
    use grantd_store::memory::MemoryStore;

    fn kind(client_id: &str, code: ErrorCode) -> Kind {
        ("main".into(), client_id.into(), "token", code)
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_secs(second)
    }

    #[test]
    fn a_flood_of_one_kind_is_counted_and_takes_nothing_from_the_others() {
        let refused = RefusedRequests::default();
        let flood = || kind("app", ErrorCode::InvalidClient);
        let kept = (0..1000).filter(|_| refused.admit(flood(), at(60)).is_some()).count();
        assert_eq!(kept, 10);
        assert_eq!(refused.admit(kind("app", ErrorCode::InvalidGrant), at(61)), Some(0));
        assert_eq!(refused.admit(kind("other", ErrorCode::InvalidClient), at(61)), Some(0));
        // The next minute tells how many were passed over.
        assert_eq!(refused.admit(flood(), at(120)), Some(990));
        assert_eq!(refused.admit(flood(), at(121)), Some(0));
    }

    #[test]
    fn steps_on_the_way_are_no_refusals_of_an_hour_and_silent_answers_are_told_all_the_same() {
        for silent in [
            ErrorCode::LoginRequired,
            ErrorCode::ConsentRequired,
            ErrorCode::InteractionRequired,
        ] {
            assert!(!is_counted(silent) && is_refusal(silent), "{silent}");
        }
        for step in [ErrorCode::AuthorizationPending, ErrorCode::UseDpopNonce] {
            assert!(!is_counted(step) && !is_refusal(step), "{step}");
        }
        assert!(!is_counted(ErrorCode::ServerError));
        for refusal in [ErrorCode::InvalidClient, ErrorCode::SlowDown, ErrorCode::AccessDenied] {
            assert!(is_counted(refusal), "{refusal}");
        }
    }

    #[test]
    fn no_more_kinds_are_told_apart_than_there_is_place_for() {
        let refused = RefusedRequests::default();
        let apps = (0..MOST_KINDS + 100).map(|number| kind(&format!("app{number}"), ErrorCode::InvalidGrant));
        let kept = apps.filter(|kind| refused.admit(kind.clone(), at(1)).is_some()).count();
        assert_eq!((kept, refused.waiting().kinds.len()), (MOST_KINDS, MOST_KINDS));
        // A minute later there is place again.
        assert!(refused.admit(kind("late", ErrorCode::InvalidGrant), at(61)).is_some());
        assert_eq!(refused.waiting().kinds.len(), 1);
    }

    #[tokio::test]
    async fn what_waits_is_written_once() {
        let (refused, store, entropy) = (RefusedRequests::default(), MemoryStore::new(), Counted::default());
        let row = RefusedRecord {
            id: RefusedId::draw(at(1), &entropy),
            realm: "main".into(),
            client_id: "nobody".into(),
            at: at(1),
            request: String::new(),
            endpoint: String::new(),
            error: String::new(),
            says: String::new(),
            cause: String::new(),
            expected: None,
            got: None,
            more: 0,
        };
        refused.push(row);
        let clock = crate::ambient::SystemClock;
        refused.flush(&store, &clock, &entropy).await.unwrap();
        assert!(refused.waiting().rows.is_empty());
        // Of an application that is gone nothing is kept.
        assert!(store.refused("main", "nobody", None, 10).await.unwrap().rows.is_empty());
    }
}
