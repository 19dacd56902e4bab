//! What the hardware allows: axum with nothing behind it, and axum with one signature per request, or one and a
//! verification.
//!
//! `ceiling echo|es256|rs256|es256-dpop [ADDRESS]` prints `{"address":"..","pid":..}` when it serves. It must stay as fast as axum
//! and the primitive can be: a slow ceiling would flatter the product. So it parses nothing, keeps its key parsed, and
//! shares no lock between requests. It uses the primitive itself and not the product's own signing code, which is
//! part of what is measured.
#![expect(
    clippy::disallowed_methods,
    reason = "a measuring program reads the clock once, at its start"
)]

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, ParsedPublicKey,
    RSA_PKCS1_SHA256, Signature,
};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// As long as an opaque token's reply.
const ECHO: &str = r#"{"access_token":"gat_1C9vK3QmXb7Zt0PqLw5RyN2dHs8JfU4aEoGiTkWcVxAzBM6r9S1D","token_type":"Bearer","expires_in":3600,"scope":"orders:read orders:write"}"#;
/// Two P-256 or RSA keys with these sizes are what a JWKS of the product holds.
const JWKS_BYTES: usize = 700;

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mode = arguments.next().unwrap_or_default();
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let app = match mode.as_str() {
        "echo" => Router::new()
            .route("/token", post(echo))
            .route("/jwks", get(jwks))
            .route("/gate", get(passed))
            .route("/status", get(unchanged)),
        "es256" => Router::new().route("/token", post(sign)).with_state(Signer::es256()?),
        "rs256" => Router::new().route("/token", post(sign)).with_state(Signer::rs256()?),
        "es256-dpop" => Router::new()
            .route("/token", post(verify_and_sign))
            .with_state(Bound::new()?),
        _ => bail!("usage: ceiling echo|es256|rs256|es256-dpop [ADDRESS]"),
    };
    let listener = tokio::net::TcpListener::bind(&address).await?;
    let ready = serde_json::json!({ "address": listener.local_addr()?, "pid": std::process::id() });
    writeln!(std::io::stdout(), "{ready}")?;
    // Without this a reply could wait for the acknowledgement of the one before.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    axum::serve(listener, app).await?;
    Ok(())
}

const JSON: (HeaderName, HeaderValue) = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
const NO_STORE: (HeaderName, HeaderValue) = (CACHE_CONTROL, HeaderValue::from_static("no-store"));

async fn echo(_form: Bytes) -> Response {
    ([JSON, NO_STORE], ECHO).into_response()
}

async fn jwks() -> Response {
    static BODY: [u8; JWKS_BYTES] = [b' '; JWKS_BYTES];
    ([JSON], Bytes::from_static(&BODY)).into_response()
}

/// What a proxy is told of a request that may pass: a status, and as much about the caller as an [`ECHO`] says.
async fn passed() -> Response {
    (
        [
            NO_STORE,
            (HeaderName::from_static("x-caller"), HeaderValue::from_static(ECHO)),
        ],
        (),
    )
        .into_response()
}

async fn unchanged() -> Response {
    let tag = HeaderValue::from_static("\"gq2v5LZ1o3vRz0iJ6xkq6T0hK4m1d0YF5Yp2v1c9X3w\"");
    (StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response()
}

async fn verify_and_sign(State(bound): State<Arc<Bound>>, _form: Bytes) -> Response {
    match bound.reply() {
        Some(reply) => ([JSON, NO_STORE], reply).into_response(),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn sign(State(signer): State<Arc<Signer>>, _form: Bytes) -> Response {
    match signer.reply() {
        Some(reply) => ([JSON, NO_STORE], reply).into_response(),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// A parsed key and everything of the token that does not change.
struct Signer {
    key: Key,
    random: SystemRandom,
    header: String,
    started: u64,
    count: AtomicU64,
}

/// A proof that is looked at before each signature, and whose key is parsed already. What a proof says is not looked at.
struct Bound {
    signer: Arc<Signer>,
    prover: ParsedPublicKey,
    proof: Signature,
}

/// As long as what is signed of a proof.
const PROOF: [u8; 384] = [b'x'; 384];

impl Bound {
    fn new() -> Result<Arc<Self>> {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
        Ok(Arc::new(Self {
            signer: Signer::es256()?,
            prover: ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key().as_ref())?,
            proof: key.sign(&SystemRandom::new(), &PROOF)?,
        }))
    }

    fn reply(&self) -> Option<String> {
        self.prover.verify_sig(&PROOF, self.proof.as_ref()).ok()?;
        self.signer.reply()
    }
}

enum Key {
    Es256(EcdsaKeyPair),
    Rs256(RsaKeyPair),
}

impl Signer {
    fn es256() -> Result<Arc<Self>> {
        Self::with(
            "ES256",
            Key::Es256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?),
        )
    }

    fn rs256() -> Result<Arc<Self>> {
        Self::with("RS256", Key::Rs256(RsaKeyPair::generate(KeySize::Rsa2048)?))
    }

    fn with(name: &str, key: Key) -> Result<Arc<Self>> {
        let header =
            format!(r#"{{"typ":"at+jwt","alg":"{name}","kid":"gq2v5LZ1o3vRz0iJ6xkq6T0hK4m1d0YF5Yp2v1c9X3w"}}"#);
        Ok(Arc::new(Self {
            key,
            random: SystemRandom::new(),
            header: URL_SAFE_NO_PAD.encode(header),
            started: SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs(),
            count: AtomicU64::new(0),
        }))
    }

    fn reply(&self) -> Option<String> {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let (issued, expires) = (self.started, self.started + 3600);
        // The claims of an RFC 9068 access token, in their usual lengths.
        let claims = format!(
            r#"{{"iss":"http://127.0.0.1:8080","sub":"client-000001","aud":"https://api.example.com","client_id":"client-000001","jti":"{count:022}","iat":{issued},"exp":{expires},"scope":"orders:read orders:write"}}"#
        );
        let mut reply = String::with_capacity(1200);
        reply.push_str(r#"{"access_token":""#);
        let start = reply.len();
        reply.push_str(&self.header);
        reply.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut reply);
        let input = reply.get(start..)?.as_bytes();
        let mut rsa = [0; 256];
        let ecdsa;
        let signature: &[u8] = match &self.key {
            Key::Es256(key) => {
                ecdsa = key.sign(&self.random, input).ok()?;
                ecdsa.as_ref()
            }
            Key::Rs256(key) => {
                key.sign(&RSA_PKCS1_SHA256, &self.random, input, &mut rsa).ok()?;
                &rsa
            }
        };
        reply.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut reply);
        reply.push_str(r#"","token_type":"Bearer","expires_in":3600,"scope":"orders:read orders:write"}"#);
        Some(reply)
    }
}
