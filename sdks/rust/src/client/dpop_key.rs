//! A client's key for proofs of possession (RFC 9449), and the nonces that servers asked it to use.

use crate::clock::random_text;
use crate::error::Error;
use crate::flight::locked;
use crate::oauth::private_key::PrivateKey;
use grantd_jose::{Algorithm, Header, base64url_encode, sha256};
use grantd_protocol::Secret;
use grantd_protocol::dpop::TargetUri;
use http::HeaderMap;
use serde_json::json;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use url::Url;

/// How many origins' nonces are remembered.
const MAX_NONCES: usize = 100;
/// The longest nonce that is taken, in bytes.
const MAX_NONCE: usize = 512;

/// Makes proofs: tokens that were asked for with it work with it alone. Cheap to clone.
#[derive(Clone)]
pub struct DpopKey(Arc<Inner>);

struct Inner {
    key: PrivateKey,
    header: Header,
    nonces: Mutex<HashMap<String, String>>,
}

impl DpopKey {
    /// A new key. [`DpopKey::to_pem`] keeps it beyond this process; without, what is bound to it is worthless afterwards.
    ///
    /// # Errors
    /// [`Error::Configuration`] when the system cannot make one.
    pub fn generate() -> Result<Self, Error> {
        PrivateKey::generate(Algorithm::ES256).map(Self::from_key)
    }

    /// The private key as PEM (PKCS#8, RFC 7468 section 10), to keep it. [`PrivateKey::from_pem`] reads it.
    ///
    /// # Errors
    /// [`Error::Configuration`] when the system cannot write it.
    pub fn to_pem(&self) -> Result<Secret, Error> {
        self.0.key.to_pem()
    }

    /// A key that was kept.
    #[must_use]
    pub fn from_key(key: PrivateKey) -> Self {
        let header = Header::with_embedded_key(&key.key, "dpop+jwt");
        Self(Arc::new(Inner {
            key,
            header,
            nonces: Mutex::default(),
        }))
    }

    /// The thumbprint that tokens are bound to (`cnf.jkt`).
    #[must_use]
    pub fn thumbprint(&self) -> String {
        self.0.key.thumbprint()
    }

    /// A proof for one request at `now`, in seconds since 1970. With a token it is for an API, without for the
    /// authorization server.
    ///
    /// # Errors
    /// When the key cannot sign. [`Error::Configuration`] for an address that no proof can name: without its query longer than
    /// 2,048 bytes, with user information, or with a percent sign that begins no encoding.
    pub fn proof(&self, method: &str, url: &Url, now: i64, access_token: Option<&str>) -> Result<String, Error> {
        let mut target = url.clone();
        target.set_query(None);
        target.set_fragment(None);
        if TargetUri::parse(target.as_str()).is_none() {
            return Err(Error::configuration("no proof can name the request's address"));
        }
        let mut claims = json!({ "jti": random_text::<16>(), "htm": method, "htu": target.as_str(), "iat": now });
        if let Some(members) = claims.as_object_mut() {
            members.extend(access_token.map(|token| ("ath".to_owned(), token_hash(token).into())));
            let nonce = locked(&self.0.nonces).get(&origin(url)).cloned();
            members.extend(nonce.map(|nonce| ("nonce".to_owned(), nonce.into())));
        }
        self.0.key.sign_under(&self.0.header, &claims)
    }

    /// Remembers the nonce that a reply from `url` carries (RFC 9449 section 8.2). Says whether it had one.
    pub fn remember(&self, url: &Url, headers: &HeaderMap) -> bool {
        let nonce = headers.get("dpop-nonce").and_then(|value| value.to_str().ok());
        let Some(nonce) = nonce.filter(|nonce| (1..=MAX_NONCE).contains(&nonce.len())) else {
            return false;
        };
        let mut nonces = locked(&self.0.nonces);
        if nonces.len() >= MAX_NONCES {
            nonces.clear();
        }
        nonces.insert(origin(url), nonce.to_owned());
        true
    }
}

/// `ath` (RFC 9449 section 4.2).
fn token_hash(token: &str) -> String {
    base64url_encode(sha256(token.as_bytes()))
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

impl fmt::Debug for DpopKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "DpopKey({})", self.thumbprint())
    }
}
