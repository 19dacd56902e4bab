//! Proofs of possession (RFC 9449), as an API checks them: whoever made one holds the private key. Must not know the token's
//! other claims.

use super::jwt::ALGORITHMS;
use super::reason::{Fault, Reason};
use super::seen::Seen;
use crate::clock::{BoxFuture, Clock, seconds};
use crate::error::{Cause, Error};
use crate::flight::locked;
use grantd_jose::{
    Claims, HeaderPolicy, Jws, JwsError, UnverifiedJws, VerifyingKey, base64url_encode, constant_time_eq, sha256,
};
use grantd_protocol::dpop::TargetUri;
use std::sync::{Arc, Mutex};

/// How old a proof may be, in seconds, exclusively.
const BEHIND: i64 = 60;
/// How far ahead a proof may be, in seconds.
const AHEAD: i64 = 10;
/// The longest proof, in bytes.
const MAX_PROOF: usize = 4096;
/// The longest `jti`, in bytes.
const MAX_JTI: usize = 256;
/// Seconds for which a proof can be used.
pub(crate) const WINDOW: i64 = BEHIND + AHEAD + 1;

/// Remembers proofs that were used, for as long as they could be used again: where an API has several processes, for all of
/// them.
pub trait ProofMemory: Send + Sync + 'static {
    /// Takes a proof, named by a hash; `false` when it was taken before. It may be forgotten at `until`, in milliseconds
    /// since 1970.
    fn take<'a>(&'a self, proof: &'a str, until: i64) -> BoxFuture<'a, Result<bool, Cause>>;
}

/// What a proof must be for.
pub(crate) struct ProofFor<'r> {
    pub(crate) method: &'r str,
    pub(crate) url: &'r str,
    pub(crate) token: &'r str,
    /// The thumbprint of the key that the token is bound to.
    pub(crate) jkt: &'r str,
    /// Whose proof it is, where the token says it.
    pub(crate) client: Option<&'r str>,
    /// The nonce that it must carry, where the API asks for one.
    pub(crate) nonce: Option<String>,
}

pub(crate) struct ProofChecker {
    clock: Arc<dyn Clock>,
    memory: Option<Arc<dyn ProofMemory>>,
    own: Mutex<Seen>,
}

impl ProofChecker {
    pub(crate) fn new(clock: Arc<dyn Clock>, memory: Option<Arc<dyn ProofMemory>>, size: usize) -> Self {
        Self {
            clock,
            memory,
            own: Mutex::new(Seen::new(size)),
        }
    }

    /// Checks a request's proof, and uses it up.
    pub(crate) async fn check(&self, proofs: &[&[u8]], request: &ProofFor<'_>) -> Result<(), Fault> {
        let proof = match proofs {
            [] | [b""] => return Err(Reason::ProofMissing.into()),
            [proof] => *proof,
            _ => return Err(Reason::ProofMalformed.into()),
        };
        let policy = HeaderPolicy {
            max_bytes: MAX_PROOF,
            ..HeaderPolicy::EMBEDDED_KEY
        };
        let jws = Jws::parse(proof, &policy).map_err(reason_of)?;
        let key = key_of(&jws)?;
        let claims = jws.verify(&key).map_err(|_| Reason::ProofSignature)?.claims();
        let claims = claims.map_err(|_| Reason::ProofMalformed)?;
        let jti = self.check_claims(&claims, request)?;
        let thumbprint = key.thumbprint().to_string();
        if !constant_time_eq(thumbprint.as_bytes(), request.jkt.as_bytes()) {
            return Err(Reason::Key.into());
        }
        self.take(&thumbprint, &jti, request.client).await
    }

    fn check_claims(&self, claims: &Claims, request: &ProofFor<'_>) -> Result<String, Fault> {
        let text = |name| claims.str(name).map_err(|_| Reason::ProofMalformed);
        let jti = text("jti")?.filter(|jti| (1..=MAX_JTI).contains(&jti.len()));
        let (Some(jti), Some(htm), Some(htu)) = (jti, text("htm")?, text("htu")?) else {
            return Err(Reason::ProofMalformed.into());
        };
        let issued_at = claims
            .required_numeric_date("iat")
            .map_err(|_| Reason::ProofMalformed)?;
        let (ath, nonce) = (text("ath")?, text("nonce")?);
        if htm != request.method {
            return Err(Reason::ProofMethod.into());
        }
        let target = TargetUri::parse(htu);
        if target.is_none() || target != TargetUri::parse(request.url) {
            return Err(Reason::ProofUrl.into());
        }
        let now = seconds(&*self.clock);
        if issued_at <= now - BEHIND || issued_at > now + AHEAD {
            return Err(Reason::ProofTime.into());
        }
        let expected = base64url_encode(sha256(request.token.as_bytes()));
        if !ath.is_some_and(|ath| constant_time_eq(ath.as_bytes(), expected.as_bytes())) {
            return Err(Reason::ProofTokenHash.into());
        }
        if request.nonce.is_some() && nonce != request.nonce.as_deref() {
            return Err(Fault {
                nonce: request.nonce.clone(),
                ..Reason::ProofNonce.into()
            });
        }
        Ok(jti.to_owned())
    }

    async fn take(&self, thumbprint: &str, jti: &str, client: Option<&str>) -> Result<(), Fault> {
        let name = sha256(format!("{thumbprint}.{jti}").as_bytes());
        let now = self.clock.now();
        let is_first = match &self.memory {
            Some(memory) => {
                let until = now.saturating_add(WINDOW * 1000);
                let taken = memory.take(&base64url_encode(name), until).await;
                taken.map_err(Error::Store)?
            }
            None => {
                let taken = locked(&self.own).take(name, client.unwrap_or(thumbprint), now);
                taken.map_err(|_| Error::reply("the memory of used proofs is full", 503))?
            }
        };
        if is_first {
            Ok(())
        } else {
            Err(Reason::ProofReplayed.into())
        }
    }
}

/// The key in the header, which fits the algorithm.
fn key_of(jws: &UnverifiedJws<'_>) -> Result<VerifyingKey, Reason> {
    let header = jws.header();
    if !header.typ_is("dpop+jwt") {
        return Err(Reason::ProofType);
    }
    if !ALGORITHMS.contains(&header.alg()) {
        return Err(Reason::ProofAlgorithm);
    }
    let jwk = header.jwk().ok_or(Reason::ProofKey)?;
    VerifyingKey::from_jwk(jwk, &[header.alg()]).map_err(|_| Reason::ProofKey)
}

const fn reason_of(error: JwsError) -> Reason {
    match error {
        JwsError::EmbeddedKey(_) | JwsError::EmbeddedKeyMissing => Reason::ProofKey,
        JwsError::Unsecured | JwsError::Symmetric | JwsError::UnknownAlgorithm => Reason::ProofAlgorithm,
        _ => Reason::ProofMalformed,
    }
}
