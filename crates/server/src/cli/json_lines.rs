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
pub struct JsonLines {
    from: Box<dyn BufRead + Send>,
    /// The file's size in bytes; `None` for what has none that is known.
    whole: Option<u64>,
    bytes: u64,
    lines: u64,
}

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
            return Ok(Self::from(Box::new(BufReader::new(std::io::stdin())), None));
        }
        let failed = |cause| CliFault::usage(format!("cannot read {}: {cause}", file.display()));
        let opened = std::fs::File::open(file).map_err(failed)?;
        let whole = opened.metadata().ok().filter(std::fs::Metadata::is_file);
        let whole = whole.map(|metadata| metadata.len());
        Ok(Self::from(Box::new(BufReader::new(opened)), whole))
    }

    fn from(from: Box<dyn BufRead + Send>, whole: Option<u64>) -> Self {
        Self {
            from,
            whole,
            bytes: 0,
            lines: 0,
        }
    }

    /// How many bytes there are, where that is known.
    pub const fn whole(&self) -> Option<u64> {
        self.whole
    }

    /// How many bytes were read; where nobody knows how many there are, how many lines.
    pub const fn taken(&self) -> u64 {
        match self.whole {
            Some(_) => self.bytes,
            None => self.lines,
        }
    }

    /// The bytes themselves, for what is no list of lines.
    pub fn into_bytes(self) -> Box<dyn BufRead + Send> {
        self.from
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
        let lines = &mut self.from;
        let mut line = Vec::new();
        let most = u64::try_from(MAX_LINE + 2).unwrap_or(u64::MAX);
        let failed = |cause| CliFault::usage(format!("cannot read the lines: {cause}"));
        let mut read = std::io::Read::take(&mut *lines, most)
            .read_until(b'\n', &mut line)
            .map_err(failed)?;
        if read == 0 {
            return Ok(None);
        }
        if line.last() != Some(&b'\n') && line.len() > MAX_LINE {
            read += lines.skip_until(b'\n').map_err(failed)?;
        }
        self.bytes += u64::try_from(read).unwrap_or_default();
        self.lines += 1;
        Ok(Some(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_of_a_file_adds_up_to_the_whole_of_it_lines_that_are_too_long_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("lines.jsonl");
        let text = format!("{{\"a\":1}}\n\n{}\n{{\"b\":2}}", "x".repeat(3 * MAX_LINE));
        std::fs::write(&file, &text).unwrap();
        let mut lines = JsonLines::open(&file).unwrap();
        assert_eq!((lines.whole(), lines.taken()), (Some(text.len() as u64), 0));
        lines.read_next().unwrap();
        assert_eq!(lines.taken(), 8);
        while !matches!(lines.read_next().unwrap(), Next::End) {}
        assert_eq!(Some(lines.taken()), lines.whole());
    }

    #[test]
    fn lines_of_which_nobody_knows_how_many_there_are_are_counted_one_by_one() {
        let mut lines = JsonLines::from(Box::new(BufReader::new(&b"{}\n{}\n"[..])), None);
        lines.read_next().unwrap();
        assert_eq!((lines.whole(), lines.taken()), (None, 1));
    }
}
