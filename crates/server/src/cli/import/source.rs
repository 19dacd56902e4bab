//! Where the objects of an import come from: JSON lines, read one by one, or what another server exported, read as a whole.
//! Must not know what becomes of them.

use crate::cli::CliFault;
use grantd_core::admin::Refused;
use grantd_core::admin::import::exports::{Origin, objects};
use grantd_jose::strict_json;
use serde_json::{Map, Value};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// The longest line, in bytes.
const MAX_LINE: usize = 64 * 1024;
/// The largest export, in bytes: it is held in memory.
const MAX_EXPORT: u64 = 1 << 30;

/// Objects one after the other.
pub(super) enum Source {
    /// A line each.
    Lines(Box<dyn BufRead + Send>),
    /// Translated from an export.
    Exported(std::vec::IntoIter<Map<String, Value>>),
}

/// What comes next.
pub(super) enum Next {
    /// An object, or why the line is none.
    Object(Result<Map<String, Value>, Refused>),
    /// A line without one.
    Blank,
    /// No more.
    End,
}

impl Source {
    /// Opens a file, or standard input for `-`.
    pub(super) fn open(file: &Path, from: Option<Origin>) -> Result<Self, CliFault> {
        let mut lines: Box<dyn BufRead + Send> = if file.as_os_str() == "-" {
            Box::new(BufReader::new(std::io::stdin()))
        } else {
            let failed = |cause| CliFault::usage(format!("cannot read {}: {cause}", file.display()));
            Box::new(BufReader::new(std::fs::File::open(file).map_err(failed)?))
        };
        let Some(origin) = from else {
            return Ok(Self::Lines(lines));
        };
        let mut text = String::new();
        let read = (&mut *lines).take(MAX_EXPORT).read_to_string(&mut text);
        read.map_err(|cause| CliFault::usage(format!("cannot read the export: {cause}")))?;
        Ok(Self::Exported(objects(origin, &document(&text)?).into_iter()))
    }

    /// The next object.
    pub(super) fn next(&mut self) -> Result<Next, CliFault> {
        match self {
            Self::Exported(objects) => Ok(objects.next().map_or(Next::End, |object| Next::Object(Ok(object)))),
            Self::Lines(lines) => Ok(match next_line(&mut **lines)? {
                None => Next::End,
                Some(line) if line.iter().all(u8::is_ascii_whitespace) => Next::Blank,
                Some(line) => Next::Object(
                    strict_json::object_from_slice(line.trim_ascii(), strict_json::Limits::bytes(MAX_LINE))
                        .map_err(|error| Refused::wrong("", error.to_string())),
                ),
            }),
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

/// The next line. Of one that is too long a piece is returned that is too long, and the rest is skipped.
fn next_line(lines: &mut (dyn BufRead + Send)) -> Result<Option<Vec<u8>>, CliFault> {
    let mut line = Vec::new();
    let most = u64::try_from(MAX_LINE + 2).unwrap_or(u64::MAX);
    let failed = |cause| CliFault::usage(format!("cannot read the lines: {cause}"));
    if lines.take(most).read_until(b'\n', &mut line).map_err(failed)? == 0 {
        return Ok(None);
    }
    if line.last() != Some(&b'\n') && line.len() > MAX_LINE {
        lines.skip_until(b'\n').map_err(failed)?;
    }
    Ok(Some(line))
}
