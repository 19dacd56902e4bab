//! One event as one line. Must not know what the events are about.

use std::fmt::{self, Write as _};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// The most characters of one text; what is longer was not written for a log.
const MAX_TEXT: usize = 2000;

/// How a line looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogFormat {
    /// One JSON object: `time`, `level`, `target`, `message`, and the event's fields.
    Json,
    /// The same, for the eye.
    Text,
}

/// Writes events as lines.
pub(super) struct Lines(pub(super) LogFormat);

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _context: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut time = String::with_capacity(32);
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        let about = event.metadata();
        let mut fields = Fields {
            format: self.0,
            message: String::new(),
            rest: String::new(),
        };
        event.record(&mut fields);
        let Fields { message, rest, .. } = fields;
        let (level, target) = (about.level(), about.target());
        match self.0 {
            LogFormat::Json => writeln!(
                out,
                r#"{{"time":"{time}","level":"{level}","target":"{target}","message":"{message}"{rest}}}"#
            ),
            LogFormat::Text => writeln!(out, "{time} {level:>5} {target}: {message}{rest}"),
        }
    }
}

/// Collects an event's fields, escaped.
struct Fields {
    format: LogFormat,
    message: String,
    rest: String,
}

impl Fields {
    fn text(&mut self, field: &Field, text: &str) {
        if field.name() == "message" {
            escape(&mut self.message, text);
            return;
        }
        self.name(field);
        self.rest.push('"');
        escape(&mut self.rest, text);
        self.rest.push('"');
    }

    fn number(&mut self, field: &Field, value: impl fmt::Display) {
        self.name(field);
        // Writing to a string cannot fail.
        let _written = write!(self.rest, "{value}");
    }

    fn name(&mut self, field: &Field) {
        // Field names are literals of the program.
        let name = field.name();
        let _written = match self.format {
            LogFormat::Json => write!(self.rest, r#","{name}":"#),
            LogFormat::Text => write!(self.rest, " {name}="),
        };
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.number(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.number(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.number(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, &format!("{value:?}"));
    }
}

/// Appends `text` as the inside of a JSON string, in which nothing can break the line, move the cursor or turn the
/// direction of writing. Text lines use the same.
fn escape(out: &mut String, text: &str) {
    for character in text.chars().take(MAX_TEXT) {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            other if is_dangerous(other) => {
                // All of them lie in the basic plane, so four digits are right. Writing to a string cannot fail.
                let _written = write!(out, "\\u{:04x}", u32::from(other));
            }
            other => out.push(other),
        }
    }
    if text.chars().nth(MAX_TEXT).is_some() {
        out.push('…');
    }
}

/// Control characters, line and paragraph separators, and what overrides the direction of writing.
fn is_dangerous(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}
