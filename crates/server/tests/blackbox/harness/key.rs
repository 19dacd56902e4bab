//! A client's key, and the JWTs that it signs: good ones, and any other text that an attacker could put together.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantd_jose::{Algorithm, SigningKey, base64url_encode, sha256};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// `client_assertion_type` of a JWT.
pub(crate) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A key that signs.
#[derive(Clone)]
pub(crate) struct Key {
    signing: Arc<SigningKey>,
    /// Its public half.
    pub(crate) public: Value,
}

impl Key {
    /// A fresh one.
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        Self::of(SigningKey::generate(algorithm).unwrap())
    }

    fn of(signing: SigningKey) -> Self {
        let public = serde_json::to_value(signing.public_jwk()).unwrap();
        Self {
            signing: Arc::new(signing),
            public,
        }
    }

    /// The P-256 key of a private JWK.
    pub(crate) fn of_jwk(jwk: &Value) -> Self {
        let number = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
        // PKCS#8 (RFC 5958) around the private key of RFC 5915, by hand: every length is fixed for this curve.
        let mut der = vec![
            0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06,
            0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x04, 0x6D, 0x30, 0x6B, 0x02, 0x01, 0x01, 0x04, 0x20,
        ];
        der.extend(number("d"));
        der.extend([0xA1, 0x44, 0x03, 0x42, 0x00, 0x04]);
        der.extend(number("x"));
        der.extend(number("y"));
        Self::of(SigningKey::from_pkcs8(Algorithm::ES256, &der).unwrap())
    }

    /// The header's `alg`.
    pub(crate) fn alg(&self) -> &'static str {
        self.signing.algorithm().as_str()
    }

    /// Signs exactly this header and these claims.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        self.sign_text(&header.to_string(), &claims.to_string())
    }

    /// Signs exactly these texts.
    pub(crate) fn sign_text(&self, header: &str, claims: &str) -> String {
        let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = self.signing.sign(input.as_bytes()).unwrap();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// A good proof of possession (RFC 9449) for a request; with a token, for an API.
    pub(crate) fn proof(&self, method: &str, url: &str, token: Option<&str>) -> String {
        let bare = json!({
            "kty": self.public["kty"], "crv": self.public["crv"], "x": self.public["x"], "y": self.public["y"],
        });
        let mut claims = json!({"jti": fresh(), "htm": method, "htu": url, "iat": now()});
        if let Some(token) = token {
            claims["ath"] = json!(base64url_encode(sha256(token.as_bytes())));
        }
        self.sign(&json!({"typ": "dpop+jwt", "alg": self.alg(), "jwk": bare}), &claims)
    }

    /// A good assertion of a client for an issuer.
    pub(crate) fn assertion(&self, client_id: &str, issuer: &str) -> String {
        self.sign(&json!({"alg": self.alg()}), &assertion_claims(client_id, issuer))
    }
}

/// The claims of a good assertion.
pub(crate) fn assertion_claims(client_id: &str, issuer: &str) -> Value {
    json!({"iss": client_id, "sub": client_id, "aud": issuer, "exp": now() + 60, "iat": now(), "jti": fresh()})
}

/// Seconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "a client of the running server has the real clock"
)]
pub(crate) fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.unwrap().as_secs()
}

/// A text that no other call gives.
pub(crate) fn fresh() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!(
        "{}-{}-{}",
        std::process::id(),
        now(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    )
}
