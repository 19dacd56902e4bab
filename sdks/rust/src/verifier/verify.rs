//! The verifier: what an API asks about each request. It decides which parts a credential needs.

use super::binding;
use super::builder::VerifierBuilder;
use super::claims::Expectations;
use super::introspection::Introspection;
use super::jwt;
use super::key_set::KeySet;
use super::presented::{Presented, RequestFacts, Scheme, presented};
use super::principal::{Kind, Principal};
use super::proof::{ProofChecker, ProofFor};
use super::reason::{Fault, Reason};
use super::refusal::{Challenges, Refusal};
use super::status_list::StatusLists;
use super::usage::Usage;
#[cfg(feature = "axum")]
use crate::error::Error;
use http::request::Parts;
use std::fmt;
#[cfg(feature = "tower")]
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Says which nonce proofs must carry now.
pub(super) type Nonce = Arc<dyn Fn() -> Option<String> + Send + Sync>;

/// Is told of refused requests.
#[cfg(feature = "tower")]
pub(super) type OnRefusal = Arc<dyn Fn(&Refusal, &Parts) + Send + Sync>;

/// Verifies what requests present. Cheap to clone; nothing is fetched before the first request.
#[derive(Clone)]
pub struct Verifier(Arc<Inner>);

/// Its parts.
pub(super) struct Inner {
    pub(super) expected: Arc<Expectations>,
    pub(super) keys: KeySet,
    pub(super) lists: Option<StatusLists>,
    pub(super) introspection: Option<Introspection>,
    pub(super) introspects_jwts: bool,
    pub(super) proofs: ProofChecker,
    pub(super) nonce: Option<Nonce>,
    pub(super) usage: Option<Usage>,
    pub(super) challenges: Arc<Challenges>,
    pub(super) origin: Option<String>,
    #[cfg(feature = "tower")]
    pub(super) on_refusal: Option<OnRefusal>,
}

impl Verifier {
    /// Begins a verifier of this issuer's tokens for an API that is called `audience` in them.
    pub fn builder(issuer: impl Into<String>, audience: impl Into<String>) -> VerifierBuilder {
        VerifierBuilder::new(issuer.into(), audience.into())
    }

    pub(super) fn of(parts: Inner) -> Self {
        Self(Arc::new(parts))
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

    /// What guards do with a request: who asks is found out once, and each guard asks for permissions of its own. A proof cannot be
    /// used twice. A request that presents something else by now is another one.
    #[cfg(feature = "tower")]
    pub(super) async fn admit(&self, parts: &mut Parts, scopes: &[&str]) -> Result<(), Refusal> {
        let known = parts.extensions.get::<Principal>();
        let admitted = match known.filter(|principal| self.is_who_asks(principal, parts)) {
            Some(principal) => self.authorize(principal, scopes).map(|()| None),
            None => self.authenticate_parts(parts, scopes).await.map(Some),
        };
        match admitted {
            Ok(verified) => {
                if let Some(principal) = verified {
                    parts.extensions.insert(principal);
                }
                Ok(())
            }
            Err(refusal) => Err(self.told(refusal, parts)),
        }
    }

    #[cfg(feature = "tower")]
    fn is_who_asks(&self, principal: &Principal, parts: &Parts) -> bool {
        let presented = presented(&parts.headers, self.0.introspection.is_some());
        principal.is_of(&self.0.expected) && presented.is_ok_and(|shown| shown.token == principal.expose_token())
    }

    /// Tells whoever runs the API of a refusal. What goes wrong there changes no reply.
    #[cfg(feature = "tower")]
    pub(super) fn told(&self, refusal: Refusal, parts: &Parts) -> Refusal {
        if let Some(tell) = &self.0.on_refusal {
            let _ = catch_unwind(AssertUnwindSafe(|| tell(&refusal, parts)));
        }
        refusal
    }

    /// Sends what was counted of uses. Call it before the process ends.
    pub async fn flush_usage(&self) {
        if let Some(usage) = &self.0.usage {
            usage.flush().await;
        }
    }

    /// How many uses will be in no report: those beyond 10,000 lines, and those of reports that the server refused, takes no
    /// more, or did not answer for twelve hours.
    #[must_use]
    pub fn usage_dropped(&self) -> u64 {
        self.0.usage.as_ref().map_or(0, Usage::dropped)
    }

    /// The same with its cause.
    #[cfg(feature = "axum")]
    pub(super) fn refuse_for(&self, reason: Reason, cause: Error) -> Refusal {
        let fault = Fault {
            cause: Some(cause),
            ..reason.into()
        };
        self.refusal(fault, &[], None)
    }

    fn refusal(&self, fault: Fault, scopes: &[&str], tried: Option<Scheme>) -> Refusal {
        Refusal::of(fault, scopes, tried, Arc::clone(&self.0.challenges))
    }
}

impl Inner {
    async fn verify(&self, presented: Presented<'_>, facts: Option<&RequestFacts<'_>>) -> Result<Principal, Fault> {
        let principal = self.look(presented.token).await?;
        let (is_key, confirmation) = (principal.kind() == Kind::ApiKey, principal.confirmation());
        if is_key && confirmation.is_none() && presented.scheme == Scheme::Bearer {
            return Ok(principal);
        }
        // A key may come as a bearer token too; a token never as a key.
        if presented.is_key && !is_key {
            return Err(Reason::Scheme.into());
        }
        let jkt = binding::key(confirmation, presented.scheme)?;
        binding::certificate(confirmation, facts.and_then(|facts| facts.certificate.as_deref()))?;
        if let (Some(jkt), Some(facts)) = (jkt, facts) {
            self.check_proof(&principal, jkt, facts).await?;
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

    async fn check_proof(&self, principal: &Principal, jkt: &str, facts: &RequestFacts<'_>) -> Result<(), Fault> {
        let proofs: Vec<&[u8]> = facts
            .headers
            .get_all("dpop")
            .iter()
            .map(|value| value.as_bytes())
            .collect();
        let request = ProofFor {
            method: &facts.method,
            url: &facts.url,
            token: principal.expose_token(),
            jkt,
            client: principal.client_id(),
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
