//! Durations: `"1h"`, `"30d"`, `"1h30m"`, or whole seconds as an integer.

use super::{Kind, Mistake, quoted};
use crate::config::document::{Node, Value};
use grantd_protocol::Seconds;
use serde_json::{Value as Json, json};

/// A duration within bounds, in seconds.
pub(in crate::config) struct Span {
    pub(in crate::config) least: u32,
    pub(in crate::config) most: u32,
}

impl Kind for Span {
    type Value = Seconds;

    fn read(&self, node: &Node) -> Result<Seconds, Vec<Mistake>> {
        const EXPECTED: &str = "a duration such as \"1h\", \"30d\" or whole seconds";
        let seconds = match &node.value {
            Value::Integer(number) => u32::try_from(*number).ok(),
            Value::Text(text) => {
                let parsed = parse(text);
                if parsed.is_none() {
                    let message = format!("{} is not {EXPECTED}", quoted(text));
                    let fix = Some("units are s, m, h, d and w; \"1h30m\" combines them".to_owned());
                    return Err(Mistake::at(node, message).with_fix(fix).alone());
                }
                parsed.flatten()
            }
            _ => return Err(Mistake::wrong_kind(node, EXPECTED)),
        };
        seconds
            .filter(|seconds| (self.least..=self.most).contains(seconds))
            .map(Seconds)
            .ok_or_else(|| {
                let (least, most) = (write(self.least), write(self.most));
                Mistake::at(node, format!("must be within {least} and {most}")).alone()
            })
    }

    fn schema(&self) -> Json {
        json!({"anyOf": [
            {"type": "integer", "minimum": self.least, "maximum": self.most},
            {"type": "string", "pattern": "^([0-9]+[smhdw])+$", "examples": ["1h", "30d", "90s"]},
        ]})
    }
}

/// The seconds of a text such as `1h30m`: `None` when it is no duration, `Some(None)` when it is one that does not fit
/// 32 bits.
#[expect(clippy::option_option, reason = "two different mistakes with different advice")]
fn parse(text: &str) -> Option<Option<u32>> {
    let mut total: u64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|character: char| !character.is_ascii_digit())?;
        let (number, tail) = rest.split_at_checked(digits)?;
        let unit = match tail.chars().next()? {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return None,
        };
        if number.is_empty() {
            return None;
        }
        let number = number.parse::<u64>().unwrap_or(u64::MAX);
        total = total.saturating_add(number.saturating_mul(unit));
        rest = tail.get(1..)?;
    }
    (!text.is_empty()).then(|| u32::try_from(total).ok())
}

/// A number of seconds in the largest unit that leaves no rest: `3600` is `1h`.
#[must_use]
pub(in crate::config) fn write(seconds: u32) -> String {
    [(86_400, 'd'), (3600, 'h'), (60, 'm')]
        .into_iter()
        .find(|(unit, _)| seconds > 0 && seconds.is_multiple_of(*unit))
        .map_or_else(
            || format!("{seconds}s"),
            |(unit, name)| format!("{}{name}", seconds / unit),
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_numbers_with_units() {
        for (text, seconds) in [
            ("90s", 90),
            ("1h", 3600),
            ("30d", 2_592_000),
            ("1h30m", 5400),
            ("2w", 1_209_600),
        ] {
            assert_eq!(parse(text), Some(Some(seconds)), "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_duration() {
        for text in ["", "1", "h", "1 h", "-1h", "1.5h", "1y", "1H", "1h ", "１h"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_duration_that_does_not_fit_is_told_apart() {
        assert_eq!(parse("999999999999999999999999d"), Some(None));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(seconds in any::<u32>()) {
            prop_assert_eq!(parse(&write(seconds)), Some(Some(seconds)));
        }
    }
}
