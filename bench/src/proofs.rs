//! Proofs of possession (RFC 9449) as clients make them, before the slice that sends them: what is measured is how they are
//! looked at.
//!
//! It uses the signing primitive itself and none of the product's code.
#![expect(
    clippy::disallowed_methods,
    reason = "a proof carries the time at which it was made, and the measurement has no other clock"
)]

use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::script::Value;

/// About as long as one is.
pub(crate) const BYTES: usize = 470;

/// A key for each client.
pub(crate) struct Provers {
    /// The encoded header, which names the key, and the key.
    keys: Vec<(String, EcdsaKeyPair)>,
    random: SystemRandom,
    /// What the proofs are for.
    url: String,
    /// Proofs for one slice.
    count: u64,
    /// Proofs made so far: no two have one `jti`.
    made: AtomicU64,
}

impl Debug for Provers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provers").field("keys", &self.keys.len()).finish()
    }
}

impl Provers {
    /// Keys for so many clients, whose proofs are for `POST` at `url`, `count` at a time.
    pub(crate) fn new(clients: usize, url: &str, count: u64) -> Result<Self> {
        let keys = (0..clients).map(|_| key()).collect::<Result<_>>()?;
        Ok(Self {
            keys,
            random: SystemRandom::new(),
            url: url.to_owned(),
            count,
            made: AtomicU64::new(0),
        })
    }

    /// Fresh proofs, from all clients in turn.
    pub(crate) fn prove(&self) -> Result<Vec<Value>> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let clients = (0..self.keys.len()).cycle();
        let mut proofs = Vec::new();
        for (_, client) in (0..self.count).zip(clients) {
            let (header, key) = self.keys.get(client).context("a client without a key")?;
            let number = self.made.fetch_add(1, Ordering::Relaxed);
            let claims = format!(
                r#"{{"jti":"bench-{number:020}","htm":"POST","htu":"{}","iat":{now}}}"#,
                self.url
            );
            let mut proof = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
            let signature = key.sign(&self.random, proof.as_bytes());
            let signature = signature.ok().context("signing a proof")?;
            proof.push('.');
            URL_SAFE_NO_PAD.encode_string(signature.as_ref(), &mut proof);
            proofs.push((client, proof));
        }
        Ok(proofs)
    }
}

fn key() -> Result<(String, EcdsaKeyPair)> {
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
    // An uncompressed point: a byte that says so, x, y (SEC 1 section 2.3.3).
    let point = key.public_key().as_ref();
    let part = |range| point.get(range).map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
    let (x, y) = part(1..33).zip(part(33..65)).context("a public key of another form")?;
    let header =
        format!(r#"{{"typ":"dpop+jwt","alg":"ES256","jwk":{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"}}}}"#);
    Ok((URL_SAFE_NO_PAD.encode(header), key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_proof_is_another_and_about_as_long_as_the_ceiling_takes_it_for() {
        let provers = Provers::new(2, "http://127.0.0.1:65000/bench/token", 5).unwrap();
        let mut proofs = provers.prove().unwrap();
        assert_eq!(
            proofs.iter().map(|(client, _)| *client).collect::<Vec<_>>(),
            [0, 1, 0, 1, 0]
        );
        proofs.extend(provers.prove().unwrap());
        for (_, proof) in &proofs {
            assert!(proof.len().abs_diff(BYTES) < 50, "{}", proof.len());
        }
        let mut texts: Vec<_> = proofs.into_iter().map(|(_, proof)| proof).collect();
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), 10);
    }
}
