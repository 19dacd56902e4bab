//! What the server says about itself in its log: one line an event on standard error, as JSON or text, and one line a
//! request. Must not know OAuth. Nothing here ever sees a query string, a body or a credential, and every text is
//! escaped, so that no client can write a line of its own.

mod access;
mod line;

pub use access::{AccessLog, LoggedClient, Observation, Route};
pub use line::LogFormat;

use crate::net::RequestId;
use line::Lines;
use std::error::Error;
use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// How the log looks.
#[derive(Clone, Debug)]
pub struct LogSettings {
    /// JSON for machines, text for people.
    pub format: LogFormat,
    /// What is written: a level, or directives such as `info,grantd::access=off`.
    pub filter: String,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            format: LogFormat::Json,
            filter: "info".to_owned(),
        }
    }
}

/// Why there is no log. A matter of configuration: exit code 2.
#[derive(Debug, thiserror::Error)]
pub enum LogFault {
    /// The filter is none.
    #[error("the log filter {filter:?} is not understood; use a level such as `info`, or `info,grantd::access=off`")]
    Filter {
        /// As it was configured.
        filter: String,
    },
    /// There is one already.
    #[error("the log was begun twice")]
    Twice,
}

/// Begins the process's log, on standard error. Panics become lines of it that say where, and not what: a panic's text
/// can hold anything.
///
/// # Errors
/// When the filter is not understood, or there is a log already.
pub fn begin(settings: &LogSettings) -> Result<(), LogFault> {
    let subscriber = subscriber(settings, std::io::stderr)?;
    tracing::subscriber::set_global_default(subscriber).map_err(|_| LogFault::Twice)?;
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
    Ok(())
}

/// The log with another destination.
///
/// # Errors
/// When the filter is not understood.
pub fn subscriber<W>(settings: &LogSettings, writer: W) -> Result<impl Subscriber + Send + Sync + use<W>, LogFault>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let filter = EnvFilter::builder()
        .parse(&settings.filter)
        .map_err(|_| LogFault::Filter {
            filter: settings.filter.clone(),
        })?;
    Ok(tracing_subscriber::fmt()
        .event_format(Lines(settings.format))
        .with_env_filter(filter)
        .with_writer(writer)
        .finish())
}

/// Writes an internal fault once, with its causes and the id that the client was shown.
pub fn fault(request_id: RequestId, fault: &(dyn Error + 'static)) {
    let mut text = fault.to_string();
    let mut cause = fault.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    tracing::error!(%request_id, fault = text, "a request failed");
}

#[cfg(test)]
mod tests;
