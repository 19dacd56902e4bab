//! A small API with axum: anybody with the permission may list and add customers, with a token or with an API key.
//!
//! `cargo run --example axum_api --features axum`, with `GRANTD_API_SECRET` set to the secret of `acme-api` that `grantd dev`
//! prints.

use axum::extract::FromRef;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use grantd_sdk::verifier::Claims;
use grantd_sdk::{Credentials, Refusal, Verifier};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Clone)]
struct Api {
    verifier: Verifier,
    customers: Arc<Mutex<Vec<Value>>>,
}

impl FromRef<Api> for Verifier {
    fn from_ref(api: &Api) -> Self {
        api.verifier.clone()
    }
}

/// What this API reads of a token beside what every API does.
#[derive(Deserialize)]
struct Own {
    tenant: Option<String>,
}

#[derive(Deserialize)]
struct NewCustomer {
    name: String,
}

async fn list(State(api): State<Api>, claims: Claims<Own>) -> Result<Json<Vec<Value>>, Refusal> {
    api.verifier.authorize(&claims.principal, &["customers:read"])?;
    Ok(Json(
        api.customers.lock().unwrap_or_else(PoisonError::into_inner).clone(),
    ))
}

async fn create(
    State(api): State<Api>,
    claims: Claims<Own>,
    Json(new): Json<NewCustomer>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    api.verifier.authorize(&claims.principal, &["customers:write"])?;
    let mut customers = api.customers.lock().unwrap_or_else(PoisonError::into_inner);
    let customer = json!({
        "id": format!("c{}", customers.len() + 1),
        "name": new.name,
        "created_by": claims.principal.subject(),
        "tenant": claims.claims.tenant,
    });
    customers.push(customer.clone());
    Ok((StatusCode::CREATED, Json(customer)))
}

#[tokio::main]
#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a program: it reads its environment and prints"
)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let issuer = std::env::var("GRANTD_ISSUER").unwrap_or_else(|_| "http://localhost:8400".to_owned());
    let introspection = Credentials::secret("acme-api", std::env::var("GRANTD_API_SECRET")?);
    let verifier = Verifier::builder(&issuer, format!("{issuer}/api"))
        .introspection(introspection)
        .build()?;
    let api = Api {
        verifier,
        customers: Arc::new(Mutex::new(vec![json!({ "id": "c1", "name": "Ada Example" })])),
    };
    let router = Router::new()
        .route("/customers", get(list).post(create))
        .with_state(api);
    let address = std::env::var("ACME_LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("http://{}/", listener.local_addr()?);
    axum::serve(listener, router).await?;
    Ok(())
}
