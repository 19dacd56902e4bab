//! What becomes of the status lists when very many tokens have a place in them: all of them after a start, and the one of a
//! token that is revoked.
//!
//! Processor time is told beside the wait, since a server looks for what ended once a second and not at once.
#![expect(clippy::disallowed_methods, reason = "measuring code reads the monotonic clock")]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::caller::{Answer, Caller};
use crate::listing::{operations, token};
use crate::procfs::cpu_of_tree;
use crate::product::{Product, Realm, endpoint};
use crate::table::{Fact, thousands};

/// Longest wait for a list.
const PATIENCE: Duration = Duration::from_secs(300);
/// Tokens that are revoked one after the other: what the server does now and then falls into the time of some.
const REVOCATIONS: usize = 5;
/// Between two looks at whether a list has changed.
const PAUSE: Duration = Duration::from_millis(20);

/// Starts the product, whose realm must have status lists, on `stored` tokens that have places, and revokes one more.
///
/// # Errors
/// When no list is served, or it does not change.
pub(crate) fn facts(product: &Product, stored: u64) -> Result<Vec<Fact>> {
    let began = Instant::now();
    let serving = product.start()?;
    let (realm, pid) = (serving.ready.realm()?, serving.running.pid());
    let (at, first) = endpoint(&format!("{}/status/0", realm.issuer))?;
    until(at, &first, "", 200)?;
    let after_start = (began.elapsed(), cpu_of_tree(pid)?);

    let mut ended = Vec::new();
    for _ in 0..REVOCATIONS {
        ended.push(end_one(realm, pid)?);
    }
    serving.running.stop()?;

    let stored = thousands(stored as f64);
    let fact = |name: String, value, unit, most| Fact {
        name,
        value,
        unit,
        most,
    };
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    Ok(vec![
        fact(
            format!("start until the status lists of {stored} tokens are served"),
            after_start.0.as_secs_f64(),
            "s",
            None,
        ),
        fact(
            format!("processor time of that start, {stored} tokens"),
            after_start.1.as_secs_f64(),
            "s",
            None,
        ),
        fact(
            format!("revocation until its status list says so, {stored} tokens (median of {REVOCATIONS})"),
            millis(middle(&mut ended, |one| one.waited)),
            "ms",
            Some(3_000.0),
        ),
        fact(
            format!("processor time of that, {stored} tokens (median of {REVOCATIONS})"),
            millis(middle(&mut ended, |one| one.processor)),
            "ms",
            Some(100.0),
        ),
        fact(
            format!("processor time of the most costly of them, {stored} tokens"),
            millis(ended.iter().map(|one| one.processor).max().unwrap_or_default()),
            "ms",
            None,
        ),
        fact(
            format!("the reply with that list, made anew, {stored} tokens (median of {REVOCATIONS})"),
            millis(middle(&mut ended, |one| one.replied)),
            "ms",
            Some(50.0),
        ),
    ])
}

/// What it took until a token's status list said that it was over.
struct Ended {
    waited: Duration,
    /// Of the whole server, whatever else it did meanwhile.
    processor: Duration,
    /// The reply that said so.
    replied: Duration,
}

/// Revokes a new token.
fn end_one(realm: &Realm, pid: u32) -> Result<Ended> {
    let token = token(realm)?;
    let (at, list) = endpoint(&place(&token).context("the token has no place in a list")?)?;
    let tag = tag(at, &list)?;
    let authorization = format!("Authorization: {}\r\n", operations(realm)?.authorization());
    let (_, revoke) = endpoint(&realm.metadata.revocation_endpoint)?;
    let (began, before) = (Instant::now(), cpu_of_tree(pid)?);
    let revoked = Caller::connect(at)?.post(&revoke, &authorization, &format!("token={token}"))?;
    revoked.good().context("the token was not revoked")?;
    let changed = until(at, &list, &format!("If-None-Match: {tag}\r\n"), 200)?;
    Ok(Ended {
        waited: began.elapsed(),
        processor: cpu_of_tree(pid)?.saturating_sub(before),
        replied: Duration::from_secs_f64(changed.took / 1e3),
    })
}

fn middle(ended: &mut [Ended], of: impl Fn(&Ended) -> Duration) -> Duration {
    ended.sort_by_key(&of);
    ended.get(ended.len() / 2).map(of).unwrap_or_default()
}

/// The tag of a document, as soon as it is served.
///
/// # Errors
/// When it is not, or has none.
pub(crate) fn tag(at: SocketAddr, path: &str) -> Result<String> {
    let answer = until(at, path, "", 200)?;
    Ok(answer.header("etag").context("the status list has no tag")?.to_owned())
}

/// Asks again and again until the answer has this status.
fn until(at: SocketAddr, path: &str, headers: &str, status: u16) -> Result<Answer> {
    let deadline = Instant::now() + PATIENCE;
    let mut caller = Caller::connect(at)?;
    loop {
        let answer = caller.get(path, headers)?;
        if answer.status == status {
            return Ok(answer);
        }
        if Instant::now() > deadline || !matches!(answer.status, 304 | 503) {
            bail!("{path} answers {} and not {status}", answer.status);
        }
        std::thread::sleep(PAUSE);
    }
}

/// The address of the status list in which a JWT has its place.
fn place(token: &str) -> Option<String> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    let uri = claims.get("status")?.get("status_list")?.get("uri")?;
    uri.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_in_which_list_it_is() {
        let claims = URL_SAFE_NO_PAD.encode(r#"{"status":{"status_list":{"idx":7,"uri":"http://x/status/9"}}}"#);
        assert_eq!(place(&format!("e30.{claims}.s")).unwrap(), "http://x/status/9");
        assert_eq!(place("opaque"), None);
    }
}
