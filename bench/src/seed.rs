//! Filling grantd before a measurement: a thousand clients by the command line, millions of tokens straight into tables.
//!
//! Tokens that are seeded can be listed and purged but never presented: their secrets do not exist. They are there to
//! make tables and indexes as large as those of a deployment in use.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::product::{Product, Realm, Storage};

/// Clients that the load comes from.
pub const CLIENTS: usize = 1_024;
/// Where codes are sent; nobody listens there.
pub const REDIRECT_URI: &str = "http://127.0.0.1:3000/callback";

/// One line of `grantd client create --from-jsonl`.
#[derive(Debug, Serialize)]
struct NewClient<'a> {
    client_id: String,
    name: String,
    redirect_uris: [&'a str; 1],
    grant_types: [&'a str; 3],
    token_endpoint_auth_method: &'a str,
    token_format: TokenFormat,
    scopes: &'a [String],
}

/// How a client's access tokens look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenFormat {
    /// A signed JWT.
    Jwt,
    /// An opaque value.
    Opaque,
}

/// A client with the secret that grantd made for it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Client {
    /// `client_id`.
    pub client_id: String,
    /// Shown once, by the command that made it.
    pub client_secret: String,
}

impl Client {
    /// The `Authorization` header (RFC 6749 section 2.3.1); ids and secrets have no characters that need encoding.
    #[must_use]
    pub fn authorization(&self) -> String {
        format!(
            "Basic {}",
            STANDARD.encode(format!("{}:{}", self.client_id, self.client_secret))
        )
    }
}

/// Makes [`CLIENTS`] clients whose tokens have `format`, modelled on the realm's demo client for the code flow.
///
/// # Errors
/// When the command refuses, or does not print one `{"client_id", "client_secret"}` line for each.
pub fn clients(product: &Product, realm: &Realm, format: TokenFormat, scopes: &[String]) -> Result<Vec<Client>> {
    let name = match format {
        TokenFormat::Jwt => "jwt",
        TokenFormat::Opaque => "opaque",
    };
    let path = product.data.join(format!("clients-{name}.jsonl"));
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path)?);
    for number in 0..CLIENTS {
        let client = NewClient {
            client_id: format!("bench-{name}-{number:04}"),
            name: format!("Bench {name} {number}"),
            redirect_uris: [REDIRECT_URI],
            grant_types: ["authorization_code", "refresh_token", "client_credentials"],
            token_endpoint_auth_method: "client_secret_basic",
            token_format: format,
            scopes,
        };
        serde_json::to_writer(&mut file, &client)?;
        file.write_all(b"\n")?;
    }
    file.flush()?;
    drop(file);
    create(product, realm, &path)
}

fn create(product: &Product, realm: &Realm, path: &Path) -> Result<Vec<Client>> {
    let mut command = product.command(&["client", "create", "-o", "json", "--realm", &realm.name]);
    let output = command.arg("--from-jsonl").arg(path).stdin(Stdio::null()).output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!(
            "`grantd client create --from-jsonl` failed ({}): {}",
            output.status,
            said.trim()
        );
    }
    let text = String::from_utf8(output.stdout)?;
    let made = text
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<Vec<Client>, _>>()
        .context("`grantd client create --from-jsonl -o json` has to print one object with client_id and client_secret a line")?;
    if made.len() != CLIENTS {
        bail!("{} clients were made and not {CLIENTS}", made.len());
    }
    Ok(made)
}

/// Writes `count` access tokens straight into the tables, ids in order of time, while grantd does not run.
///
/// # Errors
/// When the tables are not as this function knows them.
pub fn stored_tokens(product: &Product, count: u64) -> Result<()> {
    match &product.storage {
        Storage::Sqlite => bail!(
            "seeding {count} tokens into {} is not written yet",
            product.data.display()
        ),
        Storage::Postgres { .. } => bail!("seeding {count} tokens into PostgreSQL is not written yet"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_one_json_line_with_the_names_of_rfc_7591() {
        let scopes = ["orders:read".to_owned()];
        let client = NewClient {
            client_id: "a".to_owned(),
            name: "b".to_owned(),
            redirect_uris: [REDIRECT_URI],
            grant_types: ["authorization_code", "refresh_token", "client_credentials"],
            token_endpoint_auth_method: "client_secret_basic",
            token_format: TokenFormat::Opaque,
            scopes: &scopes,
        };
        let line = serde_json::to_string(&client).unwrap();
        assert!(
            line.contains(r#""token_format":"opaque""#) && line.contains(r#""scopes":["orders:read"]"#),
            "{line}"
        );
        assert!(!line.contains('\n'));
    }

    #[test]
    fn basic_authentication_is_that_of_rfc_7617() {
        let client = Client {
            client_id: "Aladdin".to_owned(),
            client_secret: "open sesame".to_owned(),
        };
        assert_eq!(client.authorization(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    }
}
