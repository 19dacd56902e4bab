//! What is fetched from a provider: its metadata, tokens for a code, its keys. Each anew for each login: nothing here is kept,
//! so that nothing here is old. A failure is logged, and is the same page whatever it was.

use crate::outbound::{FetchError, Partner};
use crate::request::Request;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use grantd_core::realm::Upstream;
use grantd_core::upstream::{Attempt, Expected, Identity, Metadata, read};
use grantd_jose::strict_json::{Limits, object_from_slice};
use grantd_jose::{JwkSet, SetRules, UnknownKeys};
use grantd_protocol::Secret;
use grantd_protocol::params::encode_into;
use serde_json::Value;

/// The largest document, in bytes.
const MAX_DOCUMENT: usize = 64 * 1024;
/// The most keys of a provider.
const MAX_KEYS: usize = 30;

/// What the provider publishes of itself.
pub(super) async fn metadata(request: &Request<'_>, upstream: &Upstream) -> Option<Metadata> {
    let url = format!(
        "{}/.well-known/openid-configuration",
        upstream.issuer.trim_end_matches('/')
    );
    let body = get(request, upstream, &url).await?;
    let metadata = Metadata::read(&body, upstream);
    if metadata.is_none() {
        told(upstream, &"its metadata is not its own, or lacks something");
    }
    metadata
}

/// Who logged in, for a code; `None` where nothing comes of it: what cannot be had is no fault of this server's.
pub(super) async fn identity(
    request: &Request<'_>,
    upstream: &Upstream,
    metadata: &Metadata,
    attempt: &Attempt,
    code: &str,
    redirect_uri: &str,
) -> Option<Identity> {
    let redemption = attempt.redemption(code, redirect_uri);
    let tokens = tokens(request, upstream, metadata, &redemption).await?;
    let keys = keys(request, upstream, &metadata.jwks_uri).await?;
    let expected = Expected {
        upstream,
        nonce: &attempt.nonce,
        access_token: tokens.access.as_ref().map(Secret::expose),
        now: request.app.now(),
    };
    let identity = read(tokens.id.expose(), &keys, &expected);
    identity.inspect_err(|flaw| told(upstream, flaw)).ok()
}

struct Tokens {
    id: Secret,
    access: Option<Secret>,
}

async fn tokens(
    request: &Request<'_>,
    upstream: &Upstream,
    metadata: &Metadata,
    redemption: &[(&str, &str)],
) -> Option<Tokens> {
    let own = [
        ("client_id", &*upstream.client_id),
        ("client_secret", upstream.client_secret.expose()),
    ];
    let (form, credential) = if metadata.wants_secret_in_form {
        (encoded(&[redemption, &own].concat()), None)
    } else {
        (encoded(redemption), Some(basic(upstream)))
    };
    let url = partner(upstream, &metadata.token_endpoint)?;
    let fetcher = request.app.documents.fetcher();
    let body = fetcher.redeem(&url, form, credential.as_ref(), MAX_DOCUMENT).await;
    let members = object_from_slice(&noted(upstream, body)?, Limits::default());
    let members = members.inspect_err(|error| told(upstream, error)).ok()?;
    let secret = |name: &str| {
        members
            .get(name)
            .and_then(Value::as_str)
            .map(|text| Secret::new(text.to_owned()))
    };
    let id = secret("id_token");
    if id.is_none() {
        told(upstream, &"there is no ID token");
    }
    Some(Tokens {
        id: id?,
        access: secret("access_token"),
    })
}

async fn keys(request: &Request<'_>, upstream: &Upstream, url: &str) -> Option<JwkSet> {
    let body = get(request, upstream, url).await?;
    let rules = SetRules {
        unknown_keys: UnknownKeys::Skip,
        ..SetRules::strict(MAX_KEYS)
    };
    let keys = JwkSet::parse_with(&body, rules);
    keys.inspect_err(|error| told(upstream, error)).ok()
}

async fn get(request: &Request<'_>, upstream: &Upstream, url: &str) -> Option<bytes::Bytes> {
    let url = partner(upstream, url)?;
    let fetched = request.app.documents.fetcher().partner(&url, MAX_DOCUMENT).await;
    noted(upstream, fetched)
}

fn partner(upstream: &Upstream, url: &str) -> Option<Partner> {
    let partner = Partner::of(&upstream.issuer, url);
    if partner.is_none() {
        told(upstream, &"one of its addresses is not where a provider can be");
    }
    partner
}

fn noted(upstream: &Upstream, fetched: Result<bytes::Bytes, FetchError>) -> Option<bytes::Bytes> {
    fetched.inspect_err(|error| told(upstream, error)).ok()
}

fn told(upstream: &Upstream, reason: &dyn std::fmt::Display) {
    tracing::warn!(upstream = &*upstream.name, %reason, "a login at another provider did not work");
}

/// HTTP Basic, both halves form-encoded first (RFC 6749 section 2.3.1).
fn basic(upstream: &Upstream) -> Secret {
    let mut pair = String::new();
    encode_into(&upstream.client_id, &mut pair);
    pair.push(':');
    encode_into(upstream.client_secret.expose(), &mut pair);
    Secret::new(format!("Basic {}", STANDARD.encode(pair)))
}

fn encoded(fields: &[(&str, &str)]) -> String {
    let mut form = String::new();
    for (name, value) in fields {
        if !form.is_empty() {
            form.push('&');
        }
        encode_into(name, &mut form);
        form.push('=');
        encode_into(value, &mut form);
    }
    form
}
