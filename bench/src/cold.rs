//! Introspection of tokens from all over a large database of which nothing is in memory, and of the same tokens once more.
//!
//! One caller, one request at a time: what is told is how long somebody waits for the disk. Whether it was the disk is told
//! beside it, since only the kernel knows what it has kept.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use grantd_protocol::Entropy;
use grantd_protocol::bearer::{Bearer, Namespace};
use rusqlite::OptionalExtension as _;

use crate::caller::Caller;
use crate::procfs;
use crate::product::{Product, endpoint};
use crate::ratio::Spread;
use crate::seed::Client;
use crate::table::{Fact, thousands};

/// Tokens that are asked for, at most.
const TOKENS: u64 = 2_000;
/// What opaque access tokens begin with where a realm says nothing.
const PREFIX: &str = "gd_at_";
/// Prime, so that steps of this size through the tokens meet each once, and neighbours seldom.
const STRIDE: usize = 1_009;

/// A token that can be presented, and who asks about it.
struct Known {
    text: String,
    authorization: String,
}

struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(
        clippy::disallowed_methods,
        reason = "a tool that measures draws secrets that protect nothing"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        if aws_lc_rs::rand::fill(bytes).is_err() {
            std::process::abort();
        }
    }
}

/// Asks a product that does not run yet.
///
/// # Errors
/// When it does not start, or a token is not active.
pub(crate) fn introspections(product: &Product, clients: &[Client], stored: u64) -> Result<Vec<Fact>> {
    let database = product.data.join("grantd.db");
    let known = presentable(&database, clients, TOKENS.min(stored / 4))?;
    forget(&database)?;
    let serving = product.start()?;
    let (realm, pid) = (serving.ready.realm()?, serving.running.pid());
    let (at, path) = endpoint(&realm.metadata.introspection_endpoint)?;
    let mut caller = Caller::connect(at)?;
    let mut facts = Vec::new();
    let name = format!("introspection of a token anywhere among {}", thousands(stored as f64));
    for memory in ["nothing in memory", "the same again"] {
        let before = procfs::read_from_disk(pid).ok();
        let mut times = Vec::new();
        for index in 0..known.len() {
            let token = known.get(index * STRIDE % known.len()).context("no token")?;
            let headers = format!("Authorization: {}\r\n", token.authorization);
            let answer = caller.post(&path, &headers, &format!("token={}", token.text))?;
            let body = String::from_utf8_lossy(answer.good()?);
            if !body.contains("\"active\":true") {
                bail!("a stored token is not active: {body}");
            }
            times.push(answer.took);
        }
        let after = procfs::read_from_disk(pid).ok();
        let median = Spread::of(&times).context("no token was asked for")?.median;
        times.sort_by(f64::total_cmp);
        let last = times.get(times.len() * 99 / 100).copied().unwrap_or(median);
        let fact = |which: &str, value, unit| Fact {
            name: format!("{name}, {memory} ({which})"),
            value,
            unit,
            most: None,
        };
        facts.push(fact(&format!("median of {}", times.len()), median, "ms"));
        facts.push(fact("99th percentile", last, "ms"));
        // Not every machine lets us ask.
        if let Some(read) = after.zip(before).map(|(after, before)| after.saturating_sub(before)) {
            let each = read as f64 / times.len() as f64 / 1e3;
            facts.push(fact("read from the disk for each", each, "kB"));
        }
    }
    serving.running.stop()?;
    Ok(facts)
}

/// Gives tokens from the beginning to the end of the table secrets that somebody knows.
fn presentable(database: &Path, clients: &[Client], count: u64) -> Result<Vec<Known>> {
    let authorizations: HashMap<&str, String> = clients
        .iter()
        .map(|client| (&*client.client_id, client.authorization()))
        .collect();
    let mut connection = rusqlite::Connection::open(database)?;
    let change = connection.transaction()?;
    let mut known = Vec::new();
    {
        let (first, last): ([u8; 16], [u8; 16]) =
            change.query_row("SELECT min(id), max(id) FROM access", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        let (first, last) = (time_of(first), time_of(last));
        let mut find = change.prepare(
            "SELECT a.id, c.text FROM access a JOIN texts c ON c.id = a.client
             WHERE a.id > ?1 AND a.ended_at IS NULL AND a.hash IS NOT NULL ORDER BY a.id LIMIT 1",
        )?;
        let mut give = change.prepare("UPDATE access SET hash = ?2 WHERE id = ?1")?;
        let mut before = [0; 16];
        for number in 0..count {
            // Where there are gaps the next ones are taken, and none twice.
            let from = before.max(id_at(first + (last - first) * number / count));
            let found = find.query_row([from], |row| Ok((row.get(0)?, row.get(1)?)));
            let Some((id, client)): Option<([u8; 16], String)> = found.optional()? else {
                break;
            };
            before = id;
            if let Some(authorization) = authorizations.get(&*client) {
                let (text, hash) = Bearer::mint(Namespace::Access, PREFIX, id, &SystemEntropy);
                give.execute((id, hash.as_bytes()))?;
                known.push(Known {
                    text: text.expose().to_owned(),
                    authorization: authorization.clone(),
                });
            }
        }
    }
    change.commit()?;
    if known.is_empty() {
        bail!("no stored token is one of the clients'");
    }
    Ok(known)
}

/// Before all ids of this time.
fn id_at(time: u64) -> [u8; 16] {
    let mut id = [0; 16];
    let bytes = time.to_be_bytes();
    id.iter_mut()
        .zip(bytes.iter().skip(2))
        .for_each(|(to, byte)| *to = *byte);
    id
}

/// Milliseconds since 1970, with which an id begins.
fn time_of(id: [u8; 16]) -> u64 {
    id.iter().take(6).fold(0, |time, byte| time << 8 | u64::from(*byte))
}

/// Has the kernel write the file and forget what it kept of it.
fn forget(file: &Path) -> Result<()> {
    std::fs::File::open(file)?.sync_all()?;
    let mut command = Command::new("dd");
    command.arg(format!("if={}", file.display()));
    let done = command.args(["iflag=nocache", "count=0", "status=none"]).status()?;
    if !done.success() {
        bail!("`dd iflag=nocache count=0` failed: {done}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_an_id_is_its_first_six_bytes() {
        let mut id = id_at(258);
        assert!(id.iter().skip(6).all(|byte| *byte == 0));
        id.iter_mut().skip(6).for_each(|byte| *byte = 0xff);
        assert_eq!(time_of(id), 258);
    }
}
