//! A type of authorization details: which members its objects have, what each may say, and the words people read for it.
//! What is not declared is refused: an API that reads members which nobody showed to anybody would act on them.

use grantd_protocol::readable::is_readable;
use serde_json::{Map, Value};
use std::sync::Arc;

pub(super) const TYPE: &str = "type";

/// One type (RFC 9396 section 2.1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DetailType {
    /// What `type` says.
    pub name: Arc<str>,
    /// What people read above it: "Start a payment".
    pub title: String,
    /// Its members, in the order in which they are shown.
    pub fields: Vec<DetailField>,
    /// Whether a client that acts for itself can have it: there is nobody to ask then.
    pub without_user: bool,
}

/// One member of a type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DetailField {
    /// Its name; within an object with a dot: `instructedAmount.currency`.
    pub name: String,
    /// What people read before its value: "Amount".
    pub label: String,
    /// What it holds.
    pub kind: FieldKind,
    /// Whether it must be there.
    pub required: bool,
    /// Characters of a text, entries of a list, or the largest number.
    pub max: u32,
    /// What it may say; anything where empty.
    pub values: Vec<String>,
}

/// What a member holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FieldKind {
    /// A text.
    Text,
    /// A text that is an amount: digits, and perhaps a point and up to six more.
    Amount,
    /// A whole number from 0.
    Number,
    /// `true` or `false`.
    Flag,
    /// A list of texts, each said once.
    List,
}

/// The longest entry of a list, in characters.
const MAX_ENTRY: usize = 256;
/// The most digits after an amount's point.
const MAX_DECIMALS: usize = 6;

impl DetailType {
    /// Judges one object.
    ///
    /// # Errors
    /// What is wrong, in words that repeat nothing of the object.
    pub fn check(&self, detail: &Map<String, Value>) -> Result<(), String> {
        let mut seen = Vec::new();
        let members = detail.iter().filter(|(name, _)| *name != TYPE);
        for (name, value) in members {
            self.walk(name, name.clone(), value, &mut seen)?;
        }
        match self
            .fields
            .iter()
            .find(|field| field.required && !seen.contains(&field.name))
        {
            Some(missing) => Err(format!("of type '{}' needs {}", self.name, missing.name)),
            None => Ok(()),
        }
    }

    /// Goes down to the members that hold something. A name with a dot in it would pass for a path, and be shown to nobody.
    fn walk(&self, name: &str, path: String, value: &Value, seen: &mut Vec<String>) -> Result<(), String> {
        if name.contains('.') {
            return Err(self.unknown());
        }
        if let Some(field) = self.fields.iter().find(|field| field.name == path) {
            field.check(value)?;
            seen.push(path);
            return Ok(());
        }
        match value {
            Value::Object(members) if self.has_within(&path) && !members.is_empty() => {
                for (name, value) in members {
                    self.walk(name, format!("{path}.{name}"), value, seen)?;
                }
                Ok(())
            }
            _ => Err(self.unknown()),
        }
    }

    fn has_within(&self, path: &str) -> bool {
        self.fields
            .iter()
            .any(|field| field.name.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')))
    }

    fn unknown(&self) -> String {
        format!("of type '{}' has a member that the type does not have", self.name)
    }
}

impl DetailField {
    fn check(&self, value: &Value) -> Result<(), String> {
        let max = usize::try_from(self.max).unwrap_or(usize::MAX);
        let fits = match (self.kind, value) {
            (FieldKind::Text, Value::String(text)) => {
                is_readable(text) && text.chars().count() <= max && self.may_say(text)
            }
            (FieldKind::Amount, Value::String(text)) => self.is_amount(text) && self.may_say(text),
            (FieldKind::Number, Value::Number(number)) => {
                let is_small = |number| number <= u64::from(self.max);
                number.as_u64().is_some_and(is_small) && self.may_say(&number.to_string())
            }
            (FieldKind::Flag, Value::Bool(_)) => true,
            (FieldKind::List, Value::Array(entries)) => {
                let fits = |entry: &Value| {
                    let text = entry.as_str();
                    text.is_some_and(|text| {
                        is_readable(text) && text.chars().count() <= MAX_ENTRY && self.may_say(text)
                    })
                };
                let once = entries
                    .iter()
                    .enumerate()
                    .all(|(index, entry)| !entries.iter().take(index).any(|before| before == entry));
                !entries.is_empty() && entries.len() <= max && entries.iter().all(fits) && once
            }
            _ => false,
        };
        if fits {
            Ok(())
        } else {
            Err(format!("has a {} that its type does not allow", self.name))
        }
    }

    fn may_say(&self, text: &str) -> bool {
        self.values.is_empty() || self.values.iter().any(|value| value == text)
    }

    /// Digits without a sign, an exponent or leading zeros, so that every reader reads the same amount.
    fn is_amount(&self, text: &str) -> bool {
        let (whole, decimals) = text
            .split_once('.')
            .map_or((text, None), |(whole, rest)| (whole, Some(rest)));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_plain = digits(whole) && (whole == "0" || !whole.starts_with('0'));
        let decimals_fit = decimals.is_none_or(|rest| digits(rest) && rest.len() <= MAX_DECIMALS);
        let is_larger =
            || whole == self.max.to_string() && decimals.is_some_and(|rest| rest.bytes().any(|b| b != b'0'));
        is_plain && decimals_fit && whole.parse::<u32>().is_ok_and(|whole| whole <= self.max) && !is_larger()
    }
}

/// The name of an object's type.
pub(super) fn type_of(detail: &Map<String, Value>) -> Option<&str> {
    detail.get(TYPE).and_then(Value::as_str)
}
