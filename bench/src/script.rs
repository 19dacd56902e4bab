//! What the generator sends: prepared requests in turn, or requests built around a value that an earlier reply gave.
//!
//! It must not know sockets or time. Order matters for a store (the oldest refresh token lies on a cold page, a random
//! one anywhere), so it is spelled out by the script and not left to the race of the connections.

mod feed;

pub use feed::Feed;

use serde::{Deserialize, Serialize};

/// Stands in a template's head where its value goes; without it the value ends the body.
pub const VALUE: char = '\u{1a}';

/// One client's request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Request line and headers, each ended by CRLF, without `Content-Length` and without the empty line. [`VALUE`] may
    /// stand in it once.
    pub head: String,
    /// The body up to the value; `None` for a request without a body.
    pub body: Option<String>,
}

/// Which value comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The one that has waited longest.
    Oldest,
    /// Any, evenly; the sequence is the same in every run.
    Random,
}

/// What becomes of a value when it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Use {
    /// It may be sent again: an access token that is introspected.
    Again,
    /// It is spent: a code.
    Once,
    /// It is spent, and the reply carries the next one: a refresh token.
    Successor,
}

/// Where the requests come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The templates in turn, as they are.
    Templates,
    /// Values, appended to the body of the template they belong to.
    Values {
        /// Which one next.
        order: Order,
        /// What becomes of it.
        used: Use,
    },
    /// Requests that follow from each other: what a reply of one group of templates gives is the value of the same client's
    /// template in the next group. The first group has no values. What was begun is ended before anything else begins.
    Chain,
}

/// How a value is found in a reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extract {
    /// A string member of a JSON object; one with escapes is not taken.
    Member(String),
    /// What follows a marker in the head, up to the first character that is neither a letter, a digit nor one of `-._~`.
    After(String),
}

/// A good reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// Its status.
    pub status: u16,
    /// What to take from it: the next value, or else something to hand back with the slice. A reply without it is none.
    pub extract: Option<Extract>,
}

/// Everything the generator sends to one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// One request a client, and for a chain one group of them after the other; values name theirs by index.
    pub templates: Vec<Template>,
    /// Where requests come from.
    pub source: Source,
    /// What is answered, one for each group of templates.
    pub replies: Vec<Expected>,
}

impl Expected {
    /// 200, and nothing is taken from it.
    pub const OK: Self = Self {
        status: 200,
        extract: None,
    };

    /// 200 with this in it.
    #[must_use]
    pub const fn ok_with(extract: Extract) -> Self {
        Self {
            status: 200,
            extract: Some(extract),
        }
    }
}

/// A value and the index of the template it belongs to.
pub type Value = (usize, String);
