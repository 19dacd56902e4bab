//! Asking the authorization server about a credential (RFC 7662): opaque tokens and API keys, and tokens whose end must be seen
//! at once. Replies are kept for seconds, a bounded number of them, under hashes.

use super::bounded::BoundedMap;
use super::claims::Expectations;
use super::principal::{Kind, Principal};
use super::reason::{Fault, Reason};
use crate::clock::seconds;
use crate::error::Error;
use crate::exchange::{Form, Response, refusal};
use crate::flight::{Flights, locked};
use crate::oauth::credentials::Credentials;
use crate::oauth::metadata::{MetadataSource, object_of};
use grantd_jose::{Claims, sha256};
use http::HeaderMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// How many replies are kept.
pub(crate) const MAX_REPLIES: usize = 10_000;
/// How long a reply is kept, if nobody says otherwise.
pub(crate) const KEPT: Duration = Duration::from_secs(10);
/// How long a reply is kept at most: a revoked credential must not live on for longer.
const MAX_KEPT: Duration = Duration::from_secs(30);
/// How many questions are under way at most; others wait.
const MAX_ASKING: usize = 64;
/// For how long a credential that could not be asked about is not asked about again, in milliseconds; nor, where the server could
/// not be reached, what waited for its turn meanwhile.
const PAUSE: i64 = 1_000;
/// The longest credential that is asked about, in bytes.
const MAX_CREDENTIAL: usize = 16 * 1024;

/// The member of the metadata that says where reports of use go.
const USAGE: &str = "grantd_usage_endpoint";

type Name = [u8; 32];
type Outcome = Result<Principal, Reason>;

/// A reply, or why there is none, with the instant from which on it is good: before that the clock went back.
#[derive(Clone)]
struct Kept {
    since: i64,
    outcome: Result<Outcome, Error>,
}

/// Asks, and remembers for a moment. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Introspection(Arc<Inner>);

struct Inner {
    metadata: Arc<MetadataSource>,
    credentials: Credentials,
    expected: Arc<Expectations>,
    /// Milliseconds.
    kept: i64,
    replies: Mutex<BoundedMap<Name, Kept>>,
    asking: Semaphore,
    /// When the server could not be reached, and why.
    failure: Mutex<Option<(i64, Error)>>,
    flights: Flights<Name, Result<Outcome, Error>>,
}

impl Introspection {
    pub(crate) fn new(
        metadata: Arc<MetadataSource>,
        credentials: Credentials,
        expected: Arc<Expectations>,
        kept: Duration,
    ) -> Self {
        let http = metadata.http();
        let flights = Flights::new(Arc::clone(&http.clock), http.timeout);
        Self(Arc::new(Inner {
            metadata,
            credentials,
            expected,
            kept: i64::try_from(kept.min(MAX_KEPT).as_millis()).unwrap_or(0),
            replies: Mutex::new(BoundedMap::new(MAX_REPLIES)),
            asking: Semaphore::new(MAX_ASKING),
            failure: Mutex::default(),
            flights,
        }))
    }

    /// What the server says of a credential: a reason when it is not good, a fault when it did not say.
    pub(crate) async fn verify(&self, token: &str) -> Result<Principal, Fault> {
        if token.is_empty() || token.len() > MAX_CREDENTIAL || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Reason::Malformed.into());
        }
        let inner = &self.0;
        let (name, clock) = (sha256(token.as_bytes()), &inner.metadata.http().clock);
        let outcome = match inner.known(&name, clock.now()) {
            Some(outcome) => outcome?,
            // Where nothing is remembered, nobody is told what was so before they asked.
            None if inner.kept <= 0 => inner.fetch(name, token.to_owned()).await?,
            None => {
                let asked = inner.flights.join(name, || {
                    let (inner, token) = (Arc::clone(inner), token.to_owned());
                    async move { inner.fetch(name, token).await }
                });
                asked.await.map_err(Error::from)??
            }
        };
        let principal = outcome?;
        // What is remembered may have ended meanwhile.
        if inner.expected.has_ended(principal.expires_at(), seconds(&**clock)) {
            return Err(Reason::Expired.into());
        }
        Ok(principal)
    }

    /// Tells the server that permissions were used by this credential, where it takes no reports.
    pub(crate) async fn tell(&self, token: &str, scopes: &str) -> Result<(), Error> {
        let form = Form::default().with("token", token).with("scope", scopes);
        self.0.ask(form).await.map(drop)
    }

    /// Whether the server takes reports of use.
    pub(crate) async fn takes_reports(&self) -> Result<bool, Error> {
        Ok(self.0.metadata.get().await?.has(USAGE))
    }

    /// Reports uses, as the JSON that the server reads. Of several reports with one name it counts the first.
    pub(crate) async fn report(&self, uses: &str, id: &str) -> Result<(), Error> {
        let form = Form::default().with("uses", uses).with("report_id", id);
        let reply = self.0.post(USAGE, form).await?;
        match refusal(&reply) {
            Some(refusal) => Err(Error::OAuth(refusal)),
            None => object_of(&reply, "answer to a report").map(drop),
        }
    }
}

impl Inner {
    fn known(&self, name: &Name, now: i64) -> Option<Result<Outcome, Error>> {
        let kept = locked(&self.replies).get(name, now)?;
        (kept.since <= now).then_some(kept.outcome)
    }

    async fn fetch(&self, name: Name, token: String) -> Result<Outcome, Error> {
        let free = self.asking.try_acquire().ok();
        let has_waited = free.is_none();
        let _turn = match free {
            Some(turn) => turn,
            None => self.turn().await?,
        };
        let clock = &self.metadata.http().clock;
        let now = clock.now();
        // Somebody may have asked between our look and our turn.
        if let Some(known) = self.known(&name, now) {
            return known;
        }
        if has_waited {
            self.check_pause(now)?;
        }
        let asked = self.ask(Form::default().with("token", token.as_str())).await;
        self.note(clock.now(), asked.as_ref().err());
        let reply = match asked {
            Ok(reply) => reply,
            Err(error) => {
                let at = clock.now();
                self.keep(name, at, at.saturating_add(PAUSE), Err(error.clone()));
                return Err(error);
            }
        };
        let outcome = self.read(&token, reply, now.div_euclid(1000));
        let end = match &outcome {
            Ok(principal) => principal.expires_at(),
            Err(_) => None,
        };
        let until = end
            .map_or(i64::MAX, |end| end.saturating_mul(1000))
            .min(now.saturating_add(self.kept));
        self.keep(name, now, until, Ok(outcome.clone()));
        Ok(outcome)
    }

    /// Waits for a place. What holds one in a runtime that nobody drives any more is given up.
    async fn turn(&self) -> Result<SemaphorePermit<'_>, Error> {
        let http = self.metadata.http();
        loop {
            tokio::select! {
                biased;
                // It is never closed.
                turn = self.asking.acquire() => return turn.map_err(|_| Error::Interrupted),
                () = http.clock.sleep(http.timeout) => {}
            }
            self.flights.give_up_left().await;
        }
    }

    fn keep(&self, name: Name, since: i64, until: i64, outcome: Result<Outcome, Error>) {
        if until > since && self.kept > 0 {
            locked(&self.replies).put(name, Kept { since, outcome }, until);
        }
    }

    /// Notes whether the server could be reached.
    fn note(&self, now: i64, error: Option<&Error>) {
        let failure = error.filter(|error| matches!(error, Error::Network { .. } | Error::Timeout { .. }));
        *locked(&self.failure) = failure.map(|error| (now, error.clone()));
    }

    /// What was wrong a moment ago is wrong still.
    fn check_pause(&self, now: i64) -> Result<(), Error> {
        match &*locked(&self.failure) {
            Some((at, error)) if (*at..at.saturating_add(PAUSE)).contains(&now) => Err(error.clone()),
            _ => Ok(()),
        }
    }

    fn read(&self, token: &str, reply: Claims, now: i64) -> Outcome {
        match reply.bool("active") {
            Ok(Some(true)) => {}
            _ => return Err(Reason::Inactive),
        }
        let kind = reply.str("token_type")?.map(str::to_ascii_lowercase);
        let kind = match kind.as_deref() {
            Some("api_key") => Kind::ApiKey,
            Some("bearer" | "dpop") => Kind::Opaque,
            // A refresh token is active too, and no access token.
            _ => return Err(Reason::Type),
        };
        self.expected.judge(token, kind, reply, now)
    }

    /// A reply that is one: of 200, with `active`.
    async fn ask(&self, form: Form) -> Result<Claims, Error> {
        let reply = self.post("introspection_endpoint", form).await?;
        if let Some(refusal) = refusal(&reply) {
            return Err(Error::OAuth(refusal));
        }
        let claims = Claims::from_members(object_of(&reply, "introspection")?);
        match claims.bool("active") {
            Ok(Some(_)) => Ok(claims),
            _ => Err(Error::reply(
                "the introspection reply does not say whether the token is active",
                200,
            )),
        }
    }

    /// Posts a form as the API's own client.
    async fn post(&self, endpoint: &str, form: Form) -> Result<Response, Error> {
        let metadata = self.metadata.get().await?;
        let url = metadata.endpoint(endpoint)?;
        let http = self.metadata.http();
        let (mut headers, now) = (HeaderMap::new(), seconds(&*http.clock));
        let form = self
            .credentials
            .prove(form, &mut headers, self.metadata.issuer(), now)?;
        http.post(url, headers, &form).await
    }
}
