//! Where the objects of an import come from: JSON lines, read one by one, or what another server exported, read as a whole.
//! Must not know what becomes of them.

use crate::cli::CliFault;
use crate::cli::json_lines::{JsonLines, Next};
use crate::cli::progress::Unit;
use grantd_core::admin::import::exports::{Origin, objects};
use serde_json::{Map, Value};
use std::io::Read as _;
use std::path::Path;

/// The largest export, in bytes: it is held in memory.
const MAX_EXPORT: u64 = 1 << 30;

/// Objects one after the other.
pub(super) enum Source {
    /// A line each.
    Lines(JsonLines),
    /// Translated from an export, of so many.
    Exported(std::vec::IntoIter<Map<String, Value>>, usize),
}

impl Source {
    /// Opens a file, or standard input for `-`.
    pub(super) fn open(file: &Path, from: Option<Origin>) -> Result<Self, CliFault> {
        let lines = JsonLines::open(file)?;
        let Some(origin) = from else {
            return Ok(Self::Lines(lines));
        };
        let mut text = String::new();
        let read = lines.into_bytes().take(MAX_EXPORT).read_to_string(&mut text);
        read.map_err(|cause| CliFault::usage(format!("cannot read the export: {cause}")))?;
        let objects = objects(origin, &document(&text)?);
        let whole = objects.len();
        Ok(Self::Exported(objects.into_iter(), whole))
    }

    /// The next object.
    pub(super) fn next(&mut self) -> Result<Next, CliFault> {
        match self {
            Self::Exported(objects, _) => Ok(objects.next().map_or(Next::End, |object| Next::Object(Ok(object)))),
            Self::Lines(lines) => lines.read_next(),
        }
    }

    /// In what it is counted how far one is: a file of lines by its bytes, since nobody knows how many lines there are.
    pub(super) const fn unit(&self) -> Unit {
        match self {
            Self::Lines(lines) if lines.whole().is_some() => Unit::Bytes,
            _ => Unit::Lines,
        }
    }

    /// How much there is, where that is known.
    pub(super) fn whole(&self) -> Option<u64> {
        match self {
            Self::Lines(lines) => lines.whole(),
            Self::Exported(_, whole) => u64::try_from(*whole).ok(),
        }
    }

    /// How much of it was taken.
    pub(super) fn taken(&self) -> u64 {
        match self {
            Self::Lines(lines) => lines.taken(),
            Self::Exported(left, whole) => u64::try_from(whole.saturating_sub(left.len())).unwrap_or_default(),
        }
    }
}

/// An export is one JSON document, or one on each line.
fn document(text: &str) -> Result<Value, CliFault> {
    if let Ok(whole) = serde_json::from_str(text) {
        return Ok(whole);
    }
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let each = lines.map(|(place, line)| {
        serde_json::from_str(line)
            .map_err(|cause| CliFault::usage(format!("the export is no JSON; in line {}: {cause}", place + 1)))
    });
    each.collect::<Result<Vec<Value>, _>>().map(Value::from)
}
