//! A vendor's own API client: its users give an id, a secret and permissions, and never see a token.
//!
//! `cargo run --example vendor_client`, with `GRANTD_SECRET` as `grantd dev` prints it, and `axum_api` running.

use grantd_sdk::{ApiClient, ApiKey, Credentials, Error, TokenManager};
use serde::{Deserialize, Serialize};

/// Acme Billing.
#[derive(Clone, Debug)]
pub struct AcmeBilling {
    api: ApiClient,
}

/// Where it all is.
#[derive(Clone, Debug)]
pub struct Places {
    /// The authorization server.
    pub issuer: String,
    /// The API.
    pub base: String,
}

/// What went wrong.
#[derive(Debug)]
pub enum AcmeError {
    /// No token, no reply, or not the permission: nothing that the API itself said.
    Access(Error),
    /// The API's answer.
    Status(u16),
}

/// A customer.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Customer {
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: String,
}

/// What can be done with customers.
#[derive(Debug)]
pub struct Customers<'c>(&'c AcmeBilling);

impl AcmeBilling {
    /// For a program that has a client of its own.
    ///
    /// # Errors
    /// When a permission or an address is malformed.
    pub fn with_client(id: &str, secret: &str, scopes: &[&str], places: &Places) -> Result<Self, AcmeError> {
        let manager = TokenManager::builder(&places.issuer, Credentials::secret(id, secret))
            .scopes(scopes.iter().copied())
            .resource(format!("{}/api", places.issuer))
            .build()?;
        let api = ApiClient::new(manager, &places.base)?;
        Ok(Self { api })
    }

    /// For whoever has a key.
    ///
    /// # Errors
    /// When the key or an address is malformed.
    pub fn with_key(key: &str, places: &Places) -> Result<Self, AcmeError> {
        let api = ApiClient::new(ApiKey::new(key)?, &places.base)?;
        Ok(Self { api })
    }

    /// The customers.
    #[must_use]
    pub const fn customers(&self) -> Customers<'_> {
        Customers(self)
    }
}

impl Customers<'_> {
    /// All of them.
    ///
    /// # Errors
    /// See [`AcmeError`].
    pub async fn list(&self) -> Result<Vec<Customer>, AcmeError> {
        body(self.0.api.get("customers").send().await?).await
    }

    /// A new one.
    ///
    /// # Errors
    /// See [`AcmeError`].
    pub async fn create(&self, name: &str) -> Result<Customer, AcmeError> {
        let name = serde_json::json!({ "name": name }).to_string();
        let request = self.0.api.post("customers");
        let request = request.with(|request| request.header("content-type", "application/json").body(name));
        body(request.send().await?).await
    }
}

async fn body<T: for<'de> Deserialize<'de>>(response: reqwest::Response) -> Result<T, AcmeError> {
    let status = response.status();
    let malformed = |_| AcmeError::Status(status.as_u16());
    if !status.is_success() {
        return Err(AcmeError::Status(status.as_u16()));
    }
    let bytes = response.bytes().await.map_err(malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| AcmeError::Status(status.as_u16()))
}

impl From<Error> for AcmeError {
    fn from(error: Error) -> Self {
        Self::Access(error)
    }
}

impl std::fmt::Display for AcmeError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Access(error) => write!(out, "{error}"),
            Self::Status(status) => write!(out, "the API answered {status}"),
        }
    }
}

impl std::error::Error for AcmeError {}

#[tokio::main]
#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a program: it reads its environment and prints"
)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let places = Places {
        issuer: std::env::var("GRANTD_ISSUER").unwrap_or_else(|_| "http://localhost:8400".to_owned()),
        base: std::env::var("ACME_BASE").unwrap_or_else(|_| "http://localhost:3000/".to_owned()),
    };
    let client = match std::env::var("ACME_KEY") {
        Ok(key) => AcmeBilling::with_key(&key, &places)?,
        Err(_) => {
            let secret = std::env::var("GRANTD_SECRET")?;
            let scopes = std::env::var("ACME_SCOPES").unwrap_or_else(|_| "customers:read".to_owned());
            let scopes: Vec<&str> = scopes.split(' ').collect();
            AcmeBilling::with_client("nightly-export", &secret, &scopes, &places)?
        }
    };
    if let Some(name) = std::env::args().nth(1) {
        println!("created {}", client.customers().create(&name).await?.id);
    }
    for customer in client.customers().list().await? {
        println!("{} {}", customer.id, customer.name);
    }
    Ok(())
}
