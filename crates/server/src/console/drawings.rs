//! The overview's drawings: how many access tokens were issued hour by hour, and who gets most of them; how many requests
//! were refused, and for what. Tokens are counted from the newest ones, which the list has first, so that a busy realm costs
//! no more than a quiet one; refusals are numbers already.

use super::names::{Ids, Names};
use crate::api::inside::{Ask, Denied, path};
use crate::signed_in::Visit;
use crate::signed_in::listing::text;
use grantd_pages::{Block, Share, Slot, Words};
use serde_json::Value;
use std::collections::BTreeMap;

/// Pages of tokens that are looked at.
const PAGES: usize = 5;
/// Tokens of a page.
const OF_A_PAGE: &str = "200";
/// Hours that are drawn.
const HOURS: usize = 24;
/// Names that are drawn.
const NAMES: usize = 5;
const HOUR: i64 = 3_600;

/// Those of tokens.
///
/// # Errors
/// See [`Denied`].
pub(super) async fn issued(visit: &Visit<'_>) -> Result<Vec<Block>, Denied> {
    let now = visit.request.now.secs();
    // Whole hours: the last one is still running.
    let hours = i64::try_from(HOURS).unwrap_or_default();
    let begin = now - now.rem_euclid(HOUR) - HOUR * (hours - 1);
    let (tokens, all) = newest(visit, begin).await?;
    let issued = |token: &Value| token.get("issued_at").and_then(Value::as_i64).unwrap_or_default();
    let recent: Vec<&Value> = tokens.iter().filter(|token| issued(token) >= begin).collect();
    let lead = match (recent.len(), all) {
        (0, _) => Words::say("console-chart-none"),
        (count, true) => Words::say("console-chart-issued-more").with("count", count),
        (count, false) => Words::say("console-chart-issued-newest").with("count", count),
    };
    let mut blocks = vec![Block::Columns {
        title: Words::say("console-chart-issued"),
        lead,
        columns: columns(begin, recent.iter().map(|token| issued(token))),
    }];
    let mut by_client: BTreeMap<&str, usize> = BTreeMap::new();
    for token in &recent {
        *by_client.entry(text(token, "client_id")).or_default() += 1;
    }
    if !by_client.is_empty() {
        blocks.push(Block::Shares {
            title: Words::say("console-chart-clients"),
            shares: shares(visit, by_client).await?,
        });
    }
    Ok(blocks)
}

/// Those of refused requests.
///
/// # Errors
/// See [`Denied`].
pub(super) async fn refused(visit: &Visit<'_>) -> Result<Vec<Block>, Denied> {
    let ask = Ask::get(path(&["refusals"])).query("hours", HOURS.to_string());
    let found = visit.ask(ask).await?.body;
    let list = |name: &str| found.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let hours = list("hours");
    let most = hours.iter().map(count).max().unwrap_or_default();
    let slot = |hour: &Value| Slot {
        secs: hour.get("at").and_then(Value::as_i64).unwrap_or_default(),
        count: count(hour),
        height: percent(count(hour), most),
    };
    let mut blocks = vec![Block::Columns {
        title: Words::say("console-chart-refused"),
        lead: match count(&found) {
            0 => Words::say("console-chart-none"),
            all => Words::say("console-chart-issued-more").with("count", all),
        },
        columns: hours.iter().map(slot).collect(),
    }];
    let reasons = list("reasons");
    if !reasons.is_empty() {
        let first = reasons.first().map_or(0, count);
        let share = |reason: &Value| Share {
            name: text(reason, "error").to_owned(),
            of: Some(text(reason, "endpoint").to_owned()),
            href: None,
            count: count(reason),
            width: percent(count(reason), first),
        };
        blocks.push(Block::Shares {
            title: Words::say("console-chart-reasons"),
            shares: reasons.iter().take(NAMES).map(share).collect(),
        });
    }
    Ok(blocks)
}

fn count(of: &Value) -> usize {
    let count = of.get("count").and_then(Value::as_u64).unwrap_or_default();
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// The newest tokens, as far back as `begin`, and whether those are all of them.
async fn newest(visit: &Visit<'_>, begin: i64) -> Result<(Vec<Value>, bool), Denied> {
    let (mut tokens, mut cursor) = (Vec::new(), String::new());
    for _ in 0..PAGES {
        let ask = Ask::get(path(&["tokens"])).query("limit", OF_A_PAGE);
        let found = visit.all(ask.query("cursor", cursor.as_str())).await?;
        let is_old = |token: &Value| token.get("issued_at").and_then(Value::as_i64) < Some(begin);
        let reached = found.items.last().is_some_and(is_old);
        tokens.extend(found.items);
        match found.next {
            Some(next) if !reached => cursor = next,
            _ => return Ok((tokens, true)),
        }
    }
    Ok((tokens, false))
}

/// A column for each hour since `begin`.
fn columns(begin: i64, issued: impl Iterator<Item = i64>) -> Vec<Slot> {
    let mut counts = [0_usize; HOURS];
    for at in issued {
        let hour = usize::try_from((at - begin).div_euclid(HOUR)).ok();
        if let Some(count) = hour.and_then(|hour| counts.get_mut(hour)) {
            *count += 1;
        }
    }
    let most = counts.iter().copied().max().unwrap_or_default();
    let slot = |(secs, count): (i64, usize)| Slot {
        secs,
        count,
        height: percent(count, most),
    };
    let begins = (0..).map(|hour| begin + HOUR * hour);
    begins.zip(counts).map(slot).collect()
}

async fn shares(visit: &Visit<'_>, by_client: BTreeMap<&str, usize>) -> Result<Vec<Share>, Denied> {
    let mut most: Vec<(&str, usize)> = by_client.into_iter().collect();
    most.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    most.truncate(NAMES);
    let first = most.first().map_or(0, |(_, count)| *count);
    let ids = Ids {
        clients: most.iter().map(|(client, _)| *client).collect(),
        ..Ids::default()
    };
    let names = Names::named(visit, ids).await?;
    let share = |(client, count): (&str, usize)| Share {
        name: names.client(client).to_owned(),
        of: None,
        href: Some(visit.url(&["applications", client])),
        count,
        width: percent(count, first),
    };
    Ok(most.into_iter().map(share).collect())
}

/// What is there at all is seen: at least one percent.
fn percent(count: usize, of: usize) -> u8 {
    if count == 0 || of == 0 {
        return 0;
    }
    u8::try_from(count.saturating_mul(100) / of).unwrap_or(100).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_token_is_in_the_column_of_its_hour_and_those_outside_in_none() {
        let begin = 100 * HOUR;
        let issued = [begin - 1, begin, begin + HOUR - 1, begin + HOUR, begin + 24 * HOUR];
        let columns = columns(begin, issued.into_iter());
        assert_eq!(columns.len(), HOURS);
        let counts: Vec<usize> = columns.iter().map(|column| column.count).collect();
        assert_eq!(counts.iter().sum::<usize>(), 3);
        assert_eq!((counts[0], counts[1]), (2, 1));
        assert_eq!((columns[0].height, columns[1].height), (100, 50));
        assert_eq!(columns[1].secs, begin + HOUR);
    }

    #[test]
    fn little_is_drawn_as_little_and_not_as_nothing() {
        assert_eq!((percent(0, 9), percent(1, 10_000), percent(9, 9)), (0, 1, 100));
        assert_eq!(percent(0, 0), 0);
    }
}
