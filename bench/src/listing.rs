//! How long an administrator waits for a page of a long list, one page after the other by its cursor: of the admin API, and
//! of the console.
//!
//! One connection, one request at a time: the question is how long one person waits, not how many can be served.

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::caller::Caller;
use crate::flow::{Browser, encode, unescaped};
use crate::product::{Realm, endpoint};
use crate::ratio::Spread;
use crate::seed::Client;
use crate::table::{Fact, thousands};

/// Pages that are asked for, from the newest on.
const PAGES: usize = 100;
/// Rows a page.
const ROWS: usize = 100;
/// Longest wait that is wanted for a page of the API, in milliseconds.
const MOST: f64 = 50.0;
/// Longest wait that is wanted for a page of the console.
const MOST_CONSOLE: f64 = 100.0;

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
        let name = format!(
            "page of {ROWS} of {whose} by cursor, {} stored, {storage}",
            thousands(stored as f64)
        );
        facts.extend(waits(&name, &times, MOST)?);
    }
    Ok(facts)
}

/// The same of the console's lists.
///
/// # Errors
/// When the operator cannot log in, or a page is not shown.
pub fn console(realm: &Realm, of: &Client, (clients, tokens): (u64, u64)) -> Result<Vec<Fact>> {
    let console = realm.console.as_ref().context("the realm has no console")?;
    let (at, home) = endpoint(&console.url)?;
    let mut browser = Browser::new(at);
    browser.log_in(&home, &console.operator)?;
    let cookie = format!("Cookie: {}\r\n", browser.cookie());
    let stored = format!(
        "{} clients, {} tokens",
        thousands(clients as f64),
        thousands(tokens as f64)
    );
    let mut facts = Vec::new();
    for (what, list) in [
        ("applications", "/applications".to_owned()),
        (
            "applications that are searched for",
            "/applications?q=listed-0000999".to_owned(),
        ),
        ("tokens", "/tokens".to_owned()),
        ("one client's tokens", format!("/tokens?client={}", of.client_id)),
    ] {
        let mut caller = Caller::connect(at)?;
        let (mut times, mut path) = (Vec::new(), format!("{home}{list}"));
        // The first page is not counted: it fills caches.
        for round in 0..=PAGES {
            let answer = caller.get(&path, &cookie)?;
            let html = String::from_utf8_lossy(answer.good().context(what)?).into_owned();
            if round > 0 {
                times.push(answer.took);
            }
            // A list of one page is asked for again.
            path = next_page(&html).unwrap_or_else(|| format!("{home}{list}"));
        }
        facts.extend(waits(
            &format!("console's page of {what}, {stored}"),
            &times,
            MOST_CONSOLE,
        )?);
    }
    Ok(facts)
}

fn waits(name: &str, times: &[f64], most: f64) -> Result<[Fact; 2]> {
    let spread = Spread::of(times).with_context(|| format!("{name}: there is no second page"))?;
    let fact = |which, value, most| Fact {
        name: format!("{name} ({which} of {})", times.len()),
        value,
        unit: "ms",
        most,
    };
    Ok([
        fact("median", spread.median, None),
        fact("slowest", spread.max, Some(most)),
    ])
}

/// The client that looks at the lists.
///
/// # Errors
/// When the realm has none.
pub(crate) fn operations(realm: &Realm) -> Result<Client> {
    let operator = realm.clients.iter().find(|client| client.client_id == "ops");
    let secret = operator.and_then(|client| client.client_secret.clone());
    Ok(Client {
        client_id: "ops".to_owned(),
        client_secret: secret.context("the realm has no client for operations")?,
    })
}

/// A token for the admin API, a JWT.
///
/// # Errors
/// When it is refused.
pub(crate) fn token(realm: &Realm) -> Result<String> {
    let (at, path) = endpoint(&realm.metadata.token_endpoint)?;
    let resource = encode(&format!("{}/api/v1", realm.issuer));
    let form = format!("grant_type=client_credentials&scope=grantd%3Atokens%3Aread&resource={resource}");
    let authorization = format!("Authorization: {}\r\n", operations(realm)?.authorization());
    let answer = Caller::connect(at)?.post(&path, &authorization, &form)?;
    Ok(serde_json::from_slice::<Token>(answer.good()?)?.access_token)
}

fn walk(realm: &Realm, token: &str, filter: &str) -> Result<Vec<f64>> {
    let (at, path) = endpoint(&realm.issuer)?;
    let mut caller = Caller::connect(at)?;
    let authorization = format!("Authorization: Bearer {token}\r\n");
    let (mut times, mut cursor) = (Vec::new(), String::new());
    // The first page is not counted: it fills caches and authenticates for the first time.
    for round in 0..=PAGES {
        let list = format!("{path}/api/v1/tokens?limit={ROWS}{filter}{cursor}");
        let answer = caller.get(&list, &authorization)?;
        if round > 0 {
            times.push(answer.took);
        }
        match serde_json::from_slice::<Page>(answer.good()?)?.next {
            Some(next) => cursor = format!("&cursor={}", encode(&next)),
            None => break,
        }
    }
    Ok(times)
}

/// The link of a page of the console that has a cursor in it.
fn next_page(html: &str) -> Option<String> {
    let (before, after) = html.split_once("cursor=")?;
    let (_, start) = before.rsplit_once("href=\"")?;
    let (rest, _) = after.split_once('"')?;
    Some(unescaped(&format!("{start}cursor={rest}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_the_next_page_is_the_link_with_a_cursor() {
        let html = r#"<a href="/c/tokens">first</a><a class="x" href="/c/tokens?client=a&amp;cursor=b%3D">next</a>"#;
        assert_eq!(next_page(html).unwrap(), "/c/tokens?client=a&cursor=b%3D");
        assert_eq!(next_page("<a href=\"/\">"), None);
    }
}
