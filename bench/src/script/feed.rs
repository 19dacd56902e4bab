//! A script being played: the next request's bytes, and what becomes of the replies.
//!
//! It must not know sockets or time.

use std::collections::VecDeque;
use std::io::Write as _;

use super::{Expected, Extract, Order, Script, Source, Template, Use, VALUE, Value};

/// A script being played.
#[derive(Debug)]
pub struct Feed {
    templates: Vec<Template>,
    prepared: Vec<Vec<u8>>,
    source: Source,
    replies: Vec<(u16, Option<Finder>)>,
    values: VecDeque<Value>,
    turn: usize,
    random: u64,
    collected: Vec<Value>,
}

impl Feed {
    /// A script at its beginning, without values.
    #[must_use]
    pub fn new(script: Script) -> Self {
        // In a chain whatever comes after the first group has a value.
        let alone = script.templates.len() / script.replies.len().max(1);
        let plain = script.templates.iter().take(alone);
        let prepared = plain.map(|template| template.render("")).collect();
        let reply = |expected: &Expected| (expected.status, expected.extract.as_ref().map(Finder::new));
        Self {
            templates: script.templates,
            prepared,
            source: script.source,
            replies: script.replies.iter().map(reply).collect(),
            values: VecDeque::new(),
            turn: 0,
            random: 0x9e37_79b9_7f4a_7c15,
            collected: Vec::new(),
        }
    }

    /// The same script, its first request that of template `first`.
    #[must_use]
    pub fn beginning_at(mut self, first: usize) -> Self {
        self.turn = first % self.prepared.len().max(1);
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
            Source::Templates => return self.in_turn(out),
            Source::Chain => {
                let Some((index, value)) = self.values.pop_front() else {
                    return self.in_turn(out);
                };
                self.templates.get(index)?.render_into(&value, out);
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

    fn in_turn(&mut self, out: &mut Vec<u8>) -> Option<usize> {
        let index = self.turn;
        self.turn = (index + 1) % self.prepared.len().max(1);
        out.extend_from_slice(self.prepared.get(index)?);
        Some(index)
    }

    /// Whether a reply to a request of template `index` is good; what the script asks for is taken from it.
    pub fn replied(&mut self, index: usize, status: u16, head: &[u8], body: &[u8]) -> bool {
        let group = index / self.prepared.len().max(1);
        let Some((expected, finder)) = self.replies.get(group) else {
            return false;
        };
        if *expected != status {
            return false;
        }
        let Some(finder) = finder else { return true };
        let Some(found) = finder.find(head, body) else {
            return false;
        };
        let found = found.to_owned();
        match self.source {
            Source::Values {
                used: Use::Successor, ..
            } => self.values.push_back((index, found)),
            Source::Chain => self.values.push_back((index + self.prepared.len(), found)),
            _ => self.collected.push((index, found)),
        }
        true
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
        let value = match self.head.split_once(VALUE) {
            None => {
                out.extend_from_slice(self.head.as_bytes());
                value
            }
            Some((before, after)) => {
                out.extend_from_slice(before.as_bytes());
                out.extend_from_slice(value.as_bytes());
                out.extend_from_slice(after.as_bytes());
                ""
            }
        };
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

    fn find<'a>(&self, head: &'a [u8], body: &'a [u8]) -> Option<&'a str> {
        let text = if self.json { body } else { head };
        let start = self.marker.find(text)? + self.marker.needle().len();
        let rest = text.get(start..)?;
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
mod tests;
