//! JSON lines from a file or from standard input, one object each. Must not know what they say.

use super::CliFault;
use grantd_core::admin::Refused;
use grantd_jose::strict_json;
use serde_json::{Map, Value};
use std::io::{BufRead, BufReader};
use std::path::Path;

/// The longest line, in bytes.
const MAX_LINE: usize = 64 * 1024;

/// Lines that are read one by one.
pub struct JsonLines(Box<dyn BufRead + Send>);

/// What comes next.
pub enum Next {
    /// An object, or why the line is none.
    Object(Result<Map<String, Value>, Refused>),
    /// A line without one.
    Blank,
    /// No more.
    End,
}

impl JsonLines {
    /// Opens a file, or standard input for `-`.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn open(file: &Path) -> Result<Self, CliFault> {
        if file.as_os_str() == "-" {
            return Ok(Self(Box::new(BufReader::new(std::io::stdin()))));
        }
        let failed = |cause| CliFault::usage(format!("cannot read {}: {cause}", file.display()));
        Ok(Self(Box::new(BufReader::new(
            std::fs::File::open(file).map_err(failed)?,
        ))))
    }

    /// The bytes themselves, for what is no list of lines.
    pub fn into_bytes(self) -> Box<dyn BufRead + Send> {
        self.0
    }

    /// The next line.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read_next(&mut self) -> Result<Next, CliFault> {
        Ok(match self.line()? {
            None => Next::End,
            Some(line) if line.iter().all(u8::is_ascii_whitespace) => Next::Blank,
            Some(line) => Next::Object(
                strict_json::object_from_slice(line.trim_ascii(), strict_json::Limits::bytes(MAX_LINE))
                    .map_err(|error| Refused::wrong("", error.to_string())),
            ),
        })
    }

    /// The next line. Of one that is too long a piece is returned that is too long, and the rest is skipped.
    fn line(&mut self) -> Result<Option<Vec<u8>>, CliFault> {
        let lines = &mut self.0;
        let mut line = Vec::new();
        let most = u64::try_from(MAX_LINE + 2).unwrap_or(u64::MAX);
        let failed = |cause| CliFault::usage(format!("cannot read the lines: {cause}"));
        if std::io::Read::take(&mut *lines, most)
            .read_until(b'\n', &mut line)
            .map_err(failed)?
            == 0
        {
            return Ok(None);
        }
        if line.last() != Some(&b'\n') && line.len() > MAX_LINE {
            lines.skip_until(b'\n').map_err(failed)?;
        }
        Ok(Some(line))
    }
}
