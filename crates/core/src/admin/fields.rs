//! A JSON object from outside as changes to an object: JSON merge patch (RFC 7396) with every mistake named by its JSON
//! pointer (RFC 6901). A new object is a patch of an empty one. Members that nobody reads are mistakes.

use grantd_protocol::readable::{hides, joins};
use grantd_protocol::web::is_public_name;
use grantd_protocol::{ScopeSet, Seconds};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::sync::Arc;

/// One mistake.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wrong {
    /// Where, as a JSON pointer.
    pub pointer: String,
    /// What, for people.
    pub detail: String,
}

impl Wrong {
    /// A mistake at a pointer.
    #[must_use]
    pub fn new(pointer: &str, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.to_owned(),
            detail: detail.into(),
        }
    }
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} {}", self.pointer.trim_start_matches('/'), self.detail)
    }
}

/// The longest text that no rule of its own bounds, in characters.
pub const MAX_TEXT: usize = 200;
/// The most entries of a list.
pub const MAX_ENTRIES: usize = 100;

/// The members of a body, read one by one.
#[derive(Debug)]
pub struct Fields<'a> {
    members: &'a Map<String, Value>,
    known: Vec<&'static str>,
    wrong: Vec<Wrong>,
}

impl<'a> Fields<'a> {
    /// Of this body.
    #[must_use]
    pub const fn new(members: &'a Map<String, Value>) -> Self {
        Self {
            members,
            known: Vec::new(),
            wrong: Vec::new(),
        }
    }

    /// Whether a member is there, `null` or not.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    /// Adds a mistake.
    pub fn complain(&mut self, pointer: &str, detail: impl Into<String>) {
        self.wrong.push(Wrong::new(pointer, detail));
    }

    /// Every mistake, unknown members among them.
    #[must_use]
    pub fn finish(mut self) -> Vec<Wrong> {
        for name in self.members.keys() {
            if !self.known.contains(&name.as_str()) {
                let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
                self.wrong.push(Wrong {
                    pointer,
                    detail: "there is no such member, or it cannot be set here".to_owned(),
                });
            }
        }
        self.wrong
    }

    /// A text of 1 to `most` characters, none of which is hidden from those who read it.
    pub fn text(&mut self, name: &'static str, most: usize, target: &mut String) {
        match self.member(name) {
            None => {}
            Some(Value::String(text)) => match bad_text(text, most) {
                None => target.clone_from(text),
                Some(detail) => self.at(name, detail),
            },
            Some(_) => self.at(name, "must be a text"),
        }
    }

    /// The same, of at most `most` bytes: what is looked up by its bytes has its bound in bytes.
    pub fn short_text(&mut self, name: &'static str, most: usize, target: &mut String) {
        self.text(name, most, target);
        if target.len() > most {
            self.at(name, format!("must have at most {most} bytes"));
        }
    }

    /// A text as it is, whatever is in it: a password.
    pub fn raw_text(&mut self, name: &'static str, target: &mut Option<String>) {
        match self.member(name) {
            None => {}
            Some(Value::String(text)) => *target = Some(text.clone()),
            Some(_) => self.at(name, "must be a text"),
        }
    }

    /// The same for a text that may be absent: `null` takes it away.
    pub fn optional_text(&mut self, name: &'static str, most: usize, target: &mut Option<String>) {
        if self.is_null(name) {
            *target = None;
        } else if self.has(name) {
            let mut text = String::new();
            let before = self.wrong.len();
            self.text(name, most, &mut text);
            if self.wrong.len() == before {
                *target = Some(text);
            }
        } else {
            self.known.push(name);
        }
    }

    /// The name of a host that the public name system can know, in lower case; `null` takes it away.
    pub fn public_name(&mut self, name: &'static str, target: &mut Option<String>) {
        let mut host = None;
        self.optional_text(name, 253, &mut host);
        match host {
            Some(host) if !is_public_name(&host) => {
                self.at(name, "must be the name of a public host, in lower case: example.com");
            }
            Some(host) => *target = Some(host),
            None if self.members.get(name).is_some_and(Value::is_null) => *target = None,
            None => {}
        }
    }

    /// A text that may be absent, shared.
    pub fn shared_text(&mut self, name: &'static str, most: usize, target: &mut Option<Arc<str>>) {
        let mut text = target.as_deref().map(str::to_owned);
        self.optional_text(name, most, &mut text);
        if text.as_deref() != target.as_deref() {
            *target = text.map(Into::into);
        }
    }

    /// `true` or `false`.
    pub fn flag(&mut self, name: &'static str, target: &mut bool) {
        match self.member(name) {
            None => {}
            Some(Value::Bool(value)) => *target = *value,
            Some(_) => self.at(name, "must be true or false"),
        }
    }

    /// One of the values that a type has on the wire.
    pub fn choice<T: DeserializeOwned>(&mut self, name: &'static str, target: &mut T, names: &str) {
        if let Some(value) = self.member(name) {
            match T::deserialize(value) {
                Ok(value) => *target = value,
                Err(_) => self.at(name, format!("must be one of {names}")),
            }
        }
    }

    /// The same where it may be absent.
    pub fn optional_choice<T: DeserializeOwned>(&mut self, name: &'static str, target: &mut Option<T>, names: &str) {
        self.known.push(name);
        match self.members.get(name) {
            None => {}
            Some(Value::Null) => *target = None,
            Some(value) => match T::deserialize(value) {
                Ok(value) => *target = Some(value),
                Err(_) => self.at(name, format!("must be {names}, or null")),
            },
        }
    }

    /// A number of seconds within bounds, or none.
    pub fn optional_seconds(
        &mut self,
        name: &'static str,
        bounds: std::ops::RangeInclusive<u32>,
        target: &mut Option<Seconds>,
    ) {
        self.known.push(name);
        match self.members.get(name) {
            None => {}
            Some(Value::Null) => *target = None,
            Some(value) => match value.as_u64().and_then(|value| u32::try_from(value).ok()) {
                Some(value) if bounds.contains(&value) => *target = Some(Seconds(value)),
                _ => self.at(
                    name,
                    format!("must be a whole number from {} to {}", bounds.start(), bounds.end()),
                ),
            },
        }
    }

    /// Texts, each once. `null` empties the list.
    pub fn texts(&mut self, name: &'static str, most: usize, target: &mut Vec<String>) {
        if let Some(entries) = self.entries(name) {
            let mut texts: Vec<String> = Vec::with_capacity(entries.len());
            for (index, entry) in entries.iter().enumerate() {
                match entry.as_str().map(|text| (text, bad_text(text, most))) {
                    Some((text, None)) if !texts.iter().any(|seen| seen == text) => texts.push(text.to_owned()),
                    Some((_, None)) => self.in_list(name, index, "stands there twice"),
                    Some((_, Some(detail))) => self.in_list(name, index, detail),
                    None => self.in_list(name, index, "must be a text"),
                }
            }
            *target = texts;
        }
    }

    /// A list of choices, each once.
    pub fn choices<T: DeserializeOwned + PartialEq>(&mut self, name: &'static str, target: &mut Vec<T>, names: &str) {
        if let Some(entries) = self.entries(name) {
            let mut chosen = Vec::with_capacity(entries.len());
            for (index, entry) in entries.iter().enumerate() {
                match T::deserialize(entry) {
                    Ok(value) if !chosen.contains(&value) => chosen.push(value),
                    Ok(_) => self.in_list(name, index, "stands there twice"),
                    Err(_) => self.in_list(name, index, &format!("must be one of {names}")),
                }
            }
            *target = chosen;
        }
    }

    /// Scopes and patterns as a list.
    pub fn scopes(&mut self, name: &'static str, target: &mut ScopeSet) {
        self.known.push(name);
        let entries = match self.members.get(name) {
            None => return,
            Some(Value::Null) => &Vec::new(),
            Some(Value::Array(entries)) => entries,
            Some(_) => return self.at(name, "must be a list of scopes"),
        };
        let mut scopes = Vec::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            match entry.as_str().filter(|text| grantd_protocol::scope::is_token(text)) {
                Some(scope) => scopes.push(scope),
                None => self.in_list(name, index, "is not a scope (RFC 6749 section 3.3)"),
            }
        }
        *target = scopes.into_iter().collect();
    }

    /// An object as it is, for what has rules of its own.
    pub fn object(&mut self, name: &'static str) -> Option<&'a Map<String, Value>> {
        match self.member(name)? {
            Value::Object(members) => Some(members),
            _ => {
                self.at(name, "must be an object");
                None
            }
        }
    }

    /// A list as it is, for what has rules of its own.
    pub fn list(&mut self, name: &'static str) -> Option<&'a [Value]> {
        match self.member(name)? {
            Value::Array(entries) => Some(entries),
            _ => {
                self.at(name, "must be a list");
                None
            }
        }
    }

    /// The mistake that a member is missing.
    pub fn require(&mut self, name: &'static str) {
        if self.members.get(name).is_none_or(Value::is_null) {
            self.at(name, "is missing");
        }
    }

    /// A member; `null` is a mistake where there is nothing to go back to.
    fn member(&mut self, name: &'static str) -> Option<&'a Value> {
        self.known.push(name);
        match self.members.get(name) {
            Some(Value::Null) => {
                self.at(name, "cannot be taken away");
                None
            }
            found => found,
        }
    }

    fn entries(&mut self, name: &'static str) -> Option<&'a [Value]> {
        self.known.push(name);
        match self.members.get(name)? {
            Value::Null => Some(&[]),
            Value::Array(entries) if entries.len() <= MAX_ENTRIES => Some(entries),
            Value::Array(_) => {
                self.at(name, format!("has more than {MAX_ENTRIES} entries"));
                None
            }
            _ => {
                self.at(name, "must be a list");
                None
            }
        }
    }

    fn is_null(&mut self, name: &'static str) -> bool {
        let is_null = self.members.get(name).is_some_and(Value::is_null);
        if is_null {
            self.known.push(name);
        }
        is_null
    }

    fn at(&mut self, name: &str, detail: impl Into<String>) {
        self.wrong.push(Wrong::new(&format!("/{name}"), detail));
    }

    fn in_list(&mut self, name: &str, index: usize, detail: &str) {
        self.wrong.push(Wrong::new(&format!("/{name}/{index}"), detail));
    }
}

fn bad_text(text: &str, most: usize) -> Option<&'static str> {
    if text.trim().is_empty() {
        Some("must not be empty")
    } else if text.chars().count() > most {
        Some("is too long")
    } else if text.chars().any(char::is_control) {
        Some("has control characters")
    } else if text.chars().any(|one| hides(one) && !joins(one)) {
        Some("has characters that are invisible or turn the direction of writing around")
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
