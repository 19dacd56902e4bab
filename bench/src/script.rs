//! What the generator sends: prepared requests in turn, or requests built around a value that an earlier reply gave.
//!
//! It must not know sockets or time. Order matters for a store (the oldest refresh token lies on a cold page, a random
//! one anywhere), so it is spelled out by the script and not left to the race of the connections.

use std::collections::VecDeque;
use std::io::Write as _;

use serde::{Deserialize, Serialize};

/// One client's request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Request line and headers, each ended by CRLF, without `Content-Length` and without the empty line.
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
}

/// How a value is found in a reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extract {
    /// A string member of a JSON object; one with escapes is not taken.
    Member(String),
    /// What follows a marker in a redirect's head (status 303), up to the first character that is neither a letter, a
    /// digit nor one of `-._~`.
    After(String),
}

/// Everything the generator sends to one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// One request a client; values name theirs by index.
    pub templates: Vec<Template>,
    /// Where requests come from.
    pub source: Source,
    /// What to take from good replies: the successor, or else something to hand back with the slice.
    pub extract: Option<Extract>,
}

/// A value and the index of the template it belongs to.
pub type Value = (usize, String);

/// A script being played.
#[derive(Debug)]
pub struct Feed {
    templates: Vec<Template>,
    prepared: Vec<Vec<u8>>,
    source: Source,
    extract: Option<Finder>,
    values: VecDeque<Value>,
    turn: usize,
    random: u64,
    collected: Vec<Value>,
}

impl Feed {
    /// A script at its beginning, without values.
    #[must_use]
    pub fn new(script: Script) -> Self {
        let prepared = script.templates.iter().map(|template| template.render("")).collect();
        Self {
            templates: script.templates,
            prepared,
            source: script.source,
            extract: script.extract.as_ref().map(Finder::new),
            values: VecDeque::new(),
            turn: 0,
            random: 0x9e37_79b9_7f4a_7c15,
            collected: Vec::new(),
        }
    }

    /// The same script, its first request that of template `first`.
    #[must_use]
    pub fn beginning_at(mut self, first: usize) -> Self {
        self.turn = first;
        self
    }

    /// Adds values behind those that wait.
    pub fn add(&mut self, values: Vec<Value>) {
        self.values.extend(values);
    }

    /// How many values wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.values.len()
    }

    /// What replies gave since the last call, when the script does not send it itself.
    pub fn take_collected(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.collected)
    }

    /// Writes the next request into `out` and says whose it is; `None` when no value is left.
    pub fn next(&mut self, out: &mut Vec<u8>) -> Option<usize> {
        out.clear();
        let (order, used) = match self.source {
            Source::Templates => {
                let index = self.turn;
                self.turn = (index + 1) % self.prepared.len().max(1);
                out.extend_from_slice(self.prepared.get(index)?);
                return Some(index);
            }
            Source::Values { order, used } => (order, used),
        };
        let at = match order {
            Order::Oldest => 0,
            Order::Random => self.any_index(),
        };
        let (index, value) = self.values.get(at)?;
        let index = *index;
        self.templates.get(index)?.render_into(value, out);
        match (used, order) {
            (Use::Again, Order::Oldest) => self.values.rotate_left(1),
            (Use::Again, Order::Random) => {}
            (Use::Once | Use::Successor, Order::Oldest) => drop(self.values.pop_front()),
            (Use::Once | Use::Successor, Order::Random) => drop(self.values.swap_remove_back(at)),
        }
        Some(index)
    }

    /// The status of a good reply.
    #[must_use]
    pub fn expected(&self) -> u16 {
        match &self.extract {
            Some(finder) if !finder.json => 303,
            _ => 200,
        }
    }

    /// Takes from a good reply to a request of template `index` what the script asks for.
    pub fn replied(&mut self, index: usize, head: &[u8], body: &[u8]) {
        let text = if self.expected() == 303 { head } else { body };
        let Some(found) = self.extract.as_ref().and_then(|finder| finder.find(text)) else {
            return;
        };
        let value = (index, found.to_owned());
        if matches!(
            self.source,
            Source::Values {
                used: Use::Successor,
                ..
            }
        ) {
            self.values.push_back(value);
        } else {
            self.collected.push(value);
        }
    }

    /// xorshift64*: even enough to spread reads over a table, and the same in every run.
    fn any_index(&mut self) -> usize {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        let mixed = self.random.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        usize::try_from(mixed).unwrap_or(0) % self.values.len().max(1)
    }
}

impl Template {
    fn render(&self, value: &str) -> Vec<u8> {
        let mut out = Vec::new();
        self.render_into(value, &mut out);
        out
    }

    fn render_into(&self, value: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(self.head.as_bytes());
        if let Some(body) = &self.body {
            // Writing to a Vec cannot fail.
            let _ = write!(out, "Content-Length: {}\r\n\r\n", body.len() + value.len());
            out.extend_from_slice(body.as_bytes());
            out.extend_from_slice(value.as_bytes());
        } else {
            out.extend_from_slice(b"\r\n");
        }
    }
}

/// An [`Extract`] made ready for searching.
#[derive(Debug)]
struct Finder {
    marker: memchr::memmem::Finder<'static>,
    json: bool,
}

impl Finder {
    fn new(extract: &Extract) -> Self {
        let (marker, json) = match extract {
            Extract::Member(name) => (format!("\"{name}\""), true),
            Extract::After(marker) => (marker.clone(), false),
        };
        Self {
            marker: memchr::memmem::Finder::new(marker.as_bytes()).into_owned(),
            json,
        }
    }

    fn find<'a>(&self, body: &'a [u8]) -> Option<&'a str> {
        let start = self.marker.find(body)? + self.marker.needle().len();
        let rest = body.get(start..)?;
        let found = if self.json {
            let rest = rest
                .trim_ascii_start()
                .strip_prefix(b":")?
                .trim_ascii_start()
                .strip_prefix(b"\"")?;
            rest.get(..memchr::memchr(b'"', rest)?)?
        } else {
            let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
            rest.get(..rest.iter().position(|byte| !plain(byte)).unwrap_or(rest.len()))?
        };
        if found.is_empty() || found.contains(&b'\\') {
            return None;
        }
        std::str::from_utf8(found).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(source: Source, extract: Option<Extract>) -> Script {
        let template = |client: &str| Template {
            head: format!("POST /token HTTP/1.1\r\nAuthorization: {client}\r\n"),
            body: Some("token=".to_owned()),
        };
        Script {
            templates: vec![template("a"), template("b")],
            source,
            extract,
        }
    }

    fn sent(feed: &mut Feed) -> Option<String> {
        let mut out = Vec::new();
        feed.next(&mut out)?;
        Some(String::from_utf8(out).unwrap())
    }

    #[test]
    fn templates_take_turns_and_state_their_length() {
        let mut feed = Feed::new(script(Source::Templates, None));
        assert_eq!(
            sent(&mut feed).unwrap(),
            "POST /token HTTP/1.1\r\nAuthorization: a\r\nContent-Length: 6\r\n\r\ntoken="
        );
        assert!(sent(&mut feed).unwrap().contains("Authorization: b"));
        assert!(sent(&mut feed).unwrap().contains("Authorization: a"));
    }

    #[test]
    fn refresh_tokens_go_out_oldest_first_and_once_and_their_successors_queue_behind() {
        let source = Source::Values {
            order: Order::Oldest,
            used: Use::Successor,
        };
        let mut feed = Feed::new(script(source, Some(Extract::Member("refresh_token".to_owned()))));
        feed.add(vec![(0, "r1".to_owned()), (1, "s1".to_owned())]);
        assert!(sent(&mut feed).unwrap().ends_with("Content-Length: 8\r\n\r\ntoken=r1"));
        feed.replied(0, b"", br#"{"access_token":"x", "refresh_token" : "r2"}"#);
        assert!(sent(&mut feed).unwrap().ends_with("token=s1"));
        assert!(sent(&mut feed).unwrap().ends_with("token=r2"));
        assert_eq!(sent(&mut feed), None, "a reply without a successor ends its family");
    }

    #[test]
    fn spent_values_are_not_sent_twice_in_random_order_either() {
        let source = Source::Values {
            order: Order::Random,
            used: Use::Once,
        };
        let mut feed = Feed::new(script(source, None));
        feed.add((0..50).map(|n| (0, format!("c{n}"))).collect());
        let mut all: Vec<_> = std::iter::from_fn(|| sent(&mut feed)).collect();
        assert_ne!(all.first().map(|first| first.ends_with("=c0")), Some(true));
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 50);
    }

    #[test]
    fn values_that_may_be_sent_again_come_round() {
        let source = Source::Values {
            order: Order::Oldest,
            used: Use::Again,
        };
        let mut feed = Feed::new(script(source, None));
        feed.add(vec![(0, "x".to_owned()), (1, "y".to_owned())]);
        let all: Vec<_> = (0..3).filter_map(|_| sent(&mut feed)).collect();
        assert_eq!(all.first(), all.last());
        assert_eq!(feed.waiting(), 2);
    }

    #[test]
    fn what_the_script_does_not_send_itself_is_collected() {
        let mut feed = Feed::new(script(Source::Templates, Some(Extract::After("code=".to_owned()))));
        feed.replied(1, b"location: http://x/callback?code=ab-C_9&iss=y\r\n", b"");
        feed.replied(1, b"", b"no such thing");
        assert_eq!(feed.take_collected(), [(1, "ab-C_9".to_owned())]);
        assert_eq!(feed.take_collected(), []);
    }

    #[test]
    fn a_member_with_escapes_is_not_taken() {
        let finder = Finder::new(&Extract::Member("m".to_owned()));
        assert_eq!(finder.find(br#"{"m":"a\"b"}"#), None);
        assert_eq!(finder.find(br#"{"m":7}"#), None);
        assert_eq!(finder.find(br#"{"m":"ab"}"#), Some("ab"));
    }
}
