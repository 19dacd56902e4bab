//! The README's first snippet, but for the issuer's address. A test compares the two.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a program: it reads its environment and prints"
)]

use grantd_sdk::{Credentials, TokenManager, TokenSource, Verifier};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let issuer = &std::env::var("GRANTD_ISSUER")?;
    let credentials = Credentials::secret("nightly-export", std::env::var("GRANTD_SECRET")?);
    let manager = TokenManager::builder(issuer, credentials)
        .scopes(["invoices:read"])
        .build()?;
    let verifier = Verifier::builder(issuer, format!("{issuer}/api")).build()?;

    let principal = verifier.verify(manager.token().await?.expose()).await?;
    println!(
        "{} may {}",
        principal.client_id().unwrap_or("nobody"),
        principal.scopes()
    );
    Ok(())
}
