//! Rates: `"200/s"`, `"10/m, burst 20"`, or `"off"`.

use super::{Kind, Mistake, quoted, text_of};
use crate::config::document::{Node, Value};
use crate::config::problem::Place;
use crate::config::server::Rate;
use serde_json::{Value as Json, json};
use std::time::Duration;

/// A rate, or none.
pub(in crate::config) struct RateOrOff;

impl Kind for RateOrOff {
    type Value = Option<Rate>;

    fn read(&self, node: &Node) -> Result<Option<Rate>, Vec<Mistake>> {
        const EXPECTED: &str = "a rate such as \"200/s\", \"10/m, burst 20\" or \"off\"";
        let text = text_of(node, EXPECTED)?;
        if text == "off" {
            return Ok(None);
        }
        let rate = parse(text).ok_or_else(|| Mistake::at(node, format!("{} is not {EXPECTED}", quoted(text))).alone());
        rate.map(Some)
    }

    fn schema(&self) -> Json {
        json!({
            "type": "string",
            "pattern": "^(off|[0-9]+/[smh](, burst [0-9]+)?)$",
            "examples": ["200/s", "10/m, burst 20", "off"],
        })
    }

    fn read_environment(&self, text: &str, _place: &Place) -> Value {
        Value::Text(text.to_owned())
    }
}

/// Without `burst` as many may come at once as come in one unit of time.
fn parse(text: &str) -> Option<Rate> {
    let (rate, burst) = match text.split_once(", burst ") {
        Some((rate, burst)) => (rate, Some(burst)),
        None => (text, None),
    };
    let (count, unit) = rate.split_once('/')?;
    let count = positive(count)?;
    let unit = match unit {
        "s" => Duration::from_secs(1),
        "m" => Duration::from_secs(60),
        "h" => Duration::from_secs(3600),
        _ => return None,
    };
    let burst = burst.map_or(Some(count), positive)?;
    Some(Rate {
        interval: unit / count,
        burst,
    })
}

fn positive(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits
        .then(|| text.parse().ok())
        .flatten()
        .filter(|number| (1..=1_000_000).contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_an_interval_and_a_burst() {
        let rate = parse("10/m, burst 20").unwrap();
        assert_eq!((rate.interval, rate.burst), (Duration::from_secs(6), 20));
        assert_eq!(parse("200/s").unwrap().burst, 200);
    }

    #[test]
    fn anything_else_is_no_rate() {
        for text in [
            "",
            "10",
            "0/s",
            "10/d",
            "10/s burst 5",
            "10/s, burst 0",
            "+1/s",
            "-1/s",
            "10 / s",
        ] {
            assert!(parse(text).is_none(), "{text}");
        }
    }
}
