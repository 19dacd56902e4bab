//! The verifier: what an API asks about each request. It puts the parts together and decides which of them a credential needs.

use super::binding;
use super::claims::Expectations;
use super::introspection::{Introspection, KEPT};
use super::jwt;
use super::key_set::KeySet;
use super::presented::{Presented, RequestFacts, Scheme, presented};
use super::principal::{Kind, Principal};
use super::proof::{ProofChecker, ProofFor, ProofMemory};
use super::reason::{Fault, Reason};
use super::refusal::{Challenges, Refusal};
use super::status_list::StatusLists;
use super::usage::{Sink, Usage, UsageSink};
use crate::clock::{Clock, SystemClock};
use crate::error::Error;
use crate::exchange::{Http, ReqwestTransport, TIMEOUT, Transport};
use crate::oauth::credentials::Credentials;
use crate::oauth::metadata::MetadataSource;
use http::HeaderMap;
use http::request::Parts;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

type Nonce = Arc<dyn Fn() -> Option<String> + Send + Sync>;

/// Verifies what requests present. Cheap to clone; nothing is fetched before the first request.
#[derive(Clone)]
pub struct Verifier(Arc<Inner>);

struct Inner {
    expected: Arc<Expectations>,
    keys: KeySet,
    lists: Option<StatusLists>,
    introspection: Option<Introspection>,
    introspects_jwts: bool,
    proofs: ProofChecker,
    nonce: Option<Nonce>,
    usage: Option<Usage>,
    challenges: Arc<Challenges>,
    origin: Option<String>,
}

impl Verifier {
    /// Begins a verifier of this issuer's tokens for an API that is called `audience` in them.
    pub fn builder(issuer: impl Into<String>, audience: impl Into<String>) -> VerifierBuilder {
        VerifierBuilder {
            issuer: issuer.into(),
            audience: vec![audience.into()],
            origin: None,
            introspection: None,
            kept: KEPT,
            introspects_jwts: false,
            follows_lists: true,
            types: vec!["at+jwt".to_owned()],
            tenant_claim: None,
            leeway: 30,
            memory: None,
            nonce: None,
            usage: None,
            challenges: Challenges::default(),
            timeout: TIMEOUT,
            transport: None,
            clock: Arc::new(SystemClock),
        }
    }

    /// Verifies a bearer token or an API key, as text. One that is bound to a key needs its request: see
    /// [`Verifier::authenticate`].
    ///
    /// # Errors
    /// A [`Refusal`] that says what is wrong.
    pub async fn verify(&self, token: &str) -> Result<Principal, Refusal> {
        let presented = Presented {
            token,
            scheme: Scheme::Bearer,
            is_key: false,
        };
        let verified = self.0.verify(presented, None).await;
        verified.map_err(|fault| self.refusal(fault, &[], Some(Scheme::Bearer)))
    }

    /// Verifies what a request presents, and that it permits what the request needs.
    ///
    /// # Errors
    /// A [`Refusal`] that says what is wrong.
    pub async fn authenticate(&self, facts: &RequestFacts<'_>, scopes: &[&str]) -> Result<Principal, Refusal> {
        let presented = presented(&facts.headers, self.0.introspection.is_some());
        let presented = presented.map_err(|reason| self.refusal(reason.into(), scopes, None))?;
        let tried = Some(presented.scheme);
        let verified = self.0.verify(presented, Some(facts)).await;
        let principal = verified.map_err(|fault| self.refusal(fault, scopes, tried))?;
        self.authorize(&principal, scopes)?;
        Ok(principal)
    }

    /// The same for a request as frameworks hand it over.
    ///
    /// # Errors
    /// A [`Refusal`] that says what is wrong.
    pub async fn authenticate_parts(&self, parts: &Parts, scopes: &[&str]) -> Result<Principal, Refusal> {
        let facts = RequestFacts::of(parts, self.0.origin.as_deref());
        self.authenticate(&facts, scopes).await
    }

    /// Checks permissions of a principal that was verified before, and counts them as used.
    ///
    /// # Errors
    /// A [`Refusal`] with what the request needs.
    pub fn authorize(&self, principal: &Principal, scopes: &[&str]) -> Result<(), Refusal> {
        if scopes.iter().any(|scope| !principal.permits(scope)) {
            let is_bound = principal
                .confirmation()
                .is_some_and(|confirmation| confirmation.jkt.is_some());
            let tried = if is_bound { Scheme::Dpop } else { Scheme::Bearer };
            return Err(self.refusal(Reason::Scope.into(), scopes, Some(tried)));
        }
        if let Some(usage) = &self.0.usage {
            usage.count(principal, scopes);
        }
        Ok(())
    }

    /// A refusal of this API's own, for a rule that the verifier does not know.
    #[must_use]
    pub fn refuse(&self, reason: Reason, scopes: &[&str]) -> Refusal {
        self.refusal(reason.into(), scopes, None)
    }

    /// Sends what was counted of uses. Call it before the process ends.
    pub async fn flush_usage(&self) {
        if let Some(usage) = &self.0.usage {
            usage.flush().await;
        }
    }

    fn refusal(&self, fault: Fault, scopes: &[&str], tried: Option<Scheme>) -> Refusal {
        Refusal::of(fault, scopes, tried, Arc::clone(&self.0.challenges))
    }
}

impl Inner {
    async fn verify(&self, presented: Presented<'_>, facts: Option<&RequestFacts<'_>>) -> Result<Principal, Fault> {
        let principal = self.look(presented.token).await?;
        if principal.kind() == Kind::ApiKey {
            return Ok(principal);
        }
        // A key may come as a bearer token too; a token never as a key.
        if presented.is_key {
            return Err(Reason::Scheme.into());
        }
        let confirmation = principal.confirmation();
        let jkt = binding::key(confirmation, presented.scheme)?;
        binding::certificate(confirmation, facts.and_then(|facts| facts.certificate.as_deref()))?;
        if let (Some(jkt), Some(facts)) = (jkt, facts) {
            self.check_proof(presented.token, jkt, facts).await?;
        }
        Ok(principal)
    }

    async fn look(&self, token: &str) -> Result<Principal, Fault> {
        if let Some(introspection) = self.introspection.as_ref().filter(|_| !jwt::looks_like_jwt(token)) {
            return introspection.verify(token).await;
        }
        let principal = jwt::verify(token, &self.keys, &self.expected).await?;
        if let Some(lists) = &self.lists {
            lists.check(principal.claims()).await?;
        }
        if let Some(introspection) = self.introspection.as_ref().filter(|_| self.introspects_jwts) {
            introspection.verify(token).await?;
        }
        Ok(principal)
    }

    async fn check_proof(&self, token: &str, jkt: &str, facts: &RequestFacts<'_>) -> Result<(), Fault> {
        let proofs: Vec<&[u8]> = facts
            .headers
            .get_all("dpop")
            .iter()
            .map(|value| value.as_bytes())
            .collect();
        let request = ProofFor {
            method: &facts.method,
            url: &facts.url,
            token,
            jkt,
            nonce: self.nonce.as_ref().and_then(|nonce| nonce()),
        };
        self.proofs.check(&proofs, &request).await
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Verifier")
            .field("issuer", &self.0.expected.issuer)
            .field("audience", &self.0.expected.audience)
            .finish_non_exhaustive()
    }
}

impl<'r> RequestFacts<'r> {
    /// Of a request's parts by name.
    #[must_use]
    pub fn new(method: &'r str, url: &'r str, headers: &'r HeaderMap) -> Self {
        Self {
            method: method.into(),
            url: url.into(),
            headers: Cow::Borrowed(headers),
            certificate: None,
        }
    }
}

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
    nonce: Option<Nonce>,
    usage: Option<(Duration, Option<Arc<dyn UsageSink>>)>,
    challenges: Challenges,
    timeout: Duration,
    transport: Option<Arc<dyn Transport>>,
    clock: Arc<dyn Clock>,
}

impl VerifierBuilder {
    /// Another name that this API has in tokens.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience.push(audience.into());
        self
    }

    /// Where clients reach this API (`https://api.example.com`). Without it a proof's address is compared with `Host`.
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

    /// Seconds by which clocks may differ; 30 if not given.
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

    /// For a request to the authorization server; 10 s if not given.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How requests reach the authorization server.
    #[must_use]
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// What time it is.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The verifier.
    ///
    /// # Errors
    /// [`Error::Configuration`] when the options contradict each other.
    pub fn build(self) -> Result<Verifier, Error> {
        if self.audience.iter().any(String::is_empty) {
            return Err(Error::configuration("the audience is missing"));
        }
        self.challenges.check()?;
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
        Ok(Verifier(Arc::new(Inner {
            expected,
            keys,
            lists: self.follows_lists.then_some(lists),
            introspection,
            introspects_jwts: self.introspects_jwts,
            proofs: ProofChecker::new(self.clock, self.memory),
            nonce: self.nonce,
            usage,
            challenges: Arc::new(self.challenges),
            origin: self.origin,
        })))
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
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}
