//! The one place where commands write to the terminal.
#![expect(clippy::print_stderr, reason = "commands talk to their caller here")]

use serde::Serialize;
use std::io::Write as _;

/// Writes a line to standard output. A reader that went away is no fault of ours.
pub fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}");
    let _ = out.flush();
}

/// Writes a value as one line of JSON.
pub fn json<T: Serialize>(value: &T) {
    line(&serde_json::to_string(value).unwrap_or_default());
}

/// Writes a line to standard error.
pub fn note(text: &str) {
    eprintln!("{text}");
}
