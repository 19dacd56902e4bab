//! How a command shows its result: a document for programs, or lines for people.

use super::print;
use grantd_protocol::Secret;
use grantd_store::Page;
use serde_json::{Value, json};

/// `-o`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, clap::ValueEnum)]
pub enum Output {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON document.
    Json,
}

impl Output {
    /// One object; people get it with line breaks.
    pub fn object(self, value: &Value) {
        match self {
            Self::Json => print::json(value),
            Self::Text => print::line(&serde_json::to_string_pretty(value).unwrap_or_default()),
        }
    }

    /// What was done: a document, and a line.
    pub fn done(self, value: &Value, line: &str) {
        match self {
            Self::Json => print::json(value),
            Self::Text => print::line(line),
        }
    }

    /// What was made, with the secret that is shown this once, if there is one: its member in the document and its label
    /// for people.
    pub fn made(self, mut value: Value, line: &str, secret: Option<Shown<'_>>) {
        match self {
            Self::Json => {
                if let (Some(members), Some(shown)) = (value.as_object_mut(), &secret) {
                    members.insert(shown.member.to_owned(), shown.secret.expose().into());
                }
                print::json(&value);
            }
            Self::Text => {
                print::line(line);
                if let Some(shown) = secret {
                    print::line(&format!("{}{}", shown.label, shown.secret.expose()));
                    print::note(&format!("The {} is not shown again.", shown.what));
                }
            }
        }
    }

    /// A page of a list: `name` is the document's member, `go_on` the argument that asks for the next page.
    pub fn page<T>(
        self,
        name: &str,
        page: &Page<T>,
        row: impl Fn(&T) -> Value,
        line: impl Fn(&T) -> String,
        go_on: impl Fn(&T) -> String,
    ) {
        match self {
            Self::Json => {
                let rows: Vec<Value> = page.rows.iter().map(row).collect();
                print::json(&json!({ name: rows, "more": page.more }));
            }
            Self::Text => {
                for row in &page.rows {
                    print::line(&line(row));
                }
                if let Some(last) = page.rows.last().filter(|_| page.more) {
                    print::note(&format!("There are more: {}", go_on(last)));
                }
            }
        }
    }
}

/// A secret that is shown once.
pub struct Shown<'s> {
    /// The document's member.
    pub member: &'static str,
    /// What stands before it for people, with its blanks.
    pub label: &'static str,
    /// What it is called.
    pub what: &'static str,
    /// The secret.
    pub secret: &'s Secret,
}
