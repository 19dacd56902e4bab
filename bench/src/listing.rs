//! How long an administrator waits for a page of a long list, one page after the other by its cursor.
//!
//! One connection, one request at a time: the question is how long one person waits, not how many can be served.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::product::{Realm, endpoint};
use crate::response;
use crate::seed::Client;
use crate::table::Fact;

/// Pages that are asked for, from the newest on.
const PAGES: usize = 100;
/// Rows a page.
const ROWS: usize = 100;
/// Longest wait that is wanted, in milliseconds.
const MOST: f64 = 50.0;

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

#[derive(Deserialize)]
struct Page {
    next: Option<String>,
}

/// The slowest and the median page of all tokens, and of one client's.
///
/// # Errors
/// When a page is refused.
pub fn pages(realm: &Realm, of: &Client, (storage, stored): (&str, u64)) -> Result<Vec<Fact>> {
    let token = token(realm)?;
    let mut facts = Vec::new();
    for (whose, filter) in [
        ("all tokens", String::new()),
        ("one client's tokens", format!("&client={}", of.client_id)),
    ] {
        let times = walk(realm, &token, &filter)?;
        let spread = crate::ratio::Spread::of(&times).context("no page was listed")?;
        for (which, value, most) in [("median", spread.median, None), ("slowest", spread.max, Some(MOST))] {
            facts.push(Fact {
                name: format!(
                    "page of {ROWS} of {whose} by cursor, {} stored, {storage} ({which} of {})",
                    crate::table::thousands(stored as f64),
                    times.len()
                ),
                value,
                unit: "ms",
                most,
            });
        }
    }
    Ok(facts)
}

/// A token for the admin API.
fn token(realm: &Realm) -> Result<String> {
    let operator = realm.clients.iter().find(|client| client.client_id == "ops");
    let secret = operator
        .and_then(|client| client.client_secret.clone())
        .context("the realm has no client for operations")?;
    let client = Client {
        client_id: "ops".to_owned(),
        client_secret: secret,
    };
    let (at, path) = endpoint(&realm.metadata.token_endpoint)?;
    let resource = crate::flow::encode(&format!("{}/api/v1", realm.issuer));
    let body = format!("grant_type=client_credentials&scope=grantd%3Atokens%3Aread&resource={resource}");
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {at}\r\nAuthorization: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{body}",
        client.authorization(),
        body.len()
    );
    let reply = ask(&mut connect(at)?, &head)?;
    Ok(serde_json::from_slice::<Token>(&reply)?.access_token)
}

#[expect(clippy::disallowed_methods, reason = "measuring code reads the monotonic clock")]
fn walk(realm: &Realm, token: &str, filter: &str) -> Result<Vec<f64>> {
    let (at, path) = endpoint(&realm.issuer)?;
    let mut stream = connect(at)?;
    let (mut times, mut cursor) = (Vec::new(), String::new());
    // The first page is not counted: it fills caches and authenticates for the first time.
    for round in 0..=PAGES {
        let head = format!(
            "GET {path}/api/v1/tokens?limit={ROWS}{filter}{cursor} HTTP/1.1\r\nHost: {at}\r\nAuthorization: Bearer {token}\r\n\r\n"
        );
        let began = std::time::Instant::now();
        let reply = ask(&mut stream, &head)?;
        if round > 0 {
            times.push(began.elapsed().as_secs_f64() * 1e3);
        }
        match serde_json::from_slice::<Page>(&reply)?.next {
            Some(next) => cursor = format!("&cursor={}", crate::flow::encode(&next)),
            None => break,
        }
    }
    Ok(times)
}

fn connect(at: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(at)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    Ok(stream)
}

/// The body of a good reply.
fn ask(stream: &mut TcpStream, request: &str) -> Result<Vec<u8>> {
    stream.write_all(request.as_bytes())?;
    let (mut bytes, mut part) = (Vec::new(), [0; 16 * 1024]);
    loop {
        let count = stream.read(&mut part)?;
        if count == 0 {
            bail!("the reply ended early");
        }
        bytes.extend_from_slice(part.get(..count).unwrap_or_default());
        if let Some(reply) = response::parse(&bytes)? {
            let body = bytes.get(reply.body).unwrap_or_default();
            if reply.status != 200 {
                bail!("{} {}", reply.status, String::from_utf8_lossy(body));
            }
            return Ok(body.to_vec());
        }
    }
}
