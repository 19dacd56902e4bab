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

use crate::postgres::Cluster;
use crate::product::{Product, Storage};

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

/// Makes `count` clients whose tokens have `format`, modelled on the realm's demo client for the code flow.
///
/// # Errors
/// When the command refuses, or does not print one `{"client_id", "client_secret"}` line for each.
pub fn clients(product: &Product, count: usize, format: TokenFormat, scopes: &[String]) -> Result<Vec<Client>> {
    let name = match format {
        TokenFormat::Jwt => "jwt",
        TokenFormat::Opaque => "opaque",
    };
    let name = format!("{name}-{}", scopes.len());
    let path = product.data.join(format!("clients-{name}.jsonl"));
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path)?);
    for number in 0..count {
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
    create(product, &path, count)
}

fn create(product: &Product, path: &Path, count: usize) -> Result<Vec<Client>> {
    let mut command = product.command(&["client", "create", "-o", "json"]);
    command.arg("--realm").arg(&product.realm);
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
    if made.len() != count {
        bail!("{} clients were made and not {count}", made.len());
    }
    Ok(made)
}

/// Writes `count` access tokens straight into the tables, ids in order of time, while grantd does not run. Every
/// client must have a token already: the new rows are copies of those, with an id and a hash of their own.
///
/// # Errors
/// When the tables are not as this function knows them.
pub fn stored_tokens(product: &Product, cluster: Option<&Cluster>, count: u64, now_millis: i64) -> Result<()> {
    let first = now_millis - i64::try_from(count)?;
    match (&product.storage, cluster) {
        (Storage::Sqlite, _) => sqlite_tokens(&product.data.join("grantd.db"), count, now_millis),
        (Storage::Postgres { database, .. }, Some(cluster)) => postgres_tokens(cluster, database, count, first),
        (Storage::Postgres { .. }, None) => bail!("the PostgreSQL server is not this program's own"),
    }
}

/// One token a millisecond up to now, of few so many more slowly that they are of more than an hour; they expire in a year. Their
/// clients are older than all of them, or they would be good for nothing. Each has a place in the status lists, though
/// only a realm that publishes them looks at it, and one in a hundred was ended.
fn sqlite_tokens(path: &Path, count: u64, now_millis: i64) -> Result<()> {
    const HOUR: i64 = 3_600_000;
    let many = i64::try_from(count)?.max(1);
    let step = (HOUR / many).max(1);
    let first = now_millis - many * step;
    let connection = rusqlite::Connection::open(path)?;
    connection.create_scalar_function(
        "owner",
        2,
        rusqlite::functions::FunctionFlags::SQLITE_DETERMINISTIC,
        |context| Ok(owner(&context.get::<String>(0)?, &context.get::<String>(1)?)),
    )?;
    // Nothing is lost if this is cut off: the whole directory is made anew by the next run.
    connection.execute_batch(&format!(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; BEGIN;
         CREATE TEMP TABLE model AS
           SELECT row_number() OVER () - 1 AS n, a.realm, a.client, issuer, audience, scope,
                  owner(r.text, c.text) AS owner
           FROM access a JOIN texts r ON r.id = a.realm JOIN texts c ON c.id = a.client GROUP BY a.client;
         CREATE UNIQUE INDEX temp.model_n ON model (n);
         UPDATE clients SET body = json_set(body, '$.created_at', {first}) WHERE id LIKE 'bench-%';
         UPDATE texts SET keep_until = {first} + 63072000000;
         WITH RECURSIVE number (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM number WHERE i + 1 < {count})
         INSERT INTO access (id, realm, client, issuer, audience, scope, hash, issued_at, expires_at, ended_at, place)
           SELECT unhex(printf('%012x70008', {first} + i * {step}) || substr(hex(randomblob(8)), 2)), realm, client, issuer,
                  audience, scope, randomblob(32), {first} + i * {step}, {first} + i * {step} + 31536000000,
                  CASE i % 100 WHEN 7 THEN {first} + i * {step} + 1 END, i
           FROM number JOIN model ON n = i % (SELECT count(*) FROM model) ORDER BY i;
         INSERT OR REPLACE INTO places (realm, next) SELECT r.text, {count} FROM model JOIN texts r ON r.id = realm LIMIT 1;
         INSERT OR IGNORE INTO access_by_owner (owner, id)
           SELECT m.owner, a.id FROM access a JOIN model m ON m.client = a.client ORDER BY 1, 2;
         INSERT OR REPLACE INTO meta (name, value) SELECT 'access_indexed', max(id) FROM access;
         COMMIT;"
    ))?;
    let stored: i64 = connection.query_row("SELECT count(*) FROM access", [], |row| row.get(0))?;
    if u64::try_from(stored)? < count {
        bail!("{stored} tokens are stored and not {count}");
    }
    Ok(())
}

/// Writes `count` clients straight into the table, copies of one that is there but for their ids and names.
///
/// # Errors
/// When the table is not as this function knows it.
pub fn stored_clients(product: &Product, count: u64) -> Result<()> {
    let connection = rusqlite::Connection::open(product.data.join("grantd.db"))?;
    let made = connection.execute(
        "WITH RECURSIVE number (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < ?1)
         INSERT INTO clients (realm, id, version, body)
           SELECT realm, printf('listed-%07d', i), version,
                  json_set(body, '$.client_id', printf('listed-%07d', i), '$.name', printf('Listed %d', i))
           FROM number JOIN (SELECT * FROM clients WHERE id LIKE 'bench-%' LIMIT 1)",
        [i64::try_from(count)?],
    )?;
    if u64::try_from(made)? != count {
        bail!("{made} clients were made and not {count}");
    }
    Ok(())
}

/// The number under which the product indexes a client's tokens.
fn owner(realm: &str, client: &str) -> i64 {
    let high = crc32fast::hash(format!("c{realm}").as_bytes());
    (i64::from(high) << 32) | i64::from(crc32fast::hash(client.as_bytes()))
}

fn postgres_tokens(cluster: &Cluster, database: &str, count: u64, first: i64) -> Result<()> {
    let said = cluster.sql(
        database,
        &format!(
            "CREATE TEMP TABLE model AS SELECT row_number() OVER () - 1 AS n, * FROM
               (SELECT DISTINCT ON (client_id) realm, client_id, subject, scope, audience, issuer FROM access_tokens) one;
             INSERT INTO access_tokens (id, realm, hash, client_id, subject, scope, audience, issuer, issued_at, expires_at)
               SELECT (lpad(to_hex({first} + i), 12, '0') || '70008' || substr(md5(i::text), 1, 15))::uuid, realm,
                      sha256(i::text::bytea), client_id, subject, scope, audience, issuer, {first} + i,
                      {first} + i + 31536000000
               FROM generate_series(0, {count} - 1) i JOIN model ON n = i % (SELECT count(*) FROM model) ORDER BY i;
             INSERT INTO access_by_client (realm, client_id, id)
               SELECT realm, client_id, id FROM access_tokens ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING;
             UPDATE access_indexed SET up_to = (SELECT id FROM access_tokens ORDER BY id DESC LIMIT 1);
             ANALYZE; SELECT count(*) FROM access_tokens"
        ),
    )?;
    let stored: u64 = said.lines().last().unwrap_or_default().parse()?;
    if stored < count {
        bail!("{stored} tokens are stored and not {count}");
    }
    // Outside the transaction of the rest: what is written here is not written during the measurement.
    cluster.sql(database, "CHECKPOINT").map(drop)
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
