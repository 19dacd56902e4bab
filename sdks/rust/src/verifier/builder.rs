//! What a verifier is made of, and how its parts are put together.

use super::claims::Expectations;
use super::introspection::{Introspection, KEPT};
use super::key_set::KeySet;
use super::proof::{ProofChecker, ProofMemory};
use super::refusal::Challenges;
#[cfg(feature = "tower")]
use super::refusal::Refusal;
use super::seen;
use super::status_list::StatusLists;
use super::usage::{Sink, Usage, UsageSink};
#[cfg(feature = "tower")]
use super::verify::OnRefusal;
use super::verify::{Inner, Nonce, Verifier};
use crate::clock::{Clock, SystemClock};
use crate::error::Error;
use crate::exchange::{Http, ReqwestTransport, TIMEOUT, Transport, check_timeout, shown};
use crate::oauth::credentials::Credentials;
use crate::oauth::metadata::MetadataSource;
use grantd_protocol::dpop::TargetUri;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// The most by which clocks may differ, in seconds.
const MAX_LEEWAY: u32 = 300;

/// What a verifier is made with.
#[derive(Clone)]
pub struct VerifierBuilder {
    issuer: String,
    audience: Vec<String>,
    origin: Option<String>,
    introspection: Option<Credentials>,
    kept: Duration,
    introspects_jwts: bool,
    follows_lists: bool,
    types: Vec<String>,
    tenant_claim: Option<Arc<str>>,
    leeway: u32,
    memory: Option<Arc<dyn ProofMemory>>,
    memory_size: usize,
    #[cfg(feature = "tower")]
    on_refusal: Option<OnRefusal>,
    nonce: Option<Nonce>,
    usage: Option<(Duration, Option<Arc<dyn UsageSink>>)>,
    challenges: Challenges,
    timeout: Duration,
    transport: Option<Arc<dyn Transport>>,
    clock: Arc<dyn Clock>,
}

impl VerifierBuilder {
    pub(super) fn new(issuer: String, audience: String) -> Self {
        Self {
            issuer,
            audience: vec![audience],
            origin: None,
            introspection: None,
            kept: KEPT,
            introspects_jwts: false,
            follows_lists: true,
            types: vec!["at+jwt".to_owned()],
            tenant_claim: None,
            leeway: 30,
            memory: None,
            memory_size: seen::SIZE,
            #[cfg(feature = "tower")]
            on_refusal: None,
            nonce: None,
            usage: None,
            challenges: Challenges::default(),
            timeout: TIMEOUT,
            transport: None,
            clock: Arc::new(SystemClock),
        }
    }

    /// Another name that this API has in tokens.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience.push(audience.into());
        self
    }

    /// Where clients reach this API (`https://api.example.com`). Without it a proof's address is compared with `Host`, or with
    /// `:authority` in HTTP/2; with it these are not looked at.
    #[must_use]
    pub fn origin(mut self, origin: impl Into<String>) -> Self {
        self.origin = Some(origin.into());
        self
    }

    /// The API's own client, which may introspect. Needed for opaque tokens and API keys.
    #[must_use]
    pub fn introspection(mut self, credentials: Credentials) -> Self {
        self.introspection = Some(credentials);
        self
    }

    /// How long an introspection reply is believed; 10 s if not given, 30 s at most.
    #[must_use]
    pub const fn introspection_cache(mut self, kept: Duration) -> Self {
        self.kept = kept;
        self
    }

    /// Introspects JWTs too, so that a revoked one is refused at once.
    #[must_use]
    pub const fn introspect_jwts(mut self) -> Self {
        self.introspects_jwts = true;
        self
    }

    /// Does not follow the status lists that JWTs name.
    #[must_use]
    pub const fn without_status_lists(mut self) -> Self {
        self.follows_lists = false;
        self
    }

    /// The `typ` of access tokens; `at+jwt` if not given.
    #[must_use]
    pub fn types<S: Into<String>>(mut self, types: impl IntoIterator<Item = S>) -> Self {
        self.types = types.into_iter().map(Into::into).collect();
        self
    }

    /// The claim that names the tenant.
    #[must_use]
    pub fn tenant_claim(mut self, name: &str) -> Self {
        self.tenant_claim = Some(name.into());
        self
    }

    /// Seconds by which clocks may differ; 30 if not given, 300 at most.
    #[must_use]
    pub const fn leeway(mut self, seconds: u32) -> Self {
        self.leeway = seconds;
        self
    }

    /// Remembers proofs for several processes; each remembers its own, if not given.
    #[must_use]
    pub fn proof_memory(mut self, memory: impl ProofMemory) -> Self {
        self.memory = Some(Arc::new(memory));
        self
    }

    /// How many proofs this process remembers at once; 100,000 if not given. Each is remembered for 71 s. One client has half of them
    /// at most, and where there is no room requests get 503.
    #[must_use]
    pub const fn proof_memory_size(mut self, proofs: usize) -> Self {
        self.memory_size = proofs;
        self
    }

    /// Is told of each request that the layer or an extractor refuses, with the refusal, its cause as its
    /// [`source`](std::error::Error::source), and the request without its body: for logs. A panic of it changes no reply.
    #[cfg(feature = "tower")]
    #[must_use]
    pub fn on_refusal(mut self, tell: impl Fn(&Refusal, &http::request::Parts) + Send + Sync + 'static) -> Self {
        self.on_refusal = Some(Arc::new(tell));
        self
    }

    /// The nonce that proofs must carry, where the API asks for one.
    #[must_use]
    pub fn proof_nonce(mut self, nonce: impl Fn() -> Option<String> + Send + Sync + 'static) -> Self {
        self.nonce = Some(Arc::new(nonce));
        self
    }

    /// Reports which permissions are used to the authorization server, this often. Needs introspection, whose client
    /// reports.
    #[must_use]
    pub fn usage(mut self, every: Duration) -> Self {
        self.usage = Some((every, None));
        self
    }

    /// Reports which permissions are used to somebody else, this often, with exact counts.
    #[must_use]
    pub fn usage_to(mut self, every: Duration, sink: impl UsageSink) -> Self {
        self.usage = Some((every, Some(Arc::new(sink))));
        self
    }

    /// What the API says of itself in its refusals.
    #[must_use]
    pub fn challenges(mut self, challenges: Challenges) -> Self {
        self.challenges = challenges;
        self
    }

    crate::surroundings::setters!();

    /// The verifier.
    ///
    /// # Errors
    /// [`Error::Configuration`] when an option is out of its bounds, or two contradict each other.
    pub fn build(self) -> Result<Verifier, Error> {
        self.check()?;
        let metadata = Arc::new(MetadataSource::new(&self.issuer, self.http()?)?);
        let keys = KeySet::new(Arc::clone(&metadata));
        let leeway = i64::from(self.leeway);
        let lists = StatusLists::new(Arc::clone(&metadata), keys.clone(), leeway);
        let expected = Arc::new(Expectations {
            issuer: self.issuer,
            audience: self.audience,
            leeway,
            tenant_claim: self.tenant_claim,
            types: self.types,
        });
        let introspection = match self.introspection {
            Some(credentials) => {
                credentials.check()?;
                Some(Introspection::new(
                    metadata,
                    credentials,
                    Arc::clone(&expected),
                    self.kept,
                ))
            }
            None if self.introspects_jwts => return Err(Error::configuration("introspect_jwts needs introspection")),
            None => None,
        };
        let usage = match self.usage {
            Some((every, sink)) => Some(Usage::new(
                sink_of(sink, introspection.as_ref())?,
                self.clock.clone(),
                every,
            )),
            None => None,
        };
        Ok(Verifier::of(Inner {
            expected,
            keys,
            lists: self.follows_lists.then_some(lists),
            introspection,
            introspects_jwts: self.introspects_jwts,
            proofs: ProofChecker::new(self.clock, self.memory, self.memory_size),
            nonce: self.nonce,
            usage,
            challenges: Arc::new(self.challenges),
            origin: self.origin,
            #[cfg(feature = "tower")]
            on_refusal: self.on_refusal,
        }))
    }

    fn check(&self) -> Result<(), Error> {
        let wrong = if self.audience.iter().any(String::is_empty) {
            "the audience is missing"
        } else if self.leeway > MAX_LEEWAY {
            "the leeway must be at most 300 seconds"
        } else if self.types.is_empty() || self.types.iter().any(String::is_empty) {
            "there must be a typ that is accepted"
        } else if self.tenant_claim.as_deref() == Some("") {
            "the tenant's claim must have a name"
        } else if self.memory_size < 2 {
            "the memory of proofs must have room for two clients"
        } else if self.usage.as_ref().is_some_and(|(every, _)| every.is_zero()) {
            "the time between two reports must be above 0"
        } else if self.origin.as_deref().is_some_and(|origin| !is_origin(origin)) {
            "the origin must be an http or https address without user information, path and query"
        } else {
            check_timeout(self.timeout)?;
            return self.challenges.check();
        };
        Err(Error::configuration(wrong))
    }

    fn http(&self) -> Result<Http, Error> {
        Ok(Http {
            transport: match &self.transport {
                Some(transport) => Arc::clone(transport),
                None => Arc::new(ReqwestTransport::new()?),
            },
            clock: Arc::clone(&self.clock),
            timeout: self.timeout,
        })
    }
}

fn is_origin(text: &str) -> bool {
    // What a URL is read from more generously than an address of a proof.
    let host = text
        .split_once("://")
        .map(|(_, rest)| rest.strip_suffix('/').unwrap_or(rest));
    let url = Url::parse(text).ok().filter(|_| TargetUri::parse(text).is_some());
    let url = url.filter(|_| host.is_some_and(|host| !host.contains(['/', '\\'])));
    url.is_some_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.path() == "/" && !text.contains(['?', '#', '@'])
    })
}

fn sink_of(own: Option<Arc<dyn UsageSink>>, introspection: Option<&Introspection>) -> Result<Sink, Error> {
    match (own, introspection) {
        (Some(sink), _) => Ok(Sink::Own(sink)),
        (None, Some(introspection)) => Ok(Sink::Server(introspection.clone())),
        (None, None) => Err(Error::configuration(
            "usage needs introspection, or somebody who takes the reports",
        )),
    }
}

impl fmt::Debug for VerifierBuilder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("VerifierBuilder")
            .field("issuer", &shown(&self.issuer))
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}
