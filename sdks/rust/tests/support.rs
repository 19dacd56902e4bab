//! What several tests need: the vectors, a fake issuer with somebody who believes it, waiting for an event.

use axum::extract::FromRef;
use grantd_sdk::testing::FakeIssuer;
use grantd_sdk::verifier::{Principal, Reason, Refusal, RequestFacts, VerifierBuilder};
use grantd_sdk::{ApiKey, Credentials, TokenManager, Verifier};
use http::header::{AUTHORIZATION, HeaderName};
use http::{HeaderMap, HeaderValue};
use serde_json::Value;
use std::path::Path;

/// One of the shared files.
pub(crate) fn vectors(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../spec/vectors/{name}.json"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The members of an array.
pub(crate) fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().unwrap_or_else(|| panic!("no {name}"))
}

/// A text.
pub(crate) fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}"))
}

/// The texts of an array.
pub(crate) fn texts<'v>(value: &'v Value, name: &str) -> Vec<&'v str> {
    list(value, name).iter().map(|one| one.as_str().unwrap()).collect()
}

/// Lets the others go on until something holds.
pub(crate) async fn until(condition: impl Fn() -> bool) {
    for _ in 0..100_000 {
        if condition() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("it never happened");
}

/// A fake issuer and a builder of verifiers that believe it.
pub(crate) fn api() -> (FakeIssuer, VerifierBuilder) {
    let issuer = FakeIssuer::new().unwrap();
    let builder = Verifier::builder(issuer.issuer(), issuer.audience());
    (issuer.clone(), builder.transport(issuer.clone()).clock(issuer.clock()))
}

/// A verifier that also asks about opaque tokens and keys.
pub(crate) fn asking(builder: VerifierBuilder) -> VerifierBuilder {
    builder.introspection(Credentials::secret("api", "secret"))
}

/// A manager of a client of the fake issuer, which refreshes without jitter.
pub(crate) fn manager(issuer: &FakeIssuer) -> grantd_sdk::client::TokenManagerBuilder {
    TokenManager::builder(issuer.issuer(), Credentials::secret("client", "the client's secret"))
        .transport(issuer.clone())
        .clock(issuer.clock())
        .jitter(|| 0.0)
}

/// An API key as a source.
pub(crate) fn api_key(key: &str) -> ApiKey {
    ApiKey::new(key).unwrap()
}

/// Headers with one `Authorization`.
pub(crate) fn authorization(value: &str) -> HeaderMap {
    HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::try_from(value).unwrap())])
}

/// Adds a header.
pub(crate) fn and(mut headers: HeaderMap, name: &'static str, value: &str) -> HeaderMap {
    headers.append(HeaderName::from_static(name), HeaderValue::try_from(value).unwrap());
    headers
}

/// A GET of the API with these headers.
pub(crate) fn facts(headers: &HeaderMap) -> RequestFacts<'_> {
    RequestFacts::new("GET", "https://api.example.test/", headers)
}

/// The reason of a refusal.
#[track_caller]
pub(crate) fn reason(outcome: Result<Principal, Refusal>) -> Reason {
    match outcome {
        Ok(principal) => panic!("{principal:?} passed"),
        Err(refusal) => refusal.reason(),
    }
}

/// What an application of axum keeps: state of its own, from which the verifier is taken.
#[derive(Clone)]
pub(crate) struct App {
    /// Whom its routes believe.
    pub(crate) verifier: Verifier,
}

impl FromRef<App> for Verifier {
    fn from_ref(app: &App) -> Verifier {
        app.verifier.clone()
    }
}
